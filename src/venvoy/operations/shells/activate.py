"""``activate`` and ``deactivate``: which environment, for which shell, and what that shell has to be told."""

from __future__ import annotations

import os
from pathlib import Path

from venvoy.environment import layout
from venvoy.environment.activation.shells import OTHERS, SHELLS, known
from venvoy.environment.activation.values import Activation, fill, plain_name
from venvoy.errors import Problem
from venvoy.operations.project import ENVIRONMENT, PYPROJECT, central_folder
from venvoy.patterns import pattern
from venvoy.system.ancestors import ancestors
from venvoy.system.native import WINDOWS
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from venvoy.environment.activation.values import Shell
    from venvoy.environment.layout import Environment
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located
    from venvoy.settings import Settings

# What every shell takes between its own quotes, and so do the environment's own scripts, whoever wrote them.
_USUAL = pattern(r"[\w @+=:,./\\~-]*")
_BARE = pattern(r"[\w@+=:,./-]*")


_COMMANDS = {"powershell": "powershell" if WINDOWS else "pwsh", "nushell": "nu", "git-bash": "bash"}


@dataclass(frozen=True, slots=True)
class Found:
    """A shell, and the command that starts it."""

    shell: Shell
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Activated:
    """What was found out: the environment and the name that its prompt gets, the shell, the line to type there.

    ``script`` is the text for that shell to evaluate. ``previous`` is the environment that is in force now, or empty.
    """

    environment: Path
    scripts: Path
    name: str
    shell: str
    line: str
    script: str
    previous: str


@dataclass(frozen=True, slots=True)
class Deactivated:
    """What was found out: the environment that is in force, the shell, the line to type there, the text to evaluate."""

    environment: str
    shell: str
    line: str
    script: str


def activate(
    context: Context, start: Path, located: Located | None, wanted: str | None, shell: str | None
) -> Activated:
    """Find out how to activate an environment in the shell that somebody types in.

    ``wanted`` is an environment's folder or the folder that it is in, as a path or a name; None is the project's own.
    The shell is looked for where none is named.

    Raises:
        Problem: environment-missing, environment-invalid, environment-path, shell-unknown, usage.
    """
    environment, environ = choose(context.settings, start, located, wanted), context.environ
    spoken = find_shell(environ, shell).shell
    made = activation(environment)
    elsewhere = wanted is not None or start != Path.cwd()
    return Activated(
        environment.root,
        environment.scripts,
        made.name,
        spoken.name,
        _line(spoken, environment, named=shell is not None, elsewhere=elsewhere),
        text(spoken, made),
        environ.get("VIRTUAL_ENV", ""),
    )


def deactivate(environ: Mapping[str, str], shell: str | None) -> Deactivated:
    """Find out how to leave the environment that is in force.

    Raises:
        Problem: environment-missing, when none is; shell-unknown, usage.
    """
    root = environ.get("VIRTUAL_ENV", "")
    if not root:
        raise Problem(
            "environment-missing",
            "No environment is active in this shell, so there is none to leave.",
            fix=("venvoy activate   activates the project's",),
        )
    spoken = find_shell(environ, shell).shell
    scripts = os.fspath(Path(root, "Scripts" if WINDOWS else "bin"))
    entries = environ.get("PATH", "").split(os.pathsep)
    if scripts in entries:
        entries.remove(scripts)
    made = Activation(root, scripts, "", WINDOWS, os.pathsep.join(entries))
    return Deactivated(root, spoken.name, spoken.leave, spoken.deactivate(made))


def choose(settings: Settings, start: Path, located: Located | None, wanted: str | None) -> Environment:
    """The environment that somebody means.

    Raises:
        Problem: environment-missing, environment-invalid, environment-path.
    """
    environment = layout.read(meant(settings, start, located, wanted))
    root = os.fspath(environment.root)
    if os.pathsep in root:
        raise Problem(
            "environment-path",
            f"The environment in {root} cannot be activated.",
            why=f"Its path contains {os.pathsep!r}, which separates the folders in PATH.",
            fix=("Rename the folder, and make the environment anew: venvoy sync",),
        )
    return environment


def activation(environment: Environment) -> Activation:
    """What is to be in force, for an environment; the name is the one that it was made with, else its folder's."""
    root = environment.root
    folder = root.parent if root.name == ENVIRONMENT else root
    return Activation(
        os.fspath(root), os.fspath(environment.scripts), plain_name(environment.prompt or folder.name), WINDOWS
    )


def text(shell: Shell, made: Activation) -> str:
    """The text that activates an environment.

    Raises:
        Problem: environment-path, when this shell has no way to say such a path.
    """
    try:
        return shell.activate(made)
    except ValueError as error:
        raise Problem(
            "environment-path",
            f"The environment in {made.root} cannot be activated in {shell.name}.",
            why="Its path contains a double quote or a line end, and this shell has no way to write them.",
            fix=("venvoy run COMMAND   runs a command in the environment; nothing needs to be activated",),
        ) from error


def find_shell(environ: Mapping[str, str], name: str | None) -> Found:
    """The shell of that name, or without a name the one that venvoy was started from.

    Raises:
        Problem: usage, when venvoy does not know the name; shell-unknown, when it cannot find a shell that it knows.
    """
    if name is not None:
        if not known(name):
            raise Problem(
                "usage",
                f"venvoy does not know a shell {name!r}.",
                fix=(f"It knows {', '.join(SHELLS)}.",),
            )
        return Found(SHELLS[known(name)], (_COMMANDS.get(name, name),))
    for ancestor in ancestors():
        for called in ancestor.names:
            if known(called):
                return Found(SHELLS[known(called)], ancestor.command or (called,))
            if called in OTHERS:
                raise _unknown(f"You type in {called}, which venvoy does not know.")
    usual = environ.get("SHELL", "")
    if found := known(Path(usual).name):
        return Found(SHELLS[found], (usual,))
    raise _unknown("None of the programs that started venvoy is a shell that it knows.")


def _unknown(why: str) -> Problem:
    return Problem(
        "shell-unknown",
        "venvoy cannot tell how to activate an environment in your shell.",
        why=why,
        fix=(
            f"Say which shell's language it understands: --shell NAME, with one of {', '.join(SHELLS)}.",
            "venvoy run COMMAND   runs a command in the environment; nothing needs to be activated",
        ),
    )


def meant(settings: Settings, start: Path, located: Located | None, wanted: str | None) -> Path:
    """The folder of the environment that is meant by a path, a name, or nothing.

    Raises:
        Problem: environment-missing.
    """
    if wanted is None:
        return _usual(settings, start, located)
    folders = (
        [start] if located is None else list(dict.fromkeys((start, located.directory, located.environment.parent)))
    )
    forms = (wanted, f"{ENVIRONMENT}-{wanted}") if Path(wanted).name == wanted else (wanted,)
    asked = [folder / Path(form).expanduser() for folder in folders for form in forms]
    for place in (Path(os.path.abspath(one)) for one in asked):  # noqa: PTH100 - links stay as they were typed
        inside = {place.name, place.stem} & {"bin", "Scripts", "activate"}
        # "PATH/bin" and "PATH/bin/activate" are what people know to type
        for root in (place, place / ENVIRONMENT, *(place.parents[:2] if inside else ())):
            if (root / "pyvenv.cfg").is_file():
                return root
        if (place / "bin" / "python").exists() or (place / "Scripts" / "python.exe").exists():
            return place  # what is wrong with it is said by who reads it
        if (place / PYPROJECT).is_file() and (home := central_folder(settings, place)).is_dir():
            return home
    if located is not None and wanted in located.file.environments:
        raise _unmade(wanted)
    there = sorted({name for folder in folders for name in _environments(folder)})
    raise Problem(
        "environment-missing",
        f"There is no environment '{wanted}'.",
        why=f"Those that are here: {', '.join(there)}." if there else "",
        fix=("venvoy activate PATH   takes the path of an environment's folder", "venvoy venv PATH   makes one"),
    )


def _usual(settings: Settings, start: Path, located: Located | None) -> Path:
    """The folder of the environment that is meant where nobody says which."""
    if located is not None:
        if settings.env and not located.environment.exists():
            raise _unmade(settings.env)
        return located.environment
    if (start / ENVIRONMENT).is_dir():
        return start / ENVIRONMENT
    raise Problem(
        "environment-missing",
        f"There is no environment in {start}, and no project either.",
        fix=(
            "venvoy venv   makes an environment here",
            "venvoy init   makes this folder a project, with an environment",
            "venvoy activate PATH   activates the one in the folder PATH",
        ),
    )


def _unmade(name: str) -> Problem:
    return Problem(
        "environment-missing",
        f"The environment {name!r} of this project has not been made yet.",
        fix=(f"Make it: venvoy sync --env {name}",),
    )


def _environments(folder: Path) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    yield from (entry.name for entry in entries if Path(entry.path, "pyvenv.cfg").is_file())


def _line(shell: Shell, environment: Environment, *, named: bool, elsewhere: bool) -> str:
    script = environment.scripts / shell.script
    near = os.path.relpath(script) if script.drive == Path.cwd().drive else ""
    path = near if near and not near.startswith("..") else os.fspath(script)
    if shell.source and script.is_file() and (_USUAL.fullmatch(path) or not shell.evaluated):
        # "." and "source" of some shells look a bare name up on PATH, and take a leading "-" for an option
        path = path if os.sep in path and not path.startswith("-") else f".{os.sep}{path}"
        return fill(shell.source, path=word(shell, path, windows=environment.windows))
    if not shell.evaluated:
        return "venvoy shell"
    command = f"venvoy activate --script{f' --shell {shell.name}' if named else ''}"
    if not elsewhere:
        return fill(shell.evaluated, command=command)
    root = os.fspath(environment.root)
    if shell.elsewhere:
        return fill(shell.elsewhere, command=command, path=shell.quote(root))
    return fill(shell.evaluated, command=f"{command} {word(shell, root, windows=environment.windows)}")


def word(shell: Shell, path: str, *, windows: bool) -> str:
    """A path as one word for a shell, quoted where it has to be.

    To every shell of Windows but cmd.exe a backslash may mean something else, and a slash is as good to all of them.
    """
    slashes = path.replace("\\", "/") if windows else path
    path = path if shell.name == "cmd" else slashes
    return path if _BARE.fullmatch(slashes) else shell.quote(path)
