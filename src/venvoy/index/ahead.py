"""Fetching ahead in copies of this process: pages are fetched and cut there while versions are chosen here.

Threads of one Python take turns, and reading pages is work for the processor. So where this process may be copied,
copies read what is wanted and follow their own guess of what will be: the newest version of each name, and what that
one needs; each takes care of some of the names. What they have read lies in the cache, or comes through a pipe. They
are a help and no more: whatever they do not do (they ask nobody for credentials and try nothing twice) is done here as
if there were none, with the same words.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import re
import struct
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, islice

from packaging.version import Version

from venvoy.formats import pythons
from venvoy.index.cache import pack
from venvoy.model.artifact import Artifact, Candidate
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.patterns import pattern
from venvoy.system import process
from venvoy.values import TYPE_CHECKING, Protocol, dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import IO, Any

    from venvoy.index.work import Pool
    from venvoy.model.artifact import CoreMetadata, Project
    from venvoy.model.guess import Guess

_FRAME = struct.Struct("<I")
_PAGE, _METADATA = "page", "metadata"
# So many failures, and it is left to this process, which says what is wrong and may ask for credentials.
_MOST_FAILURES = 4
# So many versions of a name are looked at for one that is likely to be chosen.
_LIKELY = 20
_URGENT = 4
# When another version than the likely one is asked for of so many names, guesses are worth less than their time.
_MOST_MISSED = 6
_MOST_COPIES = 3
# So many names to begin with bring as much work along as it takes to make one more copy.
_WORTH_ANOTHER = 8
_NAME = pattern(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?")
_EXTRA = pattern(r"extra\s*==\s*['\"]([^'\"]+)")
# Only older Pythons or other implementations than most projects are for.
_UNLIKELY = pattern(r"python(?:_full)?_version\s*<|['\"]pypy['\"]", re.IGNORECASE)

Key = tuple[str, ...]


class Provider(Protocol):
    """The part of an index that the copy needs."""

    def project(self, name: NormalizedName) -> Project:
        """The page of a name."""

    def metadata(self, candidate: Candidate, artifact: Artifact) -> CoreMetadata:
        """What a file needs."""

    def is_kept(self, name: NormalizedName) -> bool:
        """Whether a page that was read is where the other process will find it."""


@dataclass(frozen=True, slots=True)
class _Pipes:
    """For each copy a pipe with what is asked of it and one with its answers; each pipe as reader and writer.

    Copies ask each other as well. Nobody writes into ``life``: it ends with the process that made the copies.
    """

    requests: Sequence[tuple[int, int]]
    answers: Sequence[tuple[int, int]]
    life: tuple[int, int]

    @classmethod
    def new(cls, count: int) -> _Pipes:
        return cls([os.pipe() for _ in range(count)], [os.pipe() for _ in range(count)], os.pipe())

    def keep(self, *kept: int) -> None:
        """Close all ends but these."""
        for end in chain(*self.requests, *self.answers, self.life):
            if end not in kept:
                os.close(end)


class Ahead:
    """The near end. Only where :func:`venvoy.system.process.may_fork`.

    Args:
        twin: makes the index of a copy, which must not share connections with this process.
        pool: has no threads yet; makes those of a copy.
        guess: where to begin.
    """

    def __init__(self, twin: Callable[[], Provider], pool: Pool, guess: Guess) -> None:
        self._work = partial(_serve, twin, pool, guess)
        known = len({*guess.names, *guess.locked})
        self._count = min(os.cpu_count() or 1, _MOST_COPIES, 1 + known // _WORTH_ANOTHER)
        self._asked: set[Key] = set()
        self._done: dict[Key, Any] = {}
        self._failures = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def running(self) -> Iterator[list[int]]:
        """Fetch while the block runs; gives the numbers of the processes."""
        pipes = _Pipes.new(self._count)
        self._requests = [writer for _, writer in pipes.requests]
        answers = [reader for reader, _ in pipes.answers]
        with contextlib.ExitStack() as stack:
            copies = stack.enter_context(
                process.copies([partial(self._work, pipes, number) for number in range(self._count)])
            )
            pipes.keep(*self._requests, *answers, pipes.life[1])
            for end in (*self._requests, pipes.life[1]):
                stack.callback(os.close, end)
            self._answers = [stack.enter_context(open(reader, "rb")) for reader in answers]
            for copy in copies:
                stack.callback(copy.end)
            yield [copy.number for copy in copies]

    def want_page(self, name: NormalizedName) -> bool:
        """Whether the copy takes care of a page."""
        return self._want((_PAGE, name), (_PAGE, name, (), True))

    def want_metadata(self, artifact: Artifact) -> bool:
        """Whether the copy takes care of what a file needs: one with a file of metadata beside it (PEP 658)."""
        if not _is_described(artifact):
            return False
        facts = (artifact.filename, artifact.url, artifact.name, str(artifact.version), dict(artifact.hashes))
        return self._want(_key(artifact), (_METADATA, *facts, dict(artifact.metadata or {})))

    def page(self, name: NormalizedName) -> bool:
        """Whether the copy has just put a page into the cache; waits for it if it was wanted."""
        return bool(self._wait((_PAGE, name)))

    def metadata(self, artifact: Artifact) -> tuple[str, bytes] | None:
        """The packed metadata of a file, and the SHA-256 under which the cache has it; waits if it was wanted."""
        found: tuple[str, bytes] | None = self._wait(_key(artifact)) if _is_described(artifact) else None
        return found

    def _want(self, key: Key, request: tuple[object, ...]) -> bool:
        with self._lock:
            if self._failures >= _MOST_FAILURES:
                return False
            if key not in self._asked and key not in self._done:
                self._asked.add(key)
                try:
                    _send(self._requests[_owner(key, self._count)], request)
                except OSError:
                    self._failures = _MOST_FAILURES
                    return False
            return True

    def _wait(self, key: Key) -> Any:  # noqa: ANN401 - as the kind of the key has it
        with self._lock:
            while key in self._asked and key not in self._done and self._failures < _MOST_FAILURES:
                answer = _receive(self._answers[_owner(key, self._count)])
                if answer is None:
                    self._failures = _MOST_FAILURES
                    return None
                done, self._done[done] = answer[0], answer[1]
                self._failures += not answer[1]
            return self._done.get(key)


def _owner(key: Key, count: int) -> int:
    """Which copy takes care of a name: the same one of its page and of its files."""
    return zlib.crc32(key[1].encode()) % count


def _serve(twin: Callable[[], Provider], pool: Pool, guess: Guess, pipes: _Pipes, number: int) -> None:
    """In a copy: read what is wanted and what is guessed, until the other process ends it or is gone."""
    requests, answers = pipes.requests[number][0], pipes.answers[number][1]
    others = [writer for _, writer in pipes.requests]
    pipes.keep(requests, answers, *others, pipes.life[0])
    threading.Thread(target=_end_with, args=(pipes.life[0],), daemon=True).start()
    follower = _Follower(twin(), pool, guess, others, number)
    # Whoever reads must not have to wait until the other process has time for the answers.
    threading.Thread(target=follower.tell, args=(answers,), daemon=True).start()
    follower.begin()
    with open(requests, "rb") as pipe:
        while (request := _receive(pipe)) is not None:
            kind, name, *facts = request
            if kind == _METADATA:
                follower.describe(_artifact(name, *facts))
                continue
            extras, urgent = facts
            if urgent:
                follower.fetch(name)
            follower.want(name, frozenset(extras))


def _end_with(life: int) -> None:
    os.read(life, 1)
    os._exit(0)


class _Follower:
    """Reads names, and the names that those need."""

    def __init__(self, index: Provider, pool: Pool, guess: Guess, others: Sequence[int], number: int) -> None:
        from queue import SimpleQueue  # noqa: PLC0415 - thread pools have loaded it

        self._index, self._pool, self._guess = index, pool, guess
        self._others, self._number = others, number
        # What the other process waits for does not wait for guesses.
        self._urgent = ThreadPoolExecutor(_URGENT)
        self._lock = threading.Lock()
        self._guessed: dict[str, str] = {}
        self._missed: set[str] = set()
        self._followed: dict[str, set[str]] = {}
        self._told: set[Key] = set()
        self._queue: SimpleQueue[tuple[Key, object]] = SimpleQueue()

    def begin(self) -> None:
        """Follow what is needed for certain."""
        for name, extras in self._guess.names.items():
            if _owner((_PAGE, name), len(self._others)) == self._number:
                self.want(name, extras)

    def want(self, name: NormalizedName, extras: frozenset[str]) -> None:
        """Read the page of a name some time, and what its likely version needs; or let the other copy do it."""
        with self._lock:
            known = self._followed.get(name)
            fresh = extras if known is None else extras - known
            if known is not None and not fresh:
                return
            self._followed.setdefault(name, set()).update(extras)
        owner = _owner((_PAGE, name), len(self._others))
        if owner == self._number:
            self._pool.submit(self._follow, name, extras)
            return
        with contextlib.suppress(OSError):  # that one is gone, which the process that made us will notice
            _send(self._others[owner], (_PAGE, name, tuple(extras), False))

    def fetch(self, name: NormalizedName) -> None:
        """Read a page now."""
        self._urgent.submit(self._page, name)

    def describe(self, artifact: Artifact) -> None:
        """Read what a file needs now."""
        version = str(artifact.version)
        if self._guessed.get(artifact.name, version) != version:
            self._missed.add(artifact.name)
        self._urgent.submit(self._read, artifact)

    def _page(self, name: NormalizedName) -> Project:
        try:
            project = self._index.project(name)
        except BaseException:
            self._say((_PAGE, name), told=False)
            raise
        self._say((_PAGE, name), told=self._index.is_kept(name))
        return project

    def _follow(self, name: NormalizedName, extras: frozenset[str]) -> None:
        if len(self._missed) >= _MOST_MISSED:
            return
        artifact = self._likely(self._page(name))
        if artifact:
            self._guessed[name] = str(artifact.version)
        found = self._read(artifact) if artifact else None
        for needed, wanted in _needs(found.requires_dist, extras) if found else ():
            if needed not in self._guess.never:
                self.want(needed, wanted)

    def _read(self, artifact: Artifact) -> CoreMetadata | None:
        key = _key(artifact)
        try:
            found = self._index.metadata(Candidate(artifact.name, artifact.parsed_version, (artifact,)), artifact)
        except BaseException:
            self._say(key, told=None)
            raise
        self._say(key, (artifact.hashes["sha256"], pack(found)))
        return found

    def _likely(self, project: Project) -> Artifact | None:
        """A file that speaks for the version that is likely to be chosen."""
        locked = self._guess.locked.get(project.name)
        for candidate in islice(project.candidates, None if locked else _LIKELY):
            if (str(candidate.version) != locked) if locked else candidate.version.is_prerelease:
                continue
            wheels = [one for one in candidate.artifacts if _is_described(one) and one.yanked is None]
            if wheels and _serves(wheels[0].requires_python, self._guess.python):
                keys = [_key(one) for one in wheels]
                return wheels[keys.index(max(keys, key=keys.count))]
        return None

    def _say(self, key: Key, told: object) -> None:
        with self._lock:
            if key not in self._told:
                self._told.add(key)
                self._queue.put((key, told))

    def tell(self, answers: int) -> None:
        """Hand on what is found, for ever."""
        while True:
            _send(answers, self._queue.get())


def _needs(requirements: Iterable[str], extras: frozenset[str]) -> Iterator[tuple[NormalizedName, frozenset[str]]]:
    for text in requirements:
        body, _, marker = text.partition(";")
        asked = _EXTRA.findall(marker)
        found = _NAME.match(body)
        if not found or _UNLIKELY.search(marker) or (asked and extras.isdisjoint(map(canonicalize_name, asked))):
            continue
        wanted = (canonicalize_name(extra) for extra in (found[2] or "").split(",") if extra.strip())
        yield canonicalize_name(found[1]), frozenset(wanted)


def _serves(requires_python: str | None, python: str) -> bool:
    return not requires_python or not python or pythons.admits(requires_python, f"{python}.99")


def _is_described(artifact: Artifact) -> bool:
    return (
        artifact.kind == "wheel"
        and artifact.metadata is not None
        and "sha256" in artifact.hashes
        and artifact.url.startswith("http")
    )


def _key(artifact: Artifact) -> Key:
    """Files with the same key have the same metadata."""
    told = (artifact.metadata or {}).get("sha256")
    return _METADATA, artifact.name, str(artifact.version), told or artifact.hashes["sha256"]


def _artifact(  # noqa: PLR0913, PLR0917 - its fields
    filename: str, url: str, name: NormalizedName, version: str, hashes: dict[str, str], metadata: dict[str, str]
) -> Artifact:
    return Artifact(filename, url, "wheel", name, Version(version), hashes=hashes, metadata=metadata)


def _send(pipe: int, message: Any) -> None:  # noqa: ANN401 - what marshal takes
    data = marshal.dumps(message)
    data = _FRAME.pack(len(data)) + data
    while data:
        data = data[os.write(pipe, data) :]


def _receive(pipe: IO[bytes]) -> Any:  # noqa: ANN401 - what the other end has sent
    """The next message, None when there will be none."""
    head = pipe.read(_FRAME.size)
    data = pipe.read(*_FRAME.unpack(head)) if len(head) == _FRAME.size else b""
    return marshal.loads(data) if data else None  # noqa: S302 - from our own copy
