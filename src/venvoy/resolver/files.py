"""Which file of a candidate a target would install, and why another does not fit."""

from __future__ import annotations

from venvoy.formats import filenames
from venvoy.formats.pythons import admits
from venvoy.model.artifact import LazyArtifacts
from venvoy.resolver.wheels import Wheels, indexes
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvoy.model.artifact import Artifact, Candidate, Pythons
    from venvoy.model.target import Target
    from venvoy.resolver.policy import Policy

# Why a file does not fit. The order is that of the checks, so the last of them came closest.
NEWER = "newer"
NO_FILE = "file"
SOURCE = "source"
WHEEL = "wheel"
PLATFORM = "platform"
PYTHON = "python"


class Fit:
    """Judges files for a fixed list of targets, and remembers what it found out about tags and Pythons."""

    def __init__(self, targets: Sequence[Target], policy: Policy) -> None:
        self._targets = targets
        self._policy = policy
        self._wheels = Wheels(targets)
        self._tagged: dict[frozenset[str], int] = {}
        # By the identity of a candidate, which is kept with it.
        self._fitting: dict[int, tuple[Candidate, list[tuple[Artifact, int]], int]] = {}
        self._pythons: dict[str, int] = {}
        self._versions: dict[str, int] = {}
        families: dict[tuple[str, str], int] = {}
        for index, target in enumerate(targets):
            version = target.python_full_version
            self._versions[version] = self._versions.get(version, 0) | 1 << index
            family = target.markers["sys_platform"], target.markers["platform_machine"]
            families[family] = families.get(family, 0) | 1 << index
        self._families = tuple(families.values())
        places = [(target.platform, target.markers["python_version"]) for target in targets]
        self._lacking: dict[str, int] = {}
        for name, *place in policy.lacking:
            here = sum(1 << index for index, each in enumerate(places) if [*each] == place)
            self._lacking[name] = self._lacking.get(name, 0) | here

    def admitted(self, name: str, requires_python: str | None) -> int:
        """The mask of the targets on which a Requires-Python text is no reason against a file of a name."""
        return self.python(requires_python) | self._lacking.get(name, 0)

    def absent(self, candidate: Candidate, requires_python: str | None) -> int:
        """The targets for which a candidate with this Requires-Python has no file, and is chosen nevertheless."""
        lacking = self._lacking.get(candidate.name, 0)
        if not lacking:
            return 0
        self._placed(candidate)
        return lacking & (self._fitting[id(candidate)][2] | ~self.python(requires_python))

    def python(self, requires_python: str | None) -> int:
        """The mask of the targets whose Python a Requires-Python text admits; a broken text admits all, as in pip."""
        if not requires_python:
            return (1 << len(self._targets)) - 1
        known = self._pythons.get(requires_python)
        if known is None:
            versions = self._versions.items()
            known = sum(mask for version, mask in versions if admits(requires_python, version))
            self._pythons[requires_python] = known
        return known

    def pythons(self, candidate: Candidate) -> int:
        """The targets whose Python the files of a candidate may admit, as a glance tells: some may not be admitted."""
        told = _glance(candidate)
        if told is None:
            return (1 << len(self._targets)) - 1
        found = 0
        for text in told:
            found |= self.admitted(candidate.name, text)
        return found

    def best(self, candidate: Candidate, mask: int) -> list[tuple[Artifact, int]]:
        """The file that each target of ``mask`` would install, with disjoint masks; a target without one is in none.

        A wheel comes before an sdist, better tags before worse ones, then the higher build number (PEP 427).

        One file speaks for all whose metadata is the same: for those with the same announced hash (PEP 658), and where
        no hash is announced for all pure wheels, and for all that are for the same operating systems and machines. In
        real life the wheels of one version need different things on different platforms, but not for each Python: that
        would be a marker. The first target's file comes first.
        """
        installed = self.installed(candidate, mask)
        if len(installed) == 1:
            return installed
        spoken: dict[object, tuple[Artifact, int]] = {}
        for artifact, where in sorted(installed, key=lambda each: each[1] & -each[1]):
            same = self._same(artifact, where)
            first, known = spoken.get(same, (artifact, 0))
            spoken[same] = first, known | where
        return list(spoken.values())

    def kinds(self, candidate: Candidate) -> tuple[int, int]:
        """The targets that a wheel of a candidate fits, and those for which it would have to be built."""
        wheels = sources = 0
        for artifact, where in self._placed(candidate):
            if artifact.kind == "wheel":
                wheels |= where
            else:
                sources |= where
        return wheels, sources & ~wheels

    def reason(self, candidate: Candidate, index: int) -> str:
        """Why no file of a candidate fits target number ``index``: the reason of the file that came closest."""
        reasons = [self._refusal(candidate, artifact, index) for artifact in candidate.artifacts]
        return max(reasons, key=(NO_FILE, NEWER, SOURCE, WHEEL, PLATFORM, PYTHON).index, default=NO_FILE)

    def _refusal(self, candidate: Candidate, artifact: Artifact, index: int) -> str:
        refused = self._refused(candidate, artifact)
        if refused:
            return refused
        if artifact.kind == "wheel" and not self._tags(artifact.tags) >> index & 1:
            return PLATFORM
        return PYTHON

    def _refused(self, candidate: Candidate, artifact: Artifact) -> str:
        return refused(candidate, artifact, self._policy)

    def _same(self, artifact: Artifact, where: int) -> object:
        """What the files of a candidate have in common whose metadata is the same."""
        if artifact.metadata:
            return frozenset(artifact.metadata.items())
        if artifact.kind != "wheel":
            return artifact.filename
        if all(tag.endswith("-any") for tag in artifact.tags):
            return "any"
        return tuple(family for family in self._families if family & where)

    def installed(self, candidate: Candidate, mask: int) -> list[tuple[Artifact, int]]:
        """Every file that is the best one for some target of ``mask``, with those targets."""
        fitting: list[tuple[Artifact, int]] = []
        once = twice = source = 0
        for artifact, anywhere in self._placed(candidate):
            where = anywhere & mask
            if not where:
                continue
            fitting.append((artifact, where))
            if artifact.kind == "wheel":
                twice |= once & where
                once |= where
            else:
                twice |= source & where
                source |= where
        # Where several files fit, the best is looked for; a source distribution gives way to any wheel.
        won: dict[int, int] = {}
        for index in indexes(twice):
            # Between equals the order of a lockfile decides, not that in which an index lists its files.
            merits = sorted(self._merits(fitting, index), key=lambda each: fitting[each[-1]][0].filename)
            best = max(merits, key=lambda each: each[:-1])[-1]
            won[best] = won.get(best, 0) | 1 << index
        chosen = []
        for number, (artifact, where) in enumerate(fitting):
            where &= ~twice if artifact.kind == "wheel" else ~(twice | once)  # noqa: PLW2901 - what is left of it
            where |= won.get(number, 0)  # noqa: PLW2901
            if where:
                chosen.append((artifact, where))
        return chosen

    def _placed(self, candidate: Candidate) -> list[tuple[Artifact, int]]:
        """The files of a candidate that fit somewhere, each with the targets that it fits."""
        known = self._fitting.get(id(candidate))
        if known is None:
            found = []
            lacking = self._lacking.get(candidate.name, 0)
            for artifact in candidate.artifacts:
                where = self._tags(artifact.tags) if artifact.kind == "wheel" else -1
                where = where and where & self.python(artifact.requires_python)
                if where and not self._refused(candidate, artifact):
                    found.append((artifact, where))
                    lacking &= ~where
            if lacking:
                counting = (one for one in candidate.artifacts if not self._refused(candidate, one))
                stand_in = min(counting, key=lambda one: one.kind != "wheel", default=None)
                found += [(stand_in, lacking)] if stand_in else []
            known = self._fitting[id(candidate)] = candidate, found, lacking
        return known[1]

    def _tags(self, tags: frozenset[str]) -> int:
        """The targets that can install a wheel with these tags."""
        known = self._tagged.get(tags)
        if known is None:
            known = self._tagged[tags] = self._wheels.where(tags)
        return known

    def _merits(
        self, fitting: Sequence[tuple[Artifact, int]], index: int
    ) -> Iterator[tuple[bool, int, tuple[int, str], int]]:
        """How good each file is for one target that it fits; last comes its number."""
        for number, (artifact, where) in enumerate(fitting):
            if where >> index & 1:
                is_wheel = artifact.kind == "wheel"
                rank = self._wheels.rank(artifact.tags, index) if is_wheel else 0
                build = filenames.build(artifact.filename) if is_wheel else (0, "")
                yield is_wheel, -rank, build, number


def refused(candidate: Candidate, artifact: Artifact, policy: Policy) -> str:
    """Why a file does not count for any target; an empty text when it does."""
    newest = policy.exclude_newer
    if newest is not None and not (candidate.direct_url or candidate.pinned) and (artifact.upload_time or "~") > newest:
        return NEWER
    if artifact.yanked is not None and not is_yanked(candidate):
        return NO_FILE
    if artifact.kind != "wheel":
        return "" if candidate.pinned or policy.takes_source(candidate.name) else SOURCE
    return "" if candidate.direct_url or policy.takes_wheels(candidate.name) else WHEEL


def is_yanked(candidate: Candidate) -> bool:
    """Whether every file of a candidate is yanked (PEP 592)."""
    if _glance(candidate) is not None:
        return False
    return bool(candidate.artifacts) and all(artifact.yanked is not None for artifact in candidate.artifacts)


def _glance(candidate: Candidate) -> Pythons | None:
    """The Requires-Python of the files of a candidate; None when one is yanked, or that takes reading them."""
    files = candidate.artifacts
    if isinstance(files, LazyArtifacts):
        return files.glance()
    return None if any(file.yanked is not None for file in files) else frozenset(file.requires_python for file in files)


def choose(candidate: Candidate, target: Target, policy: Policy) -> Artifact | None:
    """The file of a candidate that a target would install, None when none fits."""
    best = Fit([target], policy).best(candidate, 1)
    return best[0][0] if best else None
