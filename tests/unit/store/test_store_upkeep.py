"""What of the store can go: never what is needed, the least recently used first, no more than has to."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import venvoy
from support.stored import bare_environment
from venvoy.store import noting, registry
from venvoy.store.manifest import BUCKET
from venvoy.store.upkeep import BUCKETS, Entry, folder_size, other_buckets, surplus


def entry(number: int, size: int) -> Entry:
    return Entry(f"{number:064x}", f"name{number}", "1.0", size, 1, float(number))


FOUR = [entry(number, 10) for number in range(4)]
NEEDED = {FOUR[1].sha256}


def test_every_bucket_is_known() -> None:
    written = set()
    for path in Path(venvoy.__path__[0]).rglob("*.py"):
        if path.name != "upkeep.py":
            written |= set(re.findall(r'"([a-z]+-v\d+)"', path.read_text(encoding="utf-8")))
    assert written == BUCKETS


def numbers(entries: list[Entry]) -> list[int]:
    return [int(one.sha256, 16) for one in entries]


@pytest.mark.parametrize(
    ("most", "gone"), [(None, [0, 2, 3]), (40, []), (39, [0]), (30, [0]), (29, [0, 2]), (10, [0, 2, 3]), (0, [0, 2, 3])]
)
def test_what_goes_for_a_size(most: int | None, gone: list[int]) -> None:
    assert numbers(surplus(FOUR, NEEDED, most)) == gone


def test_with_nothing_needed_everything_can_go() -> None:
    assert numbers(surplus(FOUR, set(), None)) == [0, 1, 2, 3]
    assert numbers(surplus(FOUR, set(), 15)) == [0, 1, 2]


@given(st.lists(st.tuples(st.integers(0, 99), st.booleans()), max_size=12), st.none() | st.integers(0, 500))
def test_what_is_needed_never_goes_and_no_more_than_has_to(wheels: list[tuple[int, bool]], most: int | None) -> None:
    entries = [entry(number, size) for number, (size, _) in enumerate(wheels)]
    needed = {entry(number, size).sha256 for number, (size, keep) in enumerate(wheels) if keep}
    gone = surplus(entries, needed, most)
    assert not needed & {one.sha256 for one in gone}
    free = [one for one in entries if one.sha256 not in needed]
    assert gone == free[: len(gone)], "least recently used first"
    left = sum(one.size for one in entries) - sum(one.size for one in gone)
    if most is None:
        assert gone == free
    else:
        assert left <= most or gone == free
        assert not gone or left + gone[-1].size > most, "the last one had to go"


def test_an_environment_is_known_until_it_is_gone(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    assert registry.living(root) == ()
    first, second = (bare_environment(tmp_path / name) for name in ("b é", "a"))
    for environment in (first, second, first):
        registry.note(root, environment)
    assert [one.path for one in registry.living(root)] == sorted([first, second])
    (first / "pyvenv.cfg").unlink()
    assert [one.path for one in registry.living(root)] == [second]
    assert len(list((root / noting.FOLDER).iterdir())) == 1, "what is gone is forgotten"


def test_one_environment_behind_two_names_is_one(tmp_path: Path) -> None:
    environment = bare_environment(tmp_path / "real")
    (tmp_path / "link").symlink_to(environment)
    registry.note(tmp_path / "cache", environment)
    registry.note(tmp_path / "cache", tmp_path / "link")
    assert [one.path for one in registry.living(tmp_path / "cache")] == [environment]


def test_what_is_noted_wrongly_counts_for_nothing(tmp_path: Path) -> None:
    folder = tmp_path / noting.FOLDER
    folder.mkdir()
    (folder / "empty").write_bytes(b"")
    (folder / "binary").write_bytes(b"\xff\xfe\x00")
    assert registry.living(tmp_path) == ()


@pytest.mark.skipif(os.name == "nt", reason="what may not be looked at is made as POSIX has it")
def test_an_environment_that_one_may_not_look_into_stays_noted(tmp_path: Path) -> None:
    hidden, gone = tmp_path / "loop" / "env", tmp_path / "gone"
    (tmp_path / "loop").symlink_to("loop")
    noted = tmp_path / "cache" / "environments-v1"
    noted.mkdir(parents=True)
    (noted / "1").write_bytes(os.fsencode(hidden) + b"\n")
    (noted / "2").write_bytes(os.fsencode(gone) + b"\n")
    assert registry.living(tmp_path / "cache") == ()
    assert [path.name for path in noted.iterdir()] == ["1"]


def test_a_store_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    registry.note(tmp_path / "cache", bare_environment(tmp_path / "env"), ["0" * 64])


def test_buckets_of_other_versions_are_told_from_our_own(tmp_path: Path) -> None:
    names = ["wheels-v0", "wheels-v99", "wheels-vX", "wheels", "simple-v0", "xwheels-v1"]
    for name in [*names, BUCKET]:
        (tmp_path / name).mkdir()
    assert other_buckets(tmp_path) == ("simple-v0", "wheels-v0", "wheels-v99")
    assert other_buckets(tmp_path / "missing") == ()


def test_the_size_of_a_folder_counts_links_and_not_what_they_lead_to(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x").write_bytes(bytes(100))
    os.link(tmp_path / "a/x", tmp_path / "y")
    assert folder_size(tmp_path) == (200, 2)
    assert folder_size(tmp_path / "missing") == (0, 0)
