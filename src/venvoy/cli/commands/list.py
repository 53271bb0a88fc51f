"""``venvoy list``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvoy.cli import options, words
from venvoy.cli.output import Outcome
from venvoy.operations import inspect

if TYPE_CHECKING:
    from venvoy.cli.request import Request


@options.command(
    "list",
    examples="""
    venvoy list
    venvoy list --json
    """,
)
def command(request: Request) -> Outcome:
    """List the distributions in the project's environment; outside a project, in the active one."""
    result = inspect.list_installed(*request.project_if_any())
    width = max((len(one.name) for one in result.distributions), default=0)
    lines = [f"{one.name:<{width}}  {one.version}" for one in result.distributions]
    place = words.shown(result.environment)
    notes = [] if lines else [f"Nothing is installed in {place} yet"]
    return Outcome(result, lines=lines, notes=notes)
