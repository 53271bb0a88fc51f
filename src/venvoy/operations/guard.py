"""One command at a time in a project, on an environment that is whole."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from venvoy.environment import layout, stamp
from venvoy.errors import Problem
from venvoy.operations.project import environment_folder, key, locate
from venvoy.system import fs
from venvoy.system.lock import Lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from venvoy.operations.context import Context
    from venvoy.operations.project import Located


@contextmanager
def changing(context: Context, directory: Path) -> Iterator[None]:
    """Hold the lock of the project in ``directory``; what an interrupted command left there is undone first.

    The lock file lies with the cache, not in the project: it must be there before the environment is, and nobody wants
    to see it in ``git status``.

    Raises:
        Problem: busy, when another command does not finish in time.
    """
    path = context.settings.cache_dir / "locks" / key(directory)
    with Lock(path, "this project", context.reporter, context.settings.lock_timeout):
        try:
            environment = layout.read(environment_folder(context.settings, directory))
        except Problem:
            environment = None  # there is none, or none that can be mended: whoever needs it makes it anew
        if environment is not None and (environment.root / stamp.TRANSACTION).exists():
            from venvoy.environment import apply

            apply.recover(environment, context.reporter)
        fs.sweep(directory)
        yield


@contextmanager
def project(context: Context, directory: Path) -> Iterator[Located]:
    """The project in ``directory``, read while its lock is held."""
    with changing(context, directory):
        yield locate(directory).placed(context.settings)
