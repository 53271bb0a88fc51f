"""Poetry's ways to write bounds (``^1.2``, ``~1.2``, ``1.*``, ``>=1,<2 || >=3``) → specifiers (PEP 440) and markers.

Source: "Dependency specification" in Poetry's documentation. A caret lets everything through that does not change the
leftmost digit that is not zero; a tilde what does not change the minor version (or the major one, if it stands alone).
"""

from __future__ import annotations

import re
from itertools import accumulate

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from venvoy.patterns import pattern
from venvoy.values import dataclass

_TERM = pattern(r"\s*(\^|~=|~|===?|=|!=|<=|>=|<|>)?\s*(v?[0-9][^\s,|]*|\*)\s*,?\s*")
_MOST = 12


class NotBoundsError(ValueError):
    """A text that is none of the ways to write bounds."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Specifiers, and in ``lost`` what they cannot say of what was meant (empty: they say all of it)."""

    specifier: str
    lost: str = ""


def translate(text: str, *, python: bool = False) -> Bounds:
    """Poetry's bounds as specifiers, the lower ones first; empty for any version.

    With ``python`` they are about Python's version, and nothing lies between 2.7 and 3.

    Raises:
        NotBoundsError: the text is none.
    """
    either = [_terms(part) for part in re.split(r"\|\|?", text)]
    if len(either) == 1:
        return Bounds(_joined(either[0]))
    if any(not terms for terms in either):
        return Bounds("")
    return _union(text, either, python=python)


def marker(text: str) -> str:
    """Poetry's bounds of Python as an environment marker (PEP 508); empty for any.

    Raises:
        NotBoundsError: the text is none.
    """
    either = [_terms(part) for part in re.split(r"\|\|?", text)]
    if any(not terms for terms in either):
        return ""
    parts = [" and ".join(_comparison(operator, version) for operator, version in terms) for terms in either]
    if len(parts) == 1:
        return parts[0]
    return " or ".join(f"({part})" if " and " in part else part for part in parts)


def _joined(terms: list[tuple[str, str]]) -> str:
    text = ",".join(dict.fromkeys(f"{operator}{version}" for operator, version in terms))
    try:
        SpecifierSet(text)
    except InvalidSpecifier as error:
        raise NotBoundsError(text) from error
    return text


def _terms(text: str) -> list[tuple[str, str]]:
    """Comparisons that hold together."""
    found: list[tuple[str, str]] = []
    position, text = 0, text.strip()
    while position < len(text):
        match = _TERM.match(text, position)
        if not match:
            raise NotBoundsError(text)
        found += _term(match[1] or "", match[2].partition("@")[0].removeprefix("v"))
        position = match.end()
    return found


def _term(operator: str, version: str) -> list[tuple[str, str]]:
    operator = {"=": "==", "": "=="}.get(operator, operator)
    if version == "*":
        return []
    stars = re.fullmatch(r"([0-9.]*?)(?:\.[*xX])+", version)
    if stars and operator in {"==", "!="}:
        return [(operator, f"{stars[1]}.*")]
    version = stars[1] if stars else version
    try:
        release = Version(version).release
    except InvalidVersion as error:
        raise NotBoundsError(version) from error
    if operator == "^":
        index = next((place for place, digit in enumerate(release) if digit), len(release) - 1)
        return [(">=", version), ("<", _bumped(release[: index + 1]))]
    if operator == "~" or (operator == "~=" and len(release) == 1):
        return [(">=", version), ("<", _bumped(release[:2]))]
    return [(operator, version)]


def _bumped(release: tuple[int, ...]) -> str:
    return ".".join(map(str, (*release[:-1], release[-1] + 1)))


def _union(text: str, either: list[list[tuple[str, str]]], *, python: bool) -> Bounds:
    """Bounds that hold for one range or another: the range around all, without the versions between them."""
    lost = f"{text.strip()} cannot be said in one:"
    ranges = [_range(terms) for terms in either]
    known = sorted(one for one in ranges if one is not None)
    if len(known) < len(ranges):
        return Bounds("", f"{lost} every version is let in")
    gaps: list[str] = []
    reached = list(accumulate((upper for _, upper in known), max))  # one range may lie within another
    for upper, (lower, _) in zip(reached, known[1:], strict=False):
        between = _between(Version("3") if python and upper == Version("2.8") else upper, lower)
        if between is None:
            gaps, exact = [], False
            break
        gaps += between
    else:
        exact = True
    front = [f">={known[0][0]}"] if known[0][0] != _LEAST else []
    end = [f"<{reached[-1]}"] if reached[-1] != _MOST_VERSION else []
    return Bounds(",".join((*front, *gaps, *end)), "" if exact else f"{lost} the versions between its parts are let in")


_LEAST, _MOST_VERSION = Version("0"), Version("99999")


def _range(terms: list[tuple[str, str]]) -> tuple[Version, Version] | None:
    """From (included) where to (excluded) where comparisons let versions through; None when it is no such range."""
    lower, upper = _LEAST, _MOST_VERSION
    for operator, version in terms:
        if operator == "==" and version.endswith(".*"):
            release = Version(version[:-2]).release
            lower, upper = max(lower, Version(version[:-2])), min(upper, Version(_bumped(release)))
        elif operator == ">=":
            lower = max(lower, Version(version))
        elif operator == "<":
            upper = min(upper, Version(version))
        else:
            return None
    return lower, upper


def _between(upper: Version, lower: Version) -> list[str] | None:
    """What takes the versions from ``upper`` up to ``lower`` out, as in ``!=3.0.*``; None when nothing short does."""
    if lower <= upper:
        return []
    width = max(len(_short(upper)), len(_short(lower)))
    first, last = _padded(upper, width), _padded(lower, width)
    if first[:-1] != last[:-1] or last[-1] - first[-1] > _MOST or upper.is_prerelease or lower.is_prerelease:
        return None
    return [f"!={'.'.join(map(str, (*first[:-1], digit)))}.*" for digit in range(first[-1], last[-1])]


def _short(version: Version) -> tuple[int, ...]:
    release = version.release
    while len(release) > 1 and not release[-1]:
        release = release[:-1]
    return release


def _padded(version: Version, width: int) -> tuple[int, ...]:
    return (*_short(version), *([0] * width))[:width]


def _comparison(operator: str, version: str) -> str:
    """A comparison with Python's version: ``python_version`` knows two digits only."""
    if version.endswith(".*"):
        short = version.removesuffix(".*")
        if short.count(".") == 1:
            return f'python_version {operator} "{short}"'
        if "." not in short and operator == "==":
            return f'python_version >= "{short}" and python_version < "{int(short) + 1}"'
        return f'python_full_version {operator} "{version}"'
    release = Version(version).release
    if operator in {">=", "<"} and len(release) <= 2:  # noqa: PLR2004 - major and minor
        return f'python_version {operator} "{version}"'
    full = ".".join(map(str, (*release, 0, 0)[:3])) if len(release) < 3 else version  # noqa: PLR2004 - and patch
    return f'python_full_version {operator} "{full if operator != "~=" else version}"'
