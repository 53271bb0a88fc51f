"""The power goes at any moment, and what nobody flushed is lost: all is as it was before, or as it was to be."""

from __future__ import annotations

import os
import re
import shutil
import zlib
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from support import kills, power
from support.command_line import WINDOWS, CommandLine, state
from support.protected import protected

STRIDE = int(os.environ.get("POWER_STRIDE", "45"))
"""Every so many changes to the file system the power goes."""

pytestmark = pytest.mark.skipif(WINDOWS, reason="there is no fork")


class Machine:
    """A project and a cache on a disk, and a machine that can be switched off."""

    def __init__(self, venvoy: CommandLine, cache: Path, folder: Path) -> None:
        self.project, self._environ, self._folder = venvoy.project, venvoy.environ, folder
        self._cache = cache
        folder.mkdir()
        self.run = 1
        self.disk = self.switch_on()

    def switch_on(self) -> power.Disk:
        self.run += 1
        log = self._folder / f"flushed-{self.run}"
        log.touch()
        self.disk = power.Disk(log, self.project, self._cache)
        return self.disk

    def __call__(self, *words: str, kill_at: int | None = None) -> int:
        return kills.run(
            words, self.project, self._environ, kill_at, flushed=self.disk.log, boot_name=f"run-{self.run}"
        )

    def keep(self) -> None:
        for name, folder in (("project", self.project), ("cache", self._cache)):
            shutil.copytree(folder, self._folder / name, symlinks=True)

    def reset(self) -> None:
        for name, folder in (("project", self.project), ("cache", self._cache)):
            shutil.rmtree(folder)
            shutil.copytree(self._folder / name, folder, symlinks=True)
        self.switch_on()


@pytest.mark.parametrize("way", [power.zeros, power.gone])
def test_a_power_cut_after_a_change(
    way: Callable[[Path], None], project: Path, venvoy: CommandLine, cache: Path, tmp_path: Path
) -> None:
    machine = Machine(venvoy, cache, tmp_path / "machine")
    assert machine("add", "helper<1.6", "demo") == 0
    before = state(project)
    assert machine("add", "paint") == 0
    after = state(project)
    assert machine.disk.cut(way)
    machine.switch_on()
    assert machine("sync") == 0
    assert state(project) == after
    assert machine("verify") == 0
    assert machine("undo") == 0
    assert state(project) == before


def test_a_power_cut_in_the_midst_of_a_change(project: Path, venvoy: CommandLine, cache: Path, tmp_path: Path) -> None:
    machine = Machine(venvoy, cache, tmp_path / "machine")
    assert machine("add", "helper<1.6") == 0
    before = state(project)
    assert machine("add", "helper<2", "demo") == 0
    after = state(project)
    assert machine("undo", "2") == 0
    machine.keep()
    outcomes = []
    for step in count(0, STRIDE):
        way = power.WAYS[step // STRIDE % len(power.WAYS)]
        machine.reset()
        assert machine("add", "helper<1.6") == 0
        code = machine("add", "helper<2", "demo", kill_at=step)
        machine.disk.cut(way)
        machine.switch_on()
        assert machine("sync") == 0, (step, way)
        now = state(project)
        assert now in (before, after), (step, way)
        outcomes.append(now == after)
        if now == after:
            assert machine("undo") == 0
            assert state(project) == before, (step, way)
        if code == 0:
            break
    assert len(outcomes) > 100 // STRIDE
    assert outcomes == sorted(outcomes), "once it has happened, it has"


def test_a_power_cut_after_an_environment_was_made(
    project: Path, venvoy: CommandLine, cache: Path, tmp_path: Path
) -> None:
    assert venvoy("add", "demo").code == 0
    machine = Machine(venvoy, cache, tmp_path / "machine")
    machine.keep()
    after = state(project)
    for way in (power.empty, power.half):
        machine.reset()
        shutil.rmtree(project / ".venv")
        assert machine("sync") == 0
        machine.disk.cut(way)
        machine.switch_on()
        assert machine("sync") == 0
        assert state(project) == after, way


def unsettled(project: Path) -> bool:
    return (project / ".venv/.venvoy/unsettled").exists()


def started_again(venvoy: CommandLine) -> None:
    """As if what is noted had been noted before the machine was started this time."""
    note = venvoy.project / ".venv/.venvoy/unsettled"
    text = note.read_text("utf-8")
    note.write_text(re.sub(r'(?<=\[1,")\S+', "earlier", text), "utf-8")
    cache = Path(venvoy.environ["VENVOY_CACHE_DIR"])
    for manifest in cache.glob("wheels-v2/*/*/manifest"):
        body = re.sub(rb"\npurelib \S+", b"\npurelib earlier", manifest.read_bytes()).rpartition(b"end ")[0]
        manifest.write_bytes(body + b"end %08x\n" % zlib.crc32(body))
    shutil.rmtree(cache / "answers-v1", ignore_errors=True)
    stamp = venvoy.project / ".venv/.venvoy/stamp"
    stamp.write_text(re.sub("(?<=\nboot ).*", "earlier", stamp.read_text("utf-8")), "utf-8")


def lose(path: Path) -> None:
    mode = path.stat().st_mode
    path.chmod(0o600)
    power.zeros(path)
    path.chmod(mode)


def test_what_is_whole_is_looked_at_once_and_nothing_is_said(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "demo").code == 0
    started_again(venvoy)
    venvoy("sync").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)
    assert not unsettled(project)
    venvoy("sync").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)
    lose(next(project.rglob("demo.py")))  # a disk that loses what it once had: that is for verify to find
    shutil.rmtree(project / ".venv/bin/__pycache__", ignore_errors=True)
    venvoy("sync").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)
    venvoy("verify").says("""
        exit 22
        out demo 2.0
        out   edited      [SITE]/demo.py
        err 1 fault in .venv (2 distributions, 13 files)
        err   edited: it is not what its wheel brought, so programs run other code than was locked
        err   → venvoy verify --repair   puts right what is damaged
    """)


def test_what_was_lost_comes_from_the_store(project: Path, venvoy: CommandLine) -> None:
    venvoy.environ["VENVOY_LINK_MODE"] = "copy"
    assert venvoy("add", "demo").code == 0
    before = state(project)
    started_again(venvoy)
    lose(next(project.rglob("demo.py")))
    lose(next(project.rglob("helper-1.6.dist-info/RECORD")))
    venvoy("run", "--offline", "demo").says("""
        exit 0
        out demo
        err warning: The machine went down before this had reached the disk, so it was installed again: demo 2.0, helper 1.6
    """)
    assert state(project) == before


def test_what_was_lost_where_nothing_can_be_written_is_shown(project: Path, venvoy: CommandLine) -> None:
    venvoy.environ["VENVOY_LINK_MODE"] = "copy"
    assert venvoy("add", "demo").code == 0
    started_again(venvoy)
    lose(next(project.rglob("demo.py")))
    with protected(project):
        venvoy("verify").says("""
            exit 22
            out demo 2.0
            out   edited      [SITE]/demo.py
            err 1 fault in .venv (2 distributions, 13 files)
            err   edited: it is not what its wheel brought, so programs run other code than was locked
            err   → venvoy verify --repair   puts right what is damaged
        """)
        assert "[permission-denied]" in venvoy("add", "paint").stderr
    assert venvoy("add", "paint").code == 0
    assert venvoy("verify").code == 0


def test_what_the_store_lost_as_well_is_fetched(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "demo").code == 0
    before = state(project)
    started_again(venvoy)
    lose(next(project.rglob("demo.py")))
    venvoy("lock", "--check").says("""
        exit 0
        err warning: [CACHE]/wheels-v2/[DIGEST]/files/demo.py was not on the disk yet when the machine went down. That copy of the wheel is thrown away, and fetched again when it is needed. Environments that were filled from it may have the same fault.
        err warning: The machine went down before this had reached the disk, so it was installed again: demo 2.0
        err pylock.toml is up to date
    """)
    assert state(project) == before


def test_what_cannot_be_had_is_taken_out(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "demo").code == 0
    before = state(project)
    started_again(venvoy)
    lose(next(project.rglob("demo.py")))
    venvoy("lock", "--check", "--offline").says("""
        exit 0
        err warning: [CACHE]/wheels-v2/[DIGEST]/files/demo.py was not on the disk yet when the machine went down. That copy of the wheel is thrown away, and fetched again when it is needed. Environments that were filled from it may have the same fault.
        err warning: The machine went down before this had reached the disk, so it was taken out: demo 2.0. venvoy sync brings it back.
        err pylock.toml is up to date
    """)
    venvoy("list").says("""
        exit 0
        out helper  1.6
    """)
    venvoy("sync").says("""
        exit 0
        err  + demo 2.0
        err Installed 1 in .venv
    """)
    assert state(project) == before


def test_what_somebody_has_changed_since_stays(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "demo", VENVOY_LINK_MODE="copy").code == 0
    started_again(venvoy)
    edited = next(project.rglob("demo.py"))
    edited.write_text("print('mine')\n", "utf-8")
    venvoy("run", "demo").says("""
        exit 1
        out mine
        err Traceback (most recent call last):
        err   File "[PROJECT]/.venv/bin/demo", line 3, in <module>
        err     from demo import main
        err ImportError: cannot import name 'main' from 'demo' ([PROJECT]/.venv/[SITE]/demo.py)
    """)
    assert not unsettled(project)


def test_a_copy_was_read_whole_when_it_was_copied(project: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    assert venvoy("add", "demo").code == 0
    started_again(venvoy)
    shutil.move(project / ".venv", tmp_path / "kept")
    shutil.copytree(tmp_path / "kept", project / ".venv", symlinks=True)
    lose(next((project / ".venv").rglob("demo.py")))
    venvoy("sync").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)
    assert not unsettled(project)
