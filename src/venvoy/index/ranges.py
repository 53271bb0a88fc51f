"""A file behind an address, read in parts: enough of one for :mod:`zipfile` to find a wheel's metadata at its end."""

from __future__ import annotations

import io

from venvoy.index.http import OK, BrokenConnectionError
from venvoy.patterns import pattern
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO

    from venvoy.index.http import Http

PARTIAL = 206
_TAIL = 64 * 1024
"""Bytes of the first request: the table of contents and the metadata of most wheels."""
_AHEAD = 32 * 1024
_TOTAL = pattern(r"bytes (\d+)-(\d+)/(\d+)")


class NoRangesError(Exception):
    """The server does not serve parts of files, or does so in a way that makes no sense."""


def tail(http: Http, url: str) -> RangeFile | IO[bytes]:
    """Open a file behind an address for reading, starting with its end.

    A server that ignores ranges sends the whole file; then that is what is returned, so nothing is fetched twice.

    Raises:
        NoRangesError: the server refuses.
        Problem: the file cannot be had at all.
    """
    statuses = (OK, PARTIAL, 400, 405, 416, 501)
    try:
        with http.stream(url, {"Range": f"bytes=-{_TAIL}"}, accept=statuses) as stream:
            if stream.status == OK:
                return _spool(stream.pieces())
            place = _TOTAL.fullmatch(stream.headers.get("content-range", ""))
            if stream.status != PARTIAL or not place:
                raise NoRangesError
            end = b"".join(stream.pieces())
    except BrokenConnectionError as error:
        raise NoRangesError from error
    start, size = int(place[1]), int(place[3])
    if start + len(end) != size:
        raise NoRangesError
    return RangeFile(http, url, size, start, end)


def whole(http: Http, url: str) -> IO[bytes]:
    """Fetch a file; it stays in a temporary file while it is open.

    Raises:
        BrokenConnectionError: the connection ended early.
        Problem: the file cannot be had.
    """
    with http.stream(url) as stream:
        return _spool(stream.pieces())


def _spool(pieces: Iterable[bytes]) -> IO[bytes]:
    import tempfile  # noqa: PLC0415 - 5 ms that most servers spare us

    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller
        try:
            file.writelines(pieces)
            file.seek(0)
        except BaseException:
            file.close()
            raise
    except OSError as error:
        raise fs.problem(error, "write a temporary file", tempfile.gettempdir()) from error
    return file


class RangeFile(io.RawIOBase):
    """A seekable file that fetches what is read of it and not had yet.

    Args:
        http: fetches.
        url: the address.
        size: the whole file's, in bytes.
        start: where the part that is there begins.
        end: that part.
    """

    def __init__(self, http: Http, url: str, size: int, start: int, end: bytes) -> None:
        super().__init__()
        self._http = http
        self._url = url
        self._size = size
        self._parts = [(start, end)]
        self._position = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The position, in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move the position."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def read(self, count: int | None = -1, /) -> bytes:
        """Read ``count`` bytes, or to the end.

        Raises:
            NoRangesError: the server has changed its mind.
        """
        rest = max(0, self._size - self._position)
        wanted = rest if count is None or count < 0 else min(count, rest)
        if not wanted:
            return b""
        start, part = self._part(self._position, wanted)
        offset = self._position - start
        self._position += wanted
        return part[offset : offset + wanted]

    def _part(self, position: int, count: int) -> tuple[int, bytes]:
        for start, part in self._parts:
            if start <= position and position + count <= start + len(part):
                return start, part
        last = min(self._size, position + max(count, _AHEAD)) - 1
        answer = self._http.get(
            self._url,
            {"Range": f"bytes={position}-{last}", "Accept-Encoding": "identity"},
            accept=(OK, PARTIAL, 400, 405, 416, 501),
        )
        if answer.status != PARTIAL or len(answer.body) != last - position + 1:
            raise NoRangesError
        self._parts.append((position, answer.body))
        return self._parts[-1]
