"""The environments that build backends run in: resolved, fetched and filled like any other, and kept by their contents.

Layout: ``builds-v1/environments/<24 digits>`` below the cache, and beside each a lock file, held while it is looked at
or made. The digits are a digest of the interpreter and of the wheels that are in it. ``.venvoy/build`` in it lists what
its folders held when it was made: a build that has left something there spoils it for the next one.
"""

from __future__ import annotations

import json
import os
import threading
from functools import partial
from hashlib import sha256

from packaging.requirements import Requirement

from venvoy.backends import archives
from venvoy.environment import create, layout, unsettled
from venvoy.environment.apply import apply
from venvoy.environment.maker import Wish
from venvoy.errors import Problem
from venvoy.events import Silent
from venvoy.model.names import canonicalize_name
from venvoy.model.plan import Placement, Plan
from venvoy.model.requirement import Dependency, Origin, Root
from venvoy.model.source_tree import SourceTree
from venvoy.operations import policy as policies
from venvoy.operations.provider import Sources, settled
from venvoy.resolver import files
from venvoy.resolver import targets as all_targets
from venvoy.resolver.no_solution import NoSolution
from venvoy.resolver.solve import resolve
from venvoy.store.builds import FOLDER
from venvoy.system import fs
from venvoy.system.lock import Lock
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import Any

    from venvoy.environment.layout import Environment
    from venvoy.model.artifact import Artifact, CoreMetadata
    from venvoy.model.interpreter import Interpreter
    from venvoy.model.stored import StoredWheel
    from venvoy.operations.context import Context

_PLACE = ".venvoy/build"
_IGNORED = "__pycache__"


class Environments:
    """Makes environments for backends. Any number of threads may use it at once.

    Args:
        context: the parts to work with.
        interpreter: what they are made from.
        wheel: gives a wheel from the store, or builds it; its second argument is the ``chain`` of :meth:`having`.
        describe: says what a source distribution needs, by building it if need be; likewise.
        deep: held by whoever builds something in order to build something else.
    """

    def __init__(
        self,
        context: Context,
        interpreter: Interpreter,
        wheel: Callable[[Artifact, Any], StoredWheel],
        describe: Callable[[Artifact, Any], CoreMetadata],
        deep: AbstractContextManager[object],
    ) -> None:
        self._context = context
        self._interpreter = interpreter
        self._wheel = wheel
        self._describe = describe
        self._deep = deep
        self._resolved: dict[tuple[str, ...], tuple[Artifact, ...]] = {}
        self._lock = threading.Lock()

    def having(self, requires: tuple[str, ...], chain: object, label: str) -> tuple[Environment, tuple[str, ...]]:
        """An environment that holds what is required.

        Args:
            requires: the requirements.
            chain: what is being built, outermost first; handed back.
            label: what they are for, in words.

        Returns:
            The environment, and what is in it, as ``name version``.

        Raises:
            Problem: build-failed, when it cannot be had; needs-build; and what fetching and making it raise.
        """
        artifacts = self._resolved.get(requires)
        if artifacts is None:
            artifacts = self._resolved[requires] = self._resolve(requires, chain, label)
        wheels = [self._wheel(artifact, chain) for artifact in artifacts]
        return self._ready(wheels), tuple(f"{wheel.name} {wheel.version}" for wheel in wheels)

    def _resolve(self, requires: tuple[str, ...], chain: object, label: str) -> tuple[Artifact, ...]:
        """Wheels only; where there is no way with those, also what has to be built first."""
        origin = Origin("environment")
        wanted = tuple(Dependency(Requirement(text), origin) for text in sorted(set(requires)))
        target = all_targets.exactly(self._interpreter)
        policy = policies.for_builds(self._context.policy, self._context.settings)
        try:
            try:
                found = resolve([Root(origin, wanted)], [target], self._context.index, policy=policy)
            except NoSolution:
                policy = replace(policy, allow_source=True)
                provider = Sources(
                    self._context.index,
                    lambda artifact: self._describe(artifact, chain),
                    self._context.approval.obtain,
                )
                with self._deep:
                    attempt = partial(resolve, [Root(origin, wanted)], [target], provider, policy=policy)
                    found = settled(provider, attempt)
        except Problem as problem:
            if problem.code not in {"no-solution", "no-version", "project-unknown"}:
                raise
            raise Problem(
                "build-failed",
                f"{label} cannot be built: what it needs for that cannot be had.",
                why=f"{problem.what}\n{problem.why}".strip(),
                fix=("Look at build-constraints in [tool.venvoy] if there are any.",),
                data={"requires": list(requires)},
            ) from problem
        chosen = (files.choose(one.candidate, target, policy) for one in found.selected)
        return tuple(artifact for artifact in chosen if artifact is not None)

    def _ready(self, wheels: Sequence[StoredWheel]) -> Environment:
        """The environment with exactly these wheels: the one that is kept, or a new one."""
        python = self._interpreter
        inside = sorted(wheel.sha256 for wheel in wheels)
        digest = sha256(json.dumps([python.base_executable, python.version, inside]).encode()).hexdigest()[:24]
        root = self._context.settings.cache_dir / FOLDER / "environments" / digest
        lock = Lock(
            root.with_name(f"{digest}.lock"),
            "an environment for builds",
            self._context.reporter,
            self._context.settings.lock_timeout,
        )
        with self._lock, lock:
            found = _kept(root)
            if found is not None:
                os.utime(root)
                return found
            with create.creating(
                root,
                Wish(python),
                force=True,
                cache=self._context.skeletons,
                environ=self._context.environ,
            ) as environment:
                plan = Plan(install=tuple(Placement(wheel) for wheel in wheels))
                apply(environment, plan, link=self._context.settings.link_mode, reporter=Silent())
                fs.write_atomic(root / _PLACE, _listing(environment))
            return environment

    @staticmethod
    def of_project(root: Path | None, label: str) -> Environment:
        """The environment of the project, for what is to be built without isolation.

        Raises:
            Problem: environment-missing, environment-invalid.
        """
        if root is None or not (root / "pyvenv.cfg").is_file():
            raise Problem(
                "environment-missing",
                f"{label} is to be built in the project's environment, and there is none yet.",
                why="no-build-isolation says so.",
                fix=(
                    "Make it and put into it what the build needs: venvoy sync",
                    "Or take it out of no-build-isolation.",
                ),
            )
        return layout.read(root)

    def stored(self, artifact: Artifact, folder: Path) -> StoredWheel:
        """A wheel from the store, downloaded first if need be; in this thread, for which the pool may be waiting."""
        sha = artifact.hashes.get("sha256")
        context = self._context
        found = context.store.find(sha) if sha else None
        if found is not None:
            return found
        path = context.index.download(artifact, folder, lambda _: None)
        return context.store.add(path, artifact.filename, sha or fs.sha256(path))

    def unpacked(self, artifact: Artifact, folder: Path) -> SourceTree:
        """A source distribution, downloaded, checked and unpacked into a folder."""
        path = self._context.index.download(artifact, folder, lambda _: None)
        label = f"{artifact.name} {artifact.version}"
        (folder / "source").mkdir()
        tree = archives.unpack(path, folder / "source", label)
        key = f"sha256:{artifact.hashes.get('sha256') or fs.sha256(path)}"
        path.unlink()
        return SourceTree(tree, label, canonicalize_name(artifact.name), artifact.parsed_version, key=key)


def _kept(root: Path) -> Environment | None:
    """The environment that is there, unless somebody has changed what is in its folders."""
    try:
        environment = layout.read(root)
        if unsettled.pending(root) is not None:
            return None  # a power cut may have taken a part of it
        return environment if (root / _PLACE).read_bytes() == _listing(environment) else None
    except (Problem, OSError):
        return None


def _listing(environment: Environment) -> bytes:
    folders = (*environment.site_packages, environment.scripts)
    return json.dumps([sorted({path.name for path in folder.iterdir()} - {_IGNORED}) for folder in folders]).encode()
