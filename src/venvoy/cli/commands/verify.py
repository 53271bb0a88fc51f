"""``venvoy verify``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import click

from venvoy.cli import grammar, options, paint, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.environment.verify import Finding, Kind
from venvoy.operations import verify

_SHOWN = 10
_MEANS = {
    Kind.EDITED: "it is not what its wheel brought, so programs run other code than was locked",
    Kind.MISSING: "it was deleted, and programs that need it fail",
    Kind.OUTDATED: "it was right when it was made, and is not what belongs there now",
    Kind.RECORD: "the list of its files is wrong, so removing it would leave files, or take those of others",
    Kind.BROKEN: "without that list it can be neither removed nor updated",
    Kind.DUPLICATE: "programs may be told the wrong version",
    Kind.DEBRIS: "left by a pip that was interrupted",
    Kind.ADDED: "no distribution brought it; venvoy does not know who did",
}


@options.command(
    "verify",
    examples="""
    venvoy verify                   is every file what the lockfile and its wheel say?
    venvoy verify --repair          put right what is damaged, from the store
    venvoy verify --repair --clean  also move away what belongs to no distribution
    venvoy verify --user            what is installed for you, outside of environments
    venvoy verify --json            for a program; exit code 22: damaged, 4: only not as locked
    """,
)
@grammar.option("--repair", is_flag=True, help="Install damaged distributions anew; what belongs to none stays.")
@grammar.option("--clean", is_flag=True, help="With --repair: move files of no distribution to .venvoy/aside.")
@options.user("Check what is installed for you alone.")
def command(request: Request, *, repair: bool, clean: bool, user: bool) -> Outcome:
    """Check every file of the environment: edited, deleted, added, or not what the lockfile says.

    Files are hashed, so an edit is found even where size and time were put back. Nothing is changed without --repair.
    """
    if clean and not repair:
        raise click.UsageError("--clean goes with --repair.")
    # Even who only looks holds the lock: halfway through a change everything is wrong.
    context, site = request.site(user=user, change=True, needed=repair)
    result = verify.verify(context, site, mend=repair, clean=clean)
    lines = list(_findings(result.found, every=context.settings.verbose))
    return Outcome(result, lines=lines, notes=list(_notes(result)), exit=result.exit)


def _findings(found: Sequence[Finding], *, every: bool) -> Iterator[str]:
    shown = [one for one in found if one.serious or every]
    shown.sort(key=lambda one: (not one.name, one.name, one.kind.value, one.path))
    for (name, version), group in groupby(shown, key=lambda one: (one.name, one.version)):
        yield paint.style(f"{name} {version}" if name else "belongs to no distribution", bold=True)
        rows = list(group)
        limit = len(rows) if every else _SHOWN
        for one in rows[:limit]:
            yield "  " + "  ".join(filter(None, (f"{one.kind.value:<10}", one.path, one.detail)))
        if len(rows) > limit:
            yield f"  and {len(rows) - limit} more: venvoy verify -v"


def _notes(result: verify.Verified) -> Iterator[str]:
    place = words.shown(result.environment)
    if result.mended:
        yield f"Mended {words.count(len(result.mended), 'distribution')}: {', '.join(result.mended)}"
    for old, new in result.moved:
        yield f"Moved {old} to {new}"
    for path in result.deleted:
        yield f"Deleted {path}, which an interrupted pip had left"
    size = f"{words.count(result.distributions, 'distribution')}, {words.count(result.files, 'file')}"
    serious = [one for one in result.left if one.serious]
    if serious:
        yield f"{words.count(len(serious), 'fault')} in {place} ({size})"
    else:
        yield f"{place} is as it should be ({size})"
    harmless = len(result.left) - len(serious)
    if harmless:
        yield f"{words.count(harmless, 'file')} of no distribution that Python does not run: -v lists what they are"
    for kind, means in _MEANS.items():
        if any(one.kind is kind for one in serious):
            yield f"  {kind.value}: {means}"
    for fix in result.fixes:
        yield f"  {paint.style('→', fg='green')} {fix}"
