"""Edit the requirements in a pyproject.toml and leave every other character of the file as it is.

A list is changed at the places that ``toml.layout`` finds. The result is read again and compared with what it should
say, so that an edit is right or does not happen.
"""

from __future__ import annotations

import copy

from venvoy.errors import Problem
from venvoy.formats import pyproject_tables, requirements, toml
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.requirement import condition_of, full
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import Any

    from packaging.requirements import Requirement

    from venvoy.formats.toml import KeyPath, Span
    from venvoy.model.requirement import Origin, Written


def add(text: str, wanted: Sequence[str], table: Origin, where: str = "pyproject.toml") -> str:
    """Add requirements to a list of the project.

    An entry with the same name and the same marker is replaced in its place. Other entries are put where a sorted list
    has them, else at the end. The list, and the table it is in, are made when they are missing.

    Args:
        text: the file's text.
        wanted: requirements (PEP 508), written as they shall stand.
        table: which list: the project's, an extra's, or a group's.
        where: the file's path, for a Problem.

    Raises:
        Problem: requirement-invalid; toml-invalid; pyproject-invalid, when the list is dynamic, no list, or there is
            no [project] table for it.
    """
    for requirement in wanted:
        parsed = requirements.parse(requirement)

        def change(items: list[Any], requirement: str = requirement, parsed: Written = parsed) -> _Change:
            same = [index for index, item in enumerate(items) if _key(item) == _key_of(parsed)]
            return _Change(requirement, same[0] if same else None, tuple(same[1:]))

        text = _edit(text, table, where, change)
    return text


def extend(text: str, wanted: Sequence[str], table: Origin, where: str = "pyproject.toml") -> str:
    """Put many requirements, none of which is there yet, behind what a list of the project holds: as one edit.

    Raises:
        Problem: as :func:`add`.
    """
    data = toml.loads(text, where)
    path, items = pyproject_tables.find(data, table)
    if not wanted or items:
        for requirement in wanted:
            text = add(text, (requirement,), table, where)
        return text
    pyproject_tables.check(text, where, data, path, items)
    mark, body = toml.unmarked(text)
    body = pyproject_tables.create(body, path) if items is None else body
    newline = "\r\n" if "\r\n" in body else "\n"
    start, end = _spans(body, path)[0]
    if "#" in body[start:end] or pyproject_tables.in_inline_table(body, path):
        return add(text, wanted, table, where)
    indent = pyproject_tables.indentation(body, start)
    lines = "".join(f"{newline}{indent}    {toml.quote(requirement)}," for requirement in wanted)
    body = f"{body[: start + 1]}{lines}{newline}{indent}{body[end - 1 :]}"
    _check(text, body, pyproject_tables.put(copy.deepcopy(data), path, list(wanted)), path, where)
    return mark + body


def remove(
    text: str, names: Collection[str], table: Origin, where: str = "pyproject.toml"
) -> tuple[str, frozenset[NormalizedName]]:
    """Take every entry of these names out of a list of the project.

    Returns:
        The new text, and the normalized names that were in the list.

    Raises:
        Problem: toml-invalid, pyproject-invalid.
    """
    wanted = frozenset(map(canonicalize_name, names))
    removed: set[NormalizedName] = set()

    def change(items: list[Any]) -> _Change:
        keys = [_key(item) for item in items]
        gone = tuple(index for index, key in enumerate(keys) if key and key[0] in wanted)
        removed.update(key[0] for key in keys if key and key[0] in wanted)
        return _Change(None, None, gone)

    return _edit(text, table, where, change), frozenset(removed)


def replace(text: str, old: Requirement, new: str, table: Origin, where: str = "pyproject.toml") -> str:
    """Write ``new`` (empty: nothing) wherever a list of the project holds exactly the requirement ``old``.

    Raises:
        Problem: toml-invalid, pyproject-invalid.
    """
    if pyproject_tables.find(toml.loads(text, where), table)[1] is None:
        return text  # what only the build backend knows stands nowhere

    def change(items: list[Any]) -> _Change:
        same = [index for index, item in enumerate(items) if _is(item, old)]
        if not (same and new):
            return _Change(None, None, tuple(same))
        return _Change(_as_spelled(items[same[0]], new), same[0], tuple(same[1:]))

    return _edit(text, table, where, change)


def set_requires_python(text: str, specifiers: str, where: str = "pyproject.toml") -> str:
    """Change the value of requires-python, which must be there.

    Raises:
        Problem: pyproject-invalid, when it is not there.
    """
    path = ("project", "requires-python")
    mark, body = toml.unmarked(text)
    span = toml.layout(body).values.get(path)
    if span is None:
        raise Problem("pyproject-invalid", "[project] has no requires-python that could be changed.", where=where)
    return f"{mark}{body[: span[0]]}{toml.quote(specifiers, body[span[0]])}{body[span[1] :]}"


def without_dynamic(text: str, key: str, where: str = "pyproject.toml") -> str:
    """Take a key out of ``dynamic`` in [project], if it is there: from now on it stands in the file itself."""
    data = toml.loads(text, where)
    path = ("project", "dynamic")
    items = data.get("project", {}).get("dynamic", [])
    if not isinstance(items, list) or key not in items:
        return text
    mark, body = toml.unmarked(text)
    body = _without(body, path, items.index(key))
    expected = copy.deepcopy(data)
    expected["project"]["dynamic"].remove(key)
    _check(text, body, expected, path, where)
    return mark + body


def add_requires_python(text: str, specifiers: str, where: str = "pyproject.toml") -> str:
    """Put requires-python into the [project] table, which has none yet, below the last of name and version.

    Raises:
        Problem: pyproject-invalid, when there is no such table.
    """
    mark, body = toml.unmarked(text)
    found = toml.layout(body)
    above = [one.value[1] for one in found.statements if one.path in {("project", "name"), ("project", "version")}]
    heads = [span[1] for table, span in found.headers if table == ("project",)]
    if not heads:
        raise Problem("pyproject-invalid", "There is no [project] table for requires-python.", where=where)
    newline = "\r\n" if "\r\n" in body else "\n"
    line = body.find("\n", max(above or heads)) + 1
    written = f"requires-python = {toml.quote(specifiers)}{newline}"
    if not line:
        return f"{mark}{body}{newline}{written}"
    return f"{mark}{body[:line]}{written}{body[line:]}"


def new(name: str, requires_python: str, text: str = "", version: str = "0.1.0", description: str = "") -> str:
    """The text of a pyproject.toml for a new project.

    Args:
        name: the project's name.
        requires_python: the range of Python versions, as in ``>=3.10``.
        text: what is there already, without a [project] table; it is kept, below the new table.
        version: the project's version.
        description: what it is, in one line; empty: nobody said so.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = (
        "[project]",
        f"name = {toml.quote(name)}",
        f"version = {toml.quote(version)}",
        *([f"description = {toml.quote(description)}"] if description else []),
        f"requires-python = {toml.quote(requires_python)}",
        "dependencies = []",
        "",
    )
    mark, rest = toml.unmarked(text)
    first = toml.layout(rest)
    if rest and any(not statement.table for statement in first.statements):
        # Keys without a table must stay above every header.
        end = "" if rest.endswith("\n") else newline
        return mark + rest + end + newline + newline.join(lines)
    return mark + newline.join(lines) + (newline + rest if rest.strip() else "")


@dataclass(frozen=True, slots=True)
class _Change:
    """``requirement`` (None: nothing) takes the place of item ``at`` (None: it is new); the items ``gone`` go."""

    requirement: str | None
    at: int | None
    gone: tuple[int, ...]


def _edit(text: str, table: Origin, where: str, change: Callable[[list[Any]], _Change]) -> str:
    data = toml.loads(text, where)
    mark, body = toml.unmarked(text)
    path, items = pyproject_tables.find(data, table)
    pyproject_tables.check(text, where, data, path, items)
    steps = change(items or [])
    if steps.requirement is None and not steps.gone:
        return text
    if items is None:
        body = pyproject_tables.create(body, path)
        items = []
    expected = [item for index, item in enumerate(items) if index not in steps.gone]
    for index in reversed(steps.gone):
        body = _without(body, path, index)
    if steps.requirement is not None and steps.at is not None:
        start, end = _spans(body, path)[1][steps.at]
        body = body[:start] + toml.quote(steps.requirement, body[start]) + body[end:]
        expected[steps.at] = steps.requirement
    elif steps.requirement is not None:
        position = _position(expected, steps.requirement)
        body = _with(body, path, position, steps.requirement)
        expected.insert(position, steps.requirement)
    _check(text, body, pyproject_tables.put(copy.deepcopy(data), path, expected), path, where)
    return mark + body


def _check(text: str, body: str, expected: dict[str, Any], path: KeyPath, where: str) -> None:
    """Make sure that an edit came out right."""
    if toml.loads(body, where) != expected:
        raise pyproject_tables.not_editable(text, where, path, f"The list {'.'.join(map(str, path))}")


def _key(item: object) -> tuple[NormalizedName, str] | None:
    try:
        return _key_of(requirements.understood(item)) if isinstance(item, str) else None
    except ValueError:
        return None


def _as_spelled(old: str, new: str) -> str:
    """A requirement with its condition spelled as it stands already, if it is the same one."""
    before, after = old.partition(";")[0].rstrip(), new.partition(";")[0].rstrip()
    one, other = requirements.understood(old), requirements.understood(new)
    same = one.url is None and other.url is None and condition_of(one) == condition_of(other)
    return after + old[len(before) :] if same else new


def _is(item: object, requirement: Requirement) -> bool:
    try:
        return isinstance(item, str) and full(requirements.understood(item)) == requirement
    except ValueError:
        return False


def _key_of(requirement: Written) -> tuple[NormalizedName, str]:
    return canonicalize_name(requirement.name), condition_of(requirement)


def _position(items: Sequence[object], requirement: str) -> int:
    """Where a sorted list has the new item; the end of the requirements when the list is not sorted."""
    entries = [(index, item) for index, item in enumerate(items) if isinstance(item, str)]
    end = entries[-1][0] + 1 if entries else len(items)
    for order in (_by_name, str.casefold, str):
        keys = [order(item) for _, item in entries]
        if keys == sorted(keys):
            return next((index for (index, _), key in zip(entries, keys, strict=True) if key > order(requirement)), end)
    return end


def _by_name(item: str) -> str:
    key = _key(item)
    return key[0] if key else item


def _spans(body: str, path: KeyPath) -> tuple[Span, list[Span]]:
    values = toml.layout(body).values
    return values[path], [values[item] for item in values if item[:-1] == path]


def _with(body: str, path: KeyPath, position: int, requirement: str) -> str:
    span, items = _spans(body, path)
    newline = "\r\n" if "\r\n" in body else "\n"
    if not items:
        return _with_first(body, path, span, requirement, newline)
    near = items[min(position, len(items) - 1)]
    quoted = toml.quote(requirement, body[near[0]] if body[near[0]] in "\"'" else '"')
    own_line = _starts_line(body, near[0])
    between = body[items[0][1] : items[1][0]] if len(items) > 1 else ", "
    between = between if between.strip(" ") == "," else ", "
    if position == len(items):
        return _with_last(body, near, quoted, newline if own_line else "", between)
    if not own_line:
        return f"{body[: near[0]]}{quoted}{between}{body[near[0] :]}"
    # Right behind the item before: comment lines above ``near`` are about it and stay with it.
    before = items[position - 1][1] if position else span[0] + 1
    line = _after_line(body, _comma(body, before) or before if position else before)
    margin = _margin(body, near[0])
    line = min(line, near[0] - len(margin))
    return f"{body[:line]}{margin}{quoted},{newline}{body[line:]}"


def _with_first(body: str, path: KeyPath, span: Span, requirement: str, newline: str) -> str:
    start, end = span[0] + 1, span[1] - 1
    quoted, indent = toml.quote(requirement), pyproject_tables.indentation(body, span[0])
    comments = body[start:end].rstrip() if "#" in body[start:end] else ""
    if not comments and pyproject_tables.in_inline_table(body, path):
        return f"{body[:start]}{quoted}{body[end:]}"
    return f"{body[:start]}{comments}{newline}{indent}    {quoted},{newline}{indent}{body[end:]}"


def _with_last(body: str, near: Span, quoted: str, newline: str, between: str) -> str:
    """Put an item behind the last one: on the next line with ``newline``, on the same line when that is empty."""
    if not newline:
        return f"{body[: near[1]]}{between}{quoted}{body[near[1] :]}"
    comma = _comma(body, near[1])
    rest = body[near[1] : comma - 1] + body[comma:] if comma else body[near[1] :]
    head = body[: near[1]] + ","
    new = f"{_margin(body, near[0])}{quoted}{',' if comma else ''}"
    line = _after_line(rest, 0)
    return f"{head}{newline}{new}{rest}" if line > len(rest) else f"{head}{rest[:line]}{new}{newline}{rest[line:]}"


def _without(body: str, path: KeyPath, index: int) -> str:
    (start, end), items = _spans(body, path)
    first, last = items[index]
    before = items[index - 1][1] if index else start + 1
    after = items[index + 1][0] if index + 1 < len(items) else None
    comma = _comma(body, last)
    if len(items) == 1 and "#" not in body[start + 1 : first] + body[last : end - 1]:
        return body[: start + 1] + body[end - 1 :]
    line = _after_line(body, comma or last)
    if _starts_line(body, first) and line <= (after - len(_margin(body, after)) if after else end - 1):
        body = body[: first - len(_margin(body, first))] + body[line:]
    elif index and ("\n" not in body[before:first] or (after is None and "#" not in body[before:first])):
        return body[:before] + body[last:]
    elif after is not None:
        return body[:first] + body[comma if "\n" in body[last:after] else after :]
    else:
        body = body[:first] + body[comma or last :]
    if after is None and index and not comma:
        # The last item had no comma behind it: neither shall the one that is last now.
        previous = _comma(body, before)
        body = body[: previous - 1] + body[previous:]
    return body


def _starts_line(body: str, position: int) -> bool:
    return not body[body.rfind("\n", 0, position) + 1 : position].strip()


def _margin(body: str, position: int) -> str:
    """What stands before the item in its line, when that is only white space."""
    before = body[body.rfind("\n", 0, position) + 1 : position]
    return before if not before.strip() else ""


def _comma(body: str, position: int) -> int:
    """The offset behind the comma that follows an item, 0 when there is none."""
    position = toml.skip(body, position)
    return position + 1 if body.startswith(",", position) else 0


def _after_line(body: str, position: int) -> int:
    """The start of the next line when only a comment or nothing is left of this one; else a number past the end."""
    rest, newline, _ = body[position:].partition("\n")
    return position + len(rest) + 1 if newline and (not rest.strip() or rest.strip().startswith("#")) else len(body) + 1
