"""Choosing versions for an environment or a user site: what is asked for there, beside what other tools installed."""

from __future__ import annotations

from functools import partial

from venvoy.errors import Problem
from venvoy.events import Phase
from venvoy.formats import filenames, pylock
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.requirement import Dependency, Origin, Root
from venvoy.model.target import Target
from venvoy.operations import supply
from venvoy.operations.project import read_lockfile
from venvoy.operations.resolving import claims, held
from venvoy.operations.resolving.complete import complete
from venvoy.operations.resolving.universal import resolve_everywhere
from venvoy.operations.standalone import others, own_lock
from venvoy.operations.sync import last_selection
from venvoy.resolver import targets as all_targets
from venvoy.resolver.no_solution import NoSolution
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from packaging.version import Version

    from venvoy.formats.pylock_draft import Lock
    from venvoy.model.artifact import Candidate
    from venvoy.model.plan import Installed
    from venvoy.model.project import ProjectFile
    from venvoy.model.resolution import Resolution
    from venvoy.operations.standalone.orders import Manner, Order
    from venvoy.operations.standalone.others import Bound, Other
    from venvoy.operations.standalone.own_lock import Own
    from venvoy.operations.standalone.scenes import Scene


def choose(
    scene: Scene, own: Own, order: Order, manner: Manner, adopted: Collection[NormalizedName]
) -> tuple[Own, list[Candidate]]:
    """The lockfile for what is asked for, and what of it another tool has installed already.

    ``order`` is what was named just now, ``adopted`` what other tools installed and may be replaced.

    Raises:
        Problem: no-solution, no-version, and whatever the index and building raise.
    """
    beside = others.find(scene.present, adopted)
    holders = others.find(scene.present, order.names)
    bounds = others.bounds(holders.values(), beside, scene.present, scene.interpreter.markers)
    try:
        resolution = _solve(scene, own, order, (beside, bounds), manner)
    except NoSolution as problem:
        raise _with_others(problem, beside, bounds, manner) from problem
    left = [one.candidate for one in resolution.selected if one.candidate.name in beside]
    ours = tuple(one for one in resolution.selected if one.candidate.name not in beside)
    whole = complete(scene.context, replace(resolution, selected=ours), scene.own.lock)
    return own_lock.write(scene.site, whole, own, scene.context.policy.takes_wheels), left


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
        locked = pylock.changed(locked, packages=staying)
    file, where = _file(scene, own), str(scene.site.place.lockfile)
    provider = supply.provider(context, scene.python, file, locked, where)
    attempt = partial(
        resolve_everywhere,
        _roots(scene, own, order),
        [all_targets.from_interpreter(interpreter)],
        others.Beside(provider, beside),
        required=lambda target, _: all_targets.stands_for(target, interpreter),
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
    typed = tuple(Dependency(one.written, command) for one in asked if one.name in order.names)
    # What the project asks for itself is marked in its environment too; its bounds are known better from there.
    rest = tuple(one for one in asked if one.name not in order.names and one.name not in project)
    return [*found, Root(origin, rest), Root(command, typed)]


def _locked(scene: Scene) -> Lock | None:
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
    scene: Scene, order: Order, manner: Manner, lock: Lock | None
) -> dict[NormalizedName, tuple[Version, ...]]:
    """The versions to be tried first: those that are there, then those that the system has."""
    if manner.upgrade and not order.requirements:
        return {}
    found = dict(held.versions(lock)) if lock else {}
    elsewhere: Sequence[Installed] = ()
    if scene.site.layout.user:
        from venvoy.operations.standalone import user_site

        elsewhere = user_site.beside(scene.site)
    for one in (*scene.present, *(each for each in elsewhere if each.name not in order.names)):
        version = filenames.version(one.version)
        if version is not None:
            found[one.name] = (*found.get(one.name, ()), version)
    return {name: versions for name, versions in found.items() if not (manner.upgrade and name in order.names)}


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
