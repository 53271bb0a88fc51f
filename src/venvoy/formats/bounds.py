"""Bounds of versions, moved so that a version which they shut out is let in."""

from __future__ import annotations

from packaging.specifiers import SpecifierSet

from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.requirements import Requirement
    from packaging.specifiers import Specifier
    from packaging.version import Version

# Lower bounds are read before upper ones.
_ORDER = ("===", "==", "~=", ">=", ">", "!=", "<=", "<")


def admitting(specifiers: SpecifierSet, versions: Iterable[Version]) -> SpecifierSet:
    """The specifiers with each one that shuts a version out moved just far enough, in its own style.

    An upper bound ``<2`` becomes ``<3`` for version 2.1, ``==1.4`` becomes ``==1.5``, ``!=1.5`` goes.
    """
    for version in sorted(versions):
        parts = [str(one) if one.contains(version, prereleases=True) else _moved(one, version) for one in specifiers]
        specifiers = SpecifierSet(",".join(filter(None, parts)))
    return specifiers


def open_above(specifiers: SpecifierSet) -> SpecifierSet:
    """The specifiers without what keeps newer versions out: lower bounds and exclusions stay."""
    kept = [str(one) for one in specifiers if one.operator in {">=", ">", "!="}]
    floors = [one.version.removesuffix(".*").split("+")[0] for one in specifiers if one.operator in {"==", "~="}]
    return SpecifierSet(",".join((*kept, *(f">={version}" for version in floors))))


def written(requirement: Requirement, specifiers: SpecifierSet, *, marker: bool = True) -> str:
    """A requirement with other bounds, as a person would write it: lower bounds first; its marker may be left out."""
    ordered = sorted(specifiers, key=_place)
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    end = f"; {requirement.marker}" if requirement.marker and marker else ""
    address = f" @ {requirement.url}{' ' * bool(end)}" if requirement.url else ""
    return f"{requirement.name}{extras}{address}{','.join(map(str, ordered))}{end}"


def ordered(specifiers: str) -> str:
    """Specifiers as a person would write them: lower bounds first."""
    return ",".join(map(str, sorted(SpecifierSet(specifiers), key=_place)))


def _place(one: Specifier) -> tuple[int, str]:
    return _ORDER.index(one.operator), one.version


def _moved(one: Specifier, version: Version) -> str:
    bound = one.version.removesuffix(".*")
    width = len(bound.split("!")[-1].split("."))
    if (one.operator in {"<=", "=="} and one.version == bound) or one.operator == "===":
        return f"{one.operator}{version.public}"
    if one.operator in {">", ">="}:
        return f">={version.public}"
    if one.operator == "==":
        return f"=={_cut(version, width)}.*"
    if one.operator == "~=":
        return f"~={_cut(version, width)}"
    if one.operator == "<":
        digits = bound.split(".")
        while len(digits) > 1 and digits[-1] == "0":
            digits.pop()
        return f"<{_cut(version, len(digits), bump=1)}"
    return ""


def _cut(version: Version, width: int, bump: int = 0) -> str:
    numbers = [*version.release, *([0] * width)][:width]
    numbers[-1] += bump
    return f"{version.epoch}!" * bool(version.epoch) + ".".join(map(str, numbers))
