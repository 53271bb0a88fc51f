"""The index: what there is under a name, what a file needs, and the file itself."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import unquote, urlsplit

from venvoy import values
from venvoy.errors import Problem
from venvoy.formats import filenames, simple_api
from venvoy.index import auth, download, faults, near, offers
from venvoy.index.cache import Cache
from venvoy.index.links import Links, local_page
from venvoy.index.metadata import MetadataReader, needs_build
from venvoy.index.sources import as_path
from venvoy.index.work import Work
from venvoy.model.artifact import Artifact, Candidate, CoreMetadata, Project
from venvoy.model.names import canonicalize_name
from venvoy.patterns import pattern
from venvoy.system import fs, process
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from venvoy.events import Reporter
    from venvoy.formats.simple_api import Page
    from venvoy.index.ahead import Ahead
    from venvoy.index.http import Http
    from venvoy.index.sources import Sources
    from venvoy.index.work import Pool
    from venvoy.model.guess import Guess
    from venvoy.model.names import NormalizedName

_OK, _NOT_MODIFIED = 200, 304
_UNKNOWN = (404, 410)
_WITHOUT_VALIDATORS = 60.0
"""Seconds that a page may be used whose server says nothing about how long, nor gives a way to ask."""
_MAX_AGE = pattern(r"max-age=(\d{1,9})")
_DIRECT_HASH = pattern(r"(?:^|&)(md5|sha1|sha224|sha256|sha384|sha512)=([0-9a-fA-F]+)(?=$|&)")


class Index:
    """All sources together. Safe to use from any thread.

    Args:
        sources: where distributions come from, in order.
        http: reads addresses.
        cache: keeps what was read.
        pool: where wanted things are fetched ahead of need.
        reporter: told about what is left out.
    """

    def __init__(
        self, *, sources: Sources, http: Http, cache: Cache, pool: Pool, reporter: Reporter | None = None
    ) -> None:
        self._indexes = tuple((simple_api.without_credentials(url), url) for url in sources.indexes)
        self._sources = sources
        self._http = http
        self._cache = cache
        self._pool = pool
        self._ahead: Ahead | None = None
        self._links = Links(sources.links, http, reporter)
        self._reader = MetadataReader(http, cache)
        self._direct: dict[str, Path] = {}
        self._direct_lock = threading.Lock()
        self._projects: Work[tuple[NormalizedName, str], Project] = Work(pool, self._find)
        self._metadata: Work[tuple[str, str], CoreMetadata] = Work(pool, self._describe)
        self._artifacts: dict[tuple[str, str], Artifact] = {}

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    @contextmanager
    def ahead(self, guess: Guess) -> Iterator[None]:
        """While the block runs, let a copy of this process fetch what is guessed, where that is of use."""
        remote = len(self._indexes) == 1 and self._indexes[0][0].startswith("http") and not self._links.places
        if not remote or self._offline or self._ahead or not process.may_fork() or self._has(guess.names):
            yield
            return
        from venvoy.index.ahead import Ahead

        ahead = Ahead(self._twin, self._pool, guess)
        copies: list[int] = []
        with ExitStack() as stack:
            stack.callback(self._sweep, copies)  # when they have ended
            with suppress(OSError):  # there may be no more processes: then it goes without
                copies += stack.enter_context(ahead.running())
                self._ahead = ahead
            try:
                yield
            finally:
                self._ahead = None

    def is_kept(self, name: NormalizedName) -> bool:
        """Whether the cache holds what the first index says about a name now."""
        return self._cache.is_current(self._indexes[0][0], name)

    def _sweep(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self._cache.sweep(self._indexes[0][0], number)

    def _has(self, names: Iterable[NormalizedName]) -> bool:
        """Whether pages need no look at the network."""
        for name in names:
            ready = self._ready(name)
            if ready is None:
                return False
            self._projects.put((name, ""), ready)
        return True

    def _twin(self) -> Index:
        """An index for a copy of this process: it says nothing, asks nobody, and shares no connections."""
        cache = Cache(self._cache.root)
        return Index(sources=self._sources, http=self._http.twin(), cache=cache, pool=self._pool)

    # Projects

    def project(self, name: NormalizedName, index: str = "") -> Project:
        """Everything that the first index which knows a name offers under it, with the files of find-links.

        Args:
            name: the name.
            index: the address of the only index that may offer it, if it is tied to one; it may hold credentials.

        Raises:
            Problem: project-unknown, index-invalid, and what a request can raise.
        """
        return self._projects.result((name, index))

    def elsewhere(self, name: NormalizedName) -> list[Project]:
        """What the indexes behind the first one that knows a name offer under it: they are not asked otherwise.

        Nothing for one that cannot be asked.
        """
        found = []
        for index, _ in self._indexes if len(self._indexes) > 1 else ():
            with suppress(Problem):
                found.append(self._projects.result((name, index)))
        return found[1:]

    def learn(self, url: str) -> None:
        """Take note of the credentials that an address holds."""
        self._http.learn(url)

    def want(self, names: Iterable[NormalizedName]) -> None:
        """Start to fetch projects; returns at once and never raises."""
        for name in names:
            key = name, ""
            if self._projects.known(key):
                continue
            ready = self._ready(name)
            if ready is not None:
                self._projects.put(key, ready)
            elif self._ahead is None or not self._ahead.want_page(name):
                self._projects.start(key)

    def _ready(self, name: NormalizedName) -> Project | None:
        """The project if that takes no more than a look at the disk: a thread would cost more."""
        first = self._indexes[0][0] if self._indexes else ""
        if first.startswith("file:") or not first or self._links.places:
            return None
        cached = self._cache.page(first, name)
        return offers.project(cached.page, name, first) if cached and (cached.fresh or self._offline) else None

    @property
    def _offline(self) -> bool:
        return self._http.settings.offline

    def _find(self, key: tuple[NormalizedName, str]) -> Project:
        name, tied = key
        indexes = [index for index, _ in self._indexes]
        if tied:
            self._http.learn(tied)
            indexes = [simple_api.without_credentials(tied)]
        owner: Project | None = None
        unseen = False
        for index in indexes:
            page = local_page(index, name) if index.startswith("file:") else self._page(index, name)
            if page is not None:
                owner = offers.project(page, name, index)
                break
            unseen = unseen or (self._offline and not index.startswith("file:"))
        linked = [] if tied else self._links.artifacts(name)
        if linked:
            return offers.merged(owner, name, linked)
        if owner is not None:
            return owner
        if unseen:
            raise faults.offline(f"the list of versions of {name}")
        known = {*near.well_known(), *self._cache.names()}
        raise near.unknown(name, known, [faults.shown(index) for index in indexes])

    def _page(self, index: str, name: NormalizedName) -> Page | None:
        """The page of a project from an index on the network, None when that index does not know it."""
        told = self._ahead is not None and self._ahead.page(name)
        cached = self._cache.page(index, name)
        if cached and (told or cached.fresh or self._offline):
            return cached.page
        if self._offline:
            return None
        headers = {"Accept": simple_api.ACCEPT}
        if cached and cached.etag:
            headers["If-None-Match"] = cached.etag
        if cached and cached.last_modified:
            headers["If-Modified-Since"] = cached.last_modified
        answer = self._http.get(f"{index}{name}/", headers, accept=(_OK, _NOT_MODIFIED, *_UNKNOWN))
        if answer.status == _NOT_MODIFIED and cached:
            self._cache.touch_page(index, name)
            return cached.page
        if answer.status != _OK:
            return None
        page = simple_api.parse(answer.body, answer.headers.get("content-type", ""), answer.url, name)
        page = simple_api.with_rows(page, name)
        etag, modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
        age = _max_age(answer.headers, validated=bool(etag or modified))
        if age is not None:
            return self._cache.save_page(index, name, page, etag=etag, last_modified=modified, max_age=age)
        return page

    # Metadata

    def metadata(self, candidate: Candidate, artifact: Artifact) -> CoreMetadata:
        """What one file of a candidate needs.

        Raises:
            Problem: metadata-invalid, wheel-invalid, needs-build, hash-mismatch, and what a request can raise.
        """
        return self._metadata.result(self._key(candidate, artifact))

    def known_metadata(self, artifact: Artifact) -> CoreMetadata | None:
        """What one file needs, if that is in the cache; nothing is asked for."""
        return self._reader.cached(artifact)

    def want_metadata(self, candidate: Candidate, artifact: Artifact) -> bool:
        """Start to fetch metadata, and say whether it has yet to come; returns at once and never raises."""
        key = self._key(candidate, artifact)
        if self._metadata.known(key):
            return not self._metadata.given(key)
        ready = self._reader.cached(artifact)
        if ready is not None:
            self._metadata.put(key, ready)
            return False
        if self._ahead is None or not self._ahead.want_metadata(artifact):
            self._metadata.start(key)
        return True

    def _key(self, candidate: Candidate, artifact: Artifact) -> tuple[str, str]:
        key = (str(candidate.name), artifact.url)
        self._artifacts.setdefault(key, artifact)
        return key

    def _describe(self, key: tuple[str, str]) -> CoreMetadata:
        artifact = self._artifacts[key]
        found = self._ahead.metadata(artifact) if self._ahead is not None else None
        if found is not None:
            saved, packed = found
            self._cache.learn_metadata(artifact.hashes["sha256"], packed, saved)
        return self._reader.read(artifact, self._direct.get(artifact.url))

    # Files

    def download(self, artifact: Artifact, folder: Path, on_bytes: Callable[[int], None]) -> Path:
        """Bring a file into a folder, its size and every known hash checked.

        Args:
            artifact: the file.
            folder: made when missing.
            on_bytes: told how many more bytes have come in; a negative number takes back what has to come again.

        Raises:
            Problem: size-mismatch, hash-mismatch, download-truncated, offline, disk-full, and what a request can raise.
        """
        kept = self._direct.get(artifact.url) or self._fetched(artifact)
        local = values.replace(artifact, url=kept.as_uri()) if kept else artifact
        if self._offline and not local.url.startswith("file:"):
            raise faults.offline(f"the file {artifact.filename}")
        try:
            return download.download(self._http, local, folder, on_bytes)[0]
        except Problem as problem:
            if problem.code == "file-missing":
                # With what is kept of it, it would be chosen again.
                self._cache.forget_metadata(artifact.hashes.get("sha256", ""))
                problem.why = "The index has listed it, but it may have been deleted since."
                constraints = f'[tool.venvoy] constraints = ["{artifact.name}!={artifact.version}"]'
                problem.fix = (
                    "Choose versions anew: venvoy update",
                    f"If that chooses the same version, rule it out in pyproject.toml: {constraints}",
                )
            raise

    def _fetched(self, artifact: Artifact) -> Path | None:
        """Where a source distribution is that was named by its address and fetched before, if it is still the same."""
        if artifact.kind == "wheel" or "sha256" not in artifact.hashes or artifact.url.startswith("file:"):
            return None
        path = self._cache.direct(artifact.url) / artifact.filename
        return path if path.is_file() and fs.sha256(path) == artifact.hashes["sha256"] else None

    def described(self, artifact: Artifact) -> Artifact:
        """The artifact with its SHA-256 and its size, as far as the index does not tell them.

        A missing hash is read from the file itself, which may have to be downloaded. A missing size alone is asked from
        the server, and stays unknown where that does not work: it is worth no more than a question.

        Raises:
            Problem: as :meth:`download`, for a missing hash.
        """
        if artifact.url.startswith("file:"):
            checks = download.checked(as_path(artifact.url), artifact)
        elif "sha256" in artifact.hashes:
            size = None if self._offline else download.size(self._http, artifact.url)
            return values.replace(artifact, size=artifact.size or size)
        else:
            folder = self._cache.direct(artifact.url)
            path, checks = download.download(self._http, artifact, folder, _ignore)
            self._direct[artifact.url] = path
        return values.replace(artifact, hashes={**artifact.hashes, "sha256": checks.sha256}, size=checks.size)

    def direct(self, name: NormalizedName, url: str) -> Candidate:
        """The wheel behind an address (``name @ https://…``) as a candidate with one artifact, hashed and sized.

        Raises:
            Problem: needs-build for anything but a wheel; requirement-invalid for a wheel of another distribution;
                else as :meth:`download`.
        """
        clean = auth.split(url)[0]
        address, _, fragment = clean.partition("#")
        filename = unquote(urlsplit(address).path.rpartition("/")[2])
        if not filename.endswith(".whl") or urlsplit(address).scheme not in ("http", "https", "file"):
            raise needs_build(faults.shown(clean))
        try:
            parts = filenames.parse(filename)
        except filenames.InvalidFileNameError:
            raise _not_that(name, clean, f"{filename} is not a valid name of a wheel.") from None
        version = filenames.version(parts.version)
        if parts.name != canonicalize_name(name) or version is None:
            raise _not_that(name, clean, f"It is a wheel of {parts.name}.")
        hashes = {algorithm: digest.lower() for algorithm, digest in _DIRECT_HASH.findall(fragment)}
        tags = filenames.expand(parts.tags)
        artifact = Artifact(filename, address, "wheel", parts.name, version, hashes=hashes, tags=tags)
        with self._direct_lock:
            hashed = self._hashed_direct(artifact, url)
        return Candidate(parts.name, version, (hashed,), direct_url=clean)

    def _hashed_direct(self, artifact: Artifact, url: str) -> Artifact:
        if artifact.url.startswith("file:"):
            checks = download.checked(as_path(artifact.url), artifact)
        else:
            path = self._direct.get(artifact.url) or self._cache.direct(artifact.url) / artifact.filename
            if self._offline and not path.is_file():
                raise faults.offline(f"the file {artifact.filename}")
            if artifact.url in self._direct or self._offline:
                checks = download.checked(path, artifact)
            else:
                self._http.learn(url)
                path, checks = download.download(self._http, artifact, path.parent, _ignore)
            self._direct[artifact.url] = path
        hashes: Mapping[str, str] = {**artifact.hashes, "sha256": checks.sha256}
        return values.replace(artifact, hashes=hashes, size=checks.size)


def _ignore(_: int) -> None:
    """Nobody watches."""


def _max_age(headers: Mapping[str, str], *, validated: bool) -> float | None:
    """For how many seconds an answer may be used without asking (RFC 9111); None: it must not be kept."""
    control = headers.get("cache-control", "").lower()
    if "no-store" in control:
        return None
    if "no-cache" in control:
        return 0.0
    found = _MAX_AGE.search(control)
    if found is None:
        return 0.0 if validated or control else _WITHOUT_VALIDATORS
    age = headers.get("age", "")
    return max(0.0, float(found[1]) - (float(age) if age.isdecimal() else 0.0))


def _not_that(name: str, url: str, why: str) -> Problem:
    return Problem(
        "requirement-invalid",
        f"The address given for {name} does not lead to a wheel of it: {faults.shown(url)}",
        why=why,
        fix=(f"Correct the address, or ask for {name} without one.",),
    )
