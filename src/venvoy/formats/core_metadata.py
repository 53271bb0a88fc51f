"""METADATA and PKG-INFO: the part of a distribution's core metadata that resolving needs.

Real files hold requirements and specifiers that no rule allows (``!=3.0*``). They are kept as they stand: whoever needs
one decides what it means. Only a file without a usable name or version is refused.
"""

from __future__ import annotations

import re

from packaging.version import InvalidVersion, Version

from venvoy.errors import Problem
from venvoy.model.artifact import CoreMetadata
from venvoy.model.names import canonicalize_name, is_valid
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from venvoy.model.names import NormalizedName

# What follows an empty line is the description, by far the longest part.
_ENDS = (b"\n\n", b"\n\r\n")
_WANTED = "name|version|requires-dist|requires-python|provides-extra|summary"
_FIELD = pattern(rf"^({_WANTED})[ \t]*:(.*(?:\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)
_PROMISE = pattern(r"^(metadata-version|dynamic)[ \t]*:(.*)", re.IGNORECASE | re.MULTILINE)
_STATIC = Version("2.2")
_NEEDS = frozenset({"requires-dist", "requires-python", "provides-extra"})
_FOLD = pattern(r"\s*\n\s*")


def parse(content: bytes | str, where: str) -> CoreMetadata:
    """Read core metadata (PEP 566, 643).

    Args:
        content: the whole file; bytes that are not UTF-8 are read as Latin-1.
        where: what to call the file in a Problem: its path or address, without credentials.

    Raises:
        Problem: ``metadata-invalid``: name or version are missing or unreadable.
    """
    fields = _head(content if isinstance(content, str) else _decode(_before_description(content)))
    name = _name(_only(fields, "name", where), where)
    version = _version(_only(fields, "version", where), where)
    requires_python = fields.get("requires-python", [""])[0]
    return CoreMetadata(
        name=name,
        version=version,
        requires_dist=tuple(text for text in fields.get("requires-dist", ()) if text),
        requires_python=requires_python or None,
        provides_extra=frozenset(canonicalize_name(extra) for extra in fields.get("provides-extra", ()) if extra),
        summary=fields.get("summary", [""])[0],
    )


def is_static(content: bytes) -> bool:
    """Whether a PKG-INFO says what every wheel built from it will need (PEP 643): nothing of that is dynamic."""
    head = _decode(_before_description(content))
    told = [(name.lower(), value.strip().lower()) for name, value in _PROMISE.findall(head)]
    written = next((value for name, value in told if name == "metadata-version"), "")
    try:
        return Version(written) >= _STATIC and not any(name == "dynamic" and value in _NEEDS for name, value in told)
    except InvalidVersion:
        return False


def _before_description(content: bytes) -> bytes:
    start = len(content) - len(content.lstrip(b"\r\n"))
    ends = [end for mark in _ENDS if (end := content.find(mark, start)) >= 0]
    return content[start : min(ends, default=len(content))]


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _head(text: str) -> dict[str, list[str]]:
    """The wanted headers by lower-case name, each value unfolded to one line; the description is left alone."""
    head = text.replace("\r\n", "\n").lstrip("\n").partition("\n\n")[0]
    fields: dict[str, list[str]] = {}
    for name, value in _FIELD.findall(head):
        fields.setdefault(name.lower(), []).append((_FOLD.sub(" ", value) if "\n" in value else value).strip())
    return fields


def _only(fields: dict[str, list[str]], field: str, where: str) -> str:
    value = fields.get(field, [""])[0]
    if value and value.upper() != "UNKNOWN":
        return value
    raise _invalid(f"It does not say its {field}.", where)


def _name(text: str, where: str) -> NormalizedName:
    if is_valid(text):
        return canonicalize_name(text)
    raise _invalid(f"“{text}” is not a valid name.", where)


def _version(text: str, where: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        raise _invalid(f"“{text}” is not a valid version.", where) from None


def _invalid(why: str, where: str) -> Problem:
    return Problem(
        "metadata-invalid",
        "The file that describes this distribution is broken.",
        why=why,
        fix=("Choose another version of it, or tell its maintainers.",),
        where=where,
    )
