"""A lockfile's marker (PEP 751) where the extras and groups are known already: what is left of it (PEP 508)."""

from __future__ import annotations

from types import MappingProxyType

from venvoy.formats.pythons import judged
from venvoy.model.names import canonicalize_name
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from packaging.markers import Marker

TOKEN = pattern(r"""\s*(?:(?P<mark>[()])|(?P<text>"[^"]*"|'[^']*')|(?P<word>not\s+in\b|[^\s()"']+))""")
_SETS = ("extras", "dependency_groups")
VERSIONS = frozenset({"python_version", "python_full_version", "implementation_version"})
# Markers whose values are never versions: comparing two of them is no job for packaging.
WORDS = frozenset(
    {
        "implementation_name",
        "os_name",
        "platform_machine",
        "platform_python_implementation",
        "platform_system",
        "sys_platform",
    }
)


def settled(
    marker: Marker | str | None,
    extras: Collection[str],
    groups: Collection[str],
    environment: Mapping[str, str] = MappingProxyType({}),
) -> str | None:
    """The text of what is left of a marker.

    Args:
        marker: a marker of a lockfile.
        extras: the extras that are installed, by normalized name.
        groups: the dependency groups that are.
        environment: the markers of an environment (PEP 508), as far as they are known; plain comparisons with one of
            them are judged.

    Returns:
        None when the marker is never true with these; an empty text when it always is.
    """
    if marker is None:
        return ""
    known: _Known = {"extras": frozenset(extras), "dependency_groups": frozenset(groups), **environment}
    tokens = [match["mark"] or match["text"] or match["word"] for match in TOKEN.finditer(str(marker))]
    tokens.reverse()
    left = _either(tokens, known)
    return ("" if left else None) if isinstance(left, bool) else left[0]


# What is left of a part: whether it is true, else its text and whether an "or" stands in it at the top.
_Left = bool | tuple[str, bool]
# The names in the sets, and the values of markers.
_Known = dict[str, "frozenset[str] | str"]


def _either(tokens: list[str], known: _Known) -> _Left:
    terms = [_both(tokens, known)]
    while tokens and tokens[-1] == "or":
        tokens.pop()
        terms.append(_both(tokens, known))
    if True in terms:
        return True
    texts = list(dict.fromkeys(term[0] for term in terms if not isinstance(term, bool)))
    if not texts:
        return False
    return " or ".join(texts), len(texts) > 1


def _both(tokens: list[str], known: _Known) -> _Left:
    terms = [_single(tokens, known)]
    while tokens and tokens[-1] == "and":
        tokens.pop()
        terms.append(_single(tokens, known))
    if False in terms:
        return False
    some = list(dict.fromkeys(term for term in terms if not isinstance(term, bool)))
    if not some:
        return True
    if len(some) == 1:
        return some[0]
    return " and ".join(f"({text})" if several else text for text, several in some), False


def _single(tokens: list[str], known: _Known) -> _Left:
    if tokens[-1] == "(":
        tokens.pop()
        inner = _either(tokens, known)
        tokens.pop()
        return inner
    left, operator, right = tokens.pop(), " ".join(tokens.pop().split()), tokens.pop()
    if right in _SETS:
        inside = canonicalize_name(left.strip("\"'")) in known[right]
        return inside == (operator == "in")
    value = known.get(left)
    if isinstance(value, str) and right[0] in "\"'":
        if left in WORDS and operator in {"==", "!="}:
            return (value == right[1:-1]) == (operator == "==")
        true = judged(operator + right[1:-1], value) if left in VERSIONS else None
        if true is not None:
            return true
    return f"{left} {operator} {right}", False
