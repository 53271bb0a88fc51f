"""``venvoy sync``."""

from __future__ import annotations

from venvoy.cli import grammar, options, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.operations import sync as syncs


@options.command(
    "sync",
    also=("locked", "frozen"),
    examples="""
    venvoy sync                        lock if need be, then install exactly what is locked
    venvoy sync --locked               for CI: fail when pylock.toml is out of date
    venvoy sync --group docs --no-dev  the project, with the group docs, without development
    venvoy sync --dry-run              only show what would change
    """,
)
@options.selection
@grammar.option("--inexact", is_flag=True, help="Leave in the environment what is not in the lockfile.")
@options.dry_run
@options.apply
def command(
    request: Request,
    *,
    groups: tuple[str, ...],
    extras: tuple[str, ...],
    no_dev: bool,
    inexact: bool,
    dry_run: bool,
    number: int | None,
) -> Outcome:
    """Make the environment equal to the lockfile: install what is missing, remove what does not belong.

    Makes the environment when there is none, and the lockfile when it is missing or out of date.
    """
    context, located = request.project_to_change(needed=False)
    selection = syncs.choose(context, located, groups, extras, dev=not no_dev)
    result = syncs.sync(context, located, selection, options.wish(request, number), exact=not inexact, dry_run=dry_run)
    if not (dry_run or result.applied):
        request.settle(context, located, [words.nothing_to_do(result.environment)])
    return Outcome(result, notes=list(words.synced(result)))
