"""What other tools keep in a project's folder and ``import`` would take over: found by name, and by a word in it."""

from __future__ import annotations

from contextlib import suppress

from venvoy.errors import Problem
from venvoy.operations.project import PYPROJECT
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from venvoy.operations.context import Context
    from venvoy.operations.project import Located

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


def importable(located: Located) -> tuple[str, ...]:
    """The names of the files in a project's folder that would be taken over."""
    found = [PYPROJECT] if not located.file.has_project and "[tool.poetry" in located.text else []
    return (*found, *(name for name, word in _FILES if word in _content(located.directory / name)))


def _content(path: Path) -> bytes:
    with suppress(OSError):
        return path.read_bytes()
    return b""


def refuse_to_hide(located: Located) -> None:
    """Make sure that a new [project] table hides nothing that the build backend reads elsewhere.

    Raises:
        Problem: pyproject-invalid.
    """
    if located.file.has_build_system and not located.file.has_project:
        raise Problem(
            "pyproject-invalid",
            "This folder is a project already: its build backend knows what it needs.",
            why="A new [project] table would hide what stands elsewhere.",
            fix=(
                "venvoy sync   installs what it needs, as it is",
                *(
                    f"venvoy import {name}   takes it over into pyproject.toml, where venvoy add can work on it"
                    for name in importable(located)[:1]
                ),
            ),
            where=str(located.pyproject),
        )


def mind_others(context: Context, located: Located) -> None:
    """Warn when pyproject.toml asks for nothing because it is another tool's, or no project's."""
    if located.file.has_project or located.file.groups or located.file.has_build_system:
        return
    found = importable(located)
    after = f" venvoy import {found[0]} takes over what stands there." if found else " venvoy init makes it one."
    context.reporter.warn(f"{located.pyproject} has no [project] table, so it asks for nothing.{after}")
