from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from packaging.version import Version

from support.notes import Notes
from venvoy.errors import Problem
from venvoy.formats.simple_api import Page
from venvoy.index.cache import Cache
from venvoy.model.artifact import CoreMetadata
from venvoy.values import replace

NAME = canonicalize_name("demo")
INDEX = "https://index.example/simple/"
PAGE = Page(
    "https://index.example/simple/demo/",
    b"112",
    ("2.0", "1.0"),
    ((2, 3), (0, 1, 1, 2)),
    {"an invalid version": 3},
    {
        0: (
            (
                "demo-2.0.tar.gz",
                "https://index.example/demo-2.0.tar.gz",
                {"sha256": "ab"},
                3,
                None,
                None,
                None,
                None,
                "",
            ),
        )
    },
)
METADATA = CoreMetadata(NAME, Version("1.0"), ("a>=1", "b"), ">=3.8", frozenset({canonicalize_name("x")}), "words")
SHA = "ab" * 32


def kept(root: Path, max_age: float = 600) -> Cache:
    cache = Cache(root)
    cache.save_page(INDEX, NAME, PAGE, etag='"e"', last_modified="then", max_age=max_age)
    cache.save_metadata(SHA, METADATA)
    return cache


def page_file(root: Path) -> Path:
    return next((root / "simple-v3").glob("*/demo.page"))


def test_a_page_comes_back_as_it_was(tmp_path: Path) -> None:
    found = kept(tmp_path).page(INDEX, NAME)
    assert found is not None
    assert (found.etag, found.last_modified, found.fresh) == ('"e"', "then", True)
    assert replace(found.page, places=tuple(found.page.places)) == PAGE
    assert [found.page.files(number) for number in range(2)] == [b"[2]", b"[1,1]"]


def test_a_large_page_comes_back_as_it_was(tmp_path: Path) -> None:
    body = b"".join(b"%5d" % number * 1000 for number in range(99))
    versions = tuple(f"{number}.0" for number in reversed(range(99)))
    places = [(number * 5000, number * 5000 + 5000) for number in reversed(range(99))]
    cache = Cache(tmp_path)
    cache.save_page(INDEX, NAME, Page("u", body, versions, places), etag="", last_modified="", max_age=1)
    found = cache.page(INDEX, NAME)
    assert found is not None
    assert (found.page.url, found.page.body[:], found.page.versions) == ("u", body, versions)
    assert list(found.page.places) == places
    assert found.page.files(98) == b"[%b]" % (b"    0" * 1000)


@pytest.mark.skipif(os.name != "posix", reason="only there a page is read as it is looked at")
def test_large_pages_hold_no_file_open_and_one_that_was_renewed_is_told(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    large = Page("u", b"1" * 99_999, ("1.0",), ((0, 9),))
    before = len(list(Path("/dev/fd").iterdir()))
    saved = [cache.save_page(INDEX, NAME, large, etag=f"{etag}", last_modified="", max_age=1) for etag in range(3)]
    found = [cache.page(INDEX, NAME) for _ in range(9)]
    assert len(list(Path("/dev/fd").iterdir())) == before
    assert found[0] is not None
    assert found[0].page.files(0) == saved[-1].files(0) == b"[111111111]"
    with pytest.raises(Problem) as caught:
        saved[0].files(0)
    assert str(caught.value) == (
        f"{page_file(tmp_path)}: What the cache holds was renewed or deleted while it was read.\n"
        "Another venvoy is at work.\n"
        "→ Run the command again."
    )
    page_file(tmp_path).unlink()
    assert found[0].page.files(0) == b"[111111111]"
    with pytest.raises(Problem, match="renewed or deleted"):
        _ = found[1] and found[1].page.files(0)


def test_a_page_that_a_power_cut_left_with_zeros_at_its_end_is_none(tmp_path: Path) -> None:
    cache = kept(tmp_path)
    path = page_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-2] + bytes(2))
    assert cache.page(INDEX, NAME) is None
    cache.save_page(INDEX, NAME, Page("u", b"", (), ()), etag="", last_modified="", max_age=1)
    assert cache.page(INDEX, NAME) is not None


def test_a_page_is_fresh_until_its_age_is_over_and_again_when_confirmed(tmp_path: Path) -> None:
    cache = kept(tmp_path)
    old = time.time() - 601
    os.utime(page_file(tmp_path), (old, old))
    found = cache.page(INDEX, NAME)
    assert found is not None
    assert not found.fresh
    cache.touch_page(INDEX, NAME)
    found = cache.page(INDEX, NAME)
    assert found is not None
    assert found.fresh


def test_what_is_current_was_kept_confirmed_or_found_fresh(tmp_path: Path) -> None:
    assert kept(tmp_path, max_age=0).is_current(INDEX, NAME)
    later = Cache(tmp_path)
    assert later.page(INDEX, NAME) is not None
    assert not later.is_current(INDEX, NAME)
    later.touch_page(INDEX, NAME)
    assert later.is_current(INDEX, NAME)
    kept(tmp_path)
    later = Cache(tmp_path)
    assert later.page(INDEX, NAME) is not None
    assert later.is_current(INDEX, NAME)
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert not kept(tmp_path / "file").is_current(INDEX, NAME)


def test_pages_of_other_indexes_and_names_are_not_mixed_up(tmp_path: Path) -> None:
    cache = kept(tmp_path)
    assert cache.page("https://other.example/simple/", NAME) is None
    assert cache.page(INDEX, canonicalize_name("other")) is None
    assert list(cache.names()) == ["demo"]


def test_metadata_comes_back_as_it_was(tmp_path: Path) -> None:
    cache = kept(tmp_path)
    assert cache.metadata(SHA) == METADATA
    assert cache.metadata("cd" * 32) is None


@given(cut=st.integers(0, 400), flip=st.none() | st.integers(0, 400))
def test_a_damaged_file_counts_as_absent_or_is_whole(
    tmp_path_factory: pytest.TempPathFactory, cut: int, flip: int | None
) -> None:
    root = tmp_path_factory.mktemp("cache")
    cache = kept(root)
    for path in (page_file(root), root / "metadata-v2"):
        content = bytearray(path.read_bytes())
        if flip is None:
            content = content[:cut]
        elif flip < len(content):
            content[flip] ^= 0x55
        path.write_bytes(content)
    found = cache.page(INDEX, NAME)
    if found is not None:
        # Only the body has no checksum: it is JSON, and looked at when it is needed.
        assert found.page.versions == PAGE.versions
        assert len(found.page.body) == len(PAGE.body)
    assert cache.metadata(SHA) in (None, METADATA)


def test_a_file_where_the_cache_should_be_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    reporter = Notes()
    cache = Cache(tmp_path / "file", reporter)
    cache.save_metadata(SHA, METADATA)
    cache.save_metadata(SHA, METADATA)
    assert [said.partition(".")[0] for said in reporter.warnings] == [
        "The cache cannot be written, so the next run will be slower"
    ]
    assert cache.page(INDEX, NAME) is None
