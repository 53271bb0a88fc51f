"""``import``: take over what files of other tools say, and lock it with the versions that they hold: all or nothing."""

from __future__ import annotations

import os
import posixpath
from functools import partial

from venvoy.errors import Problem
from venvoy.formats.foreign import reading, writing
from venvoy.formats.foreign.found import Left, public, written
from venvoy.index import sources
from venvoy.operations import home as homes
from venvoy.operations import init
from venvoy.operations import lock as locks
from venvoy.operations.project import read_lockfile
from venvoy.operations.resolving.held import versions as held_versions
from venvoy.values import TYPE_CHECKING, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from packaging.version import Version

    from venvoy.formats.foreign.found import Entry, Found
    from venvoy.formats.foreign.writing import Row
    from venvoy.model.names import NormalizedName
    from venvoy.model.requirement import Origin
    from venvoy.model.target import Target
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located
    from venvoy.resolver.task import Fork


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: whose it is, and how many versions it (or the lockfile beside it) holds."""

    file: str
    tool: str
    versions: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What ``import`` did: what became of each thing, which files it wrote, what was locked.

    ``held`` counts the names whose version another tool's lockfile holds and that are needed, ``kept`` those of them
    that are locked at such a version; ``other`` names the rest, as ``flask 2.0 → 2.1``. ``locked`` is the number of
    distributions, None without a lockfile.
    """

    sources: tuple[Source, ...]
    rows: tuple[Row, ...]
    written: tuple[str, ...]
    locked: int | None
    held: int
    kept: int
    other: tuple[str, ...]
    remarks: tuple[str, ...]
    dry_run: bool


def take_over(  # noqa: PLR0913 - what to import, and how
    context: Context,
    located: Located,
    paths: Sequence[Path],
    group: Origin | None = None,
    *,
    renewed: Callable[[Located], Context],
    lock: bool = True,
    dry_run: bool = False,
) -> Imported:
    """Import files into a project.

    The project need not have a pyproject.toml yet. ``group`` is the part of it that the dependencies go into (None:
    what the files say), ``renewed`` gives the parts as the settings of the edited project have them.

    Raises:
        Problem: import-missing, import-unknown, import-invalid, requirements-file-…, and whatever locking raises;
            nothing has changed then.
    """

    def read(path: str) -> bytes:
        return (located.directory / path).read_bytes()

    hub = sources.default_index().rstrip("/")
    names = [_relative(path, located.directory) for path in paths]
    found = [_without_hub(_named(reading.read(name, read, group, names), read), hub) for name in names]
    versions = _versions(found)
    base = init.described(context, located, _facts(found))
    text, rows = writing.write(base.text, found, str(located.pyproject))
    edited = located.with_text(text)
    files = {located.pyproject: text} if text != located.text and (rows or versions) else {}
    if files and not located.text:
        files |= init.ignoring(located.directory)
    answer = None
    if lock and (files or located.text):
        previous = read_lockfile(located, context.reporter)
        after = renewed(edited)
        interpreter = homes.find(after, edited).interpreter
        try:
            answer = locks.relock(
                after, edited, interpreter, previous, locks.Upgrade(prefer=versions, forks=_forks(found))
            )
        except Problem as problem:
            problem.fix = (*problem.fix, _without_lock(paths))
            raise
        approved = after.with_approvals(text, str(located.pyproject))
        files |= {located.pyproject: approved} if approved != located.text else {}
        files |= {located.lockfile: answer.text} if answer.changed else {}
    if not dry_run:
        locks.write(context, located, files, answer.moved if answer else ())
    held, kept, other = _compared(versions, held_versions(answer.found) if answer else {})
    return Imported(
        tuple(Source(one.file, one.tool, len(one.versions)) for one in found),
        rows,
        tuple(path.name for path in files),
        len(answer.found.packages) if answer else None,
        held,
        kept,
        other,
        tuple(remark for one in found for remark in one.remarks),
        dry_run,
    )


def _relative(path: Path, directory: Path) -> str:
    """The path of a file from the project's folder, with forward slashes; as it is on another drive."""
    try:
        text = os.path.relpath(path, directory)
    except ValueError:
        text = str(path)
    return text.replace(os.sep, "/")


def _without_lock(paths: Sequence[Path]) -> str:
    names = " ".join(path.name for path in paths)
    return f"venvoy import {names} --no-lock   writes pyproject.toml only; correct it there, then: venvoy lock"


def _facts(found: Sequence[Found]) -> Mapping[str, str]:
    keys = ("name", "version", "description", "requires_python")
    return {key: next((value for one in found if (value := getattr(one, key))), "") for key in keys}


def _named(found: Found, read: reading.Read) -> Found:
    """The same with a name for each folder and archive; the project itself, and what has no name, are left."""
    entries: list[Entry] = []
    left = list(found.left)
    for entry in found.entries:
        if entry.source and "path" in entry.source and found.tool != "pip":
            folder = posixpath.dirname(entry.file)
            path = posixpath.normpath(posixpath.join(folder, str(entry.source["path"])))
            entry = replace(entry, source={**entry.source, "path": path})  # noqa: PLW2901 - the same, as seen from here
        if entry.requirement:
            entries.append(entry)
            continue
        path = str((entry.source or {})["path"])
        if posixpath.normpath(path) == ".":
            left.append(Left(entry.before, _itself(entry), entry.file))
        elif name := reading.archive_name(path) or reading.project_name(path, read):
            entries.append(replace(entry, requirement=written(name, "", entry.extras, [entry.marker])))
        else:
            why = f"its name stands nowhere in there; `venvoy add {entry.table.option}{path}` finds it out"
            left.append(Left(entry.before, why, entry.file))
    return replace(found, entries=tuple(entries), left=tuple(left))


def _itself(entry: Entry) -> str:
    why = "it is the project itself, which is installed anyway if it can be built"
    options = " ".join(f"--extra {extra}" for extra in entry.extras)
    return f"{why}; its extras: venvoy sync {options}" if options else why


def _without_hub(found: Found, hub: str) -> Found:
    """The same without the index that everybody takes anyway."""
    chosen = dict(found.settings)
    if public(str(chosen.get("index-url", ""))).rstrip("/") == hub:
        del chosen["index-url"]
    further = chosen.get("extra-index-url", ())
    if isinstance(further, tuple):
        chosen["extra-index-url"] = tuple(url for url in further if url.rstrip("/") != hub)
    return replace(found, settings={key: value for key, value in chosen.items() if value != ()})


def _versions(found: Sequence[Found]) -> dict[NormalizedName, tuple[Version, ...]]:
    versions: dict[NormalizedName, tuple[Version, ...]] = {}
    for one in found:
        for name, some in one.versions.items():
            versions[name] = tuple(dict.fromkeys((*versions.get(name, ()), *some)))
    return versions


def _forks(found: Sequence[Found]) -> dict[NormalizedName, list[Fork]]:
    """The names that another lockfile holds in several versions, each with the targets that it is for."""
    forks: dict[NormalizedName, list[Fork]] = {}
    for name, parts in (item for one in found for item in one.forks.items()):
        if len({version for version, _ in parts}) > 1:
            forks[name] = [(version, partial(_applies, marker)) for version, marker in parts]
    return forks


def _applies(marker: str, target: Target) -> bool:
    from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName  # noqa: PLC0415 - few have any

    try:
        return Marker(marker).evaluate(dict(target.markers))
    except (InvalidMarker, UndefinedEnvironmentName):
        return False


def _compared(
    held: Mapping[NormalizedName, tuple[Version, ...]], locked: Mapping[NormalizedName, tuple[Version, ...]]
) -> tuple[int, int, tuple[str, ...]]:
    both = sorted(held.keys() & locked.keys())
    moved = [name for name in both if not set(held[name]) & set(locked[name])]
    shown = (f"{name} {_texts(held[name])} → {_texts(locked[name])}" for name in moved)
    return len(both), len(both) - len(moved), tuple(shown)


def _texts(versions: Sequence[Version]) -> str:
    return ", ".join(map(str, sorted(versions)))
