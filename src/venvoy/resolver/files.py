"""Which file of a candidate a target would install, and why another does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvoy.model.artifact import Artifact, Candidate
    from venvoy.model.target import Target
    from venvoy.resolver.policy import Policy

# Why a file does not fit. The order is that of the checks, so the last of them came closest.
NEWER = "newer"
NO_FILE = "file"
SOURCE = "source"
PLATFORM = "platform"
PYTHON = "python"


class Fit:
    """Judges files for a fixed list of targets, and remembers what it found out about tags and Pythons."""

    def __init__(self, targets: Sequence[Target], policy: Policy) -> None:
        self._targets = targets
        self._policy = policy
        self._ranks = [{tag: rank for rank, tag in enumerate(target.tags)} for target in targets]
        self._tagged: dict[frozenset[str], tuple[tuple[int, int], ...]] = {}
        self._pythons: dict[str, int] = {}

    def python(self, requires_python: str | None) -> int:
        """The mask of the targets whose Python a Requires-Python text admits; a broken text admits all, as in pip."""
        if not requires_python:
            return (1 << len(self._targets)) - 1
        known = self._pythons.get(requires_python)
        if known is None:
            try:
                specifier = SpecifierSet(requires_python)
            except InvalidSpecifier:
                specifier = SpecifierSet()
            admitted: dict[str, bool] = {}
            known = 0
            for index, target in enumerate(self._targets):
                version = target.python_full_version
                if version not in admitted:
                    admitted[version] = specifier.contains(version, prereleases=True)
                known |= admitted[version] << index
            self._pythons[requires_python] = known
        return known

    def best(self, candidate: Candidate, mask: int) -> list[tuple[Artifact, int]]:
        """The file that each target of ``mask`` would install, with disjoint masks; a target without one is in none.

        One file stands for all whose metadata is known to be the same.
        A wheel comes before an sdist, better tags before worse ones, then the higher build number (PEP 427).
        """
        chosen: dict[int, tuple[tuple[int, int, tuple[int, str]], Artifact]] = {}
        for artifact in candidate.artifacts:
            if self._ignored(candidate, artifact):
                continue
            admitted = self.python(artifact.requires_python) & mask
            if not admitted:
                continue
            if artifact.kind == "wheel":
                build = _build(artifact.filename)
                for index, rank in self._fitting(artifact.tags, admitted):
                    _keep(chosen, index, (1, -rank, build), artifact)
            elif self._policy.allow_source:
                for index in _indexes(admitted):
                    _keep(chosen, index, (0, 0, (0, "")), artifact)
        merged: dict[object, tuple[Artifact, int]] = {}
        for index in sorted(chosen):
            artifact = chosen[index][1]
            # Wheels of one version mostly have the same metadata; an index that announces its hash (PEP 658) says so.
            same = frozenset(artifact.metadata.items()) if artifact.metadata else artifact.filename
            first, mask = merged.get(same, (artifact, 0))
            merged[same] = first, mask | 1 << index
        return list(merged.values())

    def reason(self, candidate: Candidate, index: int) -> str:
        """Why no file of a candidate fits target number ``index``: the reason of the file that came closest."""
        reasons = [self._refusal(candidate, artifact, index) for artifact in candidate.artifacts]
        return max(reasons, key=(NO_FILE, NEWER, SOURCE, PLATFORM, PYTHON).index, default=NO_FILE)

    def _refusal(self, candidate: Candidate, artifact: Artifact, index: int) -> str:
        if self._ignored(candidate, artifact):
            return NO_FILE if artifact.yanked is not None else NEWER
        if artifact.kind == "wheel" and not self._fitting(artifact.tags, 1 << index):
            return PLATFORM
        if artifact.kind != "wheel" and not self._policy.allow_source:
            return SOURCE
        return PYTHON

    def _ignored(self, candidate: Candidate, artifact: Artifact) -> bool:
        newest = self._policy.exclude_newer
        if newest is not None and not candidate.direct_url and (artifact.upload_time or "~") > newest:
            return True
        return artifact.yanked is not None and not is_yanked(candidate)

    def _fitting(self, tags: frozenset[str], mask: int) -> list[tuple[int, int]]:
        """The targets of ``mask`` that can install a wheel with these tags, each with the rank of the best tag."""
        known = self._tagged.get(tags)
        if known is None:
            found = ((index, [ranks[tag] for tag in tags if tag in ranks]) for index, ranks in enumerate(self._ranks))
            known = self._tagged[tags] = tuple((index, min(ranks)) for index, ranks in found if ranks)
        return [each for each in known if mask >> each[0] & 1]


def is_yanked(candidate: Candidate) -> bool:
    """Whether every file of a candidate is yanked (PEP 592)."""
    return bool(candidate.artifacts) and all(artifact.yanked is not None for artifact in candidate.artifacts)


def choose(candidate: Candidate, target: Target, policy: Policy) -> Artifact | None:
    """The file of a candidate that a target would install, None when none fits."""
    best = Fit([target], policy).best(candidate, 1)
    return best[0][0] if best else None


def _indexes(mask: int) -> Iterator[int]:
    """The numbers of the targets in a mask."""
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1


def _keep(
    chosen: dict[int, tuple[tuple[int, int, tuple[int, str]], Artifact]],
    index: int,
    merit: tuple[int, int, tuple[int, str]],
    artifact: Artifact,
) -> None:
    best = chosen.get(index)
    # The name decides between equals, so that the order in which an index lists its files does not.
    if best is None or (merit, artifact.filename) > (best[0], best[1].filename):
        chosen[index] = merit, artifact


def _build(filename: str) -> tuple[int, str]:
    """A wheel's build tag (PEP 427), split into its number and the rest; an absent one sorts first."""
    parts = filename.removesuffix(".whl").split("-")
    if len(parts) != 6:  # noqa: PLR2004 - name, version, build, python, abi, platform
        return (-1, "")
    rest = parts[2].lstrip("0123456789")
    digits = parts[2][: len(parts[2]) - len(rest)]
    return (int(digits or 0), rest)
