"""The candidates of one name as bits, and specifiers as sets of them."""

from __future__ import annotations

from bisect import bisect_left
from functools import partial, reduce
from operator import and_, le

from venvoy.formats import versions
from venvoy.resolver.files import is_yanked
from venvoy.resolver.spans import span
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from packaging.version import Version

    from venvoy.errors import Problem
    from venvoy.formats.versions import Key
    from venvoy.model.artifact import Candidate
    from venvoy.model.names import NormalizedName

ABSENT = 1
"""The bit that says that a distribution (or an extra of it) is not wanted at all."""

# So many versions are looked through for one before it is searched for.
_NEWEST = 8


class Choices:
    """What can be chosen for a name: bit *i* + 1 stands for the *i*-th oldest candidate, bit 0 for absence.

    Candidates and their files may be made on demand (an index has thousands), so only those are touched that matter:
    whether one is a pre-release or yanked is known once :meth:`look` was at it. ``problem`` is set when the name could
    not be found. The sets ``prereleases``, ``yanked`` and ``direct`` (named by URL) hold the candidates known to want a
    particular reason to be chosen. ``changes`` counts how often it has changed what may be chosen.

    Args:
        name: the name.
        offered: newest version first.
        texts: the versions of those offered as text, where that is known: to make a candidate takes longer.
        named: those known by URL; of the same version, one of the index comes first.
        problem: why nothing is known.
    """

    def __init__(
        self,
        name: NormalizedName,
        offered: Sequence[Candidate],
        named: Sequence[Candidate] = (),
        problem: Problem | None = None,
        texts: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.problem = problem
        self._newest_first = offered
        self._texts = texts if not named else ()
        self._keys: dict[int, Key] = {}
        if named:
            self._newest_first = sorted(
                (*offered, *named), key=lambda each: (each.version, not each.direct_url, each.direct_url), reverse=True
            )
        self.count = len(self._newest_first)
        self.all = ((1 << self.count) - 1) << 1
        self.prereleases = self.yanked = self.direct = 0
        for index in range(self.count if named else 0):
            if self.candidate(2 << index).direct_url:
                self.direct |= 2 << index
        self.changes = 0
        self._looked = 0
        self._admitted: dict[str, int] = {}

    def candidate(self, bit: int) -> Candidate:
        """The candidate that a single bit stands for."""
        return self._newest_first[self.count + 1 - bit.bit_length()]

    def look(self, bits: int) -> bool:
        """Find out about candidates; whether one of them turned out to want a particular reason to be chosen."""
        fresh = bits & self.all & ~self._looked
        if not fresh:
            return False
        found = False
        for bit in self.newest_first(fresh):
            self._looked |= bit
            candidate = self.candidate(bit)
            if candidate.version.is_prerelease:
                self.prereleases |= bit
                found = True
            if is_yanked(candidate):
                self.yanked |= bit
                found = True
        self.changes += found
        return found

    def only_prereleases(self, bits: int) -> bool:
        """Whether there are candidates in a set, and all of them are pre-releases."""
        keys = (self._key(bit.bit_length() - 2) for bit in self.newest_first(bits))
        return bits != 0 and not any(map(versions.is_final, keys))

    def admitted(self, specifiers: str) -> int:
        """The candidates whose version a specifier allows (as ``packaging`` writes it), pre-releases included."""
        known = self._admitted.get(specifiers)
        if known is None:
            if "," in specifiers:
                known = reduce(and_, map(self.admitted, specifiers.split(",")))
            else:
                known = self._single(specifiers) if specifiers else self.all
            self._admitted[specifiers] = known
        return known

    def _single(self, text: str) -> int:
        operator = text[: len(text) - len(text.lstrip("=<>!~"))]
        run_of = span(operator, text.removeprefix(operator))
        if run_of is None:
            from packaging.specifiers import Specifier  # noqa: PLC0415 - 10 ms that what is plain saves

            specifier = Specifier(text)
            return sum(specifier.filter(self.newest_first(self.all), prereleases=True, key=self._version))
        first = 0 if run_of.since is None else self._first(run_of.since)
        end = self.count if run_of.until is None else self._first(run_of.until)
        run = ((1 << end) - (1 << first)) << 1
        return self.all & ~run if run_of.outside else run

    def _first(self, reached: Callable[[Key], bool]) -> int:
        """The number of the oldest candidate that is beyond a point; the count when none is."""
        return bisect_left(range(self.count), x=True, key=lambda index: reached(self._key(index)))

    def _key(self, index: int) -> Key:
        """What sorts as the version of the candidate with a number does."""
        known = self._keys.get(index)
        if known is None:
            text = self._texts[self.count - 1 - index] if self._texts else str(self._version(2 << index))
            known = versions.key(text)
            assert known is not None  # noqa: S101 - what is no version has been left out
            self._keys[index] = known
        return known

    def at_url(self, url: str) -> int:
        """The candidate that a URL names."""
        return sum(bit for bit in self.newest_first(self.direct) if self.candidate(bit).direct_url == url)

    def having(self, wanted: Iterable[Version]) -> int:
        """The candidates with one of these versions."""
        found = 0
        for version in wanted:
            text = str(version)
            newest = self._texts[:_NEWEST]
            if text in newest:  # what is looked for is new, as a rule, and written as packaging writes it
                found |= 1 << self.count - newest.index(text)
                continue
            key = versions.key(text)
            assert key is not None  # noqa: S101 - it is one
            index = self._first(partial(le, key))
            while index < self.count and self._key(index) == key:
                found |= 2 << index
                index += 1
        return found

    def newest_first(self, bits: int) -> Iterator[int]:
        """The single bits of a set, absence left out."""
        bits &= ~ABSENT
        while bits:
            bit = 1 << bits.bit_length() - 1
            yield bit
            bits ^= bit

    def _version(self, bit: int) -> Version:
        return self.candidate(bit).version
