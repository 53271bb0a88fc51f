"""Put what files of other tools say into a pyproject.toml; what stands there already stays, and is told."""

from __future__ import annotations

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from venvoy.formats import bounds, pyproject_edit, pyproject_settings, pyproject_tables, toml
from venvoy.formats.foreign.found import PROJECT
from venvoy.formats.pylock_text import literal
from venvoy.model.names import canonicalize_name
from venvoy.values import TYPE_CHECKING, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from venvoy.formats.foreign.found import Entry, Found
    from venvoy.model.requirement import Origin

TAKEN, CHANGED, KEPT, LEFT = "taken", "changed", "kept", "left"


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one thing: ``action`` is ``taken``, ``changed``, ``kept`` (pyproject.toml had it) or ``left``.

    ``before`` is how the other tool's file has it, ``after`` how pyproject.toml has it in ``table``; ``why`` says what
    changed, or why it was left. ``file`` is where it comes from.
    """

    action: str
    before: str
    after: str
    table: str
    why: str
    file: str


def write(text: str, found: Sequence[Found], where: str) -> tuple[str, tuple[Row, ...]]:
    """The text of pyproject.toml with all that was found, and what became of each thing.

    Args:
        text: a pyproject.toml with a [project] table.
        found: what the files say, in the order in which they were named.
        where: the path of pyproject.toml.

    Raises:
        Problem: toml-invalid, pyproject-invalid.
    """
    rows: list[Row] = []
    text = _python(text, found, where, rows)
    by_table: dict[Origin, list[Entry]] = {}
    for entry in _combined(entry for one in found for entry in one.entries):
        by_table.setdefault(entry.table, []).append(entry)
    for table, entries in by_table.items():
        text = _static(text, table, where, rows)
        text = _table(text, table, entries, where, rows)
    text = _sources(text, by_table, where, rows)
    text = _settings(text, found, where, rows)
    left = {(one.what, one.why): one for each in reversed(found) for one in reversed(each.left)}
    rows += [Row(LEFT, one.what, "", "", one.why, one.file) for one in reversed(left.values())]
    return text, tuple(rows)


def _python(text: str, found: Sequence[Found], where: str, rows: list[Row]) -> str:
    said = next((one for one in found if one.requires_python), None)
    if said is None:
        return text
    there = toml.loads(text, where)["project"].get("requires-python")
    wanted = _ordered(said.requires_python)
    if not wanted:
        rows.append(Row(LEFT, said.python_before, "", "", "these bounds cannot be understood", said.file))
        return text
    after = f'requires-python = "{wanted}"'
    if there is None:
        text = pyproject_edit.without_dynamic(text, "requires-python", where)
        text = pyproject_edit.add_requires_python(text, wanted, where)
    elif _ordered(str(there)) != wanted:
        why = f'pyproject.toml says requires-python = "{there}"'
        rows.append(Row(KEPT, said.python_before or after, "", "", why, said.file))
        return text
    action = CHANGED if said.python_change else TAKEN
    rows.append(Row(action, said.python_before or after, after, "project", said.python_change, said.file))
    return text


def _static(text: str, table: Origin, where: str, rows: list[Row]) -> str:
    """What the build backend computed from the file that is taken over stands in pyproject.toml from now on."""
    key = {"project": "dependencies", "extra": "optional-dependencies"}.get(table.kind, "")
    edited = pyproject_edit.without_dynamic(text, key, where)
    if edited != text:
        why = "they stand in pyproject.toml from now on"
        rows.append(Row(CHANGED, f'dynamic = ["{key}"]', f"dynamic, without {key}", "project", why, where))
    return edited


def _ordered(specifiers: str) -> str:
    try:
        return bounds.ordered(specifiers)
    except InvalidSpecifier:
        return ""


def _combined(entries: Iterable[Entry]) -> list[Entry]:
    """The entries with those of the same name in the same place made one: all their bounds hold."""
    merged: dict[tuple[Origin, str, str], Entry] = {}
    for entry in entries:
        one = Requirement(entry.requirement)
        key = entry.table, canonicalize_name(one.name), str(one.marker or "")
        had = merged.get(key)
        if had is None:
            merged[key] = entry
            continue
        other = Requirement(had.requirement)
        if one == other:
            merged[key] = replace(had, source=had.source or entry.source, change=had.change or entry.change)
            continue
        if one.url or other.url:
            chosen = had if other.url else entry
            merged[key] = replace(chosen, change=f"named twice: {had.before} and {entry.before}")
            continue
        other.extras |= one.extras
        text = bounds.written(other, _met(other.specifier, one.specifier))
        same = one.specifier == other.specifier or not one.specifier or not other.specifier
        change = had.change or ("" if same and had.before == entry.before else "named twice: all bounds hold")
        before = had.before if had.before == entry.before else f"{had.before}, {entry.before}"
        merged[key] = replace(had, requirement=text, before=before, change=change, source=had.source or entry.source)
    return list(merged.values())


def _met(one: SpecifierSet, other: SpecifierSet) -> SpecifierSet:
    """What meets both; a version that one of them names, when the other lets it through."""
    for exact, wide in ((one, other), (other, one)):
        pins = [each.version for each in exact if each.operator == "==" and not each.version.endswith("*")]
        if len(pins) == len(exact) == 1 and wide.contains(pins[0], prereleases=True):
            return exact
    return one & other


def _table(text: str, table: Origin, entries: Sequence[Entry], where: str, rows: list[Row]) -> str:
    _, items = pyproject_tables.find(toml.loads(text, where), table)
    there = {_key(item): item for item in items or () if isinstance(item, str)}
    coming: list[str] = []
    for entry in entries:
        had = there.get(_key(entry.requirement))
        why = entry.change or ("its place: [tool.venvoy.sources]" if entry.source else "")
        action = CHANGED if entry.change else TAKEN
        row = Row(action, entry.before, entry.requirement, _shown(table), why, entry.file)
        if had is None:
            coming.append(entry.requirement)
        elif Requirement(had) == Requirement(entry.requirement):
            row = replace(row, action=KEPT, why="it stands there already")
        elif not entry.source or Requirement(entry.requirement).specifier:
            row = replace(row, action=KEPT, after=had, why=f"pyproject.toml says {had}")
        rows.append(row)
    return pyproject_edit.extend(text, coming, table, where)


def _key(text: str) -> tuple[str, str]:
    try:
        one = Requirement(text)
    except InvalidRequirement:
        return text, ""
    return canonicalize_name(one.name), str(one.marker or "")


def _shown(table: Origin) -> str:
    if table == PROJECT:
        return "dependencies"
    return f"{table.kind} {table.name}"


def _sources(text: str, by_table: Mapping[Origin, Sequence[Entry]], where: str, rows: list[Row]) -> str:
    for entry in (entry for entries in by_table.values() for entry in entries):
        if entry.source is None:
            continue
        name = canonicalize_name(Requirement(entry.requirement).name)
        there = _get(toml.loads(text, where), ("tool", "venvoy", "sources"))
        had = next((value for key, value in there.items() if canonicalize_name(key) == name), None)
        if had is None:
            text = pyproject_settings.put_source(text, name, entry.source, where)
        elif had != dict(entry.source):
            rows.append(
                Row(KEPT, entry.before, "", "sources", f"[tool.venvoy.sources] says {name} = {had}", entry.file)
            )
    return text


def _get(data: Mapping[str, Any], path: Sequence[str]) -> Mapping[str, Any]:
    for key in path:
        value = data.get(key)
        data = value if isinstance(value, dict) else {}
    return data


def _settings(text: str, found: Sequence[Found], where: str, rows: list[Row]) -> str:
    for one in found:
        for key, value in one.settings.items():
            data = toml.loads(text, where)
            there = _get(data, ("tool", "venvoy")).get(key)
            wanted: Any = value
            if key == "default-groups" and isinstance(value, tuple):
                groups = {canonicalize_name(name) for name in _get(data, ("dependency-groups",))}
                wanted = tuple(name for name in value if name in groups)
            if isinstance(wanted, tuple):
                had = there if isinstance(there, list) else []
                wanted = [*had, *(item for item in wanted if item not in had)]
            if wanted in (there, []):
                continue
            shown = _written(key, wanted)
            if there is not None and not isinstance(there, list):
                why = f"[tool.venvoy] says {_written(key, there)}"
                rows.append(Row(KEPT, shown, "", "tool.venvoy", why, one.file))
                continue
            text = pyproject_settings.put(text, key, wanted, where)
            rows.append(Row(TAKEN, _before(key, value), shown, "tool.venvoy", "", one.file))
    return text


def _before(key: str, value: object) -> str:
    if key == "default-groups":
        return "groups that are installed"
    texts = [item for item in value if isinstance(item, str)] if isinstance(value, tuple) else []
    return f"{key}: {', '.join(texts)}" if texts else _written(key, value)


def _written(key: str, value: object) -> str:
    return f"{key} = {literal(value)}"
