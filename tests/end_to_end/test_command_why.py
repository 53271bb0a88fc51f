"""``why``, ``why-not`` and ``outdated``, ``tree`` from the lockfile, and ``--apply``: what explains, and what mends."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli

from support.command_line import WINDOWS, CommandLine, tree
from support.index_server import IndexServer
from support.wheels import WheelSpec

SHOP = """\
[project]
name = "project"
version = "0.1.0"
requires-python = ">=3.10"
dependencies = [
    "frame[plot]>=1",  # what it is all about
]

[dependency-groups]
dev = [ "array<2" ]
"""

one_less = pytest.mark.skipif(WINDOWS, reason="one distribution of the shop is for Windows only")


@pytest.fixture
def shop(venvoy: CommandLine, wheels: Path) -> Path:
    """A project with a web of dependencies, locked."""
    for spec in (
        WheelSpec("array", "1.4"),
        WheelSpec("array", "1.5"),
        WheelSpec("array", "2.0"),
        WheelSpec("array", "2.1rc1"),
        WheelSpec("frame", "1.0", requires=["array>=1,<2", 'draw>=1; extra == "plot"', "dates"], extras=["plot"]),
        WheelSpec("frame", "1.1", requires=["array>=1.4", 'draw>=1; extra == "plot"', "dates"], extras=["plot"]),
        WheelSpec("draw", "1.0", requires=["array", 'colors; sys_platform == "win32"']),
        WheelSpec("dates", "3.0", requires=["six-like>=1"]),
        WheelSpec("six-like", "1.0"),
        WheelSpec("colors", "0.4"),
    ):
        spec.write(wheels)
    venvoy.project.joinpath("pyproject.toml").write_text(SHOP, encoding="utf-8")
    assert venvoy("lock").code == 0
    return venvoy.project


def test_why_shows_every_path_with_the_bounds_on_each_step(shop: Path, venvoy: CommandLine, index: IndexServer) -> None:
    before = tree(shop)
    index.forget()
    venvoy("why", "array").says("""
        exit 0
        out array 1.5 is locked, because
        out   group 'dev' needs array<2
        out   your project needs frame[plot]>=1, frame 1.1 needs array>=1.4
        out   your project needs frame[plot]>=1, frame[plot] 1.1 needs draw>=1, draw 1.0 needs array
    """)
    venvoy("why", "six.like").says("""
        exit 0
        out six-like 1.0 is locked, because
        out   your project needs frame[plot]>=1, frame 1.1 needs dates, dates 3.0 needs six-like>=1
    """)
    venvoy("why", "colors", "--offline").says("""
        exit 0
        out colors 0.4 (on Windows) is locked, because
        out   your project needs frame[plot]>=1, frame[plot] 1.1 needs draw>=1, draw 1.0 needs colors (on Windows)
    """)
    venvoy("why", "draw", "--json").says("""
        exit 0
        out {
        out   "schema": 1, "command": "why", "ok": true,
        out   "result": {
        out     "name": "draw", "versions": [{"version": "1.0", "where": ""}],
        out     "paths": [
        out       {
        out         "steps": [
        out           {"name": "your project", "version": "", "requirement": "frame[plot]>=1"},
        out           {"name": "frame[plot]", "version": "1.1", "requirement": "draw>=1"}
        out         ],
        out         "where": ""
        out       }
        out     ],
        out     "more": false, "unknown": []
        out   },
        out   "warnings": []
        out }
    """)
    assert index.paths() == [], "all of it was at hand"
    assert tree(shop) == before


def test_why_of_what_is_not_there(shop: Path, venvoy: CommandLine) -> None:
    venvoy("why", "colours").says("""
        exit 2
        err error: colours is not in the lockfile, so nothing in this project needs it. [not-locked]
        err   at [PROJECT]/pylock.toml
        err   Did you mean colors?
        err   → venvoy add colours   adds it to the project
    """)
    venvoy("why", "project").says("""
        exit 2
        err error: project is this project. [not-locked]
        err   at [PROJECT]/pylock.toml
        err   → venvoy tree   shows what it needs
    """)
    (shop / "pylock.toml").unlink()
    venvoy("why", "array").says("""
        exit 3
        err error: This project has no lockfile yet. [lockfile-missing]
        err   at [PROJECT]/pylock.toml
        err   The answer would stand in it.
        err   → venvoy lock   writes it; put it under version control
    """)


def test_why_from_a_lockfile_alone(shop: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    # A colleague's checkout: another cache, no environment, no network.
    venvoy("why", "array", "--offline", "--cache-dir", str(tmp_path / "other")).says("""
        exit 0
        out array 1.5 is locked, because
        out   group 'dev' needs array<2
        out   your project needs frame[plot]>=1, frame 1.1 needs array
        out   your project needs frame[plot]>=1, frame 1.1 needs draw, draw 1.0 needs array
        err The bounds of draw, frame are not known here. venvoy sync   brings them
    """)


def test_why_not_finds_what_binds(shop: Path, venvoy: CommandLine) -> None:
    before = tree(shop)
    venvoy("why-not", "array").says("""
        exit 0
        out array 2.0 cannot be chosen: 1.5 is locked.
        out   Group 'dev' needs array<2.
        out What binds is array<2 (group 'dev'): without that bound array 2.0 would be chosen.
        out To have it, in pyproject.toml:
        out   1. Write array<3 instead of array<2 (group 'dev'); that gives array 2.0
        out then: venvoy update array
    """)
    venvoy("why-not", "array==2.0", "--json").says("""
        exit 0
        out {
        out   "schema": 1, "command": "why-not", "ok": true,
        out   "result": {
        out     "name": "array", "version": "2.0", "locked": [{"version": "1.5", "where": ""}],
        out     "forbidden": true, "where": "", "chain": ["Group 'dev' needs array<2."],
        out     "obstacles": [{"parent": "group 'dev'", "requirement": "array<2", "own": true}],
        out     "proposals": ["Write array<3 instead of array<2 (group 'dev'); that gives array 2.0"],
        out     "command": "", "kept_by_lockfile": false, "preferred": "", "changes": []
        out   },
        out   "warnings": []
        out }
    """)
    assert tree(shop) == before


def test_why_not_a_version_that_nothing_forbids(shop: Path, venvoy: CommandLine, wheels: Path) -> None:
    WheelSpec("dates", "3.1", requires=["six-like>=1"]).write(wheels)
    venvoy("why-not", "dates").says("""
        exit 0
        out Nothing forbids dates 3.1: it is only that the lockfile keeps 3.0.
        out To have it: venvoy update dates
    """)
    venvoy("why-not", "array==1.5").says("""
        exit 0
        out array 1.5 is what is locked.
    """)
    venvoy("why-not", "array==1.4").says("""
        exit 0
        out Nothing forbids array 1.4, but 1.5 is chosen where nobody asks for another version.
        out To have it: venvoy add --group dev "array==1.4"
    """)
    venvoy("why-not", "frame==1.0").says("""
        exit 0
        out Nothing forbids frame 1.0, but 1.1 is chosen where nobody asks for another version.
        out To have it: venvoy add "frame==1.0"
    """)


def test_why_not_of_what_is_no_question(shop: Path, venvoy: CommandLine) -> None:
    venvoy("why-not", "array==7").says("""
        exit 10
        err error: There is no version of array that is ==7. [no-version]
        err   The newest are 2.1rc1, 2.0 and 1.5.
        err   → venvoy why-not array   asks about the newest version
    """)
    venvoy("why-not", "array>1.5").says("""
        exit 2
        err error: array>1.5 names no version. [usage]
        err   The question is about one version, or about the newest.
        err   → venvoy why-not array==VERSION
        err   → venvoy why-not array   asks about the newest version
    """)
    venvoy("why-not", "helper").says("""
        exit 2
        err error: No version of helper is chosen, because nothing in this project needs it. [not-locked]
        err   → venvoy add helper   adds it to the project
    """)


def test_why_not_in_the_depth_of_the_web(shop: Path, venvoy: CommandLine, wheels: Path) -> None:
    WheelSpec("six-like", "2.0", requires=["array>=2"]).write(wheels)
    WheelSpec("draw", "1.1", requires=["dates<3"]).write(wheels)
    venvoy("why-not", "six-like").says("""
        exit 0
        out six-like 2.0 cannot be chosen: 1.0 is locked.
        out   Group 'dev' needs array<2.
        out   six-like 2.0 needs array>=2.
        out What binds is array<2 (group 'dev'): without that bound six-like 2.0 would be chosen.
        out To have it, in pyproject.toml:
        out   1. Write array<3 instead of array<2 (group 'dev'); that gives array 2.0
        out then: venvoy update six-like
    """)
    venvoy("why-not", "draw").says("""
        exit 0
        out draw 1.1 cannot be chosen: 1.0 is locked.
        out   draw 1.1 needs dates<3, but the only version is 3.0.
        out What binds is dates<3 (draw): without that bound draw 1.1 would be chosen.
        out No change of pyproject.toml that was tried gives it.
    """)


def test_why_not_where_a_python_is_too_old(shop: Path, venvoy: CommandLine, wheels: Path) -> None:
    WheelSpec("dates", "4.0", requires_python=">=99").write(wheels)
    venvoy("why-not", "dates").says("""
        exit 0
        out dates 4.0 cannot be chosen: 3.0 is locked.
        out   1 version (4.0) needs Python >=99, and this is 3.10.20.
        out No change of pyproject.toml that was tried gives it.
    """)


def test_outdated_has_a_reason_for_whatever_is_held_back(
    shop: Path, venvoy: CommandLine, wheels: Path, index: IndexServer
) -> None:
    WheelSpec("dates", "4.0", requires=["rare>9"]).write(wheels)
    WheelSpec("rare", "1.0").write(wheels)
    WheelSpec("draw", "2.0").write(wheels)
    WheelSpec("six-like", "2.0").write(wheels)
    index.behaviour.upload_times = {path.name: "2024-01-01T00:00:00Z" for path in wheels.iterdir()}
    index.behaviour.upload_times["six_like-2.0-py3-none-any.whl"] = "2025-01-01T00:00:00Z"
    rules = '[tool.venvoy]\nconstraints = ["draw<2"]\nexclude-newer = "2024-06-01"\n'
    (shop / "pyproject.toml").write_text(f"{SHOP}{rules}", encoding="utf-8")
    venvoy("outdated").says("""
        exit 0
        out name      locked  allowed  newest  held back because
        out array     1.5     1.5      2.0     group 'dev' needs array<2
        out dates     3.0     3.0      4.0     it does not go with the rest
        out draw      1.0     1.0      2.0     a constraint allows only draw<2
        out six-like  1.0     1.0      2.0     it was not yet there at 2024-06-01T23:59:59Z
        err warning: pylock.toml is out of date: this is what it says now. venvoy lock brings it up to date.
        err venvoy why-not NAME   shows the way to what is held back
    """)


def test_outdated_says_what_is_newer_and_what_holds_it_back(shop: Path, venvoy: CommandLine, wheels: Path) -> None:
    venvoy("outdated").says("""
        exit 0
        out name   locked  allowed  newest  held back because
        out array  1.5     1.5      2.0     group 'dev' needs array<2
        err venvoy why-not NAME   shows the way to what is held back
    """)
    WheelSpec("dates", "3.1", requires=["six-like>=1"]).write(wheels)
    WheelSpec("six-like", "2.0", requires=["array>=2"]).write(wheels)
    WheelSpec("draw", "2.0", requires_python=">=99").write(wheels)
    before = tree(shop)
    venvoy("outdated").says("""
        exit 0
        out name      locked  allowed  newest  held back because
        out array     1.5     1.5      2.0     group 'dev' needs array<2
        out dates     3.0     3.1      3.1
        out draw      1.0     1.0      2.0     it needs Python >=99
        out six-like  1.0     1.0      2.0     it needs array>=2, and array 1.5 is chosen
        err venvoy update   takes the versions in the column allowed
        err venvoy why-not NAME   shows the way to what is held back
    """)
    venvoy("outdated", "--json").says("""
        exit 0
        out {
        out   "schema": 1, "command": "outdated", "ok": true,
        out   "result": [
        out     {
        out       "name": "array", "locked": ["1.5"], "allowed": ["1.5"], "newest": "2.0",
        out       "held_by": ["group 'dev' needs array<2"], "direct": true
        out     },
        out     {
        out       "name": "dates", "locked": ["3.0"], "allowed": ["3.1"], "newest": "3.1", "held_by": [],
        out       "direct": false
        out     },
        out     {
        out       "name": "draw", "locked": ["1.0"], "allowed": ["1.0"], "newest": "2.0",
        out       "held_by": ["it needs Python >=99"], "direct": false
        out     },
        out     {
        out       "name": "six-like", "locked": ["1.0"], "allowed": ["1.0"], "newest": "2.0",
        out       "held_by": ["it needs array>=2, and array 1.5 is chosen"], "direct": false
        out     }
        out   ],
        out   "warnings": []
        out }
    """)
    assert tree(shop) == before


def test_outdated_when_all_is_new(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "demo").code == 0
    venvoy("outdated").says("""
        exit 0
        err Everything is as new as can be
    """)


@one_less
def test_the_tree_of_a_lockfile_needs_no_environment(shop: Path, venvoy: CommandLine, index: IndexServer) -> None:
    index.forget()
    venvoy("tree").says("""
        exit 0
        out your project
        out └─ frame 1.1  [frame[plot]>=1]
        out    ├─ array 1.5  [array>=1.4]
        out    ├─ dates 3.0
        out    │  └─ six-like 1.0  [six-like>=1]
        out    └─ draw 1.0  [draw>=1]
        out       └─ array 1.5
        out group 'dev'
        out └─ array 1.5  [array<2]
    """)
    venvoy("tree", "--depth", "1").says("""
        exit 0
        out your project
        out └─ frame 1.1  [frame[plot]>=1] …
        out group 'dev'
        out └─ array 1.5  [array<2]
        err …: there is more below
    """)
    venvoy("tree", "--target", "windows").says("""
        exit 0
        out your project
        out └─ frame 1.1  [frame[plot]>=1]
        out    ├─ array 1.5  [array>=1.4]
        out    ├─ dates 3.0
        out    │  └─ six-like 1.0  [six-like>=1]
        out    └─ draw 1.0  [draw>=1]
        out       ├─ array 1.5
        out       └─ colors 0.4
        out group 'dev'
        out └─ array 1.5  [array<2]
    """)
    venvoy("tree", "--target", "all").says("""
        exit 0
        out your project
        out └─ frame 1.1  [frame[plot]>=1]
        out    ├─ array 1.5  [array>=1.4]
        out    ├─ dates 3.0
        out    │  └─ six-like 1.0  [six-like>=1]
        out    └─ draw 1.0  [draw>=1]
        out       ├─ array 1.5
        out       └─ colors 0.4 (on Windows)
        out group 'dev'
        out └─ array 1.5  [array<2]
    """)
    venvoy("tree", "--target", "amiga").says("""
        exit 2
        err error: There is no target 'amiga'. [usage]
        err   → Name one of: all, linux-x86_64, linux-aarch64, macos-arm64, macos-x86_64, windows-amd64, windows-arm64
    """)
    assert index.paths() == []


@one_less
def test_the_tree_upside_down(shop: Path, venvoy: CommandLine) -> None:
    venvoy("tree", "--invert", "array").says("""
        exit 0
        out array 1.5
        out ├─ group 'dev'  [array<2]
        out ├─ draw 1.0  [array]
        out │  └─ frame 1.1  [draw>=1]
        out │     └─ your project  [frame[plot]>=1]
        out └─ frame 1.1  [array>=1.4]
        out    └─ your project  [frame[plot]>=1]
    """)
    venvoy("tree", "--invert", "array", "six-like", "--depth", "2").says("""
        exit 0
        out array 1.5
        out ├─ group 'dev'  [array<2]
        out ├─ draw 1.0  [array] …
        out └─ frame 1.1  [array>=1.4] …
        out six-like 1.0
        out └─ dates 3.0  [six-like>=1] …
        err …: there is more below
    """)
    venvoy("tree", "--invert").says("""
        exit 0
        out array 1.5
        out ├─ group 'dev'  [array<2]
        out ├─ draw 1.0  [array]
        out │  └─ frame 1.1  [draw>=1]
        out │     └─ your project  [frame[plot]>=1]
        out └─ frame 1.1  [array>=1.4]
        out    └─ your project  [frame[plot]>=1]
        out six-like 1.0
        out └─ dates 3.0  [six-like>=1]
        out    └─ frame 1.1  [dates] (above)
        err (above): it is shown in full at its first place
    """)
    venvoy("tree", "--invert", "nothing").says("""
        exit 2
        err error: nothing is not in the lockfile, so nothing in this project needs it. [not-locked]
        err   at [PROJECT]/pylock.toml
        err   → venvoy add nothing   adds it to the project
    """)
    venvoy("tree", "array").says("""
        exit 2
        err error: Names go with --invert. [usage]
        err   → venvoy tree --invert array
    """)


def test_the_tree_of_an_environment_upside_down(shop: Path, venvoy: CommandLine) -> None:
    assert venvoy("sync").code == 0
    (shop / "pylock.toml").unlink()
    venvoy("tree", "--invert", "array").says("""
        exit 0
        out array 1.5
        out ├─ group 'dev'  [array<2]
        out ├─ draw 1.0  [array]
        out │  └─ frame 1.1  [draw>=1]
        out │     └─ your project  [frame[plot]>=1]
        out └─ frame 1.1  [array>=1.4]
        out    └─ your project  [frame[plot]>=1]
    """)
    venvoy("tree", "--target", "windows").says("""
        exit 2
        err error: --target looks into the lockfile, and there is none. [usage]
        err   → venvoy lock   writes it
    """)


def test_a_proposal_is_carried_out(shop: Path, venvoy: CommandLine) -> None:
    text = SHOP.replace("frame[plot]>=1", "frame[plot]>=2")
    (shop / "pyproject.toml").write_text(text, encoding="utf-8")
    before = tree(shop)
    venvoy("lock").says("""
        exit 10
        err error: No version of frame that can be installed meets frame>=2, which your project needs. [no-version]
        err   There are 2 versions of it, 1.0 to 1.1: none is >=2.
        err   → 1. Write frame[plot]>=1.1 instead of frame[plot]>=2 (your project); that gives frame 1.1: venvoy lock --apply 1
    """)
    venvoy("lock", "--apply", "5").says("""
        exit 2
        err error: There is no proposal 5. [usage]
        err   There is only one.
        err   → venvoy lock   shows what is wrong and what would help
    """)
    venvoy("lock", "--apply", "1", "--dry-run").says("""
        exit 0
        err Would change pyproject.toml: frame[plot]>=1.1 instead of frame[plot]>=2 (your project)
        err Would write pylock.toml: 6 distributions
    """)
    assert tree(shop) == before
    venvoy("lock", "--apply", "1").says("""
        exit 0
        err Changed pyproject.toml: frame[plot]>=1.1 instead of frame[plot]>=2 (your project)
        err Wrote pylock.toml: 6 distributions
    """)
    written = (shop / "pyproject.toml").read_text(encoding="utf-8")
    assert written == text.replace("frame[plot]>=2", "frame[plot]>=1.1")
    venvoy("lock", "--apply", "1").says("""
        exit 0
        err warning: There is a solution without any edit, so --apply changed nothing.
        err pylock.toml is up to date: 6 distributions
    """)


def test_a_proposal_is_carried_out_whole_or_not_at_all(shop: Path, venvoy: CommandLine) -> None:
    (shop / "pyproject.toml").write_text(SHOP.replace(">=1", ">=2"), encoding="utf-8")
    (shop / "pylock.toml").unlink()
    (shop / "pylock.toml").mkdir()  # nothing can be written there
    before = tree(shop)
    assert venvoy("lock", "--apply", "1").code == 31
    assert tree(shop) == before


@one_less
def test_adding_with_a_proposal(shop: Path, venvoy: CommandLine) -> None:
    before = tree(shop)
    venvoy("add", "array>=2").says("""
        exit 10
        err error: No set of versions meets all requirements. [no-solution]
        err   - Your project needs array>=2.
        err   - Group 'dev' needs array<2.
        err   → 1. Write array<3 instead of array<2 (group 'dev'); that gives array 2.0: venvoy add "array>=2" --apply 1
        err   → 2. Write array>=1.5 instead of array>=2 (your project); that gives array 1.5: venvoy add "array>=2" --apply 2
    """)
    assert tree(shop) == before
    venvoy("add", "array>=2", "--apply", "1").says("""
        exit 0
        err Changed pyproject.toml: array<3 instead of array<2 (group 'dev')
        err Wrote pylock.toml (1 changed)
        err Made an environment in .venv with Python [PYTHON]
        err  + array 2.0
        err  + dates 3.0
        err  + draw 1.0
        err  + frame 1.1
        err  + six-like 1.0
        err Installed 5 in .venv
        err Added to your project: array>=2
    """)
    project = tomli.loads((shop / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dependencies"] == ["array>=2", "frame[plot]>=1"]
    assert project["dependency-groups"] == {"dev": ["array<3"]}


@one_less
def test_syncing_with_a_proposal(shop: Path, venvoy: CommandLine) -> None:
    (shop / "pyproject.toml").write_text(SHOP.replace("array<2", "array<1"), encoding="utf-8")
    venvoy("sync", "--json").says("""
        exit 10
        out {
        out   "schema": 1, "command": "sync", "ok": false,
        out   "error": {
        out     "code": "no-version",
        out     "what": "No version of array that can be installed meets array<1, which group 'dev' needs.",
        out     "why": "There are 4 versions of it, 1.4 to 2.1rc1: none is <1.",
        out     "fix": [
        out       "1. Write array<2 instead of array<1 (group 'dev'); that gives array 1.5: venvoy sync --apply 1"
        out     ],
        out     "where": "", "exit": 10,
        out     "data": {
        out       "name": "array", "requirement": "array<1", "rejected": [], "targets": ["[TARGET]"],
        out       "edits": [
        out         {
        out           "number": 1,
        out           "edits": [
        out             {"kind": "raise", "origin": "group 'dev'", "before": "array<1", "after": "array<2"}
        out           ],
        out           "chosen": ["array 1.5"]
        out         }
        out       ]
        out     }
        out   },
        out   "warnings": []
        out }
    """)
    venvoy("sync", "--apply", "1").says("""
        exit 0
        err Changed pyproject.toml: array<2 instead of array<1 (group 'dev')
        err Made an environment in .venv with Python [PYTHON]
        err  + array 1.5
        err  + dates 3.0
        err  + draw 1.0
        err  + frame 1.1
        err  + six-like 1.0
        err Installed 5 in .venv
    """)
    assert (shop / "pyproject.toml").read_text(encoding="utf-8") == SHOP


def test_another_python_is_proposed_only_where_it_helps(shop: Path, venvoy: CommandLine, wheels: Path) -> None:
    WheelSpec("future", "1.0").write(wheels)
    WheelSpec("future", "2.0", requires_python=">=99").write(wheels)
    venvoy("add", "future>=2", "--dry-run").says("""
        exit 10
        err error: No version of future that can be installed meets future>=2, which your project needs. [no-version]
        err   1 version (2.0) needs Python >=99, and you have [PYTHON].
        err   → 1. Write future>=1.0 instead of future>=2 (your project); that gives future 1.0: venvoy add "future>=2" --dry-run --apply 1
    """)


FINER = """\
[project]
name = "project"
version = "0.1.0"
requires-python = ">=3.10"
dependencies = ["soup", "pipe; implementation_name == 'pypy'"]
"""


def test_what_only_some_patch_releases_or_pypy_need(venvoy: CommandLine, wheels: Path) -> None:
    for spec in (
        WheelSpec("soup", "1.0", requires=['back; python_full_version < "3.15.4"', "ring"]),
        WheelSpec("back", "1.0"),
        WheelSpec("ring", "1.0", requires_python="!=3.15.9"),
        WheelSpec("ring", "0.9"),
        WheelSpec("pipe", "1.0"),
    ):
        spec.write(wheels)
    venvoy.project.joinpath("pyproject.toml").write_text(FINER, encoding="utf-8")
    assert venvoy("lock").code == 0
    venvoy("why", "back").says("""
        exit 0
        out back 1.0 (with Python 3.10 to 3.15.3) is locked, because
        out   your project needs soup, soup 1.0 needs back (with Python 3.10 to 3.15.3)
    """)
    venvoy("why", "pipe").says("""
        exit 0
        out pipe 1.0 (with PyPy) is locked, because
        out   your project needs pipe (with PyPy)
    """)
    venvoy("why-not", "ring==1.0").says("""
        exit 0
        out ring 1.0 cannot be chosen (with Python 3.15.9): 0.9 (with Python 3.15.9) and 1.0 (with Python 3.10 to 3.15.8 and 3.15.10 and newer) is locked.
        out   1 version (1.0) needs Python !=3.15.9, and this is 3.15.9.
        out No change of pyproject.toml that was tried gives it.
    """)


def test_a_tree_shows_each_requirement_whatever_the_targets_extras_and_circles(
    venvoy: CommandLine, wheels: Path
) -> None:
    windows, extras = "leaf; sys_platform == 'win32'", ['core[a]; extra == "all"', 'more; extra == "a"']
    for spec in (
        WheelSpec("core", requires=[windows, *extras], extras=["a", "all"]),
        WheelSpec("leaf"),
        WheelSpec("more"),
        WheelSpec("ping", requires=["pong"]),
        WheelSpec("pong", requires=["ping"]),
    ):
        spec.write(wheels)
    text = """
        [project]
        name = "project"
        version = "0.1.0"
        requires-python = ">=3.10"
        dependencies = ["core[all]; sys_platform == 'linux'", "ping"]

        [dependency-groups]
        dev = ["core[all]"]
    """
    venvoy.project.joinpath("pyproject.toml").write_text(text, encoding="utf-8")
    assert venvoy("lock").code == 0
    venvoy("tree", "--target", "all").says("""
        exit 0
        out your project
        out ├─ core 1.0  [core[all]] (on Linux)
        out │  └─ core 1.0  [core[a]] (on Linux)
        out │     └─ more 1.0 (on Linux)
        out └─ ping 1.0
        out    └─ pong 1.0
        out       └─ ping 1.0 (above)
        out group 'dev'
        out └─ core 1.0  [core[all]]
        out    ├─ core 1.0  [core[a]]
        out    │  ├─ leaf 1.0 (on Windows)
        out    │  └─ more 1.0
        out    └─ leaf 1.0 (on Windows)
        err (above): it is shown in full at its first place
    """)
    venvoy("tree", "--target", "all", "--invert").says("""
        exit 0
        out leaf 1.0 (on Windows)
        out └─ core 1.0  [leaf] (on Windows)
        out    ├─ group 'dev'  [core[all]] (on Windows)
        out    └─ core 1.0  [core[a]] (on Windows)
        out       └─ group 'dev'  [core[all]] (on Windows)
        out more 1.0
        out └─ core 1.0  [more]
        out    └─ core 1.0  [core[a]]
        out       ├─ group 'dev'  [core[all]]
        out       └─ your project  [core[all]] (on Linux)
        out core 1.0 (on Linux and macOS)
        out ├─ group 'dev'  [core[all]] (on Linux and macOS)
        out ├─ your project  [core[all]] (on Linux)
        out └─ core 1.0  [core[a]] (on Linux and macOS) (above)
        out ping 1.0
        out ├─ your project  [ping]
        out └─ pong 1.0  [ping]
        out    └─ ping 1.0  [pong]
        out       ├─ your project  [ping]
        out       └─ pong 1.0  [ping] (above)
        err (above): it is shown in full at its first place
    """)
    venvoy("tree", "--target", "windows", "--invert", "--depth", "1").says("""
        exit 0
        out leaf 1.0 …
        out more 1.0 …
        out ping 1.0 …
        err …: there is more below
    """)


def test_what_cannot_be_read_is_passed_over_and_named(shop: Path, venvoy: CommandLine, wheels: Path) -> None:
    (wheels / "dates-4.0-py3-none-any.whl").write_bytes(b"no wheel")
    assert "dates 4.0 cannot be used and is passed over" in venvoy("lock", "--upgrade").stderr
    assert "it cannot be used: The wheel dates-4.0-py3-none-any.whl is broken" in venvoy("outdated").stdout


def test_a_tree_shows_what_the_project_needs_with_some_patch_releases_only(venvoy: CommandLine, wheels: Path) -> None:
    for spec in (WheelSpec("core", requires=["leaf"]), WheelSpec("leaf")):
        spec.write(wheels)
    text = """
        [project]
        name = "project"
        version = "0.1.0"
        requires-python = ">=3.10"
        dependencies = ["core", "leaf; python_full_version < '3.10.2'"]
    """
    venvoy.project.joinpath("pyproject.toml").write_text(text, encoding="utf-8")
    assert venvoy("lock").code == 0
    venvoy("tree", "--target", "all").says("""
        exit 0
        out your project
        out ├─ core 1.0
        out │  └─ leaf 1.0
        out └─ leaf 1.0 (with Python 3.10.0 to 3.10.1)
    """)
