"""Words on a terminal: styles, and writing them. As ``click`` does it, without the 30 ms that it takes to load.

On a console of Windows it is ``click`` that writes: it knows those that there are.
"""

from __future__ import annotations

import contextlib
import sys

from venvoy.patterns import pattern
from venvoy.system.native import WINDOWS

_COLORS = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36}
_CODES = pattern(r"\033\[[0-?]*[ -/]*[@-~]")


def style(text: str, *, fg: str | None = None, bold: bool = False, dim: bool = False) -> str:
    """The text with codes for a terminal (ECMA-48) around it; :func:`echo` leaves them out elsewhere."""
    codes = [f"\033[{_COLORS[fg]}m"] if fg else []
    codes += ["\033[1m"] * bold + ["\033[2m"] * dim
    return f"{''.join(codes)}{text}\033[0m" if codes else text


def unstyle(text: str) -> str:
    """The text without such codes."""
    return _CODES.sub("", text)


def echo(text: str, *, err: bool = False, color: bool | None = None) -> None:
    """Write a line on standard output, or with ``err`` on standard error; ``color`` None: styled on a terminal only.

    Raises:
        OSError: the standard output cannot be written. Words that nobody can read are no fault of the work.
    """
    stream = sys.stderr if err else sys.stdout
    if stream is None:
        return
    with contextlib.suppress(OSError) if err else contextlib.nullcontext():
        if WINDOWS and stream.isatty():
            import click

            click.echo(text, err=err, color=color)
        else:
            stream.write(f"{text if (stream.isatty() if color is None else color) else unstyle(text)}\n")
            stream.flush()


def interactive() -> bool:
    """Whether there is somebody to ask: a terminal to read from, and one to ask on. Either may have been closed."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
