"""Files: written whole or not at all, placed without copying where that is possible, and faults in plain words."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import time
from enum import Enum

from venvoy.errors import Problem
from venvoy.system import native, placing
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
REFUSALS = _FULL | _DENIED | {errno.EMFILE, errno.ENFILE, errno.EFBIG, errno.EIO, errno.ENAMETOOLONG, errno.ELOOP}
"""What a system answers when it cannot or will not do what was right to ask for."""

_LIMITS = {errno.EMFILE: "ulimit -n 1024", errno.EFBIG: "ulimit -f unlimited"}
# Windows: access denied, and in use by another process. Mostly a virus scanner that looks at a new file for a moment.
_IN_USE = frozenset({5, 32})
# To flush so many files one by one takes longer than to wait for everything that others have written as well.
_MANY = 50
# On Windows, which says of longer paths that they are not there.
_LONGEST = 259
ELSEWHERE = ("Choose a folder on another disk.", "Choose a folder of your own, or ask the owner to let you in.")
"""What to do where nothing can be written."""

_LONGER = (
    "Or switch them on, as an administrator: "
    r"reg add HKLM\SYSTEM\CurrentControlSet\Control\FileSystem /v LongPathsEnabled /t REG_DWORD /d 1 /f"
)
_PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_BINARY = getattr(os, "O_BINARY", 0)
_TEMPORARY = (".venvoy-", ".tmp")


def problem(error: OSError, doing: str, path: str | os.PathLike[str]) -> Problem:
    """Put an operating system's fault into words.

    Args:
        error: what was raised.
        doing: what was attempted, continuing "Could not …": ``write the lockfile``.
        path: the file or folder that it was attempted on; it need not exist.

    Returns:
        A Problem with code ``disk-full``, ``permission-denied`` or ``file-error``.
    """
    place = os.fspath(path)
    what = f"Could not {doing}."
    if error.errno in _FULL:
        why, look = _full(error, _top(place, lambda _: True))
        return Problem(
            "disk-full", what, why=why, fix=(look, "Free some space, then run the command again."), where=place
        )
    if error.errno in _DENIED:
        why, fix = _denied(error, place)
        return Problem("permission-denied", what, why=why, fix=(fix, "Then run the command again."), where=place)
    length = max(len(os.path.abspath(name)) for name in (place, str(error.filename or place)))
    if native.WINDOWS and error.errno == errno.ENOENT and length > _LONGEST:
        why = f"A path there has {length} characters. Windows takes {_LONGEST}, unless long paths are switched on."
        return Problem("file-error", what, why=why, fix=("Choose a folder with a shorter path.", _LONGER), where=place)
    limit = _LIMITS.get(error.errno or 0)
    steps = (f"Raise that limit of your shell: {limit}", "Then run the command again.") if limit else ()
    return Problem("file-error", what, why=f"The system says: {error.strerror or error}.", fix=steps, where=place)


@contextlib.contextmanager
def attempting(doing: str, path: str | os.PathLike[str], *, inside: bool = False) -> Iterator[None]:
    """Put a fault of the operating system into words, as :func:`problem` does.

    Args:
        doing: what is attempted, continuing "Could not …".
        path: the file or folder that it is attempted on.
        inside: whether a fault may be about something in there, which it names itself.

    Raises:
        Problem: ``disk-full``, ``permission-denied`` or ``file-error``.
    """
    try:
        yield
    except OSError as error:
        raise problem(error, doing, (inside and error.filename) or path) from error


def write_atomic(path: Path, *data: bytes | memoryview, durable: bool = False) -> None:
    """Replace a file's content as one step: whoever reads it sees all of the old or all of the new.

    A symbolic link stays one and its target is replaced; the mode of an existing file is kept, and its owner where that
    may be. The folder must exist.

    Args:
        path: the file.
        data: its new content, in one piece or in several.
        durable: also be sure that it outlasts a power cut; costs a flush to the disk.

    Raises:
        Problem: ``disk-full``, ``permission-denied`` or ``file-error``.
    """
    target = os.path.realpath(path)
    temporary = os.path.join(
        os.path.dirname(target), f"{_TEMPORARY[0]}{os.getpid()}-{os.urandom(4).hex()}{_TEMPORARY[1]}"
    )
    with attempting("write this file", path):
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
        try:
            with open(descriptor, "wb") as file:
                file.writelines(data)
                file.flush()
                if durable:
                    native.flush(descriptor)
            _keep_rights(target, temporary)
            replace(temporary, target)
        except BaseException:
            discard(temporary)
            raise
        if durable:
            sync_folder(os.path.dirname(target))


def is_gone(path: str | os.PathLike[str]) -> bool:
    """Whether there is certainly nothing there: where we may not look, as in somebody else's folder, it is not gone."""
    try:
        os.stat(path)
    except OSError as error:
        return isinstance(error, (FileNotFoundError, NotADirectoryError))
    except ValueError:  # no path at all
        return True
    return False


def barrier(path: str | os.PathLike[str]) -> str:
    """The topmost folder on the way to a path that one may not enter; empty when there is none (POSIX)."""
    above, folder = [], os.path.dirname(os.path.abspath(path))
    while os.path.dirname(folder) != folder:
        above.append(folder)
        folder = os.path.dirname(folder)
    return next((at for at in reversed(above) if os.path.isdir(at) and not os.access(at, os.X_OK)), "")


def sweep(folder: str | os.PathLike[str], number: int | None = None) -> None:
    """Delete what :func:`write_atomic` left in a folder when it was killed.

    Nobody else may be writing there, unless the number of the process is given that was killed.
    """
    start, end = _TEMPORARY
    start += "" if number is None else f"{number}-"
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if name.startswith(start) and name.endswith(end):
                discard(os.path.join(folder, name))


def sha256(path: Path) -> str:
    """The SHA-256 of a file, as hex digits; the file is read in pieces."""
    import hashlib  # noqa: PLC0415 - 3 ms that the fast path of `run` saves

    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 18):
            digest.update(piece)
    return digest.hexdigest()


class LinkMode(Enum):
    """How a file of the store gets into an environment; AUTO is the first of clone, hard link and copy that works."""

    CLONE = placing.CLONE
    HARDLINK = placing.HARDLINK
    COPY = placing.COPY
    AUTO = placing.AUTO


def place(source: str, destination: str, mode: LinkMode) -> LinkMode:
    """Make one file appear at a second place: :func:`venvoy.system.placing.place`."""
    used = placing.place(source, destination, mode.value)
    return mode if used == mode.value else LinkMode(used)


def remove_tree(path: Path) -> None:
    """Delete a folder and all in it, or a single file; fine when it is gone already, in part or whole.

    Links are removed and never followed. Read-only files and folders are removed as well.

    Raises:
        Problem: ``permission-denied`` or ``file-error``.
    """
    with attempting("delete this", path, inside=True):
        _remove(os.fspath(path))


def replace(source: str, destination: str) -> None:
    """Rename over what is there, with patience for a virus scanner that holds the file for a moment (Windows).

    Raises:
        OSError: as ``os.replace``, after about a second at most.
    """
    for pause in _PAUSES:
        try:
            os.replace(source, destination)
        except PermissionError as error:  # noqa: PERF203 - the loop is there to try again
            if not in_use(error):
                raise
            time.sleep(pause)
        else:
            return
    os.replace(source, destination)


def in_use(error: OSError) -> bool:
    """Whether a fault may come of another program that uses the file, or one in the folder (Windows)."""
    return getattr(error, "winerror", None) in _IN_USE


def immovable(error: OSError) -> bool:
    """Whether a folder may not be renamed although the files in it may: one is in use, or it came with an image."""
    return in_use(error) or error.errno in {errno.EXDEV, errno.EBUSY}


def move_tree(source: Path, destination: Path) -> None:
    """Rename a folder; copy one that cannot be renamed: where a disk is mounted, or one that came with an image.

    Raises:
        Problem: ``permission-denied`` or ``file-error``.
        OSError: it could neither be renamed nor copied.
    """
    try:
        replace(os.fspath(source), os.fspath(destination))
    except OSError as error:
        if in_use(error) or not immovable(error):
            raise
        import shutil  # noqa: PLC0415 - 8 ms that others save

        shutil.copytree(source, destination, symlinks=True, dirs_exist_ok=True)
        for path in source.iterdir():
            remove_tree(path)
        with contextlib.suppress(OSError):  # a disk is mounted there
            source.rmdir()


def discard(path: str) -> None:
    """Delete a file, quietly when that cannot be done: for clean-up on the way out of another fault."""
    with contextlib.suppress(OSError):
        os.unlink(path)


def sync_folder(folder: str) -> None:
    """Make the names in a folder outlast a power cut, where the system can (Windows cannot, and does so by itself)."""
    if not native.WINDOWS:
        _flush(folder)


def flush(files: Sequence[str]) -> None:
    """Make what files hold outlast a power cut: one by one, or if there are many all that there is to be written.

    Raises:
        OSError: something cannot be read or flushed.
    """
    if len(files) > _MANY and sys.platform == "linux":  # elsewhere it does not wait
        os.sync()
        return
    for path in files:
        _flush(path)


def flush_tree(folder: str) -> None:
    """The same for all that is below a folder.

    Raises:
        OSError: something cannot be read or flushed.
    """
    walked = [(place, names) for place, _, names in os.walk(folder)]
    paths = [os.path.join(place, name) for place, names in walked for name in names]
    flush([path for path in paths if not os.path.islink(path)])
    for place, _ in walked:
        sync_folder(place)


def _flush(path: str) -> None:
    descriptor = os.open(path, os.O_RDWR if native.WINDOWS else os.O_RDONLY)
    try:
        native.flush(descriptor)
    finally:
        os.close(descriptor)


def _keep_rights(target: str, temporary: str) -> None:
    try:
        old = os.stat(target)
    except FileNotFoundError:
        return
    new = os.stat(temporary)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        with contextlib.suppress(OSError):  # only root may, who else would make a file of yours its own
            os.chown(temporary, old.st_uid, old.st_gid)
    os.chmod(temporary, stat.S_IMODE(old.st_mode))


def _remove(path: str) -> None:
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(status.st_mode) or _is_junction(status):
        _unlink(path)
        return
    if stat.S_IMODE(status.st_mode) & stat.S_IRWXU != stat.S_IRWXU:
        os.chmod(path, stat.S_IRWXU)
    with os.scandir(path) as entries:
        names = [(entry.path, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in names:
        (_remove if is_folder else _unlink)(name)
    try:
        os.rmdir(path)
    except FileNotFoundError:
        return


def _is_junction(status: os.stat_result) -> bool:
    # A junction reads as a folder, but what it shows lies elsewhere and is not ours to delete (Windows).
    return bool(getattr(status, "st_reparse_tag", 0))


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except PermissionError:
        if not native.WINDOWS:
            raise  # the folder decides on POSIX; changing the file's mode would reach its other hard links
        os.chmod(path, stat.S_IWRITE)
        os.unlink(path)


def _existing(path: str) -> str:
    path = os.path.abspath(path)
    while not os.path.lexists(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    return path


def _top(path: str, belongs: Callable[[str], bool]) -> str:
    """The topmost folder of the disk that a path is on, or of the part of it that ``belongs``."""
    path = os.path.realpath(_existing(path))
    while not os.path.ismount(path) and os.path.dirname(path) != path and belongs(os.path.dirname(path)):
        path = os.path.dirname(path)
    return path


def _is_read_only(path: str) -> bool:
    try:
        status = os.stat(path)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and not status.st_mode & stat.S_IWRITE


def _full(error: OSError, mount: str) -> tuple[str, str]:
    if native.WINDOWS:
        return f"The disk {mount} is full.", "See how full it is: powershell Get-PSDrive -PSProvider FileSystem"
    if error.errno != errno.ENOSPC:
        return f"Your share (quota) of the disk at {mount} is used up.", "See how much you use: quota -s"
    if native.files_used_up(mount):
        return f"The disk at {mount} cannot hold any more files, however small.", f"See how full it is: df -i {mount}"
    return f"The disk at {mount} is full.", f"See how full it is: df -h {mount}"


def _denied(error: OSError, path: str) -> tuple[str, str]:
    if error.errno == errno.EROFS:
        return f"The disk at {_top(path, native.read_only)} can only be read.", ELSEWHERE[0]
    if native.WINDOWS or in_use(error):  # open() there does not say which it is
        if _is_read_only(path):
            return f"{path} is marked as read-only.", f'Allow changes to it: attrib -r "{path}"'
        return (
            "Another program is using it, or you may not change it.",
            "Close the programs that use it: a running Python, an editor, a terminal in that folder.",
        )
    nearest = _existing(path)
    barred = next((at for at in (nearest, os.path.dirname(nearest)) if not os.access(at, os.W_OK)), nearest)
    owner, own = native.owner(barred)
    if own:
        return f"{barred} is yours, but it is protected.", f'Allow yourself to change it: chmod u+rwX "{barred}"'
    above = [barred[:end] for end, letter in enumerate(barred) if letter == os.sep and end]
    if owner == "root" and any(native.owner(folder)[1] for folder in above):
        taken = next((folder for folder in above if os.path.lexists(os.path.join(folder, "pyvenv.cfg"))), barred)
        fix = f'If it was made with sudo, make it yours: sudo chown -R "$(id -un)" "{taken}"'
        return f"{barred} belongs to root, and lies in a folder of yours.", fix
    belongs = f"{barred} belongs to {owner}" if owner else f"{barred} belongs to somebody else"
    verb = "change" if os.access(barred, os.R_OK) else "read"
    return f"{belongs}, and you may not {verb} it.", ELSEWHERE[1]
