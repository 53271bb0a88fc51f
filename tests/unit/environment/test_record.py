"""RECORD: what is written is read back, whatever the names."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from venvoy.environment import record
from venvoy.model.stored import row

NAMES = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=20)


@given(st.sets(NAMES), NAMES)
def test_paths_come_back_and_the_csv_module_agrees(names: set[str], own: str) -> None:
    text = record.render((row(name, "digest", 5) for name in names), own).decode()
    assert sorted(record.paths(text)) == sorted([*names, own])
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[-1] == [own, "", ""]
    assert sorted(rows[:-1]) == sorted([name, "sha256=digest", "5"] for name in names)


@given(st.lists(NAMES))
def test_the_order_of_the_files_does_not_show(names: list[str]) -> None:
    rows = [row(name, "d", 1) for name in names]
    assert record.render(rows, "own") == record.render(rows[::-1], "own")


def test_digests_are_those_of_the_wheel_specification() -> None:
    assert record.digest(b"") == "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


def test_old_records_are_understood() -> None:
    assert record.paths('a.py,,\r\n\r\n"b,c.py",sha256=x,1\r\nd\r\n') == ["a.py", "b,c.py", "d"]
    assert record.paths("a.py,sha256=x,1\r\nb.py\n\nc.py,,\n") == ["a.py", "b.py", "c.py"]
