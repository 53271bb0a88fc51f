"""One command at a time in a project, an environment or a user site, on one that is whole."""

from __future__ import annotations

import os
from contextlib import contextmanager

from venvoy.environment import layout, stamp
from venvoy.errors import Problem
from venvoy.operations.project import HISTORY, LOCKFILE, environment_folder, key, locate
from venvoy.system import fs
from venvoy.system.lock import Lock
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from venvoy.environment.layout import Environment
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located
    from venvoy.operations.standalone.sites import Site


@contextmanager
def changing(context: Context, directory: Path, *, needed: bool = True) -> Iterator[None]:
    """Hold the lock of the project in ``directory``; what an interrupted command left there is undone first.

    The lock file lies with the cache, not in the project: it must be there before the environment is, and nobody wants
    to see it in ``git status``. Where the cache cannot be written, as in an image, who may only look, or may find
    nothing to do, says that it is not ``needed``, and locks the folder itself. A new environment can be filled like
    that; what has to be written into the history fails with the reason.

    Raises:
        Problem: busy, when another command does not finish in time.
    """
    path, instead = context.settings.cache_dir / "locks" / key(directory), None if needed else directory
    with Lock(path, "this project", context.reporter, context.settings.lock_timeout, instead=instead) as lock:
        context.barred = lock.refused
        if lock.refused is None:
            _settle(context, directory, needed=needed)
        yield


def _settle(context: Context, directory: Path, *, needed: bool) -> None:
    try:
        environment = layout.read(environment_folder(context.settings, directory))
    except Problem:
        environment = None  # there is none, or none that can be mended: whoever needs it makes it anew
    _recover(context, environment, directory, needed=needed)
    if (context.settings.cache_dir / HISTORY / key(directory) / stamp.TRANSACTION).exists():
        from venvoy.operations import writing

        writing.recover(context, directory)
    fs.sweep(directory)


@contextmanager
def site(context: Context, found: Site, *, needed: bool = True) -> Iterator[None]:
    """The same for what is installed into by itself: its project's lock, or where it has none one of its own.

    The user sites of all Pythons lie in one folder, with their commands in another: they share one lock.

    Raises:
        Problem: busy.
    """
    if found.located is not None:
        with changing(context, found.located.directory, needed=needed):
            yield
        return
    path, instead = context.settings.cache_dir / "locks" / key(found.layout.root), None if needed else found.layout.root
    with Lock(path, found.place.called, context.reporter, context.settings.lock_timeout, instead=instead) as lock:
        context.barred = lock.refused
        if lock.refused is None:
            _recover(context, found.layout, found.place.directory, needed=needed)
            fs.sweep(found.place.directory)
        yield


def _recover(context: Context, environment: Environment | None, directory: Path, *, needed: bool) -> None:
    if environment is not None and (environment.root / stamp.TRANSACTION).exists():
        from venvoy.environment import apply

        apply.recover(environment, context.reporter)
    if environment is not None and stamp.in_doubt(os.fspath(environment.root)):
        from venvoy.operations import outlasted

        try:
            outlasted.settle(context, environment, directory / LOCKFILE)
        except Problem as problem:
            if needed or problem.code != "permission-denied":
                raise
            context.barred = problem  # who looks shall see what was lost


@contextmanager
def project(context: Context, found: Located, *, needed: bool = True) -> Iterator[Located]:
    """The project that was ``found``, as it is while its lock is held."""
    with changing(context, found.directory, needed=needed):
        if found.is_as_read():
            yield found
            return
        located = locate(found.directory).placed(context.settings)
        if located.file.needs_backend:
            from venvoy.operations import own

            located = own.complete(context, located)
        yield located
