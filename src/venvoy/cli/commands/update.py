"""``venvoy update``."""

from __future__ import annotations

from venvoy.cli import grammar, options, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.operations import update as updates


@options.command(
    "update",
    examples="""
    venvoy update                  the newest versions that pyproject.toml allows
    venvoy update requests         of one; the others stay where they can
    venvoy update --latest flask   the newest there is: moves its bound in pyproject.toml if need be
    venvoy update --dry-run        change nothing, show what would change
    """,
)
@grammar.argument("names", nargs=-1, metavar="[NAME...]")
@grammar.option("--latest", is_flag=True, help="Move bounds in pyproject.toml that keep the newest version out.")
@options.dry_run
@options.apply
def command(request: Request, *, names: tuple[str, ...], latest: bool, dry_run: bool, number: int | None) -> Outcome:
    """Take newer versions, lock them and install them: all of it or nothing. Without a NAME: of everything."""
    context, located = request.project_to_change()
    result = updates.update(context, located, names, options.wish(request, number), latest=latest, dry_run=dry_run)
    notes = list(words.synced(result))
    if not result.lockfile_moves:
        notes.append("venvoy outdated   shows what is newer than the lockfile, and what holds it back")
    return Outcome(result, notes=notes)
