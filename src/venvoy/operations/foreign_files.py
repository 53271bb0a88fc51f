"""Files in which other tools keep what a folder needs."""

from __future__ import annotations

from contextlib import suppress

from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Without that word a file of this name says nothing of what is needed.
_FILES = (
    ("requirements.in", b"\n"),
    ("requirements.txt", b"\n"),
    ("Pipfile", b"\n"),
    ("environment.yml", b"\n"),
    ("environment.yaml", b"\n"),
    ("setup.cfg", b"install_requires"),
    ("setup.py", b"install_requires"),
)


def left_by_others(directory: Path) -> tuple[str, ...]:
    """The names of those in a folder that ``import`` would take over."""
    return tuple(name for name, word in _FILES if word in _content(directory / name))


def _content(path: Path) -> bytes:
    with suppress(OSError):
        return path.read_bytes()
    return b""
