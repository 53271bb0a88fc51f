"""Poetry's tables in pyproject.toml, and poetry.lock.

Source: "The pyproject.toml file" and "Dependency specification" in Poetry's documentation (1.0 to 2.x).
"""

from __future__ import annotations

import re

from venvoy.formats.foreign import poetry_versions
from venvoy.formats.foreign.found import DEV, PROJECT, Basket, git_url, is_marker, items, rows, texts, written
from venvoy.model.names import canonicalize_name
from venvoy.model.requirement import Origin
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from venvoy.formats.foreign.found import Found

_TAKEN = frozenset(
    {"name", "version", "description", "dependencies", "dev-dependencies", "group", "extras", "source", "package-mode"}
)


def read(data: Mapping[str, Any], file: str) -> Found:
    """What ``[tool.poetry]`` says in the data of a pyproject.toml."""
    return _Reader(data, file).read()


class _Reader:
    def __init__(self, data: Mapping[str, Any], file: str) -> None:
        self.table: Mapping[str, Any] = data["tool"]["poetry"]
        project = data.get("project")
        self.project: Mapping[str, Any] = project if isinstance(project, dict) else {}
        self.basket = Basket("Poetry", file)
        self.sources: dict[str, str] = {}

    def read(self) -> Found:
        basket, table = self.basket, self.table
        for key in ("name", "version", "description"):
            if isinstance(table.get(key), str) and key not in self.project:
                basket.facts[key] = table[key]
        self._sources()
        extras: dict[str, list[str]] = {
            canonicalize_name(name): [str(canonicalize_name(str(one))) for one in texts(names)]
            for name, names in items(table.get("extras"))
        }
        self._dependencies(table.get("dependencies"), PROJECT, extras)
        self._dependencies(table.get("dev-dependencies"), DEV, {})
        for name, group in items(table.get("group")):
            if not isinstance(group, dict):
                continue
            origin = PROJECT if name == "main" else Origin("group", canonicalize_name(name))
            self._dependencies(group.get("dependencies"), origin, {})
            if group.get("optional"):
                basket.remarks.append(f"The group {name} was optional: venvoy sync --group {name} installs it.")
            elif origin.kind == "group" and name != "dev":
                basket.extend("default-groups", "dev", str(origin.name))
            for other in texts(group.get("include-groups")):
                basket.leave(f"include-groups of {name}: {other}", f'write {{ include-group = "{other}" }} into it')
        rest = [key for key in table if key not in _TAKEN]
        if rest:
            basket.leave(f"{', '.join(rest)} in [tool.poetry]", "they say nothing about dependencies; they stay there")
        return basket.done()

    def _sources(self) -> None:
        found = [row for row in rows(self.table.get("source")) if row.get("url")]
        self.sources = {str(row.get("name")): str(row["url"]) for row in found}
        primary = [row for row in found if _priority(row) in {"default", "primary"}]
        for row in found:
            if _priority(row) != "explicit":
                self.basket.index(str(row["url"]), first=row in primary[:1])

    def _dependencies(self, table: object, origin: Origin, extras: Mapping[str, Sequence[str]]) -> None:
        for name, value in items(table):
            if canonicalize_name(name) == "python":
                self._python(value)
                continue
            for row in value if isinstance(value, list) else [value]:
                self._dependency(name, {"version": row} if isinstance(row, str) else row, origin, extras)

    def _python(self, value: object) -> None:
        text = str(value.get("version", "")) if isinstance(value, dict) else str(value)
        if "requires-python" in self.project:
            return
        try:
            found = poetry_versions.translate(text, python=True)
        except poetry_versions.NotBoundsError:
            self.basket.leave(f'python = "{text}"', "these bounds cannot be understood")
            return
        self.basket.facts |= {
            "requires_python": found.specifier,
            "python_before": f'python = "{text}"',
            "python_change": found.lost,
        }

    def _dependency(self, name: str, row: object, origin: Origin, extras: Mapping[str, Sequence[str]]) -> None:
        before = f"{name} = {_shown(row)}"
        if not isinstance(row, dict):
            self.basket.leave(before, "this is neither a text nor a table")
            return
        try:
            found = poetry_versions.translate(str(row.get("version", "*")))
            markers = [_platform(str(row.get("platform", ""))), str(row.get("markers", ""))]
            markers.insert(0, poetry_versions.marker(str(row.get("python", "*"))))
        except poetry_versions.NotBoundsError:
            self.basket.leave(before, "these bounds cannot be understood")
            return
        if row.get("markers") and not is_marker(str(row["markers"])):
            self.basket.leave(before, "its markers are none (PEP 508)")
            return
        specifier, url, source = found.specifier, "", self._source(name, row)
        if "git" in row:
            revision = next((str(row[key]) for key in ("rev", "tag", "branch") if row.get(key)), "")
            url = git_url(str(row["git"]), revision=revision, subdirectory=str(row.get("subdirectory", "")))
        elif "url" in row:
            url = str(row["url"])
        elif "path" in row or "file" in row:
            source = {"path": str(row.get("path", row.get("file")))}
            if row.get("develop"):
                source["editable"] = True
        if row.get("allow-prereleases"):
            self.basket.extend("prerelease-names", canonicalize_name(name))
        text = written(
            name, "" if url or "path" in (source or {}) else specifier, texts(row.get("extras")), markers, url
        )
        for table in self._tables(name, row, origin, extras, before):
            self._add(table, before, text, source, found.lost)

    def _add(self, table: Origin, before: str, text: str, source: Mapping[str, object] | None, lost: str) -> None:
        name = canonicalize_name(re.split(r"[\[<>=!~;@ ]", text, maxsplit=1)[0])
        if table == PROJECT and self._is_in_project(name):
            if source:
                self.basket.add(table, before, name, source=source)
            return
        self.basket.add(table, before, text, source=source, change=lost)

    def _is_in_project(self, name: str) -> bool:
        """Whether [project] asks for it already: from 2.0 on [tool.poetry] may only add to what stands there."""
        asked = texts(self.project.get("dependencies"))
        return any(canonicalize_name(re.split(r"[\[<>=!~;@ ]", text)[0]) == name for text in asked)

    def _tables(
        self, name: str, row: Mapping[str, Any], origin: Origin, extras: Mapping[str, Sequence[str]], before: str
    ) -> list[Origin]:
        if not row.get("optional") or origin != PROJECT:
            return [origin]
        found = [Origin("extra", extra) for extra, names in extras.items() if canonicalize_name(name) in names]
        if not found:
            self.basket.leave(before, "it is optional, and no extra names it")
        return found

    def _source(self, name: str, row: Mapping[str, Any]) -> dict[str, object] | None:
        wanted = row.get("source")
        if not wanted:
            return None
        url = self.sources.get(str(wanted))
        if url is None:
            self.basket.leave(f"source of {name}: {wanted}", "no [[tool.poetry.source]] has its address")
            return None
        return {"index": url}


def lock(data: Mapping[str, Any], file: str) -> Found:
    """What poetry.lock says: versions, and as dependencies those that nothing else in it needs."""
    basket = Basket("Poetry", file)
    needed: set[str] = set()
    packages = rows(data.get("package"))
    for row in packages:
        markers = row.get("markers")
        markers = list(markers.values()) if isinstance(markers, dict) else [markers]
        basket.lock(str(row.get("name")), row.get("version"), markers)
        needed.update(canonicalize_name(name) for name, _ in items(row.get("dependencies")))
    for row in packages:
        name = canonicalize_name(str(row.get("name")))
        if name not in needed:
            groups = texts(row.get("groups")) or [str(row.get("category", "main"))]
            table = PROJECT if "main" in groups or not groups else Origin("group", canonicalize_name(groups[0]))
            basket.add(table, f"{name} {row.get('version')}", name, change="nothing else in the file needs it")
    return basket.done()


def _priority(row: Mapping[str, Any]) -> str:
    if row.get("default"):
        return "default"
    return "supplemental" if row.get("secondary") else str(row.get("priority", "primary")).lower()


def _platform(text: str) -> str:
    """``platform = "linux || darwin"`` as a marker."""
    parts = []
    for part in filter(None, (part.strip() for part in text.split("||"))):
        operator, value = ("!=", part[2:].strip()) if part.startswith("!=") else ("==", part.removeprefix("==").strip())
        parts.append(f'sys_platform {operator} "{value}"')
    return " or ".join(parts)


def _shown(row: object) -> str:
    if isinstance(row, dict) and set(row) == {"version"}:
        row = row["version"]
    if isinstance(row, dict):
        return "{ " + ", ".join(f"{key} = {_shown(value)}" for key, value in row.items()) + " }"
    if isinstance(row, list):
        return "[" + ", ".join(map(_shown, row)) + "]"
    return f'"{row}"' if isinstance(row, str) else str(row).lower()
