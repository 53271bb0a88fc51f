"""Files of a project that change while its environment does not: all of them or none, whatever comes between.

The journal lies with the project's history, because there need not be an environment; a single file needs none.
"""

from __future__ import annotations

import contextlib

from venvoy.environment import journal
from venvoy.errors import Problem
from venvoy.operations.project import HISTORY, key
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from venvoy.operations.context import Context


def write(context: Context, directory: Path, files: Sequence[tuple[Path, bytes | None]]) -> None:
    """Give files of the project in ``directory`` a new content, or delete those that get None.

    Raises:
        Problem: ``disk-full``, ``permission-denied`` or ``file-error``; all is then as it was.
    """
    if len(files) == 1:
        ((path, content),) = files
        if content is None:
            path.unlink(missing_ok=True)
        else:
            fs.write_atomic(path, content, durable=True)
        return
    if not files:
        return
    transaction = journal.Journal(_place(context, directory))
    try:
        transaction.open()
        transaction.perform((), transaction.stage(files))
    except BaseException as fault:
        if not transaction.happened:
            _abandon(transaction)
            if isinstance(fault, OSError):
                raise fs.problem(fault, "write this file", fault.filename or directory) from fault
            raise
    with contextlib.suppress(OSError, Problem):  # it has happened; the rest is deleted by the next command
        transaction.clean()


def recover(context: Context, directory: Path) -> None:
    """Undo what was interrupted; costs one system call when nothing was. The caller holds the project's lock.

    Raises:
        Problem: as :func:`venvoy.environment.journal.recover`.
    """
    journal.recover(_place(context, directory), "the files of this project", context.reporter)


def _place(context: Context, directory: Path) -> Path:
    return context.settings.cache_dir / HISTORY / key(directory)


def _abandon(transaction: journal.Journal) -> None:
    with contextlib.suppress(OSError, Problem):
        if transaction.pending:
            transaction.roll_back()
        transaction.clean()
