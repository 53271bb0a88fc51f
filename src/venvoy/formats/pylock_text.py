"""A lockfile as text: the same lock always gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timezone

from packaging.version import Version

from venvoy.formats import filenames, toml
from venvoy.formats.pylock_files import Wheels, line_of
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.pylock import Package, PackageWheel, Pylock

    from venvoy.formats.pylock_draft import Draft, DraftPackage

_TOP = (
    "lock-version",
    "environments",
    "requires-python",
    "extras",
    "dependency-groups",
    "default-groups",
    "created-by",
)
_PACKAGE = ("name", "version", "marker", "requires-python", "dependencies", "vcs", "directory", "archive", "index")
_PACKAGE_END = ("sdist", "wheels", "attestation-identities", "tool")
_VCS = ("type", "url", "path", "requested-revision", "commit-id", "subdirectory")
_SOURCES = {
    "vcs": _VCS,
    "directory": ("path", "editable", "subdirectory"),
    "archive": ("url", "path", "size", "upload-time", "hashes", "subdirectory"),
}
_ONE_A_LINE = frozenset({"environments", "dependencies", "attestation-identities"})


def render(lock: Pylock | Draft) -> str:
    r"""Give the text of pylock.toml.

    Keys are in the order of PEP 751, packages sorted by name, version and marker, wheels by file name (see
    :func:`venvoy.formats.filenames.preferred`).

    Lines end in ``\n``, whatever the system. Upload times are in UTC; one without a time zone is taken as UTC.
    """
    lines: list[str] = []
    for key in _TOP:
        _statement(lines, key, getattr(lock, key.replace("-", "_")))
    if not lock.packages:
        lines.append("packages = []")
    for package in sorted(lock.packages, key=_order):
        lines += ["", "[[packages]]"]
        for key in (*_PACKAGE, *_PACKAGE_END):
            value = getattr(package, key.replace("-", "_"))
            if key == "wheels" and value:
                lines.append("wheels = [")
                lines += [f"    {each}," for each in _in_order(value)]
                lines.append("]")
                continue
            if key == "sdist" and value is not None:
                lines.append(f"sdist = {value if isinstance(value, str) else line_of(value)}")
                continue
            if key in _SOURCES and value is not None:
                value = _fields(value, _SOURCES[key])
            _statement(lines, key, value)
    _tools(lines, lock.tool or {})
    return "\n".join(lines) + "\n"


def _in_order(wheels: Sequence[PackageWheel]) -> Sequence[str]:
    names = list(wheels.filenames() if isinstance(wheels, Wheels) else (wheel.filename for wheel in wheels))
    texts = wheels.lines if isinstance(wheels, Wheels) else list(map(line_of, wheels))
    return [texts[at] for at in filenames.preferred(names)]


def _tools(lines: list[str], tools: Mapping[str, object]) -> None:
    loose = {key: value for key, value in tools.items() if not isinstance(value, Mapping)}
    if loose:
        lines += ["", "[tool]", *(f"{toml.key(key)} = {literal(value)}" for key, value in loose.items())]
    for name, table in tools.items():
        if isinstance(table, Mapping):
            lines += ["", f"[tool.{toml.key(name)}]"]
            lines += [f"{toml.key(key)} = {literal(value)}" for key, value in table.items()]


def _order(package: Package | DraftPackage) -> tuple[str, Version, str, str]:
    return package.name, package.version or Version("0.dev0"), str(package.marker or ""), str(package.index or "")


def _statement(lines: list[str], key: str, value: object) -> None:
    if value is None:
        return
    if key in _ONE_A_LINE and isinstance(value, Sequence):
        _list(lines, key, value)
    else:
        lines.append(f"{key} = {literal(value)}")


def _list(lines: list[str], key: str, items: Sequence[object]) -> None:
    if not items:
        lines.append(f"{key} = []")
        return
    lines.append(f"{key} = [")
    lines.extend(f"    {literal(item)}," for item in items)
    lines.append("]")


def _fields(source: object, keys: tuple[str, ...]) -> dict[str, object]:
    values = {key: getattr(source, key.replace("-", "_")) for key in keys}
    if isinstance(hashes := values.get("hashes"), Mapping):
        values["hashes"] = dict(sorted(hashes.items()))
    if isinstance(uploaded := values.get("upload-time"), datetime):
        values["upload-time"] = (
            uploaded.astimezone(timezone.utc) if uploaded.tzinfo else uploaded.replace(tzinfo=timezone.utc)
        )
    return values


def literal(value: object) -> str:
    """A value as TOML, on one line."""
    if isinstance(value, str):
        return toml.quote(value)
    if isinstance(value, (int, float)):
        return repr(value).lower()  # true and false; numbers have no capital letters
    if isinstance(value, (dict, Mapping)):  # dict spares the slow question to the abstract class
        entries = ", ".join(f"{toml.key(key)} = {literal(item)}" for key, item in value.items() if item is not None)
        return f"{{ {entries} }}" if entries else "{}"
    if isinstance(value, (list, Sequence)):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, (date, time)):
        return value.isoformat().replace("+00:00", "Z")
    return toml.quote(str(value))
