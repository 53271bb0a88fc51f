"""The search on bare integers, against trying everything."""

from __future__ import annotations

import random
from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st

from venvoy.resolver.core import contradict, leaves, shrink
from venvoy.resolver.engine import Engine, Nogood
from venvoy.resolver.learning import learn

VALUES = 3
terms = st.dictionaries(st.integers(0, 4), st.integers(1, 2**VALUES - 2), min_size=1, max_size=4)
nogoods = st.lists(st.tuples(st.integers(1, 3), terms), max_size=14)

Terms = list[tuple[int, dict[int, int]]]


def build(given_nogoods: Terms) -> Engine:
    engine = Engine(2)
    for _ in range(5):
        engine.variable(VALUES)
    for number, (mask, bits) in enumerate(given_nogoods):
        engine.add(Nogood(mask, dict(bits), number))
    return engine


def search(engine: Engine, far: int = 100) -> Nogood | None:
    """Decide until everything is; what was learnt at last when there is no solution."""
    while True:
        conflict = engine.propagate()
        if conflict:
            learnt = learn(engine, conflict, far)
            if not learnt.terms:
                return learnt
            continue
        if not decide(engine):
            return None


def decide(engine: Engine) -> bool:
    """Decide a variable; whether there was one left to be decided."""
    for variable in range(len(engine.full)):
        for bits, where in engine.domain(variable).items():
            if bits & (bits - 1):
                engine.decide(variable, 1 << bits.bit_length() - 1, where)
                return True
    return False


def chosen(engine: Engine, target: int) -> tuple[int, ...]:
    """The value of each variable on a target."""
    domains = map(engine.domain, range(5))
    return tuple(next(bits for bits, where in domain.items() if where >> target & 1) for domain in domains)


def holds(given_nogoods: Terms, target: int, values: tuple[int, ...]) -> bool:
    """Whether some nogood is violated by a choice of values on a target."""
    return any(
        mask >> target & 1 and all(values[variable] & bits for variable, bits in each.items())
        for mask, each in given_nogoods
    )


def solvable(given_nogoods: Terms, target: int) -> bool:
    values = [1 << value for value in range(VALUES)]
    return any(not holds(given_nogoods, target, choice) for choice in product(values, repeat=5))


@given(nogoods, st.sampled_from([1, 2, 100]))
# On one target all of a nogood's terms come to hold, while none that is watched has a value in common on both.
@example(
    [
        (3, {4: 2, 2: 5}),
        (2, {2: 3}),
        (1, {4: 6}),
        (2, {4: 1, 3: 1, 2: 4, 0: 5}),
        (1, {1: 6, 2: 5, 0: 4, 3: 6}),
        (2, {4: 4, 2: 5}),
    ],
    1,
)
@example([(2, {2: 6, 3: 5, 4: 2}), (1, {4: 5, 0: 4}), (3, {3: 6, 4: 5})], 1)
def test_a_solution_is_found_exactly_when_there_is_one(given_nogoods: Terms, far: int) -> None:
    engine = build(given_nogoods)
    learnt = search(engine, far)
    if learnt is None:
        for target in range(2):
            assert not holds(given_nogoods, target, chosen(engine, target))
    else:
        assert learnt.mask
        for target in range(2):
            assert not (learnt.mask >> target & 1 and solvable(given_nogoods, target))


@given(nogoods, st.sampled_from([1, 2, 100]), st.randoms(use_true_random=False))
def test_a_nogood_that_comes_while_decisions_stand_is_heeded(
    given_nogoods: Terms, far: int, dice: random.Random
) -> None:
    engine = build([])
    waiting = [Nogood(mask, dict(bits), number) for number, (mask, bits) in enumerate(given_nogoods)]
    learnt = None
    while learnt is None or learnt.terms:
        conflict = engine.propagate()
        if conflict:
            learnt = learn(engine, conflict, far)
        elif waiting and dice.random() < 0.5:
            engine.add(waiting.pop())
        elif not decide(engine):
            if not waiting:
                break
            engine.add(waiting.pop())
    for target in range(2):
        if learnt is None or learnt.terms:
            assert not holds(given_nogoods, target, chosen(engine, target))
        else:
            assert not (learnt.mask >> target & 1 and solvable(given_nogoods, target))


@given(nogoods)
def test_the_facts_behind_a_failure_contradict_and_none_of_them_is_idle(given_nogoods: Terms) -> None:
    learnt = search(build(given_nogoods))
    if learnt is None:
        return
    facts = leaves(learnt)
    assert all(isinstance(fact.cause, int) for fact in facts)
    full = [2**VALUES - 1] * 5
    kept = shrink(facts, full)
    assert not any(contradict([other for other in kept if other is not fact], full) for fact in kept)
    target = learnt.mask.bit_length() - 1
    assert not solvable([(fact.mask, fact.terms) for fact in kept], target)


@given(nogoods)
def test_giving_up_an_assumption_leaves_what_does_not_rest_on_it(given_nogoods: Terms) -> None:
    engine = build(given_nogoods)
    engine.add(Nogood(3, {0: 1}, "assumed", taint=1))
    engine.add(Nogood(3, {0: 6}, "assumed", taint=1))
    assert search(engine) is not None
    engine.retract(1)
    learnt = search(engine)
    expected = all(solvable(given_nogoods, target) for target in range(2))
    assert (learnt is None) == expected


def test_what_was_learnt_from_an_assumption_goes_with_it() -> None:
    engine = build([])
    learnt = Nogood(3, {0: 1, 1: 1}, (), taint=1)
    engine.add(learnt)
    assert engine.propagate() is None
    engine.retract(1)
    engine.decide(0, 1, 3)
    engine.decide(1, 1, 3)
    assert engine.propagate() is None


def test_a_conflict_with_one_fact_that_came_late_teaches_nothing_but_that_fact() -> None:
    engine = build([])
    for variable in range(4):
        engine.decide(variable, 1, 3)
        assert engine.propagate() is None
    late = Nogood(3, {0: 1, 3: 1}, "late")
    engine.add(late)
    conflict = engine.propagate()
    assert conflict is not None
    assert learn(engine, conflict) is late
    assert engine.propagate() is None
    assert engine.same[3] == 6
    assert engine.level == 1


def test_a_jump_back_goes_to_where_a_fact_would_have_said_something_had_it_been_there() -> None:
    engine = build([])
    for variable in range(4):
        engine.decide(variable, 1, 3)
        assert engine.propagate() is None
    # Both come late: the first takes a value away that the first decision already excludes, the second the other two.
    engine.add(Nogood(3, {0: 1, 4: 1}, "first"))
    assert engine.propagate() is None
    engine.add(Nogood(3, {1: 1, 4: 6}, "second"))
    conflict = engine.propagate()
    assert conflict is not None
    learn(engine, conflict)
    assert engine.level == 1
    assert engine.propagate() is None
    assert engine.same[1] == 6


def test_facts_that_can_be_met_do_not_contradict() -> None:
    assert not contradict([Nogood(1, {0: 0b01}, 0), Nogood(1, {0: 0b10, 1: 0b01}, 1)], [3, 3])
    assert contradict([Nogood(1, {0: 0b01}, 0), Nogood(1, {0: 0b10}, 1)], [3, 3])
