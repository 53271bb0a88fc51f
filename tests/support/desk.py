"""Somebody in front of a shell: how each shell is talked to, and a home with a project in it. POSIX only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from support.terminal import PROMPT, Terminal


@dataclass(frozen=True)
class Dialect:
    """How somebody types in a shell; ``{}`` is a value in it."""

    name: str
    arguments: tuple[str, ...]
    startup: str
    prompt: str
    hook: str
    script: str
    assign: str
    append: str
    leave: str = "exit 7"


_POSIX = {
    "hook": 'eval "$(venvoy hook {})"',
    "script": 'eval "$(venvoy activate --script)"',
    "assign": "export {}={}",
    "append": 'PATH="$PATH:/appended"',
}
DIALECTS = {
    "bash": Dialect("bash", ("-i",), ".bashrc", f"PS1='{PROMPT}'", **_POSIX),
    "zsh": Dialect("zsh", ("-i",), ".zshrc", f"PS1='{PROMPT}'", **_POSIX),
    "dash": Dialect("sh", ("-i",), ".shrc", f"PS1='{PROMPT}'", **_POSIX),
    "fish": Dialect(
        "fish",
        ("-i",),
        ".config/fish/config.fish",
        f"function fish_prompt; printf '%s' '{PROMPT}'; end; set -g fish_greeting",
        "venvoy hook {} | source",
        "venvoy activate --script | source",
        "set -gx {} {}",
        "set -gx PATH $PATH /appended",
    ),
    "tcsh": Dialect(
        "tcsh",
        (),
        ".tcshrc",
        f"set prompt = '{PROMPT}'",
        'eval "`venvoy hook {}`"',
        'eval "`venvoy activate --script`"',
        "setenv {} {}",
        "setenv PATH ${PATH}:/appended",
    ),
    "xonsh": Dialect(
        "xonsh",
        ("-i",),
        ".xonshrc",
        f"$PROMPT = '{{env_name}}{PROMPT}'; $SHELL_TYPE = 'readline'; $XONSH_SHOW_TRACEBACK = False",
        "execx($(venvoy hook {}))",
        "execx($(venvoy activate --script))",
        "${}='{}'",
        "$PATH.append('/appended')",
    ),
}


@dataclass(frozen=True)
class Desk:
    """Where somebody sits: a shell, its program, a home folder, a project in it, and environment variables."""

    dialect: Dialect
    program: str
    home: Path
    project: Path
    environ: Mapping[str, str]

    def open(self, *, folder: Path | None = None, hook: str = "", **environ: str) -> Terminal:
        """Open a terminal, with the hook evaluated in it if ``hook`` has its arguments."""
        startup = self.home / self.dialect.startup
        if hook:
            startup.write_text(f"{self.dialect.prompt}\n{self.dialect.hook.format(hook)}\n", encoding="utf-8")
        return Terminal([self.program, *self.dialect.arguments], {**self.environ, **environ}, folder or self.project)
