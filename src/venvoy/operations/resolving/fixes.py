"""Which edit of pyproject.toml would give a solution: tried one after the other, and shown only when it does.

Who is to blame for a failure is known from its derivation: a few of the project's own requirements. Each is tried
without its bounds, then left out altogether; what is chosen then tells how little its bounds have to move. Where one
edit is not enough, the failure that is left names the next. Smallest first: fewest edits, and of those the ones that
give up least.
"""

from __future__ import annotations

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from venvoy.errors import Problem
from venvoy.formats import bounds, pyproject_edit
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.operations.resolving import narrowing
from venvoy.operations.resolving.proposals import Applied, Edit, Proposal, Tries, Wish, rank
from venvoy.resolver.no_solution import NoSolution
from venvoy.resolver.solve import again
from venvoy.values import TYPE_CHECKING, dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from venvoy.model.project import ProjectFile
    from venvoy.model.requirement import Dependency, Origin
    from venvoy.model.resolution import Resolution
    from venvoy.operations.project import Located

    Attempt = Callable[[Located], Resolution]

__all__ = ["Applied", "Edit", "Proposal", "Tries", "Wish", "propose", "settle"]

_ATTEMPTS = 24
_EDITS = 3
_SHOWN = 4
_ENOUGH = 2
# A trial that was given up takes as long as this many others.
_COST = 8
CONFLICTS = 200
"""How many conflicts a trial may run into: what takes long to find out is not worth proposing."""

GAVE_UP = "conflicts"
"""What the data of a NoSolution holds when the search was stopped, so that nothing is known."""

_CULPRITS = 8
_NONE = SpecifierSet()
_LOWER = frozenset({">", ">=", "~=", "=="})
# What the resolver says when it knows no better: a proved edit says it better.
_SUPERSEDED = ("Loosen or remove", "Ask for a version", "Correct or remove", "Narrow them down")
# What it says may help, and was tried here.
_TRIED = ("Or use another Python", "Use another Python", "Remove ")


@dataclass(frozen=True, slots=True)
class _Change:
    """A requirement of the project without its bounds, or (``gone``) not there at all."""

    requirement: Requirement
    gone: bool


@dataclass(slots=True)
class _Budget:
    """What may still be tried; ``sure`` as long as every trial has come to an answer."""

    left: int = _ATTEMPTS
    tried: set[str] = field(default_factory=set)
    sure: bool = True


def settle(problem: NoSolution, located: Located, tries: Tries, wish: Wish | None) -> Proposal:
    """The proposal that was wished for.

    Args:
        problem: why there is no solution.
        located: the project for which there is none.
        tries: chooses versions for a project with another pyproject.toml.
        wish: None where the command that was typed carries no proposals out.

    Raises:
        Problem: the same problem, with the proposals; usage, when none of them has the wished number.
    """
    if wish is None:
        raise problem
    budget = _Budget()
    here = narrowing.is_at_hand(problem, tries)
    other_python = narrowing.other_python(problem, located, tries) if here else ""
    found = _proposals(problem, located, tries.choose, wish.keep, budget)

    def attempt(edited: Located) -> Resolution | NoSolution | None:
        return _answer(edited, tries.choose, budget)

    def blame(failure: NoSolution) -> set[Origin]:
        return {one.origin for one in _blamed(located.file, failure)}

    narrowed = [*narrowing.apart(problem, located, attempt, blame)]
    narrowed += [other_python] if isinstance(other_python, Proposal) else []
    narrowed += narrowing.fewer(problem, located, tries, attempt) if not here else []
    found = tuple(sorted((*found, *narrowed), key=rank))[:_SHOWN]
    if not wish.number:
        hint = other_python if isinstance(other_python, str) else ""
        tried = bool(budget.tried) or (here and narrowing.is_about_python(problem))
        raise _told(problem, found, wish, hint, sure=budget.sure and tried) from None
    if 0 < wish.number <= len(found):
        return found[wish.number - 1]
    there = (
        f"They go from 1 to {len(found)}." if len(found) > 1 else "There is only one." if found else "There is none."
    )
    raise Problem(
        "usage",
        f"There is no proposal {wish.number}.",
        why=there,
        fix=(f"{wish.command}   shows what is wrong and what would help",),
    ) from None


def propose(
    problem: NoSolution, located: Located, attempt: Attempt, keep: frozenset[NormalizedName] = frozenset()
) -> tuple[Proposal, ...]:
    """The smallest sets of edits with which there is a solution, best first; empty when none was found."""
    return _proposals(problem, located, attempt, keep, _Budget())


def _proposals(
    problem: NoSolution, located: Located, attempt: Attempt, keep: frozenset[NormalizedName], budget: _Budget
) -> tuple[Proposal, ...]:
    def either(edited: Located) -> Resolution:
        failure = again(problem, edited.file.roots(), CONFLICTS)
        if failure:
            raise failure
        return attempt(edited)

    level: list[tuple[tuple[_Change, ...], NoSolution]] = [((), problem)]
    for _ in range(_EDITS):
        found: list[Proposal] = []
        following: list[tuple[tuple[_Change, ...], NoSolution]] = []
        # To go without something is worth a trial only where other bounds for it do not help, nor leave a choice.
        helped: set[tuple[_Change, ...]] = set()
        for gone in (False, True):
            for tried in _changes(located, level, keep, gone=gone) if len(found) < _ENOUGH else ():
                if (*tried[:-1], replace(tried[-1], gone=False)) in helped:
                    continue
                answer = _try(located, tried, either, budget)
                if isinstance(answer, NoSolution):
                    following.append((tried, answer))
                elif answer is not None:
                    helped.add(tried)
                    found.append(_proposal(located, tried, answer, attempt))
        if found:
            # Beside other edits it is proposed only when nothing else was found.
            best = [one for one in found if len(one.edits) == 1 or all(each.after for each in one.edits)]
            return tuple(sorted(dict.fromkeys(best or found), key=rank)[:_SHOWN])
        level = [] if _is_beyond(problem, located, following) else following
    return ()


def _is_beyond(
    problem: NoSolution, located: Located, failures: Sequence[tuple[tuple[_Change, ...], NoSolution]]
) -> bool:
    """Whether more contradictions than there may be edits have nothing to do with one another: each needs its own."""
    apart: list[set[NormalizedName]] = []
    # Looked for once, where one edit has turned out not to be enough.
    first = ((), problem), *(each for each in failures if len(each[0]) == 1)
    for changes, failure in first:
        names = {one.name for one in _blamed(_changed(located, changes).file, failure)}
        if names and _holds_always(failure) and all(names.isdisjoint(others) for others in apart):
            apart.append(names)
    while 1 < len(apart) <= _EDITS:
        every = [one.requirement for root in located.file.roots() for one in root.dependencies]
        gone = [_Change(one, gone=True) for one in every if canonicalize_name(one.name) in set().union(*apart)]
        edited = _changed(located, gone)
        left = again(problem, edited.file.roots(), CONFLICTS)
        names = {one.name for one in _blamed(edited.file, left)} if left and _holds_always(left) else set()
        if not names:
            return False
        apart.append(names)
    return len(apart) > _EDITS


def _holds_always(failure: NoSolution) -> bool:
    """Whether requirements alone contradict each other on all targets, whatever else is asked for."""
    everywhere = failure.knowledge is not None and failure.failed == tuple(failure.knowledge.task.targets)
    return everywhere and bool(failure.statements) and all(each.requirement for each in failure.statements)


def _changes(
    located: Located,
    level: Sequence[tuple[tuple[_Change, ...], NoSolution]],
    keep: frozenset[NormalizedName],
    *,
    gone: bool,
) -> Iterator[tuple[_Change, ...]]:
    """Every change tried so far, with one more: a requirement without its bounds, or not there at all."""
    for changes, failure in level:
        kept = keep | {canonicalize_name(each.requirement.name) for each in changes}
        for culprit in _culprits(_changed(located, changes).file, failure)[:_CULPRITS]:
            if culprit.name not in kept if gone else culprit.requirement.specifier:
                yield (*changes, _Change(culprit.requirement, gone))


def _culprits(file: ProjectFile, failure: NoSolution) -> list[Dependency]:
    """The project's own requirements in a derivation, each once, as they stand in pyproject.toml."""
    found: dict[str, Dependency] = {}
    for one in _blamed(file, failure):
        found.setdefault(str(one.requirement), one)
    return list(found.values())


def _blamed(file: ProjectFile, failure: NoSolution) -> Iterator[Dependency]:
    """The project's own requirements in a derivation, in every part of the project that has them."""
    named = failure.data.get("requirement")
    texts = [named] if isinstance(named, str) else [each.requirement for each in failure.statements if not each.about]
    blamed = [Requirement(text) for text in texts]
    for root in file.roots():
        for one in root.dependencies:
            if any(_holds(one.requirement, each) for each in blamed):
                yield one


def _holds(requirement: Requirement, asked: Requirement) -> bool:
    """Whether a requirement, whatever its marker, asks for the same of a name, with that extra among its own."""
    extras = set(map(canonicalize_name, requirement.extras))
    return (
        canonicalize_name(requirement.name) == canonicalize_name(asked.name)
        and requirement.specifier == asked.specifier
        and requirement.url == asked.url
        and extras.issuperset(map(canonicalize_name, asked.extras))
    )


def _try(
    located: Located, changes: Sequence[_Change], attempt: Attempt, budget: _Budget
) -> Resolution | NoSolution | None:
    """What comes of changes; None when that is known already, or cannot be found out."""
    return _answer(_changed(located, changes), attempt, budget)


def _answer(edited: Located, attempt: Attempt, budget: _Budget) -> Resolution | NoSolution | None:
    if not budget.left or edited.text in budget.tried:
        budget.sure &= budget.left > 0
        return None
    budget.left -= 1
    budget.tried.add(edited.text)
    try:
        return attempt(edited)
    except NoSolution as failure:
        if GAVE_UP not in failure.data:
            return failure
        budget.left = max(0, budget.left - _COST)
        budget.sure = False
        return None
    except Problem:
        budget.sure = False
        return None  # what cannot be asked (no network) cannot be proved


def _changed(located: Located, changes: Sequence[_Change]) -> Located:
    bare = {str(each.requirement): "" if each.gone else bounds.written(each.requirement, _NONE) for each in changes}
    return _edited(located, [(each.requirement, bare[str(each.requirement)]) for each in changes])


def _edited(located: Located, edits: Sequence[tuple[Requirement, str]]) -> Located:
    """The project with requirements replaced, wherever they stand."""
    text = located.text
    for old, new in edits:
        for root in located.file.roots():
            text = pyproject_edit.replace(text, old, new, root.origin, str(located.pyproject))
    return located.with_text(text)


def _proposal(located: Located, changes: Sequence[_Change], answer: Resolution, attempt: Attempt) -> Proposal:
    """Put bounds back, as near to the old ones as what was chosen allows; proved once more."""
    edits = [(each.requirement, "" if each.gone else _bounded(each.requirement, answer)) for each in changes]
    narrow, bare = _edited(located, edits), _changed(located, changes)
    try:
        answer = attempt(narrow) if narrow.text != bare.text else answer
    except Problem:
        narrow = bare
        edits = [(each.requirement, "" if each.gone else bounds.written(each.requirement, _NONE)) for each in changes]
    made = tuple(_edit(located, old, new, _versions(answer, old)) for old, new in edits)
    names = dict.fromkeys(canonicalize_name(old.name) for old, new in edits if new)
    chosen = tuple(f"{name} {version}" for name in names for version in _versions(answer, Requirement(name)))
    return Proposal(made, chosen, narrow.text)


def _bounded(requirement: Requirement, answer: Resolution) -> str:
    versions = _versions(answer, requirement)
    # What some targets alone have because there is nothing final for them is nothing to ask for everywhere.
    finals = [version for version in versions if not version.is_prerelease]
    return bounds.written(requirement, bounds.admitting(requirement.specifier, finals or versions))


def _edit(located: Located, old: Requirement, new: str, versions: Sequence[Version]) -> Edit:
    roots = located.file.roots()
    origins = [str(root.origin) for root in roots if any(one.requirement == old for one in root.dependencies)]
    lower = any(
        one.operator in _LOWER and any(version < Version(one.version.removesuffix(".*")) for version in versions)
        for one in old.specifier
    )
    kind = "remove" if not new else "lower" if lower else "raise"
    if new and any(version.is_prerelease for version in versions):
        kind = "prerelease"
    return Edit(kind, " and ".join(origins), bounds.written(old, old.specifier), new)


def _versions(answer: Resolution, requirement: Requirement) -> list[Version]:
    name = canonicalize_name(requirement.name)
    return sorted({each.candidate.version for each in answer.selected if each.candidate.name == name})


def _told(problem: NoSolution, found: Sequence[Proposal], wish: Wish, hint: str, *, sure: bool) -> Problem:
    """The problem with what would help, each with the command that does it; ``sure``: all that was tried has failed."""
    superseded = (*_SUPERSEDED, *_TRIED) if found else _TRIED if sure else ()
    superseded = (*superseded, "Remove ") if wish.keep else superseded  # somebody has just asked for it
    steps = [f"{number}. {each}: {wish.command} --apply {number}" for number, each in enumerate(found, 1)]
    steps += [step for step in problem.fix if not step.startswith(superseded)]
    steps = [*steps, hint] if hint else steps
    why_not = ": no edit that was tried gives a solution" if sure else ""
    edits = [{"number": number, "edits": each.edits, "chosen": each.chosen} for number, each in enumerate(found, 1)]
    return Problem(
        problem.code,
        problem.what,
        why=problem.why,
        fix=steps or (f"Use something else in its place{why_not}.",),
        where=problem.where,
        data={**problem.data, "edits": edits},
    )
