"""``.python-version`` and ``requires-python``: whether the two can be met by one Python."""

from __future__ import annotations

import re

from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvoy.model.plain import Bounds

# As pyenv, asdf and uv write it: 3.12, 3.12.1, cpython-3.12, pypy3.10-7.3.17, python@3.12, 3.13t
_VERSION = pattern(r"(?:[a-z]+[-@]?)?(\d+(?:\.\d+){0,2}(?:(?:a|b|rc)\d+)?)(?:t|-.*)?", re.IGNORECASE)
_MINORS, _PATCHES = range(40), range(40)


def version(spec: str) -> str:
    """The version that a pin names, in part or in full; empty for a range, a command or a path."""
    match = _VERSION.fullmatch(spec.strip())
    return match[1] if match else ""


def agree(spec: str, requires: Bounds) -> bool:
    """Whether a Python can be both: what a pin asks for, and what a project requires. What cannot be told agrees."""
    named = version(spec)
    if named:
        return any(requires.contains(one, prereleases=True) for one in _all(named))
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - 15 ms, for ranges only

    try:
        both = SpecifierSet(f"{SpecifierSet(spec)},{requires}".strip(","))
    except InvalidSpecifier:
        return True
    return any(both.contains(one, prereleases=True) for one in _all("3"))


def _all(named: str) -> Iterator[str]:
    parts = named.count(".")
    if parts == 2:  # noqa: PLR2004 - major, minor and patch
        yield named
    elif parts == 1:
        yield from (f"{named}.{patch}" for patch in _PATCHES)
    else:
        yield from (f"{named}.{minor}.{patch}" for minor in _MINORS for patch in _PATCHES)
