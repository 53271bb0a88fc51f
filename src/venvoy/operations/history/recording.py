"""Recording a change: how the project is before it, and how it will be, go into its history along with it."""

from __future__ import annotations

import contextlib
import os
import re
from datetime import datetime, timezone

from venvoy import __version__
from venvoy.environment import installed, stamp
from venvoy.errors import Problem
from venvoy.model.plan import Plan
from venvoy.operations.history.log import Held, History, Snapshot, State, Step
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from venvoy.model.interpreter import Interpreter
    from venvoy.model.plan import Installed, Moved
    from venvoy.operations.context import Context
    from venvoy.operations.project import Place


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command is about to do to a project: the plan, and the moves in its lockfile.

    ``interpreter`` is that of the environment which will equal the files, with these groups and extras; None when
    only files change. ``present`` is what is installed in it now, None when it is yet to be made. ``current`` is false
    when the environment will hold something else than the files say.
    """

    plan: Plan
    moves: Sequence[Moved] = ()
    interpreter: Interpreter | None = None
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    present: Sequence[Installed] | None = field(default=None, repr=False)
    current: bool = True

    def after(self, before: Snapshot) -> Snapshot:
        """How the project will be."""
        files = {path.name: data for path, data in self.plan.files if data is not None}
        if self.interpreter is None:
            return before.changed(files, None, current=False)
        from venvoy.environment import contents

        coming = {one.wheel.name for one in self.plan.install}
        gone = {one.dist_info for one in self.plan.remove}
        staying = [one for one in self.present or () if one.name not in coming and one.dist_info not in gone]
        new = [
            Held(one.wheel.name, one.wheel.version, one.wheel.sha256, one.requested, contents.direct_url(one))
            for one in self.plan.install
        ]
        return before.changed(
            files,
            [*_held(staying), *new],
            python=self.interpreter.version,
            interpreter=self.interpreter.base_executable,
            groups=self.groups,
            extras=self.extras,
            current=self.current,
        )


def take(place: Place, present: Sequence[Installed] | None = None) -> Snapshot:
    """How a project, an environment or a user site is now.

    Args:
        place: which one; its environment need not be there.
        present: what is installed in its environment, if that has been read already.
    """
    read = {name: data for name in place.names if (data := _content(place.directory / name)) is not None}
    start = Snapshot(State(alone=place.alone), {}).changed(read, None)
    try:
        environment = place.layout()
        there = installed.read(environment) if present is None else present
    except Problem:
        return start  # there is none, or none that anybody could go back to
    root = os.fspath(environment.root)
    groups, extras = stamp.selected(root) or ((), ())
    return start.changed(
        {},
        _held(there),
        python=environment.version,
        interpreter=environment.base_python,
        groups=groups,
        extras=extras,
        current=stamp.matches(root, __version__),
    )


@contextlib.contextmanager
def recorded(context: Context, place: Place, outcome: Outcome) -> Iterator[None]:
    """Keep what is about to change, so that it can be undone; when the change fails, nothing is kept.

    That a missing environment is made from unchanged files is no step: there is nothing to go back to.
    """
    if outcome.plan == Plan():
        yield
        return
    context.mind_lock()
    history = History(context.settings.cache_dir, place)
    there = take(place, outcome.present)
    log = history.settled(there.state)
    before = there
    if there.state.began and not there.state.python:
        # Somebody deleted the environment: what it held is what can be gone back to.
        before = Snapshot(there.state.with_environment_of(log.expected), there.contents)
    after = outcome.after(before)
    if before.state.same(after.state) or not (outcome.plan.files or there.state.python):
        yield
    else:
        now = datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
        step = Step(now, _shown(context.typed), before.state, after.state, tuple(outcome.moves))
        history.prepare(log.with_step(step, context.settings.history_depth), after.contents)
        try:
            yield
        except BaseException:
            with contextlib.suppress(OSError, Problem):
                history.settled(take(place).state)
            raise
        history.commit()
    history.protect(after)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise fs.problem(error, "read this file", path) from error


def _held(distributions: Iterable[Installed]) -> list[Held]:
    return [
        Held(one.name, one.version, one.wheel_sha256, one.requested, one.direct_url)
        for one in distributions
        if one.wheel_sha256
    ]


def _shown(words: Sequence[str]) -> tuple[str, ...]:
    """What was typed, without passwords, which are never shown."""
    return tuple(re.sub(r"://[^/\s]*@", "://", word) for word in words)
