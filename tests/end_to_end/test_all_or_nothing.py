"""``add`` and ``remove`` happen or do not: pyproject.toml, pylock.toml and the environment change together."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.command_line import WINDOWS, CommandLine, expect, state, tree
from support.index_server import IndexServer
from support.protected import protect, small_disk
from support.wheels import WheelSpec, unsafe_wheels

PAINT = "paint-4.1-py3-none-any.whl"
posix = pytest.mark.skipif(WINDOWS, reason="Windows sends no such signal to one process")


@pytest.fixture
def filled(project: Path, venvoy: CommandLine) -> Path:
    venvoy.environ["PIP_RETRIES"] = "0"
    assert venvoy("add", "demo", "helper<1.6").code == 0
    return project


def wait_for(happened: Callable[[], object], process: subprocess.Popen[str]) -> None:
    while not happened():
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)


def test_a_failure_at_any_stage_changes_nothing(
    filled: Path, venvoy: CommandLine, index: IndexServer, wheels: Path
) -> None:
    WheelSpec("modern", requires=["helper>=1.6"]).write(wheels)
    unsafe_wheels()["parent folder"].write(wheels)
    before = tree(filled)
    natives = ("native-1.2-py3-none-any.whl", "native-1.2-cp311-cp311-win_amd64.whl")  # one fits this machine best
    stages: list[tuple[str, Callable[[], object], tuple[str, ...], int]] = [
        ("no such name", lambda: None, ("add", "paint", "nope"), 11),
        ("no solution", lambda: None, ("add", "paint", "modern"), 10),
        ("download", lambda: index.fail(f"/files/{PAINT}", 404), ("add", "paint"), 20),
        ("unpack", lambda: None, ("add", "paint", "evil"), 22),
        ("hash", lambda: index.behaviour.wrong_hashes.update(natives), ("add", "native"), 22),
        ("remove nothing", lambda: None, ("remove", "demo", "paint"), 2),
    ]
    for stage, prepare, arguments, code in stages:
        prepare()
        ran = venvoy(*arguments)
        assert (stage, ran.code) == (stage, code)
        assert (stage, tree(filled)) == (stage, before)


def test_a_folder_in_the_way_of_a_file(filled: Path, venvoy: CommandLine) -> None:
    site = next((filled / ".venv").rglob("site-packages"))
    (site / "paint.py").mkdir()
    (site / "paint.py" / "mine.txt").write_text("mine", encoding="utf-8")
    venvoy("add", "paint").says("""
        exit 0
        err warning: [SITE]/paint.py belongs to no distribution and was in the way of one. It is now .venvoy/aside/[SITE]/paint.py.
        err Wrote pylock.toml (1 added)
        err  + paint 4.1
        err Installed 1 in .venv
        err Added to your project: paint>=4.1
    """)
    venvoy("list").says("""
        exit 0
        out demo    2.0
        out helper  1.5
        out paint   4.1
    """)


def test_what_cannot_be_undone_is_not_begun(filled: Path, venvoy: CommandLine) -> None:
    record = next((filled / ".venv").rglob("demo-2.0.dist-info")) / "RECORD"
    record.unlink()
    before = tree(filled)
    venvoy("remove", "demo").says("""
        exit 30
        err error: demo 2.0 cannot be removed: the list of its files is missing. [environment-invalid]
        err   at [PROJECT]/.venv/[SITE]/demo-2.0.dist-info
        err   Without it nobody knows which files are its own, and guessing could delete those of others.
        err   → Delete the environment's folder and make it anew: venvoy sync
    """)
    assert tree(filled) == before


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 kilobytes."""
    with small_disk(tmp_path, "size=400k") as disk:
        yield disk


def test_a_full_disk_changes_nothing(venvoy: CommandLine, disk: Path, wheels: Path) -> None:
    WheelSpec("big", files={f"big/{number}.txt": str(number) * 20_000 for number in range(20)}).write(wheels)
    venvoy.hide(disk, "DISK")
    assert venvoy("init", directory=disk).code == 0
    assert venvoy("add", "paint", directory=disk).code == 0
    before = tree(disk)
    venvoy("add", "big", directory=disk).says("""
        exit 31
        err error: Could not change this environment. [disk-full]
        err   at [DISK]/.venv
        err   The disk at [DISK] is full.
        err   → See how full it is: df -h [DISK]
        err   → Free some space, then run the command again.
    """)
    assert tree(disk) == before
    venvoy("add", "big", "--json", directory=disk).says("""
        exit 31
        out {
        out   "schema": 1, "command": "add", "ok": false,
        out   "error": {
        out     "code": "disk-full", "what": "Could not change this environment.",
        out     "why": "The disk at [DISK] is full.",
        out     "fix": ["See how full it is: df -h [DISK]", "Free some space, then run the command again."],
        out     "where": "[DISK]/.venv", "exit": 31, "data": {}
        out   },
        out   "warnings": []
        out }
    """)
    assert tree(disk) == before
    assert venvoy("add", "helper", directory=disk).code == 0


def test_a_full_cache_changes_nothing(filled: Path, venvoy: CommandLine, disk: Path, wheels: Path) -> None:
    WheelSpec("big", files={f"big/{number}.txt": str(number) * 40_000 for number in range(20)}).write(wheels)
    venvoy.hide(disk, "DISK")
    before = tree(filled)
    ran = venvoy("add", "big", VENVOY_CACHE_DIR=str(disk))
    assert (ran.code, "[disk-full]" in ran.stderr) == (31, True)
    assert tree(filled) == before


@posix
@pytest.mark.parametrize("path", ["/simple/paint/", f"/files/{PAINT}.metadata", f"/files/{PAINT}"])
def test_ctrl_c_leaves_everything_as_it_was(filled: Path, venvoy: CommandLine, index: IndexServer, path: str) -> None:
    before = tree(filled)
    index.behaviour.gates[path] = threading.Event()
    process = venvoy.start("add", "paint")
    wait_for(lambda: path in index.arrived, process)
    process.send_signal(signal.SIGINT)
    venvoy.finish(process).says("""
        exit 130
        err
        err error: Stopped. [interrupted]
        err   Your project and its environment are as they were before.
    """)
    assert tree(filled) == before
    index.behaviour.gates[path].set()
    assert venvoy("add", "paint").code == 0


@posix
def test_ctrl_c_is_told_in_json_too(filled: Path, venvoy: CommandLine, index: IndexServer) -> None:
    index.behaviour.gates["/simple/paint/"] = threading.Event()
    process = venvoy.start("add", "paint", "--json")
    wait_for(lambda: "/simple/paint/" in index.arrived, process)
    process.send_signal(signal.SIGINT)
    venvoy.finish(process).says("""
        exit 130
        out {
        out   "schema": 1, "command": "add", "ok": false,
        out   "error": {
        out     "code": "interrupted", "what": "Stopped.",
        out     "why": "Your project and its environment are as they were before.", "fix": [], "where": "",
        out     "exit": 130, "data": {}
        out   },
        out   "warnings": []
        out }
        err
    """)


@posix
def test_a_new_environment_goes_again_when_it_cannot_be_filled(venvoy: CommandLine, index: IndexServer) -> None:
    (venvoy.project / "pyproject.toml").write_text("[project]\nname='x'\nversion='1'\ndependencies=['paint']\n")
    index.behaviour.gates[f"/files/{PAINT}"] = threading.Event()
    process = venvoy.start("sync")
    wait_for(lambda: f"/files/{PAINT}" in index.arrived, process)
    process.send_signal(signal.SIGINT)
    assert venvoy.finish(process).code == 130
    assert [path.name for path in venvoy.project.iterdir()] == ["pyproject.toml"]


@pytest.fixture
def many(wheels: Path) -> None:
    """A wheel that takes a while to install."""
    WheelSpec("many", files={f"many/m{number}/x.py": f"X = {number}\n" for number in range(800)}).write(wheels)


@pytest.mark.parametrize("seed", range(4))
def test_after_a_kill_the_next_command_recovers(filled: Path, venvoy: CommandLine, many: None, seed: int) -> None:
    assert venvoy("add", "many", "paint").code == 0
    new = state(filled)
    assert venvoy("remove", "many", "paint").code == 0
    old = state(filled)
    transaction = filled / ".venv" / ".venvoy" / "transaction"
    process = venvoy.start("add", "many", "paint")
    wait_for(lambda: transaction.exists() or process.poll() is not None, process)
    time.sleep(random.Random(seed).random() * 0.06)
    process.kill()
    killed = venvoy.finish(process).code
    assert venvoy("lock", "--check").code == 0, "pyproject.toml and pylock.toml belong together"
    after = state(filled)
    assert after in (old, new)
    assert after == new or killed, "what ended well is there"
    assert venvoy("sync").code == 0
    assert venvoy("run", "demo").stdout == "demo\n"


@posix
@pytest.mark.parametrize("seed", range(4))
def test_ctrl_c_while_files_are_moved(filled: Path, venvoy: CommandLine, many: None, seed: int) -> None:
    assert venvoy("add", "many").code == 0
    new = state(filled)
    assert venvoy("remove", "many").code == 0
    old = state(filled)
    transaction = filled / ".venv" / ".venvoy" / "transaction"
    process = venvoy.start("add", "many")
    wait_for(lambda: transaction.exists() or process.poll() is not None, process)
    time.sleep(random.Random(seed).random() * 0.06)
    process.send_signal(signal.SIGINT)
    ran = venvoy.finish(process)
    assert "Traceback" not in ran.stderr
    # A signal that comes when Python is already about to end takes its usual course: all is done then.
    assert state(filled) == {0: new, -signal.SIGINT: new, 130: old}[ran.code]
    # When all is done but the clearing up, the next command does that.
    assert ran.code == 0 or not transaction.exists()
    assert venvoy("sync").code == 0
    assert not transaction.exists()


def test_a_second_command_waits_and_says_so(filled: Path, venvoy: CommandLine, index: IndexServer) -> None:
    gate = index.behaviour.gates["/simple/paint/"] = threading.Event()
    first = venvoy.start("add", "paint")
    wait_for(lambda: "/simple/paint/" in index.arrived, first)
    second = venvoy.start("add", "native")
    assert second.stderr
    said = second.stderr.readline()
    gate.set()
    expect(
        venvoy.filtered(said),
        """
        warning: Waiting for venvoy add (process [PID]), which is changing this project.
        """,
    )
    assert [venvoy.finish(first).code, venvoy.finish(second).code] == [0, 0]
    assert {"paint", "native"} <= {line.split()[0] for line in venvoy("list").stdout.splitlines()}
    assert venvoy("lock", "--check").code == 0


def test_who_does_not_want_to_wait_is_told_what_to_do(filled: Path, venvoy: CommandLine, index: IndexServer) -> None:
    gate = index.behaviour.gates["/simple/paint/"] = threading.Event()
    first = venvoy.start("add", "paint")
    wait_for(lambda: "/simple/paint/" in index.arrived, first)
    try:
        venvoy.hide(str(first.pid), "PID")
        venvoy("add", "native", "--lock-timeout", "0").says("""
            exit 32
            err error: Gave up waiting for venvoy add (process [PID]), which is still changing this project. [busy]
            err   at [CACHE]/locks/[KEY]
            err   We waited 0 seconds for it.
            err   → Wait until it has finished, then run the command again.
            err   → If it hangs, end it: kill [PID]
        """)
        venvoy("add", "native", "--lock-timeout", "0", "--json").says("""
            exit 32
            out {
            out   "schema": 1, "command": "add", "ok": false,
            out   "error": {
            out     "code": "busy",
            out     "what": "Gave up waiting for venvoy add (process [PID]), which is still changing this project.",
            out     "why": "We waited 0 seconds for it.",
            out     "fix": [
            out       "Wait until it has finished, then run the command again.", "If it hangs, end it: kill [PID]"
            out     ],
            out     "where": "[CACHE]/locks/[KEY]", "exit": 32, "data": {"process": [PID]}
            out   },
            out   "warnings": []
            out }
        """)
    finally:
        gate.set()
        assert venvoy.finish(first).code == 0


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has other rules for folders")
def test_a_folder_that_nobody_may_write_to(filled: Path, venvoy: CommandLine) -> None:
    before = tree(filled)
    undo = protect(filled)
    try:
        venvoy("add", "paint").says("""
            exit 31
            err error: Could not write this file. [permission-denied]
            err   at [PROJECT]/pyproject.toml
            err   [PROJECT] is yours, but it is protected.
            err   → Allow yourself to change it: chmod u+rwX "[PROJECT]"
            err   → Then run the command again.
        """)
        venvoy("remove", "demo", "--json").says(r"""
            exit 31
            out {
            out   "schema": 1, "command": "remove", "ok": false,
            out   "error": {
            out     "code": "permission-denied", "what": "Could not write this file.",
            out     "why": "[PROJECT] is yours, but it is protected.",
            out     "fix": [
            out       "Allow yourself to change it: chmod u+rwX \"[PROJECT]\"", "Then run the command again."
            out     ],
            out     "where": "[PROJECT]/pyproject.toml", "exit": 31, "data": {}
            out   },
            out   "warnings": []
            out }
        """)
        assert tree(filled) == before
    finally:
        subprocess.run(undo, check=True)
