"""``venvoy redo``."""

from __future__ import annotations

from venvoy.cli import grammar, options, travel
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.operations import undo as operation


@options.command(
    "redo",
    examples="""
    venvoy redo             do again what was undone last
    venvoy redo 2           the last two
    venvoy redo --dry-run   only show what would change
    """,
)
@travel.options
@grammar.argument("number", type=grammar.COUNT, default=1, metavar="[N]")
@options.user("Of what is installed for you alone.")
def command(request: Request, *, number: int, user: bool, dry_run: bool, force: bool) -> Outcome:
    """Do again what was undone, until another change is made.

    What had been edited by hand before the undo comes back too.
    """
    context, place = request.past(user=user, change=True)
    agree = travel.asking(request, force=force)
    result = operation.redo(context, place, number, agree, dry_run=dry_run)
    return travel.told(result, "Done again", "redo")
