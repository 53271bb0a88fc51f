"""What the store holds, how large it is, and what of it can go."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from venvoy.patterns import pattern
from venvoy.store.manifest import BUCKET
from venvoy.system import fs
from venvoy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from pathlib import Path

    from venvoy.store.store import Store

_BUCKETS = pattern(r"wheels-v\d+")
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
    try:
        return sorted(_entries(store, os.path.join(root, BUCKET)), key=lambda entry: (entry.used, entry.sha256))
    except OSError as error:
        raise fs.problem(error, "read the wheel store", error.filename or root) from error


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
    return tuple(sorted(name for name in names if _BUCKETS.fullmatch(name) and name != BUCKET))


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
    """The bytes and the number of the files below a folder, as far as they can be seen."""
    size = count = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                size += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue
            count += 1
    return size, count
