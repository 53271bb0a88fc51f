"""pipenv's Pipfile and Pipfile.lock.

Source: "Pipfile & Pipfile.lock" in pipenv's documentation; the lockfile's ``pipfile-spec`` 6.
"""

from __future__ import annotations

from packaging.markers import InvalidMarker, Marker

from venvoy.formats.foreign.found import DEV, PROJECT, Basket, git_url, items, rows, texts, written
from venvoy.model.names import canonicalize_name
from venvoy.model.requirement import Origin
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from venvoy.formats.foreign.found import Found

_VARIABLES = (
    "os_name",
    "sys_platform",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_version",
    "python_full_version",
    "implementation_name",
    "implementation_version",
)
_NO_PACKAGES = frozenset({"source", "requires", "scripts", "pipenv", "pipfile"})


def read(data: Mapping[str, Any], file: str) -> Found:
    """What a Pipfile says."""
    basket = Basket("pipenv", file)
    found = [row for row in rows(data.get("source")) if row.get("url")]
    sources = {str(row.get("name")): str(row["url"]) for row in found}
    for number, row in enumerate(found):
        if not number:
            basket.index(str(row["url"]), first=True)
        if row.get("verify_ssl") is False:
            basket.leave(f"verify_ssl = false of {row['url']}", "certificates are always checked")
    _requires(basket, data.get("requires"))
    settings = data.get("pipenv")
    if isinstance(settings, dict) and settings.get("allow_prereleases"):
        basket.settings["prereleases"] = True
    for name, command in items(data.get("scripts")):
        basket.leave(f"script {name}: {command}", "venvoy runs commands (venvoy run …), it keeps no list of them")
    for key, table in data.items():
        if key not in _NO_PACKAGES and isinstance(table, dict):
            origin = {"packages": PROJECT, "dev-packages": DEV}.get(key, Origin("group", canonicalize_name(key)))
            for name, value in table.items():
                _package(basket, origin, name, value, sources)
    return basket.done()


def lock(data: Mapping[str, Any], file: str) -> Found:
    """What Pipfile.lock says: versions, and every name, as it does not tell who needs whom."""
    basket = Basket("pipenv", file)
    for key, table in data.items():
        if key == "_meta" or not isinstance(table, dict):
            continue
        origin = {"default": PROJECT, "develop": DEV}.get(key, Origin("group", canonicalize_name(key)))
        for name, row in table.items():
            if not isinstance(row, dict):
                continue
            basket.lock(name, row.get("version", ""))
            change = "without bounds; the file does not tell what the project itself needs"
            bare = {key: value for key, value in row.items() if key not in {"version", "hashes", "index"}}
            _package(basket, origin, name, bare, {}, change, before=f"{name} {row.get('version', '')}".rstrip())
    return basket.done()


def _requires(basket: Basket, table: object) -> None:
    if not isinstance(table, dict):
        return
    full, short = table.get("python_full_version"), table.get("python_version")
    if full or short:
        key = "python_full_version" if full else "python_version"
        minor = ".".join(str(full or short).split(".")[:2])
        basket.facts |= {
            "requires_python": f">={minor}",
            "python_before": f'{key} = "{full or short}"',
            "python_change": "newer ones are let in; `venvoy python pin` names one",
        }


def _package(  # noqa: PLR0913, PLR0917 - a row and where it stands
    basket: Basket,
    table: Origin,
    name: str,
    value: object,
    sources: Mapping[str, str],
    change: str = "",
    before: str = "",
) -> None:
    before = before or f"{name} = {_shown(value)}"
    row: Mapping[str, Any] = value if isinstance(value, dict) else {"version": str(value)}
    version = str(row.get("version", "*")).strip()
    specifier = "" if version in {"*", ""} else version if version[0] in "<>=!~" else f"=={version}"
    markers = [str(row["markers"])] if row.get("markers") else []
    for variable in _VARIABLES:
        text = str(row.get(variable, "")).strip()
        if text:
            markers.append(
                f"{variable} {text}" if text[0] in "<>=!~" or "in " in text[:7] else f"{variable} == '{text}'"
            )
    try:
        condition = [str(Marker(marker)) for marker in markers]
    except InvalidMarker:
        basket.leave(before, "its markers are none (PEP 508)")
        return
    url, source = "", None
    if "git" in row:
        url = git_url(str(row["git"]), revision=str(row.get("ref", "")), subdirectory=str(row.get("subdirectory", "")))
        change = change or ("not editable any more" if row.get("editable") else "")
    elif "path" in row or "file" in row:
        place = str(row.get("path", row.get("file")))
        if "://" in place:
            url = place
        else:
            source = {"path": place, **({"editable": True} if row.get("editable") else {})}
    elif row.get("index") and sources.get(str(row["index"])) and row["index"] != next(iter(sources)):
        source = {"index": sources[str(row["index"])]}
    own = "path" in (source or {})
    if own and str((source or {})["path"]).rstrip("/\\") in {"", "."}:
        basket.add(table, before, "", source=source, extras=texts(row.get("extras")))
        return
    text = written(name, "" if url or own else specifier, texts(row.get("extras")), condition, url)
    basket.add(table, before, text, source=source, change=change)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()
