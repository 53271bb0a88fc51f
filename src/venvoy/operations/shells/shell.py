"""``shell``: a shell of its own, with the user's start-up files, in which the environment is active.

Each shell has its own way to be told something after its start-up files. Where that takes files, they lie in the cache,
under the digest of the text that activates: nobody has to clean them up, and no other run can disturb them.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from venvoy.environment.activation.values import fill
from venvoy.environment.variables import activated
from venvoy.errors import Problem
from venvoy.operations.shells import activate
from venvoy.system import fs, process
from venvoy.system.ancestors import ancestors
from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from venvoy.environment.activation.values import Activation
    from venvoy.operations.shells.activate import Found

NESTED = "_VENVOY_SHELL"
"""The variable with the process number of the sub-shell."""

_BASH = """\
if [ -f ~/.bashrc ]; then . ~/.bashrc; fi
<<text>>"""

_SH = """\
if [ -n "${_VENVOY_ENV-}" ]; then ENV=$_VENVOY_ENV; else unset ENV; fi
unset _VENVOY_ENV
if [ -n "${ENV-}" ] && [ -r "$ENV" ]; then . "$ENV"; fi
<<text>>"""

# zsh looks for its files in ZDOTDIR, and the user's own first file may set that.
_ZSHENV = """\
if [[ -n $_VENVOY_ZDOTDIR ]]; then ZDOTDIR=$_VENVOY_ZDOTDIR; else unset ZDOTDIR; fi
if [[ -f ${ZDOTDIR:-$HOME}/.zshenv ]]; then . "${ZDOTDIR:-$HOME}/.zshenv"; fi
_VENVOY_ZDOTDIR=${ZDOTDIR-}
export ZDOTDIR=$_VENVOY_FOLDER
"""

# /etc/zshrc of macOS puts the history file into ZDOTDIR.
_ZSHRC = """\
if [[ -n $_VENVOY_ZDOTDIR ]]; then ZDOTDIR=$_VENVOY_ZDOTDIR; else unset ZDOTDIR; fi
if [[ ${HISTFILE-} == $_VENVOY_FOLDER/* ]]; then HISTFILE=${ZDOTDIR:-$HOME}/${HISTFILE:t}; fi
unset _VENVOY_ZDOTDIR _VENVOY_FOLDER
if [[ -f ${ZDOTDIR:-$HOME}/.zshrc ]]; then . "${ZDOTDIR:-$HOME}/.zshrc"; fi
<<text>>"""

_TCSHRC = """\
setenv HOME $_VENVOY_HOME:q
set home = $_VENVOY_HOME:q
unsetenv _VENVOY_HOME
if (-r ~/.tcshrc) then
    source ~/.tcshrc
else if (-r ~/.cshrc) then
    source ~/.cshrc
endif
<<text>>"""

_XONSH = """\
<<text>>
if $_VENVOY_XONSHRC:
    $XONSHRC = $_VENVOY_XONSHRC
else:
    del $XONSHRC
del $_VENVOY_XONSHRC
"""


@dataclass(frozen=True, slots=True)
class Launch:
    """How a shell is started: its arguments, variables to set besides ours, and texts of files by their names."""

    arguments: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Started:
    """What is about to be started: the shell, the environment in it, the command and its variables."""

    shell: str
    environment: Path
    name: str
    command: tuple[str, ...]
    variables: Mapping[str, str]


def prepare(cache: Path, environ: Mapping[str, str], made: Activation, found: Found) -> Started:
    """Get everything ready to start a shell in which an environment is active.

    Raises:
        Problem: shell-nested, command-not-found, and whatever writing files raises.
    """
    _refuse_nesting(environ)
    text = activate.text(found.shell, made)
    folder = cache / "shell-v1" / hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    launch = _WAYS[found.shell.name](made, text, os.fspath(folder), environ)
    _write(folder, launch.files)
    # The shell takes over this process; on Windows it is started by it, and it is among the ancestors all the same.
    variables = {**environ, **launch.variables, NESTED: str(os.getpid())}
    return Started(found.shell.name, Path(made.root), made.name, (*found.command, *launch.arguments), variables)


def become(started: Started) -> int:
    """Become the shell; on Windows its exit code is returned, elsewhere this never returns.

    Raises:
        Problem: command-not-found.
    """
    try:
        return process.replace(started.command, started.variables)
    except Problem as problem:
        raise Problem(
            problem.code,
            f"The shell {started.command[0]} cannot be started.",
            why=problem.what if "cannot be started" in problem.what else "It is not installed, or not on PATH.",
            fix=("venvoy shell   starts another shell of the kind that you type in",),
        ) from problem


def _refuse_nesting(environ: Mapping[str, str]) -> None:
    number = environ.get(NESTED, "")
    # A terminal that was opened from within a sub-shell has the variable too, but is no part of it.
    if not number or not any(str(ancestor.number) == number for ancestor in ancestors()):
        return
    raise Problem(
        "shell-nested",
        "You are in a shell that venvoy shell started, and one in another only confuses.",
        why=f"Its environment is {environ.get('VIRTUAL_ENV') or 'left already'}.",
        fix=(
            "exit              leaves this shell; then type venvoy shell again",
            "venvoy activate   activates an environment in this shell",
        ),
    )


def _write(folder: Path, files: Mapping[str, str]) -> None:
    with fs.attempting("write what a shell reads when it starts", folder):
        for name, text in files.items():
            content = text.encode("utf-8", "surrogateescape")
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / name).is_file() or (folder / name).read_bytes() != content:
                fs.write_atomic(folder / name, content)


def _bash(_: Activation, text: str, folder: str, __: Mapping[str, str]) -> Launch:
    return Launch(("--rcfile", f"{folder}{os.sep}bashrc", "-i"), files={"bashrc": fill(_BASH, text=text)})


def _zsh(_: Activation, text: str, folder: str, environ: Mapping[str, str]) -> Launch:
    variables = {"ZDOTDIR": folder, "_VENVOY_FOLDER": folder, "_VENVOY_ZDOTDIR": environ.get("ZDOTDIR", "")}
    return Launch(("-i",), variables, {".zshenv": _ZSHENV, ".zshrc": fill(_ZSHRC, text=text)})


def _sh(_: Activation, text: str, folder: str, environ: Mapping[str, str]) -> Launch:
    variables = {"ENV": f"{folder}{os.sep}shrc", "_VENVOY_ENV": environ.get("ENV", "")}
    return Launch(("-i",), variables, {"shrc": fill(_SH, text=text)})


def _fish(_: Activation, text: str, __: str, ___: Mapping[str, str]) -> Launch:
    return Launch(("-i", "--init-command", text))


def _tcsh(_: Activation, text: str, folder: str, __: Mapping[str, str]) -> Launch:
    variables = {"HOME": folder, "_VENVOY_HOME": os.fspath(Path.home())}
    return Launch((), variables, {".tcshrc": fill(_TCSHRC, text=text)})


def _xonsh(_: Activation, text: str, folder: str, environ: Mapping[str, str]) -> Launch:
    home = Path.home()
    configuration = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    usual = ("/etc/xonsh/xonshrc", configuration / "xonsh" / "rc.xsh", home / ".xonshrc")
    before = environ.get("XONSHRC", "")
    files = [before] if before else [str(path) for path in usual]
    variables = {"XONSHRC": os.pathsep.join([*files, f"{folder}{os.sep}rc.xsh"]), "_VENVOY_XONSHRC": before}
    return Launch(("-i",), variables, {"rc.xsh": fill(_XONSH, text=text)})


def _powershell(_: Activation, text: str, __: str, ___: Mapping[str, str]) -> Launch:
    import base64  # noqa: PLC0415 - only PowerShell wants it

    # Quotes would not survive the way through Windows' command line.
    return Launch(("-NoLogo", "-NoExit", "-EncodedCommand", base64.b64encode(text.encode("utf-16-le")).decode()))


def _cmd(made: Activation, _: str, __: str, environ: Mapping[str, str]) -> Launch:
    prompt = environ.get("PROMPT", "$P$G")
    kept = {"_OLD_VIRTUAL_PATH": environ.get("PATH", ""), "_OLD_VIRTUAL_PYTHONHOME": environ.get("PYTHONHOME", "")}
    shown = {"_OLD_VIRTUAL_PROMPT": prompt, "PROMPT": f"({made.name}) {prompt}", "VIRTUAL_ENV_PROMPT": made.name}
    return Launch(("/k",), {**activated(dict(environ), made.root, made.scripts), **kept, **shown})


def _nushell(_: Activation, text: str, __: str, ___: Mapping[str, str]) -> Launch:
    return Launch(("--execute", text))


_WAYS: dict[str, Callable[[Activation, str, str, Mapping[str, str]], Launch]] = {
    "bash": _bash,
    "zsh": _zsh,
    "sh": _sh,
    "fish": _fish,
    "tcsh": _tcsh,
    "xonsh": _xonsh,
    "powershell": _powershell,
    "cmd": _cmd,
    "nushell": _nushell,
}
