"""What a power cut took from the store is found before it is used, and what it left is looked at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from support import power
from support.notes import Notes
from support.wheels import WheelSpec
from venvoy.model.stored import StoredWheel
from venvoy.store.bytecode import Job
from venvoy.store.store import Store
from venvoy.system import boot

PYTHON = "cpython-3.13.0"


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def store(tmp_path: Path, notes: Notes) -> Store:
    return Store(tmp_path / "cache", notes)


@pytest.fixture
def wheel(store: Store, tmp_path: Path) -> StoredWheel:
    path = WheelSpec("demo", files={"demo.py": "X = 1\n"}).write(tmp_path)
    return store.add(path, path.name, hashlib.sha256(path.read_bytes()).hexdigest())


@pytest.fixture
def again(wheel: StoredWheel, notes: Notes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Store]:
    """The store after the machine was started again."""
    runs = iter(["second", "third"])
    assert wheel.written

    def start() -> Store:
        name = next(runs)
        monkeypatch.setattr(boot, "name", lambda: name)
        return Store(tmp_path / "cache", notes)

    return start


def module(wheel: StoredWheel) -> Path:
    return Path(wheel.root, "demo.py")


def lose(path: Path) -> None:
    path.chmod(0o600)
    power.zeros(path)


def test_as_long_as_the_machine_runs_size_and_time_are_enough(store: Store, wheel: StoredWheel) -> None:
    lose(module(wheel))
    assert store.find(wheel.sha256) == wheel


@pytest.mark.parametrize("ask", [Store.find, Store.get])
def test_what_was_lost_is_thrown_away(
    wheel: StoredWheel, again: Callable[[], Store], notes: Notes, ask: Callable[[Store, str], StoredWheel | None]
) -> None:
    lose(module(wheel))
    assert ask(again(), wheel.sha256) is None
    (said,) = notes.warnings
    assert said == (
        f"{module(wheel)} was not on the disk yet when the machine went down. That copy of the wheel is thrown away, "
        "and fetched again when it is needed. Environments that were filled from it may have the same fault."
    )
    assert not Path(wheel.root).exists()


def test_what_is_whole_is_looked_at_once(wheel: StoredWheel, again: Callable[[], Store], notes: Notes) -> None:
    found = again().find(wheel.sha256)
    assert found is not None
    assert (found.files, found.written) == (wheel.files, "")
    lose(module(wheel))
    found = again().find(wheel.sha256)
    assert found is not None, "it was on the disk, and no power cut takes it from there"
    assert notes.warnings == []


def test_what_was_compiled_and_lost_is_not_there(store: Store, wheel: StoredWheel, again: Callable[[], Store]) -> None:
    def compiler(jobs: Sequence[Job]) -> None:
        for job in jobs:
            place = Path(job.target, "__pycache__")
            place.mkdir(parents=True)
            (place / "demo.cpython-313.pyc").write_bytes(b"compiled")

    made = store.add_bytecode([wheel], PYTHON, compiler)[wheel.sha256]
    lose(Path(made.root, next(iter(made.files)).path))
    assert again().bytecode(wheel, PYTHON) is None
