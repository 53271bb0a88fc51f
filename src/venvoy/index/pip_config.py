"""pip's own configuration: its files and its ``PIP_*`` variables, each value with the place it comes from.

The order is pip's: global files, the user's (old place, then new), the environment's, the file that PIP_CONFIG_FILE
names, then variables; later ones win. Within the files section ``[install]`` wins over ``[global]``.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
from pathlib import Path
from typing import Generic, TypeVar

from venvoy.errors import Problem
from venvoy.patterns import pattern
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

T = TypeVar("T")

_SECTIONS = ("global", "install")
_ALIASES = {"default-timeout": "timeout", "pypi-url": "index-url"}
_TRUE = frozenset({"y", "yes", "t", "true", "on", "1"})
_FALSE = frozenset({"n", "no", "f", "false", "off", "0"})
_LINE = pattern(r"\[line:?\s*(\d+)\]|line (\d+)")


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T]):
    """A value and where it was set: ``…/pip.conf [global]`` or ``PIP_INDEX_URL``; empty for a default."""

    value: T
    source: str = ""


@dataclass(frozen=True, slots=True)
class PipConfig:
    """What pip would use. Addresses are as written, so they may hold credentials: never print one.

    ``timeout`` is in seconds.
    """

    index_url: Sourced[str] = field(default_factory=lambda: Sourced(""))
    extra_index_url: Sourced[tuple[str, ...]] = field(default_factory=lambda: Sourced(()))
    find_links: Sourced[tuple[str, ...]] = field(default_factory=lambda: Sourced(()))
    no_index: Sourced[bool] = field(default_factory=lambda: Sourced(False))  # noqa: FBT003 - a value, not a switch
    cert: Sourced[str] = field(default_factory=lambda: Sourced(""))
    client_cert: Sourced[str] = field(default_factory=lambda: Sourced(""))
    proxy: Sourced[str] = field(default_factory=lambda: Sourced(""))
    trusted_host: Sourced[tuple[str, ...]] = field(default_factory=lambda: Sourced(()))
    timeout: Sourced[float] = field(default_factory=lambda: Sourced(15.0))
    retries: Sourced[int] = field(default_factory=lambda: Sourced(5))


def load(environ: Mapping[str, str], *, platform: str, prefix: str = "") -> PipConfig:
    """Read pip's configuration.

    Args:
        environ: the environment variables.
        platform: as ``sys.platform`` names it.
        prefix: the root of the environment whose own file counts too (``sys.prefix``); empty for none.

    Raises:
        Problem: ``pip-config-invalid`` with file and line, ``permission-denied`` or ``file-error``.
    """
    values: dict[str, dict[str, Sourced[str]]] = {section: {} for section in _SECTIONS}
    for path in config_files(environ, platform, prefix):
        _read(path, values)
    merged = {**values["global"], **values["install"], **_variables(environ)}
    return PipConfig(
        index_url=_text(merged, "index-url"),
        extra_index_url=_list(merged, "extra-index-url"),
        find_links=_list(merged, "find-links"),
        no_index=_switch(merged, "no-index"),
        cert=_text(merged, "cert"),
        client_cert=_text(merged, "client-cert"),
        proxy=_text(merged, "proxy"),
        trusted_host=_list(merged, "trusted-host"),
        timeout=_number(merged, "timeout", 15.0),
        retries=_whole(merged, "retries", 5),
    )


def config_files(environ: Mapping[str, str], platform: str, prefix: str = "") -> list[str]:
    """Where pip looks for its configuration, in order, whether the files are there or not."""
    named = environ.get("PIP_CONFIG_FILE", "")
    if named and named == os.devnull:
        return []
    paths = list(_global_files(environ, platform))
    if not (named and Path(named).exists()):
        paths.extend(_user_files(environ, platform))
    join = _path_module(platform).join
    if prefix:
        paths.append(join(prefix, _basename(platform)))
    return [*paths, named] if named else paths


def home(environ: Mapping[str, str], platform: str) -> str:
    """The user's home folder, as pip finds it; empty when the environment does not tell."""
    if platform == "win32":
        drive = environ.get("HOMEDRIVE", "") + environ.get("HOMEPATH", "")
        return environ.get("USERPROFILE", "") or drive
    return environ.get("HOME", "")


def _path_module(platform: str) -> ModuleType:
    return ntpath if platform == "win32" else posixpath


def _basename(platform: str) -> str:
    return "pip.ini" if platform == "win32" else "pip.conf"


def _global_files(environ: Mapping[str, str], platform: str) -> Iterator[str]:
    if platform == "win32":
        yield ntpath.join(environ.get("PROGRAMDATA", "C:\\ProgramData"), "pip", "pip.ini")
    elif platform == "darwin":
        yield "/Library/Application Support/pip/pip.conf"
    else:
        folders = environ.get("XDG_CONFIG_DIRS", "") or "/etc/xdg"
        for folder in filter(None, folders.split(":")):
            yield posixpath.join(folder, "pip", "pip.conf")
        yield "/etc/pip.conf"


def _user_files(environ: Mapping[str, str], platform: str) -> Iterator[str]:
    place = home(environ, platform)
    if platform == "win32":
        if place:
            yield ntpath.join(place, "pip", "pip.ini")
        roaming = environ.get("APPDATA", "") or (ntpath.join(place, "AppData", "Roaming") if place else "")
        if roaming:
            yield ntpath.join(roaming, "pip", "pip.ini")
        return
    if place:
        yield posixpath.join(place, ".pip", "pip.conf")
    if platform == "darwin" and place:
        own = posixpath.join(place, "Library", "Application Support", "pip")
        chosen = own if Path(own).is_dir() else posixpath.join(place, ".config", "pip")
        yield posixpath.join(chosen, "pip.conf")
        return
    folder = environ.get("XDG_CONFIG_HOME", "") or (posixpath.join(place, ".config") if place else "")
    if folder:
        yield posixpath.join(folder, "pip", "pip.conf")


def _read(path: str, values: dict[str, dict[str, Sourced[str]]]) -> None:
    try:
        content = Path(path).read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return
    except OSError as error:
        raise fs.problem(error, "read pip's configuration", path) from error
    import configparser  # noqa: PLC0415 - only where there is such a file

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(content.decode("utf-8-sig"), path)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _invalid("It is not written in UTF-8.", f"{path}:{line}") from None
    except configparser.Error as error:
        where, why = _fault(error, path, content.decode("utf-8-sig").splitlines())
        raise _invalid(why, where) from None
    for section in _SECTIONS:
        if parser.has_section(section):
            for name, value in parser.items(section):
                if value and value.strip():
                    values[section][_key(name)] = Sourced(value.strip(), f"{path} [{section}]")


def _fault(error: Exception, path: str, lines: list[str]) -> tuple[str, str]:
    import configparser  # noqa: PLC0415 - it is there by now

    if isinstance(error, configparser.MissingSectionHeaderError):
        return f"{path}:{error.lineno}", "A section such as [global] must come before the first setting."
    if isinstance(error, configparser.ParsingError) and error.errors:
        line = error.errors[0][0]
        return (
            f"{path}:{line}",
            f"This line is no setting: {lines[line - 1].strip()}\nA setting looks like this: timeout = 60",
        )
    if isinstance(error, configparser.DuplicateSectionError):
        return f"{path}:{error.lineno}", f"The section [{error.section}] is there twice."
    if isinstance(error, configparser.DuplicateOptionError):
        return f"{path}:{error.lineno}", f"“{error.option}” is set twice in the section [{error.section}]."
    found = _LINE.search(str(error))
    return f"{path}:{found[1] or found[2]}" if found else path, str(error).replace("\n", " ")


def _variables(environ: Mapping[str, str]) -> dict[str, Sourced[str]]:
    return {
        _key(name[4:]): Sourced(value.strip(), name)
        for name, value in environ.items()
        if name.upper().startswith("PIP_") and value.strip()
    }


def _key(name: str) -> str:
    key = name.lower().replace("_", "-").removeprefix("--")
    return _ALIASES.get(key, key)


def _text(values: Mapping[str, Sourced[str]], key: str) -> Sourced[str]:
    return values.get(key, Sourced(""))


def _list(values: Mapping[str, Sourced[str]], key: str) -> Sourced[tuple[str, ...]]:
    found = values.get(key, Sourced(""))
    return Sourced(tuple(found.value.split()), found.source)


def _switch(values: Mapping[str, Sourced[str]], key: str) -> Sourced[bool]:
    found = values.get(key)
    if found is None:
        return Sourced(False)  # noqa: FBT003 - a value, not a switch
    if found.value.lower() not in _TRUE | _FALSE:
        raise _invalid(f"{key} must be true or false, but it is “{found.value}”.", found.source)
    return Sourced(found.value.lower() in _TRUE, found.source)


def _number(values: Mapping[str, Sourced[str]], key: str, default: float) -> Sourced[float]:
    found = values.get(key)
    if found is None:
        return Sourced(default)
    try:
        number = float(found.value)
    except ValueError:
        number = -1.0
    if not 0 < number < float("inf"):
        raise _invalid(f"{key} must be a number of seconds, but it is “{found.value}”.", found.source)
    return Sourced(number, found.source)


def _whole(values: Mapping[str, Sourced[str]], key: str, default: int) -> Sourced[int]:
    found = values.get(key)
    if found is None:
        return Sourced(default)
    if not found.value.isdecimal():
        raise _invalid(f"{key} must be a whole number, but it is “{found.value}”.", found.source)
    return Sourced(int(found.value), found.source)


def _invalid(why: str, where: str) -> Problem:
    variable = where.upper().startswith("PIP_")
    fix = f"Correct or unset the variable {where}." if variable else "Correct the file, then run the command again."
    return Problem("pip-config-invalid", "pip's configuration is broken.", why=why, fix=(fix,), where=where)
