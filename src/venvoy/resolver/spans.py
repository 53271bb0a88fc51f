"""Specifiers (PEP 440) as runs of sorted versions: two bisections instead of a question for each version.

Which versions ``packaging`` admits (pre-releases included) is a run without gaps for nearly every specifier that is
written: all from one version on, all before one, all between two. The few others are left to ``packaging`` itself.
"""

from __future__ import annotations

from functools import lru_cache, partial
from operator import le, lt

from venvoy.formats import versions
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from venvoy.formats.versions import Key

_FINAL = pattern(r"(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*")


class Span(NamedTuple):
    """A run of versions: from the first one that ``since`` is true of up to the first that ``until`` is true of.

    Once one of them is true of a version, it is of all newer ones. None: from the beginning, to the end. With
    ``outside``, all versions but these are meant.
    """

    since: Callable[[Key], bool] | None
    until: Callable[[Key], bool] | None
    outside: bool = False


@lru_cache(maxsize=1 << 14)
def span(operator: str, text: str) -> Span | None:
    """The versions that a single specifier admits; None where they are no run, or where that is not certain."""
    if operator == "===":
        return None
    if text.endswith(".*"):
        return _prefix(text[:-2], operator) if operator in {"==", "!="} else None
    version = versions.key(text)
    if version is None:
        return None
    final = _FINAL.fullmatch(text) is not None
    found = None
    if operator == ">=":
        found = Span(partial(le, version), None)
    elif operator == "<=":
        found = Span(None, partial(_public_beyond, version))
    elif operator in {"==", "!="}:
        end = partial(lt, version) if version[-1] else partial(_public_beyond, version)
        found = Span(partial(le, version), end, operator == "!=")
    elif operator == "<" and (final or not versions.is_final(version)):
        # What comes before 2 are not the pre-releases of 2.
        found = Span(None, _from(f"{text}.dev0") if final else partial(le, version))
    elif operator == ">" and final:
        # What comes after 2 are not the post-releases of 2, nor its local versions.
        found = Span(partial(_release_beyond, version), None)
    elif operator == "~=" and final:
        prefix = _prefix(text.rpartition(".")[0], "==")
        found = prefix and Span(partial(le, version), prefix.until)
    return found


def _prefix(text: str, operator: str) -> Span | None:
    """``==1.4.*``: from the first pre-release of 1.4 up to that of 1.5."""
    if not _FINAL.fullmatch(text):
        return None
    start, dot, last = text.rpartition(".")
    epoch, mark, last = last.rpartition("!")
    after = f"{start}{dot}{epoch}{mark}{int(last) + 1}.dev0"
    return Span(_from(f"{text}.dev0"), _from(after), operator == "!=")


def _from(first: str) -> Callable[[Key], bool] | None:
    key = versions.key(first)
    return key and partial(le, key)


def _public_beyond(last: Key, version: Key) -> bool:
    """Local versions of the last one still belong to it."""
    return (*version[:-1], ()) > last


def _release_beyond(last: Key, version: Key) -> bool:
    return version[:2] > last[:2]
