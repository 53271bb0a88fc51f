"""``venvoy remove``."""

from __future__ import annotations

from venvoy.cli import grammar, options, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.operations import edit


@options.command(
    "remove",
    examples="""
    venvoy remove rich
    venvoy remove --dev pytest
    venvoy remove --optional plot matplotlib
    """,
)
@grammar.argument("names", nargs=-1, required=True, metavar="NAME...")
@options.table
@options.dry_run
def command(
    request: Request, *, names: tuple[str, ...], dev: bool, group: str | None, optional: str | None, dry_run: bool
) -> Outcome:
    """Remove dependencies from pyproject.toml, lock, uninstall what nothing needs any more: all of it or nothing."""
    table = options.origin(dev=dev, group=group, optional=optional)
    context, located = request.project_to_change()
    result = edit.remove(context, located, names, table, dry_run=dry_run)
    did = "Would remove" if dry_run else "Removed"
    return Outcome(result, notes=[*words.synced(result.sync), f"{did} from {table}: {', '.join(result.removed)}"])
