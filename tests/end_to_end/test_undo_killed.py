"""Killed at any moment, ``undo`` and ``redo`` have happened or not, and can be gone on with."""

from __future__ import annotations

import os
import shutil
from itertools import count
from pathlib import Path

import pytest

from support import kills
from support.command_line import WINDOWS, CommandLine, state

STRIDE = int(os.environ.get("KILLS_STRIDE", "5"))
"""Every so many changes to the file system one is killed."""

pytestmark = pytest.mark.skipif(WINDOWS, reason="there is no fork")


class Bench:
    """A project with its history, which can be put back to how it was."""

    def __init__(self, venvoy: CommandLine, cache: Path, folder: Path) -> None:
        self.project, self._environ, self._kept = venvoy.project, venvoy.environ, folder
        self._history = cache / "history-v2"
        shutil.copytree(self.project, folder / "project", symlinks=True)
        shutil.copytree(self._history, folder / "history")

    def reset(self) -> None:
        for place, kept in ((self.project, "project"), (self._history, "history")):
            shutil.rmtree(place)
            shutil.copytree(self._kept / kept, place, symlinks=True)

    def run(self, *arguments: str, kill_at: int | None = None) -> int:
        return kills.run(arguments, self.project, self._environ, kill_at)


def test_an_undo_that_is_killed_anywhere_has_happened_or_not(
    project: Path, venvoy: CommandLine, cache: Path, tmp_path: Path
) -> None:
    assert venvoy("add", "helper<1.6").code == 0
    before = state(project)
    assert venvoy("add", "helper<2", "paint").code == 0
    after = state(project)
    bench = Bench(venvoy, cache, tmp_path / "kept")
    outcomes = []
    for step in count(0, STRIDE):
        bench.reset()
        code = bench.run("undo", kill_at=step)
        assert bench.run("lock", "--check") == 0  # what was interrupted is put right by the next command, whichever
        now = state(project)
        assert now in (before, after), step
        outcomes.append(now == before)
        if code == 0 or len(outcomes) % 4 == 0:
            assert bench.run("redo" if now == before else "undo") == 0
            assert state(project) == (after if now == before else before), step
        if code == 0:
            break
    assert len(outcomes) > 40 // STRIDE, "nothing was interrupted"
    assert outcomes == sorted(outcomes), "once it has happened, it has"


def test_an_undo_that_makes_the_environment_anew_is_killed(
    project: Path, venvoy: CommandLine, cache: Path, tmp_path: Path
) -> None:
    assert venvoy("add", "helper<1.6").code == 0
    before = state(project)
    assert venvoy("add", "paint").code == 0
    shutil.rmtree(project / ".venv")
    files = {path.name: path.read_bytes() for path in project.glob("*.toml")}
    bench = Bench(venvoy, cache, tmp_path / "kept")
    for step in count(0, 3 * STRIDE):
        bench.reset()
        code = bench.run("undo", kill_at=step)
        assert bench.run("lock", "--check") == 0
        if state(project) != before:
            assert {path.name: path.read_bytes() for path in project.glob("*.toml")} == files
            assert bench.run("undo") == 0
        assert state(project) == before, step
        if code == 0:
            break
