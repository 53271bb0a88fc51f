"""Processes: the one place where they start. Always a list of arguments, never a shell."""

from __future__ import annotations

import contextlib
import os
import sys

from venvoy.errors import Problem
from venvoy.system import native
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any, NoReturn


# What a copy says that has done its work and has no result; no pickle begins so.
_DONE = b"done"


class Finished:
    """How a process ended: its exit code (negative: the signal that ended it) and what it wrote, as text.

    Written out by hand because the fast way to ``venvoy run`` imports this module, and ``dataclasses`` takes 15 ms.
    """

    __slots__ = ("code", "stderr", "stdout")

    def __init__(self, code: int, stdout: str, stderr: str) -> None:
        self.code = code
        self.stdout = stdout
        self.stderr = stderr

    def __repr__(self) -> str:
        return f"Finished(code={self.code!r}, stdout={self.stdout!r}, stderr={self.stderr!r})"


def run(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    timeout: float | None = None,
) -> Finished:
    """Run a program to its end and catch what it writes. It gets no input.

    Args:
        arguments: the program and its arguments.
        environment: all of its environment variables; None hands on our own.
        directory: where it runs; None is where we run.
        timeout: in seconds; after that the program is ended.

    Raises:
        Problem: ``command-not-found`` when it cannot be started, ``command-timeout`` when it took too long.
    """
    import subprocess  # noqa: PLC0415, TID251 - 11 ms; and this is the place for it

    try:
        done = subprocess.run(
            list(arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            env=environment,
            cwd=directory,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_long(arguments[0], timeout or 0) from error
    except OSError as error:
        raise _cannot_start(arguments[0], error) from error
    return Finished(done.returncode, done.stdout, done.stderr)


def run_whole(
    arguments: Sequence[str], *, environment: Mapping[str, str], directory: Path | None = None, timeout: float
) -> Finished:
    """As :func:`run`, in a group of its own: when the time is over, or at Ctrl-C, all that it has started ends with it.

    It has no terminal either, so nothing that it starts can ask there.
    """
    import subprocess  # noqa: PLC0415, TID251 - 11 ms; and this is the place for it

    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8", "errors": "replace"}
    child = _leader(arguments, environment, directory, **pipes)
    with child:
        try:
            stdout, stderr = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired as error:
            _end_group(child)
            raise _too_long(arguments[0], timeout) from error
        except BaseException:
            _end_group(child)
            raise
    return Finished(child.returncode, stdout, stderr)


class Children:
    """Programs that several threads have started and wait for, each the leader of its own group: :meth:`end` ends all.

    Ctrl-C of a terminal does not reach them, so that who started them decides what becomes of their work.
    """

    def __init__(self) -> None:
        import threading  # noqa: PLC0415 - 2 ms that the fast path of `run` saves

        self._lock = threading.Lock()
        self._running: set[Any] = set()
        self._over = False

    def run(self, arguments: Sequence[str], *, environment: Mapping[str, str], directory: str, log: Path) -> int:
        """Run a program to its end; what it writes is added to a file, and it gets no input.

        Args:
            arguments: the program and its arguments.
            environment: all of its environment variables.
            directory: where it runs.
            log: the file.

        Returns:
            Its exit code; negative: the signal that ended it.

        Raises:
            Problem: ``command-not-found`` when it cannot be started, ``interrupted`` when :meth:`end` was called.
        """
        import subprocess  # noqa: PLC0415, TID251 - 11 ms; and this is the place for it

        with open(log, "ab") as file, self._lock:
            if self._over:
                raise _interrupted(arguments[0])
            child = _leader(arguments, environment, directory, stdout=file, stderr=subprocess.STDOUT)
            self._running.add(child)
        try:
            code: int = child.wait()
        except BaseException:
            _end_group(child)
            raise
        finally:
            with self._lock:
                self._running.discard(child)
        if self._over:
            raise _interrupted(arguments[0])
        return code

    def end(self) -> None:
        """End all that run, with whatever they have started; nothing more is started."""
        with self._lock:
            self._over = True
            running = list(self._running)
        for child in running:
            _end_group(child)


def _leader(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    directory: str | Path | None,
    **streams: Any,  # noqa: ANN401 - as Popen has them
) -> Any:  # noqa: ANN401 - subprocess is not imported on the fast path
    """Start a program without input, in a group of its own: see :func:`_end_group`."""
    import subprocess  # noqa: PLC0415, TID251 - 11 ms; and this is the place for it

    streams["stdin"] = subprocess.DEVNULL
    if sys.platform == "win32":
        streams["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        streams["start_new_session"] = True
    try:
        return subprocess.Popen(list(arguments), env=environment, cwd=directory, **streams)
    except OSError as error:
        raise _cannot_start(arguments[0], error) from error


def _too_long(program: str, timeout: float) -> Problem:
    return Problem(
        "command-timeout",
        f"{program} did not finish within {timeout:g} seconds, so it was ended.",
        fix=("Run the command again; the computer may have been busy.",),
    )


def _interrupted(program: str) -> Problem:
    return Problem("interrupted", f"{program} was ended before its work was done.")


def _end_group(child: Any) -> None:  # noqa: ANN401 - subprocess is not imported on the fast path
    if sys.platform == "win32":
        end_tree(child.pid)
    else:
        import signal  # noqa: PLC0415

        with contextlib.suppress(OSError):
            os.killpg(child.pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        child.kill()
    child.wait()


def end_tree(number: int) -> None:
    """End a process with all that it has started: Windows knows no groups that could be ended at once."""
    import psutil  # noqa: PLC0415 - 15 ms, for what hardly ever happens

    with contextlib.suppress(psutil.Error):
        root = psutil.Process(number)
        for one in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                one.kill()


def may_fork() -> bool:
    """Whether this process may be copied, and a copy is of use.

    Not on macOS, whose libraries end a copy that touches them; not beside other threads, because one of them may hold a
    lock that nobody lets go in the copy; not with one processor.
    """
    import threading  # noqa: PLC0415 - 2 ms that the fast path of `run` saves

    return sys.platform == "linux" and threading.active_count() == 1 and (os.cpu_count() or 1) > 1


class Copy:
    """A copy of this process that does some work; made by :func:`copies`."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._reading, writing = os.pipe()
        self._said: Any = None
        self._process = os.fork()
        if not self._process:
            _be_the_copy(work, writing)
        os.close(writing)

    @property
    def number(self) -> int:
        """The number of its process."""
        return self._process

    def ended(self, patience: float) -> bool:
        """Whether the work is done, or the copy gone; waits for so many seconds."""
        import select  # noqa: PLC0415

        return self._said is not None or bool(select.select([self._reading], [], [], patience)[0])

    def result(self) -> Any:  # noqa: ANN401 - whatever the work returns
        """What the work returned; waits for it, and raises what it raised.

        Raises:
            OSError: the copy was ended by somebody else.
        """
        if self._said is None:
            said = self._wait()
            if said == _DONE:
                self._said = (True, None)
            elif said:
                import pickle  # noqa: PLC0415 - 3 ms that work without a result saves

                self._said = pickle.loads(said)  # noqa: S301 - from our own copy
            else:
                gone = ChildProcessError(f"process {self._process}, which did a part of the work, was ended")
                self._said = (False, gone)
        worked, result = self._said
        if not worked:
            raise result
        return result

    def end(self) -> None:
        """End it, whatever it is doing."""
        if self._said is None:
            import signal  # noqa: PLC0415

            os.kill(self._process, signal.SIGKILL)
            self._wait()
            self._said = (True, None)

    def _wait(self) -> bytes:
        with open(self._reading, "rb") as pipe:
            said = pipe.read()
        os.waitpid(self._process, 0)
        return said


@contextlib.contextmanager
def copies(works: Sequence[Callable[[], object]]) -> Iterator[Sequence[Copy]]:
    """Do work in copies of this process while the block runs; only where :func:`may_fork`.

    All have ended when the block is left; they are ended when it, or one of them, fails.

    Args:
        works: for each copy what it does. It must neither write to the terminal nor count on anything that it changes
            in memory; its result, and what it raises, must be fit for ``pickle``.

    Raises:
        Exception: what a work raised; OSError when a copy was ended by somebody else.
    """
    import gc  # noqa: PLC0415
    import signal  # noqa: PLC0415

    started: list[Copy] = []
    gc.freeze()  # or the collector of a copy touches every page, and each is copied
    # Ctrl-C waits until it is certain that the copies are ended when this process is interrupted; they do not hear it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        started.extend(map(Copy, works))
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        yield started
        for copy in started:
            copy.result()
    finally:
        for copy in started:
            copy.end()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        gc.unfreeze()


def _be_the_copy(work: Callable[[], object], writing: int) -> NoReturn:
    try:
        try:
            result = work()
            said = _DONE if result is None else _pickled((True, result))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised by the other process
            said = _pickled((False, error))
        with open(writing, "wb") as pipe:
            pipe.write(said)
    finally:
        os._exit(0)  # nothing that this process was going to do is for the copy to do


def _pickled(said: tuple[bool, object]) -> bytes:
    import pickle  # noqa: PLC0415 - 3 ms that work without a result saves

    return pickle.dumps(said)


def replace(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Become another program: it takes over the terminal, and its exit code is ours.

    The program is looked for on the ``PATH`` of ``environment``, not on ours.

    Returns:
        On Windows, which cannot replace a process, the program's exit code. Elsewhere it never returns.

    Raises:
        Problem: ``command-not-found``.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # a windowed program has none
            stream.flush()
    if native.WINDOWS:
        return _accompany(arguments, environment)
    try:
        os.execvpe(arguments[0], list(arguments), dict(environment))  # noqa: S606 - no shell is what we want
    except OSError as error:
        raise _cannot_start(arguments[0], error) from error


def _accompany(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    import shutil  # noqa: PLC0415 - only Windows comes here
    import subprocess  # noqa: PLC0415, TID251 - 11 ms; and this is the place for it

    # CreateProcess would look on our own PATH; names of variables differ in case only by accident on Windows.
    search = next((value for name, value in environment.items() if name.upper() == "PATH"), None)
    program = shutil.which(arguments[0], path=search)
    if program is None:
        raise _cannot_start(arguments[0], FileNotFoundError())
    try:
        child = subprocess.Popen([program, *arguments[1:]], env=environment)
    except OSError as error:
        raise _cannot_start(arguments[0], error) from error
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # noqa: PERF203 - the loop is there to try again
            continue  # Ctrl-C reaches every process of the terminal; what to do about it is the program's to say


def _cannot_start(program: str, error: OSError) -> Problem:
    if isinstance(error, FileNotFoundError):
        return Problem(
            "command-not-found",
            f"There is no command {program!r} here.",
            why="It is neither in the environment nor elsewhere on the PATH.",
            fix=("Check how it is spelled.", "If a package brings it, add that package: venvoy add NAME"),
        )
    return Problem(
        "command-not-found",
        f"The command {program!r} cannot be started.",
        why=f"The system says: {error.strerror or error}.",
    )
