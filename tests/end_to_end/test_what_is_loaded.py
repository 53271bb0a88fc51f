"""A small command starts for longer than it works: what it does not need is not loaded."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from support.command_line import CommandLine

# Tags bring logging, platform and subprocess; what takes markers apart brings dataclasses and inspect.
HEAVY = {"argparse", "click", "dataclasses", "inspect", "logging", "platform", "subprocess"}
if sys.version_info >= (3, 13):  # where packaging.version brings inspect, to mark what is deprecated
    HEAVY.remove("inspect")
LOCKING = {"venvoy.operations.lock", "venvoy.resolver.targets", "venvoy.index.client"}
EXPLAINING = {"venvoy.resolver.explain", "venvoy.operations.resolving.fixes"}
MAKING = {"venvoy.environment.create", "venvoy.operations.wheels.fetch"}
CHANGING = MAKING | {"venvoy.operations.history.log"}
SELDOM = {"csv", "shlex", "venvoy.formats.setup_files", "venvoy.store.bytecode"}
OTHERS = {
    "venvoy.formats.requirements_txt",
    "venvoy.operations.standalone.user_site",
    "venvoy.operations.wheels.stores",
    "venvoy.python.discover",
}

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows makes environments and starts programs otherwise")


def loaded(venvoy: CommandLine, *arguments: str) -> set[str]:
    """The modules that a command loads."""
    ran = venvoy.finish(venvoy.process([sys.executable, "-X", "importtime", "-m", "venvoy", *arguments]))
    assert ran.code == 0, ran
    return {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines() if line.startswith("import time:")}


def of_packaging(modules: set[str]) -> set[str]:
    return {name for name in modules if name.split(".")[0] == "packaging"}


@pytest.fixture(name="locked")
def _locked(project: Path, venvoy: CommandLine) -> Path:
    """A project with plain requirements whose environment was made once and is gone."""
    text = """[project]
name = "plain"
requires-python = ">=3.8, <4"
dependencies = ["demo[color] >= 2.0, <3", "native; sys_platform != 'never'"]

[dependency-groups]
dev = ["tester~=8.0"]
"""
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    for _ in range(2):  # the second one makes the skeleton of this very interpreter, if the first has not
        assert venvoy("sync", "-q").code == 0
        shutil.rmtree(project / ".venv")
    return project


@pytest.mark.parametrize("words", [["sync"], ["run", sys.executable, "-c", "pass"]])
def test_what_is_locked_is_installed_without_a_judge_of_requirements(
    locked: Path, venvoy: CommandLine, words: list[str]
) -> None:
    found = loaded(venvoy, *words)
    assert (locked / ".venv" / "bin" / "demo").exists()
    assert of_packaging(found) == set()
    assert found.isdisjoint(HEAVY | LOCKING | SELDOM), found & (HEAVY | LOCKING | SELDOM)
    assert found >= CHANGING


def test_plain_requirements_are_locked_without_a_judge_of_them(locked: Path, venvoy: CommandLine) -> None:
    file = locked / "pylock.toml"
    text = file.read_text(encoding="utf-8")
    file.unlink()
    found = loaded(venvoy, "lock", "--offline")
    assert file.read_text(encoding="utf-8") == text
    assert of_packaging(found) == {"packaging", "packaging.version"}
    assert found.isdisjoint(HEAVY | MAKING | EXPLAINING), found & (HEAVY | MAKING | EXPLAINING)
    assert found >= LOCKING
    assert of_packaging(loaded(venvoy, "lock", "--check", "-q")) == {"packaging", "packaging.version"}


def test_plain_requirements_are_added_and_removed_without_a_judge_of_them(locked: Path, venvoy: CommandLine) -> None:
    before = (locked / "pylock.toml").read_bytes()
    assert venvoy("add", "-q", "--dry-run", "helper").code == 0  # now all that is looked at is in the cache
    for word in ("add", "remove"):
        found = loaded(venvoy, word, "--offline", "helper")
        assert of_packaging(found) == {"packaging", "packaging.version"}, word
        assert found.isdisjoint(HEAVY | EXPLAINING), (word, found & (HEAVY | EXPLAINING))
        assert found >= LOCKING
        assert ((locked / "pylock.toml").read_bytes() == before) == (word == "remove")


def test_what_stands_on_the_command_line_is_installed_without_a_reader_of_files(
    project: Path, venvoy: CommandLine
) -> None:
    assert venvoy("venv", "-q", "loose").code == 0
    venvoy.environ["VIRTUAL_ENV"] = str(project / "loose")
    found = loaded(venvoy, "install", "demo")
    assert (project / "loose" / "bin" / "demo").exists()
    assert found.isdisjoint(OTHERS), found & OTHERS
    assert "venvoy.formats.requirements_txt" in loaded(venvoy, "install", "-r", "/dev/null"), (
        "nothing is seen by this test"
    )


def test_what_is_plain_is_installed_without_a_judge_of_it(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("venv", "-q", "loose").code == 0
    venvoy.environ["VIRTUAL_ENV"] = str(project / "loose")
    for words in (["install", "-q", "demo", "tester"], ["uninstall", "-q", "tester"]):  # now all is in the store
        assert venvoy(*words).code == 0
    for there in (False, True):
        found = loaded(venvoy, "install", "--offline", "tester")
        assert of_packaging(found) == {"packaging", "packaging.version"}, there
        assert found.isdisjoint(HEAVY), found & HEAVY
        assert ("venvoy.resolver.solve" in found) == (not there)


@pytest.mark.usefixtures("locked")
def test_to_look_is_to_load_no_more_than_that(venvoy: CommandLine) -> None:
    assert venvoy("sync", "-q").code == 0
    for words in (["list"], ["history"], ["activate", "--shell", "bash"]):
        found = loaded(venvoy, *words)
        assert of_packaging(found) == set(), words
        assert found.isdisjoint(HEAVY | LOCKING | MAKING), (words, found & (HEAVY | LOCKING | MAKING))
    assert "packaging.requirements" in loaded(venvoy, "tree"), "nothing is seen by this test"
