"""What the index has told, kept on disk.

Layout below the root; a change of form gets a new number, and an older venvoy goes on with its own bucket:

    simple-v3/INDEX/NAME.page     one project's page, cut up; INDEX is 16 hex digits of SHA-256(address of the index)
    metadata-v2                   core metadata of files by their hash, true for ever (see records.py: marshal)
    direct-v1/KEY/FILE            a wheel that was named by its address; KEY is 16 hex digits of SHA-256(address)

Of a source distribution that tells only when it is built what it needs, metadata-v2 holds just that, under its hash
with ".dynamic" behind.

A page: a magic line, length and CRC-32 of the head, the head (marshal, format 2: the same on every Python), then the
body, in which the head locates the files of each version; those of the newest final one are in the head as well, read
already. So a reader touches the head and the few other versions it looks at. The time of the last check with the server
is the file's modification time. A page is written atomically. What is damaged, or cannot be read or written, counts as
absent.
"""

from __future__ import annotations

import marshal
import mmap
import os
import struct
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import overload

from packaging.version import Version

from venvoy.digests import sha256
from venvoy.errors import Problem
from venvoy.events import Silent
from venvoy.formats.simple_api import Page
from venvoy.index.records import Records
from venvoy.model.artifact import CoreMetadata
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvoy.events import Reporter
    from venvoy.model.names import NormalizedName

_MAGIC = b"venvoy page 3\n"
_SIZES = struct.Struct("<II")
_MARSHAL_FORMAT = 2
_WORTH_MAPPING = 1 << 16
# It stands in no version, nor in the name of any file.
_BORDER = "/"


@dataclass(frozen=True, slots=True)
class CachedPage:
    """A page with what is needed to revalidate it; ``fresh`` while the server need not be asked."""

    page: Page
    etag: str
    last_modified: str
    fresh: bool


def pack(metadata: CoreMetadata) -> bytes:
    """The form in which metadata is kept."""
    facts = (
        str(metadata.name),
        str(metadata.version),
        metadata.requires_dist,
        metadata.requires_python,
        tuple(sorted(metadata.provides_extra)),
        metadata.summary,
    )
    return marshal.dumps(facts, _MARSHAL_FORMAT)


def unpack(data: bytes) -> CoreMetadata:
    """What was packed."""
    name, version, requires, python, extras, summary = marshal.loads(data)  # noqa: S302 - from ourselves
    return CoreMetadata(name, Version(version), requires, python, frozenset(extras), summary)


def short(text: str) -> str:
    """Sixteen hex digits that stand for an address in a file name."""
    return sha256(text.encode()).hexdigest()[:16]


class Cache:
    """The cache below ``root``.

    Args:
        root: a folder, made when needed.
        reporter: told, once, when the cache cannot be written.
    """

    def __init__(self, root: Path, reporter: Reporter | None = None) -> None:
        self.root = root
        self._simple = os.path.join(root, "simple-v3")
        self._metadata = Records(os.path.join(root, "metadata-v2"))
        self._reporter = reporter or Silent()
        self._complained = False
        self._current: set[str] = set()
        self._folders: dict[str, str] = {}

    def page(self, index: str, name: NormalizedName) -> CachedPage | None:
        """The page that an index had under a name, None when there is none to use."""
        path = self._page_path(index, name)
        try:
            found = _load_page(path)
        except (OSError, ValueError, TypeError, EOFError, struct.error):
            return None
        if found and found.fresh:
            self._current.add(path)
        return found

    def is_current(self, index: str, name: NormalizedName) -> bool:
        """Whether a page was found fresh here, or has been kept or confirmed."""
        return self._page_path(index, name) in self._current

    def save_page(  # noqa: PLR0913 - the parts of one record
        self, index: str, name: NormalizedName, page: Page, *, etag: str, last_modified: str, max_age: float
    ) -> Page:
        """Keep a page; ``max_age`` is how many seconds it may be used without asking.

        Returns:
            The page, a large one without its body in memory.
        """
        rejected = tuple(page.rejected.items())
        facts = (
            page.url,
            etag,
            last_modified,
            max_age,
            rejected,
            _BORDER.join(page.versions),
            marshal.dumps(tuple(page.places), _MARSHAL_FORMAT),
            len(page.body),
            dict(page.ready),
        )
        head = marshal.dumps(facts, _MARSHAL_FORMAT)
        head = _MAGIC + _SIZES.pack(len(head), zlib.crc32(head)) + head
        path = self._page_path(index, name)
        if not self._write(path, head, page.body[:]):
            return page
        self._current.add(path)
        if not _is_mapped(len(page.body)):
            return page
        try:
            with open(path, "rb", buffering=0) as file:
                # Another process may have written a newer page in its place by now.
                same = file.read(len(head)) == head
        except OSError:
            return page
        known = head[: len(_MAGIC) + _SIZES.size]
        return replace(page, body=_Body(path, known, len(head), len(page.body))) if same else page

    def touch_page(self, index: str, name: NormalizedName) -> None:
        """Note that the server has just confirmed a page."""
        try:
            os.utime(self._page_path(index, name))
            self._current.add(self._page_path(index, name))
        except OSError as error:
            self._complain(str(error))

    def sweep(self, index: str, number: int) -> None:
        """Delete what a process left that was ended while it wrote pages."""
        fs.sweep(os.path.join(self._simple, short(index)), number)

    def names(self) -> Iterator[str]:
        """The names of all projects with a page."""
        for folder in Path(self._simple).glob("*"):
            for path in folder.glob("*.page"):
                yield path.stem

    def metadata(self, sha256: str) -> CoreMetadata | None:
        """The core metadata of the wheel with that hash."""
        try:
            data = self._metadata.get(sha256)
            return None if data is None else unpack(data)
        except (OSError, ValueError, TypeError, EOFError):
            return None

    def save_metadata(self, sha256: str, metadata: CoreMetadata) -> None:
        """Keep the core metadata of the wheel with that hash."""
        self._save(sha256, pack(metadata))

    def forget_metadata(self, sha256: str) -> None:
        """Have the core metadata of the wheel with that hash read anew; a record without content counts as none."""
        self._save(sha256, b"")

    def learn_metadata(self, sha256: str, metadata: bytes, saved: str) -> None:
        """Take note of packed metadata that another process has just kept under the hash ``saved``."""
        if saved == sha256:
            self._metadata.learn(sha256, metadata)
        else:
            self._save(sha256, metadata)

    def is_dynamic(self, sha256: str) -> bool:
        """Whether the source distribution with that hash says what it needs only when it is built."""
        try:
            return self._metadata.get(f"{sha256}.dynamic") is not None
        except OSError:
            return False

    def note_dynamic(self, sha256: str) -> None:
        """Note that of a source distribution."""
        self._save(f"{sha256}.dynamic", b"")

    def direct(self, url: str) -> Path:
        """The folder for the file behind an address; it need not exist."""
        return Path(self.root, "direct-v1", short(url))

    def _page_path(self, index: str, name: str) -> str:
        folder = self._folders.get(index)
        if folder is None:
            folder = self._folders[index] = os.path.join(self._simple, short(index))
        return f"{folder}{os.sep}{name}.page"

    def _save(self, key: str, record: bytes) -> None:
        try:
            self._metadata.put(key, record)
        except OSError as error:
            self._complain(fs.problem(error, "write the cache", self.root).why)

    def _write(self, path: str, *data: bytes | memoryview) -> bool:
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            fs.write_atomic(Path(path), *data)
        except OSError as error:
            self._complain(fs.problem(error, "write the cache", path).why)
        except Problem as problem:
            self._complain(problem.why)
        else:
            return True
        return False

    def _complain(self, why: str) -> None:
        if not self._complained:
            self._complained = True
            self._reporter.warn(f"The cache cannot be written, so the next run will be slower. {why}")


def _is_mapped(size: int) -> bool:
    """Whether a file of that size is worth being mapped; on Windows it could not be replaced then."""
    return size > _WORTH_MAPPING and os.name == "posix"


class _Body:
    """What follows the head in the file of a page, mapped when somebody looks at it.

    Most pages are looked at no further, and a system lets a process have a few hundred files open, each map one.
    """

    __slots__ = ("_known", "_path", "_size", "_start", "_view")

    def __init__(self, path: str, known: bytes, start: int, size: int) -> None:
        self._path, self._known, self._start, self._size = path, known, start, size
        self._view: memoryview | None = None

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> memoryview:
        if self._view is None:
            self._view = memoryview(self._mapped())[self._start :]
        return self._view[part]

    def _mapped(self) -> mmap.mmap:
        try:
            with open(self._path, "rb", buffering=0) as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            # The checksum of the head is in what is known: the body is as the head says.
            if data.size() == self._start + self._size and data[: len(self._known)] == self._known:
                return data
        except (FileNotFoundError, ValueError):  # or it is empty
            pass
        except OSError as error:
            raise fs.problem(error, "read the cache", self._path) from error
        raise Problem(
            "file-error",
            "What the cache holds was renewed or deleted while it was read.",
            why="Another venvoy is at work.",
            fix=("Run the command again.",),
            where=self._path,
        )


class _Places(Sequence[tuple[int, ...]]):
    """Where the files of each version stand, unpacked when somebody asks."""

    __slots__ = ("_found", "_kept")

    def __init__(self, kept: bytes) -> None:
        self._kept = kept
        self._found: tuple[tuple[int, ...], ...] | None = None

    def _all(self) -> tuple[tuple[int, ...], ...]:
        if self._found is None:
            self._found = marshal.loads(self._kept)  # noqa: S302 - from ourselves
        return self._found or ()

    def __len__(self) -> int:
        return len(self._all())

    @overload
    def __getitem__(self, index: int) -> tuple[int, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[int, ...]]: ...
    def __getitem__(self, index: int | slice) -> tuple[int, ...] | Sequence[tuple[int, ...]]:
        return self._all()[index]


def _split(versions: str) -> tuple[str, ...]:
    return tuple(versions.split(_BORDER)) if versions else ()


def _load_page(path: str) -> CachedPage | None:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(descriptor)
        mapped = _is_mapped(status.st_size)
        data = os.read(descriptor, _WORTH_MAPPING if mapped else status.st_size)
        start = len(_MAGIC) + _SIZES.size
        if data[: len(_MAGIC)] != _MAGIC:
            return None
        length, told = _SIZES.unpack(data[len(_MAGIC) : start])
        if mapped and len(data) < start + length:
            data += os.read(descriptor, start + length - len(data))
        last = os.pread(descriptor, 1, status.st_size - 1) if mapped else data[-1:]
    finally:
        os.close(descriptor)
    head = data[start : start + length]
    if zlib.crc32(head) != told:
        return None
    url, etag, last_modified, max_age, rejected, versions, places, size, ready = marshal.loads(head)  # noqa: S302 - our own
    if (status.st_size if mapped else len(data)) - start - length != size or (size and last == b"\0"):
        return None  # after a power cut a file may have its size, and zeros from some place on
    body = _Body(path, data[:start], start + length, size) if mapped else memoryview(data)[start + length :]
    fresh = max(0.0, time.time() - status.st_mtime) < max_age
    page = Page(url, body, _split(versions), _Places(places), dict(rejected), ready)
    return CachedPage(page, etag, last_modified, fresh)
