"""The list of a stored wheel's files: plain lines, because those are read faster than anything else.

Version 1, UTF-8, one line each::

    venvoy wheel 1
    NAME
    VERSION
    DIST-INFO FOLDER
    purelib | platlib
    SIZE MTIME_NS x|- DIGEST PATH          (a line for each file, sorted by path)
    end CRC32                              (of all bytes before this line, eight hexadecimal digits)

No path holds a line break: the archive's checks refuse control characters. The last line tells a manifest that was cut
off or edited from a whole one.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, cast

from venvoy.model.stored import StoredFile, StoredWheel

if TYPE_CHECKING:
    from packaging.utils import NormalizedName

_HEAD = "venvoy wheel 1"
_KINDS = {"purelib": True, "platlib": False}


def render(wheel: StoredWheel) -> bytes:
    """The manifest of ``wheel``; its digest and its place are not part of it."""
    lines = [_HEAD, wheel.name, wheel.version, wheel.dist_info, "purelib" if wheel.purelib else "platlib"]
    lines += [
        f"{file.size} {file.mtime_ns} {'x' if file.executable else '-'} {file.digest} {file.path}"
        for file in wheel.files
    ]
    body = ("\n".join(lines) + "\n").encode("utf-8")
    return body + f"end {zlib.crc32(body):08x}\n".encode("ascii")


def parse(data: bytes, sha256: str, root: str) -> StoredWheel:
    """Read a manifest.

    Args:
        data: its bytes.
        sha256: hex digest of the wheel.
        root: absolute path of the folder with the files.

    Raises:
        ValueError: it is not one, or not a whole one.
    """
    start = data.rfind(b"\nend ") + 1
    body = data[:start]
    if not start or data[start:] != f"end {zlib.crc32(body):08x}\n".encode("ascii"):
        raise ValueError("the manifest is not whole")
    head, name, version, dist_info, kind, *lines = body.decode("utf-8").split("\n")[:-1]
    if head != _HEAD:
        raise ValueError("the manifest has another version")
    files = []
    for line in lines:
        size, mtime, executable, digest, path = line.split(" ", 4)
        files.append(StoredFile(path, int(size), int(mtime), executable == "x", digest))
    try:
        purelib = _KINDS[kind]
    except KeyError as error:
        raise ValueError("the manifest has another version") from error
    return StoredWheel(cast("NormalizedName", name), version, sha256, root, dist_info, purelib, tuple(files))
