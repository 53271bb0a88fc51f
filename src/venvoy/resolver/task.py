"""What there is to resolve, as the parts of the resolver hand it on."""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from packaging.version import Version

    from venvoy.events import Reporter
    from venvoy.model.artifact import Candidate
    from venvoy.model.names import NormalizedName
    from venvoy.model.requirement import Root
    from venvoy.model.target import Target
    from venvoy.resolver.choices import Choices
    from venvoy.resolver.policy import Policy
    from venvoy.resolver.provider import Provider

    Fork = tuple[Version, Callable[[Target], bool]]
    Looked = Sequence[tuple[Candidate, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Task:
    """What :func:`venvoy.resolver.solve.resolve` was called with."""

    roots: Sequence[Root]
    targets: Sequence[Target]
    provider: Provider
    policy: Policy
    preferences: Mapping[NormalizedName, Sequence[Version]]
    forks: Mapping[NormalizedName, Sequence[Fork]]
    reporter: Reporter
    met: dict[NormalizedName, Choices]
    silent: int = 0


@dataclass(frozen=True, slots=True)
class Urls:
    """The candidates that are named by URL, as far as they are known.

    ``instead`` holds the names that no target takes from an index, because a root names them by URL everywhere.
    """

    candidates: dict[NormalizedName, dict[str, Candidate]]
    instead: frozenset[NormalizedName]
