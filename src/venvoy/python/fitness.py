"""Which pip fits which Python: from Requires-Python as the index declares it, and from runs that were measured.

Both stand in ``pip_python_matrix.json``: what each release of pip declares, and how fifty of them fared on nine Pythons
(``--version``, ``list``, an install of a local wheel). A release that was not run is judged by its measured neighbours
when both agree, else by what it declares. A Python newer than the measured ones is judged by the newest of those: what
was taken out of the standard library does not come back.
"""

from __future__ import annotations

import json
import os
import re
from bisect import bisect_left
from enum import Enum

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FILE = os.path.join(os.path.dirname(__file__), "pip_python_matrix.json")
# Older ones take no manylinux2014 wheel, and so silently take old releases; or read "3.10" as 3.1 and see no wheel.
_MANYLINUX_2014, _TWO_DIGITS = Version("19.3"), Version("20.3")


class Fit(Enum):
    """How a pip and a Python go together; the value is the word that people see."""

    FITS = "fits"
    OLD = "old"
    TOO_OLD = "too old"
    TOO_NEW = "too new"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a pip fits a Python, and why it does not: words, and the error that it ends in, if that is known."""

    fit: Fit
    why: str = ""

    @property
    def works(self) -> bool:
        """Whether this pip can be used with this Python, if only with restrictions."""
        return self.fit in (Fit.FITS, Fit.OLD)


@dataclass(frozen=True, slots=True)
class Span:
    """The pips that a Python can run: the oldest and the newest, and those between them that do not work."""

    oldest: str
    newest: str
    broken: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.oldest} to {self.newest}" + (f", not {' or '.join(self.broken)}" if self.broken else "")


@dataclass(frozen=True, slots=True)
class Matrix:
    """The releases of pip with their Requires-Python, and what was measured.

    ``runs`` maps a minor version of Python to the error, empty for none, of each pip that was run on it.
    """

    declared: Mapping[Version, SpecifierSet] = field(hash=False)
    yanked: frozenset[Version]
    runs: Mapping[str, Mapping[Version, str]] = field(hash=False)

    def extended(self, releases: Iterable[tuple[str, str, bool]]) -> Matrix:
        """The same with further releases: version, Requires-Python, and whether it was yanked."""
        declared, yanked = dict(self.declared), set(self.yanked)
        for text, requires, is_yanked in releases:
            version = Version(text)
            declared[version] = _specifiers(requires)
            if is_yanked:
                yanked.add(version)
        return Matrix(declared, frozenset(yanked), self.runs)

    def judge(self, pip: str, python: str) -> Verdict:
        """Say how a pip fits a Python, whose version may be the full one (``3.13.0``) or the first two numbers."""
        try:
            version = Version(pip)
        except InvalidVersion:
            return Verdict(Fit.TOO_OLD, f"{pip!r} is no version of pip.")
        requires = self._requires(version)
        measured = self._error(version, python)
        if not requires.contains(python, prereleases=True):
            why = f"pip {pip} is for Python {requires}"
            return Verdict(Fit.TOO_NEW, why + (f"; on this one it ends in {_short(measured)}" if measured else ""))
        if measured:
            return Verdict(Fit.TOO_OLD, f"On Python {_minor(python)} it ends in {_short(measured)}")
        if version < _TWO_DIGITS and _numbers(python) >= (3, 10):
            return Verdict(Fit.OLD, "It does not see the wheels made for this Python")
        if version < _MANYLINUX_2014:
            return Verdict(Fit.OLD, "It knows no newer wheels for Linux, and takes old releases instead")
        return Verdict(Fit.FITS)

    def span(self, python: str) -> Span | None:
        """The pips that a Python can run, final versions only; None when none is known."""
        finals = sorted(version for version in self.declared if not version.is_prerelease)
        known = [one for one in finals if self.judge(str(one), python).works and self._is_known(one, python)]
        if not known:
            return None
        oldest, newest = known[0], known[-1]
        measured = self._measured(python)
        broken = [one for one in finals if oldest < one < newest and measured.get(one)]
        return Span(str(oldest), str(newest), tuple(map(str, broken)))

    def best(self, python: str, among: Iterable[str] | None = None) -> str:
        """The newest pip, of some or of all, that fits a Python and was not yanked; empty when there is none."""
        versions = sorted(self.declared if among is None else map(Version, among), reverse=True)
        finals = [str(one) for one in versions if not one.is_prerelease and one not in self.yanked]
        judged = ((one, self.judge(one, python)) for one in finals)
        working = [(one, verdict.fit) for one, verdict in judged if verdict.works]
        return next((one for one, fit in working if fit is Fit.FITS), working[0][0] if working else "")

    def _requires(self, version: Version) -> SpecifierSet:
        if version in self.declared:
            return self.declared[version]
        # not released when the table was written, or taken off the index: what the one before it declared
        known = sorted(self.declared)
        at = bisect_left(known, version)
        return self.declared[known[at - 1]] if at else SpecifierSet()

    def _measured(self, python: str) -> Mapping[Version, str]:
        numbers, minor = _numbers(python), _minor(python)
        if minor in self.runs:
            return self.runs[minor]
        newest = max(self.runs, key=_numbers)
        return self.runs[newest] if numbers > _numbers(newest) else {}

    def _error(self, version: Version, python: str) -> str:
        """The error that a pip ends in on a Python, measured or inferred from its neighbours; empty for none."""
        runs = self._measured(python)
        if version in runs:
            return runs[version]
        around = self._neighbours(version, python)
        return around[0] if around and all(around) else ""

    def _neighbours(self, version: Version, python: str) -> list[str]:
        runs = self._measured(python)
        known = sorted(runs)
        at = bisect_left(known, version)
        return [runs[one] for one in known[max(0, at - 1) : at + 1]]

    def _is_known(self, version: Version, python: str) -> bool:
        runs = self._measured(python)
        if not runs or version in runs:
            return True
        return version > min(runs) and not any(self._neighbours(version, python))


def load() -> Matrix:
    """Read the table that venvoy brings along."""
    with open(_FILE, encoding="utf-8") as file:
        data = json.load(file)
    runs: dict[str, dict[Version, str]] = {}
    for pip, outcomes in data["runs"].items():
        for python, outcome in outcomes.items():
            runs.setdefault(_minor(python), {})[Version(pip)] = "" if outcome == "ok" else outcome
    texts = {release["rp"] or "" for release in data["requires_python"].values()}
    specifiers = {text: _specifiers(text) for text in texts}
    declared = {Version(version): specifiers[one["rp"] or ""] for version, one in data["requires_python"].items()}
    yanked = {Version(version) for version, release in data["requires_python"].items() if release["yanked"]}
    return Matrix(declared, frozenset(yanked), runs)


def _specifiers(text: str) -> SpecifierSet:
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return SpecifierSet()


def _numbers(python: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", python)[:2])


def _minor(python: str) -> str:
    return ".".join(map(str, _numbers(python)))


def _short(error: str) -> str:
    """The error without the step that it was met in, and without the advice of newer Pythons."""
    text = re.sub(r" \(…[^)]*\)", "", error.partition(": ")[2])
    return re.sub(r"\. Did you mean.*$", "", text)
