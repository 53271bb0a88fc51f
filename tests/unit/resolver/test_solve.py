"""Each kind of requirement, candidate and file, in a world of a few lines."""

from __future__ import annotations

import re
from typing import Any

import pytest
from packaging.version import Version

from support.notes import Notes
from support.worlds import World, pins, root, target
from venvoy.errors import Problem
from venvoy.model.requirement import Origin
from venvoy.resolver.no_solution import NoSolution
from venvoy.resolver.policy import Policy
from venvoy.resolver.solve import resolve


def solve(world: str, *requirements: str, python: str = "3.11.7", **how: Any) -> dict[str, str]:
    """What is selected for one target."""
    preferences = {name: [Version(text)] for name, text in how.pop("locked", {}).items()}
    reporter = how.pop("reporter", None)
    where = (target("linux", python),)
    return pins(
        resolve(
            [root(*requirements)], where, World(world), policy=Policy(**how), preferences=preferences, reporter=reporter
        )
    )


def fails(world: str, *requirements: str, **how: Any) -> None:
    with pytest.raises(NoSolution):
        solve(world, *requirements, **how)


def test_the_newest_version_is_chosen_with_all_that_it_needs() -> None:
    assert solve("a 1\na 2 -> b>=1\na 10 -> b | c\nb 1\nb 2 -> c\nc 1", "a") == {"a": "10", "b": "2", "c": "1"}


def test_nothing_to_resolve_gives_nothing() -> None:
    assert solve("a 1") == {}


def test_an_older_version_is_chosen_where_the_newest_does_not_go_with_the_rest() -> None:
    assert solve("a 1 -> c<2\na 2 -> c>=2\nb 1 -> c<2\nc 1\nc 2", "a", "b") == {"a": "1", "b": "1", "c": "1"}


def test_a_cycle_and_a_distribution_that_needs_itself_are_no_trouble() -> None:
    assert solve("a 1 -> b\nb 1 -> a>=1 | b", "a") == {"a": "1", "b": "1"}
    assert solve("a 1\na 2 -> a<2", "a") == {"a": "1"}


def test_the_library_gives_way_rather_than_the_application_that_needs_it() -> None:
    world = "numpy 2.0\nnumpy 2.1\nnumba 0.53 -> numpy>=1.15\nnumba 0.60 -> numpy<2.1\nnumba 0.61 -> numpy<2.2"
    assert solve(world, "numpy", "numba<=0.60") == {"numpy": "2.0", "numba": "0.60"}


def test_the_library_gives_way_also_when_the_conflict_is_further_down() -> None:
    inner = "\n".join(f"b-inner 2.0.{patch} -> a==1" for patch in range(10))
    world = f"a 1\na 2\ntoo-old 1\nb 1 -> b-inner\nb-inner 1 -> too-old\n{inner}"
    assert solve(world, "a", "b") == {"a": "1", "b": "1", "b-inner": "2.0.9"}


def test_choices_that_have_no_part_in_a_conflict_are_not_tried_in_all_combinations() -> None:
    world = """
        a 1 -> m
        m 1 -> k>=2 | l>=2
        m 2 -> k==2 | l==2
        c 1 -> d
        d 1
        d 2 -> g
        d 3 -> g
        g 1 -> k<2
        g 2 -> l<2
        k 1
        k 2
        l 1
        l 2
    """
    others = [f"b{number:02}" for number in range(40)]
    lines = [f"{name} {version}" for name in others for version in range(1, 4)]
    found = solve("\n".join([world, *lines]), "a", "c", *others, conflicts=20)
    assert found == {"a": "1", "c": "1", "d": "1", "k": "2", "l": "2", "m": "2", **dict.fromkeys(others, "3")}


# Extras


def test_an_extra_brings_its_requirements_and_stays_with_its_distribution() -> None:
    world = 'a 1 -> b; extra == "x"\na 2 -> b; extra == "x"\nb 1 -> a<2'
    assert solve(world, "a") == {"a": "2"}
    assert solve(world, "a[x]") == {"a": "1", "b": "1"}


def test_an_extra_may_ask_for_further_extras_of_its_own_distribution() -> None:
    world = 'a 1 -> a[x,y]; extra == "all" | b; extra == "x" | c; extra == "y"\nb 1\nc 1'
    assert solve(world, "a[all]") == {"a": "1", "b": "1", "c": "1"}


def test_an_extra_that_comes_up_late_holds_for_the_candidates_already_known() -> None:
    world = 'a 1 -> c; extra == "x"\nb 1 -> a[x]\nc 1'
    assert solve(world, "a", "b") == {"a": "1", "b": "1", "c": "1"}


@pytest.mark.parametrize("asked", ["a[Under_Score]", "a[under-score]", "A[under.score]"])
def test_names_of_extras_are_compared_normalized(asked: str) -> None:
    assert solve('a 1 -> b; extra == "under_Score"\nb 1', asked) == {"a": "1", "b": "1"}


def test_extra_markers_combine_with_others() -> None:
    world = (
        'a 1 -> b; extra == "x" and sys_platform == "win32" | c; extra == "x" or python_version < "3.12" '
        '| d; extra != "x"\nb 1\nc 1\nd 1'
    )
    assert solve(world, "a[x]") == {"a": "1", "c": "1", "d": "1"}
    assert solve(world, "a", python="3.12.1") == {"a": "1", "d": "1"}
    assert solve(world, "a[x]", python="3.12.1") == {"a": "1", "c": "1", "d": "1"}


def test_an_extra_that_does_not_exist_is_said_once_and_ignored() -> None:
    reporter = Notes()
    assert solve("a 1 extras=y\nb 1 -> a[x]", "a[x,y]", "b", reporter=reporter) == {"a": "1", "b": "1"}
    assert reporter.warnings == ["a 1 has no extra 'x'; it is installed without it."]


def test_a_newer_version_that_cannot_be_read_is_named() -> None:
    reporter = Notes()
    assert solve("a 1\na 2 broken\nb 1\nb 2 claims=b-3\nc 1\nc 2 broken", "a", "b", "c<2", reporter=reporter)
    assert [text.partition(":")[0] for text in reporter.warnings] == [
        "a 2 cannot be used and is passed over",
        "b 2 cannot be used and is passed over",
    ]


def test_an_extra_that_only_other_versions_have_is_said_with_them() -> None:
    reporter = Notes()
    world = 'a 1\na 2 -> gone; extra == "x"\na 3 -> b>1; extra == "x"\nb 1'
    assert solve(world, "a[x]", reporter=reporter) == {"a": "1"}
    told = "a 1 has no extra 'x'; it is installed without it. a 3 has it, but does not go with the rest."
    assert reporter.warnings == [f"{told}\n→ venvoy why-not a==3   says why"]


def test_every_decision_is_reported() -> None:
    reporter = Notes()
    solve("a 1 -> b\na 2 -> b\nb 1\nb 2", "a", reporter=reporter)
    assert reporter.details == ["a 2", "b 2"]


def test_after_many_conflicts_those_who_cause_them_are_named() -> None:
    # Pigeons and holes: every two need different versions of the others, and there are too few.
    reporter = Notes()
    pigeons = "bcdefgh"
    lines = [
        f"{one} {hole} -> {' | '.join(f'{other}!={hole}' for other in pigeons if other != one)}"
        for one in pigeons
        for hole in range(1, 7)
    ]
    fails("\n".join(lines), *pigeons, reporter=reporter, conflicts=150)
    assert "backtracking" not in reporter.details[20]
    assert re.fullmatch(r"[b-h] [1-6] \(backtracking because of [b-h] and [b-h]\)", reporter.details[-1])


# Markers and Requires-Python


def test_requirements_whose_marker_is_false_are_not_even_looked_up() -> None:
    world = World('a 1 -> gone; sys_platform == "win32"')
    resolve([root("a", "lost; python_version < '3'")], [target()], world)
    assert world.asked == ["want a", "a", "want a-1-py3-none-any.whl", "a-1-py3-none-any.whl"]


def test_full_versions_are_compared_in_markers() -> None:
    world = 'a 1 -> b; python_full_version < "3.11.4"\nb 1'
    assert solve(world, "a", python="3.11.3") == {"a": "1", "b": "1"}
    assert solve(world, "a", python="3.11.4") == {"a": "1"}


@pytest.mark.parametrize("word", ["python", "metadata-python"])
def test_requires_python_is_respected_with_its_upper_bound(word: str) -> None:
    world = f"a 1 {word}=>=3.8\na 2 {word}=>=3.8,<3.11\na 3 {word}=>=3.12"
    assert solve(world, "a") == {"a": "1"}
    assert solve(world, "a", python="3.9.1") == {"a": "2"}


def test_a_requires_python_that_is_no_specifier_admits_everything() -> None:
    assert solve("a 1 python=>=3.*.broken", "a") == {"a": "1"}


# Files


def test_a_version_needs_a_wheel_that_fits() -> None:
    world = "a 1\na 2 tags=py3-none-win_amd64\na 3 tags=cp312-cp312-manylinux_2_17_x86_64\na 4 sdist"
    assert solve(world, "a") == {"a": "1"}
    assert solve(world, "a", allow_source=True) == {"a": "4"}
    assert solve(world, "a", python="3.12.0") == {"a": "3"}


def test_requires_python_of_one_file_does_not_speak_for_the_others() -> None:
    world = "a 1\na 2 python=>=3.12\na 2 tags=cp311-cp311-manylinux_2_17_x86_64 python=>=3.11"
    assert solve(world, "a") == {"a": "2"}


def test_the_metadata_is_that_of_the_file_that_would_be_installed() -> None:
    world = "a 1 -> b\na 1 tags=cp311-cp311-manylinux_2_17_x86_64 -> c\na 1 build=7 -> d\nb 1\nc 1\nd 1"
    assert solve(world, "a") == {"a": "1", "c": "1"}
    assert solve(world, "a", python="3.12.0") == {"a": "1", "d": "1"}


# Pre-releases


def test_a_prerelease_is_chosen_only_when_nothing_else_will_do() -> None:
    assert solve("a 1\na 2rc1", "a") == {"a": "1"}
    assert solve("a 2rc1\na 1.dev3", "a") == {"a": "2rc1"}
    assert solve("a 1 -> b>1\nb 1\nb 2a1", "a") == {"a": "1", "b": "2a1"}
    assert solve("a 1\nb 1 -> c>9\nb 1.5a1\nb 2b1 -> a>=2\nc 1", "a", "b>=1") == {"a": "1", "b": "1.5a1"}


def test_a_prerelease_that_nobody_asks_for_is_told() -> None:
    world = "a 1 -> c<2\na 2rc1 -> c\nb 1 -> c>=2\nc 1\nc 2\nd 1rc1\ne 1\ne 2b1"
    reporter = Notes()
    assert solve(world, "a", "b", "d", "e>1", reporter=reporter)["a"] == "2rc1"
    assert reporter.warnings == [
        (
            "a 2rc1 is a pre-release that nobody asks for: where it is locked, no final version goes with the rest.\n"
            "→ venvoy why a   shows where that is, and who needs it"
        )
    ]
    assert solve(world, "a", "b", reporter=reporter, prerelease_names=frozenset({"a"}))
    assert solve(world, "a>=2rc1", "b", reporter=reporter)
    assert len(reporter.warnings) == 1


def test_an_older_final_comes_before_a_prerelease_even_when_another_has_to_go_back_for_it() -> None:
    world = "numpy 2.3\nnumpy 2.4\nnumba 1 -> numpy<2.4\nnumba 2rc1"
    assert solve(world, "numba", "numpy") == {"numba": "1", "numpy": "2.3"}
    world = "a 1\na 2 -> b>=2\nb 1 -> c\nb 2 -> c>=2\nb 3b1\nc 1\nc 1.5"
    assert solve(world, "a", "b") == {"a": "1", "b": "1", "c": "1.5"}


def test_a_specifier_that_names_a_prerelease_lets_it_in_after_the_finals() -> None:
    world = "a 1\na 2b1\nb 1 -> a>=2b1\nb 2 -> a"
    assert solve(world, "a>=1b1") == {"a": "1"}
    assert solve(world, "a>1,>=1.5b1") == {"a": "2b1"}
    assert solve(world, "b<2") == {"a": "2b1", "b": "1"}


def test_prereleases_can_be_asked_for_in_general_and_by_name() -> None:
    world = "a 1\na 2rc1\nb 1\nb 2rc1"
    assert solve(world, "a", "b", prereleases=True) == {"a": "2rc1", "b": "2rc1"}
    assert solve(world, "a", "b", prerelease_names=frozenset({"b"})) == {"a": "1", "b": "2rc1"}


# Yanked, local, arbitrary


def test_a_yanked_version_is_chosen_only_when_it_is_pinned() -> None:
    world = "a 1\na 2 yanked\nb 1 -> a==2\nc 1 -> a>=1,<=3"
    assert solve(world, "a") == {"a": "1"}
    assert solve(world, "a==2") == {"a": "2"}
    assert solve(world, "a===2", "c") == {"a": "2", "c": "1"}
    assert solve(world, "b", "c") == {"a": "2", "b": "1", "c": "1"}
    fails(world, "a>1")
    fails(world, "a==2.*")


def test_the_pin_of_a_distribution_that_is_not_chosen_lets_no_yanked_version_in() -> None:
    world = "a 1 -> d==2\na 2 yanked -> d==1\nb 1\nb 2 -> a==2 | d==2\nd 1\nd 2"
    assert solve(world, "a", "b", "d") == {"a": "1", "b": "1", "d": "2"}
    fails(world, "a", "b", "d==1")


def test_a_pin_in_what_nobody_had_looked_at_lets_a_yanked_version_in_before_the_search_gives_up() -> None:
    world = "a 1 -> b\na 2\nb 1 -> c==2\nc 2 yanked"
    assert solve(world, "a", "c") == {"a": "1", "b": "1", "c": "2"}


def test_a_locked_yanked_version_is_kept() -> None:
    assert solve("a 1\na 2 yanked", "a", locked={"a": "2"}) == {"a": "2"}


def test_a_version_with_files_that_are_not_yanked_is_not_yanked() -> None:
    world = "a 1\na 2 yanked tags=py3-none-manylinux_2_17_x86_64 -> gone\na 2"
    assert solve(world, "a") == {"a": "2"}


def test_local_versions_meet_a_pin_of_their_public_version() -> None:
    world = "a 1.2.3\na 1.2.3+bar\na 1.2.3+foo"
    assert solve(world, "a==1.2.3") == {"a": "1.2.3+foo"}
    assert solve(world, "a==1.2.3+bar") == {"a": "1.2.3+bar"}
    assert solve(world, "a===1.2.3") == {"a": "1.2.3"}
    assert solve(world, "a<=1.2.3") == {"a": "1.2.3+foo"}


def test_post_releases_are_beyond_a_strict_bound() -> None:
    assert solve("a 1\na 1.post1\na 2", "a<2,>=1") == {"a": "1.post1"}
    fails("a 1\na 1.post1", "a>1")


# URLs


URL = "https://files.example/a-2"


def test_a_url_names_the_only_candidate_and_meets_others_by_its_version() -> None:
    world = World("a 2 url -> b\nb 1 -> a>=1")
    resolution = resolve([root(f"a @ {URL}")], [target()], world)
    assert pins(resolution) == {"a": "2", "b": "1"}
    assert resolution.selected[0].candidate.direct_url == URL
    assert "a" not in world.asked
    fails("a 2 url -> b\nb 1 -> a<2", f"a @ {URL}")


def test_two_urls_for_one_name_contradict_each_other() -> None:
    world = "a 2 url\na 3 url\nb 1 -> a @ https://files.example/a-3"
    fails(world, f"a @ {URL}", "a @ https://files.example/a-3")
    fails(world, f"a @ {URL}", "b")
    assert solve(world, f"a @ {URL}", "a @ https://files.example/a-2") == {"a": "2"}


def test_a_url_that_a_distribution_names_is_for_those_who_name_it() -> None:
    world = f"a 1\na 2 url\nb 1\nb 2 -> a @ {URL}"
    assert solve(world, "a") == {"a": "1"}
    assert solve(world, "a", "b") == {"a": "2", "b": "2"}
    assert solve(world, "a<2", "b") == {"a": "1", "b": "1"}


# Faults


def test_a_candidate_with_unusable_metadata_is_passed_over() -> None:
    world = "a 1\na 2 broken\na 3 claims=a-4\na 4 claims=z-4\na 5 -> b!=3.0*\na 6 -> b; nonsense > 3"
    assert solve(world, "a") == {"a": "1"}
    fails(world, "a>1")


def test_a_candidate_that_needs_what_no_index_knows_is_passed_over() -> None:
    assert solve("a 1\na 2 -> gone", "a") == {"a": "1"}
    fails("a 1\na 2 -> gone", "a==2")


def test_a_name_of_the_project_that_no_index_knows_is_the_indexs_own_problem() -> None:
    with pytest.raises(Problem) as caught:
        solve("a 1", "a", "gone")
    assert caught.value.code == "project-unknown"
    assert str(caught.value) == "There is no project 'gone'."


def test_a_fault_that_is_not_the_candidates_own_ends_the_resolution() -> None:
    class Offline(World):
        def metadata(self, *_: object) -> Any:
            raise Problem("offline", "No network.")

    with pytest.raises(Problem, match="No network"):
        resolve([root("a")], [target()], Offline("a 1\na 2"))


# Policy and preferences


def test_locked_versions_are_kept_while_they_are_allowed() -> None:
    world = "a 1\na 2 -> b\na 3 -> b\nb 1\nb 2\nb 3"
    assert solve(world, "a", locked={"a": "2", "b": "2"}) == {"a": "2", "b": "2"}
    assert solve(world, "a>2", locked={"a": "2", "b": "2"}) == {"a": "3", "b": "2"}
    assert solve(world, "a", locked={"a": "2.5", "b": "1"}) == {"a": "3", "b": "1"}


def test_the_lowest_versions_can_be_asked_for() -> None:
    world = "a 1 -> b>=2\na 2 -> b>=2\nb 1\nb 2\nb 3"
    assert solve(world, "a", resolution="lowest") == {"a": "1", "b": "2"}
    assert solve(world, "a>1", resolution="lowest-direct") == {"a": "2", "b": "3"}


def test_files_newer_than_a_moment_do_not_count() -> None:
    world = (
        "a 1 uploaded=2024-01-01T00:00:00Z\na 2 uploaded=2024-06-01T00:00:00Z\na 3 uploaded=2025-01-01T00:00:00Z\na 4"
    )
    assert solve(world, "a", exclude_newer="2024-06-01T00:00:00Z") == {"a": "2"}


def test_what_will_be_needed_is_asked_for_ahead() -> None:
    world = World("a 1 -> c | d\nb 1 -> d\nc 1\nd 1")
    resolve([root("a", "b")], [target()], world)
    wanted = [each.removeprefix("want ") for each in world.asked if each.startswith("want ")]
    got = [each for each in world.asked if not each.startswith("want ")]
    assert sorted(wanted) == sorted(got)
    assert world.asked.index("want b-1-py3-none-any.whl") < world.asked.index("a-1-py3-none-any.whl")
    assert world.asked.index("want d") < world.asked.index("c")


@pytest.mark.parametrize(("at_hand", "ahead"), [(False, 7), (True, 1)])
def test_more_and_more_versions_are_asked_for_at_once_unless_they_are_at_hand(*, at_hand: bool, ahead: int) -> None:
    versions = [f"a {number} -> b=={number if number != 8 else 1}" for number in range(1, 31)]
    world = World("\n".join(["b 1", *versions]), at_hand=at_hand)
    assert pins(resolve([root("a", "b")], [target()], world)) == {"a": "8", "b": "1"}
    position = world.asked.index("a-10-py3-none-any.whl")
    wanted = [each for each in world.asked[:position] if each.startswith("want a-")]
    assert len(wanted) - len([each for each in world.asked[:position] if each.startswith("a-")]) == ahead


def test_what_an_extra_of_something_known_brings_is_wanted_before_any_of_it_is_asked_for() -> None:
    world = World("b 1 -> c; extra == 'x' | d; extra == 'x'\ne 1 -> b[x]\nc 1\nd 1")
    resolve([root("b", "e")], [target()], world)
    assert world.asked.index("want d") < world.asked.index("c")


# The answer as a value


def test_reach_tells_which_root_alone_needs_what() -> None:
    world = 'a 1 -> c | b; extra == "x"\nb 1 -> d\nc 1 -> d\nd 1\ne 1'
    roots = [
        root("a"),
        root("a[x]", kind="extra", name="more"),
        root("e", "d; sys_platform == 'win32'", kind="group", name="dev"),
    ]
    resolution = resolve(roots, [target()], World(world))
    project, more, dev = Origin("project"), Origin("extra", "more"), Origin("group", "dev")
    assert {each.candidate.name: dict(each.reach) for each in resolution.selected} == {
        "a": {project: 1, more: 1},
        "b": {more: 1},
        "c": {project: 1, more: 1},
        "d": {project: 1, more: 1},
        "e": {dev: 1},
    }
    assert [sorted(each.extras) for each in resolution.selected] == [["x"], [], [], [], []]


def test_edges_tell_every_requirement_that_applies() -> None:
    world = 'a 1 -> b>=1 | c; sys_platform == "win32" | d[y]; extra == "x"\nb 1\nd 1 extras=y'
    resolution = resolve([root("a[x]")], [target()], World(world))
    assert [
        (str(edge.parent), str(edge.parent_version), edge.requirement, edge.child, sorted(edge.extras), edge.targets)
        for edge in resolution.edges
    ] == [
        ("a", "1", "b>=1", "b", [], 1),
        ("a", "1", 'd[y]; extra == "x"', "d", ["y"], 1),
        ("your project", "None", "a[x]", "a", ["x"], 1),
    ]
