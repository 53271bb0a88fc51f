"""Requirements taken apart once: the same few hundred texts stand in the metadata of thousands of files.

``packaging`` says what a requirement means. What nearly all of them look like is read here in a tenth of the time.
"""

from __future__ import annotations

import re
from functools import lru_cache

from packaging.markers import Marker
from packaging.requirements import Requirement

from venvoy.model.names import canonicalize_name
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

    from venvoy.model.names import NormalizedName

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_CLAUSE = r"(?:==|!=|<=|>=|<|>)[0-9]+(?:\.[0-9]+)*(?:\.post[0-9]+)?|~=[0-9]+(?:\.[0-9]+)+|[=!]=[0-9]+(?:\.[0-9]+)*\.\*"
_PLAIN = pattern(
    rf"({_NAME})[ \t]*(?:\[({_NAME}(?:,[ \t]*{_NAME})*)\])?"
    rf"[ \t]*(\(?)((?:{_CLAUSE})(?:,[ \t]*(?:{_CLAUSE}))*)?(\)?)[ \t]*(?:;(.*))?",
    re.ASCII,
)


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
    return _plain(text) or of(Requirement(text))


def of(requirement: Requirement) -> Ask:
    """What a requirement asks for."""
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


def _plain(text: str) -> Ask | None:
    """What a plain requirement asks for, None for any other."""
    found = _PLAIN.fullmatch(text)
    if found is None:
        return None
    name, listed, opened, specifiers, closed, marker = found.groups()
    clauses = sorted(each.strip() for each in (specifiers or "").split(",") if each)
    operators = {each.rstrip("0123456789.*post") for each in clauses}
    if bool(opened) != bool(closed) or len(operators) < len(clauses) or (opened and not clauses):
        return None  # >=1 and >=1.0 are one clause
    extras = sorted({each.strip() for each in listed.split(",")}) if listed else []
    wanted = ",".join(clauses)
    condition = "" if marker is None else _marker(marker)
    brackets = f"[{','.join(extras)}]" if extras else ""
    return Ask(
        canonicalize_name(name),
        tuple(sorted({canonicalize_name(extra) for extra in extras})),
        "",
        exact=any(each.startswith("==") and not each.endswith("*") for each in clauses),
        prereleases=False,
        wanted=wanted,
        marker=condition,
        text=f"{name}{brackets}{wanted}{'; ' * bool(condition)}{condition}",
    )


@lru_cache(maxsize=1 << 14)
def _marker(text: str) -> str:
    return str(Marker(text.strip()))


def _pins(specifier: SpecifierSet) -> bool:
    """Whether a specifier names one version exactly: ``==1.2`` or ``===1.2``, not ``==1.*`` (PEP 592)."""
    return any(
        single.operator == "===" or (single.operator == "==" and not single.version.endswith(".*"))
        for single in specifier
    )
