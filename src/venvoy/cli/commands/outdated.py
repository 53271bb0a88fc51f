"""``venvoy outdated``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from venvoy.cli import options, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.operations.inspection import outdated


@options.command(
    "outdated",
    examples="""
    venvoy outdated
    venvoy outdated --json      for a program; the exit code is 0 whatever it finds
    """,
)
def command(request: Request) -> Outcome:
    """List what is newer than the lockfile: within the bounds of pyproject.toml, and beyond.

    The last column says what holds the newest version back. Nothing is changed.
    """
    found = outdated.outdated(*request.project())
    notes = []
    if not found:
        notes.append("Everything is as new as can be")
    if any(one.allowed and one.allowed != one.locked for one in found):
        notes.append("venvoy update   takes the versions in the column allowed")
    if any(one.held_by for one in found):
        notes.append("venvoy why-not NAME   shows the way to what is held back")
    return Outcome(found, lines=list(_table(found)), notes=notes)


def _table(found: Sequence[outdated.Outdated]) -> Iterator[str]:
    if not found:
        return
    head = ("name", "locked", "allowed", "newest", "held back because")
    rows = [
        (
            one.name,
            ", ".join(one.locked),
            ", ".join(one.allowed),
            one.newest,
            "; ".join(one.held_by),
        )
        for one in found
    ]
    yield from words.table(head if any(row[4] for row in rows) else head[:4], rows)
