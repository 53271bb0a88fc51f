"""What a person may ask of a resolution beyond the requirements: constraints, overrides, what nobody needs."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName

from support.worlds import World, pins, root, target
from venvoy.resolver.no_solution import NoSolution
from venvoy.resolver.policy import Policy
from venvoy.resolver.solve import resolve

LINUX, WINDOWS = target("linux", "3.11.7"), target("windows", "3.11.7")


def constrained(*texts: str) -> Policy:
    return Policy(constraints=tuple(map(Requirement, texts)))


def overridden(*texts: str) -> Policy:
    return Policy(overrides=tuple(map(Requirement, texts)))


def solve(world: str, *requirements: str, policy: Policy) -> dict[str, str]:
    return pins(resolve([root(*requirements)], [LINUX], World(world), policy=policy))


def test_a_constraint_bounds_what_is_needed_and_needs_nothing() -> None:
    assert solve("a 1\na 2 -> b\nb 1\nb 2", "a", policy=constrained("b<2", "c==9")) == {"a": "2", "b": "1"}
    assert solve("a 1\na 2", "A", policy=constrained("a<2", "a>=1")) == {"a": "1"}


def test_a_constraint_counts_where_its_marker_is_true() -> None:
    policy = constrained("a<2; sys_platform == 'win32'", "a>=2; sys_platform != 'win32'")
    assert pins(resolve([root("a")], [LINUX, WINDOWS], World("a 1\na 2"), policy=policy)) == {"a": "1@1, 2@0"}


def test_a_constraint_may_name_a_prerelease_but_lets_no_yanked_version_in() -> None:
    world = "a 1\na 2rc1\nb 1\nb 2 yanked"
    assert solve(world, "a", "b", policy=constrained("a==2rc1")) == {"a": "2rc1", "b": "1"}
    with pytest.raises(NoSolution):
        # PEP 592: a requirement has to name it; a constraint only bounds.
        solve(world, "b", policy=constrained("b==2"))


def test_a_constraint_that_leaves_nothing_is_named() -> None:
    with pytest.raises(NoSolution) as caught:
        solve("a 1 -> b>=2\nb 1\nb 2", "a", policy=constrained("b<2"))
    assert str(caught.value).splitlines() == [
        "No set of versions meets all requirements.",
        "- Your project needs a.",
        "- A constraint allows only b<2.",
        "- a 1 needs b>=2.",
        "→ Loosen or remove one of these: a (your project) and b<2 (a constraint)",
    ]


def test_an_override_stands_for_what_everybody_asks_of_a_name() -> None:
    world = 'a 1 -> b<2 | c; extra == "x"\nb 1\nb 2\nb 3 -> c\nc 1'
    assert solve(world, "a", "b!=3", policy=overridden("B>=2")) == {"a": "1", "b": "3", "c": "1"}
    # Extras and markers stay as they are.
    assert solve(world, "a[x]>=5", policy=overridden("a")) == {"a": "1", "b": "1", "c": "1"}
    assert solve(world, "a>=5; sys_platform == 'win32'", "b", policy=overridden("a", "b==1")) == {"b": "1"}
    edges = resolve([root("a")], [LINUX], World(world), policy=overridden("b==2")).edges
    assert [(str(edge.parent), edge.requirement) for edge in edges] == [("a", "b==2"), ("your project", "a")]


def test_an_override_counts_where_its_marker_is_true() -> None:
    policy = overridden("a==1; sys_platform == 'win32'")
    assert pins(resolve([root("a>=2")], [LINUX, WINDOWS], World("a 1\na 2"), policy=policy)) == {"a": "1@1, 2@0"}


def test_an_override_may_name_a_url_and_do_without_one() -> None:
    world = "a 2 url\na 1\nb 1 -> a @ https://files.example/a-2"
    assert solve(world, "a", policy=overridden("a @ https://files.example/a-2")) == {"a": "2"}
    assert solve(world, "b", policy=overridden("a")) == {"a": "1", "b": "1"}


def test_what_is_excluded_is_not_even_looked_up() -> None:
    world = World("a 1 -> b | c\nc 1 -> b")
    policy = Policy(exclude=frozenset({NormalizedName("b")}))
    assert pins(resolve([root("a")], [LINUX], world, policy=policy)) == {"a": "1", "c": "1"}
    assert not any(each.endswith(" b") or each == "b" for each in world.asked)


def test_what_has_no_file_of_the_kind_that_is_asked_for_says_so() -> None:
    with pytest.raises(NoSolution) as caught:
        solve("a 1", "a", policy=Policy(allow_source=True, no_binary=frozenset({NormalizedName("a")})))
    assert str(caught.value).splitlines() == [
        "No version of a can be installed, and your project needs it.",
        "1 version (1) has no source distribution, and no wheel of it may be used.",
        "→ Remove a (your project).",
    ]
