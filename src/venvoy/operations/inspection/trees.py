"""``tree``: who needs what, or who is needed by whom; from the lockfile, else from what is installed."""

from __future__ import annotations

from functools import reduce
from operator import or_

from venvoy.environment import installed, layout
from venvoy.errors import Problem
from venvoy.model.names import canonicalize_name
from venvoy.model.requirement import Origin
from venvoy.operations.inspection import inspect, locked
from venvoy.operations.inspection.why import bare, not_locked
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from venvoy.model.names import NormalizedName
    from venvoy.operations.context import Context
    from venvoy.operations.inspection.locked import Graph, Locking, Need
    from venvoy.operations.project import Located

EVERY = "all"
"""The name of the view of all targets."""


@dataclass(frozen=True, slots=True)
class Node:
    """One line of a tree: a distribution, the requirement that brings it, and what it needs in turn.

    Upside down ``requirement`` is what this distribution has of the one above, and ``needs`` are those who need it.
    ``version`` is empty for a part of the project, and for what is neither locked nor installed; ``installed`` is false
    for what is only locked. ``where`` names the targets, empty for all that are looked at. ``repeated`` marks what is
    shown in full at an earlier place, ``cut`` what has more below than was asked for, ``own`` a part of the project.
    """

    name: str
    version: str
    requirement: str
    needs: tuple[Node, ...] = ()
    repeated: bool = False
    installed: bool = True
    where: str = ""
    cut: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of the project (``your project``, ``group 'dev'`` …) and the trees of what it asks for."""

    label: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class View:
    """How to look: ``target`` is a name as in the setting ``targets`` or ``all`` (empty: the interpreter at hand).

    ``depth`` is how many levels are shown, 0 for all. With ``invert`` the tree stands upside down: from these names
    (none: from whatever needs nothing itself) up to the project.
    """

    target: str = ""
    depth: int = 0
    invert: bool = False
    names: tuple[NormalizedName, ...] = ()


def tree(context: Context, located: Located | None, view: View) -> tuple[Branch, ...]:
    """Who needs what.

    Raises:
        Problem: environment-missing, lockfile-invalid, not-locked, usage.
    """
    if located is not None and located.lock_text is not None:
        found = locked.find(context, located)
        graph = locked.graph(context, located, found)
        mask = _mask(found, view.target)
        # What another target needs is not missing here.
        present = None if view.target else _present(located)
        labels: Sequence[Origin] = [root.origin for root in located.file.roots()]
    else:
        if view.target:
            raise Problem(
                "usage",
                "--target looks into the lockfile, and there is none.",
                fix=("venvoy lock   writes it",),
            )
        graph, present, labels = inspect.graph(context, located)
        mask = 1
    planter = _Planter(graph, mask, present, view.depth)
    if not view.invert:
        return tuple(Branch(str(origin), planter.below(origin)) for origin in labels)
    for name in view.names:
        if name not in graph.versions:
            raise not_locked(name, graph.versions, located)
    return (Branch("", planter.upside_down(view.names)),)


def _mask(found: Locking, target: str) -> int:
    """The targets that are looked at."""
    every = (1 << len(found.targets)) - 1
    if not target:
        return every if found.here is None else 1 << found.here
    if target.lower() == EVERY:
        return every
    names = locked.platforms(target, EVERY)
    mask = sum(1 << index for index, one in enumerate(found.targets) if one.platform in names)
    if not mask:
        raise Problem("usage", f"This lockfile is not for {target}.", fix=("venvoy tree --target all",))
    return mask


def _present(located: Located) -> Mapping[str, str] | None:
    """The installed versions by name; None when there is no environment."""
    try:
        return {one.name: one.version for one in installed.read(layout.read(located.environment))}
    except Problem:
        return None


def _order(need: Need) -> tuple[str, bool, str, str]:
    return need.child, need.parent.kind == "distribution", str(need.parent), str(need.requirement)


class _Planter:
    """Grows trees out of a graph, on the targets of ``mask``."""

    def __init__(self, graph: Graph, mask: int, present: Mapping[str, str] | None, depth: int) -> None:
        self._graph = graph
        self._mask = mask
        self._present = present
        self._depth = depth
        self._by_parent: dict[Origin, list[Need]] = {}
        self._by_child: dict[str, list[Need]] = {}
        self._seen: dict[tuple[str, frozenset[str]], int] = {}
        for need in sorted(graph.needs, key=_order):
            if need.targets & mask:
                self._by_parent.setdefault(need.parent, []).append(need)
                self._by_child.setdefault(need.child, []).append(need)

    def below(self, origin: Origin) -> tuple[Node, ...]:
        """What a part of the project needs."""
        return tuple(self._down(need, self._mask, 1) for need in self._by_parent.get(origin, ()))

    def upside_down(self, names: Sequence[NormalizedName]) -> tuple[Node, ...]:
        """Who needs these names."""
        there = {name: sum(where for _, where in found) & self._mask for name, found in self._graph.versions.items()}
        # Where to begin is found by drawing it all once, whatever the depth.
        whole = _Planter(self._graph, self._mask, self._present, 0)
        tops = [(name, there[name]) for name in names] or list(whole._tops(there))
        return tuple(self._top(name, mask) for name, mask in tops)

    def _tops(self, there: Mapping[NormalizedName, int]) -> Iterator[tuple[NormalizedName, int]]:
        """Where to begin, and on which targets: whatever needs nothing, then one of each circle with nothing below."""
        for name, where in there.items():
            needs = self._by_parent.get(Origin("distribution", name), ())
            if mask := where & ~reduce(or_, (need.targets for need in needs), 0):
                self._top(name, mask)
                yield name, mask
        for name, where in there.items():
            seen = self._seen.get((name, frozenset()), 0) | self._seen.get((name, frozenset({""})), 0)
            if self._by_child.get(name) and (mask := where & ~seen):
                self._top(name, mask)
                yield name, mask

    def _top(self, name: str, mask: int) -> Node:
        return self._up(name, None, self._by_child.get(name, ()), mask, 1)

    def _again(self, key: tuple[str, frozenset[str]], mask: int, *, full: bool) -> bool:
        """Whether a line has been shown in full on these targets; ``full`` says that it now will be."""
        seen = self._seen.get(key, 0)
        if full:
            self._seen[key] = seen | mask
        return not mask & ~seen

    def _down(self, need: Need, mask: int, level: int) -> Node:
        mask &= need.targets
        origin = Origin("distribution", need.child)
        needs = [one for one in self._by_parent.get(origin, ()) if one.targets & mask and need.leads_to(one)]
        cut = bool(self._depth) and level >= self._depth
        repeated = self._again((need.child, need.extras), mask, full=not cut) and bool(needs)
        children = () if repeated or cut else needs
        return self._node(
            need.child,
            bare(need.requirement),
            mask,
            tuple(self._down(one, mask, level + 1) for one in children),
            repeated=repeated,
            cut=cut and bool(needs) and not repeated,
        )

    def _up(self, name: str, need: Need | None, asking: Iterable[Need], mask: int, level: int) -> Node:
        """A distribution, the requirement that it has of the one below it, and those who ask for it."""
        above = [one for one in asking if one.targets & mask and (need is None or one.leads_to(need))]
        cut = bool(self._depth) and level >= self._depth
        repeated = self._again((name, frozenset({need.extra} if need else ())), mask, full=not cut) and bool(above)
        nodes = tuple(
            self._up(one.parent.name, one, self._by_child.get(one.parent.name, ()), mask & one.targets, level + 1)
            if one.parent.kind == "distribution"
            else Node(str(one.parent), "", bare(one.requirement), where=self._where(mask & one.targets), own=True)
            for one in (() if repeated or cut else above)
        )
        text = bare(need.requirement) if need else name
        return self._node(name, text, mask, nodes, repeated=repeated, cut=cut and bool(above) and not repeated)

    def _node(  # noqa: PLR0913 - the parts of a line
        self, name: str, requirement: str, mask: int, needs: tuple[Node, ...], *, repeated: bool, cut: bool
    ) -> Node:
        versions = [version for version, where in self._graph.versions.get(canonicalize_name(name), ()) if where & mask]
        text = " and ".join(self._graph.called(name, version) for version in versions)
        there = self._present is None or name in self._present
        return Node(name, text, requirement, needs, repeated, there, self._where(mask), cut)

    def _where(self, mask: int) -> str:
        return locked.targets_in_words(self._graph.on(mask), self._graph.on(self._mask))
