"""The environments that commands work on by themselves, without being in a project: the active one, or one by name."""

from __future__ import annotations

import os
from pathlib import Path

from venvoy.environment import layout
from venvoy.errors import Problem
from venvoy.operations.project import ENVIRONMENT, PYPROJECT, Located, Place, owner, read_text
from venvoy.values import TYPE_CHECKING, dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvoy.environment.layout import Environment
    from venvoy.model.interpreter import Interpreter
    from venvoy.operations.context import Context
    from venvoy.settings import Settings


@dataclass(frozen=True, slots=True)
class Site:
    """An environment, or a user site, to look at or to install into.

    ``located`` is the project whose own environment it is, if it is one. ``paths`` is the sys.path of a user site's
    interpreter, ``enabled`` whether that looks into the user site, ``why`` why it does not.
    """

    place: Place
    layout: Environment
    located: Located | None = None
    paths: tuple[str, ...] = field(default=(), repr=False)
    enabled: bool = True
    why: str = ""

    @property
    def option(self) -> str:
        """What has to stand behind a command so that it works on the same."""
        return self.place.option

    @property
    def shown(self) -> Path:
        """The folder that people know it by."""
        return self.layout.purelib if self.layout.user else self.layout.root

    def interpreter(self, context: Context) -> Interpreter:
        """Its Python, described."""
        from venvoy.python import probe

        return probe.describe(self.layout.base_python, cache=context.interpreters)


def at(root: Path, option: str = "") -> Site:
    """An environment by its folder, with the option that named it.

    Raises:
        Problem: environment-missing, environment-invalid.
    """
    environment = layout.read(root)
    located = _owner(environment.root)
    place = located.place if located else Place(environment.root, environment.root, alone=True)
    return Site(replace(place, option=option), environment, located)


def of_project(located: Located) -> Site:
    """The environment of a project.

    Raises:
        Problem: environment-missing, environment-invalid.
    """
    return Site(located.place, located.place.layout(), located)


def asked(settings: Settings, start: Path, located: Located | None) -> Path | None:
    """The environment, but none of the project's own, that ``--env`` or ``--python`` names by its folder; else None.

    Raises:
        Problem: environment-missing, when ``--env`` names one that is not there.
    """
    if settings.env and not (located and settings.env in located.file.environments):
        from venvoy.operations.shells import activate

        return activate.meant(settings, start, located, settings.env)
    return of_python(settings.python, start)


def of_python(python: str | None, start: Path) -> Path | None:
    """The environment that an interpreter, or a folder, belongs to; None when it is no path or belongs to none."""
    if not python or not (Path(python).name != python or (start / python).is_dir()):
        return None
    path = Path(os.path.abspath(start / Path(python).expanduser()))  # noqa: PTH100 - links stay as they were typed
    return next((one for one in (path, *path.parents[:2]) if (one / "pyvenv.cfg").is_file()), None)


def active(environ: Mapping[str, str]) -> Path | None:
    """The environment that is active in the shell, whether its folder is still there or not."""
    root = environ.get("VIRTUAL_ENV")
    return Path(root) if root else None


def environment_root(context: Context, located: Located | None) -> Path:
    """The environment a command looks at: the project's, or without a project the active one.

    Raises:
        Problem: environment-missing.
    """
    if located is not None:
        return located.environment
    active = context.environ.get("VIRTUAL_ENV")
    if active and Path(active).is_dir():
        return Path(active)
    if active:
        raise Problem(
            "environment-missing",
            f"The active environment is gone: there is no folder {active}.",
            fix=("deactivate   leaves it",),
        )
    raise Problem(
        "environment-missing",
        "There is no project here, and no environment is active.",
        fix=(
            "venvoy init   makes this folder a project, with an environment",
            "venvoy venv   makes an environment alone",
        ),
    )


def none_to_install_into(context: Context, words: str, located: Located | None, lasting: str) -> Problem:
    """There is neither an active environment nor ``--user``: say what that means, and the right ways.

    ``lasting`` is what to type in a project.
    """
    python, conda = context.settings.python, context.environ.get("CONDA_PREFIX")
    again = f"venvoy install {words}".rstrip()
    fix = [
        "venvoy venv   makes an environment in .venv; then activate it: venvoy activate",
        f"{again} --user   installs for you alone, beside all environments",
    ]
    why = "Without one it would go into the Python of your system, where it can break other programs."
    if python:
        why = f"{python} is a Python, not an environment. {why}"
    elif conda:
        why = f"{conda} is an environment of conda, which conda alone can keep in order. {why}"
    if located is not None:
        fix[0] = lasting
        if located.environment.is_dir():
            fix.insert(1, f"{again} --env {located.environment.name}   only installs it there")
    return Problem("environment-missing", "No environment is active here.", why=why, fix=fix)


def none_to_take_out_of(words: str, located: Located | None) -> Problem:
    """The same for who wants to uninstall."""
    again = f"venvoy uninstall {words}".rstrip()
    fix = [f"{again} --env DIR   takes it out of the environment in that folder"]
    fix.append(f"{again} --user   takes it out of what is installed for you alone")
    if located is not None:
        fix.insert(0, f"venvoy remove {words}   takes it out of this project, and of its environment")
    return Problem("environment-missing", "No environment is active here.", fix=fix)


def _owner(root: Path) -> Located | None:
    """The project whose own environment this is."""
    kept = owner(root)
    usual = root.name == ENVIRONMENT or root.name.startswith(f"{ENVIRONMENT}-")
    directory = Path(kept) if kept else root.parent if usual else None
    if directory is None or not (directory / PYPROJECT).is_file():
        return None
    located = Located.of(directory, read_text(directory / PYPROJECT))
    if not (located.file.has_project or located.file.groups):
        return None
    name = root.name if kept else root.name.removeprefix(ENVIRONMENT).removeprefix("-")
    return replace(located, home=root, named=located.file.environments.get(name))
