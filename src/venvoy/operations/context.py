"""The one place where the parts are put together: settings in; index, store and thread pool out, each on first use."""

from __future__ import annotations

import sys
from _thread import allocate_lock
from functools import cached_property

from venvoy.errors import Problem
from venvoy.system import fs, native
from venvoy.values import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from concurrent.futures import Future, ThreadPoolExecutor
    from pathlib import Path
    from types import TracebackType
    from typing import TypeVar

    from typing_extensions import Self

    from venvoy.events import Reporter
    from venvoy.index.client import Index
    from venvoy.index.git import Repositories
    from venvoy.model.names import NormalizedName
    from venvoy.operations.approval import Approval, Ask
    from venvoy.resolver.policy import Policy
    from venvoy.settings import Settings
    from venvoy.store.store import Store

    K = TypeVar("K", bound="Kept")
    T = TypeVar("T")


_OTHER_PLACES = {
    "permission-denied": "in a folder of your own",
    "disk-full": "on another disk",
    "environment-path": "on another disk",
}
_THREADS = "venvoy"
_PATIENCE = 0.5


class Kept(Protocol):
    """What lives as long as a context."""

    def end(self) -> None:
        """Stop what is running."""

    def close(self) -> None:
        """Give back what it has taken hold of; nothing is running any more."""


class _Later:
    """The thread pool of a context, made when something is submitted: with everything cached nothing is."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = allocate_lock()

    def submit(self, task: Callable[..., T], /, *args: object) -> Future[T]:
        """Have a task done some time."""
        with self._lock:
            pool = self._context.pool
        return pool.submit(task, *args)


class Context:
    """The parts that an operation works with; a context manager that closes them.

    Args:
        settings: the settings in force.
        environ: the environment variables.
        reporter: told what happens.
        typed: the words of the command, for the history.
    """

    def __init__(
        self, settings: Settings, environ: Mapping[str, str], reporter: Reporter, typed: Sequence[str] = ()
    ) -> None:
        self.settings = settings
        self.environ = environ
        self.reporter = reporter
        self.typed = typed
        self._kept: dict[Hashable, Kept] = {}
        self.addresses: tuple[str, ...] = ()
        """Addresses that the project names and that may hold credentials; for whoever asks the index."""
        self.ask: Ask | None = None
        """Asks a person a question that is answered with yes or no; None where there is nobody to ask."""
        self.barred: Problem | None = None
        """Why nothing can be changed, only looked at: there is no lock to be had."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for kept in self._kept.values():
            kept.end()
        if "pool" in vars(self):
            # What has not begun is dropped; what has is not waited for after Ctrl-C: the process ends with it. But who
            # waited for something that has just been stopped may clear up.
            self.pool.shutdown(wait=kind is not KeyboardInterrupt, cancel_futures=True)
            if kind is KeyboardInterrupt and self._kept:
                _let_end()
        for kept in self._kept.values():
            kept.close()
        if "index" in vars(self):
            self.index.close()
        if isinstance(value, Problem):
            _advise(value, self.settings.cache_dir.absolute())

    def mind_lock(self) -> None:
        """To be called before anything is changed.

        Raises:
            Problem: ``barred``, where there is a reason for it.
        """
        if self.barred is not None:
            raise self.barred

    @cached_property
    def pool(self) -> ThreadPoolExecutor:
        """The one thread pool."""
        from concurrent.futures import ThreadPoolExecutor

        return ThreadPoolExecutor(self.settings.concurrency, thread_name_prefix=_THREADS)

    @cached_property
    def index(self) -> Index:
        """Where distributions come from: pip's configuration, unless venvoy's own settings say otherwise."""
        from venvoy.index.factory import open_index

        settings = self.settings
        index = open_index(
            environ=self.environ,
            platform=sys.platform,
            prefix=sys.prefix,
            cache=settings.cache_dir,
            pool=_Later(self),
            reporter=self.reporter,
            offline=settings.offline,
            index_url=settings.index_url,
            extra_index_url=settings.extra_index_url,
            find_links=settings.find_links,
            no_index=settings.no_index,
        )
        for address in self.addresses:
            index.learn(address)
        return index

    @cached_property
    def git(self) -> Repositories:
        """The git repositories that distributions come from."""
        from venvoy.index.git import Repositories

        settings = self.settings
        return Repositories(
            settings.cache_dir,
            self.environ,
            self.reporter,
            offline=settings.offline,
            timeout=settings.git_timeout,
            patience=settings.lock_timeout,
        )

    @cached_property
    def policy(self) -> Policy:
        """How versions are chosen."""
        from datetime import datetime, timezone

        from venvoy.operations import policy as policies

        return policies.policy(self.settings, datetime.now(timezone.utc))

    @cached_property
    def store(self) -> Store:
        """The store of unpacked wheels."""
        from venvoy.store.store import Store

        return Store(self.settings.cache_dir, self.reporter)

    @cached_property
    def approval(self) -> Approval:
        """What may be built."""
        from venvoy.operations.approval import Approval
        from venvoy.resolver.policy import ALL

        # Who names what is to be built from source has approved of it; "everything" is said without looking.
        named = (name for name in self.settings.no_binary if name != ALL)
        return Approval((*self.settings.build, *named), self.ask)

    @property
    def approved(self) -> Sequence[NormalizedName]:
        """What a person has allowed to be built during this run."""
        return self.approval.given if "approval" in vars(self) else ()

    def with_approvals(self, text: str, where: str) -> str:
        """The text of a pyproject.toml with what a person has allowed to be built since this context was made.

        Raises:
            Problem: pyproject-invalid.
        """
        if not self.approved:
            return text
        from venvoy.operations.approval import recorded

        return recorded(self.approved, text, where)

    def kept(self, key: Hashable, make: Callable[[], K]) -> K:
        """What is made once and lives as long as this context: the same for the same key."""
        if key not in self._kept:
            self._kept[key] = make()
        return cast("K", self._kept[key])

    @property
    def interpreters(self) -> Path:
        """The folder in which interpreters are remembered."""
        return self.settings.cache_dir / "interpreters-v1"

    @property
    def skeletons(self) -> Path:
        """The folder in which virtualenv keeps what it makes environments from."""
        return self.settings.cache_dir / "virtualenv-v1"

    @property
    def scratch(self) -> Path:
        """A folder for files on their way into the store, on the same disk as it."""
        folder = self.settings.cache_dir / "tmp"
        with fs.attempting("write to the cache", folder):
            folder.mkdir(parents=True, exist_ok=True)
        return folder


def _advise(problem: Problem, cache: Path) -> None:
    """Say that the cache can be somewhere else, where that is what cannot be written: in a container it often is."""
    folder = _OTHER_PLACES.get(problem.code)
    where = problem.where or problem.data.get("path")  # mostly a whole path
    if folder is None or not isinstance(where, str) or not where:
        return
    at = cache / where
    if not (at in (cache, *cache.parents) or cache in at.parents):  # it may be the folder that it could not be made in
        return
    setting = "$env:VENVOY_CACHE_DIR = 'FOLDER'" if native.WINDOWS else "export VENVOY_CACHE_DIR=FOLDER"
    step = f"Keep the cache {folder}: {setting}"
    if step not in problem.fix:
        others = [other for other in problem.fix if other not in fs.ELSEWHERE]
        problem.fix = (*others[:-1], step, *others[-1:])  # the last one is to run the command again


def _let_end() -> None:
    """Give the threads of the pool a moment to end by themselves."""
    import threading
    import time

    until = time.monotonic() + _PATIENCE
    for thread in threading.enumerate():
        if thread.name.startswith(_THREADS):
            thread.join(max(0.0, until - time.monotonic()))
