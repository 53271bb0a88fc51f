"""The shells that venvoy can speak to, by the names that people use for them."""

from __future__ import annotations

from venvoy.environment.activation import cmd, csh, fish, nushell, posix, powershell, xonsh

SHELLS = {
    shell.name: shell
    for shell in (
        posix.BASH,
        posix.ZSH,
        fish.FISH,
        powershell.POWERSHELL,
        cmd.CMD,
        posix.SH,
        csh.TCSH,
        nushell.NUSHELL,
        xonsh.XONSH,
    )
}
"""Every shell by its name, in the order in which people shall read them."""

_NAMES = {
    "csh": "tcsh",
    **dict.fromkeys(("dash", "ash", "busybox", "ksh", "mksh", "yash"), "sh"),
    "git-bash": "bash",
    "pwsh": "powershell",
    "nu": "nushell",
}
"""Other names of shells, and shells that understand the language of another one."""

OTHERS = ("elvish", "ion", "murex", "ngs", "osh", "rc", "ysh")
"""Shells that venvoy does not speak to: to tell them from programs that are no shells."""


def known(name: str) -> str:
    """The name in :data:`SHELLS` for what a shell or its program is called; empty if there is none."""
    name = name.lower().removeprefix("-").removesuffix(".exe")
    for form in (name, name.partition("-")[0], name.rstrip("0123456789.")):
        if _NAMES.get(form, form) in SHELLS:
            return _NAMES.get(form, form)
    return ""
