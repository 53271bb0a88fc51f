"""Requests straight to a server over kept connections: the standard library's client, and what it lets pass."""

from __future__ import annotations

import threading
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import quote, urlsplit

from venvoy.index.exchange import HopelessError, RequestError, Response, UnreachableError
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from typing import Any

_PIECE = 1 << 16
_DRAIN_LIMIT = 1 << 16
_LENGTH = pattern(r"[0-9]{1,18}")
_SAFE = "/%:=&?~#+!$,;'@()*[]"
_GZIP = 31
"""The window of zlib, and that a header of gzip goes before."""

Place = tuple[str, str]


class _MalformedError(HTTPException):
    """An answer that cannot be trusted to end where it says."""


class Direct:
    """Sends requests. Safe to use from any thread.

    Args:
        timeout: in seconds, for connecting and for each silence.
        context: gives the TLS context for an address.
    """

    def __init__(self, timeout: float, context: Callable[[str], ssl.SSLContext]) -> None:
        self._timeout = timeout
        self._context = context
        self._lock = threading.Lock()
        self._idle: dict[Place, list[HTTPConnection]] = {}

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
        target = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
        kept = self._take(place)
        if kept is not None:
            try:
                return self._sent(place, kept, target, headers)
            except TimeoutError as error:
                kept.close()
                raise RequestError from error
            except (OSError, HTTPException):  # a server may close a connection that is not used, at any time
                kept.close()
        connection = self._connect(url)
        try:
            return self._sent(place, connection, target, headers)
        except (OSError, HTTPException) as error:
            connection.close()
            raise RequestError from error

    def give_back(self, place: Place, connection: HTTPConnection) -> None:
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

    def _take(self, place: Place) -> HTTPConnection | None:
        with self._lock:
            kept = self._idle.get(place)
            return kept.pop() if kept else None

    def _connect(self, url: str) -> HTTPConnection:
        parts = urlsplit(url)
        try:
            host, port = parts.hostname or "", parts.port
            connection = (
                HTTPSConnection(host, port, timeout=self._timeout, context=self._context(url))
                if parts.scheme == "https"
                else HTTPConnection(host, port, timeout=self._timeout)
            )
            connection.connect()
        except TimeoutError as error:
            raise RequestError from error
        except OSError as error:
            raise UnreachableError from error
        except (ValueError, HTTPException) as error:  # a port or a host name that is none
            raise HopelessError from error
        return connection

    def _sent(self, place: Place, connection: HTTPConnection, target: str, headers: Mapping[str, str]) -> _Answer:
        connection.putrequest("GET", target, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        return _Answer(self, place, connection, connection.getresponse())


class _Answer:
    """An answer whose head has been read (:class:`venvoy.index.exchange.Response`)."""

    def __init__(self, direct: Direct, place: Place, connection: HTTPConnection, response: HTTPResponse) -> None:
        self._direct, self._place, self._connection, self._response = direct, place, connection, response
        self.status = response.status
        self.headers: dict[str, str] = {}
        for written, value in response.getheaders():
            name, value = written.lower(), value.replace("\r\n", "")  # noqa: PLW2901 - one that goes on in a further line
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        encoding = self.headers.get("transfer-encoding", "chunked")
        lengths = {part.strip() for part in self.headers.get("content-length", "0").split(",")}
        if encoding.lower() != "chunked" or len(lengths) != 1 or not _LENGTH.fullmatch(min(lengths)):
            raise _MalformedError("the answer does not say clearly where it ends")

    def read(self) -> bytes:
        try:
            piece = self._response.read1(_PIECE)
            if not piece and self._response.length:
                raise _MalformedError(f"{self._response.length} bytes are missing")
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise RequestError from error
        return piece

    def whole(self) -> bytes:
        try:
            content = self._response.read()
            if self.headers.get("content-encoding", "").lower() in ("gzip", "x-gzip") and content:
                content = _unpacked(content)
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise RequestError from error
        return content

    def end(self) -> None:
        left = self._response.length
        if not self._response.isclosed() and left is not None and left <= _DRAIN_LIMIT:
            try:
                self._response.read()
            except (OSError, HTTPException):
                self._connection.close()
        if self._response.isclosed() and self._connection.sock is not None:
            self._direct.give_back(self._place, self._connection)
        else:
            self._response.close()
            self._connection.close()


def _unpacked(content: bytes) -> bytes:
    """What was packed with gzip, in one member or in several."""
    make, fault = _inflate()
    parts: list[bytes] = []
    while not parts or content.startswith(b"\x1f\x8b"):
        unpacker = make(_GZIP)
        try:
            parts.append(unpacker.decompress(content))
        except fault as error:
            raise _MalformedError(str(error)) from error
        if not unpacker.eof:
            raise _MalformedError("the packed body has no end")
        content = unpacker.unused_data
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _inflate() -> tuple[Callable[[int], Any], type[Exception]]:
    try:
        from isal import isal_zlib  # noqa: PLC0415 - optional: twice as fast
    except ImportError:
        import zlib  # noqa: PLC0415

        return zlib.decompressobj, zlib.error
    return isal_zlib.decompressobj, cast("type[Exception]", isal_zlib.error)
