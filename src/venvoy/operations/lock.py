"""Resolve a project's requirements and record the answer in pylock.toml (PEP 751)."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial

from venvoy.errors import Problem
from venvoy.events import Phase
from venvoy.formats import pylock
from venvoy.model.names import NormalizedName  # noqa: TC001 - dataclass fields name it
from venvoy.model.plan import Moved, Plan
from venvoy.model.source_tree import Python
from venvoy.operations import home as homes
from venvoy.operations import writing
from venvoy.operations.building import folders
from venvoy.operations.history import recording
from venvoy.operations.project import read_lockfile
from venvoy.operations.resolving import claims, guessing, held, inputs
from venvoy.values import TYPE_CHECKING, dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from packaging.pylock import Package
    from packaging.version import Version

    from venvoy.formats.pylock_draft import DraftPackage, Lock
    from venvoy.model.interpreter import Interpreter
    from venvoy.model.resolution import Resolution
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located
    from venvoy.operations.resolving.proposals import Applied, Wish
    from venvoy.resolver.task import Fork


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What need not stay at the version that is locked: everything, or some names.

    ``prefer`` are versions to be tried before those that are locked, ``forks`` those of them that are for some targets
    each. With ``along`` what holds a name back moves along.
    """

    everything: bool = False
    names: frozenset[NormalizedName] = frozenset()
    along: bool = False
    prefer: Mapping[NormalizedName, tuple[Version, ...]] = field(default_factory=dict, hash=False)
    forks: Mapping[NormalizedName, Sequence[Fork]] = field(default_factory=dict, hash=False)

    def without(self, previous: Lock | None) -> Lock | None:
        """The lockfile without what need not stay."""
        if previous is None or self.everything:
            return None
        staying = [one for one in previous.packages if one.name not in self.names]
        return pylock.changed(previous, packages=staying)

    def kept(self, previous: Lock | None) -> dict[NormalizedName, tuple[Version, ...]]:
        """The locked versions that are to be tried first."""
        if previous is None or self.everything:
            return dict(self.prefer)
        kept = {name: versions for name, versions in held.versions(previous).items() if name not in self.names}
        return {**kept, **self.prefer}


NOTHING = Upgrade()


@dataclass(frozen=True, slots=True)
class Locked:
    """What locking found out: whether the file has to be written, with which text, and ``moved``, what is different.

    ``found`` is what was chosen, or the lockfile that is there. ``applied`` is the edit of pyproject.toml without which
    there would be no solution, when it was asked for.
    """

    found: Lock
    text: str
    changed: bool
    moved: tuple[Moved, ...]
    applied: Applied | None = None


def lock(
    context: Context, located: Located, upgrade: Upgrade = NOTHING, wish: Wish | None = None, *, dry_run: bool = False
) -> Locked:
    """Bring the lockfile up to date; with ``dry_run`` only find out what would be in it.

    Where there is no solution, ``wish`` says which of the edits that were proposed is to be made.
    """
    try:
        previous = read_lockfile(located, context.reporter)
    except Problem as problem:
        context.reporter.warn(f"{problem.where}: {problem.what} It is written anew.")
        previous = None
    for name in sorted(upgrade.names - (held.versions(previous) if previous else {}).keys()):
        context.reporter.warn(f"{name} is not locked, so there is nothing of it to upgrade. Is it spelled right?")
    # Without a lockfile it is certain that the index is asked: already while the interpreter says what it is.
    with guessing.fetching(context, located) if previous is None else nullcontext():
        home = homes.find(context, located)
        edited, answer = mended(context, located, home.interpreter, previous, wish, upgrade, anywhere=True)
    if dry_run:
        return answer
    text = context.with_approvals(edited.text, str(located.pyproject))
    texts = {located.pyproject: text} if text != located.text else {}
    texts |= {located.lockfile: answer.text} if answer.changed else {}
    write(context, located, texts, answer.moved)
    return answer


def write(context: Context, located: Located, texts: Mapping[Path, str], moves: Sequence[Moved] = ()) -> None:
    """Write files of a project, all of them or none, and keep for ``undo`` how it was before."""
    files = {path: text.encode("utf-8") for path, text in texts.items()}
    with recording.recorded(context, located.place, recording.Outcome(Plan(files=tuple(files.items())), moves)):
        writing.write(context, located.directory, tuple(files.items()))


def check(context: Context, located: Located) -> Lock:
    """The lockfile, when it is up to date; the index is not asked.

    Raises:
        Problem: lockfile-missing, lockfile-outdated.
    """
    previous = read_lockfile(located, context.reporter)
    interpreter = homes.find(context, located).interpreter
    if previous is None:
        raise missing(located)
    settings = inputs.in_force(context.settings, located)
    if not is_current(context, previous, located, interpreter, anywhere=True):
        raise outdated(context, previous, located, interpreter)
    if not claims.covers(settings, previous, interpreter):
        here = claims.here_is(interpreter)
        context.reporter.warn(f"pylock.toml is not for this computer with its Python ({here}): nothing suits it.")
    return previous


def missing(located: Located) -> Problem:
    """There is no lockfile where one is needed."""
    return Problem(
        "lockfile-missing",
        "This project has no lockfile yet.",
        why="With --locked, --frozen and --check nothing is resolved: all comes from pylock.toml.",
        fix=("venvoy lock   writes it; put it under version control",),
        where=str(located.lockfile),
    )


def solve(  # noqa: PLR0913 - what to lock, and how
    context: Context,
    located: Located,
    interpreter: Interpreter,
    previous: Lock | None = None,
    upgrade: Upgrade = NOTHING,
    *,
    anywhere: bool = False,
) -> Resolution:
    """Choose versions for every part of the project: itself, its extras, its groups.

    What ``previous`` locks is kept where it is still allowed and ``upgrade`` does not let it go. With ``anywhere`` the
    interpreter at hand may be left out, as others are, where there are no files for it: nothing is to be installed.
    """
    from venvoy.operations import policy as policies
    from venvoy.operations import supply
    from venvoy.operations.resolving.complete import complete
    from venvoy.operations.resolving.universal import resolve_everywhere

    _check_python(located, interpreter)
    claim = claims.claim(context.settings, located, interpreter)
    python, where, roots = Python(interpreter, located.environment), str(located.lockfile), located.file.roots()
    staying, preferences = upgrade.without(previous), upgrade.kept(previous)
    provider = supply.provider(context, python, located.file, staying, where)
    policy = policies.of_project(context.policy, located.file, context.settings)
    context.reporter.begin(Phase.RESOLVE)
    try:
        with guessing.fetching(context, located, preferences):
            attempt = partial(
                resolve_everywhere,
                roots,
                claim.targets,
                provider,
                required=replace(claim, here=None).required if anywhere else claim.required,
                here=claim.here,
                implied=partial(claims.implied, context.settings, located),
                conflicts=located.file.conflicts,
                forks={**(held.forks(staying) if staying else {}), **upgrade.forks},
                divisions=held.divisions(staying) if staying else (),
                spoken=staying is not None and held.speaks_of_pypy(staying),
            )
            if upgrade.along:
                from venvoy.operations.resolving.moving import moving

                attempt = partial(moving, attempt, upgrade.names, roots, provider)
            found = supply.settled(
                provider,
                partial(attempt, policy=policy, preferences=preferences, reporter=context.reporter),
            )
        resolution = complete(context, found.resolution, previous)
    except Problem as problem:
        if problem.code in {"project-unknown", "source-missing", "network-unreachable"}:
            claims.say_who_asks(problem, roots)
        if problem.code == "no-version":
            claims.say_where_else(problem, context.index, located.file)
        raise
    finally:
        context.reporter.end(Phase.RESOLVE)
    if anywhere and claims.missed(found.left_out, interpreter):
        return solve(context, located, interpreter, previous, upgrade)
    left_out = claims.left_out(found.left_out, claim.targets, interpreter, previous)
    unmet = claims.unmet(located.file, resolution) if policy.exclude != context.policy.exclude else ()
    for warning in (*claims.mistaken(roots), *unmet, *left_out):
        context.reporter.warn(warning)
    return resolution


def mended(  # noqa: PLR0913, PLR0917 - what to lock, as relock has it, and the wish
    context: Context,
    located: Located,
    interpreter: Interpreter,
    previous: Lock | None,
    wish: Wish | None,
    upgrade: Upgrade = NOTHING,
    *,
    anywhere: bool = False,
) -> tuple[Located, Locked]:
    """The project and its lockfile; where there is no solution, with the edit of pyproject.toml that was wished for.

    ``anywhere`` as in :func:`solve`.

    Raises:
        Problem: no-solution, no-version, with the edits that would help.
    """
    from venvoy.operations.importable import mind_others
    from venvoy.resolver.no_solution import NoSolution

    mind_others(context, located, first=previous is None)
    try:
        answer = relock(context, located, interpreter, previous, upgrade, anywhere=anywhere)
    except NoSolution as problem:
        from venvoy.operations.resolving import fixes
        from venvoy.operations.resolving.trial import Trial

        chosen = fixes.settle(problem, located, Trial(context, interpreter, upgrade.kept(previous)), wish)
    else:
        if wish:
            wish.unneeded(context.reporter)
        return located, answer
    from venvoy.operations.resolving.proposals import Applied

    edited = located.with_text(chosen.text)
    interpreter = homes.find(context, edited).interpreter  # requires-python may be what was edited
    answer = relock(context, edited, interpreter, previous, upgrade)
    return edited, replace(answer, applied=Applied(chosen.edits, chosen.chosen))


def record(context: Context, located: Located, resolution: Resolution, previous: Lock | None) -> Locked:
    """Put a resolution into the form of the lockfile, and compare it with the one that is there."""
    found = pylock.draft(resolution, located.file, "venvoy", inputs.of(inputs.in_force(context.settings, located)))
    text = pylock.render(found)
    moves = moved(previous, found)
    changed = previous is None or bool(moves) or pylock.render(previous) != text
    return Locked(found, text, changed, moves)


def relock(  # noqa: PLR0913 - as solve
    context: Context,
    located: Located,
    interpreter: Interpreter,
    previous: Lock | None,
    upgrade: Upgrade = NOTHING,
    *,
    anywhere: bool = False,
) -> Locked:
    """The lockfile as it should be. When nothing it depends on has changed, the index is not asked at all."""
    if previous is not None and upgrade == NOTHING and is_current(context, previous, located, interpreter):
        return Locked(previous, "", changed=False, moved=())
    resolution = solve(context, located, interpreter, previous, upgrade, anywhere=anywhere)
    return record(context, located, resolution, previous)


def is_current(
    context: Context, lock: Lock, located: Located, interpreter: Interpreter, *, anywhere: bool = False
) -> bool:
    """Whether a lockfile was made from these very inputs and speaks for this interpreter.

    With ``anywhere`` it may have been left out, as in :func:`solve`.
    """
    settings = inputs.in_force(context.settings, located)
    return (
        pylock.recorded_digest(lock) == pylock.inputs_digest(located.file, inputs.of(settings))
        and (claims.covers(settings, lock, interpreter) or (anywhere and claims.counts(settings, located, interpreter)))
        and not folders.changed(lock, str(located.lockfile))
    )


def outdated(context: Context, lock: Lock, located: Located, interpreter: Interpreter) -> Problem:
    """Why a lockfile cannot be taken as it is."""
    fix = ["venvoy lock   writes it anew; put the new one under version control"]
    if not pylock.recorded_digest(lock):
        why = "Another tool wrote it, and it does not say from which requirements."
        fix.append("venvoy sync --frozen   installs from it as it is")
    elif claims.covers(inputs.in_force(context.settings, located), lock, interpreter):
        folder = folders.changed(lock, str(located.lockfile))
        place = f"{'The project in ' * (located.directory / folder).is_dir()}{folder}" if folder else "pyproject.toml"
        why = f"{place} has changed since it was written."
    else:
        here = claims.here_is(interpreter)
        why = f"It was made for another Python or another kind of computer than this one ({here})."
        if claims.counts(context.settings, located, interpreter):
            fix = ["venvoy lock   makes it fit this one, or says why it cannot"]
    return Problem(
        "lockfile-outdated",
        "The lockfile is out of date.",
        why=why,
        fix=fix,
        where=str(located.lockfile),
    )


def _check_python(located: Located, interpreter: Interpreter) -> None:
    requires = located.file.python
    if requires is not None and not requires.contains(interpreter.version, prereleases=True):
        raise Problem(
            "python-not-found",
            f"This project needs Python {requires}, and {interpreter.executable} is Python {interpreter.version}.",
            why=f"requires-python in {located.pyproject} says so.",
            fix=(
                "Choose another interpreter: venvoy sync --python VERSION",
                "or, if the project works with this one, widen requires-python.",
            ),
        )


def _called(package: Package | DraftPackage) -> str:
    """The version of a package, or where it comes from."""
    if package.directory is not None:
        return f"from {package.directory.path}"
    commit = f" at {package.vcs.commit_id[:12]}" if package.vcs else ""
    return f"{package.version or 'URL'}{commit}"


def moved(old: Lock | None, new: Lock) -> tuple[Moved, ...]:
    """What is different between two lockfiles: the versions of each name, before and after."""

    def versions(lock: Lock | None) -> Mapping[NormalizedName, str]:
        texts: dict[NormalizedName, set[str]] = {}
        for package in lock.packages if lock else ():
            texts.setdefault(package.name, set()).add(_called(package))
        return {name: ", ".join(sorted(found)) for name, found in texts.items()}

    before, after = versions(old), versions(new)
    return tuple(
        Moved(name, before.get(name, ""), after.get(name, ""))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )
