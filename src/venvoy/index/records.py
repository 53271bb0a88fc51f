"""Small records by key in one file that only grows at its end: a file each would take longer to make than to fetch.

A record: a mark, the lengths of key and body and their CRC-32, the key, the body. Each is written in one piece, so that
several processes may write at once; where two pieces got mixed up, or the last one was cut off, the reader goes on at
the next mark. A file that has grown large is put aside once: what is asked for again moves over into the new one, and
the rest goes when that one is put aside in turn.
"""

from __future__ import annotations

import contextlib
import os
import struct
import threading
import zlib

_HEAD = struct.Struct("<4sHII")
_MARK = b"\xffvr1"
_LIMIT = 8 << 20
_BINARY = getattr(os, "O_BINARY", 0)


class Records:
    """The records in a file. Safe to use from any thread and from several processes.

    Args:
        path: the file, made when needed with the folders above it.
        limit: at how many bytes it is put aside.
    """

    def __init__(self, path: str, limit: int = _LIMIT) -> None:
        self._path = path
        self._limit = limit
        self._lock = threading.Lock()
        # The key of every record, with what holds it and where: start, length, CRC-32.
        self._places: dict[bytes, tuple[bytes, int, int, int]] | None = None
        self._new: set[bytes] = set()

    def get(self, key: str) -> bytes | None:
        """The body of the record with a key; one that is damaged counts as absent.

        Raises:
            OSError: the file is there and cannot be read.
        """
        known = key.encode()
        place = self._read().get(known)
        if place is None:
            return None
        data, start, size, told = place
        record = data[start : start + size]
        if zlib.crc32(record) != told:
            return None
        body = record[len(known) :]
        if known not in self._new:
            self.put(key, body)
        return body

    def put(self, key: str, body: bytes) -> None:
        """Keep a record.

        Raises:
            OSError: the file cannot be written.
        """
        places = self._read()
        known = key.encode()
        record = known + body
        told = zlib.crc32(record)
        with self._lock:
            places[known] = record, 0, len(record), told
            self._new.add(known)
        head = _HEAD.pack(_MARK, len(known), len(body), told)
        descriptor = self._open()
        try:
            os.write(descriptor, head + record)
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | _BINARY
        try:
            return os.open(self._path, flags, 0o666)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            return os.open(self._path, flags, 0o666)

    def _read(self) -> dict[bytes, tuple[bytes, int, int, int]]:
        with self._lock:
            if self._places is None:
                aside = f"{self._path}.old"
                with contextlib.suppress(OSError):  # it is not there, or is open elsewhere (Windows): some other time
                    if os.stat(self._path).st_size > self._limit:
                        os.replace(self._path, aside)
                new = _index(_content(self._path))
                self._new.update(new)
                self._places = {**_index(_content(aside)), **new}
            return self._places


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _index(data: bytes) -> dict[bytes, tuple[bytes, int, int, int]]:
    """Where the records stand; their checksums are compared when somebody asks for them."""
    places: dict[bytes, tuple[bytes, int, int, int]] = {}
    at = data.find(_MARK)
    while 0 <= at <= len(data) - _HEAD.size:
        _, key, body, told = _HEAD.unpack_from(data, at)
        start = at + _HEAD.size
        end = start + key + body
        if end == len(data) or data.startswith(_MARK, end):
            places[data[start : start + key]] = data, start, key + body, told
            at = end
        else:
            at = data.find(_MARK, at + 1)
    return places
