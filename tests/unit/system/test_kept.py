"""Facts are believed while all that they rest on is as it was, and never after."""

from __future__ import annotations

from pathlib import Path

import pytest

from venvoy.system import kept, observed

FACTS = ["one", "zwei drei", "\udcff"]


@pytest.fixture(name="place")
def _place(tmp_path: Path) -> str:
    (tmp_path / "there").write_text("there", encoding="utf-8")
    place = str(tmp_path / "cache" / kept.name(("a", "question")))
    lines = observed.observe([str(tmp_path / "there"), str(tmp_path / "absent")])
    kept.remember(place, "kind-1", ("same", 1), FACTS, lines)
    return place


def test_facts_come_back_as_they_were(place: str) -> None:
    assert kept.recall(place, "kind-1", ("same", 1)) == FACTS
    assert kept.recall(place, "kind-2", ("same", 1)) is None
    assert kept.recall(place, "kind-1", ("same", 2)) is None
    assert kept.recall(f"{place}x", "kind-1", ("same", 1)) is None


@pytest.mark.parametrize("name", ["there", "absent"])
def test_facts_are_forgotten_when_something_changes(place: str, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("something else", encoding="utf-8")
    assert kept.recall(place, "kind-1", ("same", 1)) is None


def test_half_a_file_is_none(place: str, tmp_path: Path) -> None:
    file = tmp_path / "cache" / kept.name(("a", "question"))
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert kept.recall(place, "kind-1", ("same", 1)) is None, length
    file.write_bytes(b"\xff" + whole)
    assert kept.recall(place, "kind-1", ("same", 1)) is None
    file.write_bytes(b"\0" * len(whole))
    assert kept.recall(place, "kind-1", ("same", 1)) is None


def test_what_cannot_be_written_is_not_kept(tmp_path: Path) -> None:
    place = str(tmp_path / "place")
    for fact, path in (("two\nlines", "a"), ("", "a"), ("one", "a\nb")):
        kept.remember(place, "kind-1", (), [fact], observed.observe([str(tmp_path / path)]))
        assert kept.recall(place, "kind-1", ()) is None
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    kept.remember(str(tmp_path / "file" / "place"), "kind-1", (), ["one"], observed.observe([place]))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]
