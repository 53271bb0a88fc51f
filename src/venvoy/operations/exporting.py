"""``export``: what is locked, in the forms of other tools."""

from __future__ import annotations

import os
import re

from packaging.pylock import PylockSelectError

from venvoy.errors import Problem
from venvoy.formats import exports, pylock_select, pylock_text
from venvoy.formats.exports import Parts
from venvoy.formats.simple_api import without_credentials
from venvoy.model.requirement import Origin
from venvoy.model.source import INDEX
from venvoy.operations.inspection import locked
from venvoy.resolver import platforms as all_platforms
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from packaging.pylock import Package, Pylock

    from venvoy.model.source import Source
    from venvoy.operations.context import Context
    from venvoy.operations.inspection.locked import Locking
    from venvoy.operations.project import Located
    from venvoy.operations.sync import Selection

REQUIREMENTS, CONSTRAINTS, PYLOCK = "requirements", "constraints", "pylock"
FORMATS = (REQUIREMENTS, CONSTRAINTS, PYLOCK)
"""What can be written."""


@dataclass(frozen=True, slots=True)
class Form:
    """What to write: a format; ``target`` as in the setting ``targets`` (empty: all, or for pylock that at hand)."""

    format: str = REQUIREMENTS
    target: str = ""
    hashes: bool = True


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the text, for whom (empty: for every target), and what it cannot say."""

    format: str
    target: str
    text: str
    count: int
    remarks: tuple[str, ...]
    path: Path | None = None


def export(
    context: Context, located: Located, selection: Selection, form: Form, output: Path | None = None
) -> Exported:
    """Write what is locked in the form of another tool, into a file or (None) only as a text.

    Raises:
        Problem: lockfile-missing, lockfile-invalid, usage; what writing raises.
    """
    if output is not None:
        _check_name(output, located, form)
    found = locked.find(context, located)
    parts = Parts(selection.groups, selection.extras, tuple(_options(located)), str(located.directory))
    folder = output.parent if output else located.directory
    lock = _moved(found.lock, located.directory, folder) if form.format == PYLOCK else found.lock
    label = ""
    if form.target or form.format == PYLOCK:
        label, markers, tags = _target(found, form.target)
        lock = _single(lock, parts, markers, tags, str(located.lockfile))
        parts = replace(parts, groups=(), extras=())
    if form.format == PYLOCK:
        result = exports.Export(pylock_text.render(lock), len(lock.packages), ())
    else:
        constraints = form.format == CONSTRAINTS
        result = exports.requirements(lock, parts, hashes=form.hashes, constraints=constraints)
    if output is not None:
        fs.write_atomic(output, result.text.encode("utf-8"))
    remarks = (*result.remarks, *_tied(located, form), *_secret(located, form))
    return Exported(form.format, label, result.text, result.count, remarks, output)


def _check_name(output: Path, located: Located, form: Form) -> None:
    if os.path.realpath(output) in {os.path.realpath(located.lockfile), os.path.realpath(located.pyproject)}:
        raise Problem(
            "usage",
            f"{output.name} is the project's own file, and export would write over it.",
            fix=("Give another name, such as pylock.production.toml or requirements.txt.",),
            where=str(output),
        )
    if form.format == PYLOCK and not re.fullmatch(r"pylock\.(?:[^.]+\.)?toml", output.name):
        raise Problem(
            "usage",
            f"{output.name} cannot be the name of a lockfile.",
            why="Tools look for pylock.toml or pylock.NAME.toml, with no dot in NAME (PEP 751).",
            fix=(f"Give a name such as pylock.{re.sub(r'[^A-Za-z0-9-]', '-', output.stem)}.toml.",),
        )


def _options(located: Located) -> Iterator[str]:
    """What a pip file says of the indexes that the project names; those of this machine are nobody else's business."""
    said = located.file.settings
    if said.get("no-index"):
        yield "--no-index"
    if isinstance(said.get("index-url"), str):
        yield f"--index-url {_open(str(said['index-url']))}"
    further = [*_texts(said.get("extra-index-url")), *(one.url for one in _indexes(located).values())]
    yield from dict.fromkeys(f"--extra-index-url {_open(url)}" for url in further)
    yield from (f"--find-links {_open(place)}" for place in _texts(said.get("find-links")))


def _open(place: str) -> str:
    """An address or a path behind an option, without user and password."""
    return exports.option_value(without_credentials(place) if "://" in place else place)


def _secret(located: Located, form: Form) -> Iterator[str]:
    said = located.file.settings
    places = [str(said.get("index-url", "")), *_texts(said.get("extra-index-url")), *_texts(said.get("find-links"))]
    places += [one.url for one in _indexes(located).values()]
    if form.format != PYLOCK and any("://" in one and without_credentials(one) != one for one in places):
        yield "Passwords in the addresses of indexes are left out: pip finds them in the file netrc or the keyring."


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, (list, tuple)) else []


def _indexes(located: Located) -> Mapping[str, Source]:
    return {name: one for name, one in located.file.sources.items() if one.kind == INDEX}


def _tied(located: Located, form: Form) -> Iterator[str]:
    names = sorted(_indexes(located))
    if names and form.format != PYLOCK:
        yield (
            f"{', '.join(names)}: [tool.venvoy.sources] ties this to one index, and pip takes a name from any that it"
            " is given; the hashes see to it that it is the right file."
        )


def _target(found: Locking, name: str) -> tuple[str, Mapping[str, str], Sequence[str]]:
    """The words for one target, its markers and its tags."""
    interpreter = found.interpreter
    minor = interpreter.markers["python_version"]
    if name in {"", all_platforms.CURRENT}:
        place = f"{interpreter.markers['platform_system']} on {interpreter.markers['platform_machine']}"
        return f"{place} with Python {minor}", interpreter.markers, interpreter.tags
    names = locked.platforms(name, all_platforms.CURRENT)
    if len(names) > 1:
        raise Problem(
            "usage",
            f"{name} stands for several targets, and this is for one.",
            fix=(f"Name one of: {', '.join(names)}",),
        )
    fitting = [one for one in found.targets if one.platform == names[0]]
    # Of a minor version that is divided the newest patch releases, as in everything else.
    chosen = [one for one in fitting if one.markers["python_version"] == minor] or fitting
    if not chosen:
        raise Problem(
            "usage",
            f"This lockfile is not for {name}.",
            why=f"It is for: {', '.join(dict.fromkeys(one.platform for one in found.targets if one.platform))}.",
            fix=("Add it to targets in [tool.venvoy], then: venvoy lock",),
        )
    return chosen[-1].label, chosen[-1].markers, tuple(chosen[-1].tags)


def _single(lock: Pylock, parts: Parts, markers: Mapping[str, str], tags: Sequence[str], where: str) -> Pylock:
    try:
        chosen = exports.only_for(lock, parts, markers=markers, tags=tags)
    except PylockSelectError as error:
        origins = [*(Origin("extra", name) for name in parts.extras), *(Origin("group", name) for name in parts.groups)]
        raise pylock_select.refused(lock, markers, error, where, origins) from error
    return exports.single(chosen, markers=markers)


def _moved(lock: Pylock, here: Path, there: Path) -> Pylock:
    """The lockfile as it has to be in another folder: relative paths start at the file (PEP 751)."""
    if os.path.realpath(here) == os.path.realpath(there):
        return lock
    return replace(lock, packages=[_package_moved(one, str(here), str(there)) for one in lock.packages])


def _package_moved(package: Package, here: str, there: str) -> Package:
    changes: dict[str, Any] = {}

    def moved(path: str) -> str:
        if path.startswith("/") or path[1:2] == ":":
            return path
        absolute = os.path.normpath(os.path.join(here, path))  # noqa: PTH118 - texts of a lockfile
        return os.path.relpath(absolute, there).replace(os.sep, "/")

    for key in ("vcs", "directory", "archive", "sdist"):
        place = getattr(package, key)
        if place is not None and place.path:
            changes[key] = replace(place, path=moved(place.path))
    if any(wheel.path for wheel in package.wheels or ()):
        changes["wheels"] = [replace(one, path=moved(one.path)) if one.path else one for one in package.wheels or ()]
    return replace(package, **changes)
