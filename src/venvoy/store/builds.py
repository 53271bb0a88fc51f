"""What was built: which wheel of the store came of which source, and the metadata that a backend computed.

Layout below the store's root, version 1::

    builds-v1/
      wheels/<64 digits>      a text: the SHA-256 of the wheel, and in the lines below what it was built with
      metadata/<64 digits>    a METADATA file
      environments/           environments that backends run in, see venvoy.operations.building.builder
      logs/                   the output of builds that failed, by label

The digits are the SHA-256 of the key that somebody asks with. A wheel that is no longer in the store is as good as not
built. Everything here can be deleted at any time.
"""

from __future__ import annotations

import os
from contextlib import suppress

from venvoy.digests import sha256
from venvoy.errors import Problem
from venvoy.patterns import pattern
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from venvoy.store.store import Store

FOLDER = "builds-v1"
_DIGEST = pattern(r"[0-9a-f]{64}")


class Builds:
    """The records below one folder. Any number of threads and processes may use them at once."""

    def __init__(self, root: Path) -> None:
        self.root = root / FOLDER

    def wheel(self, key: str) -> str:
        """The SHA-256 of the wheel that was built for a key; empty when none was."""
        found = (self._read("wheels", key) or b"")[:64].decode("ascii", "replace")
        return found if _DIGEST.fullmatch(found) else ""

    def note_wheel(self, key: str, sha256: str, made_with: Iterable[str] = ()) -> None:
        """Note which wheel came of a key; that it cannot be noted is no fault."""
        self._write("wheels", key, "\n".join((sha256, *made_with, "")).encode("utf-8"))

    def metadata(self, key: str) -> bytes | None:
        """The METADATA that was computed for a key."""
        return self._read("metadata", key)

    def note_metadata(self, key: str, content: bytes) -> None:
        """Note the metadata of a key; that it cannot be noted is no fault."""
        self._write("metadata", key, content)

    def forget(self, store: Store) -> None:
        """Delete what is noted about wheels that are no longer in the store."""
        folder = self.root / "wheels"
        for path in folder.iterdir() if folder.is_dir() else ():
            with suppress(FileNotFoundError):  # another process was faster
                sha256 = path.read_bytes()[:64].decode("ascii", "replace")
                if not _DIGEST.fullmatch(sha256) or store.read(sha256) is None:
                    fs.discard(os.fspath(path))

    def sweep(self, before: float) -> None:
        """Delete environments and logs that were last used before a moment, in seconds since the epoch."""
        for folder in (self.root / "environments", self.root / "logs"):
            for path in folder.iterdir() if folder.is_dir() else ():
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < before:
                        fs.remove_tree(path)

    def _path(self, kind: str, key: str) -> Path:
        return self.root / kind / sha256(key.encode("utf-8", "surrogateescape")).hexdigest()

    def _read(self, kind: str, key: str) -> bytes | None:
        try:
            return self._path(kind, key).read_bytes()
        except OSError:
            return None

    def _write(self, kind: str, key: str, content: bytes) -> None:
        path = self._path(kind, key)
        with suppress(OSError, Problem):
            path.parent.mkdir(parents=True, exist_ok=True)
            fs.write_atomic(path, content, durable=True)
