"""Which Python is asked for: by a flag, a variable, pyproject.toml or ``.python-version``; and whether that can be."""

from __future__ import annotations

from venvoy.errors import Problem
from venvoy.operations.project import PYPROJECT, PYTHON_VERSION, pin_file, pinned_python
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from venvoy.model.plain import Bounds
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located


def asked_python(context: Context, located: Located) -> str | None:
    """What is asked for.

    In this order: ``--python``, VENVOY_PYTHON, the environment's own ``python``, ``python`` in [tool.venvoy],
    ``.python-version``.

    Raises:
        Problem: python-pin-conflict, when ``.python-version`` asks for what requires-python rules out.
    """
    settings = context.settings
    if located.named and located.named.python and settings.sources["python"] in {"default", PYPROJECT}:
        return located.named.python
    if settings.python:
        return settings.python
    pin, requires = pinned_python(located.directory), located.file.python
    if pin and requires is not None:
        from venvoy.python import pins

        if not pins.agree(pin, requires):
            raise conflict(pin, requires, located.pyproject, pin_file(located.directory))
    return pin


def asked_in(context: Context, located: Located) -> str:
    """The file that asks for it; empty where a flag or a variable does."""
    if context.settings.sources["python"] not in {"default", PYPROJECT}:
        return ""
    named = located.named and located.named.python
    return str(located.pyproject if named or context.settings.python else pin_file(located.directory))


def conflict(pin: str, requires: Bounds, pyproject: Path, file: Path | None = None) -> Problem:
    """Say that a pin and requires-python rule each other out, and which to change.

    ``file`` is where the pin stands; None when it is only about to be written.
    """
    widen = f"Or change requires-python in {pyproject} so that it lets Python {pin} in."
    if file is None:
        fix = ("Pin one that the project can run on: venvoy python pin VERSION",)
        what = f"This project needs {requires}, so Python {pin} cannot be pinned."
    else:
        fix = (f"Pin one that the project can run on: venvoy python pin VERSION, which changes {file}",)
        what = f"This project needs {requires}, and {PYTHON_VERSION} asks for Python {pin}."
    return Problem(
        "python-pin-conflict",
        what,
        why="No Python is both.",
        fix=(*fix, widen),
        where=str(file or pyproject),
        data={"pin": pin, "requires": str(requires)},
    )
