from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venvoy.index.records import Records

BODIES = {f"key-{number}": bytes([number]) * number for number in range(20)}


def filled(path: Path) -> Records:
    records = Records(str(path))
    for key, body in BODIES.items():
        records.put(key, body)
    return records


def test_what_was_kept_is_there_at_once_and_for_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "records"
    records = filled(path)
    later = Records(str(path))
    for each in (records, later):
        assert {key: each.get(key) for key in BODIES} == BODIES
        assert each.get("key") is None
    later.put("key-1", b"new")
    assert later.get("key-1") == Records(str(path)).get("key-1") == b"new"
    assert [file.name for file in path.parent.iterdir()] == ["records"]


def test_several_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "records"
    writers = [Records(str(path)) for _ in range(4)]

    def work(number: int) -> None:
        for key, body in BODIES.items():
            writers[number].put(f"{key}/{number}", body)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    later = Records(str(path))
    found = {later.get(f"{key}/{number}") == body for key, body in BODIES.items() for number in range(4)}
    # Windows does not append in one step: what was written over counts as absent, and is fetched again.
    assert found <= ({True, False} if os.name == "nt" else {True})


@given(at=st.integers(0, 500), damage=st.binary(max_size=30), keep=st.booleans())
def test_a_damaged_record_counts_as_absent_and_does_not_hide_what_is_added_later(
    tmp_path_factory: pytest.TempPathFactory, at: int, damage: bytes, keep: bool
) -> None:
    path = tmp_path_factory.mktemp("records") / "records"
    filled(path)
    content = path.read_bytes()
    path.write_bytes(content[:at] + damage + (content[at + len(damage) :] if keep else b""))
    records = Records(str(path))
    assert all(records.get(key) in (None, body) for key, body in BODIES.items())
    records.put("last", b"words")
    assert Records(str(path)).get("last") == b"words"


def test_a_large_file_is_put_aside_and_what_is_asked_for_moves_over(tmp_path: Path) -> None:
    path = tmp_path / "records"
    filled(path)
    second = Records(str(path), limit=100)
    assert second.get("key-3") == BODIES["key-3"]
    assert path.stat().st_size < 100
    third = Records(str(path), limit=10)
    assert third.get("key-3") == BODIES["key-3"]
    assert third.get("key-4") is None
