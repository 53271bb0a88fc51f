"""Results in words: the lines that several commands show."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvoy.model.plan import Change
    from venvoy.operations.lock import Moved
    from venvoy.operations.sync import Synced


def synced(result: Synced) -> Iterator[str]:
    """What happened to lockfile and environment, or what would happen."""
    would = "Would " if result.dry_run else ""
    place = shown(result.environment)
    if result.lockfile_changed:
        yield f"{would + 'write' if would else 'Wrote'} pylock.toml{_moves(result.lockfile_moves)}"
    if result.created:
        yield f"{would + 'make' if would else 'Made'} an environment in {place} with Python {result.python}"
    yield from changes(result.changes)
    if not result.changes:
        if not result.created and not result.lockfile_changed:
            yield f"Nothing to do: {place} is up to date"
        return
    yield f"{_counted(result.changes, dry_run=result.dry_run)} in {place}"


def changes(steps: Sequence[Change]) -> Iterator[str]:
    """One line a step: ``+`` comes, ``-`` goes, ``~`` changes its version."""
    for step in steps:
        old, new = step.old.version if step.old else "", step.new.version if step.new else ""
        if old and new:
            versions = f"{old} → {new}" if old != new else f"{new} (again)"
            yield f" {click.style('~', fg='yellow')} {step.name} {versions}"
        elif new:
            yield f" {click.style('+', fg='green')} {step.name} {new}"
        else:
            yield f" {click.style('-', fg='red')} {step.name} {old}"


def moved(moves: Sequence[Moved]) -> Iterator[str]:
    """One line a distribution whose locked version changed."""
    for one in moves:
        if one.old and one.new:
            yield f" {click.style('~', fg='yellow')} {one.name} {one.old} → {one.new}"
        elif one.new:
            yield f" {click.style('+', fg='green')} {one.name} {one.new}"
        else:
            yield f" {click.style('-', fg='red')} {one.name} {one.old}"


def count(number: int, noun: str) -> str:
    """``1 distribution``, ``2 distributions``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def shown(path: Path) -> str:
    """A path as people like to read it: relative when it lies below the current folder."""
    relative = os.path.relpath(path) if path.drive == Path.cwd().drive else str(path)
    return str(path) if relative.startswith("..") else relative


def _moves(moves: Sequence[Moved]) -> str:
    if not moves:
        return ""
    came = sum(not one.old for one in moves)
    went = sum(not one.new for one in moves)
    other = len(moves) - came - went
    parts = [f"{number} {word}" for number, word in ((came, "added"), (other, "changed"), (went, "removed")) if number]
    return f" ({', '.join(parts)})"


def _counted(steps: Sequence[Change], *, dry_run: bool) -> str:
    came = sum(step.old is None for step in steps)
    went = sum(step.new is None for step in steps)
    verbs = ("install", "replace", "remove") if dry_run else ("installed", "replaced", "removed")
    numbers = (came, len(steps) - came - went, went)
    text = ", ".join(f"{verb} {number}" for verb, number in zip(verbs, numbers, strict=True) if number)
    return f"Would {text}" if dry_run else text.capitalize()
