"""The list of a stored wheel's files: plain lines, because those are read faster than anything else.

Version 2, UTF-8, one item a line::

    venvoy wheel 2
    NAME
    VERSION
    DIST-INFO FOLDER
    purelib | platlib                      (and BOOT INODE, until its files are known to be on the disk)
    N                                      (how many folders there are at the top, the empty one for files in none)
    COUNT FOLDER                           (a line for each of them: how many files are below it)
    MTIME_NS MTIME_NS …                    (of each file, in order)
    POSITION POSITION …                    (which of them may be executed)
    PATH,sha256=DIGEST,SIZE                (a line of RECORD for each file, in the order of their folders)
    end CRC32                              (of all bytes before this line, eight hexadecimal digits)

BOOT INODE is what :mod:`venvoy.system.boot` notes of the entry's folder while it is made. No path holds a line break:
the archive's checks refuse control characters. The last line tells a manifest that was cut off or edited from a whole
one.
"""

from __future__ import annotations

import zlib

from venvoy.model.names import NormalizedName
from venvoy.model.stored import Files, StoredWheel

BUCKET = "wheels-v2"
"""The folder of the store whose entries have such a manifest."""
_HEAD = "venvoy wheel 2"
_KINDS = {"purelib": True, "platlib": False}


def render(wheel: StoredWheel) -> bytes:
    """The manifest of ``wheel``; its digest and its place are not part of it."""
    files = wheel.files
    kind = f"{'purelib' if wheel.purelib else 'platlib'} {wheel.written}".rstrip()
    lines = [_HEAD, wheel.name, wheel.version, wheel.dist_info, kind]
    lines += [str(len(files.tops)), *(f"{count} {top}" for top, count in files.tops)]
    lines += [" ".join(map(str, files.times)), " ".join(map(str, sorted(files.executable))), *files.rows]
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
    head, name, version, dist_info, kind, *lines = body.decode("utf-8").split("\n")
    kind, _, written = kind.partition(" ")
    if head != _HEAD or kind not in _KINDS:
        raise ValueError("the manifest has another version")
    folders = int(lines[0])
    tops = [line.split(" ", 1) for line in lines[1 : folders + 1]]
    times, executable, *rows = lines[folders + 1 : -1]
    files = Files(
        rows,
        list(map(int, times.split())),
        frozenset(map(int, executable.split())),
        [(top, int(count)) for count, top in tops],
    )
    return StoredWheel(NormalizedName(name), version, sha256, root, dist_info, _KINDS[kind], files, written)
