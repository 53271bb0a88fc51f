"""PDM's tables in pyproject.toml, and pdm.lock.

Source: "Manage dependencies" and "Lock file" in PDM's documentation (2.x). What stands in [project] is the standard's
and needs no translation.
"""

from __future__ import annotations

import re

from packaging.requirements import InvalidRequirement, Requirement

from venvoy.formats import requirements_txt
from venvoy.formats.foreign.found import PROJECT, Basket, from_item, items, pep508, rows, texts
from venvoy.model.names import canonicalize_name
from venvoy.model.requirement import Origin
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from venvoy.formats.foreign.found import Found

_TAKEN = frozenset({"dev-dependencies", "source", "resolution", "distribution"})


def read(data: Mapping[str, Any], file: str) -> Found:
    """What ``[tool.pdm]`` says."""
    table: Mapping[str, Any] = data["tool"]["pdm"]
    basket = Basket("PDM", file)
    for name, wanted in items(table.get("dev-dependencies")):
        origin = Origin("group", canonicalize_name(name))
        if name != "dev":  # PDM installs them all
            basket.extend("default-groups", "dev", str(origin.name))
        for text in texts(wanted):
            editable(basket, origin, text)
    for row in rows(table.get("source")):
        if row.get("url"):
            if row.get("type") == "find_links":
                basket.extend("find-links", str(row["url"]))
                continue
            basket.index(str(row["url"]), first=row.get("name") == "pypi")
            if names := ", ".join(texts(row.get("include_packages"))):
                basket.leave(f"include_packages of {row.get('name')}: {names}", "name them in [tool.venvoy.sources]")
    resolution = table.get("resolution")
    if isinstance(resolution, dict):
        _resolution(basket, resolution)
    rest = [key for key in table if key not in _TAKEN]
    if rest:
        basket.leave(f"{', '.join(rest)} in [tool.pdm]", "they say nothing about dependencies; they stay there")
    return basket.done()


def editable(basket: Basket, table: Origin, text: str) -> None:
    """Take a requirement that may be editable: ``-e file:///${PROJECT_ROOT}/sub#egg=name``."""
    match = re.match(r"-e\s+(?:file:///?)?\$\{PROJECT_ROOT\}/?([^#]*)(?:#egg=(.+))?$", text)
    if match:
        source = {"path": match[1] or ".", "editable": True}
        basket.add(table, text, match[2] or "", source=source)
    elif text.startswith("-e"):
        found = requirements_txt.parse("-", lambda _: text.encode())
        for item in found.requirements:
            from_item(basket, item, table)
    else:
        pep508(basket, table, text)


def lock(data: Mapping[str, Any], file: str) -> Found:
    """What pdm.lock says: versions, and as dependencies those that nothing else in it needs."""
    basket = Basket("PDM", file)
    packages = rows(data.get("package"))
    needed: set[str] = set()
    for row in packages:
        basket.lock(str(row.get("name")), row.get("version"), [row.get("marker")])
        own = canonicalize_name(str(row.get("name")))
        needed.update(name for name in map(_name, texts(row.get("dependencies"))) if name != own)
    seen: set[tuple[str, Origin]] = set()
    for row in packages:
        name = canonicalize_name(str(row.get("name")))
        groups = texts(row.get("groups"))
        table = PROJECT if "default" in groups or not groups else Origin("group", canonicalize_name(groups[0]))
        if name not in needed and (name, table) not in seen:
            seen.add((name, table))
            basket.add(table, f"{name} {row.get('version')}", name, change="nothing else in the file needs it")
    return basket.done()


def _resolution(basket: Basket, table: Mapping[str, Any]) -> None:
    if table.get("allow-prereleases"):
        basket.settings["prereleases"] = True
    for name, version in items(table.get("overrides")):
        text = str(version)
        bounds = text if text[:1] in "<>=!~" else f"=={text}"
        if "://" in text:
            basket.leave(f'overrides: {name} = "{text}"', "write it into [tool.venvoy.sources]")
        elif text == "*":
            basket.extend("overrides", name)
        else:
            basket.extend("overrides", f"{name}{bounds}")
    if texts(table.get("excludes")):
        basket.extend("exclude", *texts(table["excludes"]))


def _name(text: object) -> str:
    try:
        return canonicalize_name(Requirement(str(text)).name)
    except InvalidRequirement:
        return ""
