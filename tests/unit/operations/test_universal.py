from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from support.notes import Notes
from support.worlds import World, root
from venvoy.errors import Problem
from venvoy.events import Reporter, Silent
from venvoy.formats import pylock_environments, pythons
from venvoy.formats.pylock_draft import Draft
from venvoy.model.interpreter import Interpreter
from venvoy.model.requirement import Origin
from venvoy.model.target import Target
from venvoy.operations.resolving import claims
from venvoy.operations.resolving.universal import Everywhere, LeftOut, resolve_everywhere
from venvoy.resolver import platforms as all_platforms
from venvoy.resolver import targets as all_targets
from venvoy.resolver.no_solution import NoSolution
from venvoy.resolver.policy import Policy
from venvoy.values import replace


def solve(
    world: str | World,
    *requirements: str,
    python: str = ">=3.11,<3.13",
    names: tuple[str, ...] = ("linux-x86_64", "windows-amd64"),
    required: str = "",
    implied: tuple[str, ...] = (),
    preferences: Mapping[NormalizedName, Sequence[Version]] | None = None,
    policy: Policy = Policy(allow_source=True),  # noqa: B008 - frozen
    spoken: bool = False,
    extra: str = "",
    reporter: Reporter | None = None,
) -> Everywhere:
    targets = all_targets.make(all_platforms.platforms(names), SpecifierSet(python))
    return resolve_everywhere(
        [root(*requirements), *([root(extra, kind="extra", name="x")] if extra else [])],
        targets,
        World(world) if isinstance(world, str) else world,
        required=lambda target, _: required != "" and required in target.label,
        policy=replace(policy, optional=frozenset({Origin("extra", "x")} if extra else ())),
        preferences=preferences or {},
        reporter=reporter or Silent(),
        implied=lambda: all_targets.make(all_platforms.platforms(implied), SpecifierSet(python)) if implied else [],
        spoken=spoken,
    )


def where(found: Everywhere) -> dict[str, str]:
    """What is selected with which marker."""
    environments = pylock_environments.Environments(found.resolution.targets, None)
    return {
        f"{item.candidate.name} {item.candidate.version}": environments.text(item.targets)
        for item in found.resolution.selected
    }


def test_one_version_everywhere_where_that_is_possible() -> None:
    assert where(solve("a 1\na 2\nb 1\nb 2 python=>=3.12", "a", "b")) == {"a 2": "", "b 1": ""}


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        (
            "a 1 -> b; python_full_version < '3.11.4'\nb 1",
            {"a 1": "", "b 1": 'python_full_version < "3.11.4"'},
        ),
        (
            "a 2 python=>=3.11.5\na 1 python=<3.11.5",
            {"a 1": 'python_full_version < "3.11.5"', "a 2": 'python_full_version >= "3.11.5"'},
        ),
        (
            "a 2 metadata-python=>3.11\na 1 python=<=3.11",
            {"a 1": 'python_full_version < "3.11.1"', "a 2": 'python_full_version >= "3.11.1"'},
        ),
        (
            (
                "a 1 -> b; python_full_version >= '3.12.2' | c; extra == 'x' and python_full_version < '3.11.7'\n"
                "b 1 -> d; python_full_version < '3.12.6' and sys_platform == 'win32'\nd 1"
            ),
            {
                "a 1": "",
                "b 1": 'python_full_version >= "3.12.2"',
                "d 1": 'python_full_version >= "3.12.2" and python_full_version < "3.12.6" and sys_platform == "win32"',
            },
        ),
    ],
)
def test_targets_are_divided_where_a_requirement_is_finer(world: str, expected: dict[str, str]) -> None:
    found = solve(world, "a")
    assert where(found) == expected
    assert found.left_out == ()


def test_what_is_known_of_candidates_is_not_asked_again_when_targets_are_divided() -> None:
    world = World("a 1 -> b>=1\nb 2 python=>=3.11.5\nb 1 -> c; implementation_name == 'pypy'\nb 1 sdist\nc 1")
    found = solve(world, "a", names=("linux-x86_64",), implied=("pypy-linux-x86_64",))
    assert len({target.python_full_version for target in found.resolution.targets}) == 3
    asked = sorted(each for each in world.asked if not each.startswith("want "))
    assert asked == sorted(set(asked))
    assert "c" in asked


def test_a_preferred_version_stays_where_it_does_also_when_targets_are_divided() -> None:
    """Version 1 has no wheel for Python 3.12; what is chosen there must not take its place elsewhere."""
    world = """
        m 1 tags=cp311-cp311-manylinux_2_17_x86_64
        m 1 sdist
        m 2
        a 1 -> b; python_full_version < '3.11.4'
        b 1
    """
    one = {NormalizedName("m"): (Version("1"),)}
    expected = {"m 1": 'python_version < "3.12"', "m 2": 'python_version == "3.12"'}
    assert where(solve(world, "m", names=("linux-x86_64",), preferences=one)) == expected
    divided = where(solve(world, "m", "a", names=("linux-x86_64",), preferences=one))
    assert divided == {"a 1": "", "b 1": 'python_full_version < "3.11.4"', **expected}


def test_a_prerelease_that_some_targets_must_have_is_not_for_those_that_need_not() -> None:
    assert where(solve("a 1\na 2b1", "a", "a>1; sys_platform == 'win32'")) == {
        "a 1": 'sys_platform == "linux"',
        "a 2b1": 'sys_platform == "win32"',
    }
    only = "a 1 tags=py3-none-win_amd64\na 2b1\nb 1"
    assert where(solve(only, "a", "b; python_full_version < '3.11.4'")) == {
        "a 1": 'sys_platform == "win32"',
        "a 2b1": 'sys_platform == "linux"',
        "b 1": 'python_full_version < "3.11.4"',
    }


def test_a_prerelease_with_a_wheel_is_no_better_than_a_final_that_has_to_be_built() -> None:
    world = "a 1 sdist\na 2b1"
    assert where(solve(world, "a", "a>=2b1; python_version >= '3.12'", names=("linux-x86_64",))) == {
        "a 1": 'python_version < "3.12"',
        "a 2b1": 'python_version == "3.12"',
    }


def test_a_yanked_version_that_some_targets_name_is_not_for_those_that_do_not() -> None:
    world = "a 1\na 2 yanked\nb 2 python=>=3.11.5 -> a==2\nb 1 python=<3.11.5"
    assert where(solve(world, "a", "b")) == {
        "a 1": 'python_full_version < "3.11.5"',
        "a 2": 'python_full_version >= "3.11.5"',
        "b 1": 'python_full_version < "3.11.5"',
        "b 2": 'python_full_version >= "3.11.5"',
    }


OLD, NEW = 'python_full_version < "3.11.4"', 'python_full_version >= "3.11.4"'
BOUNDS = Requirement(f"a<2; {OLD}"), Requirement(f"a>1; {NEW}")


@pytest.mark.parametrize("policy", [Policy(constraints=BOUNDS), Policy(overrides=BOUNDS)])
def test_the_markers_of_constraints_and_overrides_divide_too(policy: Policy) -> None:
    assert where(solve("a 1\na 2\nb 1 -> a", "b", policy=policy)) == {"a 1": OLD, "a 2": NEW, "b 1": ""}


def test_a_requirement_that_an_extra_or_a_patch_release_calls_for_divides_too() -> None:
    world = "a 1 -> b; python_full_version >= '3.11.9' or extra == 'x'\nb 1"
    assert where(solve(world, "a")) == {"a 1": "", "b 1": 'python_full_version >= "3.11.9"'}


def test_a_target_that_only_older_patch_releases_can_have_is_divided_before_it_is_left_out() -> None:
    world = "a 1 python=<=3.12\nb 1 metadata-python=!=3.11.4 -> a"
    found = solve(world, "b", names=("linux-x86_64",), required="Python 3.12.0")
    assert where(found) == {"a 1": "", "b 1": ""}
    assert [str(pythons.python_of(target)) for target in found.resolution.targets] == [
        "3.11.0 to 3.11.3",
        "3.11.5 and newer",
        "3.12.0",
    ]
    assert [all_targets.described(one.targets) for one in found.left_out] == [
        "Linux on x86_64 with Python 3.12.1 and newer",
        "Linux on x86_64 with Python 3.11.4",
    ]
    needing = "a 1 -> b; python_full_version >= '3.12.2'\nb 1 tags=py3-none-win_amd64"
    assert [str(pythons.python_of(one)) for one in solve(needing, "a", names=("linux-x86_64",)).resolution.targets] == [
        "3.11",
        "3.12.0 to 3.12.1",
    ]
    with pytest.raises(NoSolution, match=r"on Linux on x86_64 with Python 3\.12\.1 and newer, and"):
        solve("a 1 python=<=3.12\nb 1", "a", "b", names=("linux-x86_64",), required="and newer")


def test_nothing_is_divided_for_what_does_not_matter() -> None:
    found = solve("a 1 python=>=3.8.2 -> c; extra == 'x' and python_full_version < '3.11.7'", "a")
    assert len(found.resolution.targets) == 4


def test_the_projects_own_markers_divide_too() -> None:
    assert where(solve("a 1", "a; python_full_version < '3.12.1'")) == {"a 1": 'python_full_version < "3.12.1"'}


WINDOWS_ONLY = "a 1 tags=py3-none-win_amd64\nb 1"


def test_a_target_without_a_solution_is_left_out_with_its_reason() -> None:
    found = solve(WINDOWS_ONLY, "a", "b")
    assert [one.label for one in found.resolution.targets] == [
        "Windows on AMD64 with Python 3.11",
        "Windows on AMD64 with Python 3.12",
    ]
    (left,) = found.left_out
    assert all_targets.described(left.targets) == "Linux on x86_64 with Python 3.11 and 3.12"
    assert left.problem.code == "no-version"


def test_a_required_target_is_not_left_out() -> None:
    with pytest.raises(NoSolution):
        solve(WINDOWS_ONLY, "a", "b", required="Linux on x86_64 with Python 3.12")
    assert len(solve(WINDOWS_ONLY, "a", "b", required="Windows").resolution.targets) == 2


def test_requirements_that_contradict_each_other_on_a_whole_platform_are_no_reason_to_leave_it_out() -> None:
    world = "a 1\na 2\nb 1"
    with pytest.raises(NoSolution) as caught:
        solve(world, "a<2; os_name == 'nt'", "a>1; os_name == 'nt'", "b")
    assert caught.value.targets == ("Windows on AMD64 with Python 3.11", "Windows on AMD64 with Python 3.12")
    with pytest.raises(NoSolution):
        solve(world, "a>2; os_name == 'nt'", "b")
    newest = solve(f"{world} -> a>1; os_name == 'nt' and python_version >= '3.12'", "a<2; os_name == 'nt'", "b")
    assert [target.label for target in newest.left_out[0].targets] == ["Windows on AMD64 with Python 3.12"]
    assert solve(f"{world} -> missing; os_name == 'nt'", "b").left_out, "nobody here can help that"


def test_what_the_project_itself_asks_for_contradicts_itself_nowhere() -> None:
    world = "a 1\na 2"
    with pytest.raises(NoSolution) as caught:
        solve(world, "a>1", "a<2; python_version == '3.11'")
    assert caught.value.targets == ("Linux on x86_64 with Python 3.11", "Windows on AMD64 with Python 3.11")
    with pytest.raises(NoSolution):
        solve(world, "a", "a>2; python_version == '3.12'")
    assert solve(f"{world}\na 3 python=>=3.12", "a>2").left_out, "another Python is no contradiction"


def test_when_no_target_is_left_there_is_no_solution() -> None:
    with pytest.raises(NoSolution):
        solve("a 1", "a>1")


MUSL = ("linux-x86_64", "linux-musl-x86_64")
GLIBC_TAG, MUSL_TAG = "py3-none-manylinux_2_17_x86_64", "py3-none-musllinux_1_2_x86_64"


def test_targets_that_no_marker_tells_apart_get_the_same_version() -> None:
    world = f"a 1 tags={GLIBC_TAG},{MUSL_TAG}\na 2 tags={GLIBC_TAG}\na 3 tags={MUSL_TAG}"
    assert where(solve(world, "a", names=MUSL)) == {"a 1": ""}
    found = solve(world, "a>1", names=MUSL)
    assert where(found) == {"a 2": ""}
    assert str(found.left_out[0].problem) == (
        "a has no version for both Linux (musl) on x86_64 with Python 3.11 and Linux on x86_64 with Python 3.11.\n"
        "A lockfile cannot tell the two apart, so both have to take the same version.\n"
        "→ Take one of the two out of the targets, or ask for a version of a that has wheels for both."
    )
    assert where(solve(world, "a>1", names=MUSL, python="==3.12.*", required="musl")) == {"a 3": ""}


def test_a_source_distribution_needs_what_a_wheel_of_its_version_needs() -> None:
    world = World("a 1 tags=py3-none-win_amd64 -> b\na 1 sdist -> nonsense\nb 1")
    assert where(solve(world, "a")) == {"a 1": "", "b 1": ""}
    assert "a-1.tar.gz" not in world.asked


def test_what_does_not_fit_everywhere_is_not_described_while_something_else_does() -> None:
    world = World("a 1 -> b\na 2 tags=py3-none-win_amd64\na 3 tags=py3-none-manylinux_2_17_x86_64\nb 1")
    assert where(solve(world, "a")) == {"a 1": "", "b 1": ""}
    assert not [each for each in world.asked if each.startswith(("a-2", "a-3", "want a-2", "want a-3"))]


def test_the_warning_names_the_targets_the_reason_and_the_way_back() -> None:
    world, python = "a 1 python=>=3.12\nb 1\nb 2 python=>=3.12 -> a", ">=3.11,<3.13"
    targets = all_targets.make(all_platforms.platforms(("linux-x86_64", "windows-amd64")), SpecifierSet(python))
    found = solve(world, "b>1", python=python)
    markers = found.left_out[0].targets[0].markers
    here = Interpreter("/p", "/p", "3.11.4", "CPython", 64, False, markers, ())
    (warning,) = claims.left_out(found.left_out, targets, here, None)
    assert "\nThat is this computer with its Python, so " in warning
    newer = replace(here, version="3.12.1")
    in_full = (
        "pylock.toml is not for Linux on x86_64 and Windows on AMD64 with Python 3.11: there is no solution.\n"
        "No version of b that meets b>1 can be installed there.\n"
        "1 version (2) needs Python >=3.12, and this is 3.11.15.\n"
        '→ Ask for a version that can be installed: venvoy add "b==1"\n'
        "→ Or leave it at that: narrow requires-python, and nothing is said."
    )
    everywhere = Draft([], None, [], [], "venvoy", [], {})
    newest = replace(everywhere, environments=["python_version == '3.12'"])
    assert list(claims.left_out(found.left_out, targets, newer, None)) == [in_full]
    assert list(claims.left_out(found.left_out, targets, newer, everywhere)) == [in_full]
    (in_short,) = claims.left_out(found.left_out, targets, newer, newest)
    assert in_short.splitlines() == [
        (
            "pylock.toml is still not for Linux on x86_64 and Windows on AMD64 with Python 3.11. No version of b that "
            "meets b>1 can be installed there. 1 version (2) needs Python >=3.12, and this is 3.11.15."
        ),
        "→ Leave it at that: narrow requires-python, and nothing is said.",
    ]


def test_targets_with_the_same_reason_are_told_of_at_once() -> None:
    targets = all_targets.make(all_platforms.platforms(("linux-x86_64", "windows-amd64")), SpecifierSet("==3.12.*"))
    found = [
        LeftOut((target,), Problem("no-solution", f"Nothing on {target.label}.", why=f"- No wheel for {target.label}."))
        for target in targets
    ]
    here = Interpreter("/p", "/p", "3.11.4", "CPython", 64, False, {**targets[0].markers, "python_version": "3.11"}, ())
    (warning,) = claims.left_out(found, targets, here, None)
    assert warning.splitlines()[:3] == [
        "pylock.toml is not for Linux on x86_64 and Windows on AMD64 with Python 3.12: there is no solution.",
        "Nothing on Linux on x86_64 with Python 3.12.",
        "- No wheel for Linux on x86_64 with Python 3.12.",
    ]


CUT = st.tuples(st.integers(11, 12), st.integers(0, 6))


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from([">=", "<", "==", "!=", ">", "<="]), CUT), min_size=1, max_size=4))
def test_every_patch_release_gets_what_its_own_markers_ask_for(parts: list[tuple[str, tuple[int, int]]]) -> None:
    markers = [f"python_full_version {operator} '3.{minor}.{patch}'" for operator, (minor, patch) in parts]
    needs = " | ".join(f"b{number}; {marker}" for number, marker in enumerate(markers))
    world = f"a 1 -> {needs}\n" + "\n".join(f"b{number} 1" for number in range(len(markers)))
    found = solve(world, "a", names=("linux-x86_64",))
    texts = where(found)
    for minor in (11, 12):
        for patch in range(9):
            environment = {**found.resolution.targets[0].markers, **_version(minor, patch)}
            for number, marker in enumerate(markers):
                text = texts.get(f"b{number} 1")
                selected = text is not None and (not text or Marker(text).evaluate(environment))
                assert selected == Marker(marker).evaluate(environment)


def _version(minor: int, patch: int) -> dict[str, str]:
    return {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.{patch}"}


def test_a_target_of_an_interpreter_is_divided_as_well() -> None:
    target = Target("here ", "3.11.2", all_targets.make(["linux-x86_64"], None)[0].markers, ("py3-none-any",))
    found = resolve_everywhere(
        [root("a")],
        all_targets.split([target], {(9, 3)}),
        World("a 1 -> b; python_full_version < '3.9.7'\nb 1"),
        required=lambda *_: True,
        policy=Policy(),
        preferences={},
        reporter=Silent(),
    )
    assert where(found) == {"a 1": "", "b 1": 'python_full_version < "3.9.7"'}


def test_a_python_that_is_no_longer_supported_has_no_say_in_what_the_others_get() -> None:
    world = "a 1\na 2 python=>=3.9\nb 1\nb 2"
    found = solve(world, "a", "b", python=">=3.8,<3.11")
    assert where(found) == {"a 1": 'python_version < "3.9"', "a 2": 'python_version >= "3.9"', "b 2": ""}
    assert found.left_out == ()


def test_python_2_counts_as_the_version_before_all_others() -> None:
    found = solve(
        "a 1 tags=py2-none-any\na 2", "a; python_version < '3.3'", "b; python_version > '3'", python="==2.7.*"
    )
    assert where(found) == {"a 1": ""}
    assert {target.label for target in found.resolution.targets} == {
        "Linux on x86_64 with Python 2.7",
        "Windows on AMD64 with Python 2.7",
    }


def test_of_a_python_that_is_no_longer_supported_the_newest_patch_releases_count() -> None:
    found = solve("a 1\na 2 python=>=3.8.1", "a", python=">=3.8,<3.10")
    assert where(found) == {"a 2": ""}
    assert [str(found.resolution.targets[index].since) for index in (0, 2)] == ["(9, 0)", "(8, 1)"]


def test_a_named_python_must_have_a_solution() -> None:
    with pytest.raises(NoSolution, match=r"Python 3\.8"):
        solve("a 1 python=>=3.9", "a", python=">=3.8,<3.11", required="Python 3.8")


PYPY = ("pypy-linux-x86_64",)
ONLY_CPYTHON = 'implementation_name == "cpython"'
ONLY_PYPY = 'implementation_name == "pypy"'


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        ("a 1 -> b; implementation_name == 'pypy'\nb 1", {"a 1": "", "b 1": ONLY_PYPY}),
        (
            "a 1 -> b<2; platform_python_implementation == 'PyPy' | b>1; implementation_name == 'cpython'\nb 1\nb 2",
            {"a 1": "", "b 1": ONLY_PYPY, "b 2": ONLY_CPYTHON},
        ),
        ("a 1 -> b; implementation_name != 'pypy'\nb 1", {"a 1": "", "b 1": ""}),
        ("a 1 -> b; platform_python_implementation != 'CPython'\nb 1", {"a 1": "", "b 1": ONLY_PYPY}),
        ("a 1 -> b; extra == 'x' and implementation_name == 'pypy'\nb 1", {"a 1": ""}),
        ("a 1 -> b; implementation_name == 'pypy'\nb 1 tags=py3-none-win_amd64", {"a 1": ""}),
        ("a 1 -> b; implementation_name == 'pypy' | b===; os_name == 'nt'\na 0\nb 1", {"a 0": ""}),
    ],
)
def test_pypy_counts_when_something_is_needed_there_only(world: str, expected: dict[str, str]) -> None:
    assert where(solve(world, "a", implied=PYPY)) == expected
    assert where(solve(world, "a", implied=PYPY, spoken=True)) == expected
    # Where targets are divided PyPy joins the others.
    divided = f"{world}\nd 1 -> e; python_full_version < '3.11.4'\ne 1"
    more = {"d 1": "", "e 1": 'python_full_version < "3.11.4"'}
    for spoken in (False, True):
        assert where(solve(divided, "a", "d", implied=PYPY, spoken=spoken)) == {**expected, **more}


def test_pypy_has_no_say_in_what_the_others_get() -> None:
    """There an older version has to do, which would do for all."""
    world = """
        a 1 -> b; implementation_name == 'pypy' | b; python_full_version < '3.11.4'
        b 1 -> c<2; implementation_name == 'pypy'
        c 1
        c 2
        d 1 -> c
    """
    for spoken in (False, True):
        found = solve(world, "a", "d", names=("linux-x86_64",), implied=PYPY, spoken=spoken)
        assert where(found) == {
            "a 1": "",
            "b 1": 'python_full_version < "3.11.4" or implementation_name == "pypy"',
            "c 1": ONLY_PYPY,
            "c 2": ONLY_CPYTHON,
            "d 1": "",
        }


def test_pypy_takes_what_the_others_have_where_it_can() -> None:
    world = "a 1 -> b; implementation_name == 'pypy'\nb 1\nc 2 tags=cp311-cp311-win_amd64,cp312-cp312-win_amd64\nc 1"
    found = solve(world, "a", "c; sys_platform == 'win32'", names=("windows-amd64",), implied=("pypy-windows-amd64",))
    assert where(found) == {"a 1": "", "b 1": ONLY_PYPY, "c 1": ONLY_PYPY, "c 2": ONLY_CPYTHON}
    assert found.resolution.selected[0].targets == 0b1111
    assert [(edge.requirement, bin(edge.targets)) for edge in found.resolution.edges] == [
        ('b; implementation_name == "pypy"', "0b1100"),
        ("a", "0b1111"),
        ('c; sys_platform == "win32"', "0b1111"),
    ]


def test_pypy_counts_also_where_cpython_has_no_solution() -> None:
    """The only system on which something is needed with PyPy may be one that had to be left out."""
    world = "a 1\nb 1\nb 2 tags=py3-none-macosx_11_0_arm64\nc 1"
    only_windows = "os_name == 'nt' and implementation_name"
    wanted = f"a; {only_windows} == 'pypy'", f"b>1; {only_windows} == 'cpython'"
    found = solve(world, *wanted, "c", names=("linux-x86_64", "windows-amd64"), implied=("pypy-windows-amd64",))
    assert where(found) == {"a 1": 'sys_platform == "win32"', "c 1": ""}
    assert len(found.left_out) == 1


def test_what_only_an_extra_needs_may_have_no_file_somewhere() -> None:
    world = "a 1\nb 1 tags=py3-none-win_amd64\nb 2 tags=py3-none-win_amd64 -> c>1 | a<1; sys_platform == 'linux'\nc 2"
    world += "\nc 1 tags=py3-none-win_amd64\nnew 1 python=>=3.12"
    reporter = Notes()
    found = solve(world, "a", extra="b", reporter=reporter)
    assert (where(found), found.left_out) == ({"a 1": "", "b 2": "", "c 2": 'sys_platform == "win32"'}, ())
    told = "Extra 'x' cannot be installed on Linux on x86_64 with Python 3.11 and 3.12: b has no file that fits."
    assert reporter.warnings == [told]
    assert where(solve(world, "a", extra="new", required="3.11")) == {"a 1": "", "new 1": ""}
    assert where(solve(world, "a", "b", extra="b")) == {"a 1": "", "b 2": "", "c 2": ""}  # on Windows alone
    world += (
        "\np 1\np 2\nm 1 -> q\nn 1 -> r\nq 1 -> p>1; python_version >= '3.12'\nr 1 -> p<2; python_version >= '3.12'"
    )
    some = solve(world, "b", "m", "n", extra="b")  # of those on Windows
    assert [target.label for target in some.resolution.targets] == ["Windows on AMD64 with Python 3.11"]
    with pytest.raises(NoSolution, match="no wheel for Linux"):
        solve(world, "a", "b", extra="b", required="Linux")
