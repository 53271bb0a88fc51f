"""The stamp: a small file that says what an environment equals, so that "nothing to do" costs a few ``stat`` calls.

``venvoy.entry`` imports this before anything else is loaded: ``os`` only, here and in what it takes to get here.

``<environment>/.venvoy/stamp`` is text in the file system's encoding, one item a line::

    venvoy-stamp 1
    <version of venvoy>
    <selection, as selection() writes it>
    boot <this run of the machine>                  while there is anything that a power cut would take
    <size> <modification time in ns> <inode> <path>
    absent <path>
    …
    absent <environment>/.venvoy/transaction

The environment equals its inputs while every line still holds: the project's files are as they were when they were
read, and the environment's own as they were when it had been brought up to date. A folder's modification time changes
when a distribution comes or goes. An unfinished transaction breaks the stamp too.

The inputs are to be observed *before* they are read: a change made while venvoy works then shows afterwards.
"""

from __future__ import annotations

import os

from venvoy.system import boot, observed

TYPE_CHECKING = False  # as type checkers want it, without the 9 ms of typing
if TYPE_CHECKING:
    from collections.abc import Iterable

    from venvoy.system.observed import Stat

FORMAT = "venvoy-stamp 1"
PLACE = ".venvoy/stamp"
TRANSACTION = ".venvoy/transaction"
UNSETTLED = ".venvoy/unsettled"
"""The note of what a power cut would take: see :mod:`venvoy.environment.unsettled`."""


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
        lines: from :func:`venvoy.system.observed.observe`: the inputs before they were read, the environment's own
            files after the change.

    Returns:
        Whether it was written. When not, the next command merely works a little longer.
    """
    place = f"{root}/{PLACE}"
    temporary = f"{place}.{os.getpid()}"
    run = [f"boot {boot.name()}"] if os.path.exists(f"{root}/{UNSETTLED}") else []
    text = "\n".join((FORMAT, version, selected, *run, *lines)) + _end(root)
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(temporary, "wb") as file:
            file.write(os.fsencode(text))
        os.replace(temporary, place)
    except OSError:
        return False
    return True


def matches(root: str, version: str, stat: Stat = os.stat) -> bool:
    """Whether the environment at ``root`` still equals its inputs and its selection, for this version of venvoy."""
    return check(_read(root), root, version, stat)


def selected(root: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The groups and the extras that the environment at ``root`` was last made to hold; None when it has no stamp."""
    lines = _read(root).split("\n")
    if lines[0] != FORMAT or len(lines) < 3:  # noqa: PLR2004 - the selection is the third line
        return None
    parts = dict(part.partition("=")[::2] for part in lines[2].split(" "))
    groups, extras = (tuple(filter(None, parts.get(name, "").split(","))) for name in ("groups", "extras"))
    return groups, extras


def belongs(root: str) -> bool:
    """Whether the stamp, if there is one, was written at this very place: false for a copied or moved environment.

    One place may have several paths, by way of a link.
    """
    text = _read(root)
    whole = text.startswith(f"{FORMAT}\n") and text.endswith(f"/{TRANSACTION}\n")
    if not whole or text.endswith(_end(root)):
        return True
    there = text[text.rindex("\nabsent ") + len("\nabsent ") : -len(f"/{TRANSACTION}\n")]
    try:
        return os.path.samefile(there, root)
    except OSError:
        return False


def check(text: str, root: str, version: str, stat: Stat = os.stat) -> bool:
    """Whether every line of a stamp still holds.

    The stamp of an environment that was copied along with its project speaks about the original: it never holds.
    """
    lines = text.split("\n")
    if lines[:2] != [FORMAT, version] or not text.endswith(_end(root)):
        return False
    if lines[3].startswith("boot ") and lines.pop(3) != f"boot {boot.name()}":
        return False
    return observed.holds(lines[3:-1], stat)


def in_doubt(root: str) -> bool:
    """Whether a power cut may have taken something of the environment at ``root``."""
    try:
        with open(f"{root}/{UNSETTLED}", "rb") as file:
            head = file.read(100)
    except OSError:
        return False
    return not head.startswith(f'[1,"{boot.name()} '.encode())


def _read(root: str) -> str:
    try:
        with open(f"{root}/{PLACE}", "rb") as file:
            return os.fsdecode(file.read())
    except OSError:
        return ""


def _end(root: str) -> str:
    return f"\nabsent {root}/{TRANSACTION}\n"
