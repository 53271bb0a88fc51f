"""``venvoy list``."""

from __future__ import annotations

from venvoy.cli import options, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.operations.inspection import listing


@options.command(
    "list",
    examples="""
    venvoy list
    venvoy list --user        what is installed for you, outside of environments
    venvoy list --env tools   in another environment, by its folder
    venvoy list --json
    """,
)
@options.user("List what is installed for you alone, beside all environments.")
def command(request: Request, *, user: bool) -> Outcome:
    """List the distributions in the project's environment; outside a project, in the active one."""
    result = listing.list_installed(request.site(user=user)[1])
    width = max((len(one.name) for one in result.distributions), default=0)
    lines = [f"{one.name:<{width}}  {one.version}" for one in result.distributions]
    place = words.shown(result.environment)
    notes = [] if lines else [f"Nothing is installed in {place} yet"]
    return Outcome(result, lines=lines, notes=notes)
