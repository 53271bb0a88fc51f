"""``venv``: an environment without a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvoy.environment import create
from venvoy.operations.project import pinned_python
from venvoy.python import discover
from venvoy.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from venvoy.operations.context import Context


@dataclass(frozen=True, slots=True)
class Created:
    """The environment that was made: where, with which Python, and the folder of its commands."""

    path: Path
    python: str
    interpreter: str
    scripts: Path
    seeded: bool


def venv(  # noqa: PLR0913 - the choices that somebody who makes an environment has
    context: Context, path: Path, *, seed: bool, system_site_packages: bool, prompt: str | None, force: bool
) -> Created:
    """Make an environment at ``path``, with a pip that fits unless ``seed`` is false.

    Raises:
        Problem: python-not-found, environment-exists, and whatever writing files raises.
    """
    interpreter = discover.find(
        context.settings.python or pinned_python(path.parent),
        requires=None,
        environ=context.environ,
        cache=context.interpreters,
    )
    with create.creating(
        path,
        interpreter,
        seed=seed,
        prompt=prompt,
        system_site_packages=system_site_packages,
        force=force,
        cache=context.skeletons,
        environ=context.environ,
    ) as made:
        return Created(made.root, interpreter.version, interpreter.executable, made.scripts, seed)
