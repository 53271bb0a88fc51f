"""What a lockfile selects, remembered: to read a large one takes as long as to link all the files that it names.

An answer is a JSON file under ``<cache>/selections-v1``, named after the digest of all that it depends on: the text of
the lockfile, the interpreter, the groups and extras, what was asked for by name, and, if there are paths in it, where
the lockfile lies. A checksum of both question and answer comes first, so a file that was damaged or edited is none. The
cache may be deleted at any time.
"""

from __future__ import annotations

import json
import os

from venvoy import __version__
from venvoy.digests import blake2b
from venvoy.errors import Problem
from venvoy.model.artifact import Artifact
from venvoy.model.names import NormalizedName
from venvoy.model.plan import Wanted
from venvoy.patterns import pattern
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from venvoy.model.interpreter import Interpreter

_FOLDER = "selections-v1"
_PATH = pattern(r"\bpath\s*=")
_MOST = 100
"""Answers that are kept, the last ones: each is some 30 KB."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a lockfile selects, from which ``inputs`` it was made, and whether it ``covers`` the interpreter."""

    wanted: tuple[Wanted, ...]
    inputs: str
    covers: bool


def place(  # noqa: PLR0913, PLR0917 - all that the answer depends on
    cache: Path,
    lock_text: str,
    folder: Path,
    interpreter: Interpreter,
    parts: Collection[Sequence[str]],
    requested: Collection[str],
) -> Path:
    """The file of an answer, whether it is there or not.

    Args:
        cache: the folder of venvoy's cache.
        lock_text: the lockfile.
        folder: where it lies.
        interpreter: whom it is for.
        parts: the groups, the extras, and what counts of which wheels.
        requested: the names that the person asked for.
    """
    question = (
        __version__,
        _digest(lock_text.encode("utf-8", "surrogatepass")),
        str(folder) if "path" in lock_text and _PATH.search(lock_text) else "",
        sorted(interpreter.markers.items()),
        interpreter.tags,
        tuple(map(tuple, parts)),
        sorted(requested),
    )
    return cache / _FOLDER / _digest(repr(question).encode("utf-8", "surrogatepass"))


def recall(path: Path) -> Chosen | None:
    """The answer in a file; None when there is none."""
    try:
        checksum, _, body = path.read_bytes().partition(b"\n")
        if checksum != _checksum(path, body):
            return None
        rows, inputs, covers = json.loads(body)
        return Chosen(tuple(_wanted(*row) for row in rows), inputs, covers)
    except (OSError, ValueError, TypeError):
        return None


def remember(path: Path, chosen: Chosen) -> None:
    """Keep an answer, if it is one that can be kept."""
    if any(one.pinned or not one.version for one in chosen.wanted):
        return
    rows = [_row(one) for one in chosen.wanted]
    # What is not as usual, now or in times to come, does not survive the way there and back.
    if tuple(_wanted(*row) for row in rows) != tuple(map(_as_text, chosen.wanted)):
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        body = json.dumps([rows, chosen.inputs, chosen.covers]).encode("ascii")
        fs.write_atomic(path, _checksum(path, body) + b"\n" + body)
        kept = sorted(os.scandir(path.parent), key=lambda entry: entry.stat().st_mtime_ns)
        for entry in kept[:-_MOST]:
            os.unlink(entry)  # noqa: PTH108 - an entry of scandir
    except (OSError, Problem):
        return  # the next time merely takes longer


def _checksum(path: Path, body: bytes) -> bytes:
    return _digest(path.name.encode("ascii") + body).encode("ascii")


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()


def _as_text(one: Wanted) -> Wanted:
    return replace(one, artifact=replace(one.artifact, version=str(one.artifact.version)))


_Row = tuple[str, str, str, str, "int | None", "str | None", "dict[str, str]", "list[str]", bool, str]


def _row(one: Wanted) -> _Row:
    file = one.artifact
    return (
        one.name,
        one.version,
        file.filename,
        file.url,
        file.size,
        file.upload_time,
        dict(file.hashes),
        sorted(file.tags),
        one.requested,
        file.kind,
    )


def _wanted(  # noqa: PLR0913, PLR0917 - a row
    name: str,
    version: str,
    filename: str,
    url: str,
    size: int | None,
    time: str | None,
    hashes: dict[str, str],
    tags: list[str],
    requested: bool,  # noqa: FBT001 - a row
    kind: str,
) -> Wanted:
    named = NormalizedName(name)
    file = Artifact(filename, url, kind, named, version, hashes, size, time, tags=frozenset(tags))
    return Wanted(named, version, file, requested)
