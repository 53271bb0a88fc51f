"""``undo`` and ``redo``: go back and forth in the history of a project, an environment or a user site.

As one step, and without the network.
"""

from __future__ import annotations

import contextlib
import json
import os
from functools import partial
from itertools import pairwise
from pathlib import Path

from packaging.version import Version

from venvoy import __version__
from venvoy.environment import apply, installed, stamp
from venvoy.errors import Problem
from venvoy.formats import toml
from venvoy.model.artifact import Artifact
from venvoy.model.names import canonicalize_name
from venvoy.model.plan import Change, Plan, Wanted
from venvoy.operations import home as homes
from venvoy.operations import writing
from venvoy.operations.history.log import History, Log, State
from venvoy.operations.history.recording import take
from venvoy.operations.home import Home
from venvoy.operations.inspection import locked
from venvoy.operations.past import changed_lines
from venvoy.operations.project import LOCKFILE, Located
from venvoy.operations.sync import Selection, difference, note_current
from venvoy.operations.wheels.fetch import fetch, placed_again
from venvoy.python import discover, probe
from venvoy.values import TYPE_CHECKING, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from venvoy.model.interpreter import Interpreter
    from venvoy.model.names import NormalizedName
    from venvoy.model.stored import StoredWheel
    from venvoy.operations.context import Context
    from venvoy.operations.history.log import Held, Snapshot
    from venvoy.operations.project import Place

    Agree = Callable[[Sequence["Edit"]], None]

_SHOWN = 12
_BY_HAND = "Or take pyproject.toml and pylock.toml from version control, and then: venvoy sync"


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody edited by hand in a file of the project and what is about to be taken back.

    ``lines`` are the lines of a unified difference that begin with a sign or a space, the first few; ``more`` says how
    many follow.
    """

    file: str
    lines: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Travelled:
    """What going back or forth did, or with ``dry_run`` would do.

    ``commands`` are those that were undone or redone, in that order; ``written`` and ``deleted`` are names of files.
    ``undo`` and ``redo`` say how many changes can be undone and redone from there.
    """

    commands: tuple[tuple[str, ...], ...]
    written: tuple[str, ...]
    deleted: tuple[str, ...]
    edits: tuple[Edit, ...]
    environment: Path
    python: str
    created: bool
    changes: tuple[Change, ...]
    dry_run: bool
    undo: int
    redo: int


def undo(context: Context, place: Place, number: int, agree: Agree, *, dry_run: bool = False) -> Travelled:
    """Undo the last ``number`` changes.

    The caller holds the lock of the place; a project's environment need not be there. ``agree`` is called with what was
    edited by hand and would be taken back, if anything was, and raises to stop that; with ``dry_run`` nobody is asked.

    Raises:
        Problem: nothing-to-undo, history-incomplete, python-not-found, and whatever changing an environment raises.
    """
    return _Journey(context, place, agree, dry_run=dry_run).go(-number)


def redo(context: Context, place: Place, number: int, agree: Agree, *, dry_run: bool = False) -> Travelled:
    """Do again what was undone last, ``number`` times; the rest as for :func:`undo`."""
    return _Journey(context, place, agree, dry_run=dry_run).go(number)


class _Journey:
    def __init__(self, context: Context, place: Place, agree: Agree, *, dry_run: bool) -> None:
        self._context = context
        self._place = place
        self._directory = place.directory
        self._environment = place.environment
        self._agree = agree
        self._dry_run = dry_run
        self._history = History(context.settings.cache_dir, place)

    def go(self, number: int) -> Travelled:
        now = take(self._place)
        log = self._history.settled(now.state)
        position = log.position + number
        if not log.first <= position <= len(log.steps):
            raise _too_far(log, number, self._place)
        target = Log(log.steps, position, log.tip).expected
        edits = tuple(self._edits(log, position, now))
        if edits and not self._dry_run:
            self._agree(edits)
        return self._carry_out(log.leaving(now.state), position, target, now, edits)

    def _carry_out(self, log: Log, position: int, target: State, now: Snapshot, edits: tuple[Edit, ...]) -> Travelled:
        files = self._files(target, now.state)
        located = None if self._place.alone else self._located(target)
        home = self._home(target)
        listed = self._history.distributions(target)
        changes = _changes(home, listed)
        back = position < log.position
        passed = log.steps[position : log.position][::-1] if back else log.steps[log.position : position]
        if not self._dry_run:
            self._history.prepare(Log(log.steps, position, log.tip), now.contents)
            try:
                self._change(target, located, home, changes, files)
            except BaseException:
                with contextlib.suppress(OSError, Problem):
                    self._history.settled(take(self._place).state)
                raise
            self._history.commit()
            self._history.protect(take(self._place))
        return Travelled(
            commands=tuple(step.command for step in passed),
            written=tuple(path.name for path, data in files if data is not None),
            deleted=tuple(path.name for path, data in files if data is None),
            edits=edits,
            environment=self._place.site.purelib if self._place.site else self._environment,
            python=home.interpreter.version if home else "",
            created=home is not None and home.environment is None,
            changes=changes,
            dry_run=self._dry_run,
            undo=position - log.first,
            redo=len(log.steps) - position,
        )

    def _change(
        self,
        target: State,
        located: Located | None,
        home: Home | None,
        changes: Sequence[Change],
        files: Sequence[tuple[Path, bytes | None]],
    ) -> None:
        if home is None:
            writing.write(self._context, self._directory, files)
            return
        wheels = self._wheels([change.new for change in changes if change.new], target)
        plan = Plan.of(changes, wheels, {}, files)
        opened = homes.opened(self._context, located, home) if located else contextlib.nullcontext(home.environment)
        with opened as environment:
            if environment is not None and plan != Plan():
                context = self._context
                again = partial(placed_again, context)
                apply.apply(environment, plan, link=context.settings.link_mode, reporter=context.reporter, again=again)
            if environment is None or located is None:
                return
            if target.current:
                note_current(located, environment, Selection(target.groups, target.extras), located.lock_text)
            else:
                # What it holds is remembered; that it equals the files is not claimed: no path is absent and there.
                selected = stamp.selection(target.groups, target.extras)
                root = str(environment.root)
                stamp.write(root, __version__, selected, [f"absent {root}"])

    def _files(self, target: State, now: State) -> list[tuple[Path, bytes | None]]:
        """The files of the project that have to change, with their new content; None: they go."""
        found: list[tuple[Path, bytes | None]] = []
        for (name, wanted), (_, there) in zip(target.files, now.files, strict=True):
            if wanted != there:
                found.append((self._directory / name, self._history.content(wanted) if wanted else None))
        return found

    def _located(self, target: State) -> Located:
        """The project as it was."""
        where = os.fspath(self._directory)
        lock_text = toml.decode(self._history.content(target.lockfile), where) if target.lockfile else None
        text = toml.decode(self._history.content(target.pyproject), where) if target.pyproject else ""
        try:
            located = Located.of(self._directory, text)
        except Problem:
            located = Located.of(self._directory, "")  # it was edited by hand, and had a fault then
        located = replace(located, text=text, lock_text=lock_text)
        return located if located.environment == self._environment else replace(located, home=self._environment)

    def _home(self, target: State) -> Home | None:
        """The environment to change, or the Python to make one with; None when there was none and there is none."""
        try:
            environment = self._place.layout()
        except Problem as problem:
            if self._place.alone:
                raise
            if not target.environment:
                return None
            misfit = "" if problem.code == "environment-missing" else (problem.why or problem.what).rstrip(".")
            return Home(self._interpreter(target), None, misfit)
        minors = {"", environment.minor}
        if self._place.alone or (target.minor in minors and stamp.belongs(os.fspath(self._environment))):
            present = probe.describe(environment.base_python, cache=self._context.interpreters)
            return Home(present, environment)
        misfit = f"it has Python {environment.version}, and had {target.python} at that time"
        return Home(self._interpreter(target), None, misfit)

    def _interpreter(self, target: State) -> Interpreter:
        """The Python that the environment had: the same one, or else another of its minor version."""
        cache = self._context.interpreters
        if Path(target.interpreter).is_file():
            same = probe.describe(target.interpreter, cache=cache)
            if same.markers["python_version"] == target.minor:
                return same
        try:
            return discover.find(target.minor or None, requires=None, environ=self._context.environ, cache=cache)
        except Problem as problem:
            raise Problem(
                "python-not-found",
                f"The environment had Python {target.python} at that time, and no Python {target.minor} was found.",
                why=problem.why,
                fix=(f"Install Python {target.minor}, then run the command again.", _BY_HAND),
            ) from problem

    def _wheels(self, wanted: Sequence[Wanted], target: State) -> Mapping[NormalizedName, StoredWheel]:
        found = {one.name: self._context.store.get(one.artifact.hashes["sha256"]) for one in wanted}
        ready = {name: wheel for name, wheel in found.items() if wheel is not None}
        missing = [one for one in wanted if one.name not in ready]
        if not missing:
            return ready
        names = ", ".join(f"{one.name} {one.version}" for one in missing)
        sources = self._sources(target)
        known = [replace(one, artifact=sources.get(one.artifact.hashes["sha256"], one.artifact)) for one in missing]
        if not all(one.artifact.url for one in known):
            raise _pruned(names, "The lockfile of that time does not say where to get them.")
        try:
            fetched = fetch(self._context, known)
        except Problem as problem:
            raise _pruned(names, f"Fetching again what is missing failed: {problem.what}") from problem
        self._context.reporter.warn(f"No longer in the store, so it was fetched again: {names}")
        return {**ready, **fetched}

    def _sources(self, target: State) -> Mapping[str, Artifact]:
        """Where the wheels of the lockfile come from, by SHA-256."""
        if not target.lockfile:
            return {}
        where = os.fspath(self._directory / LOCKFILE)
        return locked.sources(toml.decode(self._history.content(target.lockfile), where), where)

    def _edits(self, log: Log, position: int, now: Snapshot) -> Iterator[Edit]:
        """What was edited by hand since the last command, and between the commands that are to be undone."""
        if position < log.position:
            undone = log.steps[position : log.position]
            for step, following in pairwise(undone):
                yield from self._differences(step.after, following.start, {})
            yield from self._differences(undone[-1].after, now.state, now.contents)
        else:
            yield from self._differences(log.steps[log.position].before, now.state, now.contents)

    def _differences(self, old: State, new: State, contents: Mapping[str, bytes]) -> Iterator[Edit]:
        for (name, before), (_, after) in zip(old.files, new.files, strict=True):
            if before != after:
                old_text, new_text = (
                    contents.get(one) or self._history.content(one) if one else b"" for one in (before, after)
                )
                lines = changed_lines(old_text, new_text)
                yield Edit(name, tuple(lines[:_SHOWN]), max(0, len(lines) - _SHOWN))


def _changes(home: Home | None, listed: Sequence[Held]) -> tuple[Change, ...]:
    """The steps to what was installed; what venvoy did not install stays, because it could not bring it back."""
    if home is None:
        return ()
    wanted = [_wanted(one) for one in listed]
    names = {one.name for one in wanted}
    present = installed.read(home.environment) if home.environment else ()
    return difference([one for one in present if one.wheel_sha256 or one.name in names], wanted)


def _wanted(one: Held) -> Wanted:
    name = canonicalize_name(one.name)
    # The digest is enough to take a wheel from the store.
    wheel = Artifact("", "", "wheel", name, Version(one.version), hashes={"sha256": one.sha256})
    origin = json.loads(one.direct_url) if one.direct_url else None
    return Wanted(name, one.version, wheel, one.requested, origin)


def _too_far(log: Log, number: int, place: Place) -> Problem:
    word, possible = ("undo", log.position - log.first) if number < 0 else ("redo", len(log.steps) - log.position)
    history = f"venvoy history{place.option}   shows"
    if possible:
        steps = "1 change" if possible == 1 else f"{possible} changes"
        what = f"Only {steps} can be {'undone' if number < 0 else 'done again'}."
        return Problem("nothing-to-undo", what, fix=(f"venvoy {word}{place.option} {possible}", f"{history} them"))
    if number < 0:
        why = f"No command has changed {place.called} yet, or the history was deleted along with the cache."
        if log.first:
            why = f"venvoy {' '.join(log.steps[0].command)} made this project, and that stays."
        fix = (f"venvoy redo{place.option}   does again what was undone",) if log.position < len(log.steps) else ()
        return Problem("nothing-to-undo", "There is nothing to undo.", why=why, fix=fix)
    why = "Nothing has been undone, or another change was made since."
    return Problem("nothing-to-undo", "There is nothing to redo.", why=why, fix=(f"{history} the changes",))


def _pruned(names: str, why: str) -> Problem:
    return Problem(
        "history-incomplete",
        f"That cannot be undone or done again from here: the store no longer holds {names}.",
        why=why,
        fix=(
            "Run the command again when the index can be reached.",
            _BY_HAND,
        ),
    )
