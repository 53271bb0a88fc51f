"""What has been read of a candidate so far."""

from __future__ import annotations

from venvoy.errors import Problem
from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from venvoy.model.artifact import Artifact, Candidate, CoreMetadata
    from venvoy.resolver.asks import Ask


@dataclass(slots=True)
class Part:
    """The metadata of a candidate on the targets of ``mask``, which all install ``artifact``.

    On those of ``inert`` it only stands in for a file that is not there: what it needs does not matter.
    """

    mask: int
    artifact: Artifact
    metadata: CoreMetadata
    inert: int = 0
    # By extra (empty: without any): the requirements that come with it, each with where it applies.
    needs: dict[str, list[tuple[Ask, int]]] = field(default_factory=dict)


@dataclass(slots=True)
class Release:
    """A candidate that has been looked at on the targets of ``looked_at``, and can be used on those of ``usable``."""

    looked_at: int = 0
    usable: int = 0
    parts: list[Part] = field(default_factory=list)


def check(metadata: CoreMetadata, candidate: Candidate, artifact: Artifact) -> None:
    """Refuse metadata that speaks of another distribution.

    Raises:
        Problem: ``metadata-invalid``.
    """
    if (metadata.name, metadata.version) != (candidate.name, candidate.version):
        what = f"The metadata of {artifact.filename} is that of {metadata.name} {metadata.version}."
        raise Problem("metadata-invalid", what)
