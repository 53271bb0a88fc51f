"""What the resolver asks in an operation: the index, and where it has to be, somebody who builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvoy.operations.provider import Sources

if TYPE_CHECKING:
    from pathlib import Path

    from venvoy.model.artifact import Artifact, CoreMetadata
    from venvoy.model.interpreter import Interpreter
    from venvoy.operations.context import Context


def provider(context: Context, interpreter: Interpreter, environment: Path | None = None) -> Sources:
    """The provider for resolving.

    Args:
        context: the parts to work with.
        interpreter: what is built with.
        environment: the folder of the environment that is used where there is no isolation.
    """

    def described(artifact: Artifact) -> CoreMetadata:
        from venvoy.operations import building  # most projects build nothing

        return building.of(context, interpreter, environment).described(artifact)

    return Sources(context.index, described, context.approval.obtain)
