"""uv's tables in pyproject.toml, and uv.lock.

Source: "Managing dependencies" and "Settings" in uv's documentation; uv.lock of format version 1.
"""

from __future__ import annotations

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement

from venvoy.formats.foreign.found import DEV, PROJECT, Basket, git_url, items, pep508, rows, texts, written
from venvoy.formats.marker_parts import settled
from venvoy.model.names import canonicalize_name
from venvoy.model.requirement import Origin
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from venvoy.formats.foreign.found import Found

_EXTRA = pattern(r"extra == '([^']+)'")
_LISTS = {
    "constraint-dependencies": "constraints",
    "override-dependencies": "overrides",
    "exclude-dependencies": "exclude",
    "build-constraint-dependencies": "build-constraints",
    "required-environments": "required-environments",
    "default-groups": "default-groups",
    "extra-index-url": "extra-index-url",
    "find-links": "find-links",
    "no-binary-package": "no-binary",
    "no-build-package": "only-binary",
    "no-build-isolation-package": "no-build-isolation",
}
_SYSTEMS = (("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt"))
_PYTHONS = tuple({"python_version": text, "python_full_version": f"{text}.0"} for text in ("3.9", "3.15"))
_FINER = pattern(r"machine|implementation|release|platform_version|extra")
_TEXTS = ("index-url", "exclude-newer", "resolution")
_SWITCHES = ("no-index", "package")
_TAKEN = frozenset({*_LISTS, *_TEXTS, *_SWITCHES, "dev-dependencies", "sources", "index", "prerelease", "conflicts"})


def read(data: Mapping[str, Any], file: str) -> Found:
    """What ``[tool.uv]`` says; what stands in [project] and [dependency-groups] is the standard's."""
    table: Mapping[str, Any] = data["tool"]["uv"]
    basket = Basket("uv", file)
    for text in texts(table.get("dev-dependencies")):
        pep508(basket, DEV, text)
    indexes = _indexes(basket, table)
    groups = tuple(name for name, _ in items(data.get("dependency-groups")))
    _settings(basket, {**table, "default-groups": list(groups)} if table.get("default-groups") == "all" else table)
    named = dict(_asked(data))
    for name, source in items(table.get("sources")):
        _source(basket, name, source, indexes, named)
    rest = [key for key in table if key not in _TAKEN]
    if rest:
        basket.leave(f"{', '.join(rest)} in [tool.uv]", "venvoy does not know them; they stay there")
    return basket.done()


def _indexes(basket: Basket, table: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    indexes = {str(row.get("name")): row for row in rows(table.get("index")) if row.get("url")}
    for row in indexes.values():
        if not row.get("explicit"):
            basket.index(str(row["url"]), first=bool(row.get("default")))
    return indexes


def _settings(basket: Basket, table: Mapping[str, Any]) -> None:
    for key, setting in _LISTS.items():
        if isinstance(table.get(key), list):
            found = texts(table[key])
            gone = [text for text in found if key == "override-dependencies" and _never(text)]
            basket.extend(setting, *(text for text in found if text not in gone))
            if gone:
                basket.extend("exclude", *(Requirement(text).name for text in gone))
        elif table.get(key):
            basket.leave(f"{key} = {table[key]} in [tool.uv]", "venvoy has no such word for it")
    for key, kind in (*((key, str) for key in _TEXTS), *((key, bool) for key in _SWITCHES)):
        if isinstance(table.get(key), kind):
            basket.settings[key] = table[key]
    written = table.get("conflicts")
    conflicts = [rows(one) for one in written] if isinstance(written, list) else []
    own = tuple(one for one in conflicts if all(part.keys() in ({"extra"}, {"group"}) for part in one) and one)
    basket.settings.update({"conflicts": own} if own else {})
    if len(own) < len(conflicts):
        basket.leave("conflicts of other projects in [tool.uv]", "workspaces are not known here")
    if table.get("prerelease") == "allow":
        basket.settings["prereleases"] = True


def _never(text: str) -> bool:
    """Whether an override drops what others require, as uv's do where their marker is false: here it is everywhere."""
    try:
        marker = Requirement(text).marker
    except InvalidRequirement:
        return False
    if marker is None or _FINER.search(text):
        return False
    return not any(
        marker.evaluate({"sys_platform": name, "platform_system": system, "os_name": kind, **python})
        for name, system, kind in _SYSTEMS
        for python in _PYTHONS
    )


def lock(data: Mapping[str, Any], file: str) -> Found:
    """What uv.lock says: versions, and what the project itself asks for, as the file repeats it."""
    basket = Basket("uv", file)
    for row in rows(data.get("package")):
        source = row.get("source", {})
        own = isinstance(source, dict) and ({"virtual", "editable"} & set(source))
        if own and next(iter(source.values())) == ".":
            basket.facts["name"] = str(row.get("name"))
            basket.facts["version"] = str(row.get("version", ""))
            metadata = dict(items(row.get("metadata")))
            for wish in rows(metadata.get("requires-dist")):
                _wish(basket, PROJECT, wish)
            for group, wishes in items(metadata.get("requires-dev")):
                for wish in rows(wishes):
                    _wish(basket, Origin("group", canonicalize_name(group)), wish)
        elif not own:
            basket.lock(str(row.get("name")), row.get("version"), texts(row.get("resolution-markers")))
    if isinstance(data.get("requires-python"), str):
        basket.facts["requires_python"] = data["requires-python"].replace(" ", "")
        basket.facts["python_before"] = f'requires-python = "{data["requires-python"]}"'
    return basket.done()


def _wish(basket: Basket, table: Origin, row: Mapping[str, Any]) -> None:
    marker = str(row.get("marker", ""))
    for extra in _EXTRA.findall(marker):
        whole = Marker(_EXTRA.sub(r"'\1' in extras", marker))
        left = {**row, "marker": settled(whole, (canonicalize_name(extra),), ()) or ""}
        _wish(basket, Origin("extra", canonicalize_name(extra)), left)
    if _EXTRA.search(marker):
        return
    name, url, source = str(row.get("name")), "", None
    if "git" in row:
        address, _, query = str(row["git"]).partition("?")
        wanted = dict(part.partition("=")[::2] for part in query.split("&") if part)
        revision = wanted.get("rev") or wanted.get("tag") or wanted.get("branch") or ""
        url = git_url(address.partition("#")[0], revision=revision, subdirectory=wanted.get("subdirectory", ""))
    elif "url" in row:
        url = str(row["url"])
    for key in ("editable", "directory", "path"):
        if key in row:
            source = {"path": str(row[key]), **({"editable": True} if key == "editable" else {})}
    specifier = "" if url or source else str(row.get("specifier", "")).replace(" ", "")
    text = written(name, specifier, texts(row.get("extras")), [marker] if marker else [], url)
    basket.add(table, text, text, source=source or ({"index": str(row["index"])} if row.get("index") else None))


def _source(
    basket: Basket, name: str, source: object, indexes: Mapping[str, Mapping[str, Any]], named: Mapping[str, Origin]
) -> None:
    before = f"sources: {name}"
    if not isinstance(source, dict) or source.get("marker") or source.get("workspace"):
        workspace = isinstance(source, dict) and source.get("workspace")
        why = "workspaces are not known here" if workspace else "one source a name is known here"
        basket.leave(before, f"{why}; write it into [tool.venvoy.sources]")
        return
    row: dict[str, object] = {}
    if "index" in source and str(source["index"]) in indexes:
        row["index"] = str(indexes[str(source["index"])]["url"])
    for key in ("path", "editable", "git", "tag", "branch", "rev", "subdirectory", "url"):
        if key in source:
            row[key] = source[key]
    if row:
        basket.add(named.get(canonicalize_name(name), PROJECT), before, canonicalize_name(name), source=row)
    else:
        basket.leave(before, "this source cannot be understood")


def _asked(data: Mapping[str, Any]) -> Iterator[tuple[str, Origin]]:
    """Which list asks for a name first: later ones win here, so they come in reverse order."""
    project = dict(items(data.get("project")))
    lists = [
        (Origin("group", canonicalize_name(name)), wanted) for name, wanted in items(data.get("dependency-groups"))
    ]
    for name, wanted in items(project.get("optional-dependencies")):
        lists.append((Origin("extra", canonicalize_name(name)), wanted))
    for origin, wanted in (*lists, (PROJECT, project.get("dependencies"))):
        for text in texts(wanted):
            yield canonicalize_name(_word(text)), origin


def _word(text: str) -> str:
    for place, sign in enumerate(text):
        if not (sign.isalnum() or sign in "._-"):
            return text[:place]
    return text
