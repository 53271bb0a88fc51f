"""``hook``: what lets venvoy change the shell that somebody types in, printed or written into its start-up file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from venvoy.environment.activation.values import fill
from venvoy.errors import Problem
from venvoy.system import fs, process, quoting
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvoy.environment.activation.values import Shell

MARK = "  # venvoy hook"
"""Ends the line in a start-up file: by this it is found again."""

_BY_HAND = {
    "cmd": (
        "cmd.exe reads no file when it starts.",
        'venvoy hook cmd > "%USERPROFILE%\\venvoy-hook.cmd"',
        '"%USERPROFILE%\\venvoy-hook.cmd"   in each window, before venvoy activate',
    ),
    "nushell": (
        "nushell reads its files before any command runs, so the hook has to be a file of its own.",
        "venvoy hook nushell | save --force ($nu.default-config-dir | path join venvoy.nu)",
        "source venvoy.nu   as a line of config.nu, which `config nu` opens",
    ),
}


@dataclass(frozen=True, slots=True)
class Startup:
    """A shell's start-up file: what stands in it now, what shall stand in it, and the hook's line.

    ``content`` is None when there is no such file. ``backup`` is where ``content`` is kept when the file is changed.
    """

    shell: str
    file: Path
    line: str
    content: bytes | None
    wanted: bytes

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return self.wanted != (self.content or b"")

    @property
    def backup(self) -> Path | None:
        """Where the file is kept as it was; None when there is none to keep."""
        return None if self.content is None else self.file.with_name(f"{self.file.name}.before-venvoy")


@dataclass(frozen=True, slots=True)
class Hooked:
    """What was done to a start-up file."""

    shell: str
    file: Path
    line: str
    changed: bool
    backup: Path | None


def text(shell: Shell, program: str, *, auto: bool) -> str:
    """The text of a hook for its shell to evaluate; ``auto``: entering a trusted project activates its environment.

    Raises:
        Problem: usage, when the shell can do nothing by itself.
    """
    if auto and not shell.auto_hook:
        raise Problem(
            "usage",
            f"{shell.name} cannot activate an environment by itself when you enter a folder.",
            why="It has nothing that runs when the folder changes.",
            fix=(f"venvoy hook {shell.name}   without --auto",),
        )
    return shell.hook(program, auto=auto)


def installing(shell: Shell, environ: Mapping[str, str], program: str, *, auto: bool) -> Startup:
    """What installing a hook comes down to; nothing is written yet.

    Shells that will start find venvoy on PATH, or else by its path, ``program``: that of a tool's own environment, say.

    Raises:
        Problem: hook-by-hand, when this shell has no file for it; usage, when it can do nothing by itself;
            permission-denied, file-error.
    """
    text(shell, "", auto=auto)
    words = f"hook {shell.name}{' --auto' if auto else ''}"
    venvoy = _called(environ, program)
    plain = quoting.sh(venvoy) == venvoy
    called = venvoy if plain else shell.quote(venvoy)
    line = fill(shell.installed, venvoy=called, text=shell.quote(venvoy), words=words) + MARK
    return with_line(shell, environ, line, alone=True)


def with_line(shell: Shell, environ: Mapping[str, str], line: str, *, alone: bool = False) -> Startup:
    """What it takes that a shell's start-up file holds a line; ``alone``: in place of the hook's, if there is one.

    Raises:
        Problem: hook-by-hand, permission-denied, file-error.
    """
    file, content = file_of(shell, environ)
    there = content or b""
    if line.encode() in there.splitlines():
        return Startup(shell.name, file, line, content, there)
    others = _without(there) if alone else there
    end = b"\r\n" if b"\r\n" in others else b"\n"
    gap = end if others and not others.endswith(b"\n") else b""
    return Startup(shell.name, file, line, content, others + gap + line.encode() + end)


def _called(environ: Mapping[str, str], program: str) -> str:
    import shutil  # noqa: PLC0415 - 8 ms, and only here

    active = Path(environ.get("VIRTUAL_ENV") or os.devnull)
    # a shell that is opened later does not begin in an environment that is active now
    folders = [folder for folder in environ.get("PATH", "").split(os.pathsep) if Path(folder).parent != active]
    return "venvoy" if shutil.which("venvoy", path=os.pathsep.join(folders)) else program


def removing(shell: Shell, environ: Mapping[str, str]) -> Startup:
    """What taking a hook out comes down to; nothing is written yet.

    Raises:
        Problem: hook-by-hand, permission-denied, file-error.
    """
    file, content = file_of(shell, environ)
    found = [line for line in (content or b"").splitlines() if line.endswith(MARK.encode())]
    line = found[0].decode("utf-8", "replace") if found else ""
    return Startup(shell.name, file, line, content, _without(content or b""))


def carry_out(startup: Startup) -> Hooked:
    """Write the start-up file, and keep it as it was beside it.

    Raises:
        Problem: whatever writing files raises.
    """
    if startup.changes:
        with fs.attempting("keep this file as it is before it is changed", startup.file):
            startup.file.parent.mkdir(parents=True, exist_ok=True)
            if startup.backup is not None:
                import shutil  # noqa: PLC0415 - 8 ms, and only here

                shutil.copy2(startup.file, startup.backup)
        fs.write_atomic(startup.file, startup.wanted)
    backup = startup.backup if startup.changes else None
    return Hooked(startup.shell, startup.file, startup.line, startup.changes, backup)


def _without(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join(line for line in lines if not line.rstrip(b"\r\n").endswith(MARK.encode()))


def file_of(shell: Shell, environ: Mapping[str, str]) -> tuple[Path, bytes | None]:
    """A shell's start-up file, and what is in it; None when there is no such file.

    Raises:
        Problem: hook-by-hand, permission-denied, file-error.
    """
    if shell.name in _BY_HAND:
        why, *steps = _BY_HAND[shell.name]
        raise Problem("hook-by-hand", f"The hook for {shell.name} has to be put in by hand.", why=why, fix=steps)
    path = _place(shell.name, environ)
    with fs.attempting("read this file", path):
        return path, path.read_bytes() if path.exists() else None


def _place(name: str, environ: Mapping[str, str]) -> Path:
    home = Path.home()
    if name == "powershell":
        return _profile()
    if name == "sh":
        if not environ.get("ENV"):
            raise Problem(
                "hook-by-hand",
                "The hook for sh has to be put in by hand.",
                why="sh reads the file that the variable ENV names when it starts, and ENV is not set.",
                fix=(
                    'Put this line into ~/.profile, log in again, and try again: export ENV="$HOME/.shrc"',
                    "venvoy hook sh   prints the hook",
                ),
            )
        return Path(environ["ENV"]).expanduser()
    configuration = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    # the first that is there, else the last
    candidates = {
        # a terminal of macOS starts login shells, which read another file
        "bash": [home / ".bash_profile"] if sys.platform == "darwin" else [home / ".bashrc"],
        "zsh": [Path(environ.get("ZDOTDIR") or home) / ".zshrc"],
        "fish": [configuration / "fish" / "config.fish"],
        "tcsh": [home / ".tcshrc", home / ".cshrc"],
        "xonsh": [configuration / "xonsh" / "rc.xsh", home / ".xonshrc"],
    }[name]
    return next((path for path in candidates if path.exists()), candidates[-1])


def _profile() -> Path:
    asked = "[Console]::OutputEncoding = [Text.Encoding]::UTF8; $PROFILE.CurrentUserCurrentHost"
    for command in ("pwsh", "powershell"):
        try:
            done = process.run([command, "-NoProfile", "-NonInteractive", "-Command", asked], timeout=60)
        except Problem:
            continue
        if done.stdout.strip():
            return Path(done.stdout.strip())
    raise Problem(
        "hook-by-hand",
        "The hook for PowerShell has to be put in by hand.",
        why="Neither pwsh nor powershell can be started to ask for the place of its profile.",
        fix=(
            "Put this line into the file that $PROFILE names: venvoy hook powershell | Out-String | Invoke-Expression",
        ),
    )
