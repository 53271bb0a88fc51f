"""Requirements taken apart once: the same few hundred texts stand in the metadata of thousands of files."""

from __future__ import annotations

from functools import lru_cache

from venvoy.model.names import canonicalize_name
from venvoy.model.plain import PlainRequirement
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    from venvoy.model.names import NormalizedName


@dataclass(frozen=True, slots=True)
class Ask:
    """What a requirement asks for.

    ``extras`` are normalized and sorted. ``url`` is empty, or that of what is wanted. ``exact``: it names what it wants
    exactly, by URL or with ``==``. ``prereleases``: it speaks of one itself. ``wanted`` is its specifier or URL,
    ``marker`` its marker (empty: none), ``text`` all of it, each as ``packaging`` writes it.
    """

    name: NormalizedName
    extras: tuple[str, ...]
    url: str
    exact: bool
    prereleases: bool
    wanted: str
    marker: str
    text: str


@lru_cache(maxsize=1 << 16)
def read(text: str) -> Ask:
    """What a text asks for.

    Raises:
        ValueError: it is no requirement (PEP 508).
    """
    plain = PlainRequirement.read(text)
    if plain is None:
        from packaging.requirements import Requirement  # noqa: PLC0415 - 20 ms that what is plain saves

        return of(Requirement(text))
    return _of_plain(plain)


def _of_plain(plain: PlainRequirement) -> Ask:
    return Ask(
        canonicalize_name(plain.name),
        tuple(sorted({canonicalize_name(extra) for extra in plain.extras})),
        "",
        exact=any(each.startswith("==") and not each.endswith("*") for each in plain.bounds.split(",")),
        prereleases=False,
        wanted=plain.bounds,
        marker=plain.condition,
        text=str(plain),
    )


def of(requirement: Requirement | PlainRequirement) -> Ask:
    """What a requirement asks for."""
    if isinstance(requirement, PlainRequirement):
        return _of_plain(requirement)
    specifier = requirement.specifier
    return Ask(
        canonicalize_name(requirement.name),
        tuple(sorted({canonicalize_name(extra) for extra in requirement.extras})),
        requirement.url or "",
        exact=bool(requirement.url) or _pins(specifier),
        prereleases=bool(specifier.prereleases),
        wanted=f"@ {requirement.url}" if requirement.url else str(specifier),
        marker=str(requirement.marker or ""),
        text=str(requirement),
    )


def _pins(specifier: SpecifierSet) -> bool:
    """Whether a specifier names one version exactly: ``==1.2`` or ``===1.2``, not ``==1.*`` (PEP 592)."""
    return any(
        single.operator == "===" or (single.operator == "==" and not single.version.endswith(".*"))
        for single in specifier
    )
