"""Digests without OpenSSL are the same digests."""

from __future__ import annotations

import hashlib
import sys

import pytest

from venvoy import digests


@pytest.mark.parametrize("missing", [False, True], ids=["as Python is built", "without its modules"])
def test_they_are_those_of_hashlib(missing: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if missing:
        for name in ("_sha2", "_sha256", "_blake2"):
            monkeypatch.setitem(sys.modules, name, None)

    assert digests.sha256(b"venvoy").hexdigest() == hashlib.sha256(b"venvoy").hexdigest()
    assert digests.blake2b(b"venvoy", digest_size=16).digest() == hashlib.blake2b(b"venvoy", digest_size=16).digest()
    with pytest.raises(ImportError):
        from venvoy.digests import md5  # noqa: F401 - there is none
