"""Results in words: the lines that several commands show."""

from __future__ import annotations

import os
from pathlib import Path

from venvoy.cli import paint, spelling
from venvoy.system import native
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvoy.model.plan import Change, Moved
    from venvoy.operations.resolving.fixes import Applied, Edit
    from venvoy.operations.sync import Synced


def synced(result: Synced) -> Iterator[str]:
    """What happened to lockfile and environment, or what would happen."""
    would = "Would " if result.dry_run else ""
    place = shown(result.environment)
    yield from applied(result.applied, dry_run=result.dry_run)
    if result.lockfile_changed:
        yield f"{would + 'write' if would else 'Wrote'} pylock.toml{_moves(result.lockfile_moves)}"
    if result.created:
        yield f"{would + 'make' if would else 'Made'} an environment in {place} with Python {result.python}"
    yield from changes(result.changes)
    if not result.changes:
        if not result.created and not result.lockfile_changed:
            yield nothing_to_do(result.environment)
        return
    yield counted(result.changes, place, dry_run=result.dry_run)


def nothing_to_do(environment: Path) -> str:
    """The environment is as it should be."""
    return f"Nothing to do: {shown(environment)} is up to date"


def applied(made: Applied | None, *, dry_run: bool) -> Iterator[str]:
    """One line an edit of pyproject.toml that was proposed and made."""
    for edit in made.edits if made else ():
        yield f"{'Would change' if dry_run else 'Changed'} pyproject.toml: {_made(edit)}"


def changes(steps: Sequence[Change]) -> Iterator[str]:
    """One line a step: ``+`` comes, ``-`` goes, ``~`` changes its version."""
    for step in steps:
        old = step.old.version if step.old else ""
        new = (step.new.version or "as it will be built") if step.new else ""
        yield _step(step.name, old, new, f"{old} → {new}" if old != new else f"{new} (again)")


def moved(moves: Sequence[Moved]) -> Iterator[str]:
    """One line a distribution whose locked version changed."""
    return (_step(one.name, one.old, one.new, f"{one.old} → {one.new}") for one in moves)


def _step(name: str, old: str, new: str, both: str) -> str:
    if old and new:
        return f" {paint.style('~', fg='yellow')} {name} {both}"
    return f" {paint.style('+', fg='green')} {name} {new}" if new else f" {paint.style('-', fg='red')} {name} {old}"


def where(targets: str) -> str:
    """The targets for which something holds, in brackets; nothing when it holds for all of them."""
    return paint.style(f" ({targets})", dim=True) if targets else ""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows under a head line, in columns."""
    # a coloured text takes less room than it has letters
    widths = [max(len(paint.unstyle(row[column])) for row in (head, *rows)) for column in range(len(head))]
    for number, row in enumerate((head, *rows)):
        padded = (text + " " * (width - len(paint.unstyle(text))) for text, width in zip(row, widths, strict=False))
        line = "  ".join(padded).rstrip()
        yield paint.style(line, bold=True) if number == 0 else line


def count(number: int, noun: str) -> str:
    """``1 distribution``, ``2 distributions``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def size(number: int) -> str:
    """``12 bytes``, ``3.4 kB``, ``560 MB``, ``1.2 GB``."""
    if number < 1000:  # noqa: PLR2004 - where the next unit begins
        return count(number, "byte")
    value, unit = number / 1000, "kB"
    for unit in ("kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":  # noqa: PLR2004 - as above
            break
        value /= 1000
    return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"  # noqa: PLR2004 - two digits at least


def shown(path: Path) -> str:
    """A path as people like to read it: relative when it lies below the current folder."""
    return spelling.shown(os.fspath(path))


def home(path: str) -> str:
    """A path as people like to read it: ``~`` for their home folder."""
    if native.WINDOWS:
        return path  # neither cmd nor any dialogue knows that sign
    own = str(Path("~").expanduser()).rstrip(os.sep)
    return f"~{path[len(own) :]}" if own and path.startswith(own + os.sep) else path


def _made(edit: Edit) -> str:
    if not edit.after:
        return f"took out {edit.before} ({edit.origin})"
    return f"{edit.after} instead of {edit.before} ({edit.origin})"


def _moves(moves: Sequence[Moved]) -> str:
    if not moves:
        return ""
    came = sum(not one.old for one in moves)
    went = sum(not one.new for one in moves)
    other = len(moves) - came - went
    parts = [f"{number} {word}" for number, word in ((came, "added"), (other, "changed"), (went, "removed")) if number]
    return f" ({', '.join(parts)})"


def counted(steps: Sequence[Change], place: str, *, dry_run: bool) -> str:
    """``Installed 2, removed 1 in .venv``."""
    came = sum(step.old is None for step in steps)
    went = sum(step.new is None for step in steps)
    verbs = ("install", "replace", "remove") if dry_run else ("installed", "replaced", "removed")
    numbers = (came, len(steps) - came - went, went)
    text = ", ".join(f"{verb} {number}" for verb, number in zip(verbs, numbers, strict=True) if number)
    return f"{f'Would {text}' if dry_run else text.capitalize()} in {place}"
