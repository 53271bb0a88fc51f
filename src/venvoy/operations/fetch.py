"""Bring wheels into the store: downloaded, checked, unpacked, several at once."""

from __future__ import annotations

from concurrent.futures import Future, as_completed, wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from venvoy.events import Phase
from venvoy.system import fs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from packaging.utils import NormalizedName

    from venvoy.model.plan import Wanted
    from venvoy.model.stored import StoredWheel
    from venvoy.operations.context import Context


def fetch(context: Context, wanted: Sequence[Wanted]) -> dict[NormalizedName, StoredWheel]:
    """Every wanted wheel from the store; what is not there yet is downloaded, checked and added, several at once."""
    ready: dict[NormalizedName, StoredWheel] = {}
    for item in wanted:
        sha256 = item.artifact.hashes.get("sha256")
        if sha256 and (wheel := context.store.get(sha256)):
            ready[item.name] = wheel
    missing = [item for item in wanted if item.name not in ready]
    if not missing:
        return ready
    sizes = [item.artifact.size for item in missing]
    context.reporter.begin(Phase.DOWNLOAD, sum(size or 0 for size in sizes) if all(sizes) else None)
    try:
        with TemporaryDirectory(prefix="download-", dir=context.scratch, ignore_cleanup_errors=True) as folder:
            jobs = {context.pool.submit(_fetch_one, context, item, Path(folder)): item.name for item in missing}
            try:
                for job in as_completed(jobs):
                    ready[jobs[job]] = job.result()
            except Exception:  # after Ctrl-C nothing is waited for: the process ends, and its threads with it
                _cancel(jobs)
                raise
    finally:
        context.reporter.end(Phase.DOWNLOAD)
    return ready


def _cancel(jobs: Iterable[Future[StoredWheel]]) -> None:
    """Drop what has not begun and wait for the rest, so that nothing writes into a folder that is being deleted."""
    for job in jobs:
        job.cancel()
    wait(jobs)


def _fetch_one(context: Context, item: Wanted, folder: Path) -> StoredWheel:
    # A folder of its own: two distributions may have files of one name behind different URLs.
    own = folder / item.name
    own.mkdir()
    wheel = context.index.download(
        item.artifact, own, lambda count: context.reporter.advance(Phase.DOWNLOAD, count, item.name)
    )
    # Another tool's lockfile may name its wheels by another hash, which has been checked; the store knows one kind.
    sha256 = item.artifact.hashes.get("sha256") or fs.sha256(wheel)
    stored = context.store.add(wheel, item.artifact.filename, sha256)
    wheel.unlink()
    return stored
