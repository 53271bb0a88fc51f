from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from support.worlds import World
from venvoy.model.requirement import Origin
from venvoy.resolver import condense
from venvoy.resolver.choices import Choices
from venvoy.resolver.core import contradict
from venvoy.resolver.engine import Nogood
from venvoy.resolver.facts import Needs
from venvoy.resolver.knowledge import Knowledge

A, B = canonicalize_name("a"), canonicalize_name("b")
COUNT = 8
WORLD = World("\n".join(f"{name} {version}" for name in "ab" for version in range(1, COUNT + 1)))
CHOICES = {name: Choices(name, WORLD.project(name).candidates) for name in (A, B)}
FULL = (1 << COUNT + 1) - 1
KNOWLEDGE = cast(
    "Knowledge",
    SimpleNamespace(base={A: 0, B: 1}, choices=CHOICES, engine=SimpleNamespace(full=[FULL, FULL])),
)
ADMITTED = st.integers(0, (1 << COUNT) - 1).map(lambda bits: bits << 1)


def needs(version: int, admitted: int) -> Nogood:
    """Version ``version`` of a needs one of these candidates of b."""
    fact = Needs(Origin("distribution", A), "", B, "", f"#{version}", admitted)
    return Nogood(1, {0: 1 << version, **({1: FULL & ~admitted} if admitted else {})}, fact)


def holds(nogood: Nogood, a: int, b: int) -> bool:
    """Whether a nogood allows these two values."""
    values = {0: 1 << a, 1: 1 << b}
    return not all(values[variable] & bits for variable, bits in nogood.terms.items())


@given(st.lists(ADMITTED, min_size=2, max_size=COUNT))
def test_what_is_said_at_once_follows_from_the_facts(every: list[int]) -> None:
    facts = [needs(version, admitted) for version, admitted in enumerate(every, 1)]
    merged = condense.together(KNOWLEDGE, facts)
    for a in range(COUNT + 1):
        for b in range(COUNT + 1):
            if all(holds(fact, a, b) for fact in facts):
                assert holds(merged, a, b)


@given(st.lists(ADMITTED, min_size=COUNT, max_size=COUNT), st.integers(1, FULL), ADMITTED.filter(bool))
def test_what_is_left_contradicts_whenever_the_facts_do(every: list[int], wanted: int, refused: int) -> None:
    facts = [needs(version, admitted) for version, admitted in enumerate(every, 1)]
    facts += [Nogood(1, {0: FULL & ~wanted}, "the project wants these of a"), Nogood(1, {1: refused}, "not these of b")]
    if contradict(facts, [FULL, FULL]):
        found = condense.condensed(KNOWLEDGE, facts)
        assert contradict(found, [FULL, FULL])
        for one in found:
            assert not contradict([other for other in found if other is not one], [FULL, FULL])
