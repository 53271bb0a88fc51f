"""The place that an environment was made for: its activation scripts name it, and its commands start the Python there.

An environment that was moved or copied still looks whole: its commands then run nothing, or work on the original.
"""

from __future__ import annotations

import os
import re

from venvoy.patterns import pattern

_POSIX = pattern(r"^\s*(?:export )?VIRTUAL_ENV=(['\"/].*?)\s*;?$", re.MULTILINE)
_CMD = pattern(r"^\s*@?set \"?VIRTUAL_ENV=([^\"%\r\n]+)\"?\s*$", re.MULTILINE | re.IGNORECASE)

_MEANING = frozenset("'\"\\ \t\r\n")


def made_for(root: str) -> str:
    """The absolute path that an environment was made for; empty when it does not say, or works in any place."""
    for name, line in (("bin/activate", _POSIX), ("Scripts/activate.bat", _CMD)):
        try:
            with open(os.path.join(root, *name.split("/")), encoding="utf-8", errors="surrogateescape") as file:
                text = file.read()
        except OSError:
            continue
        for match in line.finditer(text):
            try:
                path = match[1] if line is _CMD else _unquoted(match[1])
            except ValueError:
                continue
            if os.path.isabs(path):
                return path
    return ""


def displaced(root: str) -> tuple[str, bool]:
    """From where an environment was moved or copied, and whether the original is still there; empty for neither."""
    origin = made_for(root)
    if not origin:
        return "", False
    try:
        return ("", False) if os.path.samefile(origin, root) else (origin, True)
    except OSError:
        return origin, False


def _unquoted(text: str) -> str:
    """What a word means to a shell.

    Raises:
        ValueError: a quote is not closed.
    """
    inner = text[1:-1] if len(text) > 1 and text[0] == text[-1] in "'\"" else text
    if _MEANING.isdisjoint(inner):
        return inner
    import shlex  # noqa: PLC0415 - for what is seldom

    return "".join(shlex.split(text))
