"""Specifiers (PEP 440) as runs of sorted versions: two bisections instead of a question for each version.

Which versions ``packaging`` admits (pre-releases included) is a run without gaps for nearly every specifier that is
written: all from one version on, all before one, all between two. The few others are left to ``packaging`` itself.
"""

from __future__ import annotations

from functools import lru_cache, partial
from operator import le, lt
from typing import TYPE_CHECKING

from packaging.version import Version

from venvoy.patterns import pattern
from venvoy.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_FINAL = pattern(r"(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*")


class Span(NamedTuple):
    """A run of versions: from the first one that ``since`` is true of up to the first that ``until`` is true of.

    Once one of them is true of a version, it is of all newer ones. None: from the beginning, to the end. With
    ``outside``, all versions but these are meant.
    """

    since: Callable[[Version], bool] | None
    until: Callable[[Version], bool] | None
    outside: bool = False


@lru_cache(maxsize=1 << 14)
def span(operator: str, text: str) -> Span | None:
    """The versions that a single specifier admits; None where they are no run, or where that is not certain."""
    if operator == "===":
        return None
    if text.endswith(".*"):
        return _prefix(text[:-2], operator) if operator in {"==", "!="} else None
    version = Version(text)
    final = _FINAL.fullmatch(text) is not None
    found = None
    if operator == ">=":
        found = Span(_from(version), None)
    elif operator == "<=":
        found = Span(None, partial(_public_beyond, version))
    elif operator in {"==", "!="}:
        end = partial(lt, version) if version.local else partial(_public_beyond, version)
        found = Span(_from(version), end, operator == "!=")
    elif operator == "<" and (final or version.is_prerelease):
        # What comes before 2 are not the pre-releases of 2.
        found = Span(None, _from(Version(f"{text}.dev0") if final else version))
    elif operator == ">" and final:
        # What comes after 2 are not the post-releases of 2, nor its local versions.
        found = Span(partial(_release_beyond, version), None)
    elif operator == "~=" and final:
        prefix = _prefix(text.rpartition(".")[0], "==")
        found = prefix and Span(_from(version), prefix.until)
    return found


def _prefix(text: str, operator: str) -> Span | None:
    """``==1.4.*``: from the first pre-release of 1.4 up to that of 1.5."""
    if not _FINAL.fullmatch(text):
        return None
    start, dot, last = text.rpartition(".")
    epoch, mark, last = last.rpartition("!")
    after = Version(f"{start}{dot}{epoch}{mark}{int(last) + 1}.dev0")
    return Span(_from(Version(f"{text}.dev0")), _from(after), operator == "!=")


def _from(first: Version) -> Callable[[Version], bool]:
    return partial(le, first)


def _public_beyond(last: Version, version: Version) -> bool:
    """Local versions of the last one still belong to it."""
    return version > last and (version.local is None or Version(version.public) > last)


def _release_beyond(last: Version, version: Version) -> bool:
    return version > last and Version(version.base_version) > last
