"""SHA-256 without OpenSSL, which takes 4 ms to load: for names of files and small contents.

``hashlib`` hashes large files faster; whoever does that imports it.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import sha256
else:
    for _module in ("_sha2" if sys.version_info >= (3, 12) else "_sha256", "hashlib"):  # built without the former
        try:
            sha256 = __import__(_module).sha256
            break
        except (ImportError, AttributeError):
            continue

__all__ = ["sha256"]
