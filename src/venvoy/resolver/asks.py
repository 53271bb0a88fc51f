"""Requirements taken apart once: the same few hundred texts stand in the metadata of thousands of files."""

from __future__ import annotations

from functools import lru_cache

from packaging.requirements import Requirement

from venvoy.model.names import canonicalize_name
from venvoy.resolver.choices import names_prerelease, pins
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from venvoy.model.names import NormalizedName


@dataclass(frozen=True, slots=True)
class Ask:
    """What a requirement asks for.

    ``extras`` are normalized and sorted. ``exact``: it names what it wants exactly, by URL or with ``==``.
    ``prereleases``: it speaks of one itself. ``wanted`` is its specifier or URL as text, ``marker`` its marker (empty:
    none), ``text`` all of it.
    """

    requirement: Requirement
    name: NormalizedName
    extras: tuple[str, ...]
    exact: bool
    prereleases: bool
    wanted: str
    marker: str
    text: str


class Asks:
    """Takes requirements apart, and remembers them."""

    def __init__(self) -> None:
        self._known: dict[int, Ask] = {}

    def read(self, text: str) -> Ask:
        """What a text asks for.

        Raises:
            InvalidRequirement: it is no requirement (PEP 508).
        """
        ask = _read(text)
        # The ask holds on to its requirement, so the number stays that of this one.
        self._known[id(ask.requirement)] = ask
        return ask

    def of(self, requirement: Requirement) -> Ask:
        """What a requirement asks for."""
        ask = self._known.get(id(requirement))
        if ask is None:
            ask = self._known[id(requirement)] = _of(requirement)
        return ask


@lru_cache(maxsize=1 << 16)
def _read(text: str) -> Ask:
    return _of(Requirement(text))


def _of(requirement: Requirement) -> Ask:
    return Ask(
        requirement,
        canonicalize_name(requirement.name),
        tuple(sorted({canonicalize_name(extra) for extra in requirement.extras})),
        exact=bool(requirement.url) or pins(requirement.specifier),
        prereleases=names_prerelease(requirement.specifier),
        wanted=f"@ {requirement.url}" if requirement.url else str(requirement.specifier),
        marker=str(requirement.marker or ""),
        text=str(requirement),
    )
