"""The pages of a package index: PEP 691 JSON and PEP 503 HTML, with PEP 592, 629, 658, 700 and 714.

A popular project has thousands of files, of which a resolution looks at a dozen. So it is only noted where in a page
the files of each version stand (as PEP 691 file objects); they are read when somebody asks. HTML is brought
into the same form.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from functools import lru_cache
from itertools import accumulate, groupby
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from venvoy.errors import Problem
from venvoy.formats import filenames, versions
from venvoy.model.artifact import Artifact
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, Protocol, dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from packaging.version import Version

    from venvoy.model.artifact import Pythons
    from venvoy.model.names import NormalizedName

Row = tuple[str, str, dict[str, str], int | None, str | None, str | None, str | None, dict[str, str] | None, str]
"""A file in plain values that can be kept, each as :class:`Artifact` has it: name, address, hashes, size, upload time,
Requires-Python, why it is yanked, the hashes of its metadata; and the tag set of a wheel as written, empty for others.
"""

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_SUPPORTED_MAJOR = "1"
_HASH = pattern(r"[0-9a-f]{32,}")
_FRAGMENT = pattern(r"(md5|sha1|sha224|sha256|sha384|sha512)=([0-9a-fA-F]+)")
# A folder with a slash at its end, and a file in it.
_RELATIVE = pattern(r"(?!//)((?:[\w.~+%-]*/)+)([\w~+%-][\w.~+%-]*(?:#[\w=.-]+)?)", re.ASCII)
_UTC = pattern(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)(?:Z|\+00:00)")
_METADATA_KEYS = ("core-metadata", "dist-info-metadata", "data-dist-info-metadata")
_PLAIN_ANCHOR = pattern(r"<a((?:\s+[a-z-]+=\"[^\"<]*\")*)\s*>([^<]*)</a>")
_ANY_ANCHOR = pattern(r"<a[\s>]", re.IGNORECASE)
_NOT_PLAIN = pattern(r"<!--|<(?:base|script|style|template|textarea)\b", re.IGNORECASE)
_VERSION_TAG = pattern(r"<meta name=\"pypi:repository-version\" content=\"([^\"]*)\"")
_ATTRIBUTE = pattern(r"([a-z-]+)=\"([^\"]*)\"")
# A wheel, an sdist, or something else: name and version of the first two.
_FILENAME = pattern(
    rb'"filename": ?"(?:([A-Za-z0-9_.]+)-([^-_"\\/:]+)'
    rb"-(?:[0-9][^-\"\\/:]*-)?[A-Za-z0-9_.]+-[A-Za-z0-9_.]+-[A-Za-z0-9_.]+\.whl"
    rb'|([^"\\/:]+)-([^-"\\/:]+)(?:\.tar\.gz|\.zip)|[^"]*)"'
)
_REQUIRES = pattern(rb'"requires-python": ?(?:"([^"\\]*)"|null)')


class Body(Protocol):
    """Bytes that are read as somebody looks at them."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> bytes | memoryview: ...


@dataclass(frozen=True, slots=True)
class Page:
    """What a page offers under one name.

    ``url`` is the address that relative ones refer to. ``body`` holds JSON objects, a file each. ``versions`` come
    newest first; ``places`` says of each where its files stand in the body: start, end, start, end … ``rejected``
    counts the files left out, by reason. ``ready`` holds, by its number, the files of a version that have been read.
    """

    url: str
    body: Body = field(repr=False)
    versions: Sequence[str]
    places: Sequence[tuple[int, ...]]
    rejected: Mapping[str, int] = field(default_factory=dict, hash=False)
    ready: Mapping[int, tuple[Row, ...]] = field(default_factory=dict, hash=False, repr=False)

    def rows(self, number: int, name: NormalizedName) -> tuple[Row, ...]:
        """The files of ``versions[number]``, read (see :func:`rows`)."""
        found = self.ready.get(number)
        return rows(self.files(number), self.url, name) if found is None else found

    def glance(self, number: int) -> Pythons | None:
        """The Requires-Python of the files of ``versions[number]``, without reading them; None of those without one.

        No answer where they have been read, or when one may be yanked: then it takes a closer look.
        """
        if number in self.ready:
            return None
        files = self.files(number)
        if files.count(b'"yanked":') != files.count(b'"yanked":false') + files.count(b'"yanked": false'):
            return None
        first = _REQUIRES.search(files)  # nearly always that of all the others
        told = [first[1]] * files.count(first[0]) if first else []
        count = files.count(b'"requires-python":')
        if len(told) != count:
            told = _REQUIRES.findall(files)
        whole = 0 < len(told) == files.count(b'"filename":') == count
        texts = {(text or b"").decode("utf-8", "replace").strip() or None for text in set(told)}
        return frozenset(texts if whole else {None})

    def files(self, number: int) -> bytes:
        """The files of ``versions[number]`` as the text of a JSON array."""
        places = self.places[number]
        return b"[%b]" % b",".join([self.body[start:end] for start, end in zip(places[::2], places[1::2], strict=True)])


def parse(body: bytes, content_type: str, url: str, name: NormalizedName) -> Page:
    """Read the page of one project.

    Args:
        body: the page.
        content_type: as the server sent it; decides between JSON and HTML.
        url: where it came from, after redirects and without credentials.
        name: files of other names are counted as rejected.

    Raises:
        Problem: ``index-invalid``: garbage, or a version of the interface from the future.
    """
    kind = content_type.lower()
    if "json" in kind:
        return _cut(body, url, name) or select(url, _load(body, url), name)
    if "html" not in kind and not body.lstrip()[:1] == b"<":
        raise _garbage(url, f"Its content type is “{content_type}”.")
    base, files = parse_html(body, url)
    return select(base, files, name)


def parse_html(body: bytes, url: str) -> tuple[str, list[dict[str, Any]]]:
    """Read a page of links (PEP 503, or any page with links to files).

    Returns:
        The address that relative links refer to, and the links as PEP 691 file objects.

    Raises:
        Problem: ``index-invalid``: a version of the interface from the future.
    """
    text = body.decode("utf-8", "replace")
    version = _VERSION_TAG.search(text)
    if not _NOT_PLAIN.search(text) and (version or "repository-version" not in text):
        _check_version(version[1] if version else "1.0", url)
        from html import unescape  # noqa: PLC0415 - 2 ms that JSON spares us

        anchors = _PLAIN_ANCHOR.findall(text)
        if len(anchors) == len(_ANY_ANCHOR.findall(text)):
            plain = ({key: unescape(value) for key, value in _ATTRIBUTE.findall(found)} for found, _ in anchors)
            return url, [file for attributes in plain if (file := _file_of(attributes))]
    found, place, told = _read_links(text)
    _check_version(told, url)
    return urljoin(url, place), [file for attributes in found if (file := _file_of(attributes))]


def select(url: str, files: Iterable[Mapping[str, Any]], name: NormalizedName) -> Page:
    """Sort the file objects that belong to ``name`` by version."""
    groups: defaultdict[str, list[int]] = defaultdict(list)
    rejected: Counter[str] = Counter()
    texts: list[bytes] = []
    start = 0
    for file in files:
        filename, address = file.get("filename"), file.get("url")
        if not isinstance(filename, str) or not isinstance(address, str):
            rejected[filenames.INVALID_NAME] += 1
            continue
        try:
            places = groups[filenames.parse(filename, name).version]
        except filenames.InvalidFileNameError as reason:
            rejected[str(reason)] += 1
            continue
        texts.append(json.dumps(file, separators=(",", ":")).encode())
        places += (start, start + len(texts[-1]))
        start += len(texts[-1])
    body = b"".join(texts)
    return Page(url, body, *_newest_first(groups, body, rejected), dict(rejected))


def rows(files: bytes, base: str, name: NormalizedName) -> tuple[Row, ...]:
    """Read the files of one version, from :meth:`Page.files`; ``base`` is :attr:`Page.url`.

    Fields that make no sense are taken as missing. A file whose address is no http, https or file one is left out.

    Raises:
        Problem: ``index-invalid``: the text is broken, which only a page made to deceive can bring about.
    """
    try:
        found = json.loads(files)
    except ValueError as error:
        raise _garbage(base, str(error)) from None
    return tuple(row for file in found if (row := _row(file, base, name)))


def artifacts(found: Iterable[Row], name: NormalizedName, version: Version) -> tuple[Artifact, ...]:
    """Make artifacts of the rows of one version."""
    expand = filenames.expand
    return tuple(
        Artifact(
            filename,
            url,
            "wheel" if tags else "sdist",
            name,
            version,
            hashes,
            size,
            uploaded,
            requires_python,
            yanked,
            metadata,
            expand(tags),
        )
        for filename, url, hashes, size, uploaded, requires_python, yanked, metadata, tags in found
    )


def with_rows(page: Page, name: NormalizedName) -> Page:
    """The page with the files of its newest final version read: it is the one that is looked at, as a rule."""
    for number, text in enumerate(page.versions):
        key = versions.key(text)
        if key is not None and versions.is_final(key):
            try:
                return replace(page, ready={number: rows(page.files(number), page.url, name)})
            except Problem:
                break  # it is told when somebody asks for them
    return page


def without_credentials(url: str) -> str:
    """The address without user and password."""
    if "@" not in url:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _row(file: dict[str, Any], base: str, name: NormalizedName) -> Row | None:
    filename, told = file.get("filename"), file.get("url")
    if not isinstance(filename, str) or not isinstance(told, str):
        return None
    try:
        tags = filenames.parse(filename, name).tags
    except filenames.InvalidFileNameError:
        return None
    address, _, fragment = _absolute(base, told).partition("#")
    scheme = address.partition(":")[0]
    # A page from the network must not make us read this machine's files.
    if scheme not in ("http", "https") and not (scheme == "file" and base.startswith("file:")):
        return None
    size, needs = file.get("size"), file.get("requires-python")
    yanked, uploaded = file.get("yanked"), file.get("upload-time")
    match = _UTC.fullmatch(uploaded) if isinstance(uploaded, str) else None
    return (
        filename,
        without_credentials(address),
        _hashes(file.get("hashes")) or _hashes(dict(_FRAGMENT.findall(fragment))),
        size if isinstance(size, int) and size >= 0 else None,
        f"{match[1]}Z" if match else None,
        needs.strip() or None if isinstance(needs, str) else None,
        (yanked if isinstance(yanked, str) else "") if yanked else None,
        _announced(file),
        tags,
    )


def _absolute(base: str, url: str) -> str:
    if url.startswith(("https://", "http://")) and "[" not in url:
        return url
    relative = _RELATIVE.fullmatch(url)
    try:
        return _folder(base, relative[1]) + relative[2] if relative else urljoin(base, url)
    except ValueError:
        return ""


@lru_cache(maxsize=64)
def _folder(base: str, path: str) -> str:
    """Where the files of a page lie: it is the same for most of them."""
    return urljoin(base, path)


def _hashes(told: object) -> dict[str, str]:
    if not isinstance(told, dict):
        return {}
    if len(told) == 1 and isinstance(only := told.get("sha256"), str) and only.islower() and _HASH.fullmatch(only):
        return told
    pairs = ((str(name).lower(), digest.lower()) for name, digest in told.items() if isinstance(digest, str))
    return {name: digest for name, digest in pairs if _HASH.fullmatch(digest)}


def _announced(row: dict[str, Any]) -> dict[str, str] | None:
    told = None
    for key in _METADATA_KEYS:
        if key in row:
            told = row[key]
            break
    return (_hashes(told) if isinstance(told, dict) else {}) if told else None


def _newest_first(
    groups: Mapping[str, Sequence[int]], body: bytes, rejected: Counter[str]
) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """The versions in their order, and the places of the files of each; what is no version is counted."""
    merged: dict[versions.Key, tuple[str, tuple[int, ...]]] = {}
    for text, places in groups.items():
        key = versions.key(text)
        if key is None:
            ranges = zip(places[::2], places[1::2], strict=True)
            rejected[filenames.INVALID_VERSION] += sum(body.count(b'"filename":', *each) for each in ranges)
        else:  # 1.0 and 1.0.0 are one version
            first, known = merged.get(key, (text, ()))
            merged[key] = first, (*known, *places)
    found = [merged[key] for key in sorted(merged, reverse=True)]
    return tuple(text for text, _ in found), tuple(places for _, places in found)


def _load(body: bytes, url: str) -> list[Mapping[str, Any]]:
    try:
        page = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _garbage(url, str(error)) from None
    return [file for file in _checked(page, url) if isinstance(file, dict)]


def _checked(page: object, url: str) -> list[Any]:
    """The files of a page after a look at the rest of it."""
    if not isinstance(page, dict) or not isinstance(page.get("files"), list):
        raise _garbage(url, "It has no list of files.")
    meta = page.get("meta")
    _check_version(str(meta.get("api-version", "1.0")) if isinstance(meta, dict) else "1.0", url)
    files: list[Any] = page["files"]
    return files


def _cut(body: bytes, url: str, name: NormalizedName) -> Page | None:
    """Cut a JSON page at the borders of its file objects, without parsing them; None when that is not certain.

    Parsing took most of the time of a lock. Why this is safe: inside a JSON text a quote is always escaped, and behind
    the one at its end no letter stands, so a border ``},{"key`` cannot stand in one; and what is left around the list
    must be valid JSON with an empty list in its place, which fails when the end of the list was found too early.
    """
    start = body.find(b'"files":')
    opening = body.find(b"[", start)
    closing = body.find(b"}]", max(opening, body.rfind(b'"filename":')))
    if start < 0 or opening < 0 or closing < 0 or body[start + 8 : opening].strip():
        return None
    try:
        around = json.loads(body[: opening + 1] + body[closing + 1 :])
    except (ValueError, RecursionError):
        return None
    if _checked(around, url) or not body.startswith(b'{"', opening + 1):
        return None
    names = _FILENAME.findall(body)
    key = body[opening + 2 : body.find(b'"', opening + 3) + 1]  # of the first object, and nearly always of the others
    for border in (b"},{", b"}, {"):
        pieces = body.split(border)
        if len(pieces) == body.count(border + key) + 1 == len(names):
            return _group(names, _Places(pieces, len(border), opening + 1, closing + 1), body, url, name)
    return None


class _Places:
    """Where the text of each file stands in a page: between the borders, which have taken a brace from either side.

    Args:
        pieces: the page, split at the borders.
        border: the length of one.
        first: where the first file begins.
        last: where the last one ends.
    """

    def __init__(self, pieces: Sequence[bytes], border: int, first: int, last: int) -> None:
        self._lengths = list(accumulate(map(len, pieces)))
        self._border, self._first, self._last = border, first, last

    def start(self, number: int) -> int:
        return self._lengths[number - 1] + number * self._border - 1 if number else self._first

    def end(self, number: int) -> int:
        is_last = number + 1 == len(self._lengths)
        return self._last if is_last else self._lengths[number] + number * self._border + 1


def _group(
    names: Iterable[tuple[bytes, bytes, bytes, bytes]], where: _Places, body: bytes, url: str, project: NormalizedName
) -> Page | None:
    """Note where the files of each version stand, by their names; neighbours of one version stand in one place."""
    groups: defaultdict[bytes, list[int]] = defaultdict(list)
    rejected: Counter[str] = Counter()
    ours: dict[bytes, bool] = {b"": False}
    places: list[int] = []
    before = b""
    number = 0
    for (wheel, wheel_version, sdist, sdist_version), alike in groupby(names):
        first, number = number, number + len(list(alike))
        written, version = wheel or sdist, wheel_version or sdist_version
        own = ours.get(written)
        if own is None:
            own = ours[written] = filenames.normalize(written.decode("utf-8", "replace")) == project
        if own and version == before:
            places[-1] = where.end(number - 1)
        elif own:
            before, places = version, groups[version]
            places += (where.start(first), where.end(number - 1))
        else:
            for each in range(first, number):
                start, end = where.start(each), where.end(each)
                try:
                    version = filenames.parse(json.loads(body[start:end])["filename"], project).version.encode()
                except filenames.InvalidFileNameError as reason:
                    rejected[str(reason)] += 1
                    continue
                except ValueError:
                    return None
                groups[version] += (start, end)
            before = b""
    texts = {version.decode("utf-8", "replace"): found for version, found in groups.items()}
    return Page(url, body, *_newest_first(texts, body, rejected), dict(rejected))


def _read_links(text: str) -> tuple[list[dict[str, str]], str, str]:
    """All anchors, the base address and the version of the interface (PEP 629)."""
    from html.parser import HTMLParser  # noqa: PLC0415 - 5 ms for pages of an unusual form

    class Reader(HTMLParser):
        anchors: list[dict[str, str]] = []  # noqa: RUF012 - a reader of one text
        base = ""
        version = "1.0"

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            attributes = {key: value or "" for key, value in attrs}
            if tag == "a":
                self.anchors.append(attributes)
            elif tag == "base":
                self.base = self.base or attributes.get("href", "")
            elif tag == "meta" and attributes.get("name") == "pypi:repository-version":
                self.version = attributes.get("content", "1.0")

    reader = Reader(convert_charrefs=True)
    reader.feed(text)
    reader.close()
    return reader.anchors, reader.base, reader.version


def _file_of(attributes: Mapping[str, str]) -> dict[str, Any] | None:
    """The PEP 691 file object that an anchor stands for, None when it does not lead to a file."""
    href = attributes.get("href", "").strip()
    try:
        path = urlsplit(href).path
    except ValueError:
        return None
    filename = unquote(path.rpartition("/")[2])
    if not filename:
        return None
    address, _, fragment = href.partition("#")
    file: dict[str, Any] = {"filename": filename, "url": address, "hashes": dict(_FRAGMENT.findall(fragment))}
    file.update(_told(attributes))
    return file


def _told(attributes: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    if "data-requires-python" in attributes:
        yield "requires-python", attributes["data-requires-python"]
    if "data-yanked" in attributes:
        yield "yanked", attributes["data-yanked"] or True
    if "data-upload-time" in attributes:
        yield "upload-time", attributes["data-upload-time"]
    if attributes.get("data-size", "").isdecimal():
        yield "size", int(attributes["data-size"])
    announced = attributes.get("data-core-metadata", attributes.get("data-dist-info-metadata", ""))
    if announced and announced != "false":
        yield "core-metadata", dict(_FRAGMENT.findall(announced)) or True


def _check_version(version: str, url: str) -> None:
    if version.partition(".")[0] != _SUPPORTED_MAJOR:
        raise Problem(
            "index-invalid",
            f"This index speaks version {version} of the index interface; this venvoy understands version 1.",
            fix=("Update venvoy, or use another index.",),
            where=url,
        )


def _garbage(url: str, why: str) -> Problem:
    return Problem(
        "index-invalid",
        "The answer is not a page of a package index.",
        why=why,
        fix=(
            "Check the address of the index. It usually ends in /simple/.",
            "If you are on a guest network, open a web page in your browser and sign in first.",
        ),
        where=url,
    )
