"""Resolve for all targets at once: split a target where a requirement is finer than it, leave out what has no answer.

The targets are given coarse, a Python minor version each. What is chosen may tell patch releases apart
(``python_full_version < "3.11.4"``, Requires-Python ``>=3.11.5``); then those targets are divided there, and it is
resolved once more, with what was chosen tried first, until nothing finer turns up. Where a target has no solution, the
others go on without it, unless it is required.

Some targets come after all others, so that they have no say in what those get: Pythons that are no longer supported,
and PyPy, for which a lockfile is as well when something that was chosen needs something on PyPy only.
"""

from __future__ import annotations

from operator import attrgetter
from types import MappingProxyType

from venvoy.errors import Problem
from venvoy.events import Silent
from venvoy.formats import pythons
from venvoy.model.resolution import Resolution
from venvoy.operations.resolving.recorder import Recorder
from venvoy.resolver import asks
from venvoy.resolver import targets as all_targets
from venvoy.resolver.files import Fit, is_yanked
from venvoy.resolver.no_solution import NoSolution
from venvoy.resolver.solve import Contested, resolve
from venvoy.resolver.wheels import indexes
from venvoy.resolver.words import listed
from venvoy.values import TYPE_CHECKING, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from packaging.version import Version

    from venvoy.events import Reporter
    from venvoy.formats.pythons import Bound
    from venvoy.model.artifact import Candidate
    from venvoy.model.names import NormalizedName
    from venvoy.model.requirement import Origin, Root
    from venvoy.model.resolution import Edge, Selected
    from venvoy.model.target import Target
    from venvoy.resolver.policy import Policy
    from venvoy.resolver.provider import Provider
    from venvoy.resolver.task import Fork, Looked

    # A name, and the platform and the minor version of Python where it has no file.
    Lacking: TypeAlias = tuple[NormalizedName, str, str]
    Required: TypeAlias = Callable[[Target, Sequence[Target]], bool]

# An edge without its targets.
_BARE = attrgetter("parent", "parent_version", "requirement", "child", "extras")
# What nobody asked for may not take long.
_CONFLICTS = 200


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Targets for which there is no solution, and why."""

    targets: tuple[Target, ...]
    problem: Problem


@dataclass(frozen=True, slots=True)
class Everywhere:
    """A resolution for every target that has one, and the others."""

    resolution: Resolution
    left_out: tuple[LeftOut, ...]


def resolve_everywhere(  # noqa: PLR0913 - what to resolve, for which targets, with what and how
    roots: Sequence[Root],
    targets: Sequence[Target],
    provider: Provider,
    *,
    required: Required,
    policy: Policy,
    preferences: Mapping[NormalizedName, Sequence[Version]],
    reporter: Reporter,
    here: Target | None = None,
    implied: Callable[[], Sequence[Target]] = tuple,
    conflicts: Sequence[frozenset[Origin]] = (),
    forks: Mapping[NormalizedName, Sequence[Fork]] = MappingProxyType({}),
    divisions: Collection[Bound] = (),
    spoken: bool = False,
) -> Everywhere:
    """Choose versions for every target that has a solution.

    Args:
        roots: the project's parts with their requirements.
        targets: where the answer shall work; two with the same markers get the same answer.
        provider: where projects and metadata come from.
        required: tells of a target whether it must not be left out, when these others stay.
        policy: how to choose.
        preferences: versions to be tried first, by name.
        reporter: hears of every decision.
        here: the interpreter at hand; when it has no solution either, that is told of it alone, in fewer words.
        implied: gives the targets with PyPy that count when something that was chosen speaks of them.
        conflicts: sets of parts of the project of which no two go together.
        forks: of those the names that have several, with the targets that each version is for.
        divisions: where targets had to be divided the last time; that spares a resolution where they have to be again.
        spoken: whether something spoke of PyPy the last time; that spares another one.

    Raises:
        NoSolution: a required target has none.
        Problem: whatever :func:`venvoy.resolver.solve.resolve` raises.
    """
    recorder = Recorder(provider, targets)
    usual = [target for target in targets if not all_targets.is_old(target)]
    old = [target for target in targets if target not in usual]
    found = Everywhere(Resolution((), (), ()), ())
    for batch in (usual, old):
        if batch:
            # Where there are others in between, those with PyPy have to wait.
            last = tuple if old else implied
            cuts = frozenset(divisions)
            run = _Run(roots, recorder, policy, reporter, required, here, conflicts, forks, cuts, last, spoken)
            found = _joined(found, run.everywhere(batch, chosen(found.resolution, preferences)))
    if _is_pypy(found.resolution):
        return found
    taken = _taken(found.resolution)
    wanted = recorder.speaks_of_pypy(roots, taken, found.resolution.targets)
    # What divides the others divides these too, as a rule: one resolution less.
    pypy = all_targets.split(implied(), recorder.cuts(taken)) if wanted else ()
    if pypy:
        brief = replace(policy, conflicts=_CONFLICTS, optional=frozenset())
        run = _Run(roots, recorder, brief, Silent(), lambda *_: False, None, conflicts, forks, frozenset())
        try:
            found = _joined(found, replace(run.everywhere(pypy, chosen(found.resolution, preferences)), left_out=()))
        except NoSolution:
            return found
    return found


@dataclass(frozen=True, slots=True)
class _Run:
    """What to resolve and how; the targets and what to try first come with each batch of targets."""

    roots: Sequence[Root]
    recorder: Recorder
    policy: Policy
    reporter: Reporter
    required: Required
    here: Target | None
    conflicts: Sequence[frozenset[Origin]]
    forks: Mapping[NormalizedName, Sequence[Fork]]
    divisions: frozenset[Bound]
    implied: Callable[[], Sequence[Target]] = tuple
    spoken: bool = False

    def everywhere(
        self, targets: Sequence[Target], preferences: Mapping[NormalizedName, Sequence[Version]]
    ) -> Everywhere:
        asked = [one.written for root in self.roots for one in root.dependencies]
        cuts = {
            cut
            for one in (*asked, *self.policy.constraints, *self.policy.overrides)
            for cut in pythons.marker_cuts(asks.of(one).marker)
        }
        left = self._divided(targets, cuts)
        found = self._as_before(left, cuts, preferences)
        if found:
            return found
        left_out: list[LeftOut] = []
        policy = self.policy
        while True:
            try:
                resolution = self._sound(left, policy, preferences)
            except NoSolution as problem:
                failed = tuple(target for target in left if target.label in problem.targets)
                finer = self._finer(left, failed, problem, preferences)
                further = (finer, policy) if finer else (left, self._spared(left, problem, policy, preferences))
                if further != (left, policy):
                    left, policy = further
                    continue
                staying = [target for target in left if target not in failed]
                missed = any(self.required(target, staying) for target in failed)
                if len(failed) in {0, len(left)} or missed or _senseless(problem, left):
                    if self.here:
                        self._resolve(all_targets.divided([self.here], self.conflicts), self.policy, {})
                    raise
                left_out.append(LeftOut(all_targets.whole(failed), problem))
                left = staying
                continue
            preferences = chosen(resolution, preferences)
            taken = _taken(resolution)
            needed = self.recorder.cuts(taken)
            divided = all_targets.split(left, needed)
            unlike = _unlike(resolution) if divided == left else None
            if unlike:
                left_out.append(_inseparable(*unlike, self.required))
                gone = {target.label for target in left_out[-1].targets}
                left = [target for target in left if target.label not in gone]
            elif divided == left:
                _tell(resolution, policy, self.reporter)
                return Everywhere(resolution, tuple(left_out))
            else:
                speaks = self.recorder.speaks_of_pypy(self.roots, taken, left)
                pypy = self._divided(self.implied(), cuts | needed) if speaks else []
                found = self._at_once(left, divided, pypy, preferences) if pypy else None
                if found:
                    return replace(found, left_out=tuple(left_out))
                left = divided

    def _finer(
        self,
        left: Sequence[Target],
        failed: Sequence[Target],
        problem: NoSolution,
        preferences: Mapping[NormalizedName, Sequence[Version]],
    ) -> list[Target]:
        """The targets divided where something starts or stops to fit or to be needed; none where that is no help.

        A target is judged by its newest patch release: ``<=3.12`` fits 3.12.0 only, ``!=3.9.7`` all but one.
        """
        if problem.knowledge is None:
            return []
        refused = map(pythons.cuts, problem.knowledge.refused())
        cuts = self.recorder.marker_cuts().union(self.divisions, *refused)
        parts = {part.label for part in all_targets.split(failed, cuts)}
        if len(parts) == len({target.label for target in failed}):
            return []
        finer = all_targets.split(left, cuts)
        try:
            self._resolve(finer, self.policy, preferences)
        except NoSolution as other:
            return finer if parts - set(other.targets) else []
        return finer

    def _sound(
        self, left: Sequence[Target], policy: Policy, preferences: Mapping[NormalizedName, Sequence[Version]]
    ) -> Resolution:
        """An answer in which nothing lacks files but what only optional parts need."""
        resolution = self._resolve(left, policy, preferences)
        needed = _needed_anyway(resolution, policy)
        if not needed:
            return resolution
        return self._sound(left, replace(policy, lacking=policy.lacking - needed), preferences)

    def _spared(
        self,
        left: Sequence[Target],
        problem: NoSolution,
        policy: Policy,
        preferences: Mapping[NormalizedName, Sequence[Version]],
    ) -> Policy:
        """The policy with what may lack files as only optional parts need it; the same one where that is no help."""
        start, anyway = policy, frozenset[object]()
        while policy.optional:
            lacking = frozenset(_lacking(problem, left)) - policy.lacking - anyway
            if not lacking:
                break
            tried = replace(policy, lacking=policy.lacking | lacking)
            try:
                resolution = self._resolve(left, tried, preferences)
            except NoSolution as other:
                policy, problem = tried, other
                continue
            needed = _needed_anyway(resolution, tried)
            policy, anyway = replace(tried, lacking=tried.lacking - needed), anyway | needed
            if not needed:
                break
        return policy if policy.lacking > start.lacking else start

    def _divided(self, targets: Sequence[Target], cuts: Collection[Bound]) -> list[Target]:
        return all_targets.divided(all_targets.split(targets, cuts), self.conflicts)

    def _as_before(
        self, left: list[Target], cuts: set[Bound], preferences: Mapping[NormalizedName, Sequence[Version]]
    ) -> Everywhere | None:
        """The answer for targets that are divided as the last time, None where they are to be divided otherwise."""
        divided = all_targets.split(left, self.divisions)
        pypy = self._divided(self.implied(), cuts | self.divisions) if self.spoken else []
        found = self._at_once(left, divided, pypy, preferences) if pypy else None
        return found or (self._at_once(left, divided, [], preferences) if divided != left else None)

    def _at_once(
        self,
        left: list[Target],
        divided: list[Target],
        pypy: list[Target],
        preferences: Mapping[NormalizedName, Sequence[Version]],
    ) -> Everywhere | None:
        """The answer for targets that are divided already, and for PyPy; None where it has to be found otherwise."""
        usual = (1 << len(divided)) - 1
        silent = ((1 << len(pypy)) - 1) << len(divided)
        try:
            resolution = self._resolve([*divided, *pypy], self.policy, preferences, silent)
        except (Contested, NoSolution):
            return None  # that is told of targets as they come
        taken = _taken(resolution, usual)
        fitting = all_targets.split(left, self.recorder.cuts(taken)) == divided and not _unlike(resolution)
        if fitting and pypy:
            finer = all_targets.split(pypy, self.recorder.cuts(_taken(resolution))) != pypy
            fitting = not finer and self.recorder.speaks_of_pypy(self.roots, taken, divided)
        return Everywhere(resolution, ()) if fitting else None

    def _resolve(
        self,
        targets: Sequence[Target],
        policy: Policy,
        preferences: Mapping[NormalizedName, Sequence[Version]],
        silent: int = 0,
    ) -> Resolution:
        return resolve(
            self.roots,
            targets,
            self.recorder,
            policy=policy,
            preferences=preferences,
            forks=self.forks,
            reporter=self.reporter,
            met=self.recorder.met,
            silent=silent,
        )


def _lacking(problem: NoSolution, targets: Sequence[Target]) -> Iterator[Lacking]:
    """The names of which there is no file that fits, each with where that is."""
    for target in targets:
        for name in problem.unfit if target.label in problem.targets else ():
            yield name, target.platform, target.markers["python_version"]


def _stood_in(resolution: Resolution, policy: Policy) -> Iterator[tuple[Lacking, Target, set[Origin]]]:
    """Where something was chosen that has no file there, and which parts of the project need it."""
    if not policy.lacking:
        return
    fit = Fit(resolution.targets, policy)  # takes 5 ms
    for item in resolution.selected:
        for index in indexes(item.targets & fit.absent(item.candidate, item.metadata.requires_python)):
            target = resolution.targets[index]
            key = item.candidate.name, target.platform, target.markers["python_version"]
            yield key, target, {origin for origin, mask in item.reach.items() if mask >> index & 1}


def _needed_anyway(resolution: Resolution, policy: Policy) -> frozenset[Lacking]:
    """What has no file somewhere and is needed there by more than optional parts."""
    return frozenset(key for key, _, parts in _stood_in(resolution, policy) if not policy.optional >= parts)


def _tell(resolution: Resolution, policy: Policy, reporter: Reporter) -> None:
    """Warn of optional parts that cannot be installed everywhere."""
    found: dict[tuple[Origin, ...], tuple[dict[str, None], dict[str, Target]]] = {}
    for (name, *_), target, parts in _stood_in(resolution, policy):
        names, targets = found.setdefault(tuple(sorted(parts, key=str)), ({}, {}))
        names[name] = None
        targets[target.label] = target
    for origins, (names, targets) in found.items():
        who = listed(list(map(str, origins)))
        where = all_targets.described(list(targets.values()))
        what = f"{listed(list(names))} {'has' if len(names) == 1 else 'have'} no file that fits"
        reporter.warn(f"{who[0].upper()}{who[1:]} cannot be installed on {where}: {what}.")


def _senseless(problem: NoSolution, targets: Sequence[Target]) -> bool:
    """Whether requirements alone contradict each other on a whole platform, or the project's own with some Pythons."""
    if not problem.contradiction:
        return False
    if not any(statement.about for statement in problem.statements):
        return True
    going = [target for target in targets if target.label in problem.targets]
    staying = {target.platform for target in targets if target.label not in problem.targets}
    return any(target.platform not in staying for target in going)


def _taken(resolution: Resolution, mask: int = -1) -> Looked:
    """What was chosen for some targets."""
    return [(item.candidate, item.extras) for item in resolution.selected if item.targets & mask]


def _is_pypy(resolution: Resolution) -> bool:
    """Whether targets with PyPy, which come last, are in an answer already."""
    return any(target.markers["implementation_name"] == "pypy" for target in resolution.targets[-1:])


def _joined(one: Everywhere, other: Everywhere) -> Everywhere:
    """Two answers for different targets as one."""
    if not one.resolution.targets:
        return replace(other, left_out=one.left_out + other.left_out)
    shift = len(one.resolution.targets)
    selected = {_identity(item.candidate): item for item in one.resolution.selected}
    for item in other.resolution.selected:
        key = _identity(item.candidate)
        reach = {origin: mask << shift for origin, mask in item.reach.items()}
        moved = replace(item, targets=item.targets << shift, reach=reach)
        selected[key] = _both(selected[key], moved) if key in selected else moved
    edges = {_BARE(edge): edge for edge in one.resolution.edges}
    for edge in other.resolution.edges:
        known = edges.get(_BARE(edge))
        edges[_BARE(edge)] = replace(edge, targets=(known.targets if known else 0) | edge.targets << shift)
    resolution = Resolution(
        one.resolution.targets + other.resolution.targets,
        tuple(sorted(selected.values(), key=lambda each: (each.candidate.name, each.candidate.version))),
        tuple(sorted(edges.values(), key=_place)),
    )
    return Everywhere(resolution, one.left_out + other.left_out)


def _place(edge: Edge) -> tuple[str, str, str, str]:
    return edge.parent.kind, edge.parent.name, str(edge.parent_version), edge.requirement


def _identity(candidate: Candidate) -> tuple[NormalizedName, Version, str]:
    return candidate.name, candidate.version, candidate.direct_url


def _both(one: Selected, other: Selected) -> Selected:
    reach = dict(one.reach)
    for origin, mask in other.reach.items():
        reach[origin] = reach.get(origin, 0) | mask
    return replace(one, targets=one.targets | other.targets, extras=one.extras | other.extras, reach=reach)


def _unlike(resolution: Resolution) -> tuple[Target, Target, str] | None:
    """Two targets which no marker can tell apart (glibc and musl), and a name that they have in different versions."""
    first: dict[tuple[object, ...], int] = {}
    for index, target in enumerate(resolution.targets):
        key = (target.since, target.without, *(target.markers[name] for name in all_targets.PLACE))
        other = first.setdefault(key, index)
        for item in resolution.selected if other != index else ():
            if (item.targets >> index ^ item.targets >> other) & 1:
                return resolution.targets[other], target, item.candidate.name
    return None


def _inseparable(one: Target, other: Target, name: str, required: Required) -> LeftOut:
    """Of two targets that need different versions the one that gives way, and why.

    Raises:
        Problem: no-solution, when neither may.
    """
    going, staying = (one, other) if required(other, ()) and not required(one, ()) else (other, one)
    problem = Problem(
        "no-solution",
        f"{name} has no version for both {going.label} and {staying.label}.",
        why="A lockfile cannot tell the two apart, so both have to take the same version.",
        fix=(f"Take one of the two out of the targets, or ask for a version of {name} that has wheels for both.",),
        data={"name": name, "targets": [going.label, staying.label]},
    )
    if required(going, [staying]):
        raise problem
    return LeftOut((going,), problem)


def chosen(
    resolution: Resolution, preferences: Mapping[NormalizedName, Sequence[Version]]
) -> Mapping[NormalizedName, Sequence[Version]]:
    """What is to be tried first now: what was chosen, then what was to be tried first before.

    Where some of what was chosen was to be tried first, the rest was for targets where that does not do: it is found
    again for these, and must not take the place of the others.
    """
    found: dict[NormalizedName, list[Version]] = {}
    for item in resolution.selected:
        candidate = item.candidate
        # What some targets have because nothing else does, or by its exact number only, is no choice for others.
        if candidate.version in preferences.get(candidate.name, ()) or not (
            candidate.version.is_prerelease or is_yanked(candidate)
        ):
            found.setdefault(candidate.name, []).append(candidate.version)
    for name, versions in found.items():
        before = preferences.get(name, ())
        kept = [version for version in versions if version in before]
        found[name] = [*dict.fromkeys((*(kept or versions), *before))]
    return {**preferences, **found}
