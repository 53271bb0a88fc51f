"""``install``: into an environment or a user site, without a project; resolved, recorded in a lockfile of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from venvoy.errors import Problem
from venvoy.events import Phase
from venvoy.formats import filenames
from venvoy.model.requirement import Dependency, Origin, Root
from venvoy.model.target import Target
from venvoy.operations import claims, others, own_lock, supply, user_site
from venvoy.operations import lock as locks
from venvoy.operations.complete import complete
from venvoy.operations.fetch import with_builds
from venvoy.operations.project import read_lockfile
from venvoy.operations.scenes import Scene
from venvoy.operations.sync import SEEDS, difference, last_selection
from venvoy.operations.universal import resolve_everywhere
from venvoy.resolver import targets as all_targets
from venvoy.resolver.explain import NoSolution
from venvoy.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from packaging.pylock import Pylock
    from packaging.version import Version

    from venvoy.model.plan import Installed, Wanted
    from venvoy.model.project import ProjectFile
    from venvoy.model.resolution import Resolution
    from venvoy.operations.context import Context
    from venvoy.operations.orders import Order
    from venvoy.operations.others import Bound, Other
    from venvoy.operations.own_lock import Own
    from venvoy.operations.scenes import Done
    from venvoy.operations.sites import Site


@dataclass(frozen=True, slots=True)
class Manner:
    """How to install: ``upgrade`` looks for newer versions, ``adopt`` takes over what other tools installed.

    Without an order, both are about everything that is there. ``again`` is the command as it was typed.
    """

    upgrade: bool = False
    adopt: bool = False
    dry_run: bool = False
    again: str = "venvoy install"


def install(context: Context, site: Site, order: Order, manner: Manner) -> Done:
    """Install what is ordered beside what was asked for before, all of it or nothing.

    Versions that are there stay where they can.

    Args:
        context: the parts to work with.
        site: into what; its lock is held.
        order: what.
        manner: how.

    Raises:
        Problem: no-solution, no-version, hash-mismatch, and whatever resolving, fetching and installing raise.
    """
    scene = Scene.read(context, site)
    scene.allow_builds()
    adopted = _adopted(scene, order, everything=manner.adopt)
    wanted = list(order.requirements)
    if manner.adopt and not wanted:
        wanted = _tops(scene, adopted)
    own = scene.own.asking(wanted)
    beside = others.find(scene.present, adopted)
    holders = others.find(scene.present, order.names)
    bounds = others.bounds(holders.values(), beside, scene.present, scene.interpreter.markers)
    try:
        resolution = _solve(scene, own, order, (beside, bounds), manner)
    except NoSolution as problem:
        raise _with_others(problem, beside, bounds, manner) from problem
    except Problem as problem:
        _mind_place(problem, site, order, manner)
        raise
    left = [one.candidate for one in resolution.selected if one.candidate.name in beside]
    ours = tuple(one for one in resolution.selected if one.candidate.name not in beside)
    own = own_lock.write(site, complete(context, replace(resolution, selected=ours), scene.own.lock), own)
    marked = {one.name for one in scene.present if one.requested} if site.located else ()
    chosen = with_builds(context, scene.python, own_lock.select(site, own, scene.interpreter, marked), scene.present)
    _check_hashes(chosen, order)
    names = {one.name for one in chosen}
    counted = [one for one in scene.present if one.wheel_sha256 or one.name in names]
    changes = difference(counted, chosen, exact=site.located is None)
    done = scene.carry_out(own, changes, dry_run=manner.dry_run)
    theirs = {one.name: one.version for one in scene.present if not one.wheel_sha256 and one.name in names}
    return replace(
        done,
        adopted=tuple(sorted(theirs)),
        lost=tuple(sorted(one.name for one in chosen if theirs.get(one.name, one.version) != one.version)),
        left=tuple(f"{one.name} {one.version}" for one in left),
        skipped=order.skipped,
    )


def _adopted(scene: Scene, order: Order, *, everything: bool) -> frozenset[NormalizedName]:
    """The names whose distributions other tools installed, and that venvoy is to take over."""
    found: set[NormalizedName] = set()
    for one in scene.present:
        named = one.name in order.names
        if one.wheel_sha256 or not (named or (everything and one.name not in SEEDS)):
            continue
        if not one.direct_url and one.has_record:
            found.add(one.name)
            continue
        why = "it came from an address or a folder" if one.direct_url else "there is no list of its files"
        if not named:
            scene.context.reporter.warn(f"{one.name} {one.version} stays as it is: {why}.")
            continue
        raise Problem(
            "environment-conflict",
            f"{one.name} {one.version} is installed already, by {one.installer or 'another tool'}.",
            why=f"venvoy cannot take it over, because {why}.",
            fix=(f'Take it out first: "{scene.site.layout.python}" -m pip uninstall {one.name}',),
            where=one.dist_info,
        )
    return frozenset(found)


def _tops(scene: Scene, adopted: frozenset[NormalizedName]) -> list[Requirement]:
    """Of what is taken over, what counts as asked for: what is marked so, and what nothing else needs."""
    needed: set[NormalizedName] = set()
    for one in scene.present:
        said = others.metadata(one)
        needed |= set(others.needs(said, scene.interpreter.markers)) if said else set()
    return [
        Requirement(one.name)
        for one in scene.present
        if one.name in adopted and (one.requested or one.name not in needed)
    ]


def _solve(
    scene: Scene,
    own: Own,
    order: Order,
    theirs: tuple[Mapping[NormalizedName, Other], Sequence[Bound]],
    manner: Manner,
) -> Resolution:
    context, interpreter, (beside, bounds) = scene.context, scene.interpreter, theirs
    policy = context.policy
    more = (*order.constraints, *(one.requirement for one in bounds))
    policy = replace(policy, constraints=(*policy.constraints, *more))
    own_target = Target(claims.here_is(interpreter), interpreter.version, interpreter.markers, interpreter.tags)
    locked = _locked(scene)
    if locked is not None:
        again = order.names if order.requirements else {one.name for one in locked.packages}
        staying = [one for one in locked.packages if not (manner.upgrade and one.name in again)]
        locked = replace(locked, packages=staying)
    file, where = _file(scene, own), str(scene.site.place.lockfile)
    provider = supply.provider(context, scene.python, file, locked, where)
    attempt = partial(
        resolve_everywhere,
        _roots(scene, own, order),
        [all_targets.from_interpreter(interpreter)],
        others.Beside(provider, beside),
        required=lambda target: all_targets.stands_for(target, interpreter),
        policy=policy,
        preferences=_preferences(scene, order, manner, locked),
        reporter=context.reporter,
        here=own_target,
    )
    context.reporter.begin(Phase.RESOLVE)
    try:
        return supply.settled(provider, attempt).resolution
    finally:
        context.reporter.end(Phase.RESOLVE)


def _roots(scene: Scene, own: Own, order: Order) -> list[Root]:
    located = scene.site.located
    origin = Origin("user" if scene.site.layout.user else "environment")
    command = Origin("command")
    found: list[Root] = []
    project: set[NormalizedName] = set()
    if located is not None:
        selection = last_selection(located)
        parts = {Origin("project"), *(Origin("group", name) for name in selection.groups)}
        parts |= {Origin("extra", name) for name in selection.extras}
        found = [root for root in located.file.roots() if root.origin in parts]
        project = {one.name for root in found for one in root.dependencies}
    asked = [one for root in own.roots(origin) for one in root.dependencies]
    typed = tuple(Dependency(one.requirement, command) for one in asked if one.name in order.names)
    # What the project asks for itself is marked in its environment too; its bounds are known better from there.
    rest = tuple(one for one in asked if one.name not in order.names and one.name not in project)
    return [*found, Root(origin, rest), Root(command, typed)]


def _locked(scene: Scene) -> Pylock | None:
    """The lockfile that counts: that of the project, or the environment's own."""
    located = scene.site.located
    return read_lockfile(located, scene.context.reporter) if located else scene.own.lock


def _file(scene: Scene, own: Own) -> ProjectFile:
    """What names places for distributions: what is asked for here, and the project."""
    mine = own.file(scene.site.place.lockfile)
    if scene.site.located is None:
        return mine
    theirs = scene.site.located.file
    return replace(theirs, dependencies=(*theirs.dependencies, *mine.dependencies))


def _preferences(
    scene: Scene, order: Order, manner: Manner, lock: Pylock | None
) -> dict[NormalizedName, tuple[Version, ...]]:
    """The versions to be tried first: those that are there, then those that the system has."""
    if manner.upgrade and not order.requirements:
        return {}
    found = dict(locks.preferences(lock)) if lock else {}
    elsewhere = user_site.beside(scene.site) if scene.site.layout.user else ()
    for one in (*scene.present, *(each for each in elsewhere if each.name not in order.names)):
        version = filenames.version(one.version)
        if version is not None:
            found[one.name] = (*found.get(one.name, ()), version)
    return {name: versions for name, versions in found.items() if not (manner.upgrade and name in order.names)}


def _check_hashes(chosen: Sequence[Wanted], order: Order) -> None:
    """What a requirements file demands of the bytes."""
    for one in chosen:
        demanded = order.hashes.get(one.name, ())
        has = {f"{algorithm}:{digest}" for algorithm, digest in one.artifact.hashes.items()}
        if demanded and has.isdisjoint(demanded) and not one.is_source:
            raise Problem(
                "hash-mismatch",
                f"{one.artifact.filename} is not a file that the requirements file allows.",
                why=f"It demands {', '.join(demanded)}.",
                fix=("Correct the hash, if you trust the file; or ask where it comes from.",),
            )


def _mind_place(problem: Problem, site: Site, order: Order, manner: Manner) -> None:
    """Say what to do here, where no pyproject.toml is read."""
    name = str(problem.data.get("name", ""))
    if problem.code == "needs-build" and site.located is None and name:
        problem.fix = (f"{manner.again} --build {name}   allows it", *problem.fix[1:])
    if problem.code == "source-missing" and not any(one.url for one in order.requirements):
        gone = f"venvoy uninstall{site.option} NAME   if what was installed from there is no longer wanted"
        problem.fix = (*problem.fix, gone)


def _with_others(
    problem: NoSolution, beside: Mapping[NormalizedName, Other], bounds: Sequence[Bound], manner: Manner
) -> Problem:
    """There is no solution as long as what other tools installed stays as it is: say so, and how to change that."""
    about = {canonicalize_name(one.about) for one in problem.statements if one.about}
    text = problem.why.split()
    fixed = [one.installed for name, one in sorted(beside.items()) if name in about or name in text]
    asking = [one for one in bounds if str(one.requirement) in problem.why]
    if not (fixed or asking):
        return problem
    lines = [f"{_by(one)}, so venvoy leaves it as it is." for one in fixed]
    lines += [f"{_by(one.holder.installed)}, and it needs {one.requirement}." for one in asking]
    fix = [f"{manner.again} --adopt   lets venvoy replace it by another version"] if fixed else []
    fix += [f"venvoy uninstall {one.holder.installed.name}   if it is no longer needed" for one in asking]
    return Problem(
        problem.code,
        problem.what,
        why="\n".join((problem.why, *lines)),
        fix=(*fix, *problem.fix),
        where=problem.where,
        data=problem.data,
    )


def _by(one: Installed) -> str:
    return f"{one.name} {one.version} was installed by {one.installer or 'another tool'}"
