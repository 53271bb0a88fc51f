"""The wheels of a lockfile as lines of its text, made into values where somebody looks at one.

A lockfile has thousands of them, and a command needs one of twenty. A line that venvoy writes has one form only, so one
look tells whether it is valid, and it is written again as it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from venvoy.formats import filenames, toml
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import TypeVar, overload

    from packaging.pylock import Package, PackageSdist, PackageWheel

    File = TypeVar("File", PackageSdist, PackageWheel)
    _Base = Sequence[PackageWheel]
else:
    _Base = Sequence

_PLAIN = r'"((?:[ !#-\[\]-~])+)"'
_OURS = pattern(
    rf"\{{ name = {_PLAIN}"
    r"(?:, upload-time = (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(?!000000)\d{6})?)Z)?"
    rf", (url|path) = {_PLAIN}(?:, size = (0|[1-9]\d{{0,17}}))?"
    r', hashes = \{ sha256 = "([0-9a-f]{64})" \} \}'
)
_SHA256 = {"sha256"}
_BLOCK = pattern(r"(?<=\nwheels = \[\n)((?:    \{ .* \},\n)+)(?=\]\n)")


class Wheels(_Base):
    """The wheels that some lines tell of, which are inline tables of TOML, in their order."""

    __slots__ = ("_made", "lines")

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        self._made: list[PackageWheel | None] = [None] * len(self.lines)

    def filenames(self) -> Iterator[str]:
        """The names of the files."""
        for number, line in enumerate(self.lines):
            end = line.find('"', 10)
            ordinary = line.startswith('{ name = "') and "\\" not in line[:end]
            yield line[10:end] if ordinary else self[number].filename

    def only(self, numbers: Iterable[int]) -> Wheels:
        """Some of them."""
        return Wheels(map(self.lines.__getitem__, numbers))

    def __len__(self) -> int:
        return len(self.lines)

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> PackageWheel: ...
        @overload
        def __getitem__(self, index: slice) -> Sequence[PackageWheel]: ...

    def __getitem__(self, index: int | slice) -> PackageWheel | Sequence[PackageWheel]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        found = self._made[index]
        if found is None:
            from packaging.pylock import PackageWheel

            found = self._made[index] = made(self.lines[index], PackageWheel)
        return found

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Wheels) and self.lines == other.lines:
            return True
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as for a list

    def __repr__(self) -> str:
        return repr(list(self))


def made(line: str, kind: type[File]) -> File:
    """The file that an inline table tells of."""
    match = _OURS.fullmatch(line)
    if match is None:
        table = toml.loads(f"file = {line}", "", code="lockfile-invalid", fix="")["file"]
        return kind(**{key.replace("-", "_"): value for key, value in table.items()})
    name, uploaded, key, place, size, digest = match.groups()
    return kind(
        name=name,
        upload_time=datetime.fromisoformat(uploaded).replace(tzinfo=timezone.utc) if uploaded else None,
        url=place if key == "url" else None,
        path=place if key == "path" else None,
        size=int(size) if size else None,
        hashes={"sha256": digest},
    )


def cut(text: str) -> tuple[str, list[Wheels]] | None:
    """A lockfile with the first wheel alone of each list, and the lists; None where one is not as venvoy writes it."""
    if '"""' in text or "'''" in text:
        return None  # what looks like a list may stand in a text
    lists = [Wheels([line[4:-1] for line in block.splitlines()]) for block in _BLOCK.findall(text)]
    if len(lists) != text.count("\nwheels = "):
        return None
    if not all(map(_is_valid, lists)):
        return None
    return _BLOCK.sub(lambda block: block[0][: block[0].index("\n") + 1], text), lists


def put_back(packages: Sequence[Package], lists: Sequence[Wheels]) -> bool:
    """Give packages that were read from a cut text all of their wheels; whether they are those of the lists."""
    having = [package for package in packages if package.wheels]
    if len(having) != len(lists) or any(
        list(package.wheels or ()) != [wheels[0]] for package, wheels in zip(having, lists, strict=True)
    ):
        return False
    for package, wheels in zip(having, lists, strict=True):
        object.__setattr__(package, "wheels", wheels)  # nobody has seen the package yet
    return True


def line(  # noqa: PLR0913 - the fields of a file
    *,
    name: str | None,
    uploaded: str,
    url: str | None,
    path: str | None,
    size: int | None,
    hashes: Mapping[str, str],
) -> str:
    """A file as an inline table on one line; ``uploaded`` is a moment as TOML has it, or empty."""
    if name is not None and url is not None and path is None and hashes.keys() == _SHA256:
        # Thousands are of this form; one look at the whole tells whether a text in it needs more than its quotes.
        moment, told = f", upload-time = {uploaded}" if uploaded else "", "" if size is None else f", size = {size}"
        text = f'{{ name = "{name}"{moment}, url = "{url}"{told}, hashes = {{ sha256 = "{hashes["sha256"]}" }} }}'
        if text.count('"') == 6 and "\\" not in text and text.isprintable():  # noqa: PLR2004 - our own
            return text
    parts = [] if name is None else [f"name = {toml.quote(name)}"]
    if uploaded:
        parts.append(f"upload-time = {uploaded}")
    if url is not None:
        parts.append(f"url = {toml.quote(url)}")
    if path is not None:
        parts.append(f"path = {toml.quote(path)}")
    if size is not None:
        parts.append(f"size = {size}")
    told = ", ".join([f"{toml.key(name)} = {toml.quote(digest)}" for name, digest in sorted(hashes.items())])
    return f"{{ {', '.join(parts)}, hashes = {{ {told} }} }}"


def line_of(file: PackageWheel | PackageSdist) -> str:
    """A file of a lock as an inline table on one line."""
    uploaded = moment(file.upload_time) if file.upload_time is not None else ""
    return line(name=file.name, uploaded=uploaded, url=file.url, path=file.path, size=file.size, hashes=file.hashes)


def moment(value: datetime) -> str:
    """A moment as TOML has it, in UTC; one without a time zone is taken as UTC."""
    if value.tzinfo is not timezone.utc:
        value = value.astimezone(timezone.utc) if value.tzinfo else value.replace(tzinfo=timezone.utc)
    return f"{value.isoformat()[:-6]}Z"  # in place of +00:00


def told(line: str) -> tuple[str, str | None, str, str, str | None, str] | None:
    """What a line in our form tells: name, moment, ``url`` or ``path``, which one, size, SHA-256.

    None for any other line.
    """
    match = _OURS.fullmatch(line)
    if match is None:
        return None
    try:
        datetime.fromisoformat(match[2] or "2000-01-01")
    except ValueError:
        return None
    name, uploaded, key, place, size, digest = match.groups()
    return name, uploaded, key, place, size, digest


def are_of(name: str, version: object, sdist: str | None, wheels: Iterable[str]) -> bool:
    """Whether the standards' own parser is sure to accept files as those of this version; each is a line."""
    file = told(sdist) if sdist is not None else None
    if sdist is not None and (file is None or filenames.sdist(file[0]) != (name, version)):
        return False
    before: list[str] = []
    for each in wheels:
        file = told(each)
        written = file[0].split("-", 2)[:2] if file and filenames.is_plain(file[0]) else []
        if not written or (written != before and _meant(written) != (name, version)):
            return False
        before = written
    return True


def _meant(written: Sequence[str]) -> tuple[str, object]:
    """The project and the version that a file name begins with."""
    name, version = written
    return filenames.normalize(name), filenames.version(version)


def _is_valid(wheels: Wheels) -> bool:
    """Whether the standards' own parser is sure to accept all of some wheels when it accepts the first."""
    first = told(wheels.lines[0])
    written = first[0].split("-", 2)[:2] if first and filenames.is_plain(first[0]) else []
    return bool(written) and are_of(*_meant(written), None, wheels.lines)
