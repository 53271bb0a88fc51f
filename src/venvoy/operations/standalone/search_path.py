"""The folder of a person's own commands on PATH: the line for their shell's start-up file."""

from __future__ import annotations

from venvoy.environment.activation.values import fill
from venvoy.errors import Problem
from venvoy.operations.shells import hook
from venvoy.system import native
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvoy.environment.activation.values import Shell
    from venvoy.operations.shells.hook import Startup

MARK = "  # venvoy path"
"""Ends the line in a start-up file: by this it is found again."""

_LINES = {
    "bash": "export PATH=<<folder>>:$PATH",
    "zsh": "export PATH=<<folder>>:$PATH",
    "sh": "export PATH=<<folder>>:$PATH",
    "fish": "fish_add_path <<folder>>",
    "tcsh": "set path = (<<folder>> $path)",
    "powershell": "$env:Path = <<folder>> + [IO.Path]::PathSeparator + $env:Path",
    "xonsh": "$PATH.insert(0, <<folder>>)",
}
_WINDOWS = "Add that folder to Path: Windows key, “Edit environment variables for your account”, Path, New"
_UNKNOWN = "Add that folder to PATH in the file that your shell reads when it starts."
_BY_HAND = {
    "cmd": _WINDOWS,
    "nushell": "Add a line to env.nu, which `config env` opens: $env.PATH = ($env.PATH | prepend <<folder>>)",
}


def adding(shell: Shell | None, environ: Mapping[str, str], folder: str) -> Startup:
    """What it takes that a shell (None: nobody knows which) finds the commands in a folder; nothing is written yet.

    Raises:
        Problem: hook-by-hand, with the steps to take, when this shell has no file for it; permission-denied,
            file-error.
    """
    # PowerShell of Windows reads no start-up file unless somebody has allowed scripts
    step = _WINDOWS if native.WINDOWS and (shell is None or shell.name == "powershell") else ""
    step = step or (_BY_HAND.get(shell.name, "") if shell else _UNKNOWN)
    quoted = shell.quote(folder) if shell else ""
    if step or shell is None:
        step = fill(step, folder=quoted)
        raise Problem("hook-by-hand", "The folder of commands has to be put on PATH by hand.", fix=(step,))
    return hook.with_line(shell, environ, fill(_LINES[shell.name], folder=quoted) + MARK)
