"""A wheel as the store keeps it: unpacked, with a manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvoy.values import dataclass, field

if TYPE_CHECKING:
    from packaging.utils import NormalizedName


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of an unpacked wheel.

    ``path`` is the path inside the wheel, with forward slashes. ``size`` is in bytes, ``mtime_ns`` in nanoseconds since
    the epoch. ``digest`` is the SHA-256 as RECORD writes it: URL-safe base64 without padding.
    """

    path: str
    size: int
    mtime_ns: int
    executable: bool
    digest: str


@dataclass(frozen=True, slots=True)
class StoredWheel:
    """An unpacked wheel.

    ``root`` is the absolute path of the folder that holds ``files``; ``sha256`` is the hex digest of the wheel file it
    came from. ``dist_info`` is the name of its ``.dist-info`` folder. ``purelib`` is the Root-Is-Purelib of its WHEEL
    file (PEP 427). RECORD itself is not among ``files``.
    """

    name: NormalizedName
    version: str
    sha256: str
    root: str
    dist_info: str
    purelib: bool
    files: tuple[StoredFile, ...] = field(repr=False)
