"""What mending needs besides an ordinary change: a RECORD that is true again, and strangers set aside."""

from __future__ import annotations

import os
from pathlib import Path

from venvoy.environment import journal, record
from venvoy.environment.contents import Scheme, Tree
from venvoy.environment.journal import Journal, Move
from venvoy.environment.moves import free_aside
from venvoy.events import Silent
from venvoy.model.plan import Placement
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from venvoy.environment.journal import Step
    from venvoy.environment.layout import Environment
    from venvoy.events import Reporter
    from venvoy.model.plan import Installed
    from venvoy.model.stored import StoredWheel


def write_record(environment: Environment, one: Installed, read: Callable[[str], StoredWheel | None]) -> None:
    """Give a distribution a list of its files again, so that it can be taken out.

    Where its wheel is not at hand the list holds no more than what lies in its ``.dist-info``: nobody knows the rest.
    One step of the file system; a crash before or after it does no harm.

    Raises:
        Problem: ``permission-denied``, ``disk-full`` or ``file-error``.
    """
    if not os.path.isdir(one.dist_info):
        return
    folder = os.path.basename(one.dist_info)
    wheel = read(one.wheel_sha256) if one.wheel_sha256 else None
    if wheel is not None and wheel.dist_info == folder:
        scheme = Scheme.of(environment)
        tree = Tree(Silent())
        tree.add(Placement(wheel, one.requested), scheme)
        home = scheme.purelib if wheel.purelib else scheme.platlib
        content = tree.folders[f"{home}/{folder}"]["RECORD"].data
    else:
        names = sorted(set(os.listdir(one.dist_info)) - {"RECORD"})
        content = record.render((record.own_row(f"{folder}/{name}") for name in names), f"{folder}/RECORD")
    fs.write_atomic(Path(one.dist_info, "RECORD"), content)


def delete(environment: Environment, paths: Iterable[str]) -> None:
    """Delete what an interrupted pip left: it is not importable, and half of it is no better than all of it.

    Raises:
        Problem: ``permission-denied`` or ``file-error``.
    """
    for path in paths:
        fs.remove_tree(environment.root / path)


def set_aside(
    environment: Environment, paths: Iterable[str], reporter: Reporter, *, step: Step = journal.ignore
) -> tuple[tuple[str, str], ...]:
    """Move files that belong to nobody below ``.venvoy/aside``, all or none.

    Args:
        environment: where they are; the caller holds its lock and has called :func:`venvoy.environment.apply.recover`.
        paths: relative to it, folders with a slash at the end.
        reporter: told where each of them is now.
        step: a test's hook, as in :func:`venvoy.environment.apply.apply`.

    Returns:
        Each path with where it is now.

    Raises:
        Problem: ``permission-denied``, ``disk-full`` or ``file-error``; nothing was moved.
    """
    root = os.fspath(environment.root)
    moves = [Move(path, free_aside(root, path)) for path in (path.rstrip("/") for path in paths)]
    if not moves:
        return ()
    transaction = Journal(environment.root, step)
    with fs.attempting("move this aside", environment.root, inside=True):
        transaction.open()
        for move in moves:
            os.makedirs(os.path.dirname(environment.root / move.destination), exist_ok=True)
        try:
            transaction.perform(moves)
        except OSError:
            if transaction.pending:
                transaction.roll_back()
            raise
        finally:
            if not transaction.pending:
                transaction.clean()
    for move in moves:
        reporter.remark(f"{move.source} is now {move.destination}.")
    return tuple(moves)
