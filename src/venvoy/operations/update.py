"""``update``: newer versions, within the bounds of pyproject.toml or beyond them, locked and installed as one step."""

from __future__ import annotations

from functools import reduce
from operator import or_

from venvoy.errors import Problem
from venvoy.formats import bounds, pyproject_edit, requirements
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.source import INDEX
from venvoy.operations import home as homes
from venvoy.operations import lock as locks
from venvoy.operations.edit import goal
from venvoy.operations.project import read_lockfile
from venvoy.operations.resolving import held
from venvoy.operations.resolving.proposals import Applied, Edit
from venvoy.operations.sync import bring
from venvoy.resolver.no_solution import NoSolution
from venvoy.values import TYPE_CHECKING, NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from packaging.requirements import Requirement
    from packaging.version import Version

    from venvoy.formats.pylock_draft import Lock
    from venvoy.model.interpreter import Interpreter
    from venvoy.model.requirement import Origin, Written
    from venvoy.model.resolution import Resolution
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located
    from venvoy.operations.resolving.proposals import Wish
    from venvoy.operations.sync import Synced


class _Bound(NamedTuple):
    """A requirement of the project with bounds that keep newer versions out, and what it is without these."""

    name: NormalizedName
    origin: Origin
    requirement: Requirement
    lifted: str


def update(  # noqa: PLR0913 - what to update, and how
    context: Context,
    located: Located,
    names: Sequence[str] = (),
    wish: Wish | None = None,
    *,
    latest: bool = False,
    dry_run: bool = False,
) -> Synced:
    """Take the newest versions of these distributions, or of all; lock and install them.

    With ``latest``, bounds of the project's own requirements that keep the newest version out are moved, each in its
    own style and only as far as it takes; lower bounds and exclusions stay.

    Raises:
        Problem: not-a-dependency, and whatever locking and syncing raise; nothing has changed then.
    """
    home = homes.find(context, located)
    previous = read_lockfile(located, context.reporter)
    chosen = frozenset(requirements.name(name, "a distribution") for name in names)
    _check(located, previous, chosen)
    upgrade = locks.Upgrade(not chosen, chosen, along=bool(chosen))
    found = _beyond(context, located, home.interpreter, previous, upgrade) if latest else None
    if found is None:
        found = locks.mended(context, located, home.interpreter, previous, wish, upgrade)
    edited, locked = found
    return bring(context, home, goal(context, located, edited, locked), dry_run=dry_run)


def _check(located: Located, previous: Lock | None, names: frozenset[NormalizedName]) -> None:
    known = {one.name for root in located.file.roots() for one in root.dependencies}
    known.update(held.versions(previous) if previous else ())
    for name in sorted(names - known):
        raise Problem(
            "not-a-dependency",
            f"{name} is not locked, so there is nothing of it to update.",
            why="Nothing that this project needs asks for it.",
            fix=("venvoy tree   shows what the project needs", f"venvoy add {name}   makes it a dependency"),
            where=str(located.pyproject),
        )


def _beyond(
    context: Context, located: Located, interpreter: Interpreter, previous: Lock | None, upgrade: locks.Upgrade
) -> tuple[Located, locks.Locked] | None:
    """The project with its bounds moved, and its lockfile; None when there is no solution without bounds either."""
    where = str(located.pyproject)
    lifted = [one for one in _bounds(located) if upgrade.everything or one.name in upgrade.names]
    text = located.text
    for _, origin, requirement, without in lifted:
        text = pyproject_edit.replace(text, requirement, without, origin, where)
    try:
        resolution = locks.solve(context, located.with_text(text), interpreter, previous, upgrade)
    except NoSolution:
        return None
    text, edits = located.text, []
    for _, origin, requirement, without in lifted:
        versions = _chosen(resolution, origin, requirements.parse(without))
        moved = bounds.admitting(requirement.specifier, versions)
        if moved != requirement.specifier:
            # "==" and "~=" name one version, and targets that have several need them all.
            fitting = all(moved.contains(version, prereleases=True) for version in versions)
            after = bounds.written(requirement, moved) if fitting else without
            edited = pyproject_edit.replace(text, requirement, after, origin, where)
            if edited != text:  # else it stands in a group that this one includes
                text = edited
                before = bounds.written(requirement, requirement.specifier)
                edits.append(Edit("raise", str(origin), before, after))
    project = located.with_text(text)
    locked = locks.record(context, project, resolution, previous)
    return project, replace(locked, applied=Applied(tuple(edits), ()) if edits else None)


def _bounds(located: Located) -> Iterator[_Bound]:
    for root in located.file.roots():
        for one in root.dependencies:
            requirement = one.requirement
            opened = bounds.open_above(requirement.specifier)
            source = located.file.sources.get(one.name)
            if opened != requirement.specifier and (source is None or source.kind == INDEX):
                yield _Bound(one.name, root.origin, requirement, bounds.written(requirement, opened))


def _chosen(resolution: Resolution, origin: Origin, requirement: Written) -> set[Version]:
    """The versions that were chosen because of a requirement of the project."""
    name = canonicalize_name(requirement.name)
    edges = [edge for edge in resolution.edges if edge.parent == origin and edge.child == name]
    where = reduce(or_, (edge.targets for edge in edges if requirements.parse(edge.requirement) == requirement), 0)
    return {one.candidate.version for one in resolution.selected if one.candidate.name == name and one.targets & where}
