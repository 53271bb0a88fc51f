"""``uninstall``: out of an environment or a user site; nothing is resolved and no index is asked."""

from __future__ import annotations

from venvoy.errors import Problem
from venvoy.formats import requirements
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.plan import Change
from venvoy.operations.inspection.inspect import not_installed
from venvoy.operations.standalone import others, own_lock
from venvoy.operations.standalone.scenes import Scene
from venvoy.operations.sync import SEEDS
from venvoy.values import TYPE_CHECKING, dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from packaging.requirements import Requirement

    from venvoy.model.artifact import CoreMetadata
    from venvoy.model.requirement import Written
    from venvoy.operations.context import Context
    from venvoy.operations.standalone.scenes import Done
    from venvoy.operations.standalone.sites import Site


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is to go, and what that means.

    ``unneeded`` came along with something and is needed by nothing that stays. ``broken`` are sentences: who needs what
    is to go.
    """

    scene: Scene = field(repr=False)
    names: tuple[NormalizedName, ...]
    unneeded: tuple[NormalizedName, ...]
    broken: tuple[str, ...]


def look(context: Context, site: Site, texts: Sequence[str]) -> Leaving:
    """Find out what it means that these go; the site's lock is held.

    Raises:
        Problem: name-invalid, not-installed.
    """
    scene = Scene.read(context, site)
    there = {one.name for one in scene.present}
    names = tuple(sorted({requirements.name(text, "a distribution") for text in texts}))
    for text in texts:
        if canonicalize_name(text) not in there:
            raise not_installed(text, site, there)
    said = {one.name: found for one in scene.present if (found := others.metadata(one)) is not None}
    ours = {one.name for one in scene.present if one.wheel_sha256}
    asked = [one for one in _asked(scene) if canonicalize_name(one.name) not in names]
    staying = {canonicalize_name(one.name): frozenset(one.extras) for one in asked}
    staying |= {name: staying.get(name, frozenset()) for name in there - ours - set(names)}
    needs = _reached(said, staying, set(names), scene.interpreter.markers)
    itself = {site.located.file.name} if site.located else set()
    unneeded = tuple(sorted(ours - set(names) - needs.keys() - SEEDS - itself))
    versions = {one.name: one.version for one in scene.present}
    broken = tuple(
        f"{name} {versions[name]} needs {requirement}"
        for name in sorted(needs)
        if name in versions
        for child, requirement in sorted(needs[name].items())
        if child in names
    )
    return Leaving(scene, names, unneeded, broken)


def uninstall(leaving: Leaving, *, unneeded: bool, force: bool = False, dry_run: bool = False) -> Done:
    """Take them out, all or nothing; ``unneeded``: and what nothing needs any more; ``force``: also what others need.

    Raises:
        Problem: still-needed, environment-invalid when there is no list of the files of one, and whatever changing an
            environment raises.
    """
    if leaving.broken and not force:
        raise still_needed(leaving)
    scene = leaving.scene
    gone = {*leaving.names, *(leaving.unneeded if unneeded else ())}
    kept = () if unneeded else leaving.unneeded
    own = own_lock.reduced(scene.site, scene.own.without(gone, kept), gone)
    changes = [Change(one.name, one, None) for one in scene.present if one.name in gone]
    done = scene.carry_out(own, changes, dry_run=dry_run)
    lost = tuple(sorted({one.name for one in scene.present if one.name in gone and not one.wheel_sha256}))
    return replace(done, unneeded=kept, broken=leaving.broken, lost=lost)


def still_needed(leaving: Leaving) -> Problem:
    """Others need what is to go."""
    who = sorted({sentence.partition(" ")[0] for sentence in leaving.broken})
    option = leaving.scene.site.option
    return Problem(
        "still-needed",
        f"{' and '.join(leaving.names)} cannot go: others need it.",
        why="\n".join(leaving.broken),
        fix=(
            f"Take them out too: venvoy uninstall{option} {' '.join((*leaving.names, *who))}",
            f"or take it out all the same: venvoy uninstall{option} --force {' '.join(leaving.names)}",
        ),
        data={"needed_by": who},
    )


def _asked(scene: Scene) -> list[Written]:
    """What people asked for, here or in the project whose environment it is."""
    located = scene.site.located
    project = [one.written for root in located.file.roots() for one in root.dependencies] if located else []
    return [*scene.own.asked, *project]


def _reached(
    said: Mapping[NormalizedName, CoreMetadata],
    start: Mapping[NormalizedName, Iterable[str]],
    gone: set[NormalizedName],
    markers: Mapping[str, str],
) -> dict[NormalizedName, dict[NormalizedName, Requirement]]:
    """What is needed by what stays, each with its own needs; nothing is reached through what goes."""
    extras: dict[NormalizedName, set[str]] = {name: set(wanted) for name, wanted in start.items()}
    found: dict[NormalizedName, dict[NormalizedName, Requirement]] = {}
    todo = list(start)
    while todo:
        name = todo.pop()
        if name in gone:
            continue
        needs = others.needs(said[name], markers, extras[name]) if name in said else {}
        found[name] = needs
        for child, requirement in needs.items():
            wanted = extras.setdefault(child, set())
            if child not in found or not wanted.issuperset(requirement.extras):
                wanted.update(requirement.extras)
                todo.append(child)
    return found
