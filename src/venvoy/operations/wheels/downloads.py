"""Downloads on their way into the store: by several threads, where it pays by several processes.

Unpacking is work for the processor, and threads of one Python take turns. So where this process may be copied, copies
share the work, and this process only counts what comes in. In each of them several threads download, with connections
of their own, and one unpacks: two that unpack would spend their time waiting for each other. What has been downloaded
is unpacked by whichever copy is free, the largest first. This process has no threads itself then, so that whoever fills
the environment next may copy it as well.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import closing
from functools import partial
from pathlib import Path

from venvoy.events import Phase, Silent
from venvoy.operations.context import Context
from venvoy.system import fs, process, sharing
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from mmap import mmap

    from venvoy.model.names import NormalizedName
    from venvoy.model.plan import Wanted
    from venvoy.model.stored import StoredWheel

# Fewer files than this are fetched sooner than other processes have got ready.
_WORTH_COPIES = 8
_MOST_UNPACKING = 4
# So much work, in bytes, takes as long as it takes to get one more copy ready.
_WORTH_ANOTHER = 8_000_000
# What a file costs besides its bytes, in bytes.
_FIXED_COST = 50_000
_TICK = 0.05
_CELL = 8


def download(
    context: Context, missing: Sequence[Wanted], meanwhile: Callable[[], None] | None = None
) -> dict[NormalizedName, StoredWheel]:
    """Download wheels, check them, and add them to the store.

    Where copies of this process do that, it does ``meanwhile`` itself.

    Raises:
        Problem: what the index and the store raise.
    """
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - 5 ms that nobody needs who has everything

    # They take longest: begun late, one of them would keep everybody waiting in the end.
    missing = sorted(missing, key=lambda item: -(item.artifact.size or 0))
    scratch = context.scratch
    with fs.attempting("write to the cache", scratch):
        made = TemporaryDirectory(prefix="download-", dir=scratch, ignore_cleanup_errors=True)
    with made as name:
        folder = Path(name)
        if len(missing) < _WORTH_COPIES or not process.may_fork():
            return _download(context, missing, folder)
        return {
            item.name: context.store.find(sha256) or _fetch_one(context, item, folder)
            for item, sha256 in _download_in_copies(context, missing, folder, meanwhile)
        }


def _download(context: Context, missing: Sequence[Wanted], folder: Path) -> dict[NormalizedName, StoredWheel]:
    from concurrent.futures import as_completed  # noqa: PLC0415 - 13 ms that nobody needs who has everything

    # made here: two threads that are the first to ask would each make their own
    _ = context.index, context.store
    # More of them than processors would spend their time waiting for one another.
    unpacking = threading.Semaphore(min(os.cpu_count() or 1, _MOST_UNPACKING))

    def fetch(item: Wanted) -> StoredWheel:
        _fetch_file(context, item, folder)
        with unpacking:
            return _add(context, item, folder)

    jobs = {context.pool.submit(fetch, item): item.name for item in missing}
    try:
        return {jobs[job]: job.result() for job in as_completed(jobs)}
    except Exception:  # after Ctrl-C nothing is waited for: the process ends, and its threads with it
        _cancel(jobs)
        raise


def _download_in_copies(
    context: Context, missing: Sequence[Wanted], folder: Path, meanwhile: Callable[[], None] | None
) -> Iterator[tuple[Wanted, str]]:
    """Share the work with as many processes as there is use for: one alone can do one thing at a time.

    This process has no threads afterwards either, so that it may share the next piece of work as well.

    Yields:
        What was wanted, with the SHA-256 under which it is in the store now.
    """
    from mmap import mmap  # noqa: PLC0415 - only who downloads needs it

    work = sum((item.artifact.size or 0) + _FIXED_COST for item in missing)
    count = min(os.cpu_count() or 1, _MOST_UNPACKING, 1 + work // _WORTH_ANOTHER)
    with (
        mmap(-1, _CELL * count) as cells,
        sharing.turns(range(len(missing))) as take,
        closing(sharing.Ready(len(missing))) as arrived,
    ):
        counters = [_Counter(cells, at) for at in range(count)]
        works = [partial(_in_copy, context, missing, folder, take, arrived, counter) for counter in counters]
        with process.copies(works) as copies:
            os.close(arrived.entrance)
            if meanwhile:
                meanwhile()
            while waiting := [copy for copy in copies if not copy.ended(0)]:
                waiting[0].ended(_TICK)
                context.reporter.advance(Phase.DOWNLOAD, sum(counter.take() for counter in counters))
                for copy in set(copies) - set(waiting):
                    copy.result()
            answers = [copy.result() for copy in copies]
    digests: dict[int, str] = {}
    for said, found in answers:
        for tell, message in said:
            (context.reporter.warn if tell == "warn" else context.reporter.remark)(message)
        digests.update(found)
    return ((item, digests[number]) for number, item in enumerate(missing))


def _in_copy(  # noqa: PLR0913, PLR0917 - what to do, and what is shared with the others
    context: Context,
    missing: Sequence[Wanted],
    folder: Path,
    take: Callable[[], Iterator[int]],
    arrived: sharing.Ready,
    counter: _Counter,
) -> tuple[list[tuple[str, str]], dict[int, str]]:
    """In another process: parts of its own, because connections and threads are not to be had from this one."""
    notes = _Notes(counter)
    with Context(context.settings, context.environ, notes) as own:
        own.addresses = context.addresses
        _ = own.index, own.store

        def fetch(entrance: int) -> None:
            try:
                for number in take():
                    _fetch_file(own, missing[number], folder)
                    arrived.add(number, entrance)
            except BaseException:
                _drop(take)
                raise
            finally:
                os.close(entrance)

        try:
            jobs = [own.pool.submit(fetch, os.dup(arrived.entrance)) for _ in range(own.settings.concurrency)]
            os.close(arrived.entrance)
            digests = {number: _add(own, missing[number], folder).sha256 for number in arrived}
            for job in jobs:
                job.result()
        except BaseException:
            _drop(take)
            raise
    return notes.said, digests


def _drop(take: Callable[[], Iterator[int]]) -> None:
    """Something has failed: nobody need begin with anything else."""
    for _ in take():
        pass


class _Counter:
    """How many bytes another process has taken in, in memory that both see."""

    def __init__(self, cells: mmap, at: int) -> None:
        self._cells = cells
        self._place = slice(at * _CELL, (at + 1) * _CELL)
        self._lock = threading.Lock()
        self._count = 0

    def add(self, amount: int) -> None:
        """Count, in the other process."""
        with self._lock:
            self._count += amount
            self._cells[self._place] = self._count.to_bytes(_CELL, sys.byteorder)

    def take(self) -> int:
        """What has been added since the last time, in this one."""
        now = int.from_bytes(self._cells[self._place], sys.byteorder)
        new, self._count = now - self._count, now
        return new


class _Notes(Silent):
    """What another process has to say, for this one to say it."""

    def __init__(self, counter: _Counter) -> None:
        self._counter = counter
        self.said: list[tuple[str, str]] = []

    def advance(self, phase: Phase, amount: int = 1, detail: str = "") -> None:  # noqa: ARG002 - the protocol's
        """Count bytes."""
        if phase is Phase.DOWNLOAD:
            self._counter.add(amount)

    def warn(self, message: str) -> None:
        """Keep it."""
        self.said.append(("warn", message))

    def remark(self, message: str) -> None:
        """Keep it."""
        self.said.append(("remark", message))


def _cancel(jobs: Iterable[Future[StoredWheel]]) -> None:
    """Drop what has not begun and wait for the rest, so that nothing writes into a folder that is being deleted."""
    from concurrent.futures import wait  # noqa: PLC0415 - who comes here has it already

    for job in jobs:
        job.cancel()
    wait(jobs)


def _fetch_one(context: Context, item: Wanted, folder: Path) -> StoredWheel:
    _fetch_file(context, item, folder)
    return _add(context, item, folder)


def _fetch_file(context: Context, item: Wanted, folder: Path) -> None:
    # A folder of its own: two distributions may have files of one name behind different URLs.
    own = folder / item.name
    own.mkdir(exist_ok=True)
    file = item.artifact
    path = context.index.download(file, own, lambda count: context.reporter.advance(Phase.DOWNLOAD, count, item.name))
    size = path.stat().st_size
    if file.size not in (None, size):
        context.reporter.remark(f"{file.filename} has {size} bytes, not {file.size}; its hash says that it is right.")


def _add(context: Context, item: Wanted, folder: Path) -> StoredWheel:
    wheel = folder / item.name / item.artifact.filename
    # Another tool's lockfile may name its wheels by another hash, which has been checked; the store knows one kind.
    sha256 = item.artifact.hashes.get("sha256") or fs.sha256(wheel)
    stored = context.store.add(wheel, item.artifact.filename, sha256)
    wheel.unlink()
    return stored
