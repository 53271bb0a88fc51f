"""Work that several callers may want at once, done once."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

from venvoy.values import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from concurrent.futures import Future

K = TypeVar("K", bound="Hashable")
T = TypeVar("T")


class Pool(Protocol):
    """What a thread pool of ``concurrent.futures`` does."""

    def submit(self, task: Callable[..., T], /, *args: object) -> Future[T]:
        """Have a task done some time."""


class Work(Generic[K, T]):
    """Results by key: started ahead of need in a thread pool, or worked out by whoever asks first.

    A result stays, and so does a failure.
    """

    def __init__(self, pool: Pool, task: Callable[[K], T]) -> None:
        self._pool = pool
        self._task = task
        self._lock = threading.Lock()
        self._futures: dict[K, Future[T]] = {}
        # Those that needed no work: without them, a command that finds everything in the cache loads no thread pool.
        self._given: dict[K, T] = {}

    def start(self, key: K) -> None:
        """See to it that the result for a key is being worked out."""
        with self._lock:
            if not self.known(key):
                try:
                    self._futures[key] = self._pool.submit(self._task, key)
                except RuntimeError:  # the pool is closing: nobody will ask
                    return

    def put(self, key: K, result: T) -> None:
        """Give a result that is known already."""
        with self._lock:
            if not self.known(key):
                self._given[key] = result

    def given(self, key: K) -> bool:
        """Whether the result needed no work."""
        return key in self._given

    def known(self, key: K) -> bool:
        """Whether the result is there or on its way."""
        return key in self._given or key in self._futures

    def result(self, key: K) -> T:
        """The result for a key; waits for it, or works it out here when nobody has begun.

        Raises:
            Exception: whatever the task raised.
        """
        try:
            return self._given[key]
        except KeyError:
            return self._result(key)

    def _result(self, key: K) -> T:
        from concurrent.futures import CancelledError, Future  # noqa: PLC0415 - 4 ms that a full cache spares us

        while True:
            with self._lock:
                future = self._futures.get(key)
                # Work that still waits in the pool's queue is taken over: what is needed now goes first.
                mine = future is None or future.cancel()
                if mine:
                    future = self._futures[key] = Future()
                    future.set_running_or_notify_cancel()  # from here on nobody can take it over
            if future is None:
                continue
            if mine:
                return self._do(key, future)
            try:
                return future.result()
            except CancelledError:
                continue

    def _do(self, key: K, future: Future[T]) -> T:
        try:
            result = self._task(key)
        except BaseException as error:
            future.set_exception(error)
            raise
        future.set_result(result)
        return result
