"""Carry out a plan: the environment is afterwards exactly as asked, or exactly as before."""

from __future__ import annotations

import contextlib
import errno
import os

from venvoy.environment import installed, journal, moves, stamp, unsettled
from venvoy.environment.contents import Scheme, Tree, claims
from venvoy.environment.journal import NEW, Journal, Move
from venvoy.environment.stage import Stage
from venvoy.errors import Problem
from venvoy.events import Phase
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from venvoy.environment.journal import Step
    from venvoy.environment.layout import Environment
    from venvoy.events import Reporter
    from venvoy.model.plan import Installed, Placement, Plan
    from venvoy.system.fs import LinkMode

    Again = Callable[[Installed], Placement | None]


def _not_again(_: Installed) -> None:
    """What is robbed stays so."""


def apply(  # noqa: PLR0913 - by keyword
    environment: Environment,
    plan: Plan,
    *,
    link: LinkMode,
    reporter: Reporter,
    again: Again = _not_again,
    step: Step = journal.ignore,
) -> None:
    """Change an environment, and the project's files that ``plan.files`` names, in one transaction.

    The caller holds the environment's lock and has called :func:`recover` before it looked at what is installed. What
    the plan installs replaces what has the same name, whether ``plan.remove`` names it or not. When this returns, the
    change has happened; when it raises, it has not, whatever it raises.

    Args:
        environment: what to change.
        plan: what goes and what comes; every wheel is in the store.
        link: how files get from the store into the environment; AUTO finds out, once.
        reporter: told of each distribution in phase INSTALL, and warned of files that were in the way.
        again: the placement of a distribution that stays, and has lost files to one that goes; None leaves it so.
        step: a test's hook, called before each change to the file system; what it raises is a crash at that point.

    Raises:
        AlteredError: a file in the store is not as its manifest says.
        Problem: ``environment-invalid``, ``environment-conflict``, ``wheel-invalid``, ``wheel-unsafe``, ``disk-full``,
            ``permission-denied`` or ``file-error``.
    """
    transaction = Journal(environment.root, step)
    if recover(environment, reporter, step=step):
        raise Problem(
            "environment-invalid",
            "An earlier change to this environment had been interrupted and has only now been undone.",
            fix=("Run the command again.",),
            where=str(environment.root),
        )
    reporter.begin(Phase.INSTALL, len(plan.remove) + len(plan.install))
    try:
        try:
            _transact(environment, plan, again, transaction, link, reporter)
        except OSError as error:
            if transaction.pending or not fs.immovable(error) or _cannot_link(error, link):
                raise
            _transact(environment, plan, again, transaction, link, reporter, in_pieces=True)
        if environment.user:
            with contextlib.suppress(OSError):  # not empty: something is kept there
                os.rmdir(os.path.dirname(environment.root / journal.FOLDER))
    except OSError as error:
        if _cannot_link(error, link):
            raise Problem(
                "file-error",
                "The files of the store could not be put into this environment.",
                why=f"link-mode is {link.value}, and the disks of the two are not able to do that: {error.strerror}.",
                fix=("Let venvoy find out what they are able to do: --link-mode auto",),
                where=str(environment.root),
            ) from error
        raise fs.problem(error, "change this environment", error.filename or environment.root) from error
    finally:
        reporter.end(Phase.INSTALL)


def _cannot_link(error: OSError, link: LinkMode) -> bool:
    return link in {fs.LinkMode.CLONE, fs.LinkMode.HARDLINK} and error.errno in {
        errno.EXDEV,
        errno.EOPNOTSUPP,
        errno.ENOTTY,
    }


def recover(environment: Environment, reporter: Reporter, *, step: Step = journal.ignore) -> bool:
    """Bring an environment whose last change was interrupted back to what it was before, and say so.

    Costs one system call when there is nothing to do. The caller holds the environment's lock.

    Returns:
        Whether a change was undone; what was read from the environment before is then no longer true.

    Raises:
        Problem: ``environment-invalid``, ``permission-denied``, ``disk-full`` or ``file-error``; it can be tried again.
    """
    return journal.recover(environment.root, "this environment", reporter, step=step)


def _transact(  # noqa: PLR0913, PLR0917 - of one call
    environment: Environment,
    plan: Plan,
    again: Again,
    transaction: Journal,
    link: LinkMode,
    reporter: Reporter,
    *,
    in_pieces: bool = False,
) -> None:
    plan, renames, tree, emptied = _prepare(environment, plan, again, reporter, in_pieces=in_pieces)
    try:
        transaction.open()
        Stage(transaction, environment, link, reporter).fill(tree)
        if environment.user:  # which holds more than what venvoy may look at: it is flushed instead
            fs.flush_tree(f"{environment.root}/{NEW}")
        elif note := unsettled.after(environment.root, plan, tree.records()):
            renames += transaction.replace(stamp.UNSETTLED, note)
        transaction.perform(renames, transaction.stage(plan.files))
    except BaseException:
        if not transaction.happened:
            _abandon(transaction, reporter)
            raise
    try:
        for folder in emptied:
            with contextlib.suppress(OSError):  # something has come into it
                os.rmdir(folder)
        transaction.clean()
    except (KeyboardInterrupt, OSError, Problem):
        # The change has happened, so this must not look like a failure; the next command deletes the rest.
        reporter.remark(f"{environment.root}: what the change replaced will be deleted later.")


def _abandon(transaction: Journal, reporter: Reporter) -> None:
    with contextlib.suppress(OSError, Problem):
        if transaction.pending:
            transaction.roll_back()
        transaction.clean()
    if transaction.pending:
        reporter.warn("The change could not be undone yet. The next venvoy command for this environment tries again.")


def _prepare(
    environment: Environment, plan: Plan, again: Again, reporter: Reporter, *, in_pieces: bool
) -> tuple[Plan, list[Move], Tree, list[str]]:
    root = str(environment.root)
    coming = {placement.wheel.name for placement in plan.install}
    leaving = {distribution.dist_info for distribution in plan.remove}
    remove = list(plan.remove)
    staying: list[Installed] = []
    for distribution in installed.read(environment):
        if distribution.dist_info not in leaving:
            (remove if distribution.name in coming else staying).append(distribution)
    owners = moves.Owners(environment, staying)
    back = filter(None, map(again, moves.robbed(root, remove, staying, owners) if remove else ()))
    if more := tuple(back):
        plan = replace(plan, install=(*plan.install, *more))
        return _prepare(environment, plan, _not_again, reporter, in_pieces=in_pieces)
    out, emptied = moves.outgoing(environment, remove, owners), list[str]()
    if in_pieces:
        out, emptied = moves.in_pieces(root, out)
    scheme = Scheme.of(environment)
    placements = sorted(plan.install, key=lambda placement: placement.wheel.name)
    tree = Tree(reporter)
    alone = _Alone(root, scheme, claims(placements, scheme), {move.source for move in out})
    for placement in placements:
        tree.add(placement, scheme, alone)
    tree.check()
    for distribution in plan.remove:
        reporter.advance(Phase.INSTALL, 1, distribution.name)
    whole = [Move(f"{NEW}/{folder}", folder) for folder in tree.parts]
    renames = [*out, *moves.incoming(root, tree, out, owners, reporter), *whole]
    return plan, renames, tree, emptied


class _Alone:
    """Tells whether a folder that a wheel brings is nobody else's: of no other wheel, and not there yet."""

    def __init__(self, root: str, scheme: Scheme, claimed: Mapping[str, int], gone: Collection[str]) -> None:
        self._claimed = claimed
        self._there: set[str] = set()
        for home in {scheme.purelib, scheme.platlib}:
            paths = {f"{home}/{name}" for name in os.listdir(f"{root}/{home}")}
            self._there.update(path.lower() for path in paths - set(gone))

    def __call__(self, folder: str) -> bool:
        return self._claimed[folder.lower()] == 1 and folder.lower() not in self._there
