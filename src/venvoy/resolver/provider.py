"""Where the resolver gets its facts from."""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from venvoy.model.artifact import Artifact, Candidate, CoreMetadata, Project
    from venvoy.model.names import NormalizedName


class Provider(Protocol):
    """What an index (or a test's small world) answers; ``venvoy.index.client.Index`` is one.

    The resolver calls it from one thread. What it has announced with ``want`` and ``want_metadata`` it will most likely
    ask for soon.
    """

    def project(self, name: NormalizedName) -> Project:
        """Everything that is offered under a name; raises Problem ``project-unknown`` when no index knows it."""

    def metadata(self, candidate: Candidate, artifact: Artifact) -> CoreMetadata:
        """The metadata of one file; raises Problem ``metadata-invalid`` when it cannot be read."""

    def direct(self, name: NormalizedName, url: str) -> Candidate:
        """The wheel behind a URL (``name @ https://…``) as a candidate with one artifact."""

    def want(self, names: Iterable[NormalizedName]) -> None:
        """Start to fetch these projects; returns at once and never raises."""

    def want_metadata(self, candidate: Candidate, artifact: Artifact) -> bool:
        """Start to fetch this metadata, and say whether it has yet to come; returns at once and never raises."""
