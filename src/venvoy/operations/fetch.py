"""Bring wheels into the store: downloaded, checked, unpacked, several at once; and from there into an environment."""

from __future__ import annotations

from concurrent.futures import Future, as_completed, wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from venvoy.environment.apply import apply
from venvoy.environment.stage import AlteredError
from venvoy.events import Phase
from venvoy.store import registry
from venvoy.system import fs
from venvoy.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from packaging.utils import NormalizedName

    from venvoy.environment.layout import Environment
    from venvoy.model.plan import Plan, Wanted
    from venvoy.model.stored import StoredWheel
    from venvoy.operations.context import Context


def fetch(context: Context, wanted: Sequence[Wanted], *, checked: bool = True) -> dict[NormalizedName, StoredWheel]:
    """Every wanted wheel from the store; what is not there yet is downloaded, checked and added, several at once.

    Args:
        context: the parts to work with.
        wanted: what is wanted.
        checked: compare the files of what is in the store with its manifest; not needed before :func:`install`.
    """
    ready: dict[NormalizedName, StoredWheel] = {}
    look_up = context.store.get if checked else context.store.find
    for item in wanted:
        sha256 = item.artifact.hashes.get("sha256")
        if sha256 and (wheel := look_up(sha256)):
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


def install(context: Context, environment: Environment, plan: Plan, wanted: Sequence[Wanted]) -> None:
    """Change an environment. A wheel that turns out to have been edited in the store is fetched again, and said.

    Args:
        context: the parts to work with.
        environment: what to change.
        plan: what goes and what comes.
        wanted: where each distribution of the plan is to be had.

    Raises:
        Problem: as :func:`venvoy.environment.apply.apply` and :func:`fetch`.
    """
    sources = {item.name: item for item in wanted}
    while (altered := _attempt(context, environment, plan)) is not None:
        placements = list(plan.install)
        for at, placement in enumerate(placements):
            if placement.wheel.sha256 == altered:
                name = placement.wheel.name
                placements[at] = replace(placement, wheel=fetch(context, [sources[name]])[name])
        plan = replace(plan, install=tuple(placements))
    registry.note(context.settings.cache_dir, environment.root, (one.wheel.sha256 for one in plan.install))


def _attempt(context: Context, environment: Environment, plan: Plan) -> str | None:
    """Try it; returns the SHA-256 of a wheel whose files in the store are not as they must be."""
    try:
        apply(environment, plan, link=context.settings.link_mode, reporter=context.reporter)
    except AlteredError as fault:
        return fault.sha256
    return None


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
