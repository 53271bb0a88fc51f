"""Let an environment that was moved or copied work where it is now: its commands and scripts get its new path."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from venvoy.environment import record, shebangs, stamp
from venvoy.errors import Problem
from venvoy.model.stored import quote, row
from venvoy.patterns import pattern
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# What every shell reads as a part of a path; one with other letters would have to be quoted in each script.
_PLAIN = pattern(r"[\w/\\:.+@=,-]*")
_MOST = 1 << 20
_ARCHIVE = b"PK\x03\x04"
_DIRECT = pattern(rb"#!\"?(?P<python>[^\"\r\n]*?)\"?(?P<rest>[ \t][^\r\n]*)?\r?\n")
_THROUGH_SHELL = pattern(rb"#!/bin/sh\n'''exec' (?:\"(?P<d>[^\"\n]*)\"|'(?P<s>[^'\n]*)'|(?P<n>\S+))[^\n]*\n' '''\n")


def rewrite(root: Path, scripts: Path, origin: str, homes: Iterable[Path] = ()) -> tuple[str, ...]:
    """Put the path of an environment in place of the one that it was made for.

    Args:
        root: where it is now.
        scripts: its folder of commands.
        origin: the path that it was made for.
        homes: its folders for modules: what a RECORD there says of a file is brought up to date with it.

    Returns:
        The names of the files that were changed, sorted.

    Raises:
        Problem: ``environment-path`` when its path would have to be quoted, ``permission-denied``, ``disk-full`` or
            ``file-error``; what was changed until then is right, and the rest can be done again.
    """
    new = os.fspath(root)
    if not _PLAIN.fullmatch(new) or not _PLAIN.fullmatch(origin):
        raise Problem(
            "environment-path",
            "The paths in this environment cannot be rewritten.",
            why="Its path, or the one that it was made for, holds letters that mean something to shells.",
            fix=("Make it anew: venvoy sync, or venvoy venv --force",),
            where=new,
        )
    changed = []
    listed = _Listed(homes)
    with fs.attempting("rewrite the paths in this environment", root, inside=True):
        # the scripts that name the place come last: until they do, the environment is known to be displaced
        names = sorted(os.listdir(scripts), key=lambda name: name.lower().startswith("activate"))
        for path in [root / "pyvenv.cfg", *(scripts / name for name in names)]:
            if path.is_symlink() or not path.is_file() or path.stat().st_size > _MOST:
                continue
            data = path.read_bytes()
            text = _rewritten(data, origin, new)
            if text != data:
                fs.write_atomic(path, text)
                listed.renew(path, text)
                changed.append(path.name)
    with contextlib.suppress(OSError):
        (root / stamp.PLACE).unlink()  # it speaks about the old place
    return tuple(sorted(changed))


class _Listed:
    """What is said in RECORD files of the files of an environment; read when the first of them has changed."""

    def __init__(self, homes: Iterable[Path]) -> None:
        self._homes = tuple(homes)
        self._records: dict[Path, Path] | None = None

    def renew(self, path: Path, data: bytes) -> None:
        """Write the new digest and size of a file into the RECORD that lists it."""
        if self._records is None:
            self._records = {
                Path(os.path.normpath(file.parent.parent / name)): file
                for home in self._homes
                for file in home.glob("*.dist-info/RECORD")
                for name in record.paths(file.read_text(encoding="utf-8", errors="surrogateescape"))
                if name.startswith("../")
            }
        file = self._records.get(path)
        if file is None:
            return
        name = os.path.relpath(path, file.parent.parent).replace(os.sep, "/")
        text = file.read_text(encoding="utf-8", errors="surrogateescape")
        rows = [
            row(name, record.digest(data), len(data)) if line.startswith(f"{quote(name)},") else line
            for line in text.split("\n")
        ]
        fs.write_atomic(file, "\n".join(rows).encode("utf-8", "surrogateescape"))


def with_python(data: bytes, origin: str, moved: Callable[[str], str]) -> bytes:
    """A command with another Python in its first line, if it starts one below ``origin``; else as it is."""
    if data[:2] == b"MZ":
        return _launcher(data, origin, moved)
    first = _THROUGH_SHELL.match(data) or _DIRECT.match(data)
    if not first:
        return data
    found = first.groupdict()
    python = os.fsdecode(next(filter(None, (found.get(name) for name in ("python", "d", "s", "n"))), b""))
    if not _within(python, origin):
        return data
    return shebangs.shebang(moved(python), (found.get("rest") or b"").strip()) + data[first.end() :]


def _rewritten(data: bytes, origin: str, new: str) -> bytes:
    text = with_python(data, origin, lambda python: new + python[len(origin) :])
    if text != data or b"\0" in data:
        return text
    # not /envs/web2 where /envs/web is meant
    return re.sub(re.escape(os.fsencode(origin)) + rb"(?![\w.-])", lambda _: os.fsencode(new), data)


def _launcher(data: bytes, origin: str, moved: Callable[[str], str]) -> bytes:
    """A Windows launcher: a program, the line with the interpreter, an archive that is found wherever it starts."""
    archive = data.rfind(_ARCHIVE, 0, data.rfind(b"PK\x01\x02"))
    start = data.rfind(b"#!", 0, archive)
    match = _DIRECT.match(data, start, archive) if 0 <= start < archive else None
    if not match:
        return data
    python = os.fsdecode(match["python"])
    if not _within(python, origin):
        return data
    return data[:start] + shebangs.shebang(moved(python)) + data[match.end() :]


def _within(python: str, origin: str) -> bool:
    return os.path.normcase(python).startswith(os.path.normcase(origin) + os.sep)
