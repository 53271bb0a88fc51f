"""Source archives unpacked: nothing outside the folder, no device, no link that leads out, no end without end.

The rules are those of the standard library's ``data`` filter (PEP 706), which not every Python 3.10 has, and one limit
for what an archive may come to. Links are made only where they lead to something that was unpacked before.
"""

from __future__ import annotations

import os
import posixpath
import re
import zlib
from contextlib import contextmanager

from venvoy.errors import Problem
from venvoy.patterns import pattern
from venvoy.system import fs, native
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    import tarfile
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

_MOST_BYTES = 4 << 30
_MOST_ENTRIES = 200_000
_PIECE = 1 << 18
_EXECUTABLE = 0o111
_UNSAFE = pattern(r"[\x00-\x1f\x7f]|^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)")
TAR_SUFFIXES = (".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tar")
"""The names that a tar archive may end in."""


def unpack(archive: Path, folder: Path, label: str) -> Path:
    """Unpack an archive.

    Args:
        archive: a tar, compressed or not, or a zip file; its name tells which.
        folder: an existing, empty folder. What is in it after a Problem is rubbish.
        label: what people call the archive.

    Returns:
        The source tree: the only folder at the top of the archive, or ``folder`` where there are several.

    Raises:
        Problem: source-unsafe, source-invalid, disk-full, permission-denied, file-error.
    """
    with _told(label, folder):
        if archive.name.endswith(".zip"):
            _unpack_zip(archive, folder, label)
        elif archive.name.endswith(TAR_SUFFIXES):
            _unpack_tar(archive, folder, label)
        else:
            raise _invalid(label, "It is neither a tar archive nor a zip file.")
        found = list(folder.iterdir())
    if not found:
        raise _invalid(label, "It is empty.")
    return found[0] if len(found) == 1 and found[0].is_dir() and not found[0].is_symlink() else folder


@contextmanager
def _told(label: str, folder: Path) -> Iterator[None]:
    import tarfile  # noqa: PLC0415 - with the next: 18 ms that only a build pays
    import zipfile  # noqa: PLC0415

    try:
        yield
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _invalid(label, f"It is no whole archive: {error}") from error
    except OSError as error:
        if error.errno is None:  # what the modules for compression say of broken data
            raise _invalid(label, f"It is no whole archive: {error}") from error
        raise fs.problem(error, f"unpack {label}", error.filename or folder) from error
    except ValueError as error:
        raise _invalid(label, f"It is no whole archive: {error}") from error


def _unpack_tar(archive: Path, folder: Path, label: str) -> None:
    import tarfile  # noqa: PLC0415 - 10 ms that only a build pays

    room = _Room(label)
    links: list[Path] = []
    with tarfile.open(archive) as tar:
        for member in tar:
            path = _path(member.name, label)
            if not path:
                continue
            room.take(member.size if member.isreg() else 0)
            target = folder / path
            if member.isdir():
                _make(target, folder, label)
            elif member.isreg():
                source = tar.extractfile(member)
                if source is not None:
                    with source:
                        _write(target, folder, source, member.mode, label)
            elif member.issym() or member.islnk():
                _link(member, target, folder, label)
                links.append(target)
            else:
                raise _unsafe(label, f"Its entry {member.name!r} is a device, and not a file or a folder.")
    for link in links:  # where one leads may depend on those that came later
        if not _is_inside(link, folder):
            raise _leads_out(link.relative_to(folder).as_posix(), label)


def _unpack_zip(archive: Path, folder: Path, label: str) -> None:
    import zipfile  # noqa: PLC0415 - 8 ms that only a build pays

    room = _Room(label)
    with zipfile.ZipFile(archive) as packed:
        for info in packed.infolist():
            path = _path(info.filename, label)
            if not path:
                continue
            room.take(info.file_size)
            if info.is_dir():
                _make(folder / path, folder, label)
                continue
            with packed.open(info) as source:
                _write(folder / path, folder, source, info.external_attr >> 16, label)


class _Room:
    """Counts what an archive comes to."""

    def __init__(self, label: str) -> None:
        self._label, self._bytes, self._entries = label, 0, 0

    def take(self, size: int) -> None:
        self._bytes += size
        self._entries += 1
        if self._bytes > _MOST_BYTES or self._entries > _MOST_ENTRIES:
            raise _unsafe(self._label, "It would come to more files or bytes than any source has.")


def _path(name: str, label: str) -> str:
    """Where an entry goes, relative and without dots; empty for the folder itself."""
    if _UNSAFE.search(name) or (native.WINDOWS and re.search(r'[<>:"|?*\\]', name)):
        raise _unsafe(label, f"Its entry {name!r} has a name that leads out of its folder, or that is none.")
    path = posixpath.normpath(name)
    return "" if path == "." else path


def _make(target: Path, folder: Path, label: str) -> None:
    """Make a folder; none of those above it may be a link, which would lead elsewhere."""
    place = folder
    for part in target.relative_to(folder).parts:
        place = place / part
        if place.is_symlink():
            raise _unsafe(label, f"Its entry {place.relative_to(folder).as_posix()!r} is a link and a folder.")
        place.mkdir(exist_ok=True)


def _write(target: Path, folder: Path, source: IO[bytes], mode: int, label: str) -> None:
    _make(target.parent, folder, label)
    if target.is_symlink() or target.is_file():
        target.unlink()  # the later of two entries counts, as in every tar program
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(target, flags, 0o777 if mode & _EXECUTABLE else 0o666)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
        while piece := source.read(_PIECE):
            file.write(piece)


def _link(member: tarfile.TarInfo, target: Path, folder: Path, label: str) -> None:
    """Make what a link leads to available under its name; a copy where the system has no links for everybody."""
    start = posixpath.dirname(posixpath.normpath(member.name)) if member.issym() else ""
    leads = posixpath.normpath(posixpath.join(start, member.linkname))
    if posixpath.isabs(member.linkname) or _UNSAFE.search(leads) or re.match(r"[A-Za-z]:|\\", member.linkname):
        raise _leads_out(member.name, label)
    _make(target.parent, folder, label)
    if target.is_symlink() or target.is_file():
        target.unlink()
    source = folder / leads
    if not _is_inside(source, folder):
        raise _leads_out(member.name, label)
    if member.issym() and not native.WINDOWS:
        target.symlink_to(member.linkname)
    elif source.is_file():
        with source.open("rb") as file:
            _write(target, folder, file, source.stat().st_mode, label)


def _is_inside(path: Path, folder: Path) -> bool:
    real = path.resolve()
    return folder.resolve() in (real, *real.parents)


def _leads_out(name: str, label: str) -> Problem:
    return _unsafe(label, f"Its entry {name!r} is a link that leads out of its folder.")


def _unsafe(label: str, why: str) -> Problem:
    return Problem(
        "source-unsafe",
        f"{label} was not unpacked: it is not safe.",
        why=why,
        fix=("Choose another version of it. If you did not expect this, tell its maintainers.",),
    )


def _invalid(label: str, why: str) -> Problem:
    return Problem(
        "source-invalid",
        f"The source archive of {label} is broken.",
        why=why,
        fix=("Choose another version of it, or tell its maintainers.",),
    )
