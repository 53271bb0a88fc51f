"""Find the list in a pyproject.toml that holds the requirements of one part of the project, or make it."""

from __future__ import annotations

from venvoy.errors import Problem
from venvoy.formats import toml
from venvoy.model.names import canonicalize_name
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from venvoy.formats.toml import KeyPath, Layout
    from venvoy.model.requirement import Origin


def find(data: Mapping[str, Any], table: Origin) -> tuple[tuple[str, ...], Any]:
    """The path of the list that ``table`` means, with names as in the file, and what is there (None: nothing)."""
    if table.kind == "project":
        parent: tuple[str, ...] = ("project",)
        name = "dependencies"
    else:
        parent = ("project", "optional-dependencies") if table.kind == "extra" else ("dependency-groups",)
        name = table.name
    holder: Any = data
    for key in parent:
        holder = holder.get(key, {}) if isinstance(holder, dict) else {}
    if table.kind != "project" and isinstance(holder, dict):
        name = next((key for key in holder if canonicalize_name(key) == canonicalize_name(name)), name)
    return (*parent, name), holder.get(name) if isinstance(holder, dict) else holder


def put(data: dict[str, Any], path: tuple[str, ...], items: list[Any]) -> dict[str, Any]:
    """The data with the list at ``path`` set."""
    holder = data
    for key in path[:-1]:
        holder = holder.setdefault(key, {})
    holder[path[-1]] = items
    return data


def check(text: str, where: str, data: Mapping[str, Any], path: tuple[str, ...], items: object) -> None:
    """Raise Problem (pyproject-invalid) when no requirement can be put into the list at ``path``."""
    project = data.get("project")
    shown = ".".join(path)
    if items is not None and not isinstance(items, list):
        what, fix = f"{shown} must be a list.", 'Write it as a list: ["…"]'
    elif path[0] == "project" and not isinstance(project, dict):
        what = f"There is no [project] table that {shown} could stand in."
        fix = "Run `venvoy init` in this folder: it adds what is missing and keeps the rest."
    elif path[0] == "project" and path[1] in (project or {}).get("dynamic", ()):
        what = f"{shown} cannot be edited here: dynamic in [project] says that the build backend computes it."
        fix = f'Edit it where the build backend reads it, or take "{path[1]}" out of dynamic.'
    else:
        return
    raise Problem("pyproject-invalid", what, fix=(fix,), where=toml.place(text, where, path))


def not_editable(text: str, where: str, path: KeyPath, what: str) -> Problem:
    """An edit of what is at ``path``, which is called ``what``, did not come out right."""
    return Problem(
        "pyproject-invalid",
        "This file is written in a way that venvoy cannot edit safely.",
        why=f"{what} would not have come out right, so nothing was changed.",
        fix=("Make this change in your editor, then run `venvoy sync`.",),
        where=toml.place(text, where, path),
    )


def indentation(body: str, position: int) -> str:
    """The white space that the line of ``position`` begins with."""
    line = body[body.rfind("\n", 0, position) + 1 :]
    return line[: len(line) - len(line.lstrip(" \t"))]


def in_inline_table(body: str, path: KeyPath) -> bool:
    """Whether the value stands inside an inline table, ``{ … }``."""
    values = toml.layout(body).values
    return any(path[:length] in values for length in range(1, len(path)))


def create(body: str, path: tuple[str, ...]) -> str:
    """Put an empty list at ``path``, in the table it belongs to, which is made too when it is missing."""
    found = toml.layout(body)
    newline = "\r\n" if "\r\n" in body else "\n"
    for length in range(len(path) - 1, 0, -1):
        if path[:length] in found.values:
            return _into_inline_table(body, found.values[path[:length]], f"{_written(path[length:])} = []")
    dotted = [statement for statement in found.statements if statement.path[:-1] == path[:-1]]
    if dotted and len(dotted[-1].path) - len(dotted[-1].table) > 1:
        last = dotted[-1]
        return _statement(body, last.value[1], last.key[0], f"{_written(path[len(last.table) :])} = []", newline)
    header = next((span for table, span in found.headers if table == path[:-1]), None)
    if header:
        inside = [statement for statement in found.statements if statement.table == path[:-1]]
        after, like = (inside[-1].value[1], inside[-1].key[0]) if inside else (header[1], header[0])
        return _statement(body, after, like, f"{_written(path[-1:])} = []", newline)
    return _table(body, found, path, newline)


def _written(keys: KeyPath) -> str:
    return ".".join(toml.key(str(key)) for key in keys)


def _into_inline_table(body: str, span: tuple[int, int], statement: str) -> str:
    start, end = span
    inner = body[start + 1 : end - 1]
    if not inner.strip():
        return f"{body[:start]}{{ {statement} }}{body[end:]}"
    content = inner.rstrip()
    separator = " " if content.endswith(",") else ", "
    return f"{body[: start + 1]}{content}{separator}{statement}{inner[len(content) :]}{body[end - 1 :]}"


def _statement(body: str, after: int, like: int, statement: str, newline: str) -> str:
    """Put a statement on the line below the offset ``after``, indented like the line of ``like``."""
    line = body.find("\n", after) + 1
    indent = indentation(body, like)
    if not line:
        return f"{body}{newline}{indent}{statement}{newline}"
    return f"{body[:line]}{indent}{statement}{newline}{body[line:]}"


def _table(body: str, found: Layout, path: tuple[str, ...], newline: str) -> str:
    """Put a new table behind the [project] tables (else [build-system], else at the end)."""
    lines = f"[{_written(path[:-1])}]{newline}{_written(path[-1:])} = []{newline}"
    for neighbour in ("project", "build-system"):
        ends = [span[1] for table, span in found.headers if table[0] == neighbour]
        ends += [
            statement.value[1] for statement in found.statements if statement.path[0] == neighbour and statement.table
        ]
        if ends and (line := body.find("\n", max(ends)) + 1):
            rest = body[line:]
            gap = "" if not rest or rest.startswith(("\n", "\r\n")) else newline
            return f"{body[:line]}{newline}{lines}{gap}{rest}"
        if ends:
            break
    end = "" if not body or body.endswith("\n") else newline
    return f"{body}{end}{newline if body.strip() else ''}{lines}"
