"""What the resolver answers: which version of what, where, and because of whom."""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.version import Version

    from venvoy.model.artifact import Candidate, CoreMetadata
    from venvoy.model.names import NormalizedName
    from venvoy.model.requirement import Origin
    from venvoy.model.target import Target


@dataclass(frozen=True, slots=True)
class Edge:
    """One requirement that the resolution satisfies.

    ``parent`` is the origin that asks (a root of the project, or a distribution with the version that asks in
    ``parent_version``); ``requirement`` is its PEP 508 text; ``child`` the distribution it is about. ``targets`` is the
    mask of the targets on which it applies: bit *i* stands for target *i*.
    """

    parent: Origin
    parent_version: Version | None
    requirement: str
    child: NormalizedName
    extras: frozenset[str]
    targets: int


@dataclass(frozen=True, slots=True)
class Selected:
    """One chosen version.

    ``targets`` is the mask of the targets it is chosen for. ``reach`` says for each root origin of the project on which
    of those targets that root alone already needs it: the union over all roots is ``targets``.
    """

    candidate: Candidate
    metadata: CoreMetadata
    extras: frozenset[str]
    targets: int
    reach: Mapping[Origin, int] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Resolution:
    """A sound choice for every target: sorted by name, then version; no name twice on one target."""

    targets: tuple[Target, ...]
    selected: tuple[Selected, ...]
    edges: tuple[Edge, ...]
