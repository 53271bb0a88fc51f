"""The stamp: a small file that says what an environment equals, so that "nothing to do" costs a few ``stat`` calls.

``venvoy.entry`` imports this before anything else is loaded: ``os`` only, here and in what it takes to get here.

``<environment>/.venvoy/stamp`` is text in the file system's encoding, one item a line::

    venvoy-stamp 1
    <version of venvoy>
    <selection, as selection() writes it>
    <size> <modification time in ns> <inode> <path>
    absent <path>
    …
    end

The environment equals its inputs while every line still holds: the project's files are as they were when they were
read, and the environment's own as they were when it had been brought up to date. A folder's modification time changes
when a distribution comes or goes. An unfinished transaction breaks the stamp too.

The inputs are to be observed *before* they are read: a change made while venvoy works then shows afterwards.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as type checkers want it, without the 9 ms of typing
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Stat = Callable[[str], os.stat_result]

FORMAT = "venvoy-stamp 1"
PLACE = ".venvoy/stamp"
_TRANSACTION = ".venvoy/transaction"
_END = "end"  # it is not flushed to the disk, so a power cut may shorten it


def observe(paths: Iterable[str], stat: Stat = os.stat) -> list[str]:
    """A line about each path as it is now, links followed: size, modification time and inode, or that it is absent."""
    return [_line(path, stat) for path in paths]


def selection(groups: Iterable[str], extras: Iterable[str], flags: Iterable[str] = ()) -> str:
    """One line for what was selected; the order of the arguments' items does not matter."""
    parts = (("groups", groups), ("extras", extras), ("flags", flags))
    return " ".join(f"{name}={','.join(sorted(items))}" for name, items in parts)


def write(root: str, version: str, selected: str, lines: Iterable[str]) -> bool:
    """Write the stamp of the environment at ``root``.

    Args:
        root: the environment's folder.
        version: venvoy's own.
        selected: from :func:`selection`.
        lines: from :func:`observe`: the inputs before they were read, the environment's own files after the change.

    Returns:
        Whether it was written. When not, the next command merely works a little longer.
    """
    place = f"{root}/{PLACE}"
    temporary = f"{place}.{os.getpid()}"
    text = "\n".join((FORMAT, version, selected, *lines, f"absent {root}/{_TRANSACTION}", _END, ""))
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(temporary, "wb") as file:
            file.write(os.fsencode(text))
        os.replace(temporary, place)
    except OSError:
        return False
    return True


def matches(root: str, version: str, selected: str, stat: Stat = os.stat) -> bool:
    """Whether the environment at ``root`` still equals its inputs, for this version of venvoy and this selection."""
    try:
        with open(f"{root}/{PLACE}", "rb") as file:
            text = os.fsdecode(file.read())
    except OSError:
        return False
    return check(text, version, selected, stat)


def check(text: str, version: str, selected: str, stat: Stat = os.stat) -> bool:
    """Whether every line of a stamp still holds."""
    head, lines = text.split("\n")[:3], text.split("\n")[3:]
    if head != [FORMAT, version, selected] or lines[-2:] != [_END, ""]:
        return False
    for line in lines[:-2]:
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
