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
from typing import TYPE_CHECKING

import psutil
import pytest

from support.command_line import WINDOWS
from support.forked import Forker
from support.wheels import WheelSpec
from venvoy.events import Silent
from venvoy.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from support.command_line import CommandLine

KILLS = int(os.environ.get("SOAK_KILLS", "1000"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
NEXT = [("lock", "--check"), ("sync",), ("sync", "--locked")]
NAMES = ("alpha", "beta", "gamma", "delta")
pytestmark = [pytest.mark.soak, pytest.mark.skipif(WINDOWS, reason="it forks")]


def large(name: str, version: str) -> WheelSpec:
    """About 150 files; some are the same in both versions, some come, some go, one becomes a folder."""
    number = int(version[0])
    files: dict[str, str | bytes] = {f"{name}/same/m{i}.py": f"X = {i}\n" * 40 for i in range(50)}
    files |= {f"{name}/core/m{i}.py": f"X = {i * number}\n" * 40 for i in range(50)}
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


def test_a_kill_at_any_moment_leaves_the_old_or_the_new_state(
    venvoy: CommandLine, wheels: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in NAMES:
        for version in ("1.0", "2.0"):
            large(name, version).write(wheels)
    project = venvoy.project
    transaction = project / ".venv" / ".venvoy" / "transaction"
    journal = transaction / "journal"
    chance = random.Random(SEED)
    count: Counter[str] = Counter()
    versions = {number: [f"{name}=={number}.0" for name in NAMES] for number in (1, 2)}
    with Forker(project, venvoy.environ) as forker:
        assert forker.run("init")[0] == 0
        states: dict[int, dict[str, str]] = {}
        patience = 0.0
        for number in (2, 1, 2, 1):
            begin = time.monotonic()
            code, words = forker.run("add", *versions[number])
            assert code == 0, words
            patience = time.monotonic() - begin
            assert states.setdefault(number, state(project)) == state(project)
        current = 1
        while count["kills"] < KILLS:
            if chance.random() < 0.05:
                shutil.rmtree(
                    cache / "wheels-v2", ignore_errors=True
                )  # then wheels are downloaded and unpacked as well
            other = 3 - current
            child = forker.start("add", *versions[other])
            # While it resolves, downloads and unpacks; while it stages; while it renames.
            awaited = chance.choice((None, transaction, journal, journal))
            while awaited and not awaited.exists() and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.0005)
            time.sleep(chance.random() * chance.choice((0.02, 0.1, 0.4) if awaited else (patience,)))
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            killed, words = forker.finish()
            assert killed in (0, -signal.SIGKILL), words
            code, words = forker.run(*chance.choice(NEXT))
            assert code == 0, words
            found = state(project)
            if found not in states.values():
                differences = [dict(set(found.items()) ^ set(one.items())) for one in states.values()]
                pytest.fail(f"neither old nor new after kill {count['kills']}: {min(differences, key=len)}")
            assert found == states[other] or killed, "what ended well is there"
            count["kills" if killed else "finished before"] += 1
            count["undone by the next command"] += "was interrupted" in words
            count["new state" if found == states[other] else "old state"] += 1
            current = other if found == states[other] else current
            if count["kills"] % 50 == 0:
                code, words = forker.run("verify")
                assert code == 0, words
                count["verified"] += 1
    with capsys.disabled():
        print("\n" + ", ".join(f"{name}: {number}" for name, number in sorted(count.items())))
    assert not transaction.exists()
    Store(cache, Silent()).discard("0" * 64)  # whoever writes there next sweeps out what the killed left
    assert [path.name for path in (cache / "wheels-v2").glob("tmp-*")] == []
