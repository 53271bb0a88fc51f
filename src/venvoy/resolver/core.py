"""From a failed search to the few facts that already contradict one another."""

from __future__ import annotations

from venvoy.resolver.choices import ABSENT
from venvoy.resolver.engine import Engine, Nogood
from venvoy.resolver.learning import learn
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Beyond this many facts, or conflicts in one trial, the explanation stays longer than it could be.
_FACTS = 400
_CONFLICTS = 50


def leaves(learnt: Nogood) -> list[Nogood]:
    """The nogoods that state facts among everything that a nogood was learnt from."""
    found: dict[Nogood, None] = {}
    seen = {learnt}
    todo = [learnt]
    while todo:
        nogood = todo.pop()
        if isinstance(nogood.cause, tuple):
            new = [cause for cause in nogood.cause if cause not in seen]
            seen.update(new)
            todo.extend(new)
        else:
            found[nogood] = None
    return list(found)


def shrink(facts: Sequence[Nogood], full: Sequence[int]) -> list[Nogood]:
    """Leave out, one by one, the facts without which there is no solution either.

    Args:
        facts: nogoods that have no solution on some target that all of their masks hold.
        full: the full domain of each variable.
    """
    kept = list(facts)
    if len(kept) > _FACTS:
        return kept
    for fact in facts:
        without = [other for other in kept if other is not fact]
        if contradict(without, full):
            kept = without
    return kept


def contradict(facts: Iterable[Nogood], full: Sequence[int]) -> bool:
    """Whether facts have no solution; False also when finding out would take too long."""
    engine = Engine(1)
    number: dict[int, int] = {}
    for fact in facts:
        terms: dict[int, int] = {}
        for variable, bits in fact.terms.items():
            if variable not in number:
                number[variable] = engine.variable(full[variable].bit_length())
            terms[number[variable]] = bits
        engine.add(Nogood(1, terms, fact))
    conflicts = 0
    while conflicts < _CONFLICTS:
        conflict = engine.propagate()
        if conflict:
            conflicts += 1
            if not learn(engine, conflict).terms:
                return True
            continue
        for variable, domain in enumerate(engine.same):
            if not domain & ABSENT and domain & (domain - 1):
                engine.decide(variable, 1 << domain.bit_length() - 1, 1)
                break
        else:
            return False
    return False
