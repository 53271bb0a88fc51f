"""The ``venvoy`` command: the one place where a run begins and ends."""

from __future__ import annotations

import codecs
import errno
import gc
import importlib
import sys

from venvoy import __version__
from venvoy.cli import paint, quick
from venvoy.cli.invoke import invoke
from venvoy.cli.output import Output, spell_out
from venvoy.errors import Exit, Problem
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLAIN = frozenset(
    {
        *("activate", "add", "deactivate", "freeze", "history", "init", "install", "list", "lock", "remove", "run"),
        *("show", "sync", "tree", "uninstall", "update", "venv", "why"),
    }
)
"""Commands whose words are mostly so plain that ``click`` is not needed to understand them."""


def main(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code; never raises for anything foreseeable."""
    # A lock makes hundreds of thousands of objects that live to its end: looking for cycles among them took a tenth of
    # its time, and found next to none.
    gc.set_threshold(200_000, 20, 100)
    spell_out(sys.stdout, sys.stderr)
    output = Output(json="--json" in _before_separator(arguments), typed=arguments)
    try:
        return _answer(arguments, output)
    except BrokenPipeError:
        # The reader of our output went away (venvoy list | head): nothing to say, and nobody to say it to.
        sys.stderr.close()
        return int(Exit.FAILURE)
    except OSError as error:
        return _unheard(error, output)


def _answer(arguments: Sequence[str], output: Output) -> int:
    try:
        return _run(arguments, output)
    except Problem as problem:
        return output.problem(problem)
    except KeyboardInterrupt as stop:
        return stopped(output, by_click=stop.__cause__ is not None)
    except OSError:
        raise
    except UnicodeEncodeError as error:
        return output.problem(_unwritable(error))
    except Exception as error:  # noqa: BLE001 - the last place before a person would see a traceback
        return output.problem(_beyond(error) or _internal(error))


def stopped(output: Output | None = None, *, by_click: bool = False) -> int:
    """Say that Ctrl-C was typed, below the ^C that the terminal shows: ``click`` has ended its line already."""
    if not by_click:
        paint.echo("", err=True)
    return (output or Output()).problem(
        Problem("interrupted", "Stopped.", why="Your project and its environment are as they were before.")
    )


def _run(arguments: Sequence[str], output: Output) -> int:
    if arguments and arguments[0] in _PLAIN:
        usage = importlib.import_module(f"venvoy.cli.commands.{arguments[0]}").command
        try:
            values = quick.parse(usage, arguments[1:])
        except quick.NotPlainError:
            pass
        else:
            return output.outcome(invoke(usage, output, values))
    from venvoy.cli import clicked

    return clicked.run(arguments, output)


def _before_separator(arguments: Sequence[str]) -> Sequence[str]:
    """Our own arguments: not those of the command that ``run`` starts."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if "run" in own:
        rest = own[own.index("run") + 1 :]
        options = next((index for index, word in enumerate(rest) if not word.startswith("-")), len(rest))
        return [*own[: own.index("run")], *rest[:options]]
    return own


def _unheard(error: OSError, output: Output) -> int:
    """What was asked for cannot be written, mostly into a file on a disk that is full; anything else is our mistake."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as again:
        full = again.errno == errno.ENOSPC
        problem = Problem(
            "disk-full" if full else "file-error",
            "The output of this command could not be written to where it goes.",
            why=f"The system says: {again.strerror}.",
            fix=("Free some space there, then run the command again.",) if full else (),
        )
        return Output(color=output.color).problem(problem)
    return output.problem(_internal(error))


def _unwritable(error: UnicodeEncodeError) -> Problem:
    """A file's name that this run has no letters for: mostly on a server that nobody has told a language."""
    names = sys.getfilesystemencoding()
    if codecs.lookup(names).name != codecs.lookup(error.encoding).name or names == "utf-8":
        return _internal(error)
    return Problem(
        "file-error",
        f"A file cannot have its name: your settings know no letter {error.object[error.start]!a}.",
        why=f"LC_ALL, LC_CTYPE or LANG says that names are written in {names}.",
        fix=("Set the environment variable PYTHONUTF8=1, then run the command again.",),
    )


def _beyond(error: Exception) -> Problem | None:
    """A limit of the account, the shell or the container, which leaves too little to work with; None for all else."""
    if isinstance(error, MemoryError):
        what = "There is not enough memory to go on."
    elif isinstance(error, RuntimeError) and "start new thread" in str(error):
        what = "No further thread could be started."
    else:
        return None
    return Problem(
        "limit-reached",
        what,
        why="The computer, or a limit of your account, your shell or the container, gives venvoy no more of it.",
        fix=("See the limits of your shell: ulimit -a", "Let venvoy do less at once: --concurrency 1"),
    )


def _internal(error: Exception) -> Problem:
    """A mistake of ours: what was going on is kept in a file, so that it can be told to those who can mend it."""
    import tempfile
    import traceback

    fix = "Please report it, with that file; have a look first whether it says something private."
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="venvoy-", suffix=".txt", delete=False) as file:
            file.write(f"venvoy {__version__}, Python {sys.version}, {sys.platform}\n{' '.join(sys.argv)}\n\n")
            traceback.print_exception(error, file=file)
        kept = f"What it was doing is written down in {file.name}"
    except OSError as refused:
        kept, fix = f"What it was doing could not be written down: {refused}", "Please report it."
    return Problem(
        "internal", f"venvoy made a mistake of its own ({type(error).__name__}: {error}).", why=kept, fix=(fix,)
    )
