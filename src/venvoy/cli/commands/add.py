"""``venvoy add``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvoy.cli import grammar, options, words
from venvoy.cli.output import Outcome
from venvoy.operations import edit

if TYPE_CHECKING:
    from venvoy.cli.request import Request


@options.command(
    "add",
    examples="""
    venvoy add requests rich           the newest versions that fit, with them as lower bounds
    venvoy add "flask>=3,<4"           bounds of your own; the quotes keep < and > from the shell
    venvoy add "httpx[http2]"          with an extra of that distribution
    venvoy add --dev pytest ruff       for your work on the project
    venvoy add --optional plot matplotlib   for those who install your project with the extra plot
    """,
)
@grammar.argument("requirements", nargs=-1, required=True, metavar="REQUIREMENT...")
@options.table
@grammar.option("--dry-run", is_flag=True, help="Change nothing; show what would change.")
@options.apply
def command(
    request: Request,
    *,
    requirements: tuple[str, ...],
    dev: bool,
    group: str | None,
    optional: str | None,
    dry_run: bool,
    number: int | None,
) -> Outcome:
    """Add dependencies to pyproject.toml, lock them and install them: all of that, or nothing.

    A dependency without bounds gets the chosen version as its lower bound.
    """
    table = options.origin(dev=dev, group=group, optional=optional)
    context, located = request.project_to_change()
    result = edit.add(context, located, requirements, table, options.wish(request, number), dry_run=dry_run)
    notes = list(words.synced(result.sync))
    if result.added:
        notes.append(f"{'Would add' if dry_run else 'Added'} to {table}: {', '.join(result.added)}")
    if result.kept:
        notes.append(f"In {table} already, with the bounds it has: {', '.join(result.kept)}")
    return Outcome(result, notes=notes)
