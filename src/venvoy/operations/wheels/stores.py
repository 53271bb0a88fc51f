"""``store info``, ``store verify`` and ``store prune``: what the store holds, whether it is intact, and what can go."""

from __future__ import annotations

import json
import time

from venvoy.environment import installed, layout
from venvoy.errors import Exit, Problem
from venvoy.operations.history.log import FOLDER as HISTORY
from venvoy.operations.history.log import WHEELS
from venvoy.store import registry, upkeep
from venvoy.store.builds import Builds
from venvoy.system import fs
from venvoy.system.lock import Lock
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from venvoy.operations.context import Context
    from venvoy.store.upkeep import Entry


_IDLE = 86400.0
"""Seconds after which an environment for builds that nobody has used may go."""
_STALE = 30 * 86400.0
"""Seconds after which a page that nobody has asked an index for may go."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A folder or a file of the cache: its name, bytes and number of files; ``other`` if another venvoy made it."""

    name: str
    size: int
    files: int
    other: bool


@dataclass(frozen=True, slots=True)
class User:
    """An environment that uses the store; ``changed`` is when venvoy last changed it, in seconds since the epoch."""

    path: Path
    changed: float
    wheels: int


@dataclass(frozen=True, slots=True)
class Info:
    """What the store is and holds; sizes are in bytes. ``needed`` is what environments and their histories need."""

    place: Path
    wheels: int
    size: int
    needed_wheels: int
    needed_size: int
    limit: int | None
    buckets: tuple[Bucket, ...]
    environments: tuple[User, ...]


@dataclass(frozen=True, slots=True)
class Damage:
    """An entry that is not what it was: its digest, which distribution it is, and the files concerned."""

    sha256: str
    name: str
    version: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What ``store verify`` found; what was damaged has been thrown away."""

    wheels: int
    files: int
    damaged: tuple[Damage, ...]

    @property
    def exit(self) -> Exit:
        """INTEGRITY when anything was damaged."""
        return Exit.INTEGRITY if self.damaged else Exit.OK


@dataclass(frozen=True, slots=True)
class Pruned:
    """What ``store prune`` deleted, or with ``dry_run`` would; sizes are in bytes.

    ``kept`` and ``size`` are what is left; ``pages`` of indexes went too, of ``pages_size`` bytes; ``others`` are
    buckets of other versions of venvoy, which were left alone, ``bucket`` one that was named and deleted.
    """

    deleted: tuple[Entry, ...]
    freed: int
    kept: int
    size: int
    limit: int | None
    dry_run: bool
    others: tuple[str, ...] = ()
    bucket: str = ""
    pages: int = 0
    pages_size: int = 0


def info(context: Context) -> Info:
    """What the store holds, and for whom."""
    root = context.settings.cache_dir
    listed = upkeep.entries(context.store, root)
    users = tuple(User(one.path, one.changed, len(_installed(one.path))) for one in registry.living(root))
    must_stay = _needed(root)
    needed = [entry for entry in listed if entry.sha256 in must_stay]
    return Info(
        root,
        len(listed),
        sum(entry.size for entry in listed),
        len(needed),
        sum(entry.size for entry in needed),
        context.settings.max_store_size,
        tuple(_buckets(root)),
        users,
    )


def verify(context: Context) -> Checked:
    """Hash every file of the store; what is damaged is thrown away, and fetched again when it is needed.

    Raises:
        Problem: permission-denied, file-error.
    """
    store = context.store
    listed = upkeep.entries(store, context.settings.cache_dir)
    damaged = []
    for entry, wrong in zip(listed, context.pool.map(store.verify, [one.sha256 for one in listed]), strict=True):
        if wrong:
            damaged.append(Damage(entry.sha256, entry.name, entry.version, wrong))
            store.discard(entry.sha256)
    return Checked(len(listed), sum(entry.files for entry in listed), tuple(damaged))


def prune(context: Context, *, everything: bool = False, bucket: str = "", dry_run: bool = False) -> Pruned:
    """Delete what no living environment and no history needs, least recently used first.

    And the pages of indexes that nobody has asked for in a month: they are fetched again when they are needed. With the
    setting ``max_store_size`` only as many wheels go as have to.

    Args:
        context: the parts to work with.
        everything: also what is needed: environments keep their files, and undo needs the network then; all pages.
        bucket: the name of another venvoy's bucket, which is deleted instead.
        dry_run: delete nothing.

    Raises:
        Problem: usage, busy, permission-denied, file-error.
    """
    root, limit = context.settings.cache_dir, context.settings.max_store_size
    if bucket:
        return _prune_bucket(context, bucket, dry_run=dry_run)
    if not dry_run:
        _wait_for_others(context)
    listed = upkeep.entries(context.store, root)
    gone = upkeep.surplus(listed, frozenset() if everything else _needed(root), limit)
    pages = upkeep.old_pages(root, time.time() - (0 if everything else _STALE))
    if not dry_run:
        for entry in gone:
            context.store.discard(entry.sha256)
        for path, _ in pages:
            fs.discard(path)
        built = Builds(root)
        built.forget(context.store)
        idle = time.time() - (0 if everything else _IDLE)
        built.sweep(idle)
        context.git.sweep(idle)
    freed = sum(entry.size for entry in gone)
    size = sum(entry.size for entry in listed)
    return Pruned(
        tuple(gone),
        freed,
        len(listed) - len(gone),
        size - freed,
        limit,
        dry_run,
        upkeep.other_buckets(root),
        pages=len(pages),
        pages_size=sum(size for _, size in pages),
    )


def keep_within(context: Context, most: int) -> None:
    """After a change: see that the store stays within a size in bytes, as far as what is needed allows that."""
    root = context.settings.cache_dir
    listed = upkeep.entries(context.store, root)
    if sum(entry.size for entry in listed) <= most:
        return  # before a look into every environment there is
    for entry in upkeep.surplus(listed, _needed(root), most):
        context.store.discard(entry.sha256)


def _prune_bucket(context: Context, name: str, *, dry_run: bool) -> Pruned:
    root = context.settings.cache_dir
    others = upkeep.other_buckets(root)
    if name not in others:
        raise Problem(
            "usage",
            f"There is no bucket {name!r} that another version of venvoy left.",
            why=f"There is: {', '.join(others)}." if others else "There is none at all.",
            fix=("venvoy store info   shows what is there",),
        )
    freed, _ = upkeep.folder_size(root / name)
    if not dry_run:
        fs.remove_tree(root / name)
    listed = upkeep.entries(context.store, root)
    size = sum(entry.size for entry in listed)
    left = tuple(one for one in others if one != name)
    return Pruned((), freed, len(listed), size, None, dry_run, left, name)


def _wait_for_others(context: Context) -> None:
    """Let commands finish that are filling an environment now: what they need is noted only in the end."""
    folder = context.settings.cache_dir / "locks"
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        with Lock(path, "a project that uses the store", context.reporter, context.settings.lock_timeout):
            pass


def _needed(root: Path) -> frozenset[str]:
    """The digests of what living environments hold, and of what their histories and those of projects need."""
    found: set[str] = set()
    for one in registry.living(root):
        found |= _installed(one.path)
        found |= _listed(one.path / WHEELS)
    for log in (root / HISTORY).glob("*/log"):
        if _is_there(log):
            found |= _listed(log.with_name("wheels"))
    return frozenset(found)


def _installed(environment: Path) -> set[str]:
    if (environment / registry.USER_SITE).is_file():
        return _listed(environment / WHEELS)  # a user site: its history knows
    try:
        return {one.wheel_sha256 for one in installed.read(layout.read(environment)) if one.wheel_sha256}
    except Problem:
        return set()  # half-made, or for a Python that is gone: what is noted in it counts


def _listed(path: Path) -> set[str]:
    try:
        return set(path.read_text(encoding="ascii", errors="replace").split())
    except OSError:
        return set()


def _is_there(log: Path) -> bool:
    """Whether the project that a history is about still exists; in doubt it does."""
    try:
        return not fs.is_gone(json.loads(log.read_bytes())["project"])
    except (OSError, ValueError, KeyError, TypeError):
        return True


def _buckets(root: Path) -> Iterator[Bucket]:
    others = upkeep.other_buckets(root)
    try:
        names = sorted(path.name for path in root.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        raise fs.problem(error, "look into the cache", root) from error
    for name in names:
        size, files = upkeep.folder_size(root / name)
        yield Bucket(name, size, files, name in others)
