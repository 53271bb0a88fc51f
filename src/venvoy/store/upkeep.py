"""What the store holds, how large it is, and what of it can go."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from venvoy.patterns import pattern
from venvoy.store.manifest import BUCKET
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from pathlib import Path

    from venvoy.store.store import Store

PAGES = "simple-v3"
"""Where the pages of indexes are."""
BUCKETS = frozenset(
    {
        BUCKET,
        PAGES,
        "answers-v1",
        "builds-v1",
        "direct-v1",
        "environments-v1",
        "git-v1",
        "history-v2",
        "interpreters-v1",
        "metadata-v2",
        "pips-v1",
        "selections-v1",
        "shell-v1",
        "trust-v1",
        "virtualenv-v1",
    }
)
"""What this version of venvoy keeps in its cache, whichever part of it; each is described where it is written."""
_DIGEST = pattern(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """An unpacked wheel in the store.

    ``size`` is the sum of its files in bytes. ``used`` is when an environment was last filled from it, in seconds since
    the epoch. ``name`` and ``version`` are empty where the manifest cannot be read.
    """

    sha256: str
    name: str
    version: str
    size: int
    files: int
    used: float


def entries(store: Store, root: Path) -> list[Entry]:
    """Every entry, least recently used first.

    Raises:
        Problem: ``permission-denied`` or ``file-error``.
    """
    with fs.attempting("read the wheel store", root, inside=True):
        return sorted(_entries(store, os.path.join(root, BUCKET)), key=lambda entry: (entry.used, entry.sha256))


def _entries(store: Store, bucket: str) -> Iterator[Entry]:
    if not os.path.isdir(bucket):
        return
    for shard in os.listdir(bucket):
        if len(shard) != 2:  # noqa: PLR2004 - the first two digits
            continue
        with os.scandir(os.path.join(bucket, shard)) as found:
            for one in found:
                if not _DIGEST.fullmatch(one.name):
                    continue
                wheel = store.read(one.name)
                name, version = (wheel.name, wheel.version) if wheel else ("", "")
                sizes = [file.size for file in wheel.files] if wheel else []
                yield Entry(one.name, name, version, sum(sizes), len(sizes), one.stat().st_mtime)


def other_buckets(root: Path) -> tuple[str, ...]:
    """Buckets of other versions of venvoy: folders like our own with another number."""
    try:
        names = os.listdir(root)
    except OSError:
        return ()
    kinds = {name.rpartition("-v")[0] for name in BUCKETS}
    return tuple(sorted(name for name in names if name not in BUCKETS and _kind(name) in kinds))


def _kind(name: str) -> str:
    kind, _, number = name.rpartition("-v")
    return kind if number.isdecimal() else ""


def old_pages(root: Path, before: float) -> list[tuple[str, int]]:
    """The pages that no index has sent or confirmed since (seconds since the epoch), each with its size in bytes."""
    found = []
    for folder, _, names in os.walk(root / PAGES):
        for path in (os.path.join(folder, name) for name in names):
            with suppress(OSError):
                status = os.stat(path)
                if status.st_mtime < before:
                    found.append((path, status.st_size))
    return found


def surplus(all_entries: Iterable[Entry], needed: Container[str], most: int | None) -> list[Entry]:
    """What can go: all that is not needed, or with ``most`` only as much as has to, least recently used first.

    Args:
        all_entries: least recently used first.
        needed: digests of what must stay.
        most: how many bytes the store may have; None is none at all for what is not needed.
    """
    listed = list(all_entries)
    size = sum(entry.size for entry in listed)
    gone: list[Entry] = []
    for entry in listed:
        if entry.sha256 in needed:
            continue
        if most is not None and size <= most:
            break
        gone.append(entry)
        size -= entry.size
    return gone


def folder_size(folder: Path) -> tuple[int, int]:
    """The bytes and the number of the files below a folder, or of the one file, as far as they can be seen."""
    size = count = 0
    for path in [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names] or [
        os.fspath(folder)
    ]:
        with suppress(OSError):
            status = os.lstat(path)
            if not stat.S_ISDIR(status.st_mode):
                size, count = size + status.st_size, count + 1
    return size, count
