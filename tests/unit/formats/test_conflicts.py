from __future__ import annotations

import pytest

from venvoy.errors import Problem
from venvoy.formats import conflicts, pylock, pyproject
from venvoy.model.requirement import Origin

A, B, C, X, Y = (Origin(*part) for part in (*(("extra", name) for name in "abc"), ("group", "x"), ("group", "y")))
TEXT = """
[project]
name = "demo"
[project.optional-dependencies]
a = []
B-b = []
[dependency-groups]
x = []
[tool.venvoy]
conflicts = {}
"""


def parsed(written: str) -> tuple[frozenset[Origin], ...]:
    return pyproject.parse(TEXT.format(written), "pyproject.toml").conflicts


def test_extras_and_groups_can_conflict() -> None:
    both = Origin("extra", "b-b")
    assert parsed('[[{extra = "a"}, {extra = "b_B"}], [{group = "x"}, {extra = "a"}]]') == (
        frozenset({A, both}),
        frozenset({A, X}),
    )
    assert parsed("[]") == ()


def test_the_order_in_which_they_are_written_makes_no_difference() -> None:
    one = pyproject.parse(TEXT.format('[[{extra="a"},{extra="b-b"}],[{group="x"},{extra="a"}]]'), "pyproject.toml")
    other = pyproject.parse(TEXT.format('[[{extra="a"},{group="X"}],[{extra="b-b"},{extra="a"}]]'), "pyproject.toml")
    without = pyproject.parse(TEXT.format("[]"), "pyproject.toml")
    assert pylock.inputs_digest(one) == pylock.inputs_digest(other) != pylock.inputs_digest(without)
    assert conflicts.written(one.conflicts) == [
        [{"extra": "a"}, {"extra": "b-b"}],
        [{"extra": "a"}, {"group": "x"}],
    ]


@pytest.mark.parametrize(
    ("written", "why", "column"),
    [
        ('["a"]', "It must be a list of lists.", 14),
        ('[[{extra = "a"}]]', "A conflict is between two different parts or more.", 14),
        ('[[{extra = "a"}, {extra = "A"}]]', "A conflict is between two different parts or more.", 14),
        ('[[{extra = "a"}, {extra = "nope"}]]', "There is no extra 'nope'.", 30),
        (
            '[[{extra = "a"}, {kind = "x"}]]',
            'A part of the project is written as { extra = "NAME" } or { group = "NAME" }.',
            30,
        ),
        (
            '[[{extra = "a"}, "x"]]',
            'A part of the project is written as { extra = "NAME" } or { group = "NAME" }.',
            30,
        ),
    ],
)
def test_what_is_no_such_list_is_refused_with_its_place(written: str, why: str, column: int) -> None:
    with pytest.raises(Problem) as caught:
        parsed(written)
    assert str(caught.value) == (
        f"pyproject.toml:10:{column}: conflicts in [tool.venvoy] cannot be used.\n{why}\n"
        '→ Write it as in: conflicts = [[{ extra = "cpu" }, { extra = "gpu" }]]'
    )


def test_who_holds_a_part_has_its_conflicts() -> None:
    text = """
[project]
name = "demo"
version = "1"
[project.optional-dependencies]
cpu = ["a"]
gpu = ["a"]
all = ["demo[cpu]"]
some = ["demo[cpu]; sys_platform == 'linux'"]
both = ["demo[cpu,gpu]"]
[dependency-groups]
inner = ["demo[gpu]"]
dev = [{ include-group = "inner" }]
[tool.venvoy]
conflicts = [[{ extra = "cpu" }, { extra = "gpu" }]]
"""
    found = pyproject.parse(text, "pyproject.toml").conflicts
    assert [sorted(map(str, each)) for each in found] == [
        ["extra 'all'", "extra 'gpu'"],
        ["extra 'all'", "group 'dev'"],
        ["extra 'all'", "group 'inner'"],
        ["extra 'cpu'", "extra 'gpu'"],
        ["extra 'cpu'", "group 'dev'"],
        ["extra 'cpu'", "group 'inner'"],
    ]


def test_the_project_itself_is_no_part_of_a_conflict_whatever_it_asks_for() -> None:
    """It would be left out of some selections, and what it needs always would be for its absence only."""
    text = """
[project]
name = "demo"
version = "1"
dependencies = ["demo[cpu]"]
[project.optional-dependencies]
cpu = ["a<2"]
gpu = ["a>=2"]
[tool.venvoy]
conflicts = [[{ extra = "cpu" }, { extra = "gpu" }]]
"""
    found = pyproject.parse(text, "pyproject.toml").conflicts
    assert [sorted(map(str, each)) for each in found] == [["extra 'cpu'", "extra 'gpu'"]]


def test_what_is_implied_is_let_go_when_it_is_too_much() -> None:
    names = (("a", "b"), ("c", "d"), ("e", "f"))
    extras = "".join(f'{one} = ["x"]\n{two} = ["x"]\nall{one} = ["demo[{one}]"]\n' for one, two in names)
    pairs = ", ".join(f'[{{ extra = "{one}" }}, {{ extra = "{two}" }}]' for one, two in names)
    text = f'[project]\nname = "demo"\nversion = "1"\n[project.optional-dependencies]\n{extras}[tool.venvoy]\n'
    assert len(pyproject.parse(f"{text}conflicts = [{pairs}]", "pyproject.toml").conflicts) == 3


def test_every_selection_that_keeps_to_the_conflicts_counts() -> None:
    assert conflicts.selections([frozenset({A, B})]) == [frozenset(), {A}, {B}]
    assert conflicts.selections([frozenset({A, B, C})]) == [frozenset(), {A}, {B}, {C}]
    assert conflicts.selections([frozenset({A, B}), frozenset({B, C})]) == [frozenset(), {A}, {B}, {C}, {A, C}]
    assert len(conflicts.selections([frozenset({A, B}), frozenset({X, Y})])) == 9


def test_too_many_ways_to_go_together_are_refused() -> None:
    known = {"extra": [f"e{number}" for number in range(8)], "group": []}
    pairs = [[{"extra": f"e{number}"}, {"extra": f"e{number + 1}"}] for number in range(0, 8, 2)]
    with pytest.raises(conflicts.InvalidConflictsError, match="in more than 32 ways"):
        conflicts.read(pairs, known)


def test_parts_that_do_not_go_together_are_refused_with_words() -> None:
    declared = [frozenset({A, X})]
    conflicts.refuse(declared, [A, B], "pyproject.toml")
    with pytest.raises(Problem) as caught:
        conflicts.refuse(declared, [X, B, A], "pyproject.toml")
    assert str(caught.value) == (
        "pyproject.toml: The extra 'a' and the group 'x' cannot be installed together.\n"
        "conflicts in [tool.venvoy] says so: they are locked with different versions.\n"
        "→ Choose one of the two; use another environment for the other one."
    )
