"""A power cut: what nobody has flushed to the disk is lost, and the machine is started again.

Each file that was written since :class:`Disk` looked and of which no flush (``fsync``) was seen loses what it holds, in
one of the ways that file systems are known for; a hard link loses it in all of its places.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from venvoy.system.native import WINDOWS


def empty(path: Path) -> None:
    """ext4, XFS: its name is there, and nothing in it."""
    _become(path, b"")


def zeros(path: Path) -> None:
    """NTFS, and others without order between names and contents: the size is right, the content is not."""
    _become(path, bytes(path.stat().st_size))


def half(path: Path) -> None:
    """The first blocks were written in time."""
    _become(path, path.read_bytes()[: path.stat().st_size // 2])


def _become(path: Path, content: bytes) -> None:
    status = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def gone(path: Path) -> None:
    """Not even its name was."""
    path.unlink()


WAYS = (empty, zeros, half, gone)


class Disk:
    """The files below some folders.

    Args:
        folders: all that is in them now is on the disk.
        log: where whoever writes to them notes what was flushed: see :func:`support.kills.run`.
    """

    def __init__(self, log: Path, *folders: Path) -> None:
        self.log = log
        self._folders = folders
        self._safe = {_state(path) for path in self._files()}

    def cut(self, way: Callable[[Path], None]) -> int:
        """Lose what is not on the disk; returns how many files that concerned."""
        flushed = {tuple(map(int, line.split())) for line in self.log.read_text("ascii").splitlines()}
        lost = defaultdict(list)
        for path in self._files():
            state = _state(path)
            if state not in self._safe and state not in flushed and state[1]:
                lost[state].append(path)
        for paths in lost.values():
            mode = paths[0].stat().st_mode & 0o777
            paths[0].chmod(0o600)
            for path in paths if way is gone else paths[:1]:
                way(path)
            if way is not gone:
                paths[0].chmod(mode)
        return len(lost)

    def _files(self) -> Iterator[Path]:
        for folder in self._folders:
            yield from (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _state(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def noting(log: Path) -> None:
    """In the process that writes: note what it flushes. Not on Windows."""
    assert not WINDOWS
    flush = os.fsync
    notes = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)

    def noted(descriptor: Any) -> None:
        flush(descriptor)
        status = os.fstat(descriptor)
        os.write(notes, f"{status.st_ino} {status.st_size} {status.st_mtime_ns}\n".encode())

    os.fsync = noted  # type: ignore[assignment]
