"""Bad input: what was typed, what stands in pyproject.toml, what no index has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command_line import CommandLine, tree
from support.index_server import IndexServer
from support.wheels import SdistSpec, WheelSpec


@pytest.fixture(autouse=True)
def untouched(project: Path) -> Iterator[None]:
    """Nothing that is refused changes anything but what the test itself wrote."""
    before = tree(project) | {"pyproject.toml": ""}
    yield
    assert tree(project) | {"pyproject.toml": ""} == before


def write(project: Path, text: str) -> None:
    (project / "pyproject.toml").write_text(text, encoding="utf-8")


def test_broken_toml_is_shown_with_line_and_column(project: Path, venvoy: CommandLine) -> None:
    write(project, '[project]\nname = "x"\ndependencies = [\n  "demo\n]\n')
    venvoy("sync").says("""
        exit 3
        err error: This file cannot be read, because it is not valid TOML. [toml-invalid]
        err   at [PROJECT]/pyproject.toml:4:8
        err   A text in quotes is not closed: the closing quotation mark is missing.
        err         "demo
        err              ^
        err   → Correct line 4, then run the command again.
    """)
    venvoy("add", "demo", "--json").says(r"""
        exit 3
        out {
        out   "schema": 1, "command": "add", "ok": false,
        out   "error": {
        out     "code": "toml-invalid", "what": "This file cannot be read, because it is not valid TOML.",
        out     "why": "A text in quotes is not closed: the closing quotation mark is missing.\n      \"demo\n           ^",
        out     "fix": ["Correct line 4, then run the command again."], "where": "[PROJECT]/pyproject.toml:4:8",
        out     "exit": 3, "data": {}
        out   },
        out   "warnings": []
        out }
    """)
    venvoy("run", "python").says("""
        exit 3
        err error: This file cannot be read, because it is not valid TOML. [toml-invalid]
        err   at [PROJECT]/pyproject.toml:4:8
        err   A text in quotes is not closed: the closing quotation mark is missing.
        err         "demo
        err              ^
        err   → Correct line 4, then run the command again.
    """)


def test_what_pyproject_toml_may_not_say(project: Path, venvoy: CommandLine) -> None:
    write(project, '[project]\nname = "x"\nversion = 1\n')
    venvoy("sync").says("""
        exit 3
        err error: project.version must be a text, and it is a number. [pyproject-invalid]
        err   at [PROJECT]/pyproject.toml:3:11
        err   → Write it as a text: version = "…"
    """)
    write(project, '[project]\nname = "-x-"\nversion = "1"\n')
    venvoy("sync").says("""
        exit 3
        err error: '-x-' cannot be the name of a project. [pyproject-invalid]
        err   at [PROJECT]/pyproject.toml:2:8
        err   A name consists of letters, digits, and - _ . between them.
        err   → Write, for example, name = "x".
    """)
    write(project, '[project]\nname = "x"\nversion = "1"\ndependencies = "demo"\n')
    venvoy("sync").says("""
        exit 3
        err error: project.dependencies must be a list, and it is a text. [pyproject-invalid]
        err   at [PROJECT]/pyproject.toml:4:16
        err   → Write it as a list: dependencies = ["…"]
    """)
    write(project, '[project]\nname = "x"\nversion = "1"\ndependencies = ["demo", "demo >== 2"]\n')
    venvoy("sync").says("""
        exit 3
        err error: Item 2 of project.dependencies is not a requirement: "demo >== 2". [pyproject-invalid]
        err   at [PROJECT]/pyproject.toml:4:25
        err   Expected semicolon (after name with no version specifier) or end.
        err       demo >== 2
        err            ^
        err   → Write it as NAME, or with bounds, as in "requests>=2.31,<3".
    """)
    write(project, '[project]\nname = "x"\nversion = "1"\nrequires-python = "3.10+"\n')
    venvoy("sync").says("""
        exit 3
        err error: requires-python = "3.10+" is not a range of Python versions. [pyproject-invalid]
        err   at [PROJECT]/pyproject.toml:4:19
        err   A range consists of a sign such as >= and a version; several are joined with commas.
        err   → Write, for example, requires-python = ">=3.10".
    """)
    write(project, '[dependency-groups]\na = [{include-group = "b"}]\nb = [{include-group = "a"}]\n')
    venvoy("sync").says("""
        exit 3
        err error: The group 'a' includes itself: a → b → a. [group-cycle]
        err   at [PROJECT]/pyproject.toml:3:6
        err   → Take one of these include-group entries out.
    """)
    write(project, '[dependency-groups]\na = [{include-group = "b"}]\n')
    venvoy("sync").says("""
        exit 3
        err error: The group 'a' includes the group 'b', which is not there. [group-unknown]
        err   at [PROJECT]/pyproject.toml:2:6
        err   → Add it to [dependency-groups], or take this entry out.
    """)
    write(project, '[tool.venvoy]\noffline = "perhaps"\n')
    venvoy("sync").says("""
        exit 2
        err error: offline in [tool.venvoy] cannot be 'perhaps'. [setting-invalid]
        err   at [PROJECT]/pyproject.toml
        err   It takes true or false.
        err   → Correct offline in [tool.venvoy].
    """)


def test_requirements_that_are_none(project: Path, venvoy: CommandLine) -> None:
    venvoy("add", "demo=2.0").says("""
        exit 2
        err error: 'demo=2.0' is not a requirement. [requirement-invalid]
        err   One version is asked for with two equals signs.
        err   → Write "demo==2.0".
    """)
    venvoy("add", "demo >= ").says("""
        exit 2
        err error: 'demo >= ' is not a requirement. [requirement-invalid]
        err   Expected semicolon (after name with no version specifier) or end.
        err       demo >=
        err            ^
        err   → Write it as NAME, or with bounds, as in "requests>=2.31,<3".
    """)
    venvoy("add", "_demo").says("""
        exit 2
        err error: '_demo' is not a requirement. [requirement-invalid]
        err   Expected package name at the start of dependency specifier.
        err       _demo
        err       ^
        err   → Write it as NAME, or with bounds, as in "requests>=2.31,<3".
    """)
    venvoy("add", "demo[color").says("""
        exit 2
        err error: 'demo[color' is not a requirement. [requirement-invalid]
        err   Expected matching RIGHT_BRACKET for LEFT_BRACKET, after extras.
        err       demo[color
        err           ~~~~~~^
        err   → Write it as NAME, or with bounds, as in "requests>=2.31,<3".
    """)
    venvoy("add", "demo; python > 3").says("""
        exit 2
        err error: 'demo; python > 3' is not a requirement. [requirement-invalid]
        err   The condition behind the semicolon cannot be understood.
        err       demo; python > 3
        err             ^
        err   → Write it as in "NAME; python_version < '3.12'" or "NAME; sys_platform == 'win32'".
    """)
    venvoy("add", "./demo.whl").says("""
        exit 3
        err error: There is no file [PROJECT]/demo.whl. [source-missing]
        err   → Check the path.
    """)
    venvoy("add", "--offline", "https://files.example/demo-1.0-py3-none-any.whl").says("""
        exit 20
        err error: Working offline, and the file demo-1.0-py3-none-any.whl is not in the cache. [offline]
        err   → Run the command again without --offline.
    """)
    venvoy("add", "demo=2.0", "--json").says(r"""
        exit 2
        out {
        out   "schema": 1, "command": "add", "ok": false,
        out   "error": {
        out     "code": "requirement-invalid", "what": "'demo=2.0' is not a requirement.",
        out     "why": "One version is asked for with two equals signs.", "fix": ["Write \"demo==2.0\"."],
        out     "where": "", "exit": 2, "data": {}
        out   },
        out   "warnings": []
        out }
    """)


def test_names_that_are_none(project: Path, venvoy: CommandLine) -> None:
    venvoy("add", "--group", "my group", "demo").says("""
        exit 2
        err error: 'my group' cannot be the name of a group. [name-invalid]
        err   A name consists of letters, digits, and - _ . between them.
        err   → Write, for example, my-group.
    """)
    venvoy("add", "--optional", "!", "demo").says("""
        exit 2
        err error: '!' cannot be the name of an extra. [name-invalid]
        err   A name consists of letters, digits, and - _ . between them.
    """)
    venvoy("remove", "demo>=2").says("""
        exit 2
        err error: 'demo>=2' cannot be the name of a distribution. [name-invalid]
        err   A name consists of letters, digits, and - _ . between them.
        err   → Write, for example, demo.
    """)
    venvoy("remove", "two words").says("""
        exit 2
        err error: 'two words' cannot be the name of a distribution. [name-invalid]
        err   A name consists of letters, digits, and - _ . between them.
        err   → Write, for example, two-words.
    """)
    venvoy("sync", "--group", "").says("""
        exit 2
        err error: '' cannot be the name of a group. [name-invalid]
        err   A name consists of letters, digits, and - _ . between them.
    """)


def test_an_unknown_project_is_told_with_the_parts_that_ask_for_it(project: Path, venvoy: CommandLine) -> None:
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    pyproject.write_text(f'{text}\n[dependency-groups]\ndocs = ["demmo"]\nweb = ["demmo"]\n', encoding="utf-8")
    venvoy("lock").says("""
        exit 11
        err error: There is no distribution called demmo. [project-unknown]
        err   Group 'docs' and group 'web' need demmo.
        err   Asked: [INDEX]/simple/
        err   → Check the spelling.
    """)


def test_an_unknown_project_has_near_names(project: Path, venvoy: CommandLine) -> None:
    venvoy("add", "demmo").says("""
        exit 11
        err error: There is no distribution called demmo. [project-unknown]
        err   Asked: [INDEX]/simple/
        err   → Check the spelling.
    """)
    venvoy("add", "test_er").says("""
        exit 11
        err error: There is no distribution called test-er. [project-unknown]
        err   Asked: [INDEX]/simple/
        err   → Check the spelling.
    """)
    venvoy("add", "--dry-run", "demo")  # whose page is remembered now
    venvoy("add", "demmo").says("""
        exit 11
        err error: There is no distribution called demmo. [project-unknown]
        err   Asked: [INDEX]/simple/
        err   → Did you mean demo?
    """)
    venvoy("add", "sklearn").says("""
        exit 11
        err error: There is no distribution called sklearn. [project-unknown]
        err   Asked: [INDEX]/simple/
        err   A distribution may have another name than what is imported.
        err   → Did you mean scikit-learn?
    """)
    venvoy("add", "pathlib").says("""
        exit 11
        err error: There is no distribution called pathlib. [project-unknown]
        err   pathlib is part of Python itself: there is nothing to install.
        err   → Remove pathlib from what you ask for, and use it with: import pathlib
    """)
    venvoy("add", "python>=3.11").says("""
        exit 11
        err error: There is no distribution called python. [project-unknown]
        err   Python itself is not installed with a project. Which ones it works with stands in requires-python.
        err   → venvoy python list   shows those that are on this computer
        err   → venvoy python pin VERSION   chooses one
    """)
    venvoy("add", "demo", "2.0").says("""
        exit 2
        err error: 2.0 is a version, and a name has to stand before it. [requirement-invalid]
        err   Name and version are one word, with a sign such as == between them.
        err   → Write "NAME==2.0".
    """)
    venvoy("add", "wholly-different").says("""
        exit 11
        err error: There is no distribution called wholly-different. [project-unknown]
        err   Asked: [INDEX]/simple/
        err   → Check the spelling.
    """)
    venvoy("add", "demmo", "--json").says("""
        exit 11
        out {
        out   "schema": 1, "command": "add", "ok": false,
        out   "error": {
        out     "code": "project-unknown", "what": "There is no distribution called demmo.",
        out     "why": "Asked: [INDEX]/simple/", "fix": ["Did you mean demo?"], "where": "", "exit": 11,
        out     "data": {"name": "demmo", "suggestions": ["demo"]}
        out   },
        out   "warnings": []
        out }
    """)


def test_what_a_project_needs_may_be_unknown_too(project: Path, venvoy: CommandLine, wheels: Path) -> None:
    WheelSpec("loner", requires=["gone"]).write(wheels)
    venvoy("add", "loner").says("""
        exit 10
        err error: No set of versions meets all requirements. [no-solution]
        err   - Your project needs loner.
        err   - loner 1.0 needs gone, but no index knows gone.
        err   → Loosen or remove this: loner (your project)
    """)


def test_no_version_that_fits_is_explained_kind_by_kind(
    project: Path, venvoy: CommandLine, wheels: Path, index: IndexServer
) -> None:
    mixed: list[WheelSpec | SdistSpec] = [
        WheelSpec("mixed", "1.0"),
        WheelSpec("mixed", "2.0", requires_python=">=99"),
        WheelSpec("mixed", "3.0", tag="cp27-cp27m-win32", purelib=False),
        SdistSpec("mixed", "4.0", dynamic=True),
        WheelSpec("mixed", "5.0a1", requires_python=">=99"),
    ]
    for spec in mixed:
        spec.write(wheels)
    index.behaviour.yanked["mixed-1.0-py3-none-any.whl"] = "broken on Tuesdays"
    venvoy("add", "mixed", "--only-binary", "mixed").says("""
        exit 10
        err error: No version of mixed can be installed, and your project needs it. [no-version]
        err   2 versions need Python >=99, and you have [PYTHON]; 1 (3.0) has no wheel for [TARGET]; 1 (4.0) has no wheel, only source code that would have to be built; 1 (1.0) is yanked (withdrawn), and no requirement asks for exactly this.
        err   → To have a yanked version anyway, name it exactly: venvoy add "mixed==1.0"
    """)
    venvoy("add", "mixed>6").says("""
        exit 10
        err error: No version of mixed that can be installed meets mixed>6, which your project needs. [no-version]
        err   There are 5 versions of it, 1.0 to 5.0a1: none is >6.
        err   → Ask for a version that can be installed: venvoy add "mixed==4.0"
    """)
    venvoy("add", "mixed", "--only-binary", "mixed", "--json").says(r"""
        exit 10
        out {
        out   "schema": 1, "command": "add", "ok": false,
        out   "error": {
        out     "code": "no-version",
        out     "what": "No version of mixed can be installed, and your project needs it.",
        out     "why": "2 versions need Python >=99, and you have [PYTHON]; 1 (3.0) has no wheel for [TARGET]; 1 (4.0) has no wheel, only source code that would have to be built; 1 (1.0) is yanked (withdrawn), and no requirement asks for exactly this.",
        out     "fix": ["To have a yanked version anyway, name it exactly: venvoy add \"mixed==1.0\""],
        out     "where": "", "exit": 10,
        out     "data": {
        out       "name": "mixed", "requirement": "mixed",
        out       "rejected": [
        out         {"reason": "python", "detail": ">=99", "versions": ["2.0", "5.0a1"]},
        out         {"reason": "platform", "detail": "", "versions": ["3.0"]},
        out         {"reason": "source", "detail": "", "versions": ["4.0"]},
        out         {"reason": "yanked", "detail": "", "versions": ["1.0"]}
        out       ],
        out       "targets": ["[TARGET]"], "edits": []
        out     }
        out   },
        out   "warnings": []
        out }
    """)


def test_versions_of_one_kind_only(project: Path, venvoy: CommandLine, wheels: Path, index: IndexServer) -> None:
    WheelSpec("future", "1.0", requires_python=">=99").write(wheels)
    WheelSpec("elsewhere", "1.0", tag="cp27-cp27m-win32", purelib=False).write(wheels)
    SdistSpec("source", "1.0", dynamic=True).write(wheels)
    WheelSpec("withdrawn", "1.0").write(wheels)
    WheelSpec("early", "1.0b2").write(wheels)
    index.behaviour.yanked["withdrawn-1.0-py3-none-any.whl"] = ""
    venvoy("add", "future").says("""
        exit 10
        err error: No version of future can be installed, and your project needs it. [no-version]
        err   1 version (1.0) needs Python >=99, and you have [PYTHON].
        err   → Use something else in its place: no edit that was tried gives a solution.
    """)
    venvoy("add", "elsewhere").says("""
        exit 10
        err error: No version of elsewhere can be installed, and your project needs it. [no-version]
        err   1 version (1.0) has no wheel for [TARGET].
        err   → Use another computer: what there is of elsewhere is for Windows (32 bits).
        err   → Write "elsewhere; sys_platform == 'win32'" if you need it only there.
    """)
    venvoy("add", "source").says("""
        exit 10
        err error: source 1.0 would have to be built on this computer, and nobody has allowed that yet. [needs-build]
        err   What it needs is known only when its code has run. Building a source distribution runs its code.
        err   → build = ["source"]   in [tool.venvoy] of pyproject.toml allows it
        err   → --only-binary source   behind the command takes versions that need not be built, if there are any
    """)
    venvoy("add", "withdrawn").says("""
        exit 10
        err error: No version of withdrawn can be installed, and your project needs it. [no-version]
        err   1 version (1.0) is yanked (withdrawn), and no requirement asks for exactly this.
        err   → To have a yanked version anyway, name it exactly: venvoy add "withdrawn==1.0"
    """)
    venvoy("add", "early>=1.0", "--dry-run").says("""
        exit 10
        err error: No version of early that can be installed meets early>=1.0, which your project needs. [no-version]
        err   There is one version of it, 1.0b2: none is >=1.0.
        err   → 1. Write early>=1.0b2 instead of early>=1.0 (your project); that gives early 1.0b2: venvoy add "early>=1.0" --dry-run --apply 1
    """)
    venvoy("add", "--dry-run", "early").says("""
        exit 0
        err Would write pylock.toml (1 added)
        err  + early 1.0b2
        err Would install 1 in .venv
        err Would add to your project: early>=1.0b2
    """)


def test_requirements_that_contradict_each_other(project: Path, venvoy: CommandLine, wheels: Path) -> None:
    WheelSpec("modern", requires=["helper>=1.6"]).write(wheels)
    venvoy("add", "modern", "tester").says("""
        exit 10
        err error: No set of versions meets all requirements. [no-solution]
        err   - Your project needs modern.
        err   - Your project needs tester.
        err   - modern 1.0 needs helper>=1.6.
        err   - tester 8.0 needs helper<1.6.
        err   → Loosen or remove one of these: modern (your project) and tester (your project)
    """)
    venvoy("add", "demo>=2", "demo<2").says("""
        exit 2
        err error: demo is named twice. [usage]
        err   All bounds of a distribution stand in one requirement.
        err   → Write them together, as in "demo>=2,<2".
    """)
    venvoy("add", "modern", "tester", "--json").says(r"""
        exit 10
        out {
        out   "schema": 1, "command": "add", "ok": false,
        out   "error": {
        out     "code": "no-solution", "what": "No set of versions meets all requirements.",
        out     "why": "- Your project needs modern.\n- Your project needs tester.\n- modern 1.0 needs helper>=1.6.\n- tester 8.0 needs helper<1.6.",
        out     "fix": ["Loosen or remove one of these: modern (your project) and tester (your project)"],
        out     "where": "", "exit": 10,
        out     "data": {
        out       "statements": [
        out         {
        out           "about": "", "versions": [], "requirement": "modern", "text": "Your project needs modern."
        out         },
        out         {
        out           "about": "", "versions": [], "requirement": "tester", "text": "Your project needs tester."
        out         },
        out         {
        out           "about": "modern", "versions": ["1.0"], "requirement": "helper>=1.6",
        out           "text": "modern 1.0 needs helper>=1.6."
        out         },
        out         {
        out           "about": "tester", "versions": ["8.0"], "requirement": "helper<1.6",
        out           "text": "tester 8.0 needs helper<1.6."
        out         }
        out       ],
        out       "targets": ["[TARGET]"], "edits": []
        out     }
        out   },
        out   "warnings": []
        out }
    """)
