"""The candidates of one name as bits, and specifiers as sets of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvoy.resolver.files import is_yanked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from packaging.specifiers import SpecifierSet
    from packaging.utils import NormalizedName
    from packaging.version import Version

    from venvoy.errors import Problem
    from venvoy.model.artifact import Candidate

ABSENT = 1
"""The bit that says that a distribution (or an extra of it) is not wanted at all."""


class Choices:
    """What can be chosen for a name: bit *i* + 1 stands for ``candidates[i]`` (oldest first), bit 0 for absence.

    ``problem`` is set when the name could not be found. The sets ``prereleases``, ``yanked`` and ``direct`` (named by
    URL) hold the candidates that want a particular reason to be chosen.
    """

    def __init__(self, name: NormalizedName, candidates: Iterable[Candidate], problem: Problem | None = None) -> None:
        self.name = name
        # A candidate of the index comes after one named by URL with the same version.
        self.candidates: Sequence[Candidate] = sorted(
            candidates, key=lambda candidate: (candidate.version, not candidate.direct_url, candidate.direct_url)
        )
        self.problem = problem
        self.all = ((1 << len(self.candidates)) - 1) << 1
        self.prereleases = self._where(candidate.version.is_prerelease for candidate in self.candidates)
        self.yanked = self._where(is_yanked(candidate) for candidate in self.candidates)
        self.direct = self._where(bool(candidate.direct_url) for candidate in self.candidates)
        self._admitted: dict[str, int] = {}

    def admitted(self, specifier: SpecifierSet) -> int:
        """The candidates whose version a specifier allows, pre-releases included."""
        text = str(specifier)
        if not text:
            return self.all
        known = self._admitted.get(text)
        if known is None:
            bits = specifier.filter(
                range(len(self.candidates)), prereleases=True, key=lambda index: self.candidates[index].version
            )
            known = self._admitted[text] = sum(2 << index for index in bits)
        return known

    def at_url(self, url: str) -> int:
        """The candidate that a URL names."""
        return self._where(candidate.direct_url == url for candidate in self.candidates)

    def having(self, versions: Iterable[Version]) -> int:
        """The candidates with one of these versions."""
        wanted = set(versions)
        return self._where(candidate.version in wanted for candidate in self.candidates)

    def candidate(self, bit: int) -> Candidate:
        """The candidate that a single bit stands for."""
        return self.candidates[bit.bit_length() - 2]

    def newest_first(self, bits: int) -> Iterator[int]:
        """The single bits of a set, absence left out."""
        bits &= ~ABSENT
        while bits:
            bit = 1 << bits.bit_length() - 1
            yield bit
            bits ^= bit

    def _where(self, flags: Iterable[bool]) -> int:
        return sum(2 << index for index, flag in enumerate(flags) if flag)


def names_prerelease(specifier: SpecifierSet) -> bool:
    """Whether a specifier itself speaks of a pre-release (PEP 440)."""
    return bool(specifier.prereleases)


def pins(specifier: SpecifierSet) -> bool:
    """Whether a specifier names one version exactly: ``==1.2`` or ``===1.2``, not ``==1.*`` (PEP 592)."""
    return any(
        single.operator == "===" or (single.operator == "==" and not single.version.endswith(".*"))
        for single in specifier
    )
