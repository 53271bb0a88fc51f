"""RECORD: the list of a distribution's files (PEP 376, PEP 627, binary distribution format)."""

from __future__ import annotations

import io
import os

from venvoy.digests import sha256
from venvoy.model.stored import encode, quote
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def digest(data: bytes) -> str:
    """The SHA-256 of ``data`` as RECORD has it."""
    return encode(sha256(data).digest())


def own_row(path: str) -> str:
    """The line of RECORD itself, which cannot hold its own digest."""
    return f"{quote(path)},,"


def render(rows: Iterable[str], own_path: str) -> bytes:
    """Put lines into the order that makes equal contents equal bytes; RECORD's own comes last.

    Args:
        rows: from :func:`venvoy.model.stored.row`.
        own_path: the path of RECORD itself.
    """
    return "\n".join([*sorted(rows), own_row(own_path), ""]).encode("utf-8", "surrogateescape")


def read(dist_info: str) -> str:
    """The text of a distribution's RECORD, from its folder.

    Raises:
        OSError: there is none, or it cannot be read.
    """
    with open(os.path.join(dist_info, "RECORD"), encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def paths(text: str) -> list[str]:
    """Every path that a RECORD lists, as it stands there, in its order.

    Raises:
        ValueError: it cannot be understood.
    """
    if '"' not in text:
        # The csv module takes four times as long, and a large environment has 20,000 lines.
        return [line.partition(",")[0] for line in text.replace("\r", "").split("\n") if line]
    return [fields[0] for fields in _quoted(text)]


def rows(text: str) -> list[tuple[str, str]]:
    """Every path that a RECORD lists with its digest: of SHA-256 without a prefix, of others as ``sha512=…``.

    Raises:
        ValueError: it cannot be understood.
    """
    if '"' in text:
        lines = [(*fields, "", "")[:2] for fields in _quoted(text)]
    else:
        lines = [tuple((line + ",").split(",", 2)[:2]) for line in text.replace("\r", "").split("\n") if line]
    return [(path, digest[7:].rstrip("=") if digest[:7] == "sha256=" else digest) for path, digest in lines]


def _quoted(text: str) -> list[list[str]]:
    import csv  # noqa: PLC0415 - for what is seldom

    try:
        return [fields for fields in csv.reader(io.StringIO(text, newline="")) if fields and fields[0]]
    except csv.Error as error:
        raise ValueError(str(error)) from error
