"""``why-not``: what keeps a version out, found by asking for it and proved by letting go of what is in its way."""

from __future__ import annotations

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from venvoy.errors import Problem
from venvoy.formats import bounds, pyproject_edit
from venvoy.model.names import canonicalize_name
from venvoy.model.requirement import Dependency, Origin, Root
from venvoy.operations import lock as locks
from venvoy.operations.inspection import locked
from venvoy.operations.inspection.why import chosen
from venvoy.operations.resolving import fixes, narrowing
from venvoy.operations.resolving.trial import Loosened, Trial
from venvoy.resolver import targets as all_targets
from venvoy.resolver.no_solution import NoSolution
from venvoy.resolver.words import listed
from venvoy.values import TYPE_CHECKING, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from packaging.version import Version

    from venvoy.model.artifact import Candidate
    from venvoy.model.names import NormalizedName
    from venvoy.model.resolution import Resolution
    from venvoy.model.target import Target
    from venvoy.operations.context import Context
    from venvoy.operations.inspection.why import Chosen
    from venvoy.operations.project import Located
    from venvoy.resolver.provider import Provider

_TRIALS = 8


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A requirement without whose bounds things would be different: who has it, and its text.

    ``parent`` is a distribution, or a part of the project (then ``own`` is true).
    """

    parent: str
    requirement: str
    own: bool


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why a version is not chosen.

    ``locked`` are the versions that are. ``where`` names the targets on which it cannot be chosen, empty for all of
    them. ``chain`` is the derivation in sentences, ``obstacles`` what binds: without the bounds of all of them
    the version would be chosen, as a trial showed; empty when it is not about bounds. ``proposals`` are edits of
    pyproject.toml that give it. Where nothing forbids the version (``forbidden`` is false), ``command`` gets it (empty:
    it is locked already). Then it is either the lockfile alone that keeps another one (``kept_by_lockfile``), or
    ``preferred`` is what would be chosen (empty: nothing of it); ``changes`` says what else would then be
    different, as ``tf 2.15 instead of 2.18``.
    """

    name: NormalizedName
    version: str
    locked: tuple[Chosen, ...]
    forbidden: bool
    where: str = ""
    chain: tuple[str, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    proposals: tuple[str, ...] = ()
    command: str = ""
    kept_by_lockfile: bool = False
    preferred: str = ""
    changes: tuple[str, ...] = ()


def why_not(context: Context, located: Located, asked: Requirement) -> WhyNot:
    """Find out why a version is not chosen: the one that is asked for with ``==``, else the newest on offer.

    Raises:
        Problem: not-needed, no-version, usage, lockfile-missing, and what asking the index can raise.
    """
    found = locked.find(context, located)
    graph = locked.graph(context, located, found)
    name = canonicalize_name(asked.name)
    if name not in graph.versions:
        raise _not_needed(name)
    trial = Trial(context, found.interpreter, locks.Upgrade(names=frozenset({name})).kept(found.lock))
    version = _version(trial.provider(located), name, asked)
    here = chosen(graph, name)
    mask = sum(where for one, where in graph.versions[name] if one != version)
    if not mask:
        return WhyNot(name, str(version), here, forbidden=False)
    case = _Case(located, trial, name, version, found.claimed)
    return case.judge(here)


def _where(failed: Sequence[Target], every: Sequence[Target]) -> str:
    """The targets where there is no solution, in words; they may be divided further than all of them are."""
    edges = {edge for target in failed for edge in (target.since, target.before) if edge}
    divided, labels = all_targets.split(every, edges), {target.label for target in failed}
    return locked.targets_in_words([one for one in divided if one.label in labels], divided) if failed else ""


@dataclass(frozen=True, slots=True)
class _Case:
    """One version of one name, to be chosen on these targets."""

    located: Located
    trial: Trial
    name: NormalizedName
    version: Version
    targets: Sequence[Target]

    def judge(self, here: tuple[Chosen, ...]) -> WhyNot:
        try:
            with_it = self._with(self.located, ())
        except NoSolution as problem:
            if fixes.GAVE_UP in problem.data:
                raise self._unknown(problem) from problem
            return self._forbidden(here, problem)
        usual = replace(self.trial, patient=True).everywhere(self.located, strictly=self.targets).resolution
        plain = {one.candidate.version for one in usual.selected if one.candidate.name == self.name}
        if plain == {self.version}:
            return WhyNot(
                self.name,
                str(self.version),
                here,
                forbidden=False,
                command=f"venvoy update {self.name}",
                kept_by_lockfile=True,
            )
        return WhyNot(
            self.name,
            str(self.version),
            here,
            forbidden=False,
            command=self._adding,
            preferred=listed([str(version) for version in sorted(plain)]),
            changes=tuple(_differences(usual, with_it, self.name)),
        )

    def _forbidden(self, here: tuple[Chosen, ...], problem: NoSolution) -> WhyNot:
        failed = all_targets.whole(problem.failed)
        found = fixes.propose(problem, self.located, lambda tried: self._with(tried, ()))
        return WhyNot(
            self.name,
            str(self.version),
            here,
            forbidden=True,
            where=_where(failed, self.targets),
            chain=tuple(_chain(problem)),
            obstacles=self._obstacles(problem),
            proposals=(*map(str, found), *self._newer_python(problem, failed), *self._building(problem)),
        )

    def _building(self, problem: NoSolution) -> Iterator[str]:
        """The leave to build what is in the way for want of it; not tried, as that would run its code."""
        faulty = problem.knowledge.faulty if problem.knowledge else {}
        named = {problem.data.get("name"), *(one.about for one in problem.statements if not one.requirement)}
        wanted = {name: name for (name, _), fault in faulty.items() if fault.code == "needs-build" and name in named}
        if wanted:
            refused = self.trial.context.approval.refused(wanted, "").fix
            line = next(one.partition("  ")[0] for one in refused if one.startswith("build"))
            yield f"Write {line} in [tool.venvoy]: what it needs is known only when its code has run, which that allows"

    def _unknown(self, problem: NoSolution) -> Problem:
        return Problem(
            "no-solution",
            f"Whether {self.name} {self.version} can be chosen was not found out soon.",
            why=problem.why,
            fix=(f"{self._adding} --dry-run   tries for longer, and changes nothing",),
            data=problem.data,
        )

    @property
    def _adding(self) -> str:
        """The command that asks for the version, in the part of the project that asks for the name already."""
        roots = self.located.file.roots()
        places = (root.origin for root in roots if any(one.name == self.name for one in root.dependencies))
        option = next((origin.option for origin in places), "")
        return f'venvoy add {option}"{self.name}=={self.version}"'

    def _newer_python(self, problem: NoSolution, failed: Sequence[Target]) -> Iterator[str]:
        """The edit of requires-python that leaves out the Pythons for which the version is not, if that is enough."""
        requires = self.located.file.requires_python
        minor = 1 + max((int(one.markers["python_version"].partition(".")[2]) for one in failed), default=0)
        rest = [one for one in self.targets if int(one.markers["python_version"].partition(".")[2]) >= minor]
        if requires is None or not rest or not narrowing.is_about_python(problem):
            return
        tried = self.located.with_text(narrowing.for_python(self.located, minor, newer=True))
        try:
            replace(self, targets=rest)._with(tried, ())  # noqa: SLF001 - the same case, for fewer targets
        except NoSolution:
            return
        after, before = bounds.ordered(str(tried.file.requires_python)), bounds.ordered(str(requires))
        yield f'Write requires-python = "{after}" instead of "{before}"'

    def _with(self, located: Located, loosened: Sequence[Obstacle]) -> Resolution:
        """What is chosen with the version, when these obstacles have no bounds."""
        pairs = {(one.parent, canonicalize_name(Requirement(one.requirement).name)) for one in loosened if not one.own}
        provider = Loosened(self.trial.provider(self.located), pairs)
        text = located.text
        for one in (one for one in loosened if one.own):
            text = _unbound(located, text, Requirement(one.requirement))
        pin = Requirement(f"{self.name}=={self.version}")
        root = Root(_PIN, (Dependency(pin, _PIN),))
        tried = located.with_text(text)
        return self.trial.everywhere(tried, more=(root,), provider=provider, strictly=self.targets).resolution

    def _obstacles(self, problem: NoSolution) -> tuple[Obstacle, ...]:
        """The requirements that bind: one alone where that is enough, else one after the other."""
        kept: tuple[Obstacle, ...] = ()
        trials = _TRIALS
        while trials:
            candidates = sorted(_bounded(problem), key=lambda one: (not self._is_about(one), not one.own))[:trials]
            trials -= len(candidates)
            following: NoSolution | None = None
            for one in candidates:
                failure = self._failure((*kept, one))
                if failure is None:
                    return (*kept, one)
                if fixes.GAVE_UP in failure.data:
                    return ()
                following = following or failure
            if following is None:
                return ()
            kept, problem = (*kept, candidates[0]), following
        return ()

    def _failure(self, loosened: Sequence[Obstacle]) -> NoSolution | None:
        try:
            self._with(self.located, loosened)
        except NoSolution as failure:
            return failure
        return None

    def _is_about(self, one: Obstacle) -> bool:
        return canonicalize_name(Requirement(one.requirement).name) == self.name


_PIN = Origin("command")


def _version(provider: Provider, name: NormalizedName, asked: Requirement) -> Version:
    """The version that is asked about."""
    candidates = provider.project(name).candidates
    wanted = asked.specifier
    if not wanted:
        finals = (one.version for one in candidates if not one.version.is_prerelease and not _yanked(one))
        return next(finals, candidates[0].version)
    if any(one.operator not in {"==", "==="} for one in wanted) or asked.url:
        raise Problem(
            "usage",
            f"{asked} names no version.",
            why="The question is about one version, or about the newest.",
            fix=(f"venvoy why-not {name}==VERSION", f"venvoy why-not {name}   asks about the newest version"),
        )
    for one in candidates:
        if wanted.contains(one.version, prereleases=True):
            return one.version
    there = sorted((one.version for one in candidates), reverse=True)
    raise Problem(
        "no-version",
        f"There is no version of {name} that is {wanted}.",
        why=f"The newest are {listed([str(version) for version in there[:3]])}." if there else "",
        fix=(f"venvoy why-not {name}   asks about the newest version",),
        data={"name": name, "requirement": str(asked)},
    )


def _yanked(candidate: Candidate) -> bool:
    return all(artifact.yanked is not None for artifact in candidate.artifacts)


def _not_needed(name: str) -> Problem:
    return Problem(
        "not-locked",
        f"No version of {name} is chosen, because nothing in this project needs it.",
        fix=(f"venvoy add {name}   adds it to the project",),
        data={"name": name},
    )


def _chain(problem: NoSolution) -> list[str]:
    """The derivation, without the question itself."""
    if not problem.statements:
        return list(filter(None, (problem.why or problem.what).split("\n")))
    return [one.text for one in problem.statements if not one.text.startswith("You ask for")]


def _bounded(problem: NoSolution) -> list[Obstacle]:
    """The requirements with bounds in a derivation, one for each who asks for what, without the question itself."""
    found: dict[tuple[str, str], Obstacle] = {}
    for one in problem.statements:
        requirement = Requirement(one.requirement) if one.requirement else None
        if requirement and requirement.specifier and not one.text.startswith(("You ask for", "A constraint allows")):
            asker = one.text.partition(" needs ")[0]
            parent = one.about or asker[:1].lower() + asker[1:]
            found.setdefault((parent, requirement.name), Obstacle(parent, one.requirement, own=not one.about))
    return list(found.values())


def _unbound(located: Located, text: str, requirement: Requirement) -> str:
    """The text of pyproject.toml without the bounds of a requirement, whatever its marker."""
    for root in located.file.roots():
        for one in root.dependencies:
            same = (
                canonicalize_name(requirement.name) == one.name and requirement.specifier == one.requirement.specifier
            )
            if same:
                bare = bounds.written(one.requirement, SpecifierSet())
                text = pyproject_edit.replace(text, one.requirement, bare, root.origin, str(located.pyproject))
    return text


def _differences(usual: Resolution, other: Resolution, name: str) -> Iterator[str]:
    """What else would be chosen otherwise."""
    before, after = _texts(usual), _texts(other)
    for each in sorted(before.keys() | after.keys()):
        if each != name and before.get(each) != after.get(each):
            if each not in after:
                yield f"no {each} instead of {before[each]}"
            else:
                yield f"{each} {after[each]} instead of {before.get(each, 'none')}"


def _texts(resolution: Resolution) -> Mapping[str, str]:
    found: dict[str, list[str]] = {}
    for one in resolution.selected:
        found.setdefault(one.candidate.name, []).append(str(one.candidate.version))
    return {name: " and ".join(versions) for name, versions in found.items()}
