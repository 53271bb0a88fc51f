"""Requirements and bounds of versions (PEP 508, PEP 440) that are written as most are, understood without packaging.

What takes all the others apart loads for as long as a small command works. What is recognised here is certainly valid
and means what packaging finds in it, of which packaging makes its own value as soon as somebody asks for more than
stands here. Whatever is written in another way is no business of this module.
"""

from __future__ import annotations

from venvoy.model.names import is_valid
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet
    from typing_extensions import Self

    Bounds: TypeAlias = "SpecifierSet | PlainSpecifiers"

_HEAD = pattern(r"[ \t]*([A-Za-z0-9][A-Za-z0-9._-]*)[ \t]*(?:\[([^\]]*)\])?([^\]@]*)")
_BOUND = pattern(r"(>=|<=|==|!=|<|>)[ \t]*([0-9]+(?:\.[0-9]+)*)(\.\*)?|(~=)[ \t]*([0-9]+(?:\.[0-9]+)+)")
_ATOM = pattern(
    r"((?:python_full|python|implementation)_version|(?:os|implementation)_name|sys_platform"
    r"|platform_(?:machine|system|python_implementation))"
    r"""[ \t]*(<=|>=|==|!=|<|>)[ \t]*(?:"([A-Za-z0-9._-]+)"|'([A-Za-z0-9._-]+)')"""
)
_JOINED = pattern(r"[ \t]+(and|or)[ \t]+")
_RELEASE = pattern(r"[0-9]+(?:\.[0-9]+)*")


class PlainSpecifiers:
    """Bounds of versions, of which each sign comes once and which name final releases only."""

    __slots__ = ("_bounds", "_parsed")

    def __init__(self, bounds: Sequence[tuple[str, str]]) -> None:
        self._bounds = tuple(sorted(bounds, key="".join))
        self._parsed: SpecifierSet | None = None

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The bounds in a text; None when it is empty or not plain."""
        found = [_BOUND.fullmatch(part.strip(" \t")) for part in text.split(",")]
        bounds = [(one[1] or one[4], one[2] + (one[3] or "") if one[1] else one[5]) for one in found if one]
        plain = len({sign for sign, _ in bounds}) == len(found)
        return (
            cls(bounds) if plain and not any(sign[0] in "<>" and "*" in version for sign, version in bounds) else None
        )

    def parsed(self) -> SpecifierSet:
        """The same as packaging has it."""
        if self._parsed is None:
            from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - see the top

            self._parsed = SpecifierSet(str(self))
        return self._parsed

    def contains(self, version: str, *, prereleases: bool | None = None) -> bool:
        """Whether a version is within the bounds; see :meth:`packaging.specifiers.SpecifierSet.contains`."""
        if not _RELEASE.fullmatch(version):
            return self.parsed().contains(version, prereleases=prereleases)
        release = _release(version)
        return all(_meets(release, sign, bound) for sign, bound in self._bounds)

    def __str__(self) -> str:
        return ",".join(f"{sign}{version}" for sign, version in self._bounds)

    def __repr__(self) -> str:
        return f"<PlainSpecifiers({str(self)!r})>"

    def __eq__(self, other: object) -> bool:
        return self.parsed() == (other.parsed() if isinstance(other, PlainSpecifiers) else other)

    def __hash__(self) -> int:
        return hash(self.parsed())


class PlainRequirement:
    """A requirement without an address; its text is what packaging would write."""

    __slots__ = ("_parsed", "_text", "extras", "name")

    url: None = None

    def __init__(self, name: str, extras: frozenset[str], text: str) -> None:
        self.name = name
        self.extras = extras
        self._text = text
        self._parsed: Requirement | None = None

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The requirement in a text; None when it is not plain."""
        head, semicolon, condition = text.partition(";")
        found = _HEAD.fullmatch(head)
        marker = _marker(condition) if semicolon else ""
        if found is None or marker is None or not is_valid(found[1]):
            return None
        extras = frozenset() if found[2] is None else frozenset(each.strip(" \t") for each in found[2].split(","))
        bounded = found[3].strip(" \t")
        bounds = PlainSpecifiers.read(bounded) if bounded else ""
        if bounds is None or not all(map(is_valid, extras)):
            return None
        listed = f"[{','.join(sorted(extras))}]" if extras else ""
        return cls(found[1], extras, f"{found[1]}{listed}{bounds}{marker}")

    def parsed(self) -> Requirement:
        """The same as packaging has it."""
        if self._parsed is None:
            from packaging.requirements import Requirement  # noqa: PLC0415 - see the top

            self._parsed = Requirement(self._text)
        return self._parsed

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<PlainRequirement({self._text!r})>"

    def __eq__(self, other: object) -> bool:
        return self.parsed() == (other.parsed() if isinstance(other, PlainRequirement) else other)

    def __hash__(self) -> int:
        return hash(self.parsed())


def _marker(text: str) -> str | None:
    """A condition as packaging writes it behind a requirement; None when it is not plain."""
    atoms = _JOINED.split(text.strip(" \t"))
    for index in range(0, len(atoms), 2):
        found = _ATOM.fullmatch(atoms[index])
        if found is None:
            return None
        atoms[index] = f'{found[1]} {found[2]} "{found[3] or found[4]}"'
    return f"; {' '.join(atoms)}"


def _release(version: str) -> tuple[int, ...]:
    """The numbers of a version without the zeros at its end, which make no difference."""
    numbers = [int(part) for part in version.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _meets(release: tuple[int, ...], sign: str, bound: str) -> bool:
    if bound.endswith(".*"):
        return _begins(release, bound[:-2]) == (sign == "==")
    other = _release(bound)
    if sign == "~=":
        return release >= other and _begins(release, bound.rpartition(".")[0])
    return {
        ">=": release >= other,
        "<=": release <= other,
        ">": release > other,
        "<": release < other,
        "==": release == other,
        "!=": release != other,
    }[sign]


def _begins(release: tuple[int, ...], with_what: str) -> bool:
    parts = tuple(int(part) for part in with_what.split("."))
    return (*release, *[0] * len(parts))[: len(parts)] == parts
