"""An index on the loopback interface: ``python3 benchmarks mirror --folder DIR [--offline]``.

What it does not hold is fetched once, from the index that pip is configured with, else from the usual one, and kept
in the folder. With ``--offline`` nothing is fetched, so that a benchmark cannot leave the machine; everything is loaded
before the first answer, and what is asked for in vain is named on the standard error. It serves what a large index
serves: whole pages as PEP 691 JSON, gzipped when asked for, and PEP 658 metadata files, also where the index beyond has
none; entity tags, ten minutes of freshness, ranges, connections that stay open. Sizes are true, and told at least for
every version that was ever asked about. It prints its address and serves until it is ended.

    DIR/pages/NAME.json    a project's versions, and its files as PEP 691 objects, as the index beyond tells of them
    DIR/files/PATH         a file, with the path of its address; PATH.metadata is a wheel's METADATA
    DIR/sizes.txt          sizes of files: PATH, a space, bytes
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import hashlib
import json
import mmap
import os
import re
import sys
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

SIMPLE = "application/vnd.pypi.simple.v1+json"
PIECE = 256 * 1024
FETCHERS = 16
_PAGE = re.compile(r"/simple/([a-z0-9-]+)/")
_RANGE = re.compile(rb"bytes=(\d*)-(\d*)")
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class Kept(NamedTuple):
    """What an address has: headers, entity tag, the body as it is and gzipped (empty: never gzipped)."""

    headers: bytes
    tag: bytes
    body: bytes | memoryview
    gzipped: bytes = b""


class Upstream:
    """The index beyond, by way of venvoy's own client: pip's settings for proxies and certificates hold."""

    def __init__(self) -> None:
        # Only for filling: a mirror that is measured with must stay light.
        from venvoy.index import auth, connection, pip_config, sources  # noqa: PLC0415
        from venvoy.index.http import Http  # noqa: PLC0415

        config = pip_config.load(os.environ, platform=sys.platform, prefix=sys.prefix)
        self.url = (config.index_url.value or sources.default_index()).rstrip("/") + "/"
        self.http = Http(connection.settings(config, os.environ, {}), auth.Credentials([self.url]))

    def page(self, name: str) -> dict[str, Any] | None:
        """The project's files and versions; None when there is no such project."""
        from packaging.utils import canonicalize_name  # noqa: PLC0415

        from venvoy.formats import filenames, simple_api  # noqa: PLC0415

        answer = self.http.get(f"{self.url}{name}/", {"Accept": simple_api.ACCEPT}, accept={200, 404})
        if answer.status != 200:  # noqa: PLR2004
            return None
        if "json" in answer.headers.get("content-type", ""):
            base, files = answer.url, json.loads(answer.body)["files"]
        else:
            base, files = simple_api.parse_html(answer.body, answer.url)
        told: list[dict[str, Any]] = []
        for file in files:
            version = ""
            with contextlib.suppress(filenames.InvalidFileNameError):
                version = filenames.parse(file["filename"], canonicalize_name(name)).version
            told.append({**file, "url": urljoin(base, file["url"]).partition("#")[0], "version": version})
        return {"files": told, "versions": list(dict.fromkeys(file["version"] for file in told if file["version"]))}

    def file(self, url: str, path: Path) -> None:
        """Fetch a file."""
        with self.http.stream(url) as stream, path.open("wb") as file:
            for piece in stream.pieces():
                file.write(piece)

    def metadata(self, url: str) -> bytes:
        """A wheel's METADATA, from beside it or out of it."""
        from venvoy.formats import filenames  # noqa: PLC0415
        from venvoy.index import metadata, ranges  # noqa: PLC0415
        from venvoy.model.artifact import Artifact  # noqa: PLC0415

        beside = self.http.get(f"{url}.metadata", accept={200, 403, 404})
        if beside.status == 200:  # noqa: PLR2004
            return beside.body
        filename = unquote(url.rpartition("/")[2])
        parts = filenames.parse(filename)
        version = filenames.version(parts.version)
        assert version  # a tool chose this wheel
        wheel = Artifact(filename, url, "wheel", parts.name, version)
        return metadata.from_wheel(ranges.tail(self.http, url), wheel)

    def size(self, url: str) -> int | None:
        """A file's size in bytes."""
        from venvoy.index import download  # noqa: PLC0415

        return download.size(self.http, url)


class Shelf:
    """Everything that is kept, by the path of a request.

    Args:
        folder: where it is kept.
        base: the mirror's own address.
        upstream: where to fetch from; None: nowhere.
    """

    def __init__(self, folder: Path, base: str, upstream: Upstream | None) -> None:
        self.folder = folder
        self.base = base
        self.upstream = upstream
        self.kept: dict[str, Kept] = {}
        self.sizes: dict[str, int] = {}
        self._addresses: dict[str, str] = {}
        self._neighbours: dict[str, list[str]] = {}
        self._guard = threading.Lock()
        self._fetching: dict[str, threading.Lock] = {}
        for name in ("pages", "files"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._load_sizes()

    def preload(self) -> None:
        """Have everything ready."""
        for path in sorted((self.folder / "pages").glob("*.json")):
            self.page(path.stem)
        for name in self._held:
            self.kept[f"/files/{name}"] = self._mapped(self.folder / "files" / name)

    def find(self, path: str) -> Kept | None:
        """What a path has, fetched if need be; None when there is no such thing, or it may not be fetched."""
        with self._guard:
            lock = self._fetching.setdefault(path, threading.Lock())
        with lock:
            if path in self.kept:
                return self.kept[path]
            page = _PAGE.fullmatch(path)
            if page:
                return self.page(page[1])
            return self._file(path.removeprefix("/files/")) if path.startswith("/files/") else None

    def size(self, path: str) -> int | None:
        """A file's size, for whoever asks for nothing else; those of its neighbours are asked for at once.

        A tool that is told one size of a version and not another would have to do more than with a large index.
        """
        name = path.removeprefix("/files/")
        neighbours = self._neighbours.get(name, [])
        with self._guard:
            lock = self._fetching.setdefault(" ".join(neighbours[:1]), threading.Lock())
        with lock:
            for other in neighbours:
                if self.upstream and other not in self.sizes:
                    self._note(other, self.upstream.size(self._addresses[other]))
        return self.sizes.get(name)

    def _note(self, name: str, size: int | None) -> None:
        if size is not None:
            with self._guard, (self.folder / "sizes.txt").open("a", encoding="utf-8") as file:
                self.sizes[name] = size
                file.write(f"{name} {size}\n")

    def page(self, name: str) -> Kept | None:
        """A project's page."""
        path = self.folder / "pages" / f"{name}.json"
        if path.exists():
            told = json.loads(path.read_bytes())
        elif self.upstream:
            told = self.upstream.page(name)
            _write(path, json.dumps(told).encode())
        else:
            return None
        if told is None:
            return None
        versions: defaultdict[str, list[str]] = defaultdict(list)
        for file in told["files"]:
            place = urlsplit(file["url"]).path.lstrip("/")
            versions[file["version"]].append(place)
            self._neighbours[place] = versions[file["version"]]
        page = {"files": [self._offered(file) for file in told["files"]], "meta": {"api-version": "1.1"}}
        body = json.dumps({**page, "name": name, "versions": told["versions"]}, separators=(",", ":")).encode()
        headers = f"Content-Type: {SIMPLE}\r\nCache-Control: max-age=600, public\r\nVary: Accept-Encoding\r\n".encode()
        self.kept[f"/simple/{name}/"] = kept = Kept(headers, _tag(body), body, gzip.compress(body, 6))
        return kept

    def _offered(self, file: Mapping[str, Any]) -> dict[str, Any]:
        """A file as the page tells of it, in the order and with the fields of a large index."""
        name = urlsplit(file["url"]).path.lstrip("/")
        self._addresses[name] = file["url"]
        described: dict[str, Any] = {}
        if file["filename"].endswith(".whl"):
            self._addresses[f"{name}.metadata"] = file["url"]
            digest = self._digests.get(f"{name}.metadata")
            told = file.get("core-metadata") or True
            described = {"core-metadata": {"sha256": digest} if digest else told}
            described["data-dist-info-metadata"] = described["core-metadata"]
        if file.get("size"):
            self.sizes[name] = file["size"]
        size = self.sizes.get(name)
        return {
            **described,
            "filename": file["filename"],
            "hashes": file["hashes"],
            "provenance": None,
            "requires-python": file.get("requires-python"),
            **({"size": size} if size else {}),
            **({"upload-time": file["upload-time"]} if "upload-time" in file else {}),
            "url": f"{self.base}/files/{name}",
            "yanked": file.get("yanked", False),
        }

    def _file(self, name: str) -> Kept | None:
        if not self.upstream or name not in self._addresses or ".." in name:
            return None
        path, url = self.folder / "files" / name, self._addresses[name]
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith(".metadata"):
                _write(path, self.upstream.metadata(url))
            else:
                partial = path.with_name(f"{path.name}.part")
                self.upstream.file(url, partial)
                partial.replace(path)
        self.size(name.removesuffix(".metadata"))
        self.kept[f"/files/{name}"] = kept = self._mapped(path)
        return kept

    def _load_sizes(self) -> None:
        listed = self.folder / "sizes.txt"
        for line in listed.read_text("utf-8").splitlines() if listed.exists() else ():
            name, _, size = line.rpartition(" ")
            self.sizes[name] = int(size)
        self._held: list[str] = []
        self._digests: dict[str, str] = {}
        for path in (self.folder / "files").rglob("*"):
            if path.suffix == ".part" or not path.is_file():
                continue
            name = path.relative_to(self.folder / "files").as_posix()
            self._held.append(name)
            self.sizes[name] = path.stat().st_size
            if path.suffix == ".metadata":
                self._digests[name] = hashlib.sha256(path.read_bytes()).hexdigest()

    @staticmethod
    def _mapped(path: Path) -> Kept:
        """A file's bytes, mapped: only what is sent is read."""
        with path.open("rb") as file:
            body = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        headers = b"Content-Type: application/octet-stream\r\nCache-Control: max-age=31536000, immutable, public\r\n"
        return Kept(headers + b"Accept-Ranges: bytes\r\n", _tag(str(path).encode()), body)


def _tag(body: bytes) -> bytes:
    return b'"%b"' % hashlib.sha256(body).hexdigest()[:32].encode()


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f"{path.name}.part")
    partial.write_bytes(data)
    partial.replace(path)


class _Connection(asyncio.Protocol):
    """HTTP/1.1 for clients that read: GET and HEAD, one answer after the other."""

    def __init__(self, shelf: Shelf, fetchers: ThreadPoolExecutor) -> None:
        self._shelf = shelf
        self._fetchers = fetchers
        self._received = b""
        self._unsent = memoryview(b"")
        self._fetching = False
        self._full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # what asyncio.create_server makes
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._go_on()

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._go_on()

    def _go_on(self) -> None:
        """Send what is to be sent as far as the client takes it, then answer the next request."""
        while not self._fetching:
            while self._unsent and not self._full:
                self._transport.write(self._unsent[:PIECE])
                self._unsent = self._unsent[PIECE:]
            head, end, rest = self._received.partition(b"\r\n\r\n")
            if self._unsent or not end:
                return
            self._received = rest
            request, *lines = head.split(b"\r\n")
            fields = (line.partition(b":") for line in lines)
            method, target, *_ = request.split(b" ")
            self._answer(method, target, {key.strip().lower(): value.strip() for key, _, value in fields})

    def _answer(self, method: bytes, target: bytes, asked: dict[bytes, bytes]) -> None:
        path = unquote(target.decode("ascii", "replace")).partition("?")[0]
        kept = self._shelf.kept.get(path)
        if kept:
            self._send(kept, method, asked)
        elif self._shelf.upstream:
            self._fetching = True
            only_size = path.startswith("/files/") and (method == b"HEAD" or asked.get(b"range") == b"bytes=0-0")
            find = self._shelf.size if only_size else self._shelf.find
            told = asyncio.get_running_loop().run_in_executor(self._fetchers, find, path)
            told.add_done_callback(lambda done: self._fetched(done, method, path, asked))
        else:
            self._not_found(path)

    def _fetched(self, done: asyncio.Future[Any], method: bytes, path: str, asked: dict[bytes, bytes]) -> None:
        self._fetching = False
        error = done.exception()
        found = None if error else done.result()
        if found is None:
            self._not_found(f"{path} {error or ''}")
        elif isinstance(found, int):
            # Of a file that is not kept only the size can be told; its first byte is one that nobody looks at.
            length = b"Content-Range: bytes 0-0/%d\r\nContent-Length: 1\r\n\r\nP" % found
            whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % found
            self._transport.write(whole if method == b"HEAD" else b"HTTP/1.1 206 Partial Content\r\n" + length)
        else:
            self._send(found, method, asked)
        self._go_on()

    def _not_found(self, what: str) -> None:
        print(f"not there: {what}", file=sys.stderr, flush=True)
        self._transport.write(_NOT_FOUND)

    def _send(self, kept: Kept, method: bytes, asked: dict[bytes, bytes]) -> None:
        headers = kept.headers + b"ETag: " + kept.tag + b"\r\n"
        if kept.tag in asked.get(b"if-none-match", b""):
            self._transport.write(b"HTTP/1.1 304 Not Modified\r\n" + headers + b"\r\n")
            return
        status, body = b"200 OK", memoryview(kept.body)
        if kept.gzipped and b"gzip" in asked.get(b"accept-encoding", b""):
            headers, body = headers + b"Content-Encoding: gzip\r\n", memoryview(kept.gzipped)
        elif (part := _RANGE.fullmatch(asked.get(b"range", b""))) and any(part.groups()):
            start, end = _bounds(part, len(body))
            if start >= end:
                status, headers, body = b"416 Range Not Satisfiable", b"", body[:0]
            else:
                headers += b"Content-Range: bytes %d-%d/%d\r\n" % (start, end - 1, len(body))
                status, body = b"206 Partial Content", body[start:end]
        head = b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n" % (status, headers, len(body))
        if method == b"HEAD":
            body = body[:0]
        # A small answer is one packet; a large one is not copied.
        small = len(body) <= PIECE
        self._transport.write(head + body if small else head)
        self._unsent = body[:0] if small else body


def _bounds(part: re.Match[bytes], size: int) -> tuple[int, int]:
    """Where a range starts and ends."""
    first, last = part.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size


async def _serve(folder: Path, *, offline: bool) -> None:
    loop = asyncio.get_running_loop()
    fetchers = ThreadPoolExecutor(FETCHERS)
    shelves: list[Shelf] = []
    server = await loop.create_server(
        lambda: _Connection(shelves[0], fetchers), "127.0.0.1", 0, backlog=512, start_serving=False
    )
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    shelves.append(Shelf(folder, base, None if offline else Upstream()))
    if offline:
        shelves[0].preload()
    await server.start_serving()
    print(f"{base}/simple/", flush=True)
    await server.serve_forever()


def main(arguments: list[str]) -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python3 benchmarks mirror", description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="where everything is kept")
    parser.add_argument("--offline", action="store_true", help="fetch nothing: serve what is there")
    options = parser.parse_args(arguments)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(options.folder, offline=options.offline))


if __name__ == "__main__":
    main(sys.argv[1:])
