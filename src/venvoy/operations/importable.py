"""What other tools keep in a project's folder and ``import`` would take over: found by name, and by a word in it."""

from __future__ import annotations

from venvoy.errors import Problem
from venvoy.formats import toml
from venvoy.operations.foreign_files import left_by_others
from venvoy.operations.project import PYPROJECT
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located

# What says in a table of another tool which versions are chosen, or what is installed; the other keys do not.
_KEYS = {
    "uv": """sources index index-url extra-index-url find-links no-binary-package no-build-package prerelease resolution
        constraint-dependencies override-dependencies exclude-dependencies dev-dependencies default-groups conflicts
        exclude-newer required-environments""",
    "pdm": "dev-dependencies source resolution",
    "poetry": "group source",
}


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


def mind_others(context: Context, located: Located, *, first: bool = False) -> None:
    """Warn when pyproject.toml asks for nothing because it is another tool's, or no project's.

    The first time also when tables of other tools say what is in none of ours.
    """
    file = located.file
    if file.has_project or file.groups or file.has_build_system:
        tools = toml.loads(located.text, str(located.pyproject)).get("tool", {}) if first else {}
        for tool, keys in _KEYS.items() if "venvoy" not in tools else ():
            there = [key for key in tools.get(tool, ()) if key in keys.split()]
            if there:
                what = f"What [tool.{tool}] says of {', '.join(there)} does not count here."
                context.reporter.warn(f"{what}\n→ venvoy import pyproject.toml   takes over what it can")
        return
    found = importable(located)
    after = f" venvoy import {found[0]} takes over what stands there." if found else " venvoy init makes it one."
    context.reporter.warn(f"{located.pyproject} has no [project] table, so it asks for nothing.{after}")
