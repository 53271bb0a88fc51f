"""What other tools keep in a project's folder and ``import`` would take over: found by name, and by a word in it."""

from __future__ import annotations

from venvoy.errors import Problem
from venvoy.operations.foreign_files import left_by_others
from venvoy.operations.project import PYPROJECT
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located


def importable(located: Located) -> tuple[str, ...]:
    """The names of the files in a project's folder that would be taken over."""
    found = [PYPROJECT] if not located.file.has_project and "[tool.poetry" in located.text else []
    return (*found, *left_by_others(located.directory))


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
