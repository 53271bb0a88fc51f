"""Projects and candidates made on demand: a lock looks at a few of the thousands of files that the pages tell of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, overload

from packaging.version import Version

from venvoy.formats import simple_api
from venvoy.model.artifact import Candidate, LazyArtifacts, Project
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from venvoy.formats.simple_api import Page
    from venvoy.model.artifact import Artifact
    from venvoy.model.names import NormalizedName

T = TypeVar("T")


class Lazy(Sequence[T], Generic[T]):
    """A sequence of ``count`` items, each made when first looked at."""

    __slots__ = ("_made", "_make")

    def __init__(self, count: int, make: Callable[[int], T]) -> None:
        self._make = make
        self._made: list[T | None] = [None] * count

    def __len__(self) -> int:
        return len(self._made)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return tuple(self[position] for position in range(*index.indices(len(self))))
        item = self._made[index]
        if item is None:
            item = self._made[index] = self._make(index if index >= 0 else index + len(self._made))
        return item

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Lazy) else NotImplemented

    def __hash__(self) -> int:
        return len(self._made)  # anything finer would make the items

    def __repr__(self) -> str:
        return f"<{len(self)} items, made on demand>"


def project(page: Page, name: NormalizedName, index: str) -> Project:
    """The project that a page tells of; ``index`` is its address without credentials."""

    def candidate(position: int) -> Candidate:
        version = Version(page.versions[position])

        def make() -> tuple[Artifact, ...]:
            return simple_api.artifacts(page.rows(position, name), name, version)

        return Candidate(name, version, LazyArtifacts(make, lambda: page.glance(position)), index)

    return Project(name, index, Lazy(len(page.versions), candidate), page.rejected, page.versions)


def merged(owner: Project | None, name: NormalizedName, linked: Sequence[Artifact]) -> Project:
    """Add the files of find-links to what the owner offers; the owner's file wins where both have one of that name."""
    offered: dict[Version, Candidate] = (
        {candidate.version: candidate for candidate in owner.candidates} if owner else {}
    )
    extra: dict[Version, list[Artifact]] = {}
    for artifact in linked:
        extra.setdefault(artifact.parsed_version, []).append(artifact)
    index = owner.index if owner else ""
    for version, artifacts in extra.items():
        own = tuple(offered[version].artifacts) if version in offered else ()
        names = {artifact.filename for artifact in own}
        added = tuple(artifact for artifact in artifacts if artifact.filename not in names)
        offered[version] = Candidate(name, version, own + added, index)
    candidates = tuple(offered[version] for version in sorted(offered, reverse=True))
    return Project(name, index, candidates, owner.rejected if owner else {})
