"""``venvoy envs list``, ``prune`` and ``fix``."""

from __future__ import annotations

import time
from pathlib import Path

from venvoy.cli import clicked, consent, grammar, options, paint, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.operations import environments

_DAY = 24 * 3600


@options.command(
    "envs list",
    examples="""
    venvoy envs
    venvoy envs list --json
    """,
)
def list_(request: Request) -> Outcome:
    """List the environments that venvoy knows, with size, last use and what is wrong."""
    found = environments.known(request.bare())
    head = ("environment", "Python", "size", "used", "")
    lines = [*words.table(head, [_row(one) for one in found])] if found else []
    lines += [f"{words.home(str(one.path))}: {one.why}" for one in found if one.why]
    notes = [] if found else ["venvoy knows no environment on this computer yet."]
    return Outcome({"environments": found}, lines=lines, notes=notes)


@options.command(
    "envs prune",
    examples="""
    venvoy envs prune                   what no longer works, or has lost its project
    venvoy envs prune --unused 90       and what was not used for 90 days
    venvoy envs prune --dry-run
    """,
)
@grammar.option("--unused", type=grammar.COUNT, metavar="DAYS", help="Also those that were not used for so many days.")
@grammar.option("--dry-run", is_flag=True, help="Delete nothing; say what would be deleted.")
@grammar.option("-y", "--yes", is_flag=True, help="Do not ask.")
def prune(request: Request, *, unused: int | None, dry_run: bool, yes: bool) -> Outcome:
    """Delete environments that nobody can use any more; only those that venvoy made."""
    context = request.bare()
    found = environments.superfluous(context, unused * _DAY if unused else None)
    if not found.environments:
        return Outcome(found, notes=["Nothing to delete."])
    lines = [f" {paint.style('-', fg='red')} {words.home(str(one.path))}  {_reason(one)}" for one in found.environments]
    total = f"{words.count(len(found.environments), 'environment')}, {words.size(found.size)}"
    if dry_run:
        return Outcome(found, notes=[*lines, f"Would delete {total}"])
    if not yes:
        consent.ask(request.output, "\n".join(lines), f"Delete {total}?")
    return Outcome(environments.prune(found), notes=[*lines, f"Deleted {total}"])


@options.command(
    "envs fix",
    examples="""
    venvoy envs fix            the project's environment, or the active one
    venvoy envs fix try-it     the one in a folder
    """,
)
@grammar.argument("path", required=False, type=grammar.PATH, metavar="[PATH]")
def fix(request: Request, *, path: Path | None) -> Outcome:
    """Let a moved or copied environment work where it is: its commands get the new path."""
    context, located = (request.bare(), None) if path else request.project_if_any()
    result = environments.fix(context, located, request.start / path if path else None)
    place = words.shown(result.path)
    if not result.origin:
        return Outcome(result, notes=[f"Nothing to do: {place} is where it was made"])
    return Outcome(
        result,
        notes=[f"Rewrote {words.count(len(result.files), 'file')} in {place}, which was made in {result.origin}"],
    )


def _row(one: environments.Known) -> tuple[str, ...]:
    return (
        words.home(str(one.path)),
        one.python or "-",
        words.size(one.size),
        _ago(time.time() - one.used),
        paint.style(one.finding, fg="red") if one.finding else "",
    )


def _reason(one: environments.Known) -> str:
    return one.finding or f"used {_ago(time.time() - one.used)}"


def _ago(seconds: float) -> str:
    days = int(seconds // _DAY)
    return "today" if days < 1 else f"{words.count(days, 'day')} ago"


command = clicked.group(
    "envs",
    help="Look after the environments on this computer.",
    examples="""
    venvoy envs          every environment that venvoy knows
    venvoy envs prune    delete those that nobody can use any more
    """,
    commands=(list_, prune, fix),
    usual="list",
)
