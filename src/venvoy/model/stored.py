"""A wheel as the store keeps it: unpacked, with a manifest."""

from __future__ import annotations

from binascii import b2a_base64

from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from venvoy.model.names import NormalizedName

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_QUOTED = frozenset(',"\r\n')


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of an unpacked wheel.

    ``path`` is the path inside the wheel, with forward slashes. ``size`` is in bytes, ``mtime_ns`` in nanoseconds since
    the epoch. ``digest`` is the SHA-256 as RECORD writes it: URL-safe base64 without padding.
    """

    path: str
    size: int
    mtime_ns: int
    executable: bool
    digest: str


class Files:
    """The files of an unpacked wheel, in the order of their folders: those below one folder stand together.

    A large environment has 20,000 of them, and most are only linked: so they are kept as the lines that a manifest has,
    and become values when somebody asks for one.

    Args:
        rows: a line of RECORD for each file, without its end.
        times: its modification time in nanoseconds.
        executable: the positions of the files that may be executed.
        tops: each folder at the top with the number of files below it, in order; the empty name stands for the files
            that are in no folder, which come first.
    """

    __slots__ = ("executable", "rows", "times", "tops")

    def __init__(
        self, rows: Sequence[str], times: Sequence[int], executable: frozenset[int], tops: Sequence[tuple[str, int]]
    ) -> None:
        self.rows = rows
        self.times = times
        self.executable = executable
        self.tops = tops

    @classmethod
    def of(cls, files: Iterable[StoredFile]) -> Files:
        """Put values together."""
        ordered = sorted(files, key=lambda file: _order(file.path))
        tops: dict[str, int] = {}
        for file in ordered:
            top, slash, _ = file.path.partition("/")
            name = top if slash else ""
            tops[name] = tops.get(name, 0) + 1
        return cls(
            [row(file.path, file.digest, file.size) for file in ordered],
            [file.mtime_ns for file in ordered],
            frozenset(position for position, file in enumerate(ordered) if file.executable),
            list(tops.items()),
        )

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[StoredFile]:
        return self.between(0, len(self.rows))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Files) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self.rows))

    def __repr__(self) -> str:
        return f"Files.of({list(self)!r})"

    def between(self, start: int, end: int) -> Iterator[StoredFile]:
        """The files at these positions."""
        for position in range(start, end):
            path, digest, size = fields(self.rows[position])
            yield StoredFile(path, int(size), self.times[position], position in self.executable, digest)

    def parts(self) -> Iterator[tuple[str, int, int]]:
        """Each folder at the top, empty for the files in none, with the positions where its files begin and end."""
        start = 0
        for top, count in self.tops:
            yield top, start, start + count
            start += count


@dataclass(frozen=True, slots=True)
class StoredWheel:
    """An unpacked wheel.

    ``root`` is the absolute path of the folder that holds ``files``; ``sha256`` is the hex digest of the wheel file it
    came from. ``dist_info`` is the name of its ``.dist-info`` folder. ``purelib`` is the Root-Is-Purelib of its WHEEL
    file (PEP 427). RECORD itself is not among ``files``. ``written`` is the note of :mod:`venvoy.system.boot` about the
    files, empty once they are known to be on the disk.
    """

    name: NormalizedName
    version: str
    sha256: str
    root: str
    dist_info: str
    purelib: bool
    files: Files = field(repr=False)
    written: str = field(default="", repr=False)


def row(path: str, sha256: str, size: int) -> str:
    """A line of RECORD, without its end (PEP 376, PEP 627)."""
    return f"{quote(path)},sha256={sha256},{size}"


def encode(digest: bytes) -> str:
    """A digest as RECORD has it: URL-safe base64 without padding (PEP 376, PEP 427)."""
    return b2a_base64(digest, newline=False).translate(_URL_SAFE, b"=").decode("ascii")


def quote(path: str) -> str:
    """A path as a field of RECORD."""
    return path if _QUOTED.isdisjoint(path) else '"' + path.replace('"', '""') + '"'


def fields(line: str) -> tuple[str, str, str]:
    """Path, digest and size from a line that :func:`row` made."""
    path, digest, size = line.rsplit(",", 2)
    if path[:1] == '"':
        path = path[1:-1].replace('""', '"')
    return path, digest[7:], size


def _order(path: str) -> tuple[tuple[str, ...], str]:
    *folders, name = path.split("/")
    return tuple(folders), name
