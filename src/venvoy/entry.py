"""The console script: answers at once what needs no thinking, and hands everything else to the command line.

Bare Python starts in 10 ms, click alone takes 26 more. So ``venvoy --version``, ``hook``, and ``run``, ``sync`` and
``lock`` with nothing to do, get by with ``os`` and ``sys``; a test looks into ``sys.modules`` to keep it so.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as type checkers want it, without the 9 ms of typing
if TYPE_CHECKING:
    from typing import NoReturn, TextIO


def main() -> int:
    """Run venvoy with the arguments of this process; returns its exit code."""
    try:
        code = _answer(sys.argv[1:])
    except KeyboardInterrupt:  # before anything has begun, or after it was cleared away again
        from venvoy.cli.main import stopped

        code = stopped()
    return _leave(code)


def _answer(arguments: list[str]) -> int:
    if arguments in (["--version"], ["-V"]):
        from venvoy import __version__

        return _print(f"venvoy {__version__}\n".encode())
    if arguments[:1] == ["run"] and os.name == "posix":
        _run(arguments[1:])
    elif arguments[:1] == ["hook"] and (text := _hook(arguments[1:])):
        return _print(os.fsencode(text))
    elif arguments[:1] in (["lock"], ["sync"]):
        said = _said_before(arguments)
        if said is not None:
            return _say(said)
    elif arguments[:1] == ["venv"] and os.name == "posix":
        from venvoy.cli import at_once

        said = at_once.venv(arguments[1:], os.environ)
        if said is not None:
            return _say(said)
    from venvoy.cli.main import main as command_line

    return command_line(arguments)


def _leave(code: int) -> NoReturn:
    """End here: to take half a million objects apart one by one would cost a tenth of the time of a lock.

    Whatever was opened has been closed by now. Only after Ctrl-C threads may still wait for an answer of the network,
    up to its time limit: nobody wants it any more.
    """
    flushed = [_flush(stream) for stream in (sys.stdout, sys.stderr)]
    os._exit(code if all(flushed) else code or 1)


def _flush(stream: TextIO | None) -> bool:
    try:
        if stream is not None:
            stream.flush()
    except (OSError, ValueError):  # the disk is full, the reader has gone away, or the stream is closed
        return False
    return True


def _run(words: list[str]) -> None:
    """Become the command if the environment is known to be up to date; return when there is anything to think about."""
    if words[:1] == ["--"]:
        words = words[1:]
    if not words or words[0].startswith("-"):
        return
    # Any setting may change what is to be done; the place of the cache does not.
    if any(name.startswith("VENVOY_") and name != "VENVOY_CACHE_DIR" for name in os.environ):
        return
    folder = _project()
    if not folder:
        return
    from venvoy import __version__
    from venvoy.environment import stamp
    from venvoy.environment.variables import activated, command

    root = os.path.join(folder, ".venv")
    active = os.environ.get("VIRTUAL_ENV")
    if active and os.path.realpath(active) != os.path.realpath(root):
        return  # the long way says so
    if not stamp.matches(root, __version__):
        return
    words = command(words)
    try:
        os.execvpe(words[0], words, activated(dict(os.environ), root, os.path.join(root, "bin")))
    except OSError:
        return  # the long way says why, in words


def _hook(words: list[str]) -> str:
    """The text of a hook, which every new shell asks for, if that is all that was asked for; else empty."""
    from venvoy.environment.activation.shells import SHELLS, known
    from venvoy.system import program

    shell = SHELLS.get(known(words[0])) if words and words[1:] in ([], ["--auto"]) else None
    if shell is None or (words[1:] and not shell.auto_hook):
        return ""
    return shell.hook(program.path(sys.argv[0], sys.executable), auto=bool(words[1:]))


def _print(data: bytes) -> int:
    if sys.stdout is not None:  # whoever started venvoy may have closed it
        sys.stdout.buffer.write(data)
    return 0


def _say(text: str) -> int:
    try:
        if sys.stderr is not None:
            sys.stderr.write(text)
    except OSError:  # the disk is full, or the reader has gone away
        return 1
    return 0


def _said_before(words: list[str]) -> str | None:
    """What these words were answered with, if that was "nothing to do" and nothing has changed since."""
    folder = _project()
    if not folder:
        return None
    from venvoy import __version__
    from venvoy.system import answers

    return answers.recall(folder, words, os.environ, __version__)


def _project() -> str:
    """The folder of the project that the current folder is in, or empty."""
    try:
        folder = os.getcwd()
    except OSError:  # it is gone; the long way says so
        return ""
    while not os.path.isfile(os.path.join(folder, "pyproject.toml")):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return ""
    return folder
