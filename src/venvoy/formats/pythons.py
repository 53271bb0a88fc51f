"""Ranges of Python 3 versions: which ones a Requires-Python admits, and where a requirement cuts them in two.

A bound is ``(minor, patch)``; a range holds the bounds from ``since`` up to, not including, ``before``. Python 2.7, the
only one of its kind that anybody still names, counts as the minor version before 3.0: -1. A marker or a
Requires-Python that is finer than a minor version (``>=3.11.5``, ``python_full_version < "3.11.4"``, but also
``<=3.11``, which 3.11.1 is not) has cuts: the bounds at which it changes its answer.
"""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import pairwise

from packaging.version import Version

from venvoy.model.plain import PlainSpecifiers
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from packaging.markers import Marker

    from venvoy.model.plain import Bounds
    from venvoy.model.target import Target

Bound = tuple[int, int]

OLDEST, NEWEST = 9, 15
"""The oldest minor version of Python 3 that is supported, and the newest known, which stands for all newer ones."""

PYTHON_2 = -1
"""The number of Python 2.7 among the minor versions of Python 3."""

_OLD = (PYTHON_2, *range(3, OLDEST))
"""The minor versions that are no longer supported, and that a Requires-Python has to name to be meant."""

# The newest release of each minor version when this was written: what speaks for a range that is open upwards, so that
# a requirement like >=3.11.5 is met there, and is then found to be finer than the range.
_LATEST = {-1: 18, 3: 7, 4: 10, 5: 10, 6: 15, 7: 17, 8: 20, 9: 25, 10: 20, 11: 15, 12: 13, 13: 11, 14: 6}
_VERSION = pattern(r"(?<![\d.])(?:3\.(\d{1,9})|2\.7)(?:\.(\d{1,9}))?(?![\d])")
_LOWER = frozenset({">=", ">", "~=", "==", "==="})
_FINE = r"(?:python_full_version|implementation_version)"
_OPERATOR = r"(?:===|==|!=|<=|>=|~=|<|>|not in|in)"
_QUOTED = r"(?:\"[^\"]*\"|'[^']*')"
_ATOM = pattern(rf"{_FINE} {_OPERATOR} {_QUOTED}|{_QUOTED} {_OPERATOR} {_FINE}")


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """The versions from ``since`` up to ``before``; None: and everything newer."""

    since: Bound
    before: Bound | None

    def __contains__(self, bound: Bound) -> bool:
        return self.since <= bound and (self.before is None or bound < self.before)

    def __str__(self) -> str:
        """``3.11`` for a whole minor version and for the newest; else ``3.11.0 to 3.11.4``, ``3.11.5 and newer``."""
        minor, patch = self.since
        if not patch and self.before in {None, (minor + 1, 0)}:
            return dotted(minor)
        if self.before is None or self.before == (minor + 1, 0):
            return f"{full(self.since)} and newer"
        last = minor, self.before[1] - 1
        return full(self.since) if last == self.since else f"{full(self.since)} to {full(last)}"

    def minors(self) -> list[int]:
        """The minor versions that it has a part of; of an open one only the first, which stands for the others."""
        last = self.before or (max(NEWEST, self.since[0]) + 1, 0)
        return list(range(self.since[0], last[0] + bool(last[1])))

    @property
    def witness(self) -> str:
        """The full version that speaks for the range: the newest known of it."""
        minor, patch = self.since
        if self.before and self.before[0] == minor:
            return full((minor, self.before[1] - 1))
        return full((minor, max(patch, _LATEST.get(minor, 0))))

    def split(self, cuts: Collection[Bound]) -> list[Range]:
        """The parts between the cuts that lie within; a cut above the newest known minor version is none."""
        inside = sorted(cut for cut in cuts if cut in self and cut != self.since and cut[0] <= NEWEST)
        edges: list[Bound | None] = [self.since, *inside, self.before]
        return [Range(low, high) for low, high in pairwise(edges) if low is not None]


def dotted(minor: int) -> str:
    """``3.11``, and ``2.7`` for Python 2."""
    return "2.7" if minor == PYTHON_2 else f"3.{minor}"


def full(bound: Bound) -> str:
    """A bound as a full version: ``3.11.4``."""
    return f"{dotted(bound[0])}.{bound[1]}"


def minor_of(version: str) -> int:
    """The number of the minor version that a version (``3.11``, ``3.11.4``) belongs to."""
    major, minor = map(int, version.split(".")[:2])
    return minor if major > 2 else PYTHON_2  # noqa: PLR2004 - Python 3


def admitted(requires_python: Bounds | None) -> list[Range]:
    """The supported Python versions that a Requires-Python admits, a range each minor version or part of one.

    The last one is open upwards when the newest known minor version is admitted and the one after it as well.
    """
    return _admitted(requires_python, range(OLDEST, NEWEST + 1))


def older(requires_python: Bounds | None) -> list[Range]:
    """The versions that are no longer supported, and that a Requires-Python admits because a bound names one of them.

    ``>=3.7`` and ``==2.7.*`` name one; ``>=3`` and ``<4`` only speak of Python 3.
    """
    for one in filter(None, str(requires_python or "").split(",")):
        version = one.lstrip("<>=!~")
        operator = one.removesuffix(version)
        release = Version(version.removesuffix(".*")).release
        if operator in _LOWER and (2, 7) <= release[:2] < (3, OLDEST) and release not in {(3,), (3, 0)}:
            return _admitted(requires_python, _OLD)
    return []


def _admitted(requires_python: Bounds | None, minors: Iterable[int]) -> list[Range]:
    def contains(version: str) -> bool:
        return requires_python is None or requires_python.contains(version)

    found: list[Range] = []
    for minor in minors:
        open_end = minor == NEWEST and contains(f"3.{NEWEST + 1}.0")
        whole = Range((minor, 0), None if open_end else (minor + 1, 0))
        parts = whole.split(cuts(str(requires_python or "")))
        found += [part for part in parts if contains(part.witness)]
    return found


def python_of(target: Target) -> Range:
    """The Python versions that a target stands for."""
    if target.since:
        return Range(target.since, target.before)
    minor = minor_of(target.markers["python_version"])
    return Range((minor, 0), (minor + 1, 0))


@lru_cache(maxsize=1 << 14)
def admits(requires_python: str, version: str) -> bool:
    """Whether a Requires-Python admits a version of Python; a broken one admits all, as in pip."""
    try:
        found = judged(requires_python, version)
        if found is not None:
            return found
        from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - 10 ms that what is plain saves

        # Each bound is asked, so that one that nobody can mean is found whatever the version.
        return False not in [one.contains(version, prereleases=True) for one in SpecifierSet(requires_python)]
    except ValueError:  # no specifier, or numbers of thousands of digits
        return True


def judged(specifiers: str, version: str) -> bool | None:
    """Whether plain specifiers admit a final release (PEP 440); None where that has to be asked of packaging."""
    plain = _plain(specifiers)
    return None if plain is None else plain.judged(version)


_plain = lru_cache(maxsize=1 << 12)(PlainSpecifiers.read)  # packaging takes ten times as long for each


@lru_cache(maxsize=1 << 12)
def cuts(requires_python: Bounds | str | None) -> frozenset[Bound]:
    """Where within a minor version a Requires-Python changes its answer; a broken one never does."""
    text = str(requires_python or "")
    return frozenset(_changes(_mentioned(text), partial(admits, text)))


def marker_cuts(marker: Marker | str | None) -> set[Bound]:
    """Where within a minor version a marker may change its answer, on CPython."""
    found: set[Bound] = set()
    for text in _ATOM.findall(str(marker or "")):
        found |= _changes(_mentioned(text), partial(_evaluate, text))
    return found


def _evaluate(atom: str, version: str) -> bool:
    """Whether a comparison with Python's full version is true where this is it."""
    _, operator, quoted = atom.split(" ", 2)
    known = None if atom[0] in "\"'" else judged(operator + quoted[1:-1], version)
    if known is not None:
        return known
    from packaging.markers import Marker  # noqa: PLC0415 - 20 ms that plain comparisons save

    return Marker(atom).evaluate({"python_full_version": version, "implementation_version": version})


def _mentioned(text: str) -> set[Bound]:
    return {(int(found[1] or PYTHON_2), int(found[2] or 0)) for found in _VERSION.finditer(text)}


def _changes(mentioned: Collection[Bound], answer: Callable[[str], bool]) -> set[Bound]:
    """The bounds at or just behind a mentioned one where the answer differs from that for the patch before."""
    candidates = {(minor, patch + step) for minor, patch in mentioned for step in (0, 1)}
    return {
        (minor, patch)
        for minor, patch in candidates
        if patch and answer(full((minor, patch - 1))) != answer(full((minor, patch)))
    }
