"""Requirements and bounds of versions (PEP 508, PEP 440) that are written as most are, understood without packaging.

What takes all the others apart loads for as long as a small command works. What is recognised here is certainly valid
and means what packaging finds in it, of which packaging makes its own value as soon as somebody asks for more than
stands here. Whatever is written in another way is no business of this module.
"""

from __future__ import annotations

from operator import eq, ge, gt, le, lt, ne

from venvoy.model.names import is_valid
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeAlias

    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet
    from typing_extensions import Self

    Bounds: TypeAlias = "SpecifierSet | PlainSpecifiers"

_HEAD = pattern(r"[ \t]*([A-Za-z0-9][A-Za-z0-9._-]*)[ \t]*(?:\[([^\]]*)\])?([^\]@]*)")
# Numbers of thousands of digits are nothing that Python makes an int of.
_RELEASE = r"[0-9]{1,9}(?:\.[0-9]{1,9})*"
_BOUND = pattern(rf"(>=|<=|==|!=|<|>|~=)[ \t]*({_RELEASE})(\.\*)?")
_FINAL = pattern(_RELEASE)
_COMPARISONS = {">=": ge, "<=": le, "==": eq, "!=": ne, "~=": ge, "<": lt, ">": gt}
_ATOM = pattern(
    r"((?:python_full|python|implementation)_version|(?:os|implementation)_name|sys_platform"
    r"|platform_(?:machine|system|python_implementation))"
    r"""[ \t]*(<=|>=|==|!=|<|>)[ \t]*(?:"([A-Za-z0-9._-]+)"|'([A-Za-z0-9._-]+)')"""
    r"""|(extra)[ \t]*(==|!=)[ \t]*(?:"([a-z0-9]+(?:-[a-z0-9]+)*)"|'([a-z0-9]+(?:-[a-z0-9]+)*)')"""
)
_JOINED = pattern(r"[ \t]+(and|or)[ \t]+")


class PlainSpecifiers:
    """Bounds of versions that name final releases only, none of them twice."""

    __slots__ = ("_bounds", "_parsed", "_text")

    def __init__(self, text: str, bounds: tuple[tuple[str, tuple[int, ...]], ...]) -> None:
        self._text = text
        self._bounds = bounds
        self._parsed: SpecifierSet | None = None

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The bounds in a text; None when it is empty or not plain."""
        texts: list[str] = []
        bounds: list[tuple[str, tuple[int, ...]]] = []
        for part in text.split(","):
            found = _BOUND.fullmatch(part.strip(" \t"))
            if found is None:
                return None
            sign, release, star = found.groups("")
            numbers = _numbers(release)
            if (star and sign not in {"==", "!="}) or (sign == "~=" and len(numbers) == 1):
                return None
            texts.append(f"{sign}{release}{star}")
            bounds.append((sign + star, numbers))
        distinct = {(sign, _trimmed(numbers)) for sign, numbers in bounds}
        return cls(",".join(sorted(texts)), tuple(bounds)) if len(distinct) == len(bounds) else None

    def parsed(self) -> SpecifierSet:
        """The same as packaging has it."""
        if self._parsed is None:
            from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - see the top

            self._parsed = SpecifierSet(str(self))
        return self._parsed

    def judged(self, version: str) -> bool | None:
        """Whether a final release is within the bounds; None for any other version."""
        if not _FINAL.fullmatch(version):
            return None
        numbers = _numbers(version)
        return all(_meets(numbers, sign, bound) for sign, bound in self._bounds)

    def contains(self, version: str, *, prereleases: bool | None = None) -> bool:
        """Whether a version is within the bounds; see :meth:`packaging.specifiers.SpecifierSet.contains`."""
        found = self.judged(version)
        return self.parsed().contains(version, prereleases=prereleases) if found is None else found

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<PlainSpecifiers({str(self)!r})>"

    def __eq__(self, other: object) -> bool:
        return self.parsed() == (other.parsed() if isinstance(other, PlainSpecifiers) else other)

    def __hash__(self) -> int:
        return hash(self.parsed())


class PlainRequirement:
    """A requirement without an address; its text, and the bounds and the condition in it, are what packaging writes."""

    __slots__ = ("_parsed", "_text", "bounds", "condition", "extras", "name")

    url: None = None

    def __init__(self, name: str, extras: frozenset[str], bounds: str, condition: str) -> None:
        self.name = name
        self.extras = extras
        self.bounds = bounds
        self.condition = condition
        listed = f"[{','.join(sorted(extras))}]" if extras else ""
        self._text = f"{name}{listed}{bounds}{'; ' * bool(condition)}{condition}"
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
        if bounded.startswith("(") and bounded.endswith(")"):  # as it was usual once
            bounded = bounded[1:-1].strip(" \t") or "()"
        bounds = PlainSpecifiers.read(bounded) if bounded else ""
        if bounds is None or not all(map(is_valid, extras)):
            return None
        return cls(found[1], extras, str(bounds), marker)

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
    """A condition as packaging writes it; None when it is not plain: several parts may be joined by parentheses."""
    atoms = _JOINED.split(text.strip(" \t"))
    is_open, groups = False, 0
    for index in range(0, len(atoms), 2):
        atom = atoms[index]
        opens, closes = "(" * atom.startswith("("), ")" * atom.endswith(")")
        found = _ATOM.fullmatch(atom[len(opens) : len(atom) - len(closes)].strip(" \t"))
        if found is None or (opens and (closes or is_open)) or (closes and not is_open):
            return None
        groups += bool(closes)
        is_open = bool(opens) or (is_open and not closes)
        name, sign, *values = filter(None, found.groups())
        atoms[index] = f'{opens}{name} {sign} "{values[0]}"{closes}'
    whole = " ".join(atoms)
    return None if is_open or (groups == 1 and whole.startswith("(") and whole.endswith(")")) else whole


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))


def _trimmed(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Without the zeros at the end, which make no difference."""
    length = len(numbers)
    while length and not numbers[length - 1]:
        length -= 1
    return numbers[:length]


def _meets(version: tuple[int, ...], sign: str, bound: tuple[int, ...]) -> bool:
    """Whether a final release is what a bound admits (PEP 440)."""
    size = len(bound)
    if sign.endswith("*"):
        return ((*version, *[0] * size)[:size] == bound) == (sign == "==.*")
    if sign == "~=" and (*version, *[0] * size)[: size - 1] != bound[:-1]:
        return False
    return bool(_COMPARISONS[sign](_trimmed(version), _trimmed(bound)))
