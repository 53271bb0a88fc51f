"""Texts that a shell evaluates: written as that shell reads them, byte for byte."""

from __future__ import annotations

import io
import sys

from venvoy.cli import grammar
from venvoy.cli.output import Outcome
from venvoy.environment.activation.shells import SHELLS
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click

    from venvoy.cli.output import Output


def complete_shell(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """The names of shells, for Tab."""
    return [name for name in SHELLS if name.startswith(incomplete)]


shell_option = grammar.option(
    "--shell", metavar="NAME", shell_complete=complete_shell, help="Your shell, if venvoy does not find it out."
)
"""``--shell``, which says what venvoy otherwise finds out."""


def evaluated(output: Output, data: object, text: str, notes: Sequence[str] = ()) -> Outcome:
    """Write a text for a shell to the standard output; with ``--json`` it stands in ``data`` instead.

    It is not echoed like other data: every letter of a path arrives as it is, also one that is no text in this locale
    or looks like a colour, and lines end as in POSIX, because Git Bash takes a carriage return for part of a word.
    """
    if not output.json:
        if isinstance(sys.stdout, io.TextIOWrapper):
            encoding, errors = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
            sys.stdout.reconfigure(encoding=encoding, errors=errors, newline="\n")
        sys.stdout.write(text)
    return Outcome(data, notes=notes)
