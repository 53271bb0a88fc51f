"""Make an environment equal to the lockfile."""

from __future__ import annotations

import os
from functools import partial

from venvoy import __version__
from venvoy.environment import installed, stamp
from venvoy.errors import Problem
from venvoy.formats import conflicts, pylock, requirements
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.plan import Change, Plan
from venvoy.model.requirement import Origin
from venvoy.model.source_tree import Python
from venvoy.operations import chosen
from venvoy.operations import home as homes
from venvoy.operations.building import folders
from venvoy.operations.history import recording
from venvoy.operations.project import PYPROJECT, pin_file, read_lockfile, read_text
from venvoy.operations.resolving import inputs
from venvoy.operations.wheels.fetch import compiled, fetch, install, with_builds, with_itself
from venvoy.system import observed
from venvoy.values import TYPE_CHECKING, dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from venvoy.environment.layout import Environment
    from venvoy.formats.pylock_draft import Lock
    from venvoy.model.interpreter import Interpreter
    from venvoy.model.plan import Installed, Moved, Wanted
    from venvoy.operations import lock as locks
    from venvoy.operations.context import Context
    from venvoy.operations.home import Home
    from venvoy.operations.project import Located
    from venvoy.operations.resolving.fixes import Applied, Wish

SEEDS = frozenset({"pip"})
"""Distributions that may be in an environment without being locked: a beginner's ``pip`` is not extraneous."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which parts of the project an environment holds besides the project's own dependencies, by normalized name."""

    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()

    def joined(self, other: Selection) -> Selection:
        """What either of the two selects."""
        return Selection(
            tuple(sorted({*self.groups, *other.groups})),
            tuple(sorted({*self.extras, *other.extras})),
        )


@dataclass(frozen=True, slots=True)
class Goal:
    """How a project shall be: its files, its lockfile, and what its environment holds.

    ``locked`` is None when the lockfile stays as it is, and it is known already what is ``wanted`` of it. ``files`` are
    files of the project with their new text; the lockfile comes with them by itself. With ``exact`` false, what is
    installed and not locked may stay.
    """

    located: Located
    locked: locks.Locked | None
    selection: Selection
    files: Mapping[Path, str] = field(default_factory=dict)
    exact: bool = True
    wanted: tuple[Wanted, ...] = ()


@dataclass(frozen=True, slots=True)
class Synced:
    """What ``sync`` did, or with ``dry_run`` would do; ``applied`` is the edit that was made to have a solution."""

    environment: Path
    python: str
    created: bool
    lockfile_changed: bool
    lockfile_moves: tuple[Moved, ...]
    changes: tuple[Change, ...]
    dry_run: bool
    applied: Applied | None = None


def choose(
    context: Context, located: Located, groups: Iterable[str] = (), extras: Iterable[str] = (), *, dev: bool = True
) -> Selection:
    """The selection that was asked for: the default groups that the project has, and what is named besides.

    An environment with a name has groups and extras of its own in place of the default groups.

    Raises:
        Problem: group-unknown, extra-unknown, name-invalid.
    """
    has = located.file
    named = map(canonicalize_name, context.settings.default_groups)
    # A variable speaks of all projects; what the project's own file names has to be there, but for the usual one.
    own = context.settings.sources["default_groups"] == PYPROJECT
    default = [name for name in named if name in has.groups or (own and name != "dev")] if dev else []
    if located.named:
        default, extras = list(located.named.groups), [*located.named.extras, *extras]
    chosen = sorted({*default, *(requirements.name(name, "a group") for name in groups)})
    wanted = sorted({requirements.name(name, "an extra") for name in extras})
    _check("group", "--group", chosen, has.groups, has.where, default)
    _check("extra", "--optional", wanted, has.extras, has.where)
    parts = [*(Origin("group", name) for name in chosen), *(Origin("extra", name) for name in wanted)]
    conflicts.refuse(has.conflicts, parts, has.where)
    return Selection(tuple(chosen), tuple(wanted))


def _check(  # noqa: PLR0913, PLR0917 - the parts of one message
    kind: str, option: str, names: Iterable[str], known: Collection[str], where: str, default: Collection[str] = ()
) -> None:
    for name in names:
        if name not in known:
            raise Problem(
                f"{kind}-unknown",
                f"This project has no {kind} {name!r}.",
                why=f"It has: {', '.join(sorted(known))}." if known else f"It has no {kind}s at all.",
                fix=(
                    f"Add a dependency to it, and it exists: venvoy add {option} {name} NAME",
                    *(("Or take it out of default-groups in [tool.venvoy].",) if name in default else ()),
                ),
                where=where,
                data={"known": sorted(known)},
            )


def last_selection(located: Located) -> Selection:
    """What the environment was last made to hold, as far as the project still has it."""
    groups, extras = stamp.selected(os.fspath(located.environment)) or ((), ())
    return Selection(
        tuple(name for name in groups if name in located.file.groups),
        tuple(name for name in extras if name in located.file.extras),
    )


def sync(  # noqa: PLR0913 - what to sync, and how
    context: Context,
    located: Located,
    selection: Selection,
    wish: Wish | None = None,
    *,
    exact: bool = True,
    dry_run: bool = False,
) -> Synced:
    """Bring lockfile and environment up to date; with ``exact``, take out what is not locked.

    With the setting ``locked`` a lockfile that is missing or out of date is a fault instead of being written; with
    ``frozen`` it is taken as it is.

    Raises:
        Problem: lockfile-missing, lockfile-outdated, and whatever resolving, downloading and installing raise.
    """
    home = homes.find(context, located)
    known = None if wish and wish.number else _known(context, located, home.interpreter, selection)
    if known is not None:
        return bring(context, home, Goal(located, None, selection, exact=exact, wanted=known), dry_run=dry_run)
    previous = read_lockfile(located, context.reporter)
    edited, locked = _lock(context, located, home, previous, wish)
    files = {located.pyproject: edited.text} if edited.text != located.text else {}
    if files:
        home = homes.find(context, edited)
    return bring(context, home, Goal(edited, locked, selection, files, exact), dry_run=dry_run)


def _lock(
    context: Context, located: Located, home: Home, previous: Lock | None, wish: Wish | None
) -> tuple[Located, locks.Locked]:
    from venvoy.operations import lock as locks

    if context.settings.frozen or context.settings.locked:
        if previous is None:
            raise locks.missing(located)
        if not context.settings.frozen and not locks.is_current(context, previous, located, home.interpreter):
            raise locks.outdated(context, previous, located, home.interpreter)
        return located, locks.Locked(previous, "", changed=False, moved=())
    return locks.mended(context, located, home.interpreter, previous, wish)


def _known(
    context: Context, located: Located, interpreter: Interpreter, selection: Selection
) -> tuple[Wanted, ...] | None:
    """What an earlier run found to be wanted, if this lockfile is to be taken as it is."""
    if located.lock_text is None:
        return None
    known = chosen.recall(_place(context, located, located.lock_text, interpreter, selection))
    if known is None:
        return None
    if not context.settings.frozen:
        digest = pylock.inputs_digest(located.file, inputs.of(inputs.in_force(context.settings, located)))
        if known.inputs != digest or not known.covers:
            return None
    return known.wanted


def _place(context: Context, located: Located, lock_text: str, interpreter: Interpreter, selection: Selection) -> Path:
    requested = _requested(located, selection)
    parts = (selection.groups, selection.extras, context.settings.no_binary, context.settings.only_binary)
    return chosen.place(context.settings.cache_dir, lock_text, located.directory, interpreter, parts, requested)


def bring(context: Context, home: Home, goal: Goal, *, dry_run: bool = False) -> Synced:
    """Write the project's files and change its environment, as one step: all of it or nothing."""
    located, locked = goal.located, goal.locked
    present = installed.read(home.environment) if home.environment else ()
    python = Python(home.interpreter, located.environment)
    right = _selected(context, home, goal, locked) if locked else goal.wanted
    placed = [one for one in present if one.direct_url]
    right = with_builds(context, python, with_itself(context, located, python, right), placed)
    changes = difference(present, right, exact=goal.exact)
    if not dry_run:
        texts = {**goal.files, **({located.lockfile: locked.text} if locked and locked.changed else {})}
        changes = _carry_out(context, home, goal, changes, texts, present)
    return Synced(
        located.environment,
        home.interpreter.version,
        home.environment is None,
        locked is not None and locked.changed,
        locked.moved if locked else (),
        changes,
        dry_run,
        locked.applied if locked else None,
    )


def _selected(context: Context, home: Home, goal: Goal, locked: locks.Locked) -> tuple[Wanted, ...]:
    """What the lockfile says that is wanted; remembered for the next time, unless it is one to warn of."""
    located, lock = goal.located, locked.found
    found = wanted(context, located, lock, home.interpreter, goal.selection)
    text = locked.text if locked.changed else located.lock_text
    changing = any(package.directory for package in lock.packages)  # whether it is up to date, only a look will tell
    if text is not None and str(lock.lock_version) == "1.0" and not changing:
        answer = chosen.Chosen(found, pylock.recorded_digest(lock), pylock.covers(lock, home.interpreter.markers))
        chosen.remember(_place(context, located, text, home.interpreter, goal.selection), answer)
    return found


def wanted(
    context: Context, located: Located, lock: Lock, interpreter: Interpreter, selection: Selection
) -> tuple[Wanted, ...]:
    """What the lockfile says an environment shall hold."""
    found = pylock.select(
        pylock.to_build(lock, context.policy.takes_wheels),
        markers=interpreter.markers,
        tags=interpreter.tags,
        groups=selection.groups,
        extras=selection.extras,
        requested=_requested(located, selection),
        where=str(located.lockfile),
    )
    return folders.with_owner(found, located.file, lock)


def _carry_out(  # noqa: PLR0913, PLR0917 - the steps, and what they start from
    context: Context,
    home: Home,
    goal: Goal,
    changes: Sequence[Change],
    texts: dict[Path, str],
    present: Sequence[Installed],
) -> tuple[Change, ...]:
    """Do it; returns the changes, with the versions that only building has told."""
    coming = [change.new for change in changes if change.new]
    python = Python(home.interpreter, goal.located.environment)
    meanwhile = None if home.environment else partial(homes.prepare, context, goal.located, home)
    wheels = fetch(context, coming, checked=False, python=python, meanwhile=meanwhile)
    located = _with_approvals(context, goal.located, texts)
    bytecode = compiled(context, home.interpreter, wheels.values())
    files = ((path, text.encode("utf-8")) for path, text in texts.items())
    plan = Plan.of(changes, wheels, bytecode, files)
    outcome = recording.Outcome(
        plan,
        goal.locked.moved if goal.locked else (),
        home.interpreter,
        goal.selection.groups,
        goal.selection.extras,
        present if home.environment else None,
    )
    recorded = recording.recorded(context, located.place, outcome)
    with recorded, homes.opened(context, located, home) as environment:
        if plan != Plan():
            install(context, environment, plan, coming, python)
        lock_text = texts.get(located.lockfile, located.lock_text)
        again = context.settings.no_install_project or context.settings.no_editable
        note_current(located, environment, goal.selection, lock_text, again=again)
    if (most := context.settings.max_store_size) is not None:
        from venvoy.operations.wheels import stores

        stores.keep_within(context, most)
    return tuple(
        replace(one, new=replace(one.new, version=wheels[one.name].version)) if one.new and not one.new.version else one
        for one in changes
    )


def _with_approvals(context: Context, located: Located, texts: dict[Path, str]) -> Located:
    """The project with what a person has allowed to be built, which is put into ``texts`` as well."""
    text = context.with_approvals(located.text, str(located.pyproject))
    if text == located.text:
        return located
    texts[located.pyproject] = text
    return located.with_text(text)


def note_current(
    located: Located, environment: Environment, selection: Selection, lock_text: str | None, *, again: bool = False
) -> None:
    """Note what the environment equals now, unless a file of the project was edited meanwhile.

    With ``again`` only what was selected is noted: the next command has to look again.

    The files are observed first and compared afterwards: an edit in between shows in their text, a later one in their
    modification time.
    """
    pin = pin_file(located.directory)
    rest = (*environment.watched, *folders.watched_of_text(lock_text, str(located.lockfile)))
    lines = observed.observe(map(str, (located.pyproject, located.lockfile, pin, *located.setup_files, *rest)))
    lines += [f"absent {environment.root}"] if again else []
    if read_text(located.pyproject) == located.text and read_text(located.lockfile) == lock_text:
        stamp.write(str(environment.root), __version__, stamp.selection(selection.groups, selection.extras), lines)


def difference(present: Sequence[Installed], wanted: Sequence[Wanted], *, exact: bool = True) -> tuple[Change, ...]:
    """The steps from what is present to what is wanted, sorted by name.

    A distribution stays when the very wheel that is locked was installed: the same version from elsewhere may hold
    other bytes. With ``exact`` false, what nobody asked for stays as well.
    """
    old: dict[NormalizedName, list[Installed]] = {}
    for distribution in present:
        old.setdefault(distribution.name, []).append(distribution)
    changes: list[Change] = []
    for item in wanted:
        here = old.pop(item.name, [])
        if len(here) == 1 and _same(here[0], item):
            continue
        changes.append(Change(item.name, here[0] if here else None, item))
        changes.extend(Change(item.name, duplicate, None) for duplicate in here[1:])
    if exact:
        changes.extend(
            Change(name, one, None) for name, extraneous in old.items() if name not in SEEDS for one in extraneous
        )
    return tuple(sorted(changes, key=lambda change: (change.name, change.new is None)))


def _same(present: Installed, wanted: Wanted) -> bool:
    sha256 = wanted.artifact.hashes.get("sha256", present.wheel_sha256)
    return (
        present.version == wanted.version
        and present.wheel_sha256 == sha256
        and present.requested == wanted.requested
        and bool(present.direct_url) == bool(wanted.direct_url)
        and (wanted.pinned is None or folders.came_from(present, wanted.direct_url))
    )


def _requested(located: Located, selection: Selection) -> frozenset[NormalizedName]:
    """What the selected parts of the project name themselves (REQUESTED, PEP 376)."""
    parts = [located.file.dependencies]
    parts += [located.file.groups[canonicalize_name(name)] for name in selection.groups]
    parts += [located.file.extras[canonicalize_name(name)] for name in selection.extras]
    return frozenset(dependency.name for part in parts for dependency in part)
