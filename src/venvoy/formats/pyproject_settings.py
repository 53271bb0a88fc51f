"""Set a key of ``[tool.venvoy]`` in a pyproject.toml and leave every other character as it is."""

from __future__ import annotations

import copy

from venvoy.errors import Problem
from venvoy.formats import pyproject_tables, toml
from venvoy.formats.pylock_text import literal
from venvoy.model.names import canonicalize_name
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

TABLE = ("tool", "venvoy")
_SOURCES = (*TABLE, "sources")


def put(text: str, key: str, value: object, where: str = "pyproject.toml") -> str:
    """Write a value under a key: in the place of what is there, else below the head of the table, which may be new.

    Raises:
        Problem: toml-invalid; pyproject-invalid, when the table is written in a way that cannot be edited.
    """
    data, plain = toml.loads(text, where), list(value) if isinstance(value, tuple) else value
    mark, body = toml.unmarked(text)
    newline = "\r\n" if "\r\n" in body else "\n"
    found = toml.layout(body)
    written = literal(plain)
    span = found.values.get((*TABLE, key))
    head = next((place for table, place in found.headers if table == TABLE), None)
    if span:
        body = f"{body[: span[0]]}{written}{body[span[1] :]}"
    elif head:
        line = body.find("\n", head[1])
        rest = body[line + 1 :] if line >= 0 else ""
        first = body[: line + 1] if line >= 0 else body + newline
        body = f"{first}{key} = {written}{newline}{rest}"
    else:
        gap = "" if not body else newline if body.endswith("\n") else newline * 2
        body = f"{body}{gap}[{'.'.join(TABLE)}]{newline}{key} = {written}{newline}"
    expected = copy.deepcopy(data)
    expected.setdefault(TABLE[0], {}).setdefault(TABLE[1], {})[key] = plain
    _check(text, body, expected, where, key)
    return mark + body


def put_source(text: str, name: str, source: Mapping[str, object], where: str = "pyproject.toml") -> str:
    """Write a row of ``[tool.venvoy.sources]`` for a name, in the place of the one it has.

    Raises:
        Problem: toml-invalid; pyproject-invalid, when the table is written in a way that cannot be edited.
    """
    data = toml.loads(text, where)
    text = drop_source(text, name, where)
    mark, body = toml.unmarked(text)
    newline = "\r\n" if "\r\n" in body else "\n"
    found = toml.layout(body)
    head = next((place for path, place in found.headers if path == _SOURCES), None)
    row = f"{name} = {literal(source)}{newline}"
    if head:
        last = max([head[1], *(one.value[1] for one in found.statements if one.table == _SOURCES)])
        line = body.find("\n", last)
        body = f"{body[: line + 1]}{row}{body[line + 1 :]}" if line >= 0 else f"{body}{newline}{row}"
    else:
        gap = "" if not body else newline if body.endswith("\n") else newline * 2
        body = f"{body}{gap}[{'.'.join(_SOURCES)}]{newline}{row}"
    expected = _without(data, name)
    expected.setdefault(TABLE[0], {}).setdefault(TABLE[1], {}).setdefault("sources", {})[name] = dict(source)
    _check(text, body, expected, where, "sources")
    return mark + body


def drop_source(text: str, name: str, where: str = "pyproject.toml") -> str:
    """Take the row of a name out of ``[tool.venvoy.sources]``, if there is one; the table goes with its last row.

    Raises:
        Problem: toml-invalid; pyproject-invalid, when the table is written in a way that cannot be edited.
    """
    data = toml.loads(text, where)
    table = data.get(TABLE[0], {}).get(TABLE[1], {}).get("sources", {})
    if not isinstance(table, dict) or all(canonicalize_name(written) != canonicalize_name(name) for written in table):
        return text
    mark, body = toml.unmarked(text)
    found = toml.layout(body)
    starts = [*(place[0] for _, place in found.headers), len(body)]
    spans = [(one.path, one.key[0], one.value[1]) for one in found.statements if one.table == _SOURCES]
    spans += [(path, place[0], starts[number + 1] - 1) for number, (path, place) in enumerate(found.headers)]
    for path, start, end in sorted(spans, key=lambda span: -span[1]):
        if path[:-1] == _SOURCES and canonicalize_name(str(path[-1])) == canonicalize_name(name):
            body = _without_lines(body, start, end)
    head = next((place for path, place in found.headers if path == _SOURCES), None)
    if head and len(table) == 1:
        body = _without_lines(body, head[0], head[1])
        body = body.rstrip("\r\n") + ("\r\n" if "\r\n" in body else "\n") if not body[head[0] :].strip() else body
    _check(text, body, _without(data, name), where, "sources")
    return mark + body


def _without(data: dict[str, Any], name: str) -> dict[str, Any]:
    """The data without the source of a name."""
    expected = copy.deepcopy(data)
    table = expected.get(TABLE[0], {}).get(TABLE[1], {}).get("sources", {})
    for written in [one for one in table if canonicalize_name(one) == canonicalize_name(name)]:
        del table[written]
    return expected


def _without_lines(body: str, start: int, end: int) -> str:
    """The text without the lines from one offset to another."""
    first = body.rfind("\n", 0, start) + 1
    last = body.find("\n", end)
    return body[:first] + (body[last + 1 :] if last >= 0 else "")


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which the table of sources, and those around it, are not there when they are empty."""
    found = copy.deepcopy(dict(data))
    for depth in range(len(_SOURCES), 0, -1):
        holder: Any = found
        for key in _SOURCES[: depth - 1]:
            holder = holder.get(key, {})
        if holder.get(_SOURCES[depth - 1]) == {}:
            del holder[_SOURCES[depth - 1]]
    return found


def _check(text: str, body: str, expected: Mapping[str, object], where: str, key: str) -> None:
    try:
        right = _plain(toml.loads(body, where)) == _plain(expected)
    except Problem:
        right = False
    if not right:
        raise pyproject_tables.not_editable(text, where, TABLE, f"{key} in [tool.venvoy]")
