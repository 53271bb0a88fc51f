"""Killed at any moment, files of a project that change without its environment have all changed, or none has."""

from __future__ import annotations

import os
import shutil
from itertools import count
from pathlib import Path

import pytest

from support import kills
from support.command_line import WINDOWS, CommandLine

pytestmark = pytest.mark.skipif(WINDOWS, reason="there is no fork")
STRIDE = int(os.environ.get("KILLS_STRIDE", "9"))
"""Every so many changes to the file system one is killed."""
TORN = '[project]\nname = "torn"\nversion = "1"\nrequires-python = ">=3.8"\ndependencies = ["demo", "helper>=1.6", "tester"]\n'


def files(project: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in project.glob("*.toml")}


def killed_anywhere(venvoy: CommandLine, cache: Path, folder: Path, command: tuple[str, ...]) -> list[dict[str, bytes]]:
    """Kill a command before every so many of its changes; what the project's files are once the next has recovered."""
    kept = {"project": venvoy.project, "history": cache / "history-v2"}
    for name, place in kept.items():
        shutil.copytree(place, folder / name, symlinks=True)
    outcomes = []
    for step in count(0, STRIDE):
        for name, place in kept.items():
            shutil.rmtree(place)
            shutil.copytree(folder / name, place, symlinks=True)
        code = kills.run(command, venvoy.project, venvoy.environ, step)
        kills.run(("lock", "--check"), venvoy.project, venvoy.environ)
        outcomes.append(files(venvoy.project))
        assert not list(venvoy.project.glob(".venvoy-*"))
        assert not list(cache.glob("history-v2/*/.venvoy/transaction"))
        if code == 0:
            return outcomes
    raise AssertionError


def old_or_new(outcomes: list[dict[str, bytes]], old: dict[str, bytes]) -> dict[str, bytes]:
    new = outcomes[-1]
    assert new != old
    assert all(one in (old, new) for one in outcomes)
    happened = [one == new for one in outcomes]
    assert happened == sorted(happened), "once it has happened, it has"
    assert happened.index(True) > 20 // STRIDE, "nothing was interrupted"
    return new


@pytest.fixture
def torn(venvoy: CommandLine) -> dict[str, bytes]:
    """A project without an environment whose requirements contradict one another, locked as it was before they did."""
    path = venvoy.project / "pyproject.toml"
    path.write_text(TORN.replace(', "tester"', ""), "utf-8")
    assert venvoy("lock").code == 0
    path.write_text(TORN, "utf-8")
    assert venvoy("lock", "--apply", "1", "--dry-run").code == 0
    return files(venvoy.project)


def test_an_edit_and_its_lockfile_and_their_undoing(
    torn: dict[str, bytes], venvoy: CommandLine, cache: Path, tmp_path: Path
) -> None:
    new = old_or_new(killed_anywhere(venvoy, cache, tmp_path / "first", ("lock", "--apply", "1")), torn)
    assert new.keys() == torn.keys()
    assert all(new[name] != torn[name] for name in new)
    undone = old_or_new(killed_anywhere(venvoy, cache, tmp_path / "second", ("undo",)), new)
    assert undone == torn


def test_what_was_interrupted_is_said(torn: dict[str, bytes], venvoy: CommandLine) -> None:
    changed = []
    for step in count(40, 2):
        assert kills.run(("lock", "--apply", "1"), venvoy.project, venvoy.environ, step) == -9
        changed = [name for name, data in files(venvoy.project).items() if data != torn[name]]
        if changed:
            break
    assert len(changed) == 1
    venvoy("lock", "--check").says("""
        exit 4
        err warning: The last change to the files of this project was interrupted; it is again as it was before.
        err error: The lockfile is out of date. [lockfile-outdated]
        err   at [PROJECT]/pylock.toml
        err   pyproject.toml has changed since it was written.
        err   → venvoy lock   writes it anew; put the new one under version control
    """)
    assert files(venvoy.project) == torn
