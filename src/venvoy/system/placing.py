"""Files put somewhere: one that is there, cloned, linked or copied; a small new one. On the fast path: ``os`` only."""

from __future__ import annotations

import errno
import os

from venvoy.system import native

CLONE, HARDLINK, COPY, AUTO = "clone", "hardlink", "copy", "auto"
"""The ways; AUTO is the first of the other three that works."""

# What a file system, or a pair of them, answers when it cannot clone or cannot link.
UNABLE = frozenset(
    {
        errno.EXDEV,
        errno.EINVAL,
        errno.ENOTTY,
        errno.ENOSYS,
        errno.EPERM,
        errno.EACCES,
        errno.EMLINK,
        errno.ENOTSUP,
        errno.EOPNOTSUPP,
    }
)
_TOO_MANY_LINKS = 1142  # as Windows says it, for which Python has no number of its own
_BINARY = getattr(os, "O_BINARY", 0)
_MODE = 0o7777
# A copy is the environment's own, so its owner may write to it, other than to the read-only original.
_OWNER_WRITES = 0o200


def place(source: str, destination: str, mode: str) -> str:
    """Make one file appear at a second place, with the same content, modification time and executable bit.

    A clone or a copy may be written to by its owner even when the source may not; a hard link is the source itself.

    Args:
        source: an existing file.
        destination: must not exist; its folder must.
        mode: how; AUTO takes the first way that the file systems are able to.

    Returns:
        The way that worked: hand it in for the rest of the tree, so that the question is asked only once.

    Raises:
        OSError: the destination exists, the disk is full, or the file systems cannot do what ``mode`` asks for.
    """
    if mode in (AUTO, CLONE):
        try:
            native.clone(source, destination)
            _let_owner_write(destination)
        except OSError as error:
            if mode == CLONE or error.errno not in UNABLE:
                raise
        else:
            return CLONE
    if mode in (AUTO, HARDLINK):
        try:
            os.link(source, destination)
        except OSError as error:
            # A file may have 1,023 links on NTFS, 65,000 on ext4: the environment after that gets a copy of this one.
            many = error.errno == errno.EMLINK or getattr(error, "winerror", None) == _TOO_MANY_LINKS
            if not many and (mode == HARDLINK or error.errno not in UNABLE):
                raise
        else:
            return HARDLINK
    _copy(source, destination)
    return COPY


def create(path: str, data: bytes, mode: int = 0o666) -> None:
    """Write a file that is not there yet: in half the time that ``open`` takes, for those who write hundreds.

    Raises:
        OSError: it is there, or cannot be written.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    finally:
        os.close(descriptor)


def put(path: str, data: bytes) -> None:
    """Write a file as a whole, or not at all where that cannot be: for what only saves time later."""
    temporary = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        _discard(temporary)


def _let_owner_write(path: str) -> None:
    mode = os.stat(path).st_mode
    if not mode & _OWNER_WRITES:
        os.chmod(path, mode & _MODE | _OWNER_WRITES)


def _copy(source: str, destination: str) -> None:
    import shutil  # noqa: PLC0415 - 8 ms that nobody with clones or links needs to spend

    with open(source, "rb") as reader:
        status = os.fstat(reader.fileno())
        mode = status.st_mode & _MODE | _OWNER_WRITES
        descriptor = os.open(destination, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
        try:
            with open(descriptor, "wb") as writer:
                shutil.copyfileobj(reader, writer, 1 << 18)
            os.utime(destination, ns=(status.st_atime_ns, status.st_mtime_ns))
        except BaseException:
            _discard(destination)
            raise


def _discard(path: str) -> None:
    try:  # noqa: SIM105 - contextlib takes longer to load than all of this module
        os.unlink(path)
    except OSError:
        pass
