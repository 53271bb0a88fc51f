"""Which edits are proposed where there is no solution; every one of them was tried."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from support.tries import Tries, project, settle
from support.worlds import World
from venvoy.errors import Problem
from venvoy.events import Silent
from venvoy.model.artifact import CoreMetadata
from venvoy.model.names import NormalizedName
from venvoy.model.resolution import Resolution
from venvoy.operations.project import Located
from venvoy.operations.resolving import fixes
from venvoy.operations.resolving.fixes import Wish
from venvoy.operations.resolving.universal import resolve_everywhere
from venvoy.resolver import targets as all_targets
from venvoy.resolver.no_solution import NoSolution
from venvoy.resolver.platforms import platforms
from venvoy.resolver.policy import Policy
from venvoy.resolver.solve import again
from venvoy.values import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvoy.model.requirement import Root


def told(world: str, *requirements: str, dev: tuple[str, ...] = (), python: str = "", keep: str = "") -> list[str]:
    wish = Wish(keep=frozenset({keep}) if keep else frozenset())  # type: ignore[arg-type] # a normalized name
    with pytest.raises(Problem) as shown:
        settle(world, project(*requirements, dev=dev, python=python), wish)
    return list(shown.value.fix)


def test_an_upper_bound_moves_to_the_version_that_is_needed() -> None:
    assert told("a 1\na 2.5\nb 1 -> a>=2", "a<2", "b") == [
        "1. Write a<3 instead of a<2 (your project); that gives a 2.5: venvoy lock --apply 1",
        "2. Leave out b (your project): venvoy lock --apply 2",
    ]


class Both(Tries):
    """Resolves for two Pythons, of which one may be left out."""

    def choose(self, located: Located) -> Resolution:
        pythons = all_targets.make(platforms(("linux-x86_64",)), SpecifierSet(">=3.11,<3.13"))
        found = resolve_everywhere(
            located.file.roots(),
            pythons,
            self.provider,
            required=lambda *_: False,
            policy=Policy(),
            preferences={},
            reporter=Silent(),
        )
        return found.resolution


def test_a_prerelease_that_one_target_has_to_have_is_not_proposed_for_all() -> None:
    tries, asked = Both(World("a 1 python=<3.11\na 2 python=<3.12\na 3rc1 python=>=3.12")), project("a==1")
    with pytest.raises(NoSolution) as caught:
        tries.choose(asked)
    with pytest.raises(Problem) as shown:
        fixes.settle(caught.value, asked, tries, Wish())
    assert shown.value.fix[0].startswith("1. Write a==2 instead of a==1 (your project); that gives a 2:")


def test_what_only_the_build_backend_knows_is_not_edited() -> None:
    text = '[build-system]\nrequires = ["backend"]\n[dependency-groups]\nlint = ["a==3"]\n'
    says = CoreMetadata(NormalizedName("shop"), Version("1"), ("b",), ">=3.10", frozenset())
    located = replace(Located.of(Path("nowhere"), text), computed=says).with_text(text)
    with pytest.raises(Problem) as shown:
        settle("a 2\na 3 python=>=3.13\nb 1", located, Wish())
    assert shown.value.fix == (
        "1. Write a==2 instead of a==3 (group 'lint'); that gives a 2: venvoy lock --apply 1",
        "Use another Python, such as 3.13: venvoy sync --python 3.13",
    )


def test_newer_versions_are_proposed_before_older_ones() -> None:
    world = "a 1\na 2\nb 1 -> a<2\nb 2 -> a>=2"
    assert told(world, "a<2", "b>1.5") == [
        "1. Write a<3 instead of a<2 (your project); that gives a 2: venvoy lock --apply 1",
        "2. Write b>=1 instead of b>1.5 (your project); that gives b 1: venvoy lock --apply 2",
    ]


def test_where_there_is_no_bound_one_of_two_has_to_go() -> None:
    assert told("a 1 -> c<2\na 2 -> c<2\nb 1 -> c>=2\nc 1\nc 2", "a", "b") == [
        "1. Leave out a (your project): venvoy lock --apply 1",
        "2. Leave out b (your project): venvoy lock --apply 2",
    ]


def test_what_is_being_added_is_not_left_out() -> None:
    assert told("a 1 -> c<2\nb 1 -> c>=2\nc 1\nc 2", "a", "b", keep="b") == [
        "1. Leave out a (your project): venvoy lock --apply 1",
    ]


def test_two_faults_take_two_edits() -> None:
    assert told("a 1\na 2\nb 1\nb 2", "a>2", "b>3") == [
        (
            "1. Write a>=2 instead of a>2 (your project) and write b>=2 instead of b>3 (your project); "
            "that gives a 2 and b 2: venvoy lock --apply 1"
        ),
    ]


def test_a_part_of_the_project_is_named_and_its_list_edited() -> None:
    located = project("b", dev=("a<2", "c"))
    world = "a 1\na 2\nb 1 -> a>=2\nc 1"
    proposal = settle(world, located, Wish(number=1))
    assert str(proposal) == "Write a<3 instead of a<2 (group 'dev'); that gives a 2"
    assert proposal.text == located.text.replace("a<2", "a<3")


def test_the_same_requirement_in_two_places_is_one_edit() -> None:
    proposal = settle("a 1\na 2\nb 1 -> a>=2", project("a<2", "b", dev=("a<2",)), Wish(number=1))
    assert str(proposal) == "Write a<3 instead of a<2 (your project and group 'dev'); that gives a 2"
    assert proposal.text.count("a<3") == 2


def test_extras_and_markers_stay() -> None:
    world = 'a 1 extras=x\na 2 extras=x -> c; extra == "x"\nb 1 -> a>=2\nc 1'
    proposal = settle(world, project('a[x]<2; python_version >= "3.10"', "b"), Wish(number=1))
    assert proposal.edits[0].after == 'a[x]<3; python_version >= "3.10"'


def test_an_edit_that_does_not_help_is_not_shown() -> None:
    # Whatever version of a is taken, b needs another c; to let go of the bound of c is not enough either.
    world = "a 1 -> c<2\na 2 -> c<2\nb 1 -> c>=3\nc 1\nc 2\nc 3"
    assert told(world, "a<2", "b", "c<3") == ["1. Leave out b (your project): venvoy lock --apply 1"]


def test_another_python_is_proposed_when_it_helps() -> None:
    world = "a 1\na 2 python=>=3.12\na 3 python=>=3.13"
    assert told(world, "a>=2", python=">=3.9") == [
        "1. Write a>=1 instead of a>=2 (your project); that gives a 1: venvoy lock --apply 1",
        '2. Write requires-python = ">=3.12" instead of ">=3.9"; that gives Python 3.12: venvoy lock --apply 2',
    ]


def test_an_older_python_when_nothing_newer_helps() -> None:
    world = "a 1 python=<3.11"
    assert told(world, "a", python=">=3.9") == [
        '1. Write requires-python = ">=3.9,<3.11" instead of ">=3.9"; that gives Python 3.10: venvoy lock --apply 1',
        "2. Leave out a (your project): venvoy lock --apply 2",
    ]


def test_without_requires_python_another_one_is_a_hint() -> None:
    assert told("a 1\na 2 python=>=3.13", "a>=2")[1:] == ["Use another Python, such as 3.13: venvoy sync --python 3.13"]


def test_another_python_is_not_mentioned_where_it_does_not_help() -> None:
    world = "a 1\na 2 python=>=3.13 -> b>=9\nb 1"
    assert told(world, "a>=2", python=">=3.9") == [
        "1. Write a>=1 instead of a>=2 (your project); that gives a 1: venvoy lock --apply 1",
    ]


def test_a_bound_of_two_parts_keeps_its_style() -> None:
    assert settle("a 1\na 2\na 3\nb 1 -> a>=2,<3", project("a~=1.0", "b"), Wish(number=1)).edits[0].after == "a~=2.0"


def test_a_number_that_was_not_shown() -> None:
    with pytest.raises(Problem) as caught:
        settle("a 1\na 2\nb 1 -> a>=2", project("a<2", "b"), Wish("venvoy sync", 7))
    assert str(caught.value) == (
        "There is no proposal 7.\nThey go from 1 to 2.\n→ venvoy sync   shows what is wrong and what would help"
    )


def test_the_proposals_are_in_the_data() -> None:
    with pytest.raises(Problem) as caught:
        settle("a 1\na 2\nb 1 -> a>=2", project("a<2", "b"), Wish())
    edits = caught.value.data["edits"]
    assert edits == [
        {"number": 1, "edits": (fixes.Edit("raise", "your project", "a<2", "a<3"),), "chosen": ("a 2",)},
        {"number": 2, "edits": (fixes.Edit("remove", "your project", "b"),), "chosen": ()},
    ]


def test_another_python_is_proposed_where_the_platform_at_hand_has_a_name() -> None:
    tries = Tries(World("a 1\na 2 python=>=3.12"))
    tries.platform = "linux-x86_64"
    located = project("a>=2", python=">=3.9")
    with pytest.raises(NoSolution) as failure:
        tries.choose(located)
    with pytest.raises(Problem) as shown:
        fixes.settle(failure.value, located, tries, Wish())
    assert shown.value.fix[1:] == (
        '2. Write requires-python = ">=3.12" instead of ">=3.9"; that gives Python 3.12: venvoy lock --apply 2',
    )


def test_an_edit_that_is_known_to_fail_is_not_tried() -> None:
    tries = Tries(World("a 1 -> c<2\na 2 -> c<2\nb 1 -> c>=2\nc 1\nc 2\nd 1"))
    located = project("a>1", "b", "d>5")
    with pytest.raises(NoSolution) as failure:
        tries.choose(located)
    tries.tried.clear()
    assert fixes.propose(failure.value, located, tries.choose)
    assert not [text for text in tries.tried if ("'a" in text and "'b" in text) or "d>5" in text]
    assert len(set(tries.tried)) == len(tries.tried)


def test_how_often_it_is_tried_is_bounded() -> None:
    names = [f"a{number}" for number in range(12)]
    world = "\n".join(f"{name} 1 -> c=={number}" for number, name in enumerate(names))
    world += "".join(f"\nc {number}" for number in range(12))
    tries = Tries(World(world))
    located = project(*names)
    with pytest.raises(NoSolution) as caught:
        tries.choose(located)
    tries.tried.clear()
    assert fixes.propose(caught.value, located, tries.choose) == ()
    assert len(tries.tried) <= 24


@pytest.mark.parametrize(("pairs", "edits", "most"), [(3, 3, 100), (4, 0, 4)])
def test_what_takes_more_edits_than_there_may_be_is_not_tried(
    pairs: int, edits: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"a{one} 1 -> c{one}<2\nb{one} 1 -> c{one}>=2\nc{one} 1\nc{one} 2" for one in range(pairs)]
    tries = Tries(World("\n".join(lines)))
    located = project(*(f"{name}{one}" for one in range(pairs) for name in "ab"))
    with pytest.raises(NoSolution) as caught:
        tries.choose(located)
    asked = []

    def counted(problem: NoSolution, roots: Sequence[Root], conflicts: int) -> NoSolution | None:
        asked.append(roots)
        return again(problem, roots, conflicts)

    monkeypatch.setattr(fixes, "again", counted)
    found = fixes.propose(caught.value, located, tries.choose)
    assert [len(one.edits) for one in found[:1]] == [edits] * bool(edits)
    assert len(asked) <= most


def test_what_many_versions_need_is_told_once() -> None:
    world = "\n".join(f"a {version} -> c=={version}" for version in range(1, 31)) + "\nb 1 -> c>=40\n"
    world += "\n".join(f"c {version}" for version in range(1, 41))
    with pytest.raises(Problem) as caught:
        settle(world, project("a", "b"), Wish())
    assert caught.value.why.splitlines() == [
        "- Your project needs a.",
        "- Your project needs b.",
        "- Every version of a needs c<=30.",
        "- b 1 needs c>=40.",
    ]
    statements = caught.value.data["statements"]
    assert isinstance(statements, list)
    assert statements[2] == {
        "about": "a",
        "versions": [str(version) for version in range(1, 31)],
        "requirement": "c<=30",
        "text": "Every version of a needs c<=30.",
    }


def test_what_is_known_of_each_version_only_is_told_by_the_first_and_the_last() -> None:
    # The one takes even versions of c, the other odd ones.
    pair = "a {0} -> c=={1}\nb {0} -> c=={2}"
    world = "\n".join(pair.format(version, 2 * version, 2 * version + 1) for version in range(1, 9))
    world += "\na 9 -> c==30\n" + "\n".join(f"c {version}" for version in range(1, 20))
    with pytest.raises(Problem) as caught:
        settle(world, project("a<9", "b"), Wish())
    assert caught.value.why.splitlines() == [
        "- Your project needs a<9.",
        "- Your project needs b.",
        "- a 1 to 8 each need another range of c, from c==2 to c==16.",
        "- Every version of b needs another range of c, from c==3 to c==17.",
    ]


def test_a_requirement_with_several_extras_is_to_blame_for_what_one_of_them_brings() -> None:
    world = 'a 1 extras=x,y\na 2 extras=x,y -> b>1; extra == "x"\nb 1'
    assert told(world, "a[x,y]>1") == [
        "1. Write a[x,y]>=1 instead of a[x,y]>1 (your project); that gives a 1: venvoy lock --apply 1",
    ]
