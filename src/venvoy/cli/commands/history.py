"""``venvoy history``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from venvoy.cli import options, paint, words
from venvoy.cli.output import Outcome, quote
from venvoy.cli.request import Request
from venvoy.model.plan import Moved
from venvoy.operations import past as operation

_SHOWN = 4


@options.command(
    "history",
    examples="""
    venvoy history       the changes that can be undone, newest first
    venvoy history -v    with every line and every distribution
    venvoy undo 2        take back the last two
    """,
)
@options.user("Of what is installed for you alone.")
def command(request: Request, *, user: bool) -> Outcome:
    """Show what changed the project: when, the command, and what was different afterwards.

    In front stands how far to go: undo 2 takes back that change and the newer one. What has been undone already says
    how to have it again.
    """
    context, place = request.past(user=user)
    found = operation.past(context, place)
    shown = None if context.settings.verbose else _SHOWN
    lines = [line for one in found for line in _lines(one, shown)]
    return Outcome(
        {"steps": found}, lines=lines, notes=[] if found else [f"No command has changed {place.called} yet."]
    )


def _lines(one: operation.Past, shown: int | None) -> Iterator[str]:
    time = datetime.fromisoformat(one.time.replace("Z", "+00:00")).astimezone().strftime("%Y-%m-%d %H:%M")
    how = f"{'redo' if one.undone else 'undo'} {one.number}" if one.number else ""
    mark = paint.style("  (undone)", dim=True) if one.undone else ""
    yield f"{how:<7}  {time}  {paint.style(quote(['venvoy', *one.command]), bold=True)}{mark}"
    if one.edited:
        yield f"         by hand         {' and '.join(one.edited)}, before that"
    if one.python:
        yield f"         Python          {' → '.join(one.python)}"
    for place, items in (
        ("pyproject.toml", _telling(one.pyproject)),
        ("pylock.toml", _shifts(one.lockfile)),
        ("environment", _shifts(one.environment)),
    ):
        if items:
            more = f" and {len(items) - shown} more" if shown and len(items) > shown else ""
            yield f"         {place:<14}  {', '.join(items[:shown])}{more}"


def _telling(lines: Sequence[str]) -> list[str]:
    """The lines of a difference without those that only open or close a list."""
    plain = (f"{line[:1]} {line[1:].strip().rstrip(',')}" for line in lines)
    return [line for line in plain if line[2:].strip("[]{} ") and not line.endswith(("[", "[]"))]


def _shifts(moves: Sequence[Moved]) -> list[str]:
    found = zip(moves, words.moved(moves), strict=True)
    # One version may come as another wheel: that of another Python, for one.
    return [
        f"{line.partition(' → ')[0].strip()} (another wheel)" if one.old == one.new else line.strip()
        for one, line in found
    ]
