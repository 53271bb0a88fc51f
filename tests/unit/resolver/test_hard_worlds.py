"""Worlds dense with conflicts: an answer that holds, or who is to blame."""

from __future__ import annotations

import random
import re
from itertools import pairwise

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from support.notes import Notes
from support.worlds import World, pins, root, target
from venvoy.resolver.no_solution import NoSolution
from venvoy.resolver.policy import Policy
from venvoy.resolver.restarts import MANY, Restarts
from venvoy.resolver.solve import again, resolve

RELEASES = 30
HUBS = 8


def hubs(size: int, seed: int) -> dict[str, list[list[str]]]:
    """Everybody wants two of a few names at the end, in ranges that one hidden release of each agrees to."""
    dice = random.Random(seed)
    answer = [dice.randint(RELEASES // 2, RELEASES) for _ in range(size)]
    world: dict[str, list[list[str]]] = {}
    for number in range(size):
        wanted = dice.sample([hub for hub in range(size - HUBS, size) if hub != number], 2)
        children = [child for child in (2 * number + 20, 2 * number + 21) if child < size - HUBS]
        rows = world[f"p{number}"] = []
        for release in range(1, RELEASES + 1):
            needs = [f"p{child}" for child in children]
            for hub in wanted:
                least = dice.randint(1, RELEASES)
                most = least + dice.randint(3, 12)
                if release == answer[number]:
                    least, most = max(1, answer[hub] - dice.randint(0, 9)), answer[hub] + 3
                needs.append(f"p{hub}>={least},<={most}")
            rows.append(needs)
    return world


def text(world: dict[str, list[list[str]]]) -> str:
    """The lines of a world."""
    return "\n".join(
        f"{name} {release} -> {' | '.join(needs)}"
        for name, rows in world.items()
        for release, needs in enumerate(rows, 1)
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("targets", [1, 3])
def test_an_answer_is_found_where_conflicts_are_dense(seed: int, targets: int) -> None:
    world = hubs(80, seed)
    where = (target("linux", "3.11.7"), target("windows", "3.12.1"), target("macos", "3.13.1"))[:targets]
    asked = [f"p{number}" for number in range(20)]
    reporter = Notes()
    found = pins(resolve([root(*asked)], where, World(text(world)), reporter=reporter))
    assert any("backtracking because of" in detail for detail in reporter.details)
    # The same on all targets: none is different.
    chosen = {name: version.removesuffix("@012") for name, version in found.items()}
    for name, version in chosen.items():
        for need in world[name][int(version) - 1]:
            requirement = Requirement(need)
            assert requirement.specifier.contains(Version(chosen[requirement.name]))
    assert chosen.keys() >= set(asked)


def test_a_budget_ends_in_the_names_that_cause_the_conflicts() -> None:
    with pytest.raises(NoSolution) as caught:
        resolve(
            [root(*(f"p{number}" for number in range(20)))],
            [target()],
            World(text(hubs(80, 0))),
            policy=Policy(conflicts=MANY + 20),
        )
    assert caught.value.what == f"No answer after {MANY + 20} conflicts, so the search was stopped."
    assert caught.value.data["causes"]


def test_those_who_disagree_are_settled_before_all_the_rest_is_looked_at() -> None:
    releases = range(1, 5)
    lines = [f"z{number} {2 * release - odd} ->" for number in range(10) for release in releases for odd in (0, 1)]
    for number in range(20):
        lines += [f"a{number} {release} -> b{number}" for release in releases]
        lines += [
            f"b{number} {release} -> z{number % 10}=={2 * release - number // 10} | c{number}-0" for release in releases
        ]
        lines += [f"c{number}-{depth} 1 -> c{number}-{depth + 1}" for depth in range(20)]
    world = World("\n".join(lines))
    with pytest.raises(NoSolution) as caught:
        resolve([root(*(f"a{number}" for number in range(20)))], [target()], world)
    assert {each.about for each in caught.value.statements} == {"", "a9", "a19", "b9", "b19"}
    assert not [text for text in world.asked if re.match(r"c\d+-[3-9]", text)]
    # So are those that still do where one of them is left out, one after the other.
    for gone in range(9, 5, -1):
        assert again(caught.value, [root(*(f"a{number}" for number in range(20) if not gone <= number < 10))], 200)
    assert not [text for text in world.asked if re.match(r"c\d+-([5-9]|\d\d)", text)]


def test_a_search_is_hard_after_many_conflicts_and_starts_again_less_and_less_often() -> None:
    restarts = Restarts()
    due = [number for number in range(1, 1000) if restarts.conflict()]
    assert restarts.hard
    assert due[0] == MANY
    gaps = [after - before for before, after in pairwise(due)]
    assert gaps == sorted(gaps)
    assert gaps[0] < gaps[-1]


def test_an_easy_search_is_content_with_its_first_answer() -> None:
    assert not Restarts().again({})


def test_a_hard_search_looks_for_a_better_answer_once_and_goes_back_to_the_first_one() -> None:
    restarts = Restarts()
    name = canonicalize_name("a")
    while not restarts.conflict():
        pass
    assert restarts.again({name: 2})
    looked = [restarts.hard]
    restarts.chosen[name] = 4
    while not restarts.conflict():
        pass
    assert [*looked, restarts.hard] == [False, True]
    assert restarts.chosen == {name: 2}
    assert not restarts.again({name: 2})
