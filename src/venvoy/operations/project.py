"""Find the project that a command is about, and read its files."""

from __future__ import annotations

import os
from pathlib import Path

from venvoy.digests import sha256
from venvoy.errors import Problem
from venvoy.formats import pyproject, toml
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass, replace

if TYPE_CHECKING:
    from venvoy.environment.layout import Environment
    from venvoy.events import Reporter
    from venvoy.formats.pylock_draft import Lock
    from venvoy.model.artifact import CoreMetadata
    from venvoy.model.project import NamedEnvironment, ProjectFile
    from venvoy.operations.context import Context
    from venvoy.settings import Settings

OWNER = ".venvoy/project"
"""The file in an environment that says which project it belongs to, where that is not the folder around it."""

HISTORY = "history-v2"
"""The folder of the cache with the histories of all projects."""

PYPROJECT, LOCKFILE, ENVIRONMENT, PYTHON_VERSION = "pyproject.toml", "pylock.toml", ".venv", ".python-version"


@dataclass(frozen=True, slots=True)
class Place:
    """What commands change, remember and verify: a project with its environment, an environment alone, a user site.

    ``directory`` is the folder of pylock.toml, ``environment`` that of the environment. For an environment alone they
    are the same. A user site has no folder of its own, but one that venvoy keeps for it; ``site`` is its layout.
    ``option`` is what has to stand behind a command so that it works on the same, with a space before it: ``--user``,
    ``--env tools``, or nothing where it is meant anyway.
    """

    directory: Path
    environment: Path
    alone: bool = False
    site: Environment | None = None
    option: str = ""

    @property
    def lockfile(self) -> Path:
        """The path of pylock.toml."""
        return self.directory / LOCKFILE

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files that describe it."""
        return (LOCKFILE,) if self.alone else (PYPROJECT, LOCKFILE)

    @property
    def called(self) -> str:
        """What it is, in words that go into a sentence."""
        return "your user site" if self.site else "this environment" if self.alone else "this project"

    def layout(self) -> Environment:
        """Where the parts of the environment are.

        Raises:
            Problem: environment-missing, environment-invalid.
        """
        from venvoy.environment import layout

        return self.site or layout.read(self.environment)


@dataclass(frozen=True, slots=True)
class Located:
    """A project on disk: its folder, the text of its pyproject.toml and what it means, the text of its pylock.toml.

    ``home`` is the folder of the environment to work with where that is another one than ``.venv``; ``named`` is what
    pyproject.toml says about it if it has a name. ``computed`` is what the build backend said of it, where only that
    knows what it needs; it is part of ``file`` then.
    """

    directory: Path
    text: str
    file: ProjectFile
    lock_text: str | None = None
    home: Path | None = None
    named: NamedEnvironment | None = None
    computed: CoreMetadata | None = None

    @property
    def pyproject(self) -> Path:
        """The path of pyproject.toml."""
        return self.directory / PYPROJECT

    @property
    def lockfile(self) -> Path:
        """The path of pylock.toml (PEP 751)."""
        return self.directory / LOCKFILE

    @property
    def environment(self) -> Path:
        """The folder of the project's environment, whether it exists or not."""
        return self.home or self.directory / ENVIRONMENT

    @property
    def setup_files(self) -> tuple[Path, ...]:
        """The files besides pyproject.toml, there or not, that what the project is and needs may rest on."""
        if not (self.file.has_build_system or self.file.settings.get("package") or self.computed):
            return ()
        from venvoy.formats import setup_files  # most projects are no packages

        return tuple(self.directory / name for name in setup_files.names(toml.loads(self.text, self.file.where)))

    @property
    def place(self) -> Place:
        """The project as what commands change, remember and verify."""
        return Place(self.directory, self.environment)

    @classmethod
    def of(cls, directory: Path, text: str) -> Located:
        """A project whose pyproject.toml says this, whether the file exists yet or not."""
        lockfile = directory / LOCKFILE
        lock_text = read_text(lockfile) if lockfile.is_file() else None
        return cls(directory, text, pyproject.parse(text, str(directory / PYPROJECT)), lock_text)

    def placed(self, settings: Settings) -> Located:
        """The same project with the environment that the settings choose.

        Raises:
            Problem: environment-unknown, when no environment of the project has that name.
        """
        if not settings.env and not settings.store_environments:
            return self
        named = self.file.environments.get(settings.env or "")
        if settings.env and named is None:
            known = sorted(self.file.environments)
            raise Problem(
                "environment-unknown",
                f"This project has no environment called {settings.env!r}.",
                why=f"It has: {', '.join(known)}." if known else "",
                fix=(f"Add it to {PYPROJECT}: a table [tool.venvoy.environments.{settings.env}]",),
                where=self.file.where,
                data={"known": known},
            )
        return replace(self, home=environment_folder(settings, self.directory), named=named)

    def is_as_read(self) -> bool:
        """Whether its files still say what they said, and nobody else was asked what they mean."""
        there = [read_text(path) if path.is_file() else None for path in (self.pyproject, self.lockfile)]
        return self.computed is None and there == [self.text, self.lock_text]

    def with_text(self, text: str) -> Located:
        """The same project after an edit of its pyproject.toml."""
        file = pyproject.parse(text, str(self.pyproject))
        if self.computed is not None:
            from venvoy.formats import computed

            file = computed.completed(file, self.computed)
        return replace(self, text=text, file=file)


def locate(start: Path) -> Located:
    """The project that ``start`` is in: the nearest folder upwards with a pyproject.toml.

    Raises:
        Problem: project-not-found, or what reading and parsing the file raises.
    """
    directory = nearest(start)
    if directory is None:
        from venvoy.operations.foreign_files import left_by_others

        raise Problem(
            "project-not-found",
            f"There is no pyproject.toml in {start} or in any folder above it.",
            why="venvoy keeps what a project needs in that file.",
            fix=(
                *(f"venvoy import {name}   makes one from what stands there" for name in left_by_others(start)[:1]),
                "venvoy init     makes this folder a project",
                "--project DIR   behind any command: it works on the project in DIR",
            ),
        )
    return Located.of(directory, read_text(directory / PYPROJECT))


def mind_active(context: Context, located: Located) -> None:
    """Say so when another environment is active in the shell than the one that is worked on."""
    active = context.environ.get("VIRTUAL_ENV", "")
    if active and os.path.realpath(active) != os.path.realpath(located.environment):
        context.reporter.warn(
            f"The environment {active} is active in this shell, and it is not this project's. "
            f"venvoy works on {located.environment}; venvoy deactivate leaves the other one."
        )


def nearest(start: Path) -> Path | None:
    """The nearest folder, from ``start`` upwards, that holds a pyproject.toml."""
    return next((folder for folder in (start, *start.parents) if (folder / PYPROJECT).is_file()), None)


def key(directory: Path) -> str:
    """What stands for a project in file names below the cache: 24 hexadecimal digits, made from where it lies."""
    return sha256(os.fsencode(os.path.realpath(directory))).hexdigest()[:24]


def environment_folder(settings: Settings, directory: Path) -> Path:
    """The folder of a project's environment: in the project, or in the one place for those of all projects."""
    if settings.store_environments:
        return central_folder(settings, directory, settings.env)
    return directory / (f"{ENVIRONMENT}-{settings.env}" if settings.env else ENVIRONMENT)


def central_folder(settings: Settings, directory: Path, name: str | None = None) -> Path:
    """The folder that a project's environment has, or would have, in the one place for environments."""
    return central(settings) / f"{directory.name}-{key(directory)[:8]}" / (name or "default")


def central(settings: Settings) -> Path:
    """The one place for environments, whether it is there or not."""
    if settings.environments_dir is not None:
        return Path(os.path.abspath(settings.environments_dir))  # noqa: PTH100 - links stay as they are
    import platformdirs

    return Path(platformdirs.user_data_dir("venvoy", appauthor=False)) / "environments"


def owner(environment: Path) -> str:
    """The folder of the project that an environment in the one place belongs to; empty for any other environment."""
    try:
        return (environment / OWNER).read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeError):
        return ""


def read_text(path: Path) -> str:
    """The text of a file of the project, its line ends kept.

    Raises:
        Problem: toml-invalid when it is no UTF-8 text, permission-denied, file-error.
    """
    with fs.attempting("read this file", path):
        return toml.decode(path.read_bytes(), str(path))


def read_lockfile(located: Located, reporter: Reporter) -> Lock | None:
    """The project's lockfile, or None when there is none yet."""
    if located.lock_text is None:
        return None
    from venvoy.formats import pylock

    return pylock.read(located.lock_text, str(located.lockfile), warn=reporter.warn)


def pin_file(directory: Path) -> Path:
    """The ``.python-version`` that counts in a folder: the nearest upwards, else the one that could be made there."""
    candidates = (folder / PYTHON_VERSION for folder in (directory, *directory.parents))
    return next((path for path in candidates if path.is_file()), directory / PYTHON_VERSION)


def pinned_python(directory: Path) -> str | None:
    """What ``.python-version`` asks for; None when there is none."""
    path = pin_file(directory)
    return pin_in(pin_text(path)) or None if path.is_file() else None


def pin_in(text: str) -> str:
    """The first thing that the text of a ``.python-version`` names; empty when it names nothing."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return next((line for line in lines if line), "")


def pin_text(path: Path) -> str:
    """The text of a ``.python-version``; PowerShell's ``>`` writes it as UTF-16, other programs with a mark in front.

    Raises:
        Problem: permission-denied, file-error.
    """
    with fs.attempting("read this file", path):
        data = path.read_bytes()
    return data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig", "replace")
