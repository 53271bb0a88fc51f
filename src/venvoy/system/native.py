"""What differs between operating systems: clones, locks that the kernel lets go with their holder, owners, room."""

from __future__ import annotations

import errno
import os
import sys

WINDOWS: bool = sys.platform == "win32"
FOLDING: bool = sys.platform in {"win32", "darwin"}
"""File names that differ only by case, or by the form of an accent, are one file by default."""

if sys.platform == "win32":
    import msvcrt

    # Windows locks bytes and bars others from reading them, so the byte lies far behind the words that a waiter reads.
    _LOCKED_BYTE = 1 << 30

    def clone(source: str, destination: str) -> None:
        """No file system that Windows boots from can clone a file."""
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), source, None, destination)

    def flush(descriptor: int) -> None:
        """Have a file on the disk before what is flushed later."""
        os.fsync(descriptor)

    def try_lock(descriptor: int) -> bool:
        """Take the lock if nobody has it; False when somebody does."""
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno not in {0, errno.EACCES}:  # Wine does not say why
                raise
            return False
        return True

    def owner(path: str) -> tuple[str, bool]:
        """The owner's name, empty when unknown, and whether that is the person at the keyboard."""
        os.lstat(path)
        return "", False

    def files_used_up(mount: str) -> bool:
        """Whether the disk has room for content but not for another file; never so on Windows."""
        os.lstat(mount)
        return False

    def noexec(path: str | os.PathLike[str]) -> bool:
        """Whether no program can be started from the disk that a path is on; never so on Windows."""
        os.lstat(path)
        return False

    def read_only(path: str) -> bool:
        """Whether the disk that a path is on can only be read: Windows does not say."""
        os.lstat(path)
        return True

else:
    import fcntl

    _NOEXEC = getattr(os, "ST_NOEXEC", 0)  # Linux only

    def try_lock(descriptor: int) -> bool:
        """Take the lock if nobody has it; False when somebody does."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def owner(path: str) -> tuple[str, bool]:
        """The owner's name, empty when unknown, and whether that is the person at the keyboard."""
        import pwd  # noqa: PLC0415 - only messages need it

        number = os.lstat(path).st_uid
        try:
            name = pwd.getpwuid(number).pw_name
        except KeyError:  # a container without that account
            name = f"user {number}"
        return name, number == os.geteuid()

    def files_used_up(mount: str) -> bool:
        """Whether the disk has room for content but not for another file (no free inode)."""
        status = os.statvfs(mount)
        return bool(status.f_files) and not status.f_favail

    def noexec(path: str | os.PathLike[str]) -> bool:
        """Whether no program can be started from the disk that a path is on."""
        return bool(os.statvfs(path).f_flag & _NOEXEC)

    def read_only(path: str) -> bool:
        """Whether the disk that a path is on can only be read, or this part of it."""
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)

    if sys.platform == "darwin":
        _BARRIER = 85  # F_BARRIERFSYNC of sys/fcntl.h

        def flush(descriptor: int) -> None:
            """Have a file on the disk before what is flushed later: ``fsync`` alone lets the disk choose the order."""
            try:
                fcntl.fcntl(descriptor, _BARRIER)
            except OSError:  # a file system that knows no barriers
                os.fsync(descriptor)

        def clone(source: str, destination: str) -> None:
            """Let ``destination`` share the blocks of ``source`` until one of them is written to (clonefile(2))."""
            import ctypes  # noqa: PLC0415 - 10 ms that only a Mac needs to spend

            library = ctypes.CDLL(None, use_errno=True)
            if library.clonefile(os.fsencode(source), os.fsencode(destination), 0):
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code), source, None, destination)

    else:
        # linux/fs.h: _IOW(0x94, 9, int). Python names it only from 3.14 on.
        _FICLONE = 0x40049409

        def flush(descriptor: int) -> None:
            """Have a file on the disk before what is flushed later."""
            os.fsync(descriptor)

        def clone(source: str, destination: str) -> None:
            """Let ``destination`` share the blocks of ``source`` until one of them is written to (ioctl_ficlone(2))."""
            reader = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
            try:
                writer = os.open(destination, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                try:
                    fcntl.ioctl(writer, _FICLONE, reader)
                    status = os.fstat(reader)
                    os.fchmod(writer, status.st_mode)
                    os.utime(writer, ns=(status.st_atime_ns, status.st_mtime_ns))
                except OSError:
                    os.unlink(destination)
                    raise
                finally:
                    os.close(writer)
            finally:
                os.close(reader)
