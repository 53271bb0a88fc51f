"""Wheels as archives: every member checked, and read once.

``zipfile`` reads the table of contents. The members are read here, because what guards against a malicious archive
has to look at both headers of a member and at where it lies, and because a faster inflate can be put in (``isal``,
when it is installed).
"""

from __future__ import annotations

import os
import stat
import struct
import zlib

from venvoy.values import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from typing_extensions import Self

    from venvoy.store.refusal import Wheel

_PIECE = 1 << 18
_READ_AT = hasattr(os, "pread")
_LOCAL_HEADER = struct.Struct("<4s2xHH8xLLHH")
_LOCAL_SIGNATURE = b"PK\x03\x04"
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UTF8_NAME = 0x800
_SIZES_FOLLOW = 0x8
_STORED, _DEFLATED = 0, 8
_ZIP64 = 0xFFFFFFFF
# Far above any wheel that exists (the largest unpack to some 5 GB, tables of zeros to 1:50), far below what fills a
# disk for fun: deflate can reach 1:1,032.
_MOST_BYTES = 64 << 30
_MOST_MEMBERS = 1_000_000
_BOMB_BYTES = 512 << 20
_BOMB_RATIO = 250
# What is read into memory whole: the texts in .dist-info.
_MOST_TEXT = 64 << 20
# What is read and unpacked in one go: most files of most wheels.
_SMALL = 1 << 20


class Inflate(Protocol):
    """The part of ``zlib.decompressobj`` that is used, which ``isal`` has as well."""

    @property
    def unconsumed_tail(self) -> bytes:
        """The input that waits because its output would not have fitted."""

    @property
    def eof(self) -> bool:
        """Whether the end of the compressed data was reached."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """At most ``max_length`` bytes; what was not read is in ``unconsumed_tail``."""


class Archive:
    """An open wheel whose members were found to be plain files that lie apart from one another.

    ``wheel`` says which it is; ``every_path`` are the paths of files and folders as they stand in the archive,
    ``members`` the files by path, in the order in which they lie there, with what the table of contents says of each.

    Raises:
        Problem: ``wheel-invalid`` or ``wheel-unsafe``, from opening and from reading.
    """

    def __init__(self, path: str, wheel: Wheel) -> None:
        self.wheel = wheel
        self._inflate, self._faults = _fastest_inflate()
        table, end = _table(path, wheel)
        self._check_sizes(table)
        self.every_path = [member.orig_filename for member in table]
        self.members = self._files(table)
        self._file: BinaryIO = open(path, "rb", buffering=0)  # noqa: SIM115 - closed by __exit__
        try:
            self._begins = {name: self._locate(member) for name, member in self.members.items()}
            self._check_places(table, end)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, path: str) -> bytes:
        """One member whole, checked by its CRC-32: of RECORD nothing else says what it shall be."""
        if self.members[path].file_size > _MOST_TEXT:
            raise self.wheel.unsafe(f"Its entry {path!r} is far too large.", path)
        data = b"".join(self.pieces(path))
        if zlib.crc32(data) != self.members[path].CRC:
            raise self._broken(path)
        return data

    def small(self, path: str) -> bytes | None:
        """One member whole, or None when it is so large that it should be read in pieces."""
        member = self.members[path]
        if member.file_size > _SMALL or member.compress_size > _SMALL:
            return None
        data = self._at(self._begins[path], member.compress_size)
        if member.compress_type == _DEFLATED:
            try:
                # One byte more than there should be shows that there is more.
                data = self._inflate(-zlib.MAX_WBITS).decompress(data, member.file_size + 1)
            except self._faults as error:
                raise self._broken(path) from error
        if len(data) > member.file_size:
            raise self._larger(path)
        if len(data) < member.file_size:
            raise self._broken(path)
        return data

    def pieces(self, path: str) -> Iterator[bytes]:
        """One member in pieces of at most 256 KiB, which together are as long as the table of contents says."""
        member = self.members[path]
        room = member.file_size
        source = self._deflated(member) if member.compress_type == _DEFLATED else self._raw(member)
        try:
            for piece in source:
                room -= len(piece)
                if room < 0:
                    raise self._larger(path)
                yield piece
        except self._faults as error:
            raise self._broken(path) from error
        if room:
            raise self._broken(path)

    def _raw(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        self._file.seek(self._begins[member.orig_filename])
        left = member.compress_size
        while left and (piece := self._file.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece

    def _deflated(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        engine = self._inflate(-zlib.MAX_WBITS)
        for raw in self._raw(member):
            waiting = raw
            while waiting and not engine.eof:
                yield engine.decompress(waiting, _PIECE)
                waiting = engine.unconsumed_tail
        # The last input may have been taken in while its output did not fit any more.
        while not engine.eof and (piece := engine.decompress(b"", _PIECE)):
            yield piece

    def _at(self, offset: int, length: int) -> bytes:
        if _READ_AT:
            return os.pread(self._file.fileno(), length, offset)
        self._file.seek(offset)
        return self._file.read(length)

    def _larger(self, path: str) -> Exception:
        return self.wheel.unsafe(f"Its entry {path!r} is larger than it says.", path)

    def _broken(self, path: str) -> Exception:
        return self.wheel.invalid(f"Its entry {path!r} is broken and cannot be unpacked.", path)

    def _check_sizes(self, table: list[zipfile.ZipInfo]) -> None:
        unpacked = sum(member.file_size for member in table)
        packed = sum(member.compress_size for member in table)
        if (
            unpacked > _MOST_BYTES
            or len(table) > _MOST_MEMBERS
            or (unpacked > _BOMB_BYTES and unpacked > packed * _BOMB_RATIO)
        ):
            raise self.wheel.unsafe(
                f"It would fill your disk: {packed:,} bytes grow to {unpacked:,} in {len(table):,} files."
            )

    def _files(self, table: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        files: dict[str, zipfile.ZipInfo] = {}
        for member in table:
            if not self._is_file(member):
                continue
            path = member.orig_filename
            if files.setdefault(path, member) is not member:
                raise self.wheel.unsafe(f"Its entry {path!r} is there more than once.", path)
        return files

    def _is_file(self, member: zipfile.ZipInfo) -> bool:
        path = member.orig_filename
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise self.wheel.unsafe(f"Its entry {path!r} is a link or a device, not a file.", path)
        if member.flag_bits & _ENCRYPTED:
            raise self.wheel.invalid(f"Its entry {path!r} is encrypted.", path)
        if path.endswith("/"):
            if member.file_size:
                raise self.wheel.unsafe(f"Its entry {path!r} is a folder with content of its own.", path)
            return False
        if kind == stat.S_IFDIR:
            raise self.wheel.unsafe(f"Its entry {path!r} is a folder and a file at once.", path)
        if member.compress_type not in (_STORED, _DEFLATED):
            raise self.wheel.invalid(f"Its entry {path!r} is packed in a way that wheels do not use.", path)
        return True

    def _locate(self, member: zipfile.ZipInfo) -> int:
        """Where a member's bytes begin, from its local header, which must agree with the table of contents.

        Two headers that differ are how one archive shows different files to different programs.
        """
        path = member.orig_filename
        expected = path.encode("utf-8" if path.isascii() or member.flag_bits & _UTF8_NAME else "cp437")
        header = self._at(max(member.header_offset, 0), _LOCAL_HEADER.size + len(expected))
        if len(header) < _LOCAL_HEADER.size:
            raise self._broken(path)
        signature, flags, method, packed, unpacked, name_length, extra_length = _LOCAL_HEADER.unpack_from(header)
        same_name = name_length == len(expected) and header[_LOCAL_HEADER.size :] == expected
        sizes = (packed, unpacked)
        agrees = (
            flags & _SIZES_FOLLOW or _ZIP64 in sizes or sizes == (member.compress_size, member.file_size)
        ) and same_name
        if signature != _LOCAL_SIGNATURE or method != member.compress_type or not agrees:
            raise self.wheel.unsafe(f"Its entry {path!r} is described in two ways that differ.", path)
        begin: int = member.header_offset
        return begin + int(_LOCAL_HEADER.size + name_length + extra_length)

    def _check_places(self, table: list[zipfile.ZipInfo], end: int) -> None:
        starts = [member.header_offset for member in table[1:]] + [end]
        for member, limit in zip(table, starts, strict=True):
            path = member.orig_filename
            begin = self._begins.get(path, member.header_offset)
            if begin + member.compress_size > limit:
                raise self.wheel.unsafe(f"Its entry {path!r} overlaps another one.", path)


def _table(path: str, wheel: Wheel) -> tuple[list[zipfile.ZipInfo], int]:
    """The table of contents in the order of the members' places, and where it begins itself."""
    import zipfile  # noqa: PLC0415 - 13 ms that `get` saves

    try:
        with zipfile.ZipFile(path) as archive:
            return sorted(archive.infolist(), key=lambda member: member.header_offset), archive.start_dir
    # Besides its own exception, what zipfile lets through when the bytes are not what it expects.
    except (zipfile.BadZipFile, struct.error, ValueError, EOFError, NotImplementedError, OverflowError) as error:
        raise wheel.invalid("It is not a zip archive that can be read.") from error


def _fastest_inflate() -> tuple[Callable[[int], Inflate], type[Exception]]:
    """What makes a decompressor, and what that raises."""
    try:
        from isal import isal_zlib  # noqa: PLC0415 - optional: twice as fast
    except ImportError:
        return zlib.decompressobj, zlib.error
    return cast("Callable[[int], Inflate]", isal_zlib.decompressobj), cast("type[Exception]", isal_zlib.error)
