"""Paths as people like to read them, and words about an environment that was made. On the fast path: ``os`` only."""

from __future__ import annotations

import os

from venvoy.system import quoting


def shown(path: str) -> str:
    """A path as people like to read it: relative when it lies below the current folder."""
    same = os.path.splitdrive(path)[0] == os.path.splitdrive(os.getcwd())[0]
    relative = os.path.relpath(path) if same else path
    return path if relative.startswith("..") else relative


def made(path: str, python: str, interpreter: str, scripts: str) -> list[str]:
    """What ``venvoy venv`` says; ``python`` is a version, the others are absolute paths."""
    return [
        f"Made an environment in {shown(path)} with Python {python} ({interpreter})",
        f"Its Python: {quoting.typed(shown(os.path.join(scripts, 'python')))}",
    ]
