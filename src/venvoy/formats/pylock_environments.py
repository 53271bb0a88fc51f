"""Sets of a lockfile's targets as markers: exact on every target, short, and the same on any machine.

A marker is looked for among *boxes*: a range of Python versions times a set of platforms that one or two comparisons
describe. Of the boxes that hold no other target, the one or the two that cover the set with the fewest comparisons are
taken, more only when there is no other way. Targets that nobody cares about, and what is no target at all, may be in or
out: that is what makes ``sys_platform == "win32"`` of a list of six.
"""

from __future__ import annotations

from itertools import chain, combinations, product

from venvoy.formats.pythons import PYTHON_2, Range, cuts, dotted, full, python_of
from venvoy.values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from venvoy.formats.pythons import Bound
    from venvoy.model.plain import Bounds
    from venvoy.model.target import Target

# What a comparison costs: what people know best comes first, and == before !=.
_WEIGHTS = {"sys_platform": 10, "python_version": 10, "platform_machine": 12, "implementation_name": 12}
_WEIGHT_FULL = 11
_WEIGHT_PART = 10
_LEAST = 10
_PLACE = ("sys_platform", "platform_machine", "implementation_name")
_ENOUGH = 60


class Box(NamedTuple):
    """Comparisons that hold together on the targets of ``mask``."""

    cost: int
    atoms: tuple[str, ...]
    mask: int


class Environments:
    """The markers of a lockfile's targets, whole and in part.

    Args:
        targets: what the lockfile is for; targets with the same markers (glibc and musl) count as one. A range of
            Python versions may be divided for one platform and whole for another.
        requires_python: what the lockfile says about Python besides.
    """

    def __init__(self, targets: Sequence[Target], requires_python: Bounds | None) -> None:
        self._requires_python = requires_python
        self._targets: list[Target] = []
        self._ranges: list[Range] = []
        # What stands for each of the targets given, once what is divided for one is divided for all.
        self._parts: list[int] = []
        whole = [python_of(target) for target in targets]
        edges = {edge for python in whole for edge in (python.since, python.before) if edge}
        for target, python in zip(targets, whole, strict=True):
            ranges = python.split(edges)
            self._parts.append(((1 << len(ranges)) - 1) << len(self._ranges))
            self._ranges += ranges
            self._targets += [target] * len(ranges)
        self._all = (1 << len(self._targets)) - 1
        alike: dict[tuple[object, ...], int] = {}
        for index, (target, python) in enumerate(zip(self._targets, self._ranges, strict=True)):
            key = (python, target.without, *(target.markers[name] for name in _PLACE))
            alike[key] = alike.get(key, 0) | 1 << index
        self._twins = [mask for mask in alike.values() if mask & (mask - 1)]
        self._boxes: list[Box] = []
        # The targets that these hold; and by what they cost, those that are not worked out yet.
        self._held: set[int] = set()
        self._left: dict[int, list[tuple[list[Box], list[Box]]]] = {}
        self._known: dict[tuple[int, int], str] = {}

    def markers(self) -> list[str]:
        """One marker for each platform, with the Python versions as far as ``requires-python`` does not give them.

        They are texts, as ``packaging`` writes them.
        """
        by_place: dict[tuple[str, ...], list[Range]] = {}
        for target, python in zip(self._targets, self._ranges, strict=True):
            by_place.setdefault(tuple(target.markers[name] for name in _PLACE), []).append(python)
        found = []
        for place, ranges in by_place.items():
            atoms = [f'{name} == "{value}"' for name, value in zip(_PLACE, place, strict=True)]
            versions = " or ".join(" and ".join(each) for each in self._pythons(ranges))
            found.append(" and ".join([*atoms, *([grouped(versions)] if versions else [])]))
        return found

    def text(self, mask: int, either: int = 0) -> str:
        """What tells the targets in the mask from the others, as a marker's text; empty when there are no others.

        Args:
            mask: the targets on which the marker shall be true.
            either: those on which it does not matter.
        """
        mask, either = self._spread(mask), self._spread(either)
        for twins in self._twins:  # what has the same markers has the same answer
            if mask & twins:
                mask |= twins
        allowed = mask | either
        if not self._all & ~allowed:
            return ""
        known = self._known.get((mask, allowed))
        if known is None:
            known = self._known[mask, allowed] = self._simplest(mask, allowed)
        return known

    def _spread(self, mask: int) -> int:
        """A mask of the targets given as one of their parts."""
        if len(self._parts) == len(self._targets):
            return mask
        return sum(part for index, part in enumerate(self._parts) if mask >> index & 1)

    def _pythons(self, ranges: Iterable[Range]) -> list[list[str]]:
        """The Python versions of one platform, as comparisons: what holds together, and the alternatives."""
        merged: list[Range] = []
        for python in sorted(set(ranges), key=lambda each: each.since):
            if merged and not self._admits(merged[-1].before, python.since):
                merged[-1] = Range(merged[-1].since, python.before)
            else:
                merged.append(python)
        found = []
        for index, python in enumerate(merged):
            low = self._admits((PYTHON_2, 0), python.since) if index == 0 else True
            high = python.before is not None and (index + 1 < len(merged) or self._admits(python.before, None))
            atoms = [_low(python.since)] if low else []
            atoms += [_high(python.before)] if high and python.before else []
            if low and high and python.before == (python.since[0] + 1, 0) and not python.since[1]:
                atoms = [f'python_version == "{dotted(python.since[0])}"']
            found.append(atoms)
        return [] if [] in found else found

    def _admits(self, since: Bound | None, before: Bound | None) -> bool:
        """Whether ``requires-python`` leaves anything of Python 3 from ``since`` up to ``before``."""
        if since is None or since == before:
            return False
        requires = self._requires_python
        if requires is None:
            return True
        inside = cuts(str(requires))
        last = before[0] if before else max(since[0], *(minor for minor, _ in (*inside, (15, 0)))) + 2
        gap = Range(since, before)
        minors = range(since[0], last + 1)
        samples = {since, *inside, *((minor, 0) for minor in minors)}
        return any(requires.contains(full(bound)) for bound in samples if bound in gap)

    def _simplest(self, mask: int, allowed: int) -> str:
        best: dict[int, Box] = {}
        whole: Box | None = None
        for box in self._every():
            if whole is not None and box.cost + _LEAST >= whole.cost:
                break  # two together cost no less
            covered = box.mask & mask
            if covered and covered not in best and not box.mask & ~allowed:
                best[covered] = box
                whole = best.get(mask)
        useful: list[tuple[int, Box]] = []
        beyond: list[int] = []
        for covered, box in best.items():
            if all(map(covered.__and__, beyond)):
                useful.append((covered, box))
                beyond.append(~covered)
        chosen = _few(useful, mask) or _greedy(useful, mask)
        return _disjunction(chosen)

    def _every(self) -> Iterator[Box]:
        """Every box, the cheapest first, one for the same targets; they are worked out as far as somebody looks."""
        yield from self._boxes
        if not self._boxes:
            pythons, places = _by_cost(self._python_boxes()), _by_cost(self._places())
            for one, other in product(pythons, places):
                self._left.setdefault(one + other, []).append((pythons[one], places[other]))
        while self._left:
            cheapest = min(self._left)
            found: dict[int, Box] = {}
            for python, place in chain.from_iterable(product(*pair) for pair in self._left.pop(cheapest)):
                mask = python.mask & place.mask
                if mask and mask not in self._held:
                    box = Box(cheapest, python.atoms + place.atoms, mask)
                    found[mask] = min(box, found.get(mask, box))
            self._held.update(found)
            boxes = sorted(found.values())
            self._boxes += boxes
            yield from boxes

    def _python_boxes(self) -> Iterator[Box]:
        """Ranges of Python versions, and all but one minor version."""
        yield Box(0, (), self._all)
        since = sorted({python.since for python in self._ranges})
        edges: list[Bound | None] = [*since, None]
        for low in range(len(since)):
            for high in range(low + 1, len(edges)):
                before = edges[high]
                mask = self._within(since[low], before)
                atoms = ((_low(since[low]),) if low else ()) + ((_high(before),) if before else ())
                cost = sum(10 if "version " in atom and "full" not in atom else _WEIGHT_FULL for atom in atoms)
                if atoms:
                    yield Box(cost, atoms, mask)
        for minor in {minor for minor, _ in since}:
            mask = self._within((minor, 0), (minor + 1, 0))
            if not any(python.before is None and python.since[0] == minor for python in self._ranges):
                yield Box(10, (f'python_version == "{dotted(minor)}"',), mask)
                yield Box(11, (f'python_version != "{dotted(minor)}"',), self._all & ~mask)

    def _within(self, since: Bound, before: Bound | None) -> int:
        whole = Range(since, before)
        return sum(1 << index for index, python in enumerate(self._ranges) if python.since in whole)

    def _places(self) -> list[Box]:
        """Sets of platforms: each variable left out, equal to one of its values, or unlike it."""
        found = {self._all: Box(0, (), self._all)}
        for atoms in self._facets():
            for one in list(found.values()):
                for atom in atoms:
                    box = Box(one.cost + atom.cost, one.atoms + atom.atoms, one.mask & atom.mask)
                    if box.mask and (box.mask not in found or box < found[box.mask]):
                        found[box.mask] = box
        return list(found.values())

    def _facets(self) -> Iterator[list[Box]]:
        """The comparisons of each variable, then of each part of the project that does not go with all others."""
        for name in _PLACE:
            atoms = []
            for value in dict.fromkeys(target.markers[name] for target in self._targets):
                mask = sum(1 << index for index, target in enumerate(self._targets) if target.markers[name] == value)
                atoms.append(Box(_WEIGHTS[name], (f'{name} == "{value}"',), mask))
                atoms.append(Box(_WEIGHTS[name] + 1, (f'{name} != "{value}"',), self._all & ~mask))
            yield atoms
        for part in sorted({part for target in self._targets for part in target.without}, key=str):
            mask = sum(1 << index for index, target in enumerate(self._targets) if part not in target.without)
            where = "extras" if part.kind == "extra" else "dependency_groups"
            yield [
                Box(_WEIGHT_PART, (f'"{part.name}" in {where}',), mask),
                Box(_WEIGHT_PART + 1, (f'"{part.name}" not in {where}',), self._all & ~mask),
            ]


def grouped(text: str) -> str:
    """A marker as one of several parts: in parentheses when it has parts itself, as ``packaging`` writes it."""
    return f"({text})" if " and " in text or " or " in text else text


def _low(bound: Bound) -> str:
    return f'python_full_version >= "{full(bound)}"' if bound[1] else f'python_version >= "{dotted(bound[0])}"'


def _high(bound: Bound) -> str:
    return f'python_full_version < "{full(bound)}"' if bound[1] else f'python_version < "{dotted(bound[0])}"'


def _by_cost(boxes: Iterable[Box]) -> dict[int, list[Box]]:
    found: dict[int, list[Box]] = {}
    for box in boxes:
        found.setdefault(box.cost, []).append(box)
    return found


def _few(useful: Sequence[tuple[int, Box]], mask: int) -> list[Box]:
    """One box or two that cover the mask, whichever costs less; empty when there are none."""
    ways = [[box] for covered, box in useful if covered == mask]
    ways += [
        [one, other]
        for (mine, one), (others, other) in combinations(useful[:_ENOUGH], 2)
        if mine | others == mask and mine != mask != others
    ]
    return min(ways, key=lambda way: (sum(box.cost for box in way), len(way), way), default=[])


def _greedy(useful: Sequence[tuple[int, Box]], mask: int) -> list[Box]:
    """As many boxes as it takes, each time the one that covers the most for what it costs."""
    chosen: list[Box] = []
    while mask:
        _, box = min(useful, key=lambda item: (item[1].cost / ((item[0] & mask).bit_count() or 0.01), item[1]))
        mask &= ~box.mask
        chosen.append(box)
    return sorted(chosen, key=lambda box: box.atoms)


def _disjunction(boxes: Sequence[Box]) -> str:
    """The boxes as one text; what stands in all of them only once."""
    shared = [atom for atom in boxes[0].atoms if all(atom in box.atoms for box in boxes)] if len(boxes) > 1 else []
    rest = " or ".join(" and ".join(atom for atom in box.atoms if atom not in shared) for box in boxes)
    return " and ".join([*shared, f"({rest})"]) if shared else rest
