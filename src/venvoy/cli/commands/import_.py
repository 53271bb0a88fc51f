"""``venvoy import``."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from venvoy.cli import grammar, options, paint, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.formats import requirements
from venvoy.formats.foreign.writing import CHANGED, KEPT, LEFT, TAKEN, Row
from venvoy.model.requirement import Origin
from venvoy.operations import importing
from venvoy.operations.project import Located, nearest

_COLORS = {TAKEN: "green", CHANGED: "yellow", KEPT: "cyan", LEFT: "red"}


@options.command(
    "import",
    examples="""
    venvoy import requirements.txt
    venvoy import requirements.txt requirements-dev.txt    the second becomes the group dev
    venvoy import --group docs docs/requirements.txt       or say yourself which group
    venvoy import pyproject.toml       what Poetry, PDM or uv keep there, with locked versions
    venvoy import Pipfile --dry-run    only show what would be taken over, and what not
    venvoy import environment.yml      the pip part; what conda installs is listed by name
    """,
)
@grammar.argument("files", nargs=-1, required=True, type=grammar.PATH, metavar="FILE...")
@grammar.option("--group", metavar="NAME", help="Put the dependencies into this group: [dependency-groups].")
@grammar.option("--no-lock", is_flag=True, help="Write pyproject.toml only, not pylock.toml.")
@grammar.option("--dry-run", is_flag=True, help="Change nothing; show what would be taken over.")
def command(request: Request, *, files: tuple[Path, ...], group: str | None, no_lock: bool, dry_run: bool) -> Outcome:
    """Take over what files of other tools say into pyproject.toml, and lock it.

    It reads requirements.txt, Pipfile, setup.cfg, setup.py, environment.yml, the tables of Poetry, PDM and uv in
    pyproject.toml, and the lockfiles of these tools, whose versions are kept. Nothing of them is run, and none of
    them is changed. What stands in pyproject.toml already stays. `venvoy undo` takes it all back.
    """
    table = Origin("group", requirements.name(group, "a group")) if group else None
    if nearest(request.start) is None:
        context = request.folder_to_change(request.start)
        located = Located.of(request.start, "").placed(context.settings)
    else:
        context, located = request.project_to_change()
    paths = [Path.cwd() / file for file in files]
    result = importing.take_over(
        context, located, paths, table, renewed=request.renewed, lock=not no_lock, dry_run=dry_run
    )
    return Outcome(result, lines=list(_table(result.rows)), notes=list(_summary(result)))


def _table(rows: Sequence[Row]) -> Iterator[str]:
    """What became of each thing: a line each, and below it why where something is not the same."""
    width = shutil.get_terminal_size((80, 24)).columns
    left = min(max((len(row.before) for row in rows), default=0), max(20, width // 2 - 12))
    files = list(dict.fromkeys(row.file for row in rows))
    for file in files:
        yield paint.style(file, bold=True)
        for row in (row for row in rows if row.file == file):
            action = paint.style(f"{row.action:<7}", fg=_COLORS[row.action])
            before = row.before if len(row.before) <= left else f"{row.before[: left - 1]}…"
            after = row.table if row.after == row.before else row.after
            if row.after != row.before and row.table not in {"", "project", "tool.venvoy"}:
                after = f"{after} ({row.table})"
            text = "; ".join(filter(None, (after if row.action not in {KEPT, LEFT} else "", row.why)))
            lines = textwrap.wrap(text, max(24, width - left - 12), break_on_hyphens=False, break_long_words=False) or [
                ""
            ]
            yield f"  {action} {before:<{left}}  {lines[0]}".rstrip()
            for line in lines[1:]:
                yield f"{' ' * (left + 12)}{line}"


def _summary(result: importing.Imported) -> Iterator[str]:
    yield from result.remarks
    counts = {action: sum(row.action == action for row in result.rows) for action in _COLORS}
    said = ", ".join(f"{number} {action}" for action, number in counts.items() if number)
    yield f"{said[:1].upper()}{said[1:]}" if said else "There was nothing to take over"
    if result.held:
        others = f"; not: {', '.join(result.other)}" if result.other else ""
        yield f"Kept {result.kept} of {words.count(result.held, 'version')} from the other lockfile{others}"
    would = "Would write" if result.dry_run else "Wrote"
    if result.written:
        locked = "" if result.locked is None else f": {words.count(result.locked, 'distribution')} locked"
        yield f"{would} {', '.join(result.written)}{locked}"
    elif counts[KEPT]:
        yield "pyproject.toml and pylock.toml say all of it already"
    if result.written and not result.dry_run:
        yield f"Next: {'venvoy lock' if result.locked is None else 'venvoy sync'}"
