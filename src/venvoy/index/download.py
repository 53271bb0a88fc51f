"""Files of distributions: streamed to a temporary name, counted and hashed on the way, renamed when all is right."""

from __future__ import annotations

import os
from pathlib import Path

from venvoy.errors import Problem
from venvoy.index import faults
from venvoy.index.http import OK, PIECE, BrokenConnectionError
from venvoy.index.ranges import PARTIAL
from venvoy.index.sources import as_path
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import BinaryIO

    from venvoy.index.http import Http
    from venvoy.model.artifact import Artifact

_TRIES = 4
_WEAK = {"md5", "sha1"}
_UNSATISFIABLE = 416


class Checks:
    """Counts and hashes what comes in, for comparing with what an artifact promises.

    Args:
        hashes: digest by algorithm; algorithms that this Python does not know are passed over.
    """

    def __init__(self, hashes: Mapping[str, str]) -> None:
        import hashlib  # noqa: PLC0415 - 4 ms that those who download nothing save

        known = [name for name in hashes if name in hashlib.algorithms_guaranteed and not name.startswith("shake")]
        self._counters = {name: hashlib.new(name, usedforsecurity=False) for name in {*known, "sha256"}}
        self.size = 0

    def update(self, piece: bytes) -> None:
        """Take a piece in."""
        self.size += len(piece)
        for counter in self._counters.values():
            counter.update(piece)

    @property
    def sha256(self) -> str:
        """The SHA-256 so far, in hex."""
        return self._counters["sha256"].hexdigest()

    def compare(self, artifact: Artifact) -> None:
        """Raise what differs. A size alone does not count where a strong hash says that the file is the right one.

        Raises:
            Problem: ``size-mismatch`` or ``hash-mismatch``.
        """
        again = (
            "Run the command again: the file may have been damaged on the way.",
            "If it happens again, do not install this file. Tell whoever runs the index: it may have been changed.",
        )
        if artifact.url.startswith("file:"):
            again = (
                f"If somebody has put another one there on purpose: venvoy update {artifact.name}",
                "If not, do not install it, and find out who has changed it.",
            )
        received = {name: counter.hexdigest() for name, counter in self._counters.items() if name in artifact.hashes}
        wrong = next((name for name, digest in received.items() if artifact.hashes[name] != digest), None)
        sure = wrong is None and bool(received.keys() - _WEAK)
        if not sure and artifact.size is not None and artifact.size != self.size:
            raise Problem(
                "size-mismatch",
                f"{artifact.filename} has {self.size} bytes, and it should have {artifact.size}.",
                fix=again,
                where=faults.shown(artifact.url),
                data={"expected": artifact.size, "received": self.size},
            )
        if wrong is not None:
            raise Problem(
                "hash-mismatch",
                f"{artifact.filename} is not the file that it should be: its {wrong} hash is another one.",
                why=f"expected {artifact.hashes[wrong]}\nreceived {received[wrong]}",
                fix=again,
                where=faults.shown(artifact.url),
                data={"algorithm": wrong, "expected": artifact.hashes[wrong], "received": received[wrong]},
            )


def download(http: Http, artifact: Artifact, folder: Path, on_bytes: Callable[[int], None]) -> tuple[Path, Checks]:
    """Bring a file into a folder.

    Args:
        http: fetches.
        artifact: the file.
        folder: made when missing. A file that is there already and right is not fetched again.
        on_bytes: told how many bytes have come in; a negative number takes back what has to come again.

    Returns:
        The file's path, and what was counted.

    Raises:
        Problem: size-mismatch, hash-mismatch, download-truncated, disk-full and what a request can raise.
    """
    path = folder / artifact.filename
    there = _there(path, artifact)
    if there:
        on_bytes(there.size)
        return path, there
    with fs.attempting(f"download {artifact.filename}", folder):
        folder.mkdir(parents=True, exist_ok=True)
        import tempfile  # noqa: PLC0415 - 5 ms that only a download pays

        descriptor, temporary = tempfile.mkstemp(suffix=".part", prefix=".venvoy-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            local = artifact.url.startswith("file:")
            checks = _copy(artifact, file, on_bytes) if local else _receive(http, artifact, file, on_bytes)
        checks.compare(artifact)
        Path(temporary).replace(path)
    except OSError as error:
        raise fs.problem(error, f"download {artifact.filename}", folder) from error
    finally:
        Path(temporary).unlink(missing_ok=True)
    return path, checks


def size(http: Http, url: str) -> int | None:
    """How many bytes a file has, as its server says; None when it does not tell.

    The first byte alone is asked for: some servers that store files elsewhere know no HEAD requests.
    """
    try:
        with http.stream(url, {"Range": "bytes=0-0"}, accept=(OK, PARTIAL)) as stream:
            if stream.status != PARTIAL:
                return _number(stream.headers.get("content-length", ""))
            for _ in stream.pieces():  # read to its end, the connection can be used again
                pass
            return _number(stream.headers.get("content-range", "").rpartition("/")[2])
    except (Problem, BrokenConnectionError):
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def checked(path: Path, artifact: Artifact) -> Checks:
    """Count and hash a file of this machine and compare.

    Raises:
        Problem: size-mismatch, hash-mismatch, permission-denied or file-error.
    """
    checks = Checks(artifact.hashes)
    with fs.attempting("read this file", path):
        for piece in _pieces_of(path):
            checks.update(piece)
    checks.compare(artifact)
    return checks


def _there(path: Path, artifact: Artifact) -> Checks | None:
    if not artifact.hashes or not path.is_file():
        return None
    try:
        return checked(path, artifact)
    except Problem:
        return None


def _pieces_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _copy(artifact: Artifact, file: BinaryIO, on_bytes: Callable[[int], None]) -> Checks:
    path, checks = as_path(artifact.url), Checks(artifact.hashes)
    if not path.is_file():
        raise Problem(
            "file-error",
            f"The file {artifact.filename} is not where it should be.",
            fix=("Put it back, or run venvoy lock to choose anew from what is there.",),
            where=str(path),
        )
    for piece in _pieces_of(path):
        file.write(piece)
        checks.update(piece)
        on_bytes(len(piece))
    return checks


def _receive(http: Http, artifact: Artifact, file: BinaryIO, on_bytes: Callable[[int], None]) -> Checks:
    checks = Checks(artifact.hashes)

    def take(piece: bytes) -> None:
        file.write(piece)
        checks.update(piece)
        on_bytes(len(piece))

    validator = ""
    for _ in range(_TRIES):
        headers = {"Range": f"bytes={checks.size}-"} if checks.size else {}
        if headers and validator:
            headers["If-Range"] = validator
        try:
            with http.stream(artifact.url, headers, accept=(OK, PARTIAL, _UNSATISFIABLE)) as stream:
                continued = stream.status == PARTIAL and stream.headers.get("content-range", "").startswith(
                    f"bytes {checks.size}-"
                )
                if checks.size and not continued:
                    on_bytes(-checks.size)
                    file.seek(0)
                    file.truncate()
                    checks = Checks(artifact.hashes)
                if stream.status == _UNSATISFIABLE:
                    continue
                validator = _validator(stream.headers)
                for piece in stream.pieces():
                    take(piece)
        except BrokenConnectionError:
            continue
        return checks
    raise Problem(
        "download-truncated",
        f"The download of {artifact.filename} broke off {_TRIES} times.",
        why=f"{checks.size} of {artifact.size} bytes came in." if artifact.size else f"{checks.size} bytes came in.",
        fix=("Check your connection to the internet, then run the command again.",),
        where=faults.shown(artifact.url),
    )


def _validator(headers: Mapping[str, str]) -> str:
    etag = headers.get("etag", "")
    return etag if etag and not etag.startswith("W/") else headers.get("last-modified", "")
