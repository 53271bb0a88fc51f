"""What the resolver asks in an operation: the index, and where it has to be, somebody who builds."""

from __future__ import annotations

from venvoy.operations.building import place_provider
from venvoy.operations.provider import Sources, settled
from venvoy.values import TYPE_CHECKING

__all__ = ["builder", "provider", "settled"]

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvoy.formats.pylock_draft import Lock
    from venvoy.model.artifact import Artifact, CoreMetadata
    from venvoy.model.names import NormalizedName
    from venvoy.model.project import ProjectFile
    from venvoy.model.source_tree import Python
    from venvoy.operations.building.builder import Builder
    from venvoy.operations.context import Context
    from venvoy.resolver.provider import Provider


def provider(
    context: Context, python: Python, file: ProjectFile | None = None, previous: Lock | None = None, where: str = ""
) -> Sources:
    """The provider for resolving; what has to be built for it is built with this Python.

    ``previous`` is the lockfile at ``where`` whose commits are kept, without what is to be upgraded.
    """

    def described(artifact: Artifact) -> CoreMetadata:
        from venvoy.operations.building import builder as building  # most projects build nothing

        return building.of(context, python).described(artifact)

    def obtain(wanted: Mapping[NormalizedName, str], why: str) -> None:
        context.approval.obtain(wanted, why)  # which is made when it is asked

    index: Provider = context.index
    if file is not None:
        kept = place_provider.kept(previous, where)
        index = place_provider.Named(context, lambda: builder(context, python), context.index, file, kept)
    return Sources(index, described, obtain)


def builder(context: Context, python: Python) -> Builder:
    """The builder for a Python."""
    from venvoy.operations.building import builder as building  # most projects build nothing

    return building.of(context, python)
