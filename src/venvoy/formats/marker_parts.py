"""A lockfile's marker (PEP 751) where the extras and groups are known already: what is left of it (PEP 508)."""

from __future__ import annotations

from venvoy.model.names import canonicalize_name
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from packaging.markers import Marker

_TOKEN = pattern(r"""\s*(?:(?P<mark>[()])|(?P<text>"[^"]*"|'[^']*')|(?P<word>not\s+in\b|[^\s()"']+))""")
_SETS = ("extras", "dependency_groups")


def settled(marker: Marker | None, extras: Collection[str], groups: Collection[str]) -> str | None:
    """The text of what is left of a marker.

    Args:
        marker: a marker of a lockfile.
        extras: the extras that are installed, by normalized name.
        groups: the dependency groups that are.

    Returns:
        None when the marker is never true with these; an empty text when it always is.
    """
    if marker is None:
        return ""
    sets = {"extras": frozenset(extras), "dependency_groups": frozenset(groups)}
    tokens = [match["mark"] or match["text"] or match["word"] for match in _TOKEN.finditer(str(marker))]
    tokens.reverse()
    left = _either(tokens, sets)
    return ("" if left else None) if isinstance(left, bool) else left[0]


# What is left of a part: whether it is true, else its text and whether an "or" stands in it at the top.
_Left = bool | tuple[str, bool]


def _either(tokens: list[str], sets: dict[str, frozenset[str]]) -> _Left:
    terms = [_both(tokens, sets)]
    while tokens and tokens[-1] == "or":
        tokens.pop()
        terms.append(_both(tokens, sets))
    if True in terms:
        return True
    texts = list(dict.fromkeys(term[0] for term in terms if not isinstance(term, bool)))
    if not texts:
        return False
    return " or ".join(texts), len(texts) > 1


def _both(tokens: list[str], sets: dict[str, frozenset[str]]) -> _Left:
    terms = [_single(tokens, sets)]
    while tokens and tokens[-1] == "and":
        tokens.pop()
        terms.append(_single(tokens, sets))
    if False in terms:
        return False
    some = list(dict.fromkeys(term for term in terms if not isinstance(term, bool)))
    if not some:
        return True
    if len(some) == 1:
        return some[0]
    return " and ".join(f"({text})" if several else text for text, several in some), False


def _single(tokens: list[str], sets: dict[str, frozenset[str]]) -> _Left:
    if tokens[-1] == "(":
        tokens.pop()
        inner = _either(tokens, sets)
        tokens.pop()
        return inner
    left, operator, right = tokens.pop(), " ".join(tokens.pop().split()), tokens.pop()
    if right in _SETS:
        inside = canonicalize_name(left.strip("\"'")) in sets[right]
        return inside == (operator == "in")
    return f"{left} {operator} {right}", False
