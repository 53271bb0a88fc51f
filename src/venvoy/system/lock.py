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

    Raises:
        Problem: on entering: ``busy`` when the time is over, or the faults of a file that cannot be written.
    """

    __slots__ = ("_descriptor", "_path", "_reporter", "_timeout", "_what")

    def __init__(self, path: Path, what: str, reporter: Reporter, timeout: float = 300.0) -> None:
        self._path = path
        self._what = what
        self._reporter = reporter
        self._timeout = timeout
        self._descriptor = -1

    def __enter__(self) -> Self:
        try:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        except OSError as error:
            raise self._problem(error) from error
        try:
            self._wait(descriptor)
            self._sign(descriptor, f"{os.getpid()}\n{_command()}\n")
        except OSError as error:
            os.close(descriptor)
            raise self._problem(error) from error
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return self

    def _problem(self, error: OSError) -> Problem:
        found = problem(error, "write this lock file", self._path)
        # In a container the home folder is often nobody's.
        found.fix = (
            *found.fix,
            "Keep the cache in another folder: the environment variable VENVOY_CACHE_DIR names it",
        )
        return found

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        try:
            self._sign(descriptor, "")
        finally:
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
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, text.encode("utf-8"))

    @staticmethod
    def _holder(descriptor: int) -> tuple[str, int]:
        """Who holds the lock, in words, and its process id; 0 when it has not said or is on another machine."""
        import psutil  # noqa: PLC0415 - only who has to wait needs it

        os.lseek(descriptor, 0, os.SEEK_SET)
        first, _, rest = os.read(descriptor, 4096).decode("utf-8", "replace").partition("\n")
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
