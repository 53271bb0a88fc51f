"""The folder of a person's own commands on PATH: the line for their shell's start-up file."""

from __future__ import annotations

from venvoy.environment.activation.values import fill
from venvoy.errors import Problem
from venvoy.operations.shells import hook
from venvoy.operations.shells.hook import Startup, carry_out
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvoy.environment.activation.values import Shell

__all__ = ["adding", "carry_out"]

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
_BY_HAND = {
    "cmd": "Add that folder to Path: Windows key, “Edit environment variables for your account”, Path, New",
    "nushell": "Add a line to env.nu, which `config env` opens: $env.PATH = ($env.PATH | prepend <<folder>>)",
}


def adding(shell: Shell, environ: Mapping[str, str], folder: str) -> Startup:
    """What it comes down to that a shell finds the commands in a folder; nothing is written yet.

    Args:
        shell: the shell.
        environ: the environment variables: some name the start-up file.
        folder: the folder of commands.

    Raises:
        Problem: hook-by-hand, with the steps to take, when this shell has no file for it; permission-denied,
            file-error.
    """
    quoted = shell.quote(folder)
    if shell.name in _BY_HAND:
        step = fill(_BY_HAND[shell.name], folder=quoted)
        raise Problem("hook-by-hand", "The folder of commands has to be put on PATH by hand.", fix=(step,))
    line = fill(_LINES[shell.name], folder=quoted) + MARK
    file, content = hook.file_of(shell, environ)
    there = content or b""
    if line.encode() in there.splitlines():
        return Startup(shell.name, file, line, content, there)
    end = b"\r\n" if b"\r\n" in there else b"\n"
    gap = end if there and not there.endswith(b"\n") else b""
    return Startup(shell.name, file, line, content, there + gap + line.encode() + end)
