"""Asking before something is done that reaches further than the project."""

from __future__ import annotations

import click

from venvoy.cli import paint
from venvoy.errors import Problem
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from venvoy.cli.output import Output


def ask(output: Output, why: str, question: str) -> None:
    """Go on when a person says yes; without a person nothing is done.

    Raises:
        Problem: consent-needed, when there is nobody to ask or the answer is no.
    """
    if output.json or not paint.interactive():
        raise Problem(
            "consent-needed",
            "Nothing was changed: this needs a person's consent.",
            why=why,
            fix=("Add --yes to the command if that is what you want.",),
        )
    if not confirmed(output, why, question):
        raise Problem("consent-needed", "Nothing was changed.")


def confirmed(output: Output, why: str, question: str, *, usual: bool = False) -> bool:
    """What a person at the terminal answers, yes or no; ``usual`` when they answer nothing.

    Raises:
        KeyboardInterrupt: they would rather stop.
    """
    click.echo(why, err=True, color=output.color)
    try:
        return click.confirm(question, default=usual, err=True)
    except click.Abort:
        raise KeyboardInterrupt from None
