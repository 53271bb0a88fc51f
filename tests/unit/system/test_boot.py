"""Whether the machine has been started again since something was written."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from venvoy.system import boot


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that has no name for each run of the machine."""
    monkeypatch.setattr(boot, "_LINUX", "/there/is/no/such/file")


def test_it_has_one_name_until_the_machine_is_started_again() -> None:
    assert boot.name() == boot.name()
    assert len(boot.name().split()) == 1


@pytest.mark.usefixtures("elsewhere")
def test_where_it_has_no_name_the_time_of_the_start_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    name = boot.name()
    assert int(name) > 0
    monkeypatch.setattr(time, "time", lambda: now + 60)  # as long as the machine has been running less
    assert boot.name() != name


def test_only_what_an_earlier_run_wrote_here_is_in_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "copy"):
        (tmp_path / name).mkdir()
    one, copy = (os.fspath(tmp_path / name) for name in ("one", "copy"))
    written = boot.note(one)
    assert not boot.in_doubt(written, one)
    monkeypatch.setattr(boot, "name", lambda: "later")
    assert boot.in_doubt(written, one)
    assert not boot.in_doubt(written, copy)
    assert not boot.in_doubt("", one)
    with pytest.raises(FileNotFoundError):
        boot.in_doubt(written, f"{one}/gone")
