"""Words as shells take them: for the fast path too, as ``shlex`` takes 6 ms to load."""

from __future__ import annotations

from venvoy.system.native import WINDOWS

_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-")
# What means something between double quotes in one shell or another.
_ALIVE = frozenset('"$`\\!\n')
_ALIVE_ON_WINDOWS = frozenset(" <>|&^(),;'\"{}")  # of cmd.exe and of PowerShell


def sh(word: str) -> str:
    """One word for a POSIX shell: as it is where that is safe, else in single quotes."""
    return word if word and _SAFE.issuperset(word) else "'" + word.replace("'", "'\"'\"'") + "'"


def typed(word: str) -> str:
    """One word as a person types it: in double quotes, which every shell knows, wherever they say the same."""
    if WINDOWS:
        # no path there holds a double quote, and markers take either kind
        plain = word and _ALIVE_ON_WINDOWS.isdisjoint(word)
        return word if plain else '"' + word.replace('"', "'") + '"'
    return sh(word) if _SAFE.issuperset(word) or not _ALIVE.isdisjoint(word) else f'"{word}"'
