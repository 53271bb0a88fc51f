"""``install``: into an environment or a user site, without a project; resolved, recorded in a lockfile of its own."""

from __future__ import annotations

from venvoy.errors import Problem
from venvoy.formats import pylock, requirements
from venvoy.model.names import NormalizedName  # noqa: TC001 - a set of them is made
from venvoy.operations.standalone import others, own_lock
from venvoy.operations.standalone.scenes import Scene
from venvoy.operations.sync import SEEDS, difference
from venvoy.operations.wheels.fetch import with_builds
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvoy.model.plan import Wanted
    from venvoy.model.requirement import Written
    from venvoy.operations.context import Context
    from venvoy.operations.standalone.orders import Manner, Order
    from venvoy.operations.standalone.own_lock import Own
    from venvoy.operations.standalone.scenes import Done
    from venvoy.operations.standalone.sites import Site


def install(context: Context, site: Site, order: Order, manner: Manner) -> Done:
    """Install what is ordered beside what was asked for before, all of it or nothing; the site's lock is held.

    Versions that are there stay where they can.

    Raises:
        Problem: no-solution, no-version, hash-mismatch, and whatever resolving, fetching and installing raise.
    """
    scene = Scene.read(context, site)
    scene.allow_builds()
    if _is_there(scene, order, manner):
        return replace(scene.carry_out(scene.own, (), dry_run=True), dry_run=manner.dry_run, skipped=order.skipped)
    from venvoy.operations.standalone import choosing  # it brings the resolver along

    adopted = _adopted(scene, order, everything=manner.adopt)
    wanted = order.requirements or (_tops(scene, adopted) if manner.adopt else ())
    own = scene.own.asking(wanted)
    try:
        own, left = choosing.choose(scene, own, order, manner, adopted)
    except Problem as problem:
        _mind_place(problem, site, order, manner)
        raise
    chosen = _selected(scene, own)
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


def _is_there(scene: Scene, order: Order, manner: Manner) -> bool:
    """Whether all of it was asked for before in these words, and is there as it is locked: no index is asked then."""
    plain = not (manner.upgrade or manner.adopt or order.constraints or any(one.url for one in order.requirements))
    own = scene.own
    if not plain or own.lock is None or scene.site.located:
        return False
    asking = own.asking(order.requirements)
    if asking.kept != own.kept or [*asking.asked] != [*own.asked]:  # lists: another length is enough
        return False
    if not pylock.covers(own.lock, scene.interpreter.markers):
        return False
    chosen = _selected(scene, own)
    ours = [one for one in scene.present if one.wheel_sha256 or one.name in {each.name for each in chosen}]
    return order.names <= {one.name for one in chosen} and not order.hashes and not difference(ours, chosen)


def _selected(scene: Scene, own: Own) -> tuple[Wanted, ...]:
    """The files to install; what is built already stands in the place of its source."""
    marked = {one.name for one in scene.present if one.requested} if scene.site.located else ()
    chosen = own_lock.select(scene.site, own, scene.interpreter, marked)
    return with_builds(scene.context, scene.python, chosen, scene.present)


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


def _tops(scene: Scene, adopted: frozenset[NormalizedName]) -> list[Written]:
    """Of what is taken over, what counts as asked for: what is marked so, and what nothing else needs."""
    needed: set[NormalizedName] = set()
    for one in scene.present:
        said = others.metadata(one)
        needed |= set(others.needs(said, scene.interpreter.markers)) if said else set()
    return [
        requirements.understood(one.name)
        for one in scene.present
        if one.name in adopted and (one.requested or one.name not in needed)
    ]


def _check_hashes(chosen: Sequence[Wanted], order: Order) -> None:
    """What a requirements file demands of the bytes."""
    for one in chosen:
        demanded = order.hashes.get(one.name, ())
        file = one.source or one.artifact
        has = {f"{algorithm}:{digest}" for algorithm, digest in file.hashes.items()}
        if demanded and has.isdisjoint(demanded) and one.pinned is None:
            raise Problem(
                "hash-mismatch",
                f"{file.filename} is not a file that the requirements file allows.",
                why=f"It demands {', '.join(demanded)}.",
                fix=("Correct the hash, if you trust the file; or ask where it comes from.",),
            )


def _mind_place(problem: Problem, site: Site, order: Order, manner: Manner) -> None:
    """Say what to do here, where no pyproject.toml is read."""
    here = {"venvoy add ": f"venvoy install{site.option} "}
    if site.located is None:
        python = f"{manner.again} --python " if site.layout.user else "venvoy venv PATH --python "
        here["venvoy sync --python "] = python
    for old, new in here.items():
        problem.fix = tuple(step.replace(old, new) for step in problem.fix)
    names = problem.data.get("names")
    if problem.code == "needs-build" and site.located is None and isinstance(names, list):
        words = " ".join(f"--build {name}" for name in names)
        problem.fix = (f"{manner.again} {words}   allows it", *problem.fix[1:])
    if problem.code == "source-missing" and not any(one.url for one in order.requirements):
        gone = f"venvoy uninstall{site.option} NAME   if what was installed from there is no longer wanted"
        problem.fix = (*problem.fix, gone)
