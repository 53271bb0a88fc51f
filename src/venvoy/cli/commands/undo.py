"""``venvoy undo``."""

from __future__ import annotations

from venvoy.cli import grammar, options, travel
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.operations import undo as operation


@options.command(
    "undo",
    examples="""
    venvoy undo             take back the last change: pyproject.toml, pylock.toml, environment
    venvoy undo 3           the last three
    venvoy undo --dry-run   only show what would change
    venvoy history          what there is to undo
    """,
)
@travel.options
@grammar.argument("number", type=grammar.COUNT, default=1, metavar="[N]")
@options.user("Of what is installed for you alone.")
def command(request: Request, *, number: int, user: bool, dry_run: bool, force: bool) -> Outcome:
    """Take back the last change that venvoy made to the project, or the last N: its files and its environment.

    Works without the network. What was edited by hand since is shown first, and redo brings it back.
    """
    context, place = request.past(user=user, change=True)
    agree = travel.asking(request, force=force)
    result = operation.undo(context, place, number, agree, dry_run=dry_run)
    return travel.told(result, "Undone", "undo")
