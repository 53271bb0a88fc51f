"""One process at a time: a lock that the kernel holds, so that it never outlives its holder."""

from __future__ import annotations

import os
import sys
import time

from venvoy.errors import Problem
from venvoy.system import native
from venvoy.system.fs import problem
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

    from venvoy.events import Reporter

_POLL = 0.05
# Between taking the lock and writing their name into it others get this long before we say only "another command".
_GRACE = 0.5


class Lock:
    """Holds a lock for as long as its ``with`` block runs; not to be entered twice at once, even by one process.

    The file stays when the lock is let go: deleting it would let two processes hold two files of one name. Its text is
    the holder's process id and command, a line each: for people, the lock itself does not depend on it.

    Args:
        path: the lock file; it and its folder are made when missing.
        what: what the lock guards, as in "which is changing …": ``this environment``.
        reporter: is told, once, that and for whom we wait.
        timeout: in seconds.
        instead: a folder to lock where the file cannot be written: for those who may have nothing to write there. If
            that cannot be locked either (Windows), ``refused`` says why, and the block runs without a lock. None: it is
            a fault.

    Raises:
        Problem: on entering: ``busy`` when the time is over, or the faults of a file that cannot be written.
    """

    __slots__ = ("_descriptor", "_instead", "_path", "_reporter", "_timeout", "_what", "refused")

    def __init__(
        self, path: Path, what: str, reporter: Reporter, timeout: float = 300.0, *, instead: Path | None = None
    ) -> None:
        self._path = path
        self._what = what
        self._reporter = reporter
        self._timeout = timeout
        self._instead = instead
        self._descriptor = -1
        self.refused: Problem | None = None

    def __enter__(self) -> Self:
        descriptor = -1
        try:
            descriptor = self._open()
            self._wait(descriptor)
        except OSError as error:
            self._close(descriptor)
            refused = problem(error, "write to the cache", self._path)
            if self._instead is None:
                raise refused from error
            self.refused = refused
            return self
        except BaseException:
            self._close(descriptor)
            raise
        self._sign(descriptor, f"{os.getpid()}\n{_command()}\n")
        self._descriptor = descriptor
        return self

    def _open(self) -> int:
        flags = getattr(os, "O_CLOEXEC", 0)
        try:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            return os.open(self._path, os.O_RDWR | os.O_CREAT | flags, 0o666)
        except OSError:
            for path in filter(None, (self._path, self._instead)):
                try:
                    return os.open(path, os.O_RDONLY | flags)  # another account's file can be locked all the same
                except OSError:  # noqa: PERF203 - the loop is there to try again
                    continue
            raise

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            self._sign(descriptor, "")
        self._close(descriptor)

    @staticmethod
    def _close(descriptor: int) -> None:
        if descriptor >= 0:
            os.close(descriptor)

    def _wait(self, descriptor: int) -> None:
        start = time.monotonic()
        said = False
        while not native.try_lock(descriptor):
            waited = time.monotonic() - start
            holder, pid = self._holder(descriptor)
            if waited >= self._timeout:
                raise self._busy(holder, pid)
            if not said and (pid or waited >= _GRACE):
                said = True
                self._reporter.warn(f"Waiting for {holder}, which is changing {self._what}.")
            time.sleep(min(_POLL, self._timeout - waited))

    def _busy(self, holder: str, pid: int) -> Problem:
        fix = ["Wait until it has finished, then run the command again."]
        if pid:
            end = f"taskkill /F /PID {pid}" if native.WINDOWS else f"kill {pid}"
            fix.append(f"If it hangs, end it: {end}")
        return Problem(
            "busy",
            f"Gave up waiting for {holder}, which is still changing {self._what}.",
            why=f"We waited {self._timeout:g} seconds for it.",
            fix=fix,
            where=os.fspath(self._path),
            data={"process": pid} if pid else {},
        )

    @staticmethod
    def _sign(descriptor: int, text: str) -> None:
        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, text.encode("utf-8"))
        except OSError:  # the disk is full, or the file is another account's: nobody needs the name to wait
            pass

    @staticmethod
    def _holder(descriptor: int) -> tuple[str, int]:
        """Who holds the lock, in words, and its process id; 0 when it has not said or is on another machine."""
        import psutil  # noqa: PLC0415 - only who has to wait needs it

        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            first, _, rest = os.read(descriptor, 4096).decode("utf-8", "replace").partition("\n")
        except OSError:  # a folder, in which nobody can sign
            return "another command", 0
        if not (first.isascii() and first.isdigit()):
            return "another command", 0
        pid = int(first)
        try:
            process = psutil.Process(pid)
            name = rest.strip() or process.name()
        except (psutil.Error, OSError, ValueError, OverflowError):
            return "another command", 0
        return f"{name} (process {pid})", pid


def _command() -> str:
    """The program and its subcommand: the rest of the command line may hold secrets, and nobody needs it to wait."""
    if not sys.argv or not sys.argv[0]:
        return ""
    name, _ = os.path.splitext(os.path.basename(sys.argv[0]))
    if name == "__main__":
        name = os.path.basename(os.path.dirname(sys.argv[0]))
    subcommand = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    return f"{name} {subcommand}".strip()
