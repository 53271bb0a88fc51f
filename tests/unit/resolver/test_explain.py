"""What people read when there is no solution."""

from __future__ import annotations

from typing import Any

import pytest
from packaging.requirements import Requirement

from support.worlds import World, root, target
from venvoy.errors import Exit, Problem
from venvoy.model.artifact import Artifact, Candidate, CoreMetadata
from venvoy.resolver.no_solution import NoSolution
from venvoy.resolver.policy import Policy
from venvoy.resolver.solve import resolve


def problem(world: str, *requirements: str, **how: Any) -> NoSolution:
    with pytest.raises(NoSolution) as caught:
        resolve([root(*requirements)], [target()], World(world), policy=Policy(**how))
    return caught.value


def text(world: str, *requirements: str, **how: Any) -> list[str]:
    return str(problem(world, *requirements, **how)).splitlines()


def test_two_requirements_that_meet_in_a_third() -> None:
    world = "a 1 -> c<2\na 2 -> c<2\nb 1 -> c>=2\nc 1\nc 2"
    assert text(world, "a", "b") == [
        "No set of versions meets all requirements.",
        "- Your project needs a.",
        "- Your project needs b.",
        "- Every version of a needs c<2.",
        "- b 1 needs c>=2.",
        "→ Loosen or remove one of these: a (your project) and b (your project)",
    ]


def test_versions_are_told_as_ranges_and_only_those_that_the_project_allows() -> None:
    world = (
        "\n".join(f"a {version} -> c<2" for version in ("1", "2", "2.1", "2.2", "3rc1"))
        + "\na 3 -> c<2\nb 1 -> c>=2\nc 1\nc 2"
    )
    assert text(world, "a>=2,<3", "b") == [
        "No set of versions meets all requirements.",
        "- Your project needs a<3,>=2.",
        "- Your project needs b.",
        "- a 2 to 2.2 need c<2.",
        "- b 1 needs c>=2.",
        "→ Loosen or remove one of these: a<3,>=2 (your project) and b (your project)",
    ]


def test_that_many_versions_need_a_name_at_all_is_enough_where_none_of_it_will_do() -> None:
    pinned = "\n".join(f"a {version} -> c=={version}" for version in range(1, 7))
    assert text(f"{pinned}\na 7 -> c\nc 4 python=>=4\nc 5 python=>=4", "a") == [
        "No set of versions meets all requirements.",
        "- Your project needs a.",
        "- Every version of a needs c.",
        "- Every version of c needs Python >=4, and you have 3.11.7.",
        "→ Loosen or remove this: a (your project)",
    ]


def test_that_there_is_no_wheel_at_all_is_told_of_no_version() -> None:
    world = "a 1 -> c\na 2 -> c\nb 1 -> c\nc 1 tags=py3-none-win_amd64\nc 2 tags=py3-none-win_amd64"
    assert "- No version of c has a wheel for Python 3.11.7 on linux." in text(world, "a")


def test_many_versions_that_need_what_is_not_there_are_told_at_once() -> None:
    pinned = "\n".join(f"a {version} -> c=={version}" for version in range(1, 9))
    assert text(f"{pinned}\nc 2\nc 20\nb 1 -> c>=20", "a", "b") == [
        "No set of versions meets all requirements.",
        "- Your project needs a.",
        "- Your project needs b.",
        "- a 1 and 3 to 8 need another version of c, but the versions that are there are 2 and 20.",
        "- a 2 needs c==2.",
        "- b 1 needs c>=20.",
        "→ Loosen or remove one of these: a (your project) and b (your project)",
    ]


def test_every_part_of_the_project_is_named_as_it_is_written() -> None:
    roots = [root("a<2"), root("a>=2", kind="group", name="dev"), root("b", kind="extra", name="more")]
    with pytest.raises(NoSolution) as caught:
        resolve(roots, [target()], World("a 1\na 2\nb 1"))
    assert str(caught.value).splitlines() == [
        "No set of versions meets all requirements.",
        "- Your project needs a<2.",
        "- Group 'dev' needs a>=2.",
        "→ Loosen or remove one of these: a<2 (your project) and a>=2 (group 'dev')",
    ]


def test_a_python_that_is_too_old_for_what_is_needed_further_down() -> None:
    world = "a 1 -> b>=2\nb 1\nb 2 python=>=3.12\nb 3 python=>=3.12\nb 4 python=>=3.13"
    assert text(world, "a") == [
        "No set of versions meets all requirements.",
        "- Your project needs a.",
        "- a 1 needs b>=2.",
        "- b 2 to 3 need Python >=3.12, and you have 3.11.7.",
        "- b 4 needs Python >=3.13, and you have 3.11.7.",
        "→ Loosen or remove this: a (your project)",
        "→ Or use another Python, such as 3.12: venvoy sync --python 3.12",
    ]


def test_a_requirement_deep_down_that_nobody_can_meet() -> None:
    world = 'a 1 -> b[x]\nb 1 -> gone; extra == "x"\nb 2 -> c>9; extra == "x"\nc 1\nc 2'
    assert text(world, "a") == [
        "No set of versions meets all requirements.",
        "- Your project needs a.",
        "- a 1 needs b[x].",
        "- b 1 with its extra 'x' needs gone, but no index knows gone.",
        "- b 2 with its extra 'x' needs c>9, but the versions that are there are 1 and 2.",
        "→ Loosen or remove this: a (your project)",
    ]


def test_metadata_that_cannot_be_used_is_named_with_its_fault() -> None:
    world = "a 1 -> b\nb 1 broken\nb 2 claims=z-2\nb 3 -> c!=3.0*"
    assert text(world, "a") == [
        "No set of versions meets all requirements.",
        "- Your project needs a.",
        "- a 1 needs b.",
        "- b 1 cannot be used: The metadata of b-1-py3-none-any.whl cannot be read.",
        "- b 2 cannot be used: The metadata of b-2-py3-none-any.whl is that of z 2.",
        (
            "- b 3 cannot be used: The metadata of b-3-py3-none-any.whl holds a requirement that cannot be understood: "
            "c!=3.0*."
        ),
        "→ Loosen or remove this: a (your project)",
    ]


class Unbuilt(World):
    """Its broken files would have to be built."""

    def metadata(self, candidate: Candidate, artifact: Artifact) -> CoreMetadata:
        try:
            return super().metadata(candidate, artifact)
        except Problem:
            raise Problem("needs-build", f"{candidate.name} {candidate.version} would have to be built.") from None


def test_what_is_wrong_with_many_versions_alike_is_told_once() -> None:
    few, many = "a 1 broken\na 2 broken\na 3 -> b>1\nb 1", "\n".join(f"b {version} broken" for version in range(6))
    with pytest.raises(NoSolution) as caught:
        resolve([root("a")], [target()], Unbuilt(few))
    assert "- a 1 to 2 cannot be used: each would have to be built." in str(caught.value)
    with pytest.raises(NoSolution) as caught:
        resolve([root("c")], [target()], Unbuilt(f"c 1 -> b\n{many}"))
    assert "- Every version of b cannot be used: it would have to be built." in str(caught.value)


def test_facts_that_do_not_matter_are_left_out() -> None:
    world = """
        a 1 -> c<2 | d>=1 | e
        a 2 -> c<2 | d>=2 | e
        b 1 -> c>=2 | d<5
        c 1
        c 2
        d 1 -> e
        d 3
        e 1
    """
    assert len(text(world, "a", "b", "d", "e")) == 6


def test_a_single_requirement_says_what_was_there_and_why_each_kind_was_rejected() -> None:
    world = (
        "\n".join(f"a 3.{minor} python=>=3.12" for minor in range(12))
        + "\na 2.0 tags=py3-none-win_amd64\na 2.1 tags=py3-none-win_amd64\na 2.2 yanked\na 2.3 sdist\na 2.4 broken"
        + "\na 1.5\na 1.6rc1"
    )
    found = problem(world, "a>=2")
    assert str(found).splitlines() == [
        "No version of a that can be installed meets a>=2, which your project needs.",
        (
            "12 versions need Python >=3.12, and you have 3.11.7; "
            "2 have no wheel for Python 3.11.7 on linux; "
            "1 (2.4) cannot be used: The metadata of a-2.4-py3-none-any.whl cannot be read; "
            "1 (2.3) has no wheel, only source code that would have to be built; "
            "1 (2.2) is yanked (withdrawn), and no requirement asks for exactly this."
        ),
        '→ Ask for a version that can be installed: venvoy add "a==1.5"',
        "→ Use another Python, such as 3.12: venvoy sync --python 3.12",
        '→ To have a yanked version anyway, name it exactly: venvoy add "a==2.2"',
    ]
    assert found.code == "no-version"
    assert found.exit is Exit.NO_SOLUTION
    assert found.data["name"] == "a"
    assert found.data["requirement"] == "a>=2"
    assert found.data["targets"] == ["Python 3.11.7 on linux"]
    rejected = found.data["rejected"]
    assert isinstance(rejected, list)
    assert rejected[1:] == [
        {"reason": "platform", "detail": "", "versions": ["2.0", "2.1"]},
        {"reason": "broken", "detail": "The metadata of a-2.4-py3-none-any.whl cannot be read.", "versions": ["2.4"]},
        {"reason": "source", "detail": "", "versions": ["2.3"]},
        {"reason": "yanked", "detail": "", "versions": ["2.2"]},
    ]


def test_another_python_is_named_only_where_it_has_a_file_of_everything() -> None:
    world = "a 1 -> b | c\nb 1 python=>=3.13\nc 1 tags=cp314-cp314-manylinux_2_17_x86_64 python=>=3.13"
    fix = text(f"{world}\nd 1 -> b>=1 | c>=2\nc 2 tags=cp313-cp313-manylinux_2_17_x86_64", "d")
    assert fix[-1] in {
        "→ Or use another Python, such as 3.13: venvoy sync --python 3.13",
        "→ Or use another Python, such as 3.14: venvoy sync --python 3.14",
    }
    assert text("a 1 tags=cp39-cp39-manylinux_2_17_x86_64", "a")[-1] == (
        "→ Use another Python, such as 3.9: venvoy sync --python 3.9"
    )
    # The platform is right, but nobody has this Python: there is nothing to say.
    assert text("a 1 python=>=3.99", "a")[-1] == "→ Remove a (your project)."
    assert text("a 1 -> b\nb 1 python=<3", "a")[-1] == "→ Loosen or remove this: a (your project)"


def test_what_is_there_for_old_pythons_only_is_not_for_other_computers() -> None:
    world = "b 1 tags=cp27-cp27m-manylinux_2_17_x86_64,cp36-cp36m-manylinux_2_17_x86_64,cp38-cp38-win_amd64"
    assert text(world, "b")[-1] == (
        "→ Use something newer: what there is of b for this kind of computer is for Python 2.7 to 3.6."
    )
    assert text(f"{world}\na 1 -> b", "a")[-1] == (
        "→ Or use something newer: what there is of b for this kind of computer is for Python 2.7 to 3.6."
    )


def test_where_no_python_helps_the_computers_are_named() -> None:
    world = "b 1 tags=cp311-cp311-win_amd64\nb 2 tags=cp311-cp311-macosx_11_0_arm64,cp311-cp311-musllinux_1_2_aarch64"
    assert text(world, "b")[-1] == (
        "→ Use another computer: "
        "what there is of b is for Linux (musl) on aarch64, Windows on amd64 and macOS on arm64."
    )
    assert text(f"{world}\na 1 -> b<2", "a")[-1] == (
        "→ Or use another computer: what there is of b is for Windows on amd64."
    )


def test_a_version_to_ask_for_instead_is_one_that_nobody_else_at_the_root_excludes() -> None:
    world = "a 1\na 2\na 3\na 4 python=>=3.13"
    for place, option in (({}, ""), ({"kind": "extra", "name": "x"}, "--optional x ")):
        roots = [root("a>3", **place), root("a!=3", kind="group", name="dev")]
        with pytest.raises(NoSolution) as caught:
            resolve(roots, [target()], World(world))
        assert f'→ Ask for a version that can be installed: venvoy add {option}"a==2"' in str(caught.value)
    with pytest.raises(NoSolution) as caught:
        resolve([root("a>3")], [target()], World(world), policy=Policy(constraints=(Requirement("a>=4"),)))
    assert "Ask for a version" not in str(caught.value)


def test_a_specifier_that_nothing_matches() -> None:
    assert text("a 1\na 1.5\na 2", "a>2") == [
        "No version of a that can be installed meets a>2, which your project needs.",
        "There are 3 versions of it, 1 to 2: none is >2.",
        '→ Ask for a version that can be installed: venvoy add "a==2"',
    ]


def test_a_moment_before_which_there_was_nothing() -> None:
    assert text("a 1 uploaded=2024-06-01T00:00:00Z", "a", exclude_newer="2024-01-01T00:00:00Z") == [
        "No version of a can be installed, and your project needs it.",
        "1 version (1) was not yet there at 2024-01-01T00:00:00Z.",
        "→ To have a 1, which was uploaded on 2024-06-01, move exclude-newer to that day.",
    ]
    world = "a 1 uploaded=2023-06-01T00:00:00Z -> b>1\n" + "".join(
        f"b {n} uploaded=2024-0{n}-02T00:00:00Z\n" for n in "123"
    )
    assert text(world, "a", exclude_newer="2024-01-03T00:00:00Z") == [
        "No set of versions meets all requirements.",
        "- Your project needs a.",
        "- a 1 needs b>1.",
        "- b 2 to 3 were not yet there at 2024-01-03T00:00:00Z.",
        "→ Loosen or remove this: a (your project)",
        "→ To have b 2, which was uploaded on 2024-02-02, move exclude-newer to that day.",
    ]


def test_an_index_that_does_not_tell_when_something_was_uploaded() -> None:
    assert text("a 1\na 2", "a", exclude_newer="2024-01-01T00:00:00Z") == [
        "No version of a can be installed, and your project needs it.",
        "2 versions are on the index without an upload time, so exclude-newer leaves them out.",
        "→ Remove a (your project).",
    ]


def test_the_derivation_is_a_value_and_in_the_data() -> None:
    found = problem("a 1 -> c<2\nb 1 -> c>=2\nc 1\nc 2", "a", "b")
    assert [(each.about, each.versions, each.requirement) for each in found.statements] == [
        ("", (), "a"),
        ("", (), "b"),
        ("a", ("1",), "c<2"),
        ("b", ("1",), "c>=2"),
    ]
    assert found.data == {
        "statements": [
            {"about": "", "versions": [], "requirement": "a", "text": "Your project needs a."},
            {"about": "", "versions": [], "requirement": "b", "text": "Your project needs b."},
            {"about": "a", "versions": ["1"], "requirement": "c<2", "text": "a 1 needs c<2."},
            {"about": "b", "versions": ["1"], "requirement": "c>=2", "text": "b 1 needs c>=2."},
        ],
        "targets": ["Python 3.11.7 on linux"],
    }


def test_when_the_budget_is_used_up_the_busiest_names_are_told() -> None:
    # Pigeons and holes: every two of five need different versions of the others, and there are only four.
    pigeons = "abcde"
    lines = [
        f"{pigeon} {hole} -> {' | '.join(f'{other}!={hole}' for other in pigeons if other != pigeon)}"
        for pigeon in pigeons
        for hole in range(1, 5)
    ]
    found = problem("\n".join(lines), *pigeons, conflicts=3)
    assert str(found).splitlines() == [
        "No answer after 3 conflicts, so the search was stopped.",
        "Most conflicts are about c, d and e: few of their versions get along with one another.",
        '→ Narrow them down to versions that you know to work: venvoy add "c==VERSION"',
    ]
    assert found.data["conflicts"] == 3
    assert str(problem("\n".join(lines), *pigeons)).startswith("No set of versions meets all requirements.")


def test_a_requirement_with_an_extra_is_named_once() -> None:
    world = 'a 2 extras=x,y -> b>1; extra == "x"\nb 1'
    assert text(world, "a[x,y]>1")[-1] == "→ Loosen or remove this: a[x]>1 (your project)"


def test_what_is_there_does_not_sound_as_if_it_held_what_is_missing() -> None:
    world = "a 1 -> b==2\nb 1\nb 3"
    assert text(world, "a")[2] == "- a 1 needs b==2, but the versions that are there are 1 and 3."
    many = "\n".join(f"b {number}" for number in (4, 5, 6))
    assert text(f"{world}\n{many}", "a")[2] == "- a 1 needs b==2, but none of its 5 versions (1 to 6) is that."


def test_a_yanked_version_that_only_others_name() -> None:
    assert text("a 1\nb 2 -> a | c==3\nb 1\nc 3 yanked", "b<2", "c")[1:] == [
        "- Your project needs b<2.",
        "- Your project needs c.",
        "- c 3 is yanked (withdrawn), and nothing that goes with the rest names exactly that.",
        "→ Loosen or remove one of these: b<2 (your project) and c (your project)",
    ]
