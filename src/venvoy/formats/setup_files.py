"""The files besides pyproject.toml that say what a project is and needs. Pure."""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def names(pyproject: Mapping[str, object]) -> tuple[str, ...]:
    """Their paths, relative to the project, whether they are there or not.

    Args:
        pyproject: what the project's pyproject.toml holds; setuptools may read fields from files that are named there.
    """
    tool = pyproject.get("tool")
    setuptools = tool.get("setuptools") if isinstance(tool, dict) else None
    dynamic = setuptools.get("dynamic") if isinstance(setuptools, dict) else None
    return ("setup.py", "setup.cfg", *_files(dynamic))


def _files(table: object) -> Iterator[str]:
    """The files that ``{ file = … }`` names, at any depth."""
    for key, value in table.items() if isinstance(table, dict) else ():
        if key != "file":
            yield from _files(value)
        elif isinstance(value, (str, list)):
            yield from filter(None, [value] if isinstance(value, str) else map(str, value))
