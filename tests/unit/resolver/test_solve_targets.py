"""Several targets at once: one version for all where possible, forks where not."""

from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from support.worlds import World, pins, root, target
from venvoy.model.requirement import Origin
from venvoy.resolver.no_solution import NoSolution
from venvoy.resolver.policy import Policy
from venvoy.resolver.solve import resolve

LINUX, WINDOWS = target("linux", "3.11.7"), target("windows", "3.11.7")
OLD, NEW = target("linux", "3.9.2"), target("linux", "3.12.1")


def test_one_version_serves_all_targets_where_one_can() -> None:
    resolution = resolve([root("a")], [OLD, NEW], World("a 1\na 2 python=<3.10\na 3 python=>=3.10"))
    assert pins(resolution) == {"a": "1@01"}


def test_versions_part_where_requires_python_does() -> None:
    resolution = resolve([root("a")], [OLD, NEW], World("a 1 python=<3.10\na 2 python=>=3.10 -> b\nb 1"))
    assert pins(resolution) == {"a": "1@0, 2@1", "b": "1@1"}


def test_versions_part_where_wheels_do() -> None:
    world = "a 1 tags=py3-none-win_amd64\na 2 tags=py3-none-manylinux_2_17_x86_64"
    assert pins(resolve([root("a")], [LINUX, WINDOWS], World(world))) == {"a": "1@1, 2@0"}


def test_versions_part_where_disjoint_markers_ask_for_it() -> None:
    world = "a 1\na 2\nb 1\nb 2 -> a>=2"
    asked = root("a>=2; sys_platform == 'linux'", "a<2; sys_platform == 'win32'", "b")
    assert pins(resolve([asked], [LINUX, WINDOWS], World(world))) == {"a": "1@1, 2@0", "b": "1@01"}


@pytest.mark.parametrize(
    "asked",
    [
        ("a<2; python_version < '3.12'", "a; python_version >= '3.12'"),
        ("a; python_version >= '3.12'", "a<2; python_version < '3.12'"),
        ("a", "a<2; python_version < '3.12'"),
        ("a>=1", "a<3; python_version >= '3.12'", "a<2; python_version < '3.12'"),
    ],
)
def test_versions_part_where_the_project_itself_tells_targets_apart(asked: tuple[str, ...]) -> None:
    assert pins(resolve([root(*asked)], [OLD, NEW], World("a 1\na 2"))) == {"a": "1@0, 2@1"}
    older = resolve([root(*asked, "b")], [OLD, NEW], World("a 1\na 2\nb 1 -> a<2"))
    assert pins(older) == {"a": "1@01", "b": "1@01"}, "what everybody can live with counts more"
    locked = resolve(
        [root(*asked)], [OLD, NEW], World("a 1\na 2"), preferences={canonicalize_name("a"): [Version("1")]}
    )
    assert pins(locked) == {"a": "1@01"}


def test_the_same_asked_for_twice_does_not_part() -> None:
    asked = root("a; sys_platform == 'linux'", "a; sys_platform == 'win32'")
    world = "a 1\na 2 tags=py3-none-manylinux_2_17_x86_64"
    assert pins(resolve([asked], [LINUX, WINDOWS], World(world))) == {"a": "1@01"}


def test_each_target_has_the_requirements_of_its_own_file() -> None:
    world = "a 1 tags=py3-none-win_amd64 -> b\na 1 tags=py3-none-manylinux_2_17_x86_64 -> c\nb 1\nc 1"
    assert pins(resolve([root("a")], [LINUX, WINDOWS], World(world))) == {"a": "1@01", "b": "1@1", "c": "1@0"}


def test_metadata_that_is_announced_to_be_the_same_is_read_once() -> None:
    world = World("a 1 tags=py3-none-win_amd64 same=00 -> b\na 1 tags=py3-none-manylinux_2_17_x86_64 same=00 -> b\nb 1")
    assert pins(resolve([root("a")], [LINUX, WINDOWS], world)) == {"a": "1@01", "b": "1@01"}
    assert len([each for each in world.asked if each.startswith("a-1")]) == 1


def test_a_yanked_version_pinned_for_one_target_is_not_for_the_other() -> None:
    asked = root("a==2; sys_platform == 'win32'", "a; sys_platform == 'linux'")
    world = "a 1\na 2 yanked"
    assert pins(resolve([asked], [LINUX, WINDOWS], World(world))) == {"a": "1@0, 2@1"}


def test_a_url_for_one_target_leaves_the_other_to_the_index() -> None:
    asked = root("a @ https://files.example/a-2 ; sys_platform == 'win32'", "a")
    resolution = resolve([asked], [LINUX, WINDOWS], World("a 1\na 2 url"))
    assert pins(resolution) == {"a": "1@0, 2@1"}
    assert [each.candidate.direct_url for each in resolution.selected] == ["", "https://files.example/a-2"]


def test_the_lowest_version_of_a_direct_requirement_is_for_where_it_is_direct() -> None:
    asked = root("a", "b>=2; python_version >= '3.12'")
    world = "a 1 -> b\nb 1\nb 2\nb 3"
    policy = Policy(resolution="lowest-direct")
    assert pins(resolve([asked], [LINUX, NEW], World(world), policy=policy)) == {"a": "1@01", "b": "2@1, 3@0"}


def test_reach_is_told_per_target() -> None:
    roots = [root("a"), root("b; sys_platform == 'win32'", kind="group", name="dev")]
    resolution = resolve(roots, [LINUX, WINDOWS], World("a 1 -> b; sys_platform == 'linux'\nb 1 -> c\nc 1"))
    project, dev = Origin("project"), Origin("group", "dev")
    assert {each.candidate.name: dict(each.reach) for each in resolution.selected} == {
        "a": {project: 0b11},
        "b": {project: 0b01, dev: 0b10},
        "c": {project: 0b01, dev: 0b10},
    }


def test_the_targets_without_a_solution_are_named() -> None:
    with pytest.raises(NoSolution) as caught:
        resolve([root("a")], [OLD, NEW], World("a 1 -> b\nb 1 python=>=3.10"))
    assert caught.value.targets == ("Python 3.9.2 on linux",)
    assert str(caught.value) == (
        "No set of versions meets all requirements on Python 3.9.2 on linux.\n"
        "- Your project needs a.\n"
        "- a 1 needs b.\n"
        "- b 1 needs Python >=3.10, and this is 3.9.2.\n"
        "→ Loosen or remove this: a (your project)"
    )


def test_without_an_announced_hash_one_wheel_speaks_for_each_platform_but_not_one_for_each_python() -> None:
    places = [LINUX, NEW, WINDOWS, target("windows", "3.12.1")]
    wheels = {
        f"cp3{minor}-cp3{minor}-{platform}": needs
        for minor in (11, 12)
        for platform, needs in (("manylinux_2_17_x86_64", "c"), ("win_amd64", "b"))
    }
    lines = [f"a 1 tags={tags} -> {needs}" for tags, needs in wheels.items()]
    world = World("\n".join([*lines, "b 1", "c 1"]))
    assert pins(resolve([root("a")], places, world)) == {"a": "1@0123", "b": "1@23", "c": "1@01"}
    asked = [each for each in world.asked if "a-1" in each]
    assert asked == [
        "want a-1-cp311-cp311-manylinux_2_17_x86_64.whl",
        "want a-1-cp311-cp311-win_amd64.whl",
        "a-1-cp311-cp311-manylinux_2_17_x86_64.whl",
        "a-1-cp311-cp311-win_amd64.whl",
    ]


def test_a_candidate_that_does_not_go_with_the_rest_is_looked_at_on_one_platform_only() -> None:
    lines = [
        f"a {version} tags=py3-none-{platform} -> c=={version}"
        for version in (1, 2, 3)
        for platform in ("manylinux_2_17_x86_64", "win_amd64")
    ]
    world = World("\n".join([*lines, "b 1 -> c==1", "c 1", "c 2", "c 3"]))
    assert pins(resolve([root("a", "b")], [LINUX, WINDOWS], world)) == {"a": "1@01", "b": "1@01", "c": "1@01"}
    asked = [each for each in world.asked if each.startswith("a-")]
    # The newest is looked at everywhere at once, as it mostly is what is chosen.
    assert asked == [
        "a-3-py3-none-manylinux_2_17_x86_64.whl",
        "a-3-py3-none-win_amd64.whl",
        "a-2-py3-none-manylinux_2_17_x86_64.whl",
        "a-1-py3-none-manylinux_2_17_x86_64.whl",
        "a-1-py3-none-win_amd64.whl",
    ]


def test_a_newer_version_with_a_wheel_is_preferred_to_building_the_common_one() -> None:
    world = "a 1 python=<3.10 tags=py3-none-any\na 1 sdist\na 2 python=>=3.10\na 3 python=>=3.10 sdist"
    assert pins(resolve([root("a")], [OLD, NEW], World(world), policy=Policy(allow_source=True))) == {"a": "1@0, 2@1"}


def test_going_back_to_an_older_version_for_a_wheel_is_left_to_the_person() -> None:
    world = World("a 1\na 2 sdist")
    assert pins(resolve([root("a")], [OLD, NEW], world, policy=Policy(allow_source=True))) == {"a": "2@01"}


def test_of_files_that_differ_the_one_for_the_first_target_speaks_for_all() -> None:
    world = """
        a 1 tags=py3-none-win_amd64 python=>=3.9
        a 1 tags=py3-none-manylinux_2_17_x86_64 python=>=3.10
        b 1 -> a; sys_platform == 'win32'
        c 1 -> d
        d 1 -> e
        e 1 -> a
    """
    for asked in (["b", "c"], ["a"]):
        found = {
            str(one.candidate.name): one for one in resolve([root(*asked)], [LINUX, WINDOWS], World(world)).selected
        }
        assert found["a"].metadata.requires_python == ">=3.10"


def test_a_version_whose_python_is_too_new_for_some_targets_is_passed_over_without_reading_what_it_needs() -> None:
    world = World("a 1\na 2 python=>=3.10 -> b\na 3 python=>=3.11 -> b\nb 1")
    found = resolve([root("a")], [target(python="3.9.2"), target(python="3.12.1")], world)
    assert pins(found) == {"a": "1@01"}
    assert [each for each in world.asked if not each.startswith("want ")] == ["a", "a-1-py3-none-any.whl"]
