"""What the resolver asks in an operation: the index, and where it has to be, somebody who builds."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from venvoy.operations import place_provider
from venvoy.operations.provider import Sources
from venvoy.resolver.explain import NoSolution

T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import Callable

    from packaging.pylock import Pylock

    from venvoy.model.artifact import Artifact, CoreMetadata
    from venvoy.model.project import ProjectFile
    from venvoy.model.source_tree import Python
    from venvoy.operations.building import Builder
    from venvoy.operations.context import Context
    from venvoy.resolver.provider import Provider


def provider(
    context: Context, python: Python, file: ProjectFile | None = None, previous: Pylock | None = None, where: str = ""
) -> Sources:
    """The provider for resolving; what has to be built for it is built with this Python.

    Args:
        context: the parts to work with.
        python: what is built for.
        file: the project, which may name places that distributions come from.
        previous: the lockfile at ``where`` whose commits are kept, without what is to be upgraded.
        where: its path.
    """

    def described(artifact: Artifact) -> CoreMetadata:
        from venvoy.operations import building  # most projects build nothing

        return building.of(context, python).described(artifact)

    index: Provider = context.index
    if file is not None:
        kept = place_provider.kept(previous, where)
        index = place_provider.Named(context, lambda: builder(context, python), context.index, file, kept)
    return Sources(index, described, context.approval.obtain)


def builder(context: Context, python: Python) -> Builder:
    """The builder for a Python."""
    from venvoy.operations import building  # most projects build nothing

    return building.of(context, python)


def settled(provider: Sources, attempt: Callable[[], T]) -> T:
    """What an attempt to resolve comes to, made again as long as leave to build something is given.

    Raises:
        NoSolution: there is none.
        Problem: needs-build, when there is none without building what may not be built.
    """
    while True:
        try:
            return attempt()
        except NoSolution as problem:  # noqa: PERF203 - the loop is there to try again
            provider.settle(problem)
