"""A line about each path, as it is now: what costs one ``stat`` to compare later. ``os`` only."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as type checkers want it, without the 9 ms of typing
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Stat = Callable[[str], os.stat_result]


def observe(paths: Iterable[str], stat: Stat = os.stat) -> list[str]:
    """A line about each path, links followed: size, modification time in ns, inode, path, or absent and the path."""
    return [_line(path, stat) for path in paths]


def holds(lines: Iterable[str], stat: Stat = os.stat) -> bool:
    """Whether every line is still true."""
    for line in lines:
        absent, _, path = line.partition(" ")
        if absent != "absent":
            path = line.split(" ", 3)[-1]
        if _line(path, stat) != line:
            return False
    return True


def _line(path: str, stat: Stat) -> str:
    try:
        status = stat(path)
    except OSError:
        return f"absent {path}"
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ino} {path}"
