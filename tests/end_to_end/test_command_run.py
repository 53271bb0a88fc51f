"""``venvoy run``: the environment is brought up to date, then the command takes over."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from support.command_line import WINDOWS, CommandLine, Ran
from support.index_server import IndexServer


@pytest.fixture
def demo(project: Path, venvoy: CommandLine) -> Path:
    assert venvoy("add", "demo").code == 0
    return project


def imported(venvoy: CommandLine, *arguments: str) -> tuple[Ran, set[str]]:
    """Run venvoy; what it said on its output, and the modules that were imported up to where a command took over."""
    ran = venvoy.finish(venvoy.process([sys.executable, "-X", "importtime", "-m", "venvoy", *arguments]))
    lines = [line for line in ran.stderr.splitlines() if line.startswith("import time:")]
    return ran, {line.rpartition("|")[2].strip() for line in lines}


def test_arguments_and_exit_code_are_handed_on(demo: Path, venvoy: CommandLine) -> None:
    venvoy("run", "demo", "--fail", "-q", "--json", "two words", "--", "ö").says("""
        exit 7
        out demo --fail -q --json two words -- ö
    """)
    venvoy("run", "--", "demo", "--help").says("""
        exit 0
        out demo --help
    """)
    venvoy("run", "-q", "demo").says("""
        exit 0
        out demo
    """)
    venvoy("run", "python", "-c", "import sys; print(sys.prefix)").says("""
        exit 0
        out [PROJECT]/.venv
    """)
    venvoy("run", "python", "-c", "import os; print(os.environ['VIRTUAL_ENV'])").says("""
        exit 0
        out [PROJECT]/.venv
    """)


def test_the_environment_is_brought_up_to_date_first(demo: Path, venvoy: CommandLine) -> None:
    text = (demo / "pyproject.toml").read_text(encoding="utf-8")
    (demo / "pyproject.toml").write_text(text.replace('"demo', '"paint", "demo'), encoding="utf-8")
    venvoy("run", "--no-sync", "python", "-c", "import importlib.util as u; print(u.find_spec('paint'))").says("""
        exit 0
        out None
    """)
    venvoy("run", "python", "-c", "import paint; print(paint.VERSION)").says("""
        exit 0
        out 4.1
    """)
    venvoy("run", "--locked", "demo").says("""
        exit 0
        out demo
    """)


def test_a_clone_runs_at_once(demo: Path, venvoy: CommandLine) -> None:
    clone = demo.parent / "clone"
    clone.mkdir()
    for name in ("pyproject.toml", "pylock.toml"):
        (clone / name).write_bytes((demo / name).read_bytes())
    venvoy("run", "demo", "first", directory=clone).says("""
        exit 0
        out demo first
    """)
    venvoy("run", "demo", "second", directory=clone).says("""
        exit 0
        out demo second
    """)


def test_groups_stay_until_the_next_sync(demo: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "--group", "docs", "paint").code == 0
    assert venvoy("sync").code == 0
    venvoy("run", "--group", "docs", "python", "-c", "import paint").says("""
        exit 0
    """)
    venvoy("run", "python", "-c", "import paint").says("""
        exit 0
    """)
    venvoy("sync").says("""
        exit 0
        err  - paint 4.1
        err Removed 1 in .venv
    """)


def test_a_python_file_is_run_by_the_projects_python(demo: Path, venvoy: CommandLine) -> None:
    (demo / "Tool.py").write_text("import helper, sys\nprint(sys.prefix, *sys.argv[1:])\n", encoding="utf-8")
    prefix = venvoy.filtered(str(demo / ".venv"))
    for words in (["Tool.py", "--x"], ["--", f".{os.sep}Tool.py", "--x"], ["--no-sync", "Tool.py", "--x"]):
        assert str(venvoy("run", *words)) == f"exit 0\nout {prefix} --x"
    venvoy("run", "-m", "helper").says("""
        exit 2
        err error: No such option '-m'. [usage]
        err   → venvoy run python -m MODULE
    """)


@pytest.mark.skipif(WINDOWS, reason="a file there does not say what runs it")
def test_a_file_that_says_what_runs_it_is_started_as_it_is(demo: Path, venvoy: CommandLine) -> None:
    script = demo / "tool.py"
    script.write_text("#!/bin/sh\necho its own\n", encoding="utf-8")
    script.chmod(0o755)
    assert venvoy("run", "./tool.py").stdout == "its own\n"


def test_a_command_that_is_not_there(demo: Path, venvoy: CommandLine) -> None:
    venvoy("run", "demmo").says("""
        exit 2
        err error: There is no command 'demmo' here. [command-not-found]
        err   It is neither in the environment nor elsewhere on the PATH.
        err   → Did you mean demo?
        err   → Check how it is spelled.
        err   → If a package brings it, add that package: venvoy add NAME
    """)
    (demo / "main.py").touch()
    venvoy("run", "mian.py").says("""
        exit 2
        err error: There is no file mian.py here. [command-not-found]
        err   You are in [PROJECT].
        err   → Did you mean main.py?
        err   → Check how it is spelled, and which folder it is in.
    """)
    venvoy("run", "./lib/main.py").says("""
        exit 2
        err error: There is no file ./lib/main.py here. [command-not-found]
        err   You are in [PROJECT].
        err   → Check how it is spelled, and which folder it is in.
    """)
    venvoy("run", "--json", "demmo").says("""
        exit 2
        out {
        out   "schema": 1, "command": "run", "ok": false,
        out   "error": {
        out     "code": "command-not-found", "what": "There is no command 'demmo' here.",
        out     "why": "It is neither in the environment nor elsewhere on the PATH.",
        out     "fix": [
        out       "Did you mean demo?", "Check how it is spelled.",
        out       "If a package brings it, add that package: venvoy add NAME"
        out     ],
        out     "where": "", "exit": 2, "data": {}
        out   },
        out   "warnings": []
        out }
    """)
    venvoy("run").says("""
        exit 2
        err error: Missing argument 'COMMAND [ARGUMENT...]'. [usage]
        err   → venvoy run --help   shows how it is used, with examples
    """)
    venvoy("run", "--no-such-option", "demo").says("""
        exit 2
        err error: No such option '--no-such-option'. (Did you mean one of: '--no-build-isolation', '--no-color'?) [usage]
        err   → venvoy run --help   shows how it is used, with examples
    """)


def test_without_an_environment_no_sync_says_so(demo: Path, venvoy: CommandLine) -> None:
    import shutil

    shutil.rmtree(demo / ".venv")
    venvoy("run", "--no-sync", "demo").says("""
        exit 30
        err error: There is no environment at [PROJECT]/.venv. [environment-missing]
        err   → Make it: venvoy sync
    """)


@pytest.mark.skipif(WINDOWS, reason="Windows cannot replace a process, so nothing is gained there")
def test_nothing_to_do_asks_no_index_and_imports_next_to_nothing(
    demo: Path, venvoy: CommandLine, index: IndexServer
) -> None:
    index.forget()
    ran, modules = imported(venvoy, "run", "demo", "quick")
    assert (ran.code, ran.stdout) == (0, "demo quick\n")
    ours = {name for name in modules if name.partition(".")[0] == "venvoy"}
    assert ours <= {
        *("venvoy", "venvoy.entry", "venvoy.environment", "venvoy.environment.stamp", "venvoy.environment.variables"),
        *("venvoy.system", "venvoy.system.boot", "venvoy.system.observed"),
    }
    assert not modules & {
        "click",
        "typing",
        "dataclasses",
        "subprocess",
        "json",
        "pathlib",
        "packaging",
        "rich",
        "urllib3",
    }
    assert index.paths() == []


def test_from_a_folder_below_the_project_is_found(demo: Path, venvoy: CommandLine) -> None:
    below = demo / "src" / "deep"
    below.mkdir(parents=True)
    venvoy("run", "demo", directory=below).says("""
        exit 0
        out demo
    """)
    venvoy("tree", directory=below).says("""
        exit 0
        out your project
        out └─ demo 2.0  [demo>=2.0]
        out    └─ helper 1.6  [helper>=1.5]
    """)


def test_the_version_is_said_without_importing_click(venvoy: CommandLine) -> None:
    ran, modules = imported(venvoy, "--version")
    assert ran.code == 0
    assert ran.stdout.startswith("venvoy ")
    assert "click" not in modules
