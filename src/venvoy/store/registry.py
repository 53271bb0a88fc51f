"""Which environments use the store, so that nothing is thrown away that one of them needs.

Layout below the store's root, version 1::

    environments-v1/<24 digits>      a file for each environment: its absolute path, UTF-8, and a line feed

The name is the start of the SHA-256 of that path; the file's modification time says when venvoy last changed the
environment. A file whose environment is gone is deleted by whoever notices. Another version of venvoy that changes the
layout takes another name for the folder, and reads this one as well.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from venvoy.store import noting
from venvoy.store.manifest import BUCKET
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

USER_SITE = ".venvoy/user-site"
"""In the folder that venvoy keeps for a user site: the path of that, and a line feed."""


class Living(NamedTuple):
    """An environment that is there, and when venvoy last changed it: seconds since the epoch."""

    path: Path
    changed: float


def note(root: Path, environment: Path, wheels: Iterable[str] = ()) -> None:
    """Note that an environment uses the store, and that these wheels were used just now.

    That it cannot be noted, in a store that may only be read, is no fault.
    """
    noting.note(os.fspath(root), os.fspath(environment))
    for digest in wheels:
        with suppress(OSError):
            os.utime(os.path.join(root, BUCKET, digest[:2], digest))


def living(root: Path) -> tuple[Living, ...]:
    """The environments that are still there, sorted by path; what is noted about others is forgotten.

    In a store that several people share, one may not look into the environments of the others: those stay noted.

    Raises:
        Problem: ``permission-denied`` or ``file-error``.
    """
    found: list[Living] = []
    try:
        for name in os.listdir(root / noting.FOLDER):
            path = root / noting.FOLDER / name
            text = path.read_bytes().decode("utf-8", "surrogateescape").rstrip("\n")
            marks = [os.path.join(text, mark) for mark in ("pyvenv.cfg", USER_SITE)]
            if text and any(map(os.path.isfile, marks)):
                found.append(Living(Path(text), path.stat().st_mtime))
            elif not text or all(map(fs.is_gone, marks)):
                fs.discard(os.fspath(path))
    except FileNotFoundError:
        return tuple(sorted(found))
    except OSError as error:
        raise fs.problem(error, "see which environments use the store", error.filename or root) from error
    return tuple(sorted(found))
