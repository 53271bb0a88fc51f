"""``why``: every path that leads from the project to a distribution, with the bounds on each step."""

from __future__ import annotations

from collections import deque

from venvoy.errors import Problem
from venvoy.errors import near as near_words
from venvoy.formats import bounds
from venvoy.operations.inspection import locked
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Collection

    from packaging.requirements import Requirement

    from venvoy.model.names import NormalizedName
    from venvoy.operations.context import Context
    from venvoy.operations.inspection.locked import Graph, Need
    from venvoy.operations.project import Located

_PATHS = 12
# How many beginnings of paths are looked at: a large web of dependencies has more paths than anybody can read.
_LOOKED_AT = 5_000


@dataclass(frozen=True, slots=True)
class Step:
    """One requirement on a path: who has it (``version`` empty for a part of the project), and its text."""

    name: str
    version: str
    requirement: str


@dataclass(frozen=True, slots=True)
class Path:
    """Steps from a part of the project to the distribution; ``where`` names the targets, empty for all."""

    steps: tuple[Step, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """A locked version, and the targets in words, empty for all."""

    version: str
    where: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why a distribution is locked; ``more`` says that there are more paths than these, the shortest ones.

    ``unknown`` are distributions on the way whose bounds are not known, because their metadata is not at hand.
    """

    name: NormalizedName
    versions: tuple[Chosen, ...]
    paths: tuple[Path, ...]
    more: bool
    unknown: tuple[str, ...]


def why(context: Context, located: Located, name: NormalizedName) -> Why:
    """Find every path from the project to a locked distribution, shortest first.

    Raises:
        Problem: not-locked, lockfile-missing, lockfile-invalid.
    """
    graph = locked.graph(context, located, locked.find(context, located))
    if name not in graph.versions:
        raise not_locked(name, graph.versions, located)
    paths, more = _paths(graph, name)
    met = {step.name for path in paths for step in path.steps}
    return Why(name, chosen(graph, name), tuple(paths), more, tuple(sorted(graph.unknown & met)))


def chosen(graph: Graph, name: NormalizedName) -> tuple[Chosen, ...]:
    """The locked versions of a name, each with its targets in words."""
    return tuple(Chosen(graph.called(name, version), graph.where(mask)) for version, mask in graph.versions[name])


def not_locked(name: str, known: Collection[str], located: Located | None) -> Problem:
    """A name that the lockfile does not hold."""
    near = near_words(name, known)
    own = located is not None and name == located.file.name
    what = f"{name} is this project" if own else f"{name} is not in the lockfile, so nothing in this project needs it"
    return Problem(
        "not-locked",
        f"{what}.",
        why=f"Did you mean {' or '.join(near)}?" if near and not own else "",
        fix=("venvoy tree   shows what it needs" if own else f"venvoy add {name}   adds it to the project",),
        where=str(located.lockfile) if located else "",
        data={"name": name, "near": near},
    )


def _paths(graph: Graph, name: NormalizedName) -> tuple[list[Path], bool]:
    """The shortest paths, and whether there are more. They are followed from their end, so that each leads there."""
    asking: dict[str, list[Need]] = {}
    for need in sorted(graph.needs, key=_order):
        asking.setdefault(need.child, []).append(need)
    found: list[Path] = []
    todo: deque[tuple[tuple[Need, ...], int]] = deque(((need,), need.targets) for need in asking.get(name, ()))
    looked_at = 0
    while todo and looked_at < _LOOKED_AT and len(found) <= _PATHS:
        looked_at += 1
        needs, mask = todo.popleft()
        first = needs[0]
        if first.parent.kind != "distribution":
            found.append(_path(graph, needs, mask))
            continue
        met = {(need.parent, need.extra) for need in needs}
        for need in asking.get(first.parent.name, ()):
            if need.targets & mask and (need.parent, need.extra) not in met and need.leads_to(first):
                todo.append(((need, *needs), need.targets & mask))
    return found[:_PATHS], len(found) > _PATHS or bool(todo)


def _order(need: Need) -> tuple[int, str, str]:
    kinds = ("project", "extra", "group", "distribution")
    return kinds.index(need.parent.kind), need.parent.name, str(need.requirement)


def _path(graph: Graph, needs: tuple[Need, ...], mask: int) -> Path:
    steps = (Step(_name(need), str(need.version or ""), bare(need.requirement)) for need in needs)
    return Path(tuple(steps), graph.where(mask))


def _name(need: Need) -> str:
    return f"{need.parent}[{need.extra}]" if need.extra else str(need.parent)


def bare(requirement: Requirement) -> str:
    """A requirement without its marker."""
    return bounds.written(requirement, requirement.specifier, marker=False)
