"""Small records by key in one file that only grows at its end: a file each would take longer to make than to fetch.

A record: a mark, the lengths of key and body and their CRC-32, the key, the body. Each is written in one piece, so that
several processes may write at once; where two pieces got mixed up (Windows does not append in one step), or the last
one was cut off, the reader goes on at the next mark. A file that has grown large is put aside once: what is asked for
again moves over into the new one, and the rest goes when that one is put aside in turn.
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
        self._bodies: dict[bytes, bytes] | None = None
        # The keys of those that stand in the file that is written to.
        self._here: set[bytes] = set()

    def get(self, key: str) -> bytes | None:
        """The body of the record with a key; one that is damaged counts as absent.

        Raises:
            OSError: the file is there and cannot be read.
        """
        known = key.encode()
        body = self._read().get(known)
        if body is not None and known not in self._here:
            self.put(key, body)
        return body

    def put(self, key: str, body: bytes) -> None:
        """Keep a record.

        Raises:
            OSError: the file cannot be written.
        """
        self.learn(key, body)
        known = key.encode()
        head = _HEAD.pack(_MARK, len(known), len(body), zlib.crc32(known + body))
        descriptor = self._open()
        try:
            os.write(descriptor, head + known + body)
        finally:
            os.close(descriptor)

    def learn(self, key: str, body: bytes) -> None:
        """Take note of a record that another process has kept since."""
        bodies = self._read()
        known = key.encode()
        with self._lock:
            bodies[known] = body
            self._here.add(known)

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | _BINARY
        try:
            return os.open(self._path, flags, 0o666)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            return os.open(self._path, flags, 0o666)

    def _read(self) -> dict[bytes, bytes]:
        with self._lock:
            if self._bodies is None:
                aside = f"{self._path}.old"
                with contextlib.suppress(OSError):  # it is not there, or is open elsewhere (Windows): some other time
                    if os.stat(self._path).st_size > self._limit:
                        os.replace(self._path, aside)
                here = _parsed(_content(self._path))
                self._here.update(here)
                self._bodies = {**_parsed(_content(aside)), **here}
            return self._bodies


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _parsed(data: bytes) -> dict[bytes, bytes]:
    bodies: dict[bytes, bytes] = {}
    at = data.find(_MARK)
    while 0 <= at <= len(data) - _HEAD.size:
        _, key, body, told = _HEAD.unpack_from(data, at)
        start = at + _HEAD.size
        record = data[start : start + key + body]
        if len(record) == key + body and zlib.crc32(record) == told:
            bodies[record[:key]] = record[key:]
            at = start + len(record)
            if data.startswith(_MARK, at):
                continue
        at = data.find(_MARK, at + 1)
    return bodies
