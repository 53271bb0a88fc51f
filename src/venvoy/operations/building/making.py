"""What is wanted and comes as source: which wheels were built of it before, and building the others side by side."""

from __future__ import annotations

import os
import threading

from venvoy.errors import Problem
from venvoy.events import Phase
from venvoy.operations.building import builder as building
from venvoy.operations.building import places
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvoy.model.names import NormalizedName
    from venvoy.model.plan import Installed, Wanted
    from venvoy.model.source_tree import Python
    from venvoy.model.stored import StoredWheel
    from venvoy.operations.building.builder import Builder
    from venvoy.operations.context import Context


ITSELF = "project"
"""The kind of artifact that the project itself is."""


def known(
    context: Context, python: Python, wanted: Sequence[Wanted], present: Sequence[Installed] = ()
) -> tuple[Wanted, ...]:
    """What is wanted, with the wheel in place of each source of which one has been built.

    Of a source about which nothing is known any more, what is present counts, if it is the same version.
    """
    builder = building.of(context, python)
    names = {one.name: one for one in present}
    here = {(one.name, one.version): one.wheel_sha256 for one in present}

    def built(item: Wanted) -> Wanted:
        if item.pinned is not None:
            return places.built(context, builder, item, names.get(item.name))
        if not item.is_source or item.source is not None:
            return item
        sha256 = builder.known(item.artifact) or here.get((item.name, item.version), "")
        if not sha256:
            return item
        return replace(
            item, artifact=replace(item.artifact, kind="wheel", hashes={"sha256": sha256}), source=item.artifact
        )

    return tuple(map(built, wanted))


def make(context: Context, python: Python | None, sources: Sequence[Wanted]) -> dict[NormalizedName, StoredWheel]:
    """Build, several at once. Whatever needs approval is asked for first, in the order of the names.

    Raises:
        Problem: needs-build, build-failed, and what fetching raises.
    """
    if python is None:
        raise Problem("needs-build", f"{sources[0].name} {sources[0].version} would have to be built first.")
    builder = building.of(context, python)
    builder.allow(sources)
    from concurrent.futures import as_completed, wait  # noqa: PLC0415 - 13 ms that only a build pays

    _ = context.index, context.store  # made here: two threads that are the first to ask would each make their own
    context.reporter.begin(Phase.BUILD, len(sources))
    room = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))
    jobs = {context.pool.submit(_one, context, builder, item, room): item for item in sources}
    try:
        return {jobs[job].name: job.result() for job in as_completed(jobs)}
    except BaseException as fault:
        for job in jobs:
            job.cancel()
        builder.end()
        if isinstance(fault, Exception):  # after Ctrl-C nothing is waited for
            wait(jobs)
            builder.start_again()
        raise
    finally:
        context.reporter.end(Phase.BUILD)


def _one(context: Context, builder: Builder, item: Wanted, room: threading.BoundedSemaphore) -> StoredWheel:
    try:
        with room:  # a build may need much memory, and all of a processor
            if item.pinned is not None:
                stored = places.make(context, builder, item)
            else:
                stored = builder.wheel(builder.tree(item.source or item.artifact))
    except Problem as problem:
        if item.artifact.kind == ITSELF and problem.code == "build-failed":
            problem.fix += ("--no-install-project   leaves the project out; so does package = false in [tool.venvoy]",)
        raise
    context.reporter.advance(Phase.BUILD, 1, f"{item.name} {item.version}")
    return stored
