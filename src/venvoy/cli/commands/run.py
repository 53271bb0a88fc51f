"""``venvoy run``."""

from __future__ import annotations

from venvoy.cli import grammar, options
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.operations import run as runs


@options.command(
    "run",
    also=("locked", "frozen"),
    context_settings={"ignore_unknown_options": False, "allow_interspersed_args": False},
    examples="""
    venvoy run python               a Python that has everything the project needs
    venvoy run app.py --port 8000   a program of yours, with that Python
    venvoy run --group docs mkdocs build
    venvoy run --no-sync pytest     as the environment is, without looking whether it is up to date
    """,
)
@options.selection
@grammar.option("--no-sync", is_flag=True, help="Do not look whether the environment is up to date.")
@grammar.argument("words", nargs=-1, required=True, type=grammar.WORDS, metavar="COMMAND [ARGUMENT...]")
def command(
    request: Request,
    *,
    words: tuple[str, ...],
    groups: tuple[str, ...],
    extras: tuple[str, ...],
    no_dev: bool,
    no_sync: bool,
) -> Outcome:
    """Run a command in the project's environment, which is brought up to date first; nothing needs to be activated."""
    context, located = request.project()
    if not no_sync:
        context, located = request.project_to_change(needed=False)
        runs.prepare(context, located, groups, extras, dev=not no_dev)
    request.release()
    return Outcome({}, exit=runs.become(context, located, words))
