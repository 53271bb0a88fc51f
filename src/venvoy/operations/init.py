"""``init``: make a folder a project; whatever is there already stays."""

from __future__ import annotations

import re

from packaging.version import Version

from venvoy.errors import Problem
from venvoy.formats import pyproject_edit
from venvoy.operations import home as homes
from venvoy.operations import lock as locks
from venvoy.operations.importable import importable, refuse_to_hide
from venvoy.operations.project import (
    ENVIRONMENT,
    PYPROJECT,
    PYTHON_VERSION,
    Located,
    pinned_python,
    read_lockfile,
    read_text,
)
from venvoy.operations.sync import Goal, Synced, bring, choose
from venvoy.python import discover
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from venvoy.operations.context import Context

GITIGNORE = ".gitignore"


@dataclass(frozen=True, slots=True)
class Initialised:
    """What ``init`` made: the names of the project's files it wrote, and the first sync.

    ``importable`` are files of other tools, which say what a project needs.
    """

    directory: Path
    name: str
    written: tuple[str, ...]
    sync: Synced
    importable: tuple[str, ...]


def init(context: Context, directory: Path) -> Initialised:
    """Make ``directory`` a project: pyproject.toml, .gitignore's line, lockfile and environment.

    Raises:
        Problem: name-invalid when no project name can be made of the folder's name; whatever locking and syncing raise.
            What had been made for the project is then gone again.
    """
    made = not directory.exists()
    with fs.attempting("make the project's folder", directory):
        directory.mkdir(parents=True, exist_ok=True)
    try:
        return _fill(context, directory)
    except BaseException:
        if made and not any(directory.iterdir()):
            directory.rmdir()
        raise


def _fill(context: Context, directory: Path) -> Initialised:
    path = directory / PYPROJECT
    old = read_text(path) if path.is_file() else ""
    before = Located.of(directory, old).placed(context.settings)
    refuse_to_hide(before)
    located = described(context, before)
    files = {located.pyproject: located.text} if located.text != old else {}
    if context.settings.python and not (directory / PYTHON_VERSION).is_file():
        files[directory / PYTHON_VERSION] = f"{context.settings.python}\n"
    files |= ignoring(directory)
    home = homes.find(context, located)
    locked = locks.relock(context, located, home.interpreter, read_lockfile(located, context.reporter))
    synced = bring(context, home, Goal(located, locked, choose(context, located), files))
    written = [path.name for path in files] + ([located.lockfile.name] if locked.changed else [])
    return Initialised(directory, located.file.written_name, tuple(written), synced, importable(before))


def described(context: Context, located: Located, facts: Mapping[str, str] | None = None) -> Located:
    """The project with a [project] table: the one that it has, else a new one.

    Args:
        context: the parts to work with.
        located: the project as it is; its file may not be there yet.
        facts: what a new table shall say, as far as it is known: name, version, description, requires_python.

    Raises:
        Problem: name-invalid, pyproject-invalid, python-not-found.
    """
    if located.file.has_project:
        if located.file.name is None:
            located.file.require_project("to lock what it needs")
        return located
    known = {key: value for key, value in (facts or {}).items() if value}
    requires = known.pop("requires_python", "")
    if not requires:
        interpreter = discover.find(
            context.settings.python or pinned_python(located.directory),
            requires=None,
            environ=context.environ,
            cache=context.interpreters,
        )
        requires = f">={'.'.join(map(str, Version(interpreter.version).release[:2]))}"
    name = known.pop("name", "") or _name(located.directory)
    return located.with_text(pyproject_edit.new(name, requires, located.text, **known))


def ignoring(directory: Path) -> dict[Path, str]:
    """The text of .gitignore with a line for the environment, when it has none yet."""
    ignore = directory / GITIGNORE
    ignored = read_text(ignore) if ignore.is_file() else ""
    if re.search(rf"^/?{re.escape(ENVIRONMENT)}/?\s*$", ignored, re.MULTILINE):
        return {}
    return {ignore: ignored + ("\n" if ignored and not ignored.endswith("\n") else "") + f"{ENVIRONMENT}/\n"}


def _name(directory: Path) -> str:
    """A project name (PEP 508) from a folder's name: what does not belong into one becomes a hyphen."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", directory.resolve().name).strip("-._")
    if not name:
        raise Problem(
            "name-invalid",
            f"No project name can be made of the folder's name, {directory.resolve().name!r}.",
            why="A project's name consists of the letters a to z, digits, hyphens, dots and underscores.",
            fix=("Give the project a folder with such a name: venvoy init my-project",),
        )
    return name
