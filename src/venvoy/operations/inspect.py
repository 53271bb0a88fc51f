"""``list``, ``tree`` and ``show``: what is there, and who needs it. Nothing is changed and no index is asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from venvoy.environment import installed, layout
from venvoy.errors import Problem
from venvoy.formats import core_metadata
from venvoy.python import probe
from venvoy.system import fs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from venvoy.model.artifact import CoreMetadata
    from venvoy.model.plan import Installed
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located


@dataclass(frozen=True, slots=True)
class Listed:
    """An environment and the distributions in it, sorted by name."""

    environment: Path
    python: str
    distributions: tuple[Installed, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One line of a tree: a distribution, the requirement that brings it, and what it needs in turn.

    ``version`` is empty when nothing of that name is installed. ``repeated`` marks a distribution whose own needs are
    shown at its first place in the tree.
    """

    name: NormalizedName
    version: str
    requirement: str
    needs: tuple[Node, ...] = ()
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of the project (``your project``, ``group 'dev'`` …) and the trees of what it asks for."""

    label: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known about one installed distribution; ``requires`` holds what applies in this environment."""

    name: NormalizedName
    version: str
    summary: str
    location: Path
    installer: str
    requested: bool
    requires: tuple[str, ...]
    required_by: tuple[NormalizedName, ...]
    extras: tuple[str, ...]
    wheel_sha256: str
    direct_url: str


class _Distributions:
    """The installed distributions with their metadata, each read once and only when it is needed."""

    def __init__(self, present: Iterable[Installed], markers: Mapping[str, str]) -> None:
        self.by_name = {one.name: one for one in present}
        self._markers = markers
        self._metadata: dict[NormalizedName, CoreMetadata] = {}

    def metadata(self, name: NormalizedName) -> CoreMetadata:
        if name not in self._metadata:
            one = self.by_name[name]
            path = Path(one.dist_info) / "METADATA"
            try:
                content = path.read_bytes()
            except OSError as error:
                raise fs.problem(error, f"read what {name} says about itself", path) from error
            self._metadata[name] = core_metadata.parse(content, str(path))
        return self._metadata[name]

    def requires(self, name: NormalizedName, extras: Iterable[str] = ()) -> tuple[Requirement, ...]:
        """The requirements of an installed distribution that apply here, with these extras, sorted by name."""
        found: dict[str, Requirement] = {}
        for text in self.metadata(name).requires_dist:
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                continue
            if any(self.applies(requirement, extra) for extra in ("", *extras)):
                found.setdefault(str(requirement), requirement)
        return tuple(sorted(found.values(), key=lambda one: canonicalize_name(one.name)))

    def applies(self, requirement: Requirement, extra: str = "") -> bool:
        return requirement.marker is None or requirement.marker.evaluate({**self._markers, "extra": extra})


def list_installed(context: Context, located: Located | None) -> Listed:
    """What the environment holds."""
    root = environment_root(context, located)
    environment = layout.read(root)
    return Listed(root, environment.version, installed.read(environment))


def tree(context: Context, located: Located | None) -> tuple[Branch, ...]:
    """Who needs what: from the project's own requirements down; without a project, from what nothing else needs."""
    distributions = _read(context, located)
    seen: set[tuple[NormalizedName, frozenset[str]]] = set()
    if located is None:
        needed = {canonicalize_name(one.name) for name in distributions.by_name for one in distributions.requires(name)}
        tops = [Requirement(name) for name in sorted(distributions.by_name) if name not in needed]
        return (Branch("this environment", tuple(_node(distributions, top, seen, ()) for top in tops)),)
    return tuple(
        Branch(
            str(root.origin),
            tuple(
                _node(distributions, one.requirement, seen, ())
                for one in root.dependencies
                if distributions.applies(one.requirement)
            ),
        )
        for root in located.file.roots()
    )


def show(context: Context, located: Located | None, name: str) -> Shown:
    """What is known about one installed distribution.

    Raises:
        Problem: not-installed.
    """
    distributions = _read(context, located)
    wanted = canonicalize_name(name)
    one = distributions.by_name.get(wanted)
    if one is None:
        raise Problem(
            "not-installed",
            f"{name} is not installed in this environment.",
            fix=("venvoy list   shows what is installed",)
            + ((f"venvoy add {wanted}   adds it to the project",) if located else ()),
        )
    metadata = distributions.metadata(wanted)
    return Shown(
        name=wanted,
        version=one.version,
        summary=metadata.summary,
        location=Path(one.dist_info).parent,
        installer=one.installer,
        requested=one.requested,
        requires=tuple(str(requirement) for requirement in distributions.requires(wanted)),
        required_by=tuple(
            other
            for other in sorted(distributions.by_name)
            if any(canonicalize_name(requirement.name) == wanted for requirement in distributions.requires(other))
        ),
        extras=tuple(sorted(metadata.provides_extra)),
        wheel_sha256=one.wheel_sha256,
        direct_url=one.direct_url,
    )


def environment_root(context: Context, located: Located | None) -> Path:
    """The environment a command looks at: the project's, or without a project the active one.

    Raises:
        Problem: environment-missing.
    """
    if located is not None:
        return located.environment
    active = context.environ.get("VIRTUAL_ENV")
    if active and Path(active).is_dir():
        return Path(active)
    if active:
        raise Problem(
            "environment-missing",
            f"The active environment is gone: there is no folder {active}.",
            fix=("deactivate   leaves it",),
        )
    raise Problem(
        "environment-missing",
        "There is no project here, and no environment is active.",
        fix=(
            "venvoy init   makes this folder a project, with an environment",
            "venvoy venv   makes an environment alone",
        ),
    )


def _read(context: Context, located: Located | None) -> _Distributions:
    environment = layout.read(environment_root(context, located))
    interpreter = probe.describe(environment.base_python, cache=context.interpreters)
    return _Distributions(installed.read(environment), interpreter.markers)


def _node(
    distributions: _Distributions,
    requirement: Requirement,
    seen: set[tuple[NormalizedName, frozenset[str]]],
    above: tuple[NormalizedName, ...],
) -> Node:
    name = canonicalize_name(requirement.name)
    one = distributions.by_name.get(name)
    if one is None:
        return Node(name, "", str(requirement))
    key = (name, frozenset(requirement.extras))
    needs = distributions.requires(name, requirement.extras)
    if name in above or (needs and key in seen):
        return Node(name, one.version, str(requirement), repeated=True)
    seen.add(key)
    children = tuple(_node(distributions, need, seen, (*above, name)) for need in needs)
    return Node(name, one.version, str(requirement), children)
