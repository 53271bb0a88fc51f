"""From a wheel file to a folder: checked, written, and hashed on the way."""

from __future__ import annotations

import contextlib
import hashlib
import os

from venvoy.model.stored import Files, StoredFile, encode
from venvoy.store.archive import Archive
from venvoy.store.contents import Contents, examine, identify
from venvoy.store.names import HERE, Rules
from venvoy.system import native
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from venvoy.store.contents import Recorded

# The store's files are read-only, and a hard link in an environment is as well, because a mode belongs to the file and
# not to its name. That is wanted: an editor that would write through the link into every other environment at once is
# stopped before it does, where a check can only find out later. Programs that delete or rename (pip, `rm -rf`) are not
# affected; the price is that `rm -r` asks, and that a template copied out of a package with its mode is protected too.
# Clones and copies are the environment's own and writable. On Windows the attribute also forbids to delete the file
# through any of its links, so `rmdir` of an environment would fail: there the files stay writable, and what is left is
# the check of each of them before it is linked.
FILE_MODE, _EXECUTABLE = (0o666, 0o777) if native.WINDOWS else (0o444, 0o555)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


def unpack(path: str, filename: str, tree: str, rules: Rules = HERE) -> tuple[Contents, Files]:
    """Check a wheel and write its files, without RECORD, below ``tree``.

    Args:
        path: the wheel file; its name does not matter.
        filename: the name under which it was published.
        tree: an existing, empty folder. What is in it after a Problem is rubbish.
        rules: what the machine makes of names.

    Returns:
        What the wheel says about itself, and its files.

    Raises:
        Problem: ``wheel-unsafe`` or ``wheel-invalid``.
        OSError: a file could not be read or written.
    """
    with Archive(path, identify(filename)) as archive:
        contents = examine(archive, rules)
        made = {tree}
        files = []
        for name, member in archive.members.items():
            if name == contents.record_path:
                continue
            target = f"{tree}/{name}"
            folder = target.rpartition("/")[0]
            if folder not in made:
                os.makedirs(folder, exist_ok=True)
                made.add(folder)
            # Installers give ready-made commands the right to run, whatever the archive says; a link shares the mode.
            executable = bool(member.external_attr >> 16 & 0o111) or name.startswith(contents.scripts)
            mode = _EXECUTABLE if executable else FILE_MODE
            digest, time = _write(archive, name, target, mode, contents.record.get(name))
            files.append(StoredFile(name, member.file_size, time, executable, digest))
    return contents, Files.of(files)


def _write(archive: Archive, name: str, target: str, mode: int, recorded: Recorded | None) -> tuple[str, int]:
    """Write a file and compare it with RECORD; returns its SHA-256 as RECORD writes it, and its modification time."""
    data = archive.small(name)
    pieces = archive.pieces(name) if data is None else (data,)
    ours = hashlib.sha256()
    theirs = ours if recorded is None or recorded.algorithm == "sha256" else hashlib.new(recorded.algorithm)
    try:
        descriptor = os.open(target, _CREATE, mode)
    except FileExistsError as error:
        # The disk itself thinks so: an ignorant of case that is mounted on a system which is not.
        raise archive.wheel.unsafe(f"Its entry {name!r} would be the same file as another one.", name) from error
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            ours.update(piece)
            if theirs is not ours:
                theirs.update(piece)
            written = os.write(descriptor, piece) if piece else 0
            if written < len(piece):
                _write_rest(descriptor, memoryview(piece)[written:])
        status = os.fstat(descriptor)
        time = status.st_mtime_ns
        if mode & ~status.st_mode and not native.WINDOWS:
            # The umask of whoever came first is not that of all who link to it: folders alone keep others out.
            with contextlib.suppress(OSError):
                os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)
    if native.WINDOWS:  # which sets the time when the file is closed
        time = os.stat(target).st_mtime_ns
    digest = ours.digest()
    if recorded and (
        (digest if theirs is ours else theirs.digest()) != recorded.digest or recorded.size not in (None, size)
    ):
        raise archive.wheel.invalid(f"Its entry {name!r} is not what its RECORD says it is.", name)
    return encode(digest), time


def _write_rest(descriptor: int, view: memoryview) -> None:
    while view:
        view = view[os.write(descriptor, view) :]
