"""Building: source trees to metadata and wheels, each in an isolated environment that is filled from our own store.

What was built is kept: the wheel in the store, and beside it which source, interpreter and settings it came of
(:mod:`venvoy.store.builds`). The environments in which backends run are kept too, by what is in them, so that ten
distributions with one backend need one of them; one whose folders have changed is made anew.
"""

from __future__ import annotations

import json
import os
import threading
import time
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from venvoy.backends.hooks import Backend
from venvoy.environment.variables import activated
from venvoy.errors import Problem
from venvoy.formats import core_metadata, filenames, setup_files, static_project, toml
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.source_tree import SourceTree
from venvoy.operations import provider
from venvoy.store.builds import Builds
from venvoy.system import fs
from venvoy.system.process import Children
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from packaging.version import Version

    from venvoy.backends.hooks import Backend
    from venvoy.environment.layout import Environment
    from venvoy.model.artifact import Artifact, CoreMetadata
    from venvoy.model.interpreter import Interpreter
    from venvoy.model.plan import Wanted
    from venvoy.model.source_tree import Python
    from venvoy.model.stored import StoredWheel
    from venvoy.operations.building.environments import Environments
    from venvoy.operations.context import Context

__all__ = ["Builder", "SourceTree", "of"]

_NO_WHEEL = "There is no wheel that fits here."
_NO_BINARY = "Wheels do not count: no-binary says so."
_NOT_FOR_BUILDS = frozenset({"venvoy", "uv", "ruff", "mypy", "pyright", "pytest", "coverage", "black", "isort", "tox"})
_STALE = 86400.0
"""Seconds after which what a builder left that was killed is deleted by the next one."""


@dataclass(frozen=True, slots=True)
class _Chain:
    """What is being built, outermost first: to see a cycle, and to name it."""

    labels: tuple[str, ...] = ()
    names: tuple[NormalizedName, ...] = ()

    def plus(self, tree: SourceTree) -> _Chain:
        """With one more.

        Raises:
            Problem: build-failed, when it is among them already.
        """
        if tree.name is not None and tree.name in self.names:
            path = " → ".join((*self.names[self.names.index(tree.name) :], tree.name))
            raise Problem(
                "build-failed",
                f"{self.labels[0]} cannot be built: what it needs for that needs itself.",
                why=path,
                fix=(f"Let {tree.name} come as a wheel: --only-binary {tree.name}", "Or choose another version."),
            )
        return _Chain((*self.labels, tree.label), (*self.names, tree.name) if tree.name else self.names)


_NOTHING = _Chain()


@dataclass(frozen=True, slots=True)
class _Job:
    """A tree with its backend, ready to run, and a folder of its own; ``made_with`` is what is in its environment."""

    tree: SourceTree
    backend: Backend
    folder: Path
    log: Path
    made_with: tuple[str, ...]


class Builder:
    """Builds for one interpreter. Any number of threads may use it at once.

    ``environment`` is the folder of the one that is used where there is no isolation. A ``chain`` is what is being
    built already, outermost first, where something is built in order to build something else.
    """

    def __init__(self, context: Context, interpreter: Interpreter, environment: Path | None = None) -> None:
        self._context = context
        self._interpreter = interpreter
        self._project = environment
        self._children = Children()
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._number = 0
        self._builds = Builds(context.settings.cache_dir)
        self._trees: dict[str, SourceTree] = {}
        self._made: Environments | None = None
        # Whatever is needed for building and has itself to be built comes one after the other: two that wait for each
        # other would wait for ever.
        self._deep = threading.RLock()

    def metadata(self, tree: SourceTree, chain: _Chain = _NOTHING) -> CoreMetadata:
        """What a source tree is and needs: as it says itself, where that cannot change, else as its backend says.

        Raises:
            Problem: needs-build when that has not been approved, build-failed, metadata-invalid, and whatever resolving
                and fetching what the backend needs raise.
        """
        key = self._metadata_key(tree) if tree.key else ""
        found = _static(tree)
        if found is None and key and (content := self._builds.metadata(key)):
            found = core_metadata.parse(content, tree.label)
        if found is None:
            content = self._computed(tree, chain)
            found = core_metadata.parse(content, tree.label)
            if key:
                self._builds.note_metadata(key, content)
        _check(tree, found.name, found.version)
        return found

    def wheel(self, tree: SourceTree, chain: _Chain = _NOTHING, *, editable: bool = False) -> StoredWheel:
        """The wheel of a source tree: the one that was built before, if its bytes cannot have changed, else a new one.

        An editable wheel is built anew only when pyproject.toml, setup.py or setup.cfg have changed.

        Raises:
            Problem: as :meth:`metadata`, and what the store raises.
        """
        sha = self.built(tree, editable=editable)
        stored = self._context.store.find(sha) if sha else None
        if stored is not None:
            return stored
        from venvoy.backends import plain  # likewise

        if editable and plain.applies(tree.path):
            folder = self._new_folder()
            return self._keep(tree, plain.build(tree.path, folder), editable=True)
        self.approve(tree)
        return self._finish(self._job(tree, chain, editable=editable), editable=editable)

    def described(self, artifact: Artifact, chain: _Chain = _NOTHING) -> CoreMetadata:
        """What a source distribution needs; nobody is asked for leave to build it.

        Raises:
            Problem: needs-build when that has not been approved, and whatever :meth:`tree` and :meth:`metadata` raise.
        """
        label = f"{artifact.name} {artifact.version}"
        seen = SourceTree(Path(), label, artifact.name, artifact.parsed_version, key=_key_of(artifact))
        known = self._builds.metadata(self._metadata_key(seen)) if seen.key else None
        if known is not None:
            return core_metadata.parse(known, label)
        if not self._context.approval.holds(artifact.name):
            raise self._context.approval.refused({artifact.name: label}, provider.UNKNOWN)
        return self.metadata(self.tree(artifact), chain)

    def known(self, artifact: Artifact) -> str:
        """The SHA-256 of the wheel that was built of a source distribution; empty when none was."""
        return self.built(SourceTree(Path(), "", artifact.name, artifact.parsed_version, key=_key_of(artifact)))

    def built(self, tree: SourceTree, *, editable: bool = False) -> str:
        """The SHA-256 of the wheel that :meth:`wheel` would give without building; empty when it has to build."""
        key = self._key(tree, editable=editable)
        return self._builds.wheel(self._record(key)) if key else ""

    def note(self, tree: SourceTree, wheel: StoredWheel) -> None:
        """Take note that a tree, as it is now, is what a wheel was built of."""
        if key := self._key(tree, editable=False):
            self._builds.note_wheel(self._record(key), wheel.sha256, ())

    def tree(self, artifact: Artifact) -> SourceTree:
        """A source distribution, fetched, checked and unpacked, until the builder is closed.

        Raises:
            Problem: source-unsafe, source-invalid, and what fetching raises.
        """
        with self._lock:
            found = self._trees.get(artifact.url)
        if found is None:
            found = self._environments.unpacked(artifact, self._new_folder())
            with self._lock:
                self._trees[artifact.url] = found
        return found

    def approve(self, tree: SourceTree, why: str = _NO_WHEEL) -> None:
        """See that a tree may be built, by asking if need be.

        Raises:
            Problem: needs-build.
        """
        if not tree.own:
            self._context.approval.obtain({tree.name or canonicalize_name(tree.label): tree.label}, why)

    def allow(self, items: Sequence[Wanted]) -> None:
        """See that all of this may be built, before any of it is fetched.

        Raises:
            Problem: needs-build.
        """
        others = [item for item in items if item.pinned is None or not item.pinned.own]
        wanted = {item.name: f"{item.name} {item.version}".rstrip() for item in others}
        chosen = not any(map(self._context.policy.takes_wheels, wanted))
        self._context.approval.obtain(wanted, _NO_BINARY if chosen else _NO_WHEEL)

    def end(self) -> None:
        """End whatever is running: it has been interrupted."""
        self._children.end()

    def start_again(self) -> None:
        """Build again after :meth:`end`; nothing is running any more."""
        self._children = Children()

    def close(self) -> None:
        """Delete what was only needed for building."""
        self._children.end()
        if self._folder is not None:
            with suppress(Problem):  # somebody is still at work after Ctrl-C
                fs.remove_tree(self._folder)

    # What is behind those

    def _computed(self, tree: SourceTree, chain: _Chain) -> bytes:
        """The METADATA that the backend computes; where it can only build, that of the wheel, which is kept."""
        self.approve(tree, provider.UNKNOWN)
        job = self._job(tree, chain, editable=False)
        folder = job.folder / "metadata"
        folder.mkdir()
        with self._watched(tree):
            made = job.backend.metadata(folder, editable=False)
        if made is not None:
            return (made / "METADATA").read_bytes()
        wheel = self._finish(job, editable=False)
        return Path(wheel.root, wheel.dist_info, "METADATA").read_bytes()

    def _finish(self, job: _Job, *, editable: bool) -> StoredWheel:
        tree = job.tree
        folder = job.folder / "wheel"
        folder.mkdir()
        with self._watched(tree):
            path = job.backend.build(folder, editable=editable)
        try:
            parts = filenames.parse(path.name)
        except filenames.InvalidFileNameError:
            raise job.backend.failed(f"It made a file that is no wheel: {path.name}.") from None
        _check(tree, parts.name, filenames.version(parts.version))
        if filenames.expand(parts.tags).isdisjoint(self._interpreter.tags):
            raise job.backend.failed(f"It made a wheel for another Python or another kind of computer: {path.name}.")
        stored = self._keep(tree, path, job.made_with, editable=editable)
        fs.discard(os.fspath(job.log))
        return stored

    @contextmanager
    def _watched(self, tree: SourceTree) -> Iterator[None]:
        """Say what somebody else's code leaves outside of its folder, where people look: nothing holds it there."""
        places = [] if tree.own else [Path.cwd(), Path.home()]
        if places and self._project is not None:
            places += [self._project.parent, self._project, *self._project.glob("lib/python*/site-packages")]
            places += [self._project / "Lib" / "site-packages"]
        before = {place: _visible(place) for place in dict.fromkeys(places)}
        yield
        for place, names in before.items():
            for name in sorted(_visible(place) - names):
                self._context.reporter.warn(
                    f"While {tree.label} was built, {place / name} appeared, outside of the folder for that. "
                    "If nobody else has put it there, look at what it is before you go on."
                )

    def _keep(self, tree: SourceTree, path: Path, made_with: Sequence[str] = (), *, editable: bool) -> StoredWheel:
        stored = self._context.store.add(path, path.name, fs.sha256(path))
        if key := self._key(tree, editable=editable):
            self._builds.note_wheel(self._record(key), stored.sha256, made_with)
        self._context.reporter.remark(f"Built {tree.label} with {', '.join(made_with) or 'nothing but Python'}.")
        return stored

    def _job(self, tree: SourceTree, chain: _Chain, *, editable: bool) -> _Job:
        """The backend of a tree, in an environment that has what it needs."""
        from venvoy.backends import hooks  # who only asks what was built needs none

        chain = chain.plus(tree)
        system = hooks.read_system(tree.path, tree.label)
        folder = self._new_folder()
        (folder / "tmp").mkdir()
        log = self._log(tree)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")

        def job(environment: Environment, made_with: tuple[str, ...]) -> _Job:
            variables = activated(
                dict(self._context.environ), os.fspath(environment.root), os.fspath(environment.scripts)
            )
            place = hooks.Place(environment.python, variables, folder / "tmp", log, self._children)
            runner = hooks.Backend(tree.path, tree.label, system, place, self._config_settings(), own=tree.own)
            return _Job(tree, runner, folder, log, made_with)

        if not self._isolated(tree):
            return job(self._environments.of_project(self._project, tree.label), ())
        ready = job(*self._environments.having(system.requires, chain, tree.label))
        more = ready.backend.requires(editable=editable)
        if not more:
            return ready
        return job(*self._environments.having((*system.requires, *more), chain, tree.label))

    @property
    def _environments(self) -> Environments:
        """Makes the environments for backends."""
        from venvoy.operations.building.environments import Environments  # who only asks what was built needs none

        with self._lock:
            if self._made is None:
                self._made = Environments(
                    self._context, self._interpreter, self._requirement, self.described, self._deep
                )
        return self._made

    def _requirement(self, artifact: Artifact, chain: _Chain) -> StoredWheel:
        """What a build needs, from the store; built first when it is itself a source distribution."""
        if artifact.kind == "wheel":
            return self._environments.stored(artifact, self._new_folder())
        with self._deep:
            return self.wheel(self.tree(artifact), chain, editable=False)

    def _new_folder(self) -> Path:
        with self._lock:
            if self._folder is None:
                scratch = self._context.scratch
                for left in scratch.glob("build-*"):
                    if left.stat().st_mtime < time.time() - _STALE:
                        fs.remove_tree(left)
                self._folder = scratch / f"build-{os.urandom(6).hex()}"
                self._folder.mkdir()
            self._number += 1
            folder = self._folder / str(self._number)
        folder.mkdir()
        return folder

    def _log(self, tree: SourceTree) -> Path:
        safe = "".join(letter if letter.isalnum() or letter in ".-_+" else "-" for letter in tree.label)
        return self._builds.root / "logs" / f"{safe.strip('-') or 'build'}.log"

    def _isolated(self, tree: SourceTree) -> bool:
        names = {canonicalize_name(name) for name in self._context.settings.no_build_isolation}
        return not ({"all"} & {name.strip(":") for name in names} or tree.name in names)

    def _config_settings(self) -> Mapping[str, str | list[str]]:
        found: dict[str, str | list[str]] = {}
        for name, value in (text.split("=", 1) for text in self._context.settings.config_settings):
            there = found.get(name)
            if there is None:
                found[name] = value
            else:
                found[name] = [*([there] if isinstance(there, str) else there), value]
        return found

    def _settings_text(self, tree: SourceTree) -> str:
        chosen = self._context.settings
        return json.dumps([chosen.build_constraints, chosen.config_settings, self._isolated(tree)])

    def _metadata_key(self, tree: SourceTree) -> str:
        return f"metadata {tree.key} {self._settings_text(tree)}"

    def _key(self, tree: SourceTree, *, editable: bool) -> str:
        if not editable:
            return f"wheel {tree.key} {self._settings_text(tree)}" if tree.key else ""
        facts, names = _facts(_read(tree.path / "pyproject.toml"))
        files = [json.dumps(facts, sort_keys=True, default=str).encode(), *(_read(tree.path / name) for name in names)]
        return f"editable {tree.path} {digest(files)} {self._settings_text(tree)}"

    def _record(self, key: str) -> str:
        python = self._interpreter
        kind = (python.implementation, python.version, python.free_threaded, python.bits, python.tags[0])
        return f"{key} {kind}"


def of(context: Context, python: Python) -> Builder:
    """The builder for a Python: one for each, closed with the context."""
    key = ("builder", python.interpreter.executable, python.environment)
    return context.kept(key, lambda: Builder(context, python.interpreter, python.environment))


def digest(contents: Sequence[bytes]) -> str:
    """A digest of several files."""
    return sha256(b"".join(sha256(content).digest() for content in contents)).hexdigest()


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _facts(content: bytes) -> tuple[object, tuple[str, ...]]:
    """What a pyproject.toml says, without what no build backend looks at, and the files that belong to it."""
    try:
        table = toml.loads(toml.decode(content, ""), "")
    except Problem:
        return content.decode("latin-1"), setup_files.names({})
    tools = {name: value for name, value in (table.get("tool") or {}).items() if name not in _NOT_FOR_BUILDS}
    return [table.get("project"), table.get("build-system"), tools], setup_files.names(table)


def _key_of(artifact: Artifact) -> str:
    sha = artifact.hashes.get("sha256")
    return f"sha256:{sha}" if sha else ""


def _static(tree: SourceTree) -> CoreMetadata | None:
    """What a tree says about itself when that cannot change: PKG-INFO 2.2 and newer, or the table [project]."""
    with fs.attempting("read the source of", tree.path):
        files = (tree.path / "PKG-INFO", tree.path / "pyproject.toml")
        info, project = (path.read_bytes() if path.is_file() else None for path in files)
    if info is not None and core_metadata.is_static(info):
        return core_metadata.parse(info, tree.label)
    return static_project.of_tree(info, project, tree.label) if project is not None else None


def _check(tree: SourceTree, name: NormalizedName, version: Version | None) -> None:
    """A tree that is another distribution than it claims to be is refused.

    Raises:
        Problem: metadata-invalid.
    """
    if tree.name not in {None, name} or (tree.version is not None and version != tree.version):
        claimed = f"{tree.name or name} {tree.version or ''}".rstrip()
        raise Problem(
            "metadata-invalid",
            f"{tree.label} says that it is {name} {version}, and it is offered as {claimed}.",
            fix=("Choose another version of it, or tell its maintainers.",),
        )


def _visible(folder: Path) -> frozenset[str]:
    """The names in a folder that people see; caches and settings of programs have a dot."""
    try:
        return frozenset(name for name in os.listdir(folder) if not name.startswith("."))  # noqa: PTH208 - names only
    except OSError:
        return frozenset()
