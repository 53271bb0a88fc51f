"""A package index on the loopback interface, over a folder of wheels and sdists, with every fault on demand.

    with IndexServer(folder) as server:
        ...server.url...          # http://127.0.0.1:PORT/simple/
        server.fail("/simple/demo/", 503, times=2)
        assert server.paths() == [...]

By hand: ``python -m support.index_server FOLDER`` from the tests folder. Files may come and go while it runs.

    /simple/            names               /files/NAME              the files, with ranges
    /simple/NAME/       the page of one     /files/NAME.metadata     PEP 658
    /links/             one flat page of all files, for find-links
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import gzip
import hashlib
import html
import json
import re
import socket
import ssl
import threading
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from typing_extensions import Self

JSON_TYPE = "application/vnd.pypi.simple.v1+json"


@dataclass
class Behaviour:
    """How the server behaves; change it while it runs."""

    json: bool = True
    """False: HTML only, whatever is asked for."""
    metadata: str = "announced"
    """``announced``, ``served`` (there, but no page says so) or ``absent``."""
    metadata_hash: bool = True
    """False: announced as plain ``true``."""
    ranges: bool = True
    etag: bool = True
    cache_control: str = "max-age=0"
    hashes: bool = True
    sizes: bool = True
    absolute: bool = False
    """Absolute URLs in pages, in place of relative ones."""
    api_version: str = "1.1"
    credentials: tuple[str, str] | None = None
    """User and password that every request must bring (basic)."""
    delay: float = 0.0
    """Seconds before each answer."""
    gates: dict[str, threading.Event] = field(default_factory=dict)
    """Path → what its answer waits for."""
    yanked: dict[str, str] = field(default_factory=dict)
    """File name → reason."""
    upload_times: dict[str, str] = field(default_factory=dict)
    wrong_hashes: set[str] = field(default_factory=set)
    """File names whose page entry tells another SHA-256."""
    wrong_sizes: set[str] = field(default_factory=set)
    truncate: dict[str, list[int]] = field(default_factory=dict)
    """Path → numbers of bytes after which the connection is cut, one for each answer to come."""
    pages: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """Path → content type and body, sent as they stand."""
    redirects: dict[str, str] = field(default_factory=dict)
    """Path → Location."""


@dataclass(frozen=True)
class Request:
    """One entry of the request log; header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    status: int


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def project_of(filename: str) -> str:
    """The normalized name that a file belongs to, or an empty text."""
    if filename.endswith(".whl"):
        return normalized(filename.split("-", maxsplit=1)[0])
    if filename.endswith((".tar.gz", ".zip")):
        return normalized(filename.rsplit("-", 1)[0])
    return ""


def wheel_metadata(path: Path) -> bytes | None:
    try:
        with zipfile.ZipFile(path) as archive:
            return next(
                (archive.read(n) for n in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n)), None
            )
    except (OSError, zipfile.BadZipFile):
        return None


class IndexServer:
    """Serves until the ``with`` block ends. ``url`` is the address of its Simple API, ``links`` of the flat page."""

    def __init__(
        self, folder: Path, behaviour: Behaviour | None = None, *, certificate: Path | None = None, port: int = 0
    ) -> None:
        self.folder = folder
        self.behaviour = behaviour or Behaviour()
        self.log: list[Request] = []
        self.arrived: list[str] = []
        """Paths in the order in which they were asked for, also those that have no answer yet."""
        self._faults: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
        self._lock = threading.Lock()
        self._server = _Server(self, port, certificate)
        scheme = "https" if certificate else "http"
        self.root = f"{scheme}://127.0.0.1:{self._server.server_port}"
        self.url = f"{self.root}/simple/"
        self.links = f"{self.root}/links/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for gate in self.behaviour.gates.values():
            gate.set()
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join()

    def file_url(self, filename: str) -> str:
        """The address of one file."""
        return f"{self.root}/files/{quote(filename)}"

    def fail(self, path: str, status: int, times: int = 1, headers: Mapping[str, str] | None = None) -> None:
        """Answer the next ``times`` requests for ``path`` with ``status``; status 0 cuts the connection."""
        with self._lock:
            self._faults.setdefault(path, []).extend([(status, headers or {})] * times)

    def paths(self, prefix: str = "") -> list[str]:
        """The paths asked for so far, in order, those that start with ``prefix``."""
        with self._lock:
            return [request.path for request in self.log if request.path.startswith(prefix)]

    def forget(self) -> None:
        """Empty the request log."""
        with self._lock:
            self.log.clear()

    def note(self, request: Request) -> None:
        with self._lock:
            self.log.append(request)

    def next_fault(self, path: str) -> tuple[int, Mapping[str, str]] | None:
        with self._lock:
            waiting = self._faults.get(path)
            return waiting.pop(0) if waiting else None

    def names(self) -> list[str]:
        return sorted({project_of(path.name) for path in self.folder.iterdir()} - {""})

    def entries(self, name: str) -> list[dict[str, object]]:
        """The files of a project as PEP 691 tells them; of all projects when ``name`` is empty."""
        found = (p for p in sorted(self.folder.iterdir()) if project_of(p.name) and name in ("", project_of(p.name)))
        return [self._entry(path) for path in found]

    def _entry(self, path: Path) -> dict[str, object]:
        behaviour = self.behaviour
        content = path.read_bytes()
        digest = hashlib.sha256(b"other" if path.name in behaviour.wrong_hashes else content).hexdigest()
        place = f"/files/{quote(path.name)}"
        entry: dict[str, object] = {
            "filename": path.name,
            "url": self.root + place if behaviour.absolute else "../.." + place,
            "hashes": {"sha256": digest} if behaviour.hashes else {},
        }
        metadata = wheel_metadata(path) if path.suffix == ".whl" else None
        if metadata is not None:
            match = re.search(rb"^Requires-Python:[ ]*(.*?)\r?$", metadata, re.MULTILINE)
            if match:
                entry["requires-python"] = match[1].decode()
            if behaviour.metadata == "announced":
                hashes = {"sha256": hashlib.sha256(metadata).hexdigest()}
                entry["core-metadata"] = hashes if behaviour.metadata_hash else True
        if behaviour.sizes:
            entry["size"] = len(content) + (7 if path.name in behaviour.wrong_sizes else 0)
        if path.name in behaviour.upload_times:
            entry["upload-time"] = behaviour.upload_times[path.name]
        if path.name in behaviour.yanked:
            entry["yanked"] = behaviour.yanked[path.name] or True
        return entry

    def page(self, name: str, *, as_json: bool) -> tuple[str, bytes] | None:
        """Content type and body of a project's page (the flat one for an empty name), None when unknown."""
        entries = self.entries(name)
        if name and not entries:
            return None
        if not as_json:
            return "text/html; charset=utf-8", self._html([_anchor(entry) for entry in entries])
        versions = sorted({str(entry["filename"]).split("-")[1].removesuffix(".tar.gz") for entry in entries})
        meta = {"api-version": self.behaviour.api_version}
        page = {"meta": meta, "name": name, "versions": versions, "files": entries}
        return JSON_TYPE, json.dumps(page).encode()

    def overview(self, *, as_json: bool) -> tuple[str, bytes]:
        if as_json:
            projects = [{"name": name} for name in self.names()]
            meta = {"api-version": self.behaviour.api_version}
            return JSON_TYPE, json.dumps({"meta": meta, "projects": projects}).encode()
        return "text/html; charset=utf-8", self._html([f'<a href="{name}/">{name}</a>' for name in self.names()])

    def _html(self, anchors: list[str]) -> bytes:
        head = f'<meta name="pypi:repository-version" content="{html.escape(self.behaviour.api_version)}">'
        body = "<br>\n".join(anchors)
        return f"<!DOCTYPE html><html><head>{head}</head><body>\n{body}\n</body></html>\n".encode()


def _anchor(entry: Mapping[str, object]) -> str:
    hashes = entry["hashes"]
    assert isinstance(hashes, dict)
    fragment = f"#sha256={hashes['sha256']}" if hashes else ""
    attributes = {"href": f"{entry['url']}{fragment}"}
    if "requires-python" in entry:
        attributes["data-requires-python"] = str(entry["requires-python"])
    if "core-metadata" in entry:
        told = entry["core-metadata"]
        attributes["data-core-metadata"] = f"sha256={told['sha256']}" if isinstance(told, dict) else "true"
    if "yanked" in entry:
        attributes["data-yanked"] = "" if entry["yanked"] is True else str(entry["yanked"])
    text = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
    return f"<a {text}>{html.escape(str(entry['filename']))}</a>"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, index: IndexServer, port: int, certificate: Path | None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.index = index
        self._open: set[socket.socket] = set()
        self._context: ssl.SSLContext | None = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate)

    def process_request_thread(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        self._open.add(request)
        try:
            if self._context:
                request = self._context.wrap_socket(request, server_side=True)
                self._open.add(request)
            super().process_request_thread(request, client_address)
        except OSError:
            request.close()  # a client that does not trust the certificate leaves in the middle of the handshake
        finally:
            self._open.discard(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""

    def close_connections(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(2)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """The log is a list."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:  # noqa: C901 - a case for each kind of address
        index, behaviour = self.server.index, self.server.index.behaviour
        path = unquote(urlsplit(self.path).path)  # a client that takes us for its proxy sends a whole URL
        index.arrived.append(path)
        if behaviour.delay:
            time.sleep(behaviour.delay)
        if path in behaviour.gates:
            behaviour.gates[path].wait()
        fault = index.next_fault(path)
        if fault:
            self._send(path, fault[0], b"out of order", dict(fault[1]))
        elif behaviour.credentials and self.headers.get("Authorization") != _basic(*behaviour.credentials):
            self._send(path, 401, b"who are you?", {"WWW-Authenticate": 'Basic realm="index"'})
        elif path in behaviour.redirects:
            self._send(path, 302, b"", {"Location": behaviour.redirects[path]})
        elif path in behaviour.pages:
            self._send_page(path, behaviour.pages[path])
        elif path == "/simple/":
            self._send_page(path, index.overview(as_json=self._wants_json()))
        elif path == "/links/":
            self._send_page(path, index.page("", as_json=False))
        elif path.startswith("/simple/") and path.endswith("/"):
            self._send_page(path, index.page(path.split("/")[2], as_json=self._wants_json()))
        elif path.startswith("/files/"):
            self._send_file(path)
        else:
            self._send(path, 404, b"not here")

    def _wants_json(self) -> bool:
        return self.server.index.behaviour.json and JSON_TYPE in self.headers.get("Accept", "")

    def _send_page(self, path: str, page: tuple[str, bytes] | None) -> None:
        if page is None:
            return self._send(path, 404, b"not here")
        behaviour = self.server.index.behaviour
        headers = {"Content-Type": page[0], "Cache-Control": behaviour.cache_control, "Vary": "Accept"}
        body = page[1]
        if behaviour.etag:
            headers["ETag"] = f'"{hashlib.sha256(page[0].encode() + body).hexdigest()[:16]}"'
            if self.headers.get("If-None-Match") == headers["ETag"]:
                return self._send(path, 304, b"", headers)
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, 1)
        return self._send(path, 200, body, headers)

    def _send_file(self, path: str) -> None:
        behaviour = self.server.index.behaviour
        filename = path.removeprefix("/files/")
        wheel = self.server.index.folder / filename.removesuffix(".metadata")
        body: bytes | None = None
        if filename.endswith(".metadata"):
            body = wheel_metadata(wheel) if behaviour.metadata != "absent" and wheel.is_file() else None
        elif wheel.is_file():
            body = wheel.read_bytes()
        if body is None:
            return self._send(path, 404, b"not here")
        headers = {"Content-Type": "application/octet-stream", "Cache-Control": "max-age=31536000, immutable"}
        if behaviour.etag:
            headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if not behaviour.ranges:
            return self._send(path, 200, body, headers)
        headers["Accept-Ranges"] = "bytes"
        if not asked or self.headers.get("If-Range", headers.get("ETag")) != headers.get("ETag"):
            return self._send(path, 200, body, headers)
        first, last = _bounds(asked[1], asked[2], len(body))
        if first >= len(body) or first > last:
            return self._send(path, 416, b"", {"Content-Range": f"bytes */{len(body)}"})
        headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
        return self._send(path, 206, body[first : last + 1], headers)

    def _send(self, path: str, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        asked = {name.lower(): value for name, value in self.headers.items()}
        self.server.index.note(Request(self.command, path, asked, status))
        cuts = self.server.index.behaviour.truncate.get(path)
        if status == 0:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            if cuts and status in (200, 206):
                self.close_connection = True
                body = body[: cuts.pop(0)]
            self.wfile.write(body)


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last or 0)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def main() -> None:
    parser = argparse.ArgumentParser(prog="index_server", description="Serve a folder of wheels as a package index.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--html", action="store_true", help="HTML pages only")
    parser.add_argument("--metadata", choices=("announced", "served", "absent"), default="announced")
    parser.add_argument("--no-ranges", action="store_true")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--credentials", help="USER:PASSWORD that each request must bring")
    given = parser.parse_args()
    user, _, password = (given.credentials or "").partition(":")
    behaviour = Behaviour(
        json=not given.html,
        metadata=given.metadata,
        ranges=not given.no_ranges,
        delay=given.delay,
        credentials=(user, password) if given.credentials else None,
    )
    with IndexServer(given.folder, behaviour, port=given.port) as server:
        print(server.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
