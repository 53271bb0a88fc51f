"""The core metadata of one file, by the cheapest way that works.

Cached under the file's hash; else the file beside it (PEP 658), tried once where an index does not announce any; else
the end of the wheel by range requests; else the whole wheel. A local wheel is just opened.

A source distribution speaks for itself when its metadata cannot change when it is built (PEP 643, PEP 621).
"""

from __future__ import annotations

import contextlib
import zlib
from functools import partial
from typing import TypeVar

from venvoy.errors import Problem
from venvoy.formats import core_metadata
from venvoy.index import faults, sdists
from venvoy.index.auth import origin
from venvoy.index.http import OK, BrokenConnectionError
from venvoy.index.ranges import NoRangesError, tail, whole
from venvoy.index.sources import as_path
from venvoy.model.names import canonicalize_name
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from typing import IO

    from venvoy.index.cache import Cache
    from venvoy.index.http import Http
    from venvoy.index.ranges import RangeFile
    from venvoy.model.artifact import Artifact, CoreMetadata

T = TypeVar("T")

_PIECE = 1 << 16
_NOT_THERE = (400, 401, 403, 404, 405, 410)


class MetadataReader:
    """Reads the metadata of artifacts. Safe to use from any thread.

    Args:
        http: fetches.
        cache: keeps what was read.
    """

    def __init__(self, http: Http, cache: Cache) -> None:
        self._http = http
        self._cache = cache
        # What was learned about servers that announce nothing: whether they have metadata files, whether ranges work.
        self._beside: dict[object, bool] = {}
        self._ranges: dict[object, bool] = {}

    def cached(self, artifact: Artifact) -> CoreMetadata | None:
        """The metadata if it is in the cache."""
        sha256 = artifact.hashes.get("sha256")
        return self._cache.metadata(sha256) if sha256 else None

    def read(self, artifact: Artifact, local: Path | None = None) -> CoreMetadata:
        """Read the metadata of a file.

        Args:
            artifact: the file.
            local: where it is on this machine, if somebody knows.

        Raises:
            Problem: metadata-invalid, wheel-invalid, needs-build, offline, and what a request can raise.
        """
        found = self.cached(artifact)
        if found is None:
            found = self._read(artifact, local)
            sha256 = artifact.hashes.get("sha256")
            if sha256:
                self._cache.save_metadata(sha256, found)
        return found

    def _read(self, artifact: Artifact, local: Path | None) -> CoreMetadata:
        path = as_path(artifact.url) if local is None and artifact.url.startswith("file:") else local
        if path is not None:
            with fs.attempting("read this file", path), path.open("rb") as file:
                if artifact.kind != "wheel":
                    return self._static(_from_sdist(file, artifact), artifact)
                return _checked(from_wheel(file, artifact), artifact)
        sha256 = artifact.hashes.get("sha256", "")
        if artifact.kind != "wheel" and sha256 and self._cache.is_dynamic(sha256):
            raise needs_build(artifact.filename)
        if self._http.settings.offline:
            raise faults.offline(f"the description of {artifact.filename}")
        content = self._announced(artifact) if artifact.metadata is not None else self._unannounced(artifact)
        if content is not None:
            return content
        if artifact.kind != "wheel":
            return self._from_remote_sdist(artifact)
        return _checked(self._from_remote(artifact, from_wheel), artifact)

    def _static(self, files: Iterable[tuple[str, bytes]], artifact: Artifact) -> CoreMetadata:
        """What the files of a source distribution say, if building cannot change it."""
        told: dict[str, bytes] = {}
        for name, content in files:
            told[name] = content
            if name == sdists.PKG_INFO and core_metadata.is_static(content):
                return _of(artifact, core_metadata.parse(content, artifact.filename))
            if len(told) > 1:
                break
        if len(told) > 1:
            from venvoy.formats import static_project

            project = static_project.read(told[sdists.PKG_INFO], told[sdists.PYPROJECT], artifact.filename)
            if project:
                return _of(artifact, project)
        if "sha256" in artifact.hashes:
            self._cache.note_dynamic(artifact.hashes["sha256"])
        raise needs_build(artifact.filename)

    def _from_remote_sdist(self, artifact: Artifact) -> CoreMetadata:
        if not sdists.is_tar(artifact):
            files = self._from_remote(artifact, sdists.from_zip) if sdists.is_zip(artifact) else ()
            return self._static(files, artifact)
        try:
            with self._http.stream(artifact.url) as stream:
                return self._static(sdists.from_tar(stream.pieces(), artifact), artifact)
        except BrokenConnectionError as error:
            raise faults.failed(error, artifact.url, self._http.settings) from error

    def _announced(self, artifact: Artifact) -> CoreMetadata | None:
        answer = self._http.get(_beside(artifact), accept=(OK, 404, 410))
        if answer.status != OK:
            return None
        import hashlib  # 4 ms that those who find everything in the cache save

        for name, told in (artifact.metadata or {}).items():
            if name in hashlib.algorithms_guaranteed and not name.startswith("shake"):
                counted = hashlib.new(name, answer.body, usedforsecurity=False).hexdigest()
                if counted != told:
                    raise _other_content(artifact, told, counted)
        return _checked(answer.body, artifact)

    def _unannounced(self, artifact: Artifact) -> CoreMetadata | None:
        if artifact.kind != "wheel" or not self._beside.get(origin(artifact.url), True):
            return None
        answer = self._http.get(_beside(artifact), accept=(OK, *_NOT_THERE))
        if answer.status == OK:
            with contextlib.suppress(Problem):  # of some servers, a page that says "not found" politely
                return _checked(answer.body, artifact)
        self._beside[origin(artifact.url)] = False
        return None

    def _from_remote(self, artifact: Artifact, find: Callable[[IO[bytes] | RangeFile, Artifact], T]) -> T:
        """What is found in a remote zip file, from its end if the server allows it."""
        place = origin(artifact.url)
        if self._ranges.get(place, True):
            try:
                with tail(self._http, artifact.url) as file:
                    return find(file, artifact)
            except NoRangesError:
                self._ranges[place] = False
        try:
            with whole(self._http, artifact.url) as file:
                return find(file, artifact)
        except BrokenConnectionError as error:
            raise faults.failed(error, artifact.url, self._http.settings) from error


def from_wheel(file: IO[bytes] | RangeFile, artifact: Artifact) -> bytes:
    """The METADATA file of an open wheel (PEP 427).

    Raises:
        Problem: ``wheel-invalid``: no zip file, or one without exactly one .dist-info folder of that name.
    """
    import zipfile  # 8 ms that a server with metadata files spares us

    try:
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                folder, _, rest = info.filename.partition("/")
                if rest != "METADATA" or not folder.endswith(".dist-info"):
                    continue
                if canonicalize_name(folder[: -len(".dist-info")].rpartition("-")[0]) == artifact.name:
                    if info.file_size > sdists.LARGEST:
                        raise _invalid(artifact, "Its METADATA file is too large to be one.")
                    return archive.read(info)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _invalid(artifact, f"It is no whole zip file: {error}") from error
    raise _invalid(artifact, "It holds no METADATA file for this distribution.")


def _from_sdist(file: IO[bytes], artifact: Artifact) -> Iterable[tuple[str, bytes]]:
    """The files of an open source distribution that say what it needs; none where it is of a kind that is not read."""
    if sdists.is_zip(artifact):
        return sdists.from_zip(file, artifact)
    return sdists.from_tar(iter(partial(file.read, _PIECE), b""), artifact) if sdists.is_tar(artifact) else ()


def needs_build(filename: str) -> Problem:
    """What is said of what tells only in a build what it needs; whoever can build takes it from here."""
    return Problem(
        "needs-build",
        f"{filename} tells only when it is built what it needs.",
        why="It is source code, and building it runs its code.",
        fix=("Choose a version, or a Python, for which there is a wheel.",),
    )


def _beside(artifact: Artifact) -> str:
    address, question, query = artifact.url.partition("?")
    return f"{address}.metadata{question}{query}"


def _checked(content: bytes, artifact: Artifact) -> CoreMetadata:
    return _of(artifact, core_metadata.parse(content, artifact.filename))


def _of(artifact: Artifact, found: CoreMetadata) -> CoreMetadata:
    """The metadata, when it is that of the file.

    Raises:
        Problem: metadata-invalid.
    """
    if found.name == artifact.name and found.version == artifact.parsed_version:
        return found
    raise Problem(
        "metadata-invalid",
        f"The file says that it holds {found.name} {found.version}, but its name promises"
        f" {artifact.name} {artifact.version}.",
        fix=("Choose another version of it, or tell its maintainers.",),
        where=artifact.filename,
    )


def _other_content(artifact: Artifact, told: str, counted: str) -> Problem:
    return Problem(
        "hash-mismatch",
        f"The description of {artifact.filename} is not the one that the index promises.",
        why=f"expected {told}\nreceived {counted}",
        fix=("Run the command again. If it happens again, tell whoever runs the index: somebody may have changed it.",),
        where=faults.shown(_beside(artifact)),
    )


def _invalid(artifact: Artifact, why: str) -> Problem:
    return Problem(
        "wheel-invalid",
        f"The wheel {artifact.filename} is broken.",
        why=why,
        fix=("Choose another version of it, or tell its maintainers.",),
        where=faults.shown(artifact.url),
    )
