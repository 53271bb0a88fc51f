"""The files of a source distribution that say what it needs, found in the archive without unpacking anything.

Since version 2.2 of the metadata (PEP 643) PKG-INFO says which fields the build may still change (``Dynamic``); the
others will be the same in every wheel. Otherwise pyproject.toml may say it (PEP 621). A compressed tar is read from its
beginning, piece by piece, until enough has come; of a zip its end and the parts that hold the files are enough. What an
archive claims of its own size is not believed.
"""

from __future__ import annotations

import zlib

from venvoy.errors import Problem
from venvoy.index import faults
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO

    from venvoy.index.ranges import RangeFile
    from venvoy.model.artifact import Artifact

LARGEST = 16 * 1024 * 1024
"""Bytes that a file of metadata may have."""
_MOST = 1 << 30
"""Bytes that an archive may come to, as far as it is read."""
_STEP = 1 << 18
_BLOCK = 512
_GZIP = 31
PKG_INFO, PYPROJECT = "PKG-INFO", "pyproject.toml"


def is_tar(artifact: Artifact) -> bool:
    """Whether a source distribution is a compressed tar, as the standard wants it (PEP 625)."""
    return artifact.filename.endswith((".tar.gz", ".tgz"))


def is_zip(artifact: Artifact) -> bool:
    """Whether a source distribution is a zip file, as older ones are."""
    return artifact.filename.endswith(".zip")


def from_tar(pieces: Iterable[bytes], artifact: Artifact) -> Iterator[tuple[str, bytes]]:
    """The name and the content of the files in the only folder of a .tar.gz, as they come.

    Args:
        pieces: the archive, in any pieces; no more are taken than needed.
        artifact: what it is, for a Problem.

    Raises:
        Problem: ``metadata-invalid``: it is broken, or its content never ends.
    """
    import tarfile  # noqa: PLC0415 - 10 ms that wheels spare us

    tar = _Reader(_inflated(pieces))
    try:
        while True:
            header = tar.read(_BLOCK)
            if not header.strip(b"\0"):
                return
            member = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
            padded = -(-member.size // _BLOCK) * _BLOCK
            name = _wanted(member.name) if member.isreg() else ""
            if not name:
                tar.skip(padded)
                continue
            if member.size > LARGEST:
                raise _invalid(artifact, f"Its {name} is too large to be one.")
            yield name, tar.read(padded)[: member.size]
    except (tarfile.HeaderError, zlib.error, EOFError, ValueError) as error:
        raise _invalid(artifact, f"It is no whole .tar.gz file: {error}") from error


def from_zip(file: IO[bytes] | RangeFile, artifact: Artifact) -> list[tuple[str, bytes]]:
    """The name and the content of the files in the only folder of a .zip.

    Raises:
        Problem: ``metadata-invalid``: it is broken.
    """
    import zipfile  # noqa: PLC0415 - 8 ms that wheels with metadata files spare us

    try:
        found = []
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                name = _wanted(info.filename)
                if name and info.file_size > LARGEST:
                    raise _invalid(artifact, f"Its {name} is too large to be one.")
                if name:
                    with archive.open(info) as member:
                        found.append((name, member.read(LARGEST)))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _invalid(artifact, f"It is no whole zip file: {error}") from error
    return found


def _wanted(path: str) -> str:
    """The name of a file that is wanted and lies in the top folder, else nothing: further down it is about others."""
    name = path.removeprefix("./").partition("/")[2]
    return name if name in {PKG_INFO, PYPROJECT} else ""


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    inflate = zlib.decompressobj(_GZIP)
    total = 0
    for piece in pieces:
        rest = piece
        while rest:
            data = inflate.decompress(rest, _STEP)
            rest = inflate.unconsumed_tail
            total += len(data)
            if total > _MOST:
                raise ValueError("its content never seems to end")
            yield data
        if inflate.eof:
            return


class _Reader:
    """Reads and skips in a stream of pieces; never holds more than one piece and what is asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def read(self, count: int) -> bytes:
        parts = []
        while count > 0:
            part = self._next()[:count]
            parts.append(part)
            self._rest = self._rest[len(part) :]
            count -= len(part)
        return b"".join(parts)

    def skip(self, count: int) -> None:
        while count > 0:
            part = min(len(self._next()), count)
            self._rest = self._rest[part:]
            count -= part

    def _next(self) -> memoryview:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                raise EOFError("it ends too early")
            self._rest = memoryview(piece)
        return self._rest


def _invalid(artifact: Artifact, why: str) -> Problem:
    return Problem(
        "metadata-invalid",
        f"The source distribution {artifact.filename} is broken.",
        why=why,
        fix=("Choose another version of it, or tell its maintainers.",),
        where=faults.shown(artifact.url),
    )
