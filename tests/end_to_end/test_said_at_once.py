"""What had nothing to do is answered from memory, and only while nothing has changed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from support.command_line import CommandLine

LOCKED = """
    exit 0
    err pylock.toml is up to date: 2 distributions
    """
SYNCED = """
    exit 0
    err Nothing to do: .venv is up to date
    """


def at_once(venvoy: CommandLine, *arguments: str, directory: Path | None = None, **environ: str) -> bool:
    """Whether a command ends well without the command line."""
    words = [sys.executable, "-X", "importtime", "-m", "venvoy", *arguments]
    ran = venvoy.finish(venvoy.process(words, directory=directory, **environ))
    assert ran.code == 0, ran
    return not any(line.endswith(" venvoy.cli") for line in ran.stderr.splitlines() if line.startswith("import time:"))


@pytest.fixture(name="ready")
def _ready(project: Path, venvoy: CommandLine) -> Path:
    """A project for which both commands had nothing to do, and have said so once."""
    assert venvoy("add", "demo").code == 0
    venvoy("sync").says(SYNCED)
    venvoy("lock").says(LOCKED)
    return project


def test_the_same_words_are_answered_at_once_with_the_same_answer(ready: Path, venvoy: CommandLine) -> None:
    venvoy("lock").says(LOCKED)
    venvoy("sync").says(SYNCED)
    assert at_once(venvoy, "lock")
    assert at_once(venvoy, "sync")
    below = ready / "src"
    below.mkdir()
    assert not at_once(venvoy, "lock", directory=below)
    assert at_once(venvoy, "lock", directory=below)


def test_an_answer_holds_from_the_command_that_did_something(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "demo").code == 0
    (project / "pylock.toml").unlink()
    shutil.rmtree(project / ".venv")
    assert venvoy("lock").code == 0
    assert at_once(venvoy, "lock")
    assert venvoy("sync").code == 0
    assert at_once(venvoy, "sync")


@pytest.mark.usefixtures("ready")
def test_quiet_stays_quiet(venvoy: CommandLine) -> None:
    for _ in range(2):
        venvoy("sync", "-q").says("exit 0")
    assert at_once(venvoy, "sync", "-q")
    assert not at_once(venvoy, "sync", "--json")
    assert not at_once(venvoy, "sync", "--json"), "a document is made anew each time"


@pytest.mark.usefixtures("ready")
def test_other_words_are_another_question(venvoy: CommandLine) -> None:
    for _ in range(2):
        assert not at_once(venvoy, "lock", "--dry-run", "--coverage")
    assert not at_once(venvoy, "lock", VENVOY_OFFLINE="1")
    assert not at_once(venvoy, "lock", PIP_INDEX_URL="http://user:hunter2@index.example/simple/")


@pytest.mark.usefixtures("ready")
def test_secrets_of_the_environment_are_not_written_down(cache: Path, venvoy: CommandLine) -> None:
    address = "http://user:hunter2@index.example/simple/"
    assert not at_once(venvoy, "lock", PIP_INDEX_URL=address)
    assert at_once(venvoy, "lock", PIP_INDEX_URL=address)
    answers = list((cache / "answers-v1").iterdir())
    assert answers
    assert not any("hunter2" in path.read_text(encoding="utf-8") for path in answers)


def test_a_changed_project_is_looked_at_again(ready: Path, venvoy: CommandLine) -> None:
    pyproject = ready / "pyproject.toml"
    pyproject.write_text(pyproject.read_text(encoding="utf-8") + "\n# a remark\n", encoding="utf-8")
    assert not at_once(venvoy, "lock")
    assert at_once(venvoy, "lock")
    (ready / "pylock.toml").unlink()
    assert not at_once(venvoy, "lock")
    assert (ready / "pylock.toml").is_file()
    (ready / ".python-version").write_text(f"{sys.version_info[0]}.{sys.version_info[1]}\n", encoding="utf-8")
    assert not at_once(venvoy, "lock")


def test_a_changed_environment_is_looked_at_again(ready: Path, venvoy: CommandLine) -> None:
    demo = next((ready / ".venv").rglob("demo-*.dist-info"))
    shutil.rmtree(demo)
    assert not at_once(venvoy, "sync")
    assert demo.is_dir()
    shutil.rmtree(ready / ".venv")
    assert not at_once(venvoy, "sync")
    assert (ready / ".venv" / "pyvenv.cfg").is_file()


def test_what_another_selection_installed_is_seen(ready: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "--group", "docs", "paint").code == 0
    assert venvoy("sync").code == 0
    assert at_once(venvoy, "sync")
    assert venvoy("sync", "--group", "docs").code == 0
    assert list((ready / ".venv").rglob("paint-*.dist-info"))
    assert not at_once(venvoy, "sync")
    assert not list((ready / ".venv").rglob("paint-*.dist-info"))


def test_a_leftover_of_a_killed_command_is_cleared_up(ready: Path, venvoy: CommandLine) -> None:
    (ready / ".venv" / ".venvoy" / "transaction").mkdir()
    assert not at_once(venvoy, "sync")
