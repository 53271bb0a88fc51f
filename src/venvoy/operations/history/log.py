"""What happened to a project, an environment or a user site, kept so that it can be undone.

Kept below the cache: an environment may be deleted at any time, and a project's folder shall show nothing of it::

    history-v2/<key of the project>/         (for an environment in an unusual place: and a hyphen, and a key of that)
      log                 the steps, as JSON; see Log
      log.next            the log as it will be when the change at hand has happened
      blobs/<BLAKE2b>     a content of pyproject.toml or pylock.toml, or a list of distributions (JSON)
      .venvoy/            the journal of a change to files of the project alone, see venvoy.operations.writing
      wheels              the SHA-256 of every wheel that undo and redo may need, one a line

``log.next`` is written, to the disk, before a change and renamed after it. Where one is left over, the command was
ended in between: a change happens or it does not, so the project is either as that log has it now, or as it was before.
A project that is moved with its environment takes its history along: the environment tells where it was.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from venvoy.digests import blake2b
from venvoy.environment.place import displaced
from venvoy.errors import Problem
from venvoy.model.plan import Moved
from venvoy.operations.project import ENVIRONMENT, HISTORY, LOCKFILE, PYPROJECT, Place, key
from venvoy.patterns import pattern
from venvoy.store import registry
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, NamedTuple, dataclass, fields, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

FOLDER = HISTORY
WHEELS = ".venvoy/wheels"
"""In an environment: the SHA-256 of each wheel that is in it or that its project's history needs, one a line."""

_SHA256 = pattern(rb'"([0-9a-f]{64})"')


class Held(NamedTuple):
    """A distribution that venvoy put into an environment; ``direct_url`` is the text of direct_url.json, or empty."""

    name: str
    version: str
    sha256: str
    requested: bool
    direct_url: str


@dataclass(frozen=True, slots=True)
class State:
    """How a project was: digests of its files and of the list of what was installed; empty where there was nothing.

    ``python`` and ``interpreter`` are the version and the executable that the environment was made from, ``groups`` and
    ``extras`` what it was made to hold. ``current`` tells whether it was known to equal the files. ``alone`` is for an
    environment without a project, or a user site: it has no pyproject.toml, and need not have.
    """

    pyproject: str = ""
    lockfile: str = ""
    environment: str = ""
    python: str = ""
    interpreter: str = ""
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    current: bool = False
    alone: bool = False

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """The names of the project's files, each with its digest."""
        own = (LOCKFILE, self.lockfile)
        return (own,) if self.alone else ((PYPROJECT, self.pyproject), own)

    @property
    def began(self) -> bool:
        """Whether there was something to go back to: a project, or an environment that needs none."""
        return self.alone or bool(self.pyproject)

    @property
    def minor(self) -> str:
        """The first two numbers of the version of Python."""
        return ".".join(self.python.split(".")[:2])

    def with_environment_of(self, other: State) -> State:
        """The files of this state, and the environment of the other."""
        return replace(other, pyproject=self.pyproject, lockfile=self.lockfile)

    def same(self, other: State) -> bool:
        """Whether there is nothing to restore between the two."""
        return (
            self.files == other.files
            and self.environment == other.environment
            and (self.minor == other.minor or not (self.minor and other.minor))
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One change: when (ISO 8601, UTC), the words that were typed, the states, the moves in the lockfile.

    ``edited`` is how the project was when it was last left for another step, where that is not ``before``: somebody had
    edited it by hand.
    """

    time: str
    command: tuple[str, ...]
    before: State
    after: State
    moves: tuple[Moved, ...] = ()
    edited: State | None = None

    @property
    def start(self) -> State:
        """Where undoing it leads."""
        return self.edited or self.before


@dataclass(frozen=True, slots=True)
class Log:
    """The steps, oldest first: those before ``position`` have been done, the others undone.

    ``tip`` is how the project was when the first of the latter was undone, or after the last step: with what somebody
    had edited by hand until then. That is what the last redo leads back to.
    """

    steps: tuple[Step, ...] = ()
    position: int = 0
    tip: State = State()

    @property
    def expected(self) -> State:
        """How the project is if nobody touched it since the last command."""
        return self.steps[self.position].start if self.position < len(self.steps) else self.tip

    @property
    def first(self) -> int:
        """The least position that can be gone back to: what made a project stays."""
        return 1 if self.steps and not self.steps[0].before.began else 0

    def leaving(self, now: State) -> Log:
        """The log that leads back to ``now``, whatever was edited by hand, once another step has become the present.

        That somebody deleted pyproject.toml, or the environment, is nothing to go back to.
        """
        if not now.began:
            return self
        if not now.python:
            now = now.with_environment_of(self.expected)
        if self.position == len(self.steps):
            return replace(self, tip=now)
        steps = list(self.steps)
        step = steps[self.position]
        steps[self.position] = replace(step, edited=None if now.same(step.before) else now)
        return replace(self, steps=tuple(steps))

    def with_step(self, step: Step, depth: int) -> Log:
        """The log after another change: what was undone is forgotten, and so is what is older than ``depth`` steps.

        Where there was no pyproject.toml, a project begins, and nothing before it counts.
        """
        steps = (*self.steps[: self.position], step)[-depth:] if step.before.began else (step,)
        return Log(steps, len(steps), step.after)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state with the contents that its digests stand for."""

    state: State
    contents: Mapping[str, bytes]

    def changed(self, files: Mapping[str, bytes], held: Sequence[Held] | None, **other: Any) -> Snapshot:  # noqa: ANN401 - fields of State
        """The state after a change, of which only what changes is named."""
        names = {PYPROJECT: "pyproject", LOCKFILE: "lockfile"}
        new = {names[name]: data for name, data in files.items() if name in names}
        if held is not None:
            new["environment"] = _listing(held)
        digests: dict[str, Any] = {
            name: digest_of(data) if data or name != "environment" else "" for name, data in new.items()
        }
        known = {**self.contents, **{digests[name]: data for name, data in new.items()}}
        return Snapshot(replace(self.state, **digests, **other), known)


class History:
    """The history of one place; whoever changes it holds its lock. Each environment of a project has one of its own."""

    def __init__(self, cache: Path, place: Place) -> None:
        self._folder = _folder(cache, place.directory, place.environment)
        self._place = place
        self._log, self._next = self._folder / "log", self._folder / "log.next"
        follow(cache, place)

    def load(self) -> Log:
        """The log as it was last written; an empty one when there is none, or none that can be read."""
        return _read(self._log) or Log()

    def settled(self, now: State) -> Log:
        """The log, after finding out whether a change happened at whose very end a command was ended."""
        if os.path.lexists(self._next):
            coming = _read(self._next)
            if coming is not None and coming.expected.same(now):
                fs.replace(os.fspath(self._next), os.fspath(self._log))
            else:
                fs.discard(os.fspath(self._next))
        return self.load()

    def prepare(self, log: Log, contents: Mapping[str, bytes]) -> None:
        """Write down the log as it will be, and every content that it leads to.

        Raises:
            Problem: disk-full, permission-denied, file-error: the change must not be made then.
        """
        blobs = self._folder / "blobs"
        fresh = []
        with fs.attempting(f"keep the history of {self._place.called}", blobs):
            blobs.mkdir(parents=True, exist_ok=True)
            flushed = self._log.read_bytes() if self._log.is_file() else b""
            for digest in _needed(log) & contents.keys():
                path, content = blobs / digest, contents[digest]
                there = path.is_file() and path.stat().st_size == len(content)
                if not there:
                    fs.write_atomic(path, content)
                if not there or digest.encode() not in flushed:  # one that is there may have been left by a kill
                    fresh.append(os.fspath(path))
            fs.flush(fresh)
            fs.sync_folder(os.fspath(blobs))
        fs.write_atomic(self._next, _written(log, self._place.directory), durable=True)

    def commit(self) -> None:
        """Make what was prepared the log: the change has happened. That this fails is found out by :meth:`settled`."""
        with contextlib.suppress(OSError, Problem):
            fs.replace(os.fspath(self._next), os.fspath(self._log))
            self._tidy()

    def content(self, digest: str) -> bytes:
        """What is kept under a digest.

        Raises:
            Problem: history-incomplete, when it is gone or not what it was.
        """
        path = self._folder / "blobs" / digest
        try:
            data = path.read_bytes()
        except OSError:
            data = b""
        if digest_of(data) != digest:
            raise Problem(
                "history-incomplete",
                f"The history of {self._place.called} is damaged: a part of it is missing.",
                why="It lies with the cache, and somebody or something deleted or changed files there.",
                fix=()
                if self._place.alone
                else ("If the project is under version control, take pyproject.toml and pylock.toml from there.",),
                where=os.fspath(path),
            )
        return data

    def distributions(self, state: State) -> tuple[Held, ...]:
        """What was installed in a state."""
        return tuple(Held(*item) for item in json.loads(self.content(state.environment))) if state.environment else ()

    def protect(self, now: Snapshot) -> None:
        """Note in the environment which wheels must stay in the store; that it cannot be noted is no fault."""
        with contextlib.suppress(OSError, Problem):
            path = self._place.environment / WHEELS
            if path.parent.is_dir():
                wheels = set(_wheels(now.contents.get(now.state.environment, b"")))
                registry.note(self._folder.parent.parent, path.parent.parent, wheels)
                with contextlib.suppress(FileNotFoundError):
                    wheels.update((self._folder / "wheels").read_text(encoding="utf-8").split())
                fs.write_atomic(path, _lines(wheels))

    def _tidy(self) -> None:
        """Delete the contents that nothing leads to any more, and note the wheels that the rest needs."""
        log = self.load()
        needed = _needed(log)
        blobs = self._folder / "blobs"
        for path in blobs.iterdir():
            if path.name not in needed:
                fs.discard(os.fspath(path))
        lists = {state.environment for state in _states(log)} - {""}
        wheels = {sha256 for digest in lists for sha256 in _wheels((blobs / digest).read_bytes())}
        fs.write_atomic(self._folder / "wheels", _lines(wheels))


def follow(cache: Path, place: Place) -> None:
    """Take the history of a place along that was moved, as its environment tells, if nobody is where it was."""
    folder = _folder(cache, place.directory, place.environment)
    if place.site or (folder / "log").is_file():
        return
    origin, there = displaced(os.fspath(place.environment))
    old = Path(origin)
    directory = old if place.alone else old.parent
    inside = place.alone or (old.name, place.directory) == (place.environment.name, place.environment.parent)
    if origin and inside and not there and not (directory / PYPROJECT).exists():
        with contextlib.suppress(OSError):  # there was none
            _folder(cache, directory, old).rename(folder)


def _folder(cache: Path, directory: Path, environment: Path) -> Path:
    usual = environment == directory / ENVIRONMENT
    return cache / FOLDER / (key(directory) if usual else f"{key(directory)}-{key(environment)[:8]}")


def digest_of(data: bytes) -> str:
    """What a content is kept under."""
    return blake2b(data, digest_size=32).hexdigest()


def remembered(cache: Path, start: Path) -> Path | None:
    """The nearest folder, from ``start`` upwards, of which there is a history: for who has lost pyproject.toml."""
    return next((one for one in (start, *start.parents) if (cache / FOLDER / key(one) / "log").is_file()), None)


def _listing(distributions: Sequence[Held]) -> bytes:
    return json.dumps(sorted(distributions), separators=(",", ":")).encode() if distributions else b""


def _wheels(listing: bytes) -> list[str]:
    return [found.decode("ascii") for found in _SHA256.findall(listing)]


def _lines(digests: set[str]) -> bytes:
    return "".join(f"{digest}\n" for digest in sorted(digests)).encode("ascii")


def _states(log: Log) -> Iterator[State]:
    for step in log.steps:
        yield step.before
        yield step.after
        yield step.start
    yield log.tip


def _needed(log: Log) -> set[str]:
    return {digest for state in _states(log) for digest in (state.pyproject, state.lockfile, state.environment)} - {""}


def _plain(state: State) -> dict[str, object]:
    return {row.name: getattr(state, row.name) for row in fields(State) if getattr(state, row.name)}


def _written(log: Log, directory: Path) -> bytes:
    document = {
        "project": os.fspath(directory),
        "position": log.position,
        "tip": _plain(log.tip),
        "steps": [
            {
                "time": step.time,
                "command": step.command,
                "before": _plain(step.before),
                "after": _plain(step.after),
                "moves": [(one.name, one.old, one.new) for one in step.moves],
                "edited": _plain(step.edited) if step.edited else None,
            }
            for step in log.steps
        ],
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _read(path: Path) -> Log | None:
    try:
        document = json.loads(path.read_bytes())
        steps = tuple(
            Step(
                row["time"],
                tuple(row["command"]),
                _state(row["before"]),
                _state(row["after"]),
                tuple(Moved(*move) for move in row["moves"]),
                _state(row["edited"]) if row["edited"] else None,
            )
            for row in document["steps"]
        )
        return Log(steps, min(document["position"], len(steps)), _state(document["tip"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _state(row: Mapping[str, Any]) -> State:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return State(**values)
