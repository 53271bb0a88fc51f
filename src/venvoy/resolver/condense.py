"""From hundreds of facts to a few that say enough: what many versions of one name need, said once.

Each version of an application pins another version of its library. That library 3.0 is too new for all of them needs
one sentence: "app 1.0 to 9.2 needs lib>=1.0,<=2.7". It says less than the facts it stands for, and follows from them;
where it still contradicts the rest, it is the better explanation. Where it says too little, the versions are halved.
"""

from __future__ import annotations

from venvoy.model.names import NormalizedName
from venvoy.resolver.core import contradict, shrink
from venvoy.resolver.engine import Nogood
from venvoy.resolver.facts import Needs
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvoy.resolver.choices import Choices
    from venvoy.resolver.knowledge import Knowledge

_Group = list[Nogood]

MANY = 4
"""More versions than these, each with a need of its own, are worth putting together."""

# How many facts may be looked at in all while trying to do with less: some seconds' worth.
_EFFORT = 30_000
_HALVED = 3


def condensed(knowledge: Knowledge, facts: Sequence[Nogood]) -> list[Nogood]:
    """As few and as general statements as contradict one another like the facts do; each follows from them.

    Args:
        knowledge: what the names and candidates are.
        facts: nogoods that have no solution.
    """
    return _Condenser(knowledge).run(facts)


class _Condenser:
    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._full = knowledge.engine.full
        self._effort = _EFFORT

    def run(self, facts: Sequence[Nogood]) -> list[Nogood]:
        groups: dict[object, _Group] = {}
        for fact in facts:
            groups.setdefault(kind(fact), []).append(fact)
        kept = [self._ordered(group) for group in self._whatever(groups).values()]
        whole = [[together(self._knowledge, group)] if len(group) > MANY else group for group in kept]
        if whole != kept and self._enough(whole):
            kept = whole
        for index in sorted(range(len(kept)), key=lambda index: -len(kept[index])):
            if len(kept[index]) > MANY:
                kept[index] = self._smaller(kept, index)
        return shrink([fact for group in kept for fact in group], self._full)

    def _whatever(self, groups: dict[object, _Group]) -> dict[object, _Group]:
        """Groups where some versions need what is there and others what is not: that all need it at all may do."""
        for key in list(groups):
            other = (*key[:-1], False) if isinstance(key, tuple) and key[-1] else None
            if other in groups:
                less = {**groups, key: [together(self._knowledge, [*groups[key], *groups[other]])]}
                del less[other]
                groups = less if self._enough([*less.values()]) else groups
        return groups

    def _smaller(self, groups: list[_Group], index: int) -> _Group:
        """Instead of a group nothing, or one statement, or one for each half and so on; else the group itself."""
        before, group, after = groups[:index], groups[index], groups[index + 1 :]
        if self._enough([*before, *after]):
            return []
        parts = 1
        while len(group) > parts and parts <= 1 << _HALVED:
            size = -(-len(group) // parts)
            merged = [together(self._knowledge, group[start : start + size]) for start in range(0, len(group), size)]
            if self._enough([*before, merged, *after]):
                return merged
            parts *= 2
        return group

    def _enough(self, groups: Sequence[_Group]) -> bool:
        """Whether statements contradict one another; False as well when too much has been tried."""
        facts = [fact for group in groups for fact in group]
        self._effort -= len(facts)
        return self._effort > 0 and contradict(facts, self._full)

    def _ordered(self, group: _Group) -> _Group:
        """Old versions first."""
        if len(group) == 1:
            return group
        variable = _parent(self._knowledge, group[0])
        return sorted(group, key=lambda fact: fact.terms[variable] & -fact.terms[variable])


def kind(fact: Nogood) -> object:
    """What facts have in common that can be put together; the fact itself where nothing can be."""
    needs = fact.cause
    if not isinstance(needs, Needs) or needs.parent.kind != "distribution":
        return fact
    if needs.child == needs.parent.name:
        return fact
    return needs.parent, needs.extra, needs.child, needs.child_extra, bool(needs.admitted)


def together(knowledge: Knowledge, group: Sequence[Nogood]) -> Nogood:
    """What follows from each of the facts for its versions, as one statement about all of these.

    Args:
        knowledge: what the names and candidates are.
        group: facts about what versions of one name need of another one.
    """
    first = group[0].cause
    if len(group) == 1 or not isinstance(first, Needs):
        return group[0]
    variable = _parent(knowledge, group[0])
    parents = admitted = 0
    mask, unmet = -1, False
    for fact in group:
        mask &= fact.mask
        parents |= fact.terms[variable]
        bits = fact.cause.admitted if isinstance(fact.cause, Needs) else 0
        admitted |= bits
        unmet = unmet or not bits
    # Everything between the oldest and the newest.
    hull = (1 << admitted.bit_length()) - (admitted & -admitted or 1)
    if unmet and admitted:
        hull = knowledge.choices[first.child].all
    terms = {**group[0].terms, variable: parents}
    if not first.child_extra and admitted:
        child = knowledge.base[first.child]
        terms[child] = knowledge.engine.full[child] & ~hull
    return Nogood(mask, terms, replace(first, wanted=_range(knowledge.choices[first.child], hull), admitted=hull))


def _parent(knowledge: Knowledge, fact: Nogood) -> int:
    assert isinstance(fact.cause, Needs)  # noqa: S101 - only those are put together
    return knowledge.base[NormalizedName(fact.cause.parent.name)]


def _range(choices: Choices, hull: int) -> str:
    if not hull:
        return ""
    oldest, newest = hull & -hull, 1 << hull.bit_length() - 1
    low = f">={choices.candidate(oldest).version.public}" if choices.all & (oldest - 1) else ""
    high = f"<={choices.candidate(newest).version.public}" if choices.all & -(newest << 1) else ""
    return ",".join(filter(None, (low, high)))
