from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venvoy.index.direct import Direct
from venvoy.index.exchange import RequestError, UnreachableError

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Server:
    """Answers each request with the next of some texts, in pieces; an empty text closes the connection."""

    def __init__(self, texts: list[bytes], size: int) -> None:
        self._texts, self._size = texts, size
        self.heads: list[str] = []
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while self._texts:
            connection, _ = self._listening.accept()
            self.connections += 1
            with connection, suppress(OSError):  # who has seen enough goes away
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        while self._texts:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                piece = connection.recv(1000)
                if not piece:
                    return
                head += piece
            self.heads.append(head.decode())
            text = self._texts.pop(0)
            for at in range(0, len(text), self._size):
                connection.sendall(text[at : at + self._size])
            if not text or b"\r\n\r\nuntil" in text or text.endswith(b"cut"):
                return

    def close(self) -> None:
        self._listening.close()


@contextmanager
def serving(*texts: bytes, size: int = 1000) -> Iterator[tuple[Server, Direct]]:
    server = Server(list(texts), size)
    direct = Direct(5.0, no_context)
    try:
        yield server, direct
    finally:
        direct.close()
        server.close()


def no_context(_: str) -> ssl.SSLContext:
    raise AssertionError


def got(direct: Direct, url: str) -> bytes:
    response = direct.request(url, {})
    try:
        return response.whole()
    finally:
        response.end()


def chunked(content: bytes, size: int) -> bytes:
    parts = [content[at : at + size] for at in range(0, len(content), size)]
    body = b"".join(b"%x;name=value\r\n%b\r\n" % (len(part), part) for part in parts)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body + b"0\r\nTrailer: x\r\n\r\n"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_bodies_of_every_form_are_read_on_one_connection(size: int) -> None:
    packed = gzip.compress(b"one") + gzip.compress(b"two")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    texts = [
        HELLO,
        chunked(b"0123456789" * 10, 7),
        head + packed,
        HELLO,
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: 1\r\n go on\r\nx: 2\r\n\r\nuntil the end",
    ]
    with serving(*texts, size=size) as (server, direct):
        bodies = [got(direct, f"{server.url}/ä b?q=ü") for _ in range(5)]
        last = direct.request(server.url, {"X-Own": "1"})
        assert last.headers == {"x": "1 go on, 2"}
        assert [*bodies, last.whole()] == [b"hello", b"0123456789" * 10, b"onetwo", b"hello", b"", b"until the end"]
        last.end()
        assert server.connections == 1
        host = server.url.removeprefix("http://")
        assert server.heads[0] == f"GET /%C3%A4%20b?q=%C3%BC HTTP/1.1\r\nHost: {host}\r\n\r\n"
        assert server.heads[-1] == f"GET / HTTP/1.1\r\nHost: {host}\r\nX-Own: 1\r\n\r\n"


def test_a_kept_connection_that_the_server_closed_is_replaced() -> None:
    with serving(HELLO, b"", HELLO) as (server, direct):
        assert [got(direct, server.url) for _ in range(2)] == [b"hello", b"hello"]
        assert server.connections == 2


def test_a_body_that_was_not_wanted_does_not_get_into_the_next_answer() -> None:
    large = b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900_000 + b"cut"
    with serving(b"HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\nnone", HELLO, large, HELLO) as (server, direct):
        direct.request(server.url, {}).end()
        assert got(direct, server.url) == b"hello"
        assert server.connections == 1
        direct.request(server.url, {}).end()
        assert got(direct, server.url) == b"hello"
        assert server.connections == 2


def test_what_follows_an_answer_unasked_is_not_taken_for_the_next() -> None:
    with serving(HELLO + HELLO.replace(b"hello", b"wrong"), HELLO) as (server, direct):
        assert [got(direct, server.url) for _ in range(2)] == [b"hello", b"hello"]


@pytest.mark.parametrize(
    "text",
    [
        b"SSH-2.0-server\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello cut",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nlong\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\ncut",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n"
        + gzip.compress(b"hello", mtime=0)[:9],
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 400_000,
    ],
)
def test_what_is_not_http_or_ends_early_is_an_error(text: bytes) -> None:
    with serving(text) as (server, direct), pytest.raises(RequestError):
        got(direct, server.url)


@given(content=st.binary(max_size=300), size=st.integers(1, 50), pieces=st.integers(1, 40))
def test_a_body_in_chunks_comes_out_whole(content: bytes, size: int, pieces: int) -> None:
    with serving(chunked(content, size), size=pieces) as (server, direct):
        response = direct.request(server.url, {})
        assert b"".join(iter(response.read, b"")) == content
        response.end()


def test_nobody_there_is_told_from_no_answer() -> None:
    with serving() as (server, direct):
        server.close()
        with pytest.raises(UnreachableError) as caught:
            got(direct, server.url)
        assert isinstance(caught.value.__cause__, ConnectionRefusedError)
    with serving(b"") as (server, direct):
        with pytest.raises(RequestError) as broken:
            got(direct, server.url)
        assert not isinstance(broken.value, UnreachableError)
