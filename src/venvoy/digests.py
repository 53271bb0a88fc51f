"""Digests without OpenSSL, which takes 4 ms to load: for what is small, or nobody else has to know.

SHA-256 is what the standards name; without OpenSSL it is slow, some 5 ns a byte, so ``hashlib`` hashes large files.
BLAKE2b takes a fifth of that: for names and checks that stay among us.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import blake2b, sha256

__all__ = ["blake2b", "sha256"]

_MODULES = {"blake2b": "_blake2", "sha256": "_sha2" if sys.version_info >= (3, 12) else "_sha256"}


def __getattr__(name: str) -> object:
    """Either of the two, from the module that has nothing else."""
    if name not in _MODULES:
        raise AttributeError(name)
    try:
        return getattr(__import__(_MODULES[name]), name)
    except (ImportError, AttributeError):  # Python was built without it
        return getattr(__import__("hashlib"), name)
