"""The manifest says again what was put into it, and notices when it was cut or changed."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from venvoy.model.stored import Files, StoredFile, StoredWheel
from venvoy.store import manifest

SHA256 = "ab" * 32
# Every character that a path in a wheel may have: control characters are refused on the way in.
PARTS = st.text(
    st.characters(codec="utf-8", exclude_characters="/\\\x7f", exclude_categories=["Cs"], min_codepoint=32), min_size=1
)
FILES = st.builds(
    StoredFile,
    path=st.lists(PARTS, min_size=1, max_size=4).map("/".join),
    size=st.integers(0, 1 << 40),
    mtime_ns=st.integers(0, 1 << 62),
    executable=st.booleans(),
    digest=st.binary(min_size=32, max_size=32).map(lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()),
)
WHEELS = st.builds(
    StoredWheel,
    name=st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True).map(canonicalize_name),
    version=st.sampled_from(["1.0", "2!1.0rc1+local.1"]),
    sha256=st.just(SHA256),
    root=st.just("/store/files"),
    dist_info=st.just("demo-1.0.dist-info"),
    purelib=st.booleans(),
    files=st.lists(FILES, max_size=8).map(Files.of),
)


@given(WHEELS)
def test_what_was_written_is_what_is_read(wheel: StoredWheel) -> None:
    assert manifest.parse(manifest.render(wheel), SHA256, "/store/files") == wheel


@given(WHEELS, st.data())
def test_a_manifest_that_was_cut_off_is_no_manifest(wheel: StoredWheel, data: st.DataObject) -> None:
    whole = manifest.render(wheel)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(ValueError, match="manifest"):
        manifest.parse(whole[:cut], SHA256, "/store/files")


@given(WHEELS, st.data())
def test_a_manifest_with_one_byte_changed_is_no_manifest(wheel: StoredWheel, data: st.DataObject) -> None:
    changed = bytearray(manifest.render(wheel))
    position = data.draw(st.integers(0, len(changed) - 1))
    changed[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError, match="manifest"):
        manifest.parse(bytes(changed), SHA256, "/store/files")


def test_the_form_is_the_documented_one() -> None:
    files = Files.of(
        [
            StoredFile("demo/z.py", 5, 1_700_000_000_000_000_001, executable=True, digest="abc"),
            StoredFile("demo/sub/a,b.py", 6, 2, executable=False, digest="def"),
            StoredFile("demo-1.0.dist-info/METADATA", 7, 3, executable=False, digest="ghi"),
            StoredFile("single.py", 8, 4, executable=False, digest="jkl"),
        ]
    )
    wheel = StoredWheel(
        canonicalize_name("demo"), "1.0", SHA256, "/r", "demo-1.0.dist-info", purelib=False, files=files
    )
    assert manifest.render(wheel).decode().splitlines()[:-1] == [
        "venvoy wheel 2",
        "demo",
        "1.0",
        "demo-1.0.dist-info",
        "platlib",
        "3",
        "1 ",
        "2 demo",
        "1 demo-1.0.dist-info",
        "4 1700000000000000001 2 3",
        "1",
        "single.py,sha256=jkl,8",
        "demo/z.py,sha256=abc,5",
        '"demo/sub/a,b.py",sha256=def,6',
        "demo-1.0.dist-info/METADATA,sha256=ghi,7",
    ]
