"""What an environment holds that may not be on the disk yet: a power cut would take it.

Nothing in an environment is flushed but the journal. ``.venvoy/unsettled`` says what was put into it in this run of the
machine, and comes with the change itself: it is one of the files that a transaction moves. Once the machine has been
started again, the next command that changes something looks at exactly these files, and the note goes.

It is JSON, version 1: ``[1, BOOT, [TIME, {PATH: CRC32, …}], [[TIME, SHA256, NAME, VERSION, DIST-INFO, CRC32, REQUESTED,
DIRECT_URL], …]]``: see :mod:`venvoy.system.boot`; the files that the environment was made with; the distributions, each
with the checksum of its RECORD. What somebody has changed since TIME (in ns) is theirs.
"""

from __future__ import annotations

import os
import stat
import time
import zlib

from venvoy.environment.stamp import UNSETTLED as PLACE
from venvoy.system import boot, fs
from venvoy.values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from venvoy.model.plan import Plan

_VERSION = 1


class Put(NamedTuple):
    """A distribution that was put into an environment; ``dist_info`` is relative to it, ``record`` a CRC-32."""

    time: int
    wheel: str
    name: str
    version: str
    dist_info: str
    record: int
    requested: bool
    direct_url: dict[str, object] | None


class Note(NamedTuple):
    """What the file says; ``made`` is None where nobody can read it."""

    written: str
    made: tuple[int, dict[str, int]] | None
    put: tuple[Put, ...]


def made(root: Path) -> None:
    """Note with what files a new environment was made; links share theirs with what is kept elsewhere."""
    now, sums = time.time_ns(), {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            if status.st_nlink == 1 and stat.S_ISREG(status.st_mode):
                sums[os.path.relpath(path, root)] = checksum(path)
    (root / PLACE).write_bytes(_text(root, (now, sums), ()))


def after(root: Path, plan: Plan, records: Mapping[str, tuple[str, bytes]]) -> bytes:
    """What the note says after a change; what an earlier run of the machine left has been looked at before.

    Args:
        root: the environment's folder; venvoy's own is in it.
        plan: the change.
        records: by the name of each new distribution its ``.dist-info``, relative to the environment, and its RECORD.

    Returns:
        Its content; empty when there is nothing to note.
    """
    note = _read(root)
    if note is not None and note.written != boot.note(os.fspath((root / PLACE).parent)):
        note = None
    names = {one.name for one in plan.remove} | records.keys()
    put = [one for one in note.put if one.name not in names] if note else []
    for one in plan.install:
        wheel, origin = one.wheel, dict(one.direct_url) if one.direct_url else None
        information, content = records[wheel.name]
        facts = (wheel.sha256, wheel.name, wheel.version, information, zlib.crc32(content), one.requested, origin)
        put.append(Put(time.time_ns(), *facts))
    return _text(root, note.made if note else (0, {}), put) if put or note else b""


def pending(root: Path) -> Note | None:
    """What there is to look at; None when there is nothing. A note about another place or run is deleted."""
    note = _read(root)
    if note is None:
        return None
    if note.written and not boot.in_doubt(note.written, os.fspath((root / PLACE).parent)):
        if note.written.partition(" ")[0] != boot.name():
            drop(root)
        return None
    return note


def drop(root: Path) -> None:
    """All of it is on the disk."""
    fs.discard(os.fspath(root / PLACE))


def checksum(path: str) -> int:
    """The CRC-32 of what a file holds."""
    with open(path, "rb") as file:
        return zlib.crc32(file.read())


def _text(root: Path, files: tuple[int, dict[str, int]] | None, put: Iterable[Put]) -> bytes:
    import json  # noqa: PLC0415 - 3 ms that locking saves

    written = boot.note(os.fspath((root / PLACE).parent))
    return json.dumps([_VERSION, written, files, list(put)], separators=(",", ":")).encode()


def _read(root: Path) -> Note | None:
    """None without a note; one that does not say when it was written when it cannot be read."""
    import json  # noqa: PLC0415

    try:
        version, written, files, put = json.loads((root / PLACE).read_bytes())
        if version != _VERSION:
            return Note("", (0, {}), ())
        return Note(written, tuple(files) if files else None, tuple(Put(*one) for one in put))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        return Note("", None, ())
