"""Environment markers (PEP 508) as masks over the targets.

The structure of a marker is read here and evaluated on masks, so that one pass answers for every target. A single
comparison is judged by ``packaging``, once for each value that occurs among the targets.

Of the release and the build of an operating system a target knows nothing: it stands for all of them. A comparison
with one of these counts as true there. So what may be needed is locked, and is installed on every such system.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from operator import and_, or_

from venvoy.formats.marker_parts import TOKEN, VERSIONS, WORDS
from venvoy.formats.pythons import judged
from venvoy.model.names import canonicalize_name
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from packaging.markers import Marker

    from venvoy.model.requirement import Origin
    from venvoy.model.target import Target

_EXTRA = pattern(r"""\bextra\s*==\s*["']([^"']*)["']""")
_UNKNOWN = frozenset({"platform_release", "platform_version"})


class MarkerMasks:
    """Compiles markers for a fixed list of targets, and remembers them."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = targets
        self._everywhere = (1 << len(targets)) - 1
        self._known: dict[tuple[str, str], int] = {}
        self._parsed: dict[str, Callable[[str], int]] = {}
        self._groups: dict[str, dict[str, int]] = {}

    def mask(self, marker: Marker | None, extra: str = "") -> int:
        """The targets on which a marker is true when ``extra`` (normalized; empty: none) is being installed.

        Raises:
            ValueError: the marker compares what cannot be compared, or asks for what no target has.
        """
        return self._everywhere if marker is None else self.told(str(marker), extra)

    def told(self, text: str, extra: str = "") -> int:
        """The same for a marker as text; an empty one is always true.

        Raises:
            ValueError: as :meth:`mask`.
        """
        if not text:
            return self._everywhere
        key = text, extra
        known = self._known.get(key)
        if known is None:
            compiled = self._parsed.get(text)
            if compiled is None:
                compiled = self._parsed[text] = _parse(text, self._comparison)
            known = self._known[key] = compiled(extra)
        return known

    def having(self, part: Origin) -> int:
        """The targets on which a part of the project may be installed."""
        return sum(1 << index for index, target in enumerate(self._targets) if part not in target.without)

    def _comparison(self, left: str, operator: str, right: str) -> Callable[[str], int]:
        variable = right if left[0] in "\"'" else left
        if variable == "extra":
            return self._extra(left, operator, right)
        if left in WORDS and operator in {"==", "!="} and right[0] in "\"'":
            value, wanted = right[1:-1], operator == "=="
            mask = self._where(variable, lambda given: (given == value) == wanted)
        else:
            mask = self._where(variable, lambda given: _true(left, operator, right, given))
        return lambda _: mask

    def _where(self, variable: str, true: Callable[[str], bool]) -> int:
        groups = self._groups.get(variable)
        if groups is None:
            groups = self._groups[variable] = self._grouped(variable)
        found = 0
        for value, mask in groups.items():
            if (value == "" and variable in _UNKNOWN) or true(value):
                found |= mask
        return found

    def _grouped(self, variable: str) -> dict[str, int]:
        """The values that a variable has, each with its targets."""
        groups: dict[str, int] = {}
        for index, target in enumerate(self._targets):
            value = target.markers.get(variable)
            if value is None:
                raise ValueError(f"no such environment marker: {variable}")
            groups[value] = groups.get(value, 0) | 1 << index
        return groups

    def _extra(self, left: str, operator: str, right: str) -> Callable[[str], int]:
        everywhere = self._everywhere
        if operator in {"==", "!="}:
            name = canonicalize_name((left if right == "extra" else right)[1:-1])
            equal = operator == "=="
            return lambda extra: everywhere if (extra == name) == equal else 0
        from packaging.markers import Marker  # noqa: PLC0415 - 20 ms that plain comparisons save

        marker = Marker(f"{left} {operator} {right}")
        return lambda extra: everywhere if marker.evaluate({"extra": extra}) else 0


@lru_cache(maxsize=1 << 14)
def _true(left: str, operator: str, right: str, value: str) -> bool:
    """Whether a comparison is true where its variable has a value."""
    known = judged(operator + right[1:-1], value) if left in VERSIONS else None
    if known is not None:
        return known
    from packaging.markers import Marker  # noqa: PLC0415 - 20 ms that plain comparisons save

    variable = right if left[0] in "\"'" else left
    return Marker(f"{left} {operator} {right}").evaluate({variable: value, "extra": ""})


def _parse(text: str, comparison: Callable[[str, str, str], Callable[[str], int]]) -> Callable[[str], int]:
    """From an extra to a mask. Read the canonical form that ``str(Marker)`` gives: ``and`` binds closer than ``or``."""
    tokens = [match["mark"] or match["text"] or match["word"] for match in TOKEN.finditer(text)]
    tokens.reverse()

    def either() -> Callable[[str], int]:
        terms = [both()]
        while tokens and tokens[-1] == "or":
            tokens.pop()
            terms.append(both())
        return terms[0] if len(terms) == 1 else lambda extra: reduce(or_, (term(extra) for term in terms))

    def both() -> Callable[[str], int]:
        terms = [single()]
        while tokens and tokens[-1] == "and":
            tokens.pop()
            terms.append(single())
        return terms[0] if len(terms) == 1 else lambda extra: reduce(and_, (term(extra) for term in terms))

    def single() -> Callable[[str], int]:
        if tokens[-1] == "(":
            tokens.pop()
            inner = either()
            tokens.pop()
            return inner
        left, operator, right = tokens.pop(), " ".join(tokens.pop().split()), tokens.pop()
        return comparison(left, operator, right)

    return either()


@lru_cache(maxsize=1 << 14)
def concerning(texts: tuple[str, ...], extra: str) -> tuple[str, ...]:
    """The requirements that can apply with an extra, or without any, each once and in the order of their texts."""
    return tuple(text for text in sorted(set(texts)) if concerns(text, extra))


def concerns(text: str, extra: str) -> bool:
    """Whether a requirement can apply with an extra, or without any.

    Most requirements end in ``extra == "test"`` and the like; those of extras that nobody wants need not be understood.
    """
    _, semicolon, marker = text.partition(";")
    if not semicolon or "extra" not in marker:
        return not extra
    if " or " in marker:
        return True
    names = _EXTRA.findall(marker)
    return not names or extra in {canonicalize_name(name) for name in names}
