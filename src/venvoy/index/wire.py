"""HTTP/1.1 straight to a server (RFC 9112), as much of it as reading files and pages takes: GET, over kept connections.

A lock sends hundreds of requests, for which a library that can do everything takes twice as long, and longer to load
than the answers take. Where a proxy is in between, that library does it (see connection.py).
"""

from __future__ import annotations

import re
import socket
import threading
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

_PIECE = 1 << 16
_HEAD_LIMIT = 1 << 17
_DRAIN_LIMIT = 1 << 16
_PORTS = {"http": 80, "https": 443}
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: |$)")
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;|$)")
_GZIP = 31
"""The window of zlib, and that a header of gzip goes before."""
_NO_BODY = frozenset({204, 304})
_INFORMATION = 200
"""Statuses below this one come ahead of the answer."""


class RequestError(Exception):
    """A request got no whole answer; the cause says why. ``again``: whether another try may help."""

    again = True


class UnreachableError(RequestError):
    """There is no connection to the server: no such name, nobody listens, no trust."""


class HopelessError(RequestError):
    """Another try would end in the same way."""

    again = False


class MalformedError(ConnectionError):
    """What came is not HTTP, or ended too early."""


class Response(Protocol):
    """An answer; names of headers are lower case. It has to be ended, whatever has been read of it."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; the values of one that came more than once are joined with commas."""

    def read(self) -> bytes:
        """More of the body as it was sent; empty at its end.

        Raises:
            RequestError: the connection ended early or fell silent.
        """

    def whole(self) -> bytes:
        """The whole body, unpacked if it came packed.

        Raises:
            RequestError: as :meth:`read`.
        """

    def end(self) -> None:
        """Give the connection back, or close it when there is much left to read."""


class Wire:
    """Sends requests. Safe to use from any thread.

    Args:
        timeout: in seconds, for connecting and for each silence.
        context: gives the TLS context for an address.
    """

    def __init__(self, timeout: float, context: Callable[[str], ssl.SSLContext]) -> None:
        self._timeout = timeout
        self._context = context
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, str], list[_Connection]] = {}

    def request(self, url: str, headers: Mapping[str, str]) -> Response:
        """Send a GET request, and wait for the head of the answer.

        Args:
            url: an http or https address without credentials.
            headers: of the request, besides Host.

        Raises:
            RequestError: there is no answer.
        """
        parts = urlsplit(url)
        place = parts.scheme, parts.netloc.lower()
        target = quote(parts.path or "/", safe="/%:=&?~#+!$,;'@()*[]")
        if parts.query:
            target += "?" + quote(parts.query, safe="/%:=&?~#+!$,;'@()*[]")
        lines = [f"GET {target} HTTP/1.1", f"Host: {_host(url)}", *(f"{name}: {headers[name]}" for name in headers)]
        message = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        kept = self._take(place)
        if kept is not None:
            try:
                return _Answer(self, place, kept, message)
            except TimeoutError as error:
                kept.close()
                raise RequestError from error
            except OSError:  # a server may close a connection that is not used, at any time
                kept.close()
        connection = self._connect(url)
        try:
            return _Answer(self, place, connection, message)
        except OSError as error:
            connection.close()
            raise RequestError from error

    def give_back(self, place: tuple[str, str], connection: _Connection) -> None:
        """Keep a connection for the next request."""
        with self._lock:
            self._idle.setdefault(place, []).append(connection)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        with self._lock:
            idle = [connection for kept in self._idle.values() for connection in kept]
            self._idle.clear()
        for connection in idle:
            connection.close()

    def _take(self, place: tuple[str, str]) -> _Connection | None:
        with self._lock:
            kept = self._idle.get(place)
            return kept.pop() if kept else None

    def _connect(self, url: str) -> _Connection:
        parts = urlsplit(url)
        context = self._context(url) if parts.scheme == "https" else None
        plain: socket.socket | None = None
        try:
            host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
            # Text would be encoded by a codec that takes 3 ms to load.
            known: Any = host.encode() if host.isascii() else host
            plain = socket.create_connection((known, port), self._timeout)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _Connection(context.wrap_socket(plain, server_hostname=host) if context else plain)
        except TimeoutError as error:
            _close(plain)
            raise RequestError from error
        except OSError as error:
            _close(plain)
            raise UnreachableError from error
        except ValueError as error:  # a port or a host name that is none
            _close(plain)
            raise HopelessError from error


class _Connection:
    """A connection and what has come in on it that nobody has read yet."""

    def __init__(self, plain: socket.socket) -> None:
        self._socket = plain
        self._rest = b""

    def send(self, message: bytes) -> None:
        self._socket.sendall(message)

    def read(self, limit: int) -> bytes:
        """Between one byte and so many; nothing when the other side has closed."""
        if not self._rest:
            return self._socket.recv(min(limit, _PIECE))
        piece, self._rest = self._rest[:limit], self._rest[limit:]
        return piece

    def until(self, end: bytes, limit: int) -> bytes:
        """What comes before some bytes, which are taken off as well."""
        while True:
            found, mark, rest = self._rest.partition(end)
            if mark:
                self._rest = rest
                return found
            piece = self._socket.recv(_PIECE)
            if not piece:
                raise MalformedError(f"the connection was closed after {len(self._rest)} bytes of an answer")
            self._rest += piece
            if len(self._rest) > limit + _PIECE:
                raise MalformedError("the head of the answer has no end")

    @property
    def clean(self) -> bool:
        """Whether nothing is left that nobody asked for."""
        return not self._rest

    def close(self) -> None:
        _close(self._socket)


class _Answer:
    """An answer whose head has been read (:class:`Response`)."""

    def __init__(self, wire: Wire, place: tuple[str, str], connection: _Connection, message: bytes) -> None:
        self._wire, self._place, self._connection = wire, place, connection
        connection.send(message)
        self.status = 0
        while self.status < _INFORMATION:
            keep, self.status, self.headers = _read_head(connection.until(b"\r\n\r\n", _HEAD_LIMIT))
        self._keep = keep
        self._over = False
        self._chunked = self.headers.get("transfer-encoding", "").lower() == "chunked"
        told = self.headers.get("content-length", "")
        self._left = 0
        self._open = False  # the body ends with the connection
        if self.status in _NO_BODY:
            self._chunked, self._over = False, True
        elif "transfer-encoding" in self.headers and not self._chunked:
            raise MalformedError("the answer is encoded for its way in a form that nobody asked for")
        elif not self._chunked and told:
            lengths = {part.strip() for part in told.split(",")}
            if len(lengths) != 1 or not _LENGTH.fullmatch(min(lengths)):
                raise MalformedError("the answer does not say how long it is")
            self._left = int(min(lengths))
            self._over = not self._left
        elif not self._chunked:
            self._open, self._keep = True, False

    def read(self) -> bytes:
        try:
            return self._piece()
        except OSError as error:
            self._keep = False
            raise RequestError from error

    def whole(self) -> bytes:
        try:
            content = b"".join(iter(self._piece, b""))
            if self.headers.get("content-encoding", "").lower() in ("gzip", "x-gzip") and content:
                content = _unpacked(content)
        except OSError as error:
            self._keep = False
            raise RequestError from error
        return content

    def end(self) -> None:
        if self._keep and not self._over and self._left <= _DRAIN_LIMIT:
            try:
                self.whole()
            except RequestError:
                self._keep = False
        if self._keep and self._over and self._connection.clean:
            self._wire.give_back(self._place, self._connection)
        else:
            self._connection.close()
        self._keep = False

    def _piece(self) -> bytes:
        if self._chunked and not self._left and not self._over:
            self._begin_chunk()
        if self._over:
            return b""
        piece = self._connection.read(_PIECE if self._open else self._left)
        if self._open:
            self._over = not piece
            return piece
        if not piece:
            raise MalformedError(f"{self._left} bytes are missing")
        self._left -= len(piece)
        if not self._left and not self._chunked:
            self._over = True
        elif not self._left and self._connection.until(b"\r\n", 0):
            raise MalformedError("a chunk is longer than it says")
        return piece

    def _begin_chunk(self) -> None:
        found = _CHUNK.match(self._connection.until(b"\r\n", _HEAD_LIMIT))
        if found is None:
            raise MalformedError("a chunk does not say how long it is")
        self._left = int(found[1], 16)
        if not self._left:
            while self._connection.until(b"\r\n", _HEAD_LIMIT):
                pass  # headers behind the body
            self._over = True


def _read_head(head: bytes) -> tuple[bool, int, dict[str, str]]:
    """Whether the connection may be kept, the status, and the headers."""
    first, *lines = head.split(b"\r\n")
    found = _STATUS.match(first)
    if found is None:
        raise MalformedError("the answer does not begin as one of HTTP does")
    headers: dict[str, str] = {}
    name = ""
    for line in lines:
        text = line.decode("latin-1")
        if text[:1] in (" ", "\t") and name:  # a long header that goes on
            headers[name] += " " + text.strip()
            continue
        name, colon, value = text.partition(":")
        name = name.lower()
        if not colon or name != name.strip():
            raise MalformedError("a header of the answer has no name")
        value = value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    said = headers.get("connection", "").lower()
    return ("close" not in said if found[1] == b"1" else "keep-alive" in said), int(found[2]), headers


def _unpacked(content: bytes) -> bytes:
    """What was packed with gzip, in one member or in several."""
    make, fault = _inflate()
    parts: list[bytes] = []
    while not parts or content.startswith(b"\x1f\x8b"):
        unpacker = make(_GZIP)
        try:
            parts.append(unpacker.decompress(content))
        except fault as error:
            raise MalformedError(str(error)) from error
        if not unpacker.eof:
            raise MalformedError("the packed body has no end")
        content = unpacker.unused_data
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _inflate() -> tuple[Callable[[int], Any], type[Exception]]:
    try:
        from isal import isal_zlib  # noqa: PLC0415 - optional: twice as fast
    except ImportError:
        import zlib  # noqa: PLC0415

        return zlib.decompressobj, zlib.error
    return isal_zlib.decompressobj, cast("type[Exception]", isal_zlib.error)


def _host(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].removesuffix(f":{_PORTS.get(parts.scheme)}")
    return host if host.isascii() else host.encode("idna").decode()


def _close(plain: socket.socket | None) -> None:
    if plain is not None:
        plain.close()
