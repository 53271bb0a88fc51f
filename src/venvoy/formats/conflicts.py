"""Parts of a project that are never installed together: ``conflicts`` in ``[tool.venvoy]``.

    conflicts = [[{ extra = "cpu" }, { extra = "gpu" }], [{ group = "old" }, { group = "new" }, { extra = "gpu" }]]

No two parts of one inner list go together, nor does a part that holds one of them (a group that includes another, an
extra that asks for another) go with another of them. Where there are such lists, a lockfile is right for each selection
of parts that keeps to them.
"""

from __future__ import annotations

from itertools import combinations, product
from types import MappingProxyType

from venvoy.errors import Problem
from venvoy.model.names import canonicalize_name
from venvoy.model.requirement import Origin
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from venvoy.formats.pylock_draft import Lock

    Conflicts = Sequence[frozenset[Origin]]

KEY = "conflicts"
_MOST = 32


class InvalidConflictsError(ValueError):
    """What is written is no such list; ``path`` leads to the place in it."""

    def __init__(self, what: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(what)
        self.path = path


def read(
    value: object,
    known: Mapping[str, Collection[str]],
    held: Mapping[Origin, Collection[Origin]] = MappingProxyType({}),
) -> tuple[frozenset[Origin], ...]:
    """The conflicts that a list says, in an order of their own.

    Args:
        value: what TOML makes of the list.
        known: the normalized names that there are, under ``extra`` and ``group``.
        held: the parts that others hold.

    Raises:
        InvalidConflictsError: it is no list of lists of parts, or the parts go together in too many ways.
    """
    found: set[frozenset[Origin]] = set()
    for outer, items in enumerate(_list(value, ())):
        parts = [_part(item, known, (outer, inner)) for inner, item in enumerate(_list(items, (outer,)))]
        if len(set(parts)) < 2:  # noqa: PLR2004 - of one alone nothing can be said
            raise InvalidConflictsError("A conflict is between two different parts or more.", (outer,))
        found.add(frozenset(parts))
    declared = tuple(sorted(found, key=_order))
    if len(selections(declared)) > _MOST:
        raise InvalidConflictsError(
            f"These parts go together in more than {_MOST} ways, and each is locked for itself."
        )
    conflicts = tuple(sorted(found | _implied(found, held), key=_order))
    # What is not said may fail later, where an edit is proposed; it must not fail here.
    return conflicts if len(selections(conflicts)) <= _MOST else declared


def written(conflicts: Conflicts) -> list[list[dict[str, str]]]:
    """The conflicts as a list for TOML: the same for the same conflicts."""
    return [[{part.kind: part.name} for part in sorted(each, key=_name)] for each in conflicts]


def recorded(lock: Lock) -> tuple[frozenset[Origin], ...]:
    """The conflicts that venvoy has noted in a lockfile."""
    table = (lock.tool or {}).get("venvoy")
    known = {"extra": lock.extras or (), "group": lock.dependency_groups or ()}
    try:
        return read(table.get(KEY, []) if isinstance(table, dict) else [], known)
    except InvalidConflictsError:
        return ()  # somebody else's table, or edited by hand: it only says what not to ask for


def parts(conflicts: Conflicts) -> frozenset[Origin]:
    """Every part that is in a conflict."""
    return frozenset[Origin]().union(*conflicts)


def selections(conflicts: Conflicts) -> list[frozenset[Origin]]:
    """Which of the parts that are in conflicts can be selected together: every such set, none first."""
    found: list[frozenset[Origin]] = [frozenset()]
    for part in sorted(parts(conflicts), key=_name):
        found += [chosen | {part} for chosen in found if not clash(conflicts, chosen | {part})]
        if len(found) > _MOST:
            break
    return sorted(found, key=lambda chosen: (len(chosen), sorted(map(_name, chosen))))


def clash(conflicts: Conflicts, chosen: Iterable[Origin]) -> tuple[Origin, ...]:
    """Parts among those chosen that do not go together; empty when all do."""
    wanted = frozenset(chosen)
    return next((tuple(sorted(each & wanted, key=_name)) for each in conflicts if len(each & wanted) > 1), ())


def refuse(conflicts: Conflicts, chosen: Iterable[Origin], where: str) -> None:
    """Make sure that parts go together.

    Raises:
        Problem: parts-conflict.
    """
    found = clash(conflicts, chosen)
    if found:
        one, other = (f"the {part}" for part in found[:2])
        raise Problem(
            "parts-conflict",
            f"{one[:1].upper()}{one[1:]} and {other} cannot be installed together.",
            why="conflicts in [tool.venvoy] says so: they are locked with different versions.",
            fix=("Choose one of the two; use another environment for the other one.",),
            where=where,
            data={"parts": [str(part) for part in found]},
        )


def _implied(found: Collection[frozenset[Origin]], held: Mapping[Origin, Collection[Origin]]) -> set[frozenset[Origin]]:
    """The conflicts of who holds a part that is in one; who holds both sides is let alone, as it would never fit."""

    def with_holders(part: Origin, unlike: Origin) -> set[Origin]:
        holders = (outer for outer, inner in held.items() if part in inner and unlike not in inner)
        return {part, *(outer for outer in holders if outer.kind != "project")}  # which is always selected

    pairs = {
        frozenset((left, right))
        for each in found
        for one, other in combinations(each, 2)
        for left, right in product(with_holders(one, other), with_holders(other, one))
    }
    return {pair for pair in pairs if len(pair) > 1 and not any(pair <= each for each in found)}


def _list(value: object, path: tuple[str | int, ...]) -> Sequence[object]:
    if not isinstance(value, list):
        raise InvalidConflictsError("It must be a list of lists.", path)
    return value


def _part(item: object, known: Mapping[str, Collection[str]], path: tuple[str | int, ...]) -> Origin:
    kind, name = next(iter(item.items())) if isinstance(item, dict) and len(item) == 1 else ("", "")
    if kind not in known or not isinstance(name, str):
        raise InvalidConflictsError(
            'A part of the project is written as { extra = "NAME" } or { group = "NAME" }.', path
        )
    if canonicalize_name(name) not in known[kind]:
        raise InvalidConflictsError(f"There is no {kind} {name!r}.", path)
    return Origin(kind, canonicalize_name(name))


def _name(part: Origin) -> tuple[str, str]:
    return part.kind, part.name


def _order(each: frozenset[Origin]) -> list[tuple[str, str]]:
    return sorted(map(_name, each))
