"""The environments that a resolution is for, as markers: true there, and no wider than what was looked at.

A marker names the minor Python, implementation, system and machine. It goes finer only where a requirement does: when
a comparison with ``python_full_version`` or a Requires-Python tells patch releases apart, the marker is bounded to the
patch releases for which all of them come out the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from venvoy.model.resolution import Resolution
    from venvoy.model.target import Target

_VARIABLES = ("python_version", "implementation_name", "sys_platform", "platform_machine")
_FINE = r"(?:python_full_version|implementation_version|platform_release|platform_version)"
_OPERATOR = r"(?:===|==|!=|<=|>=|~=|<|>|not in|in)"
_QUOTED = r"(?:\"[^\"]*\"|'[^']*')"
_ATOM = re.compile(rf"{_FINE} {_OPERATOR} {_QUOTED}|{_QUOTED} {_OPERATOR} {_FINE}")
_PATCHES = 60
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "in": "not in", "not in": "in"}


class Environments:
    """The markers of a resolution's targets, whole and in part."""

    __slots__ = ("_parts", "_shared")

    def __init__(self, resolution: Resolution, requirements: Iterable[Requirement]) -> None:
        """Look at everything that was, or could have been, followed.

        Args:
            resolution: the resolution, with the metadata of what it chose.
            requirements: the project's own requirements.
        """
        atoms = sorted(_atoms(resolution, requirements))
        ranges = {text for item in resolution.selected if (text := item.metadata.requires_python)}
        self._parts = [tuple(_parts(target, atoms, ranges)) for target in resolution.targets]
        shared = set(self._parts[0]).intersection(*self._parts[1:]) if self._parts else set()
        self._shared = frozenset(shared)

    def markers(self) -> list[Marker]:
        """One marker for each target, in their order."""
        return [Marker(text) for text in dict.fromkeys(" and ".join(parts) for parts in self._parts)]

    def text(self, mask: int) -> str:
        """What tells the targets in the mask from the others, as a marker's text; empty when there are no others."""
        chosen = [parts for index, parts in enumerate(self._parts) if mask >> index & 1]
        if len(chosen) == len(self._parts):
            return ""
        own = [" and ".join(part for part in parts if part not in self._shared) for parts in chosen]
        return " or ".join(own)


def _atoms(resolution: Resolution, requirements: Iterable[Requirement]) -> set[str]:
    """Every comparison of a marker with a variable that is finer than the four."""
    found: set[str] = set()

    def look(requirement: Requirement) -> None:
        found.update(_ATOM.findall(str(requirement.marker or "")))

    for requirement in requirements:
        look(requirement)
    for item in resolution.selected:
        for text in item.metadata.requires_dist:
            if re.search(_FINE, text):
                try:
                    look(Requirement(text))
                except InvalidRequirement:
                    continue
    return found


def _parts(target: Target, atoms: Sequence[str], ranges: Iterable[str]) -> Iterator[str]:
    markers = target.markers
    python, *rest = (f'{variable} == "{markers[variable]}"' for variable in _VARIABLES)
    yield python
    yield from _bounds(target, [atom for atom in atoms if "platform_" not in atom], ranges)
    yield from rest
    environment = dict(markers)
    for atom in atoms:
        if "platform_" in atom and (part := _as_it_is(Marker(atom), environment)):
            yield part


def _as_it_is(atom: Marker, environment: dict[str, str]) -> str:
    """The comparison when it is true, its opposite when it is not."""
    if atom.evaluate(environment):
        return str(atom)
    operator = re.search(rf" ({_OPERATOR}) ", re.sub(_QUOTED, lambda match: "_" * len(match[0]), str(atom)))
    if operator is None or operator[1] not in _OPPOSITE:
        return ""
    return str(atom)[: operator.start(1)] + _OPPOSITE[operator[1]] + str(atom)[operator.end(1) :]


def _bounds(target: Target, atoms: Sequence[str], ranges: Iterable[str]) -> Iterator[str]:
    """The patch releases around the target's for which every comparison comes out as it does there."""
    minor = target.markers["python_version"]
    mentions = re.compile(rf"(?<![\d.]){re.escape(minor)}(?!\d)")
    tests = [Marker(atom) for atom in atoms if mentions.search(atom)]
    sets = [_specifiers(text) for text in ranges if mentions.search(text)]
    if not tests and not sets:
        return
    version = Version(target.python_full_version.removesuffix("+"))
    releases = [Version(f"{minor}.{patch}") for patch in range(max(_PATCHES, version.micro + 2))]
    own = version.micro
    if version.is_prerelease:
        releases, own = [version, *releases], 0

    def outcome(release: Version) -> tuple[bool, ...]:
        full = str(release)
        environment = {**target.markers, "python_full_version": full, "implementation_version": full}
        return *(test.evaluate(environment) for test in tests), *(full in specifiers for specifiers in sets)

    here = outcome(releases[own])
    low = high = own
    while low > 0 and outcome(releases[low - 1]) == here:
        low -= 1
    while high + 1 < len(releases) and outcome(releases[high + 1]) == here:
        high += 1
    if low > 0:
        yield f'python_full_version >= "{releases[low]}"'
    if high + 1 < len(releases):
        yield f'python_full_version < "{releases[high + 1]}"'


def _specifiers(text: str) -> SpecifierSet:
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return SpecifierSet()
