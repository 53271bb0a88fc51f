"""Set a key of ``[tool.venvoy]`` in a pyproject.toml and leave every other character as it is."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from venvoy.errors import Problem
from venvoy.formats import pylock_text, toml

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE = ("tool", "venvoy")


def put(text: str, key: str, value: object, where: str = "pyproject.toml") -> str:
    """Write a value under a key: in the place of what is there, else below the head of the table, which may be new.

    Raises:
        Problem: toml-invalid; pyproject-invalid, when the table is written in a way that cannot be edited.
    """
    data, plain = toml.loads(text, where), list(value) if isinstance(value, tuple) else value
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix("\ufeff")
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
    """Write a row of ``[tool.venvoy.sources]`` for a name that has none yet.

    Raises:
        Problem: toml-invalid; pyproject-invalid, when the table is written in a way that cannot be edited.
    """
    data = toml.loads(text, where)
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix("\ufeff")
    newline = "\r\n" if "\r\n" in body else "\n"
    table = (*TABLE, "sources")
    found = toml.layout(body)
    head = next((place for path, place in found.headers if path == table), None)
    row = f"{name} = {literal(source)}{newline}"
    if head:
        last = max([head[1], *(one.value[1] for one in found.statements if one.table == table)])
        line = body.find("\n", last)
        body = f"{body[: line + 1]}{row}{body[line + 1 :]}" if line >= 0 else f"{body}{newline}{row}"
    else:
        gap = "" if not body else newline if body.endswith("\n") else newline * 2
        body = f"{body}{gap}[{'.'.join(table)}]{newline}{row}"
    expected = copy.deepcopy(data)
    expected.setdefault(TABLE[0], {}).setdefault(TABLE[1], {}).setdefault("sources", {})[name] = dict(source)
    _check(text, body, expected, where, "sources")
    return mark + body


def literal(value: object) -> str:
    """A value as TOML, on one line."""
    return pylock_text.literal(value)


def _check(text: str, body: str, expected: Mapping[str, object], where: str, key: str) -> None:
    try:
        right = toml.loads(body, where) == expected
    except Problem:
        right = False
    if not right:
        raise Problem(
            "pyproject-invalid",
            "This file is written in a way that venvoy cannot edit safely.",
            why=f"{key} in [tool.venvoy] would not have come out right, so nothing was changed.",
            fix=("Make this change in your editor, then run `venvoy sync`.",),
            where=toml.place(text, where, TABLE),
        )
