"""Not in the quick suite: thousands of ``kill -9`` at random moments of real upgrades, up and down.

    SOAK_KILLS=5000 python3 tests -m soak tests/end_to_end/test_soak_kills.py -s

Each kill must leave, once the next command has recovered, exactly the old or exactly the new state.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import signal
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from support.command_line import WINDOWS, CommandLine
from support.forked import Forker
from support.wheels import WheelSpec
from venvoy.events import Silent
from venvoy.store.manifest import BUCKET
from venvoy.store.store import Store

KILLS = int(os.environ.get("SOAK_KILLS", "1000"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
# From 4 on there is so much to link that two processes share it, where no thread has asked an index: by undo and redo.
WIDTH = int(os.environ.get("SOAK_WIDTH", "1"))
SHARED = 4
NEXT = [("lock", "--check"), ("sync",), ("sync", "--locked")]
NAMES = ("alpha", "beta", "gamma", "delta")
pytestmark = [pytest.mark.soak, pytest.mark.skipif(WINDOWS, reason="it forks")]


def large(name: str, version: str) -> WheelSpec:
    """About 150 files times SOAK_WIDTH; some are the same in both versions, some come, some go, one becomes a folder."""
    number = int(version[0])
    files: dict[str, str | bytes] = {f"{name}/same/m{i}.py": f"X = {i}\n" * 40 for i in range(50 * WIDTH)}
    files |= {f"{name}/core/m{i}.py": f"X = {i * number}\n" * 40 for i in range(50 * WIDTH)}
    files |= {f"{name}/v{number}/deep/m{i}.py": f"V = {number}\n" for i in range(30)}
    files |= {f"{name}/big{i}.bin": hashlib.sha256(f"{name}{version}{i}".encode()).digest() * 20_000 for i in range(2)}
    files |= {f"{name}/turn.py": "FILE = 1\n"} if number == 1 else {f"{name}/turn.py/__init__.py": "FOLDER = 1\n"}
    scripts = {"console_scripts": {f"{name}-{number}": f"{name}:main", name: f"{name}:main"}}
    return WheelSpec(name, version, files=files, entry_points=scripts, data={f"data/share/{name}/x": version})


def state(project: Path) -> dict[str, str]:
    """Every name in the project with mode and content; venvoy's own folder and compiled modules left out."""
    found = {}
    for path in project.rglob("*"):
        if ".venvoy" in path.parts or "__pycache__" in path.parts:
            continue
        place = str(path.relative_to(project))
        if path.is_symlink():
            found[place] = str(path.readlink())
        else:
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
            found[place] = f"{path.stat().st_mode:o} {content}"
    return found


class Soak:
    """One project that goes up and down; ``count`` says what happened."""

    def __init__(self, venvoy: CommandLine, cache: Path, forker: Forker) -> None:
        self._project = venvoy.project
        self._transaction = self._project / ".venv" / ".venvoy" / "transaction"
        self._cache = cache
        self._forker = forker
        self._chance = random.Random(SEED)
        self._states: dict[int, dict[str, str]] = {}
        self._patience = 0.0
        self._current = 1
        self.count: Counter[str] = Counter()

    def begin(self) -> None:
        """Go up and down twice, to learn what the two states are."""
        self._well("init")
        for number in (2, 1, 2, 1):
            begin = time.monotonic()
            self._well(*upgrade(number))
            self._patience = time.monotonic() - begin
            found = state(self._project)
            assert self._states.setdefault(number, found) == found

    def kill(self) -> None:
        """Begin to go to the other version, kill it, let the next command recover, and look."""
        chance, other = self._chance, 3 - self._current
        if WIDTH < SHARED and chance.random() < 0.05:  # then wheels are downloaded and unpacked as well
            shutil.rmtree(self._cache / BUCKET, ignore_errors=True)
        child = self._forker.start(*(upgrade(other) if WIDTH < SHARED else ["undo" if other > 1 else "redo"]))
        # While it resolves, downloads and unpacks; while it stages; while it renames.
        journal = self._transaction / "journal"
        awaited = chance.choice((None, self._transaction, journal, journal))
        while awaited and not awaited.exists() and psutil.pid_exists(child):
            time.sleep(0.0005)
        time.sleep(chance.random() * chance.choice((0.005, 0.02, 0.1, 0.4) if awaited else (self._patience,)))
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        killed, words = self._forker.finish()
        assert killed in (0, -signal.SIGKILL), words
        words = self._well(*chance.choice(NEXT))
        found = state(self._project)
        if found not in self._states.values():
            differences = [dict(set(found.items()) ^ set(one.items())) for one in self._states.values()]
            pytest.fail(f"neither old nor new: {min(differences, key=len)}")
        assert found == self._states[other] or killed, "what ended well is there"
        self.count["kills" if killed else "finished before"] += 1
        self.count["undone by the next command"] += "was interrupted" in words
        self.count["new state" if found == self._states[other] else "old state"] += 1
        self._current = other if found == self._states[other] else self._current

    def end(self) -> None:
        """Nothing is left over, and every file is what it should be."""
        self._well("verify")
        assert not self._transaction.exists()
        Store(self._cache, Silent()).discard("0" * 64)  # whoever writes there next sweeps out what the killed left
        assert [path.name for path in (self._cache / BUCKET).glob("tmp-*")] == []

    def _well(self, *arguments: str) -> str:
        code, words = self._forker.run(*arguments)
        assert code == 0, words
        return words


def upgrade(number: int) -> list[str]:
    return ["add", *(f"{name}=={number}.0" for name in NAMES)]


def test_a_kill_at_any_moment_leaves_the_old_or_the_new_state(
    venvoy: CommandLine, wheels: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in NAMES:
        for version in ("1.0", "2.0"):
            large(name, version).write(wheels)
    with Forker(venvoy.project, venvoy.environ) as forker:
        soak = Soak(venvoy, cache, forker)
        soak.begin()
        try:
            while soak.count["kills"] < KILLS:
                soak.kill()
                if soak.count["kills"] % 50 == 0:
                    soak.end()
        finally:
            with capsys.disabled():
                print("\n" + ", ".join(f"{name}: {number}" for name, number in sorted(soak.count.items())))
        soak.end()
