"""What the searches for one lockfile have read, and what that says of the targets: where they are to be divided."""

from __future__ import annotations

import re
from functools import lru_cache, reduce
from operator import or_

from venvoy.formats import pythons
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.patterns import pattern
from venvoy.resolver import asks
from venvoy.resolver import targets as all_targets
from venvoy.resolver.markers import MarkerMasks
from venvoy.resolver.wheels import Wheels
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.version import Version

    from venvoy.formats.pythons import Bound
    from venvoy.model.artifact import Artifact, Candidate, CoreMetadata
    from venvoy.model.requirement import Root
    from venvoy.model.target import Target
    from venvoy.resolver.choices import Choices
    from venvoy.resolver.provider import Provider
    from venvoy.resolver.task import Looked

_FINER = pattern(r"python_full_version|implementation_version")
# What may be true with PyPy only.
_PYPY = pattern(r"""["']pypy["']|!=\s*["']cpython["']|["']cpython["']\s*!=""", re.IGNORECASE)
# One of these stands wherever one of the two above is found.
_WORDS = ("pypy", "cpython", "python_full_version", "implementation_version")
_EXTRA = pattern(r"""\bextra\s*==\s*["']([^"']*)["']""")


class Recorder:
    """A provider in front of another one: remembers what metadata it gave, and speaks for source distributions.

    A source distribution says what it needs only when it is built, as a rule. Then the metadata of a wheel of the same
    version counts, though it may be for another target: nearly always they are the same.
    """

    def __init__(self, provider: Provider, targets: Sequence[Target]) -> None:
        self._provider = provider
        self._targets = targets
        self._wheels: Wheels | None = None
        # By the identity of a source distribution, which is kept with who speaks for it.
        self._speakers: dict[int, tuple[Artifact, Artifact]] = {}
        self._read: dict[tuple[NormalizedName, Version], dict[str, CoreMetadata]] = {}
        self.project = provider.project
        self.direct = provider.direct
        self.want = provider.want
        # What the searches find out about candidates: the same for all targets.
        self.met: dict[NormalizedName, Choices] = {}

    def metadata(self, candidate: Candidate, artifact: Artifact) -> CoreMetadata:
        """As the provider says, for a source distribution through a wheel if need be."""
        speaker = self._speaker(candidate, artifact)
        read = self._read.setdefault((candidate.name, candidate.version), {})
        found = read.get(speaker.filename)
        if found is None:
            found = read[speaker.filename] = self._provider.metadata(candidate, speaker)
        return found

    def want_metadata(self, candidate: Candidate, artifact: Artifact) -> bool:
        """Start to fetch what :meth:`metadata` will ask for; whether it has yet to come."""
        speaker = self._speaker(candidate, artifact)
        read = self._read.get((candidate.name, candidate.version), {})
        return speaker.filename not in read and self._provider.want_metadata(candidate, speaker)

    def cuts(self, chosen: Looked) -> set[Bound]:
        """Where what was chosen, with these extras, tells patch releases of Python apart."""
        found: set[Bound] = set()
        requires: set[str | None] = set()
        for candidate, extras in chosen:
            requires |= {artifact.requires_python for artifact in candidate.artifacts}
            for metadata in self._read.get((candidate.name, candidate.version), {}).values():
                requires.add(metadata.requires_python)
                found |= _marker_cuts(metadata.requires_dist, extras)
        return found.union(*map(pythons.cuts, requires))

    def marker_cuts(self) -> set[Bound]:
        """Where anything that was looked at tells patch releases of Python apart by its markers."""
        read = [metadata for files in self._read.values() for metadata in files.values()]
        return _marker_cuts(tuple(text for metadata in read for text in metadata.requires_dist), None)

    def speaks_of_pypy(self, roots: Sequence[Root], chosen: Looked, targets: Sequence[Target]) -> bool:
        """Whether something is needed with PyPy only: then what was chosen is no answer there."""
        own = (asks.of(one.written) for root in roots for one in root.dependencies)
        texts = {ask.text for ask in own if ask.marker}
        for candidate, extras in chosen:
            for metadata in self._read.get((candidate.name, candidate.version), {}).values():
                found = _speaking(_PYPY, metadata.requires_dist)
                texts.update(text for text in found if _wanted(text, extras))
        speaking = sorted(filter(_PYPY.search, texts))
        if not speaking:
            return False
        # Where CPython has no solution PyPy may have one.
        every = *targets, *self._targets
        masks = MarkerMasks((*every, *map(all_targets.with_pypy, every)))
        half = (1 << len(every)) - 1
        for text in speaking:
            try:
                marker = asks.read(text).marker
                wanted = [masks.told(marker, canonicalize_name(extra)) for extra in ("", *_EXTRA.findall(text))]
            except ValueError:
                continue
            where = reduce(or_, wanted)
            if where and not where & half:
                return True
        return False

    def _speaker(self, candidate: Candidate, artifact: Artifact) -> Artifact:
        if artifact.kind == "wheel" or artifact.metadata is not None:
            return artifact
        known = self._speakers.get(id(artifact))
        if known is None:
            known = self._speakers[id(artifact)] = artifact, self._wheel_for(candidate, artifact)
        return known[1]

    def _wheel_for(self, candidate: Candidate, artifact: Artifact) -> Artifact:
        wheels = [other for other in candidate.artifacts if other.kind == "wheel" and other.yanked is None]
        if not wheels:
            return artifact
        # What the first platform would install is most likely read anyway.
        if self._wheels is None:
            self._wheels = Wheels([one for one in self._targets if one.platform == self._targets[0].platform])
        best = self._wheels.best([wheel.tags for wheel in wheels])
        return wheels[best[min(best)]] if best else max(wheels, key=lambda wheel: wheel.filename)


@lru_cache(maxsize=1 << 14)
def _speaking(what: re.Pattern[str], texts: tuple[str, ...]) -> tuple[str, ...]:
    """The texts in which something is found; nearly always there are none, and no word of it."""
    every = "\n".join(texts).lower()
    return tuple(filter(what.search, texts)) if any(word in every for word in _WORDS) else ()


def _wanted(text: str, extras: frozenset[str]) -> bool:
    """Whether a requirement may count when these extras are wanted; with an "or" it may without them."""
    wanted = {canonicalize_name(extra) for extra in _EXTRA.findall(text)}
    return not wanted or bool(wanted & extras) or " or " in text


def _marker_cuts(requires_dist: tuple[str, ...], extras: frozenset[str] | None) -> set[Bound]:
    """The cuts of the requirements that may count when these extras are wanted; of all where it is not known which."""
    found: set[Bound] = set()
    for text in _speaking(_FINER, requires_dist):
        if extras is not None and not _wanted(text, extras):
            continue
        try:
            found |= pythons.marker_cuts(asks.read(text).marker)
        except ValueError:
            continue
    return found
