"""Every setting, once: its type, default, flag, environment variable, ``[tool.venvoy]`` key and meaning.

The fields of :class:`Settings` are the table. A flag wins over a variable, a variable over pyproject.toml, that over
the default, and ``Settings.sources`` says which one it was. This module alone reads ``os.environ``.
"""

from __future__ import annotations

import os
import re
from enum import Enum
from pathlib import Path

from venvoy.errors import Problem
from venvoy.errors import near as near_words
from venvoy.system import program
from venvoy.system.fs import LinkMode
from venvoy.values import MISSING, TYPE_CHECKING, dataclass, field, fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any


class Color(Enum):
    """When to colour what people read; AUTO is on a terminal only."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Order(Enum):
    """Which versions are tried first."""

    HIGHEST = "highest"
    LOWEST = "lowest"
    LOWEST_DIRECT = "lowest-direct"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: what people are told it takes, how it is read, and how its flag behaves.

    ``read`` gets the value and the folder that a relative path starts at, and raises ValueError. ``metavar`` is empty
    for a flag without a value; ``many`` means that the flag can be repeated.
    """

    takes: str
    read: Callable[[object, str], object]
    metavar: str = ""
    many: bool = False
    choices: tuple[str, ...] = ()


def _switch(value: object, _: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise ValueError


def _text(value: object, _: str) -> str:
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise ValueError


def _url(value: object, _: str) -> str:
    text = _text(value, _)
    if re.match(r"(?:https?://[^\s/]|file:/)\S+$", text):
        return text
    raise ValueError


def _path(value: object, folder: str) -> Path:
    path = value if isinstance(value, Path) else Path(_text(value, folder)).expanduser()
    return Path(folder, path).absolute()  # other programs are started in other folders


def _each(read: Callable[[object, str], object], separator: str) -> Callable[[object, str], object]:
    def read_each(value: object, folder: str) -> tuple[object, ...]:
        items = [item for item in re.split(separator, value) if item] if isinstance(value, str) else value
        if not isinstance(items, (list, tuple)):
            raise ValueError  # noqa: TRY004 - one kind of refusal
        return tuple(read(item, folder) for item in items)

    return read_each


def _place(value: object, folder: str) -> str:
    text = _text(value, folder)
    return text if re.match(r"[a-z]+:/", text) else str(_path(text, folder))


def _config(value: object, _: str) -> tuple[str, ...]:
    if isinstance(value, dict):
        pairs = [(key, each if isinstance(each, list) else [each]) for key, each in value.items()]
        value = [f"{key}={one}" for key, each in pairs for one in each]
    items = [line.strip() for line in value.splitlines()] if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)):
        raise ValueError  # noqa: TRY004 - one kind of refusal
    if not all(isinstance(item, str) and re.match(r"[^=\s]+=", item) for item in items if item):
        raise ValueError
    return tuple(item for item in items if item)


def _number(least: int, kind: type[int | float]) -> Callable[[object, str], object]:
    def read(value: object, _: str) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError  # noqa: TRY004 - one kind of refusal
        number = kind(value)
        if number != float(value) or not least <= number < float("inf"):
            raise ValueError
        return number

    return read


_UNITS = {"": 1, **{letter: 1000**power for power, letter in enumerate("kmgt", 1)}}
_UNITS |= {f"{letter}i": 1024**power for power, letter in enumerate("kmgt", 1)}


def _size(value: object, _: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]i?|)b?", value.strip().lower()) if isinstance(value, str) else None
    if match is None:
        raise ValueError
    return int(float(match[1]) * _UNITS[match[2]])


def _one_of(choices: type[Enum]) -> Kind:
    words = tuple(str(choice.value) for choice in choices)
    return Kind(f"one of {', '.join(words)}", lambda value, _: choices(value), "WHICH", choices=words)


SWITCH = Kind("true or false", _switch)
TEXT = Kind('a text in quotes, such as "3.12"', _text, "TEXT")
URL = Kind("an address that begins with https://, http:// or file:", _url, "URL")
URLS = Kind("addresses that begin with https://, http:// or file:", _each(_url, r"\s+"), "URL", many=True)
PLACES = Kind("folders or addresses", _each(_place, r"\s+"), "PLACE", many=True)
NAMES = Kind("names", _each(_text, r"[\s,]+"), "NAME", many=True)
MARKERS = Kind("markers, with a semicolon between them in a variable", _each(_text, ";"), "MARKER", many=True)
REQUIREMENTS = Kind("requirements, one a line in a variable", _each(_text, r"\n"), "REQUIREMENT", many=True)
MOMENT = Kind("a day or a moment, or how long ago: 2026-05-01, 7 days", _text, "WHEN")
PATH = Kind("a folder", _path, "DIR")
COUNT = Kind("a whole number, 1 or more", _number(1, int), "N")
SIZE = Kind("a size such as 500 MB or 2 GB, or a number of bytes", _size, "SIZE")
CONFIG = Kind("KEY=VALUE texts, or a table", _config, "KEY=VALUE", many=True)
SECONDS = Kind("a number of seconds, 0 or more", _number(0, float), "SECONDS")
LINK_MODE, COLOR, ORDER = _one_of(LinkMode), _one_of(Color), _one_of(Order)


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table; ``flag``, ``variable`` and ``key`` are empty where that source does not exist."""

    name: str
    kind: Kind
    default: object
    flag: str
    variable: str
    key: str
    help: str


def _setting(kind: Kind, *, default: object, help: str, flag: str = "", flag_only: bool = False) -> Any:  # noqa: A002, ANN401 - "help" as click has it; a dataclass field has the type of its annotation
    metadata = {"kind": kind, "help": help, "flag": flag, "flag_only": flag_only}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings in force; ``sources`` maps each one's name to where its value comes from."""

    cache_dir: Path = _setting(PATH, default=MISSING, help="Where downloads and unpacked wheels are kept.")
    offline: bool = _setting(SWITCH, default=False, help="Never use the network: only what is in the cache.")
    index_url: str | None = _setting(URL, default=None, help="The index to take distributions from, instead of pip's.")
    extra_index_url: tuple[str, ...] = _setting(
        URLS, default=(), help="Further indexes, asked before index-url; the first that knows a name owns it."
    )
    find_links: tuple[str, ...] = _setting(PLACES, default=(), help="Folders or pages with further wheels.")
    no_index: bool = _setting(SWITCH, default=False, help="Use no index, only find-links.")
    prereleases: bool = _setting(
        SWITCH, default=False, help="Pre-releases count as much as final versions.", flag="--pre"
    )
    only_binary: tuple[str, ...] = _setting(
        NAMES, default=(), help="Names of which no source distribution is taken, only wheels; :all: for every name."
    )
    no_binary: tuple[str, ...] = _setting(
        NAMES,
        default=(),
        help="Names that are built from source, whatever wheels there are; :all: for every name, if build allows it.",
    )
    resolution: Order = _setting(
        ORDER, default=Order.HIGHEST, help="Which versions are tried first; lowest-direct: of what you name yourself."
    )
    prerelease_names: tuple[str, ...] = _setting(
        NAMES, default=(), help="Names whose pre-releases count as much as final versions.", flag="--pre-name"
    )
    exclude_newer: str | None = _setting(
        MOMENT, default=None, help="Leave out what was uploaded after a day or moment, or more recently than that."
    )
    constraints: tuple[str, ...] = _setting(
        REQUIREMENTS, default=(), help="Bounds for what is needed anyway, such as numpy<2.3.", flag="--constraint"
    )
    overrides: tuple[str, ...] = _setting(
        REQUIREMENTS, default=(), help="What holds of a name, whatever others require of it.", flag="--override"
    )
    exclude: tuple[str, ...] = _setting(
        NAMES, default=(), help="Names that are never installed, whoever requires them."
    )
    build: tuple[str, ...] = _setting(
        NAMES,
        default=(),
        help="Names whose source distributions may be built, which runs their code; :all: for every name.",
    )
    build_constraints: tuple[str, ...] = _setting(
        REQUIREMENTS,
        default=(),
        help="Bounds for what is needed for building, such as setuptools<82.",
        flag="--build-constraint",
    )
    config_settings: tuple[str, ...] = _setting(
        CONFIG, default=(), help="What build backends are told (PEP 517).", flag="--config-setting"
    )
    no_build_isolation: tuple[str, ...] = _setting(
        NAMES,
        default=(),
        help="Names that are built in the project's environment, with what is there; :all: for every name.",
    )
    package: bool | None = _setting(
        SWITCH, default=None, help="Whether the project itself is installed; unset: when it has a [build-system]."
    )
    no_install_project: bool = _setting(
        SWITCH, default=False, help="Do not install the project itself, only what it needs."
    )
    no_editable: bool = _setting(
        SWITCH, default=False, help="Install the project itself as a copy: an edit counts only after the next sync."
    )
    python: str | None = _setting(TEXT, default=None, help="The interpreter to use: a version, a command, or a path.")
    env: str | None = _setting(
        TEXT, default=None, help="The environment of [tool.venvoy.environments] to work with; unset: that in .venv."
    )
    store_environments: bool = _setting(
        SWITCH, default=False, help="Keep the environments of projects in one place, not in the projects."
    )
    environments_dir: Path | None = _setting(
        PATH, default=None, help="That place; unset: a folder among the user's data."
    )
    default_groups: tuple[str, ...] = _setting(
        NAMES,
        default=("dev",),
        help="The dependency groups that are installed unless told otherwise.",
        flag="--default-group",
    )
    targets: tuple[str, ...] = _setting(
        NAMES,
        default=(),
        help="What the lockfile is for, such as linux-x86_64; unset: Linux, macOS and Windows on both usual machines.",
        flag="--target",
    )
    required_environments: tuple[str, ...] = _setting(
        MARKERS,
        default=(),
        help="Where there must be a solution, on one target with each Python; others may be left out.",
        flag="--required-environment",
    )
    strict_targets: bool = _setting(SWITCH, default=False, help="No target may be left out of the lockfile.")
    link_mode: LinkMode = _setting(
        LINK_MODE, default=LinkMode.AUTO, help="How files get from the cache into an environment."
    )
    compile_bytecode: bool = _setting(
        SWITCH,
        default=False,
        help="Compile modules before they are first imported, once for all environments with the same Python.",
    )
    max_store_size: int | None = _setting(
        SIZE,
        default=None,
        help="How large the store of unpacked wheels may get; what environments need stays whatever it is.",
        flag="--max-size",
    )
    concurrency: int = _setting(COUNT, default=8, help="How many downloads may run at once.")
    history_depth: int = _setting(COUNT, default=10, help="How many changes of a project can be undone.")
    git_timeout: float = _setting(
        SECONDS, default=60.0, help="How long a git server may take to answer; fetching may take ten times as long."
    )
    lock_timeout: float = _setting(SECONDS, default=300.0, help="How long to wait for another venvoy that is at work.")
    quiet: bool = _setting(SWITCH, default=False, help="Say only what went wrong.", flag="-q, --quiet")
    verbose: bool = _setting(SWITCH, default=False, help="Say more about what is done.", flag="-v, --verbose")
    color: Color = _setting(
        COLOR, default=Color.AUTO, help="When to colour the output; NO_COLOR and FORCE_COLOR count too."
    )
    json: bool = _setting(SWITCH, default=False, help="Print one JSON document on the standard output.")
    locked: bool = _setting(SWITCH, default=False, help="Stop if the lockfile would have to change.", flag_only=True)
    frozen: bool = _setting(
        SWITCH, default=False, help="Use the lockfile as it is, without looking at pyproject.toml.", flag_only=True
    )
    sources: Mapping[str, str] = field(default_factory=dict)


def _rows() -> Iterator[Setting]:
    for row in fields(Settings):
        if "kind" not in row.metadata:
            continue
        dashed = row.name.replace("_", "-")
        only = row.metadata["flag_only"]
        yield Setting(
            name=row.name,
            kind=row.metadata["kind"],
            default=None if row.default is MISSING else row.default,
            flag=row.metadata["flag"] or f"--{dashed}",
            variable="" if only else f"VENVOY_{row.name.upper()}",
            key="" if only else dashed,
            help=row.metadata["help"],
        )


TABLE: tuple[Setting, ...] = tuple(_rows())
"""Every setting, in the order in which people shall read them."""


def environment() -> dict[str, str]:
    """A copy of the environment variables: nothing else in venvoy reads them."""
    try:
        Path.home()
    except RuntimeError:  # an account without a name and a home, as containers have
        os.environ["HOME"] = "/"
    return dict(os.environ)


def load(
    environ: Mapping[str, str],
    tool_table: Mapping[str, object] | None = None,
    flags: Mapping[str, object] | None = None,
    where: str = "pyproject.toml",
) -> Settings:
    """Find the settings in force.

    Args:
        environ: the environment variables; an empty one counts as unset.
        tool_table: the ``[tool.venvoy]`` table; relative paths in it start at its file's folder.
        flags: values of flags by the setting's name; None and () mean that the flag was not given.
        where: the path of the file that the table is in.

    Raises:
        Problem: setting-invalid, for a wrong value (with its source) or an unknown key (with near names).
    """
    table, given = tool_table or {}, flags or {}
    _check_keys(table, where)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for setting in TABLE:
        found = _find(setting, environ, table, given)
        if found is None:
            sources[setting.name] = "default"
            continue
        value, source = found
        sources[setting.name] = source
        folder = str(Path(where).parent) if source == "pyproject.toml" else ""
        try:
            values[setting.name] = setting.kind.read(value, folder)
        except (ValueError, OverflowError, RuntimeError) as error:
            raise _wrong(setting, value, source, where) from error
    if "cache_dir" not in values:
        values["cache_dir"] = _default_cache(environ)
    return Settings(**values, sources=sources)


def render_table() -> str:
    """The table of all settings, in Markdown, for ``docs/settings.md``."""
    lines = ["| Setting | Takes | Default | Flag | Variable | `[tool.venvoy]` |", "|---|---|---|---|---|---|"]
    for setting in TABLE:
        cells = [setting.help, setting.kind.takes, _shown(setting)]
        cells += [f"`{text}`" if text else "" for text in (_flag(setting), setting.variable, setting.key)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _find(
    setting: Setting, environ: Mapping[str, str], table: Mapping[str, object], flags: Mapping[str, object]
) -> tuple[object, str] | None:
    value = flags.get(setting.name)
    if value is not None and value != ():
        return value, f"flag {setting.flag.rpartition(' ')[2]}"
    if text := environ.get(setting.variable):
        return text, f"variable {setting.variable}"
    if setting.name == "color":
        # https://no-color.org: any text that is not empty counts; FORCE_COLOR is its counterpart.
        if environ.get("NO_COLOR"):
            return "never", "variable NO_COLOR"
        if environ.get("FORCE_COLOR", "0") not in ("", "0"):
            return "always", "variable FORCE_COLOR"
    if setting.key and setting.key in table:
        return table[setting.key], "pyproject.toml"
    return None


def _default_cache(environ: Mapping[str, str]) -> Path:
    if usual := program.cache_folder(environ):
        return Path(usual)
    import platformdirs  # noqa: PLC0415 - 24 ms

    return Path(platformdirs.user_cache_dir("venvoy", appauthor=False))


_OTHER_KEYS = ("conflicts", "environments", "sources")
"""Keys of ``[tool.venvoy]`` that are no settings but facts of the project, read with the rest of it."""


def _check_keys(table: Mapping[str, object], where: str) -> None:
    known = [*(setting.key for setting in TABLE if setting.key), *_OTHER_KEYS]
    for key in table:
        if key not in known:
            raise Problem(
                "setting-invalid",
                f"[tool.venvoy] has the key {key!r}, which venvoy does not know.",
                fix=(_near(key, known) or f"Take it out. The keys are: {', '.join(sorted(known))}.",),
                where=where,
                data={"setting": key, "known": sorted(known)},
            )


def _wrong(setting: Setting, value: object, source: str, where: str) -> Problem:
    in_file = source == "pyproject.toml"
    named = f"{setting.key} in [tool.venvoy]" if in_file else source.partition(" ")[2]
    shown = re.sub(r"//[^/@\s]*@", "//***@", f"{value!r}")
    fix = _near(str(value), setting.kind.choices) or (
        f"Correct the environment variable {named}, or unset it."
        if source.startswith("variable")
        else f"Correct {named}."
    )
    return Problem(
        "setting-invalid",
        f"{named} cannot be {shown}.",
        why=f"It takes {setting.kind.takes}.",
        fix=(fix,),
        where=where if in_file else "",
        data={"setting": setting.name, "source": source},
    )


def _near(word: str, known: Sequence[str]) -> str:
    near = near_words(word, known)
    return f"Did you mean {' or '.join(map(repr, near))}?" if near else ""


def _flag(setting: Setting) -> str:
    return f"{setting.flag} {setting.kind.metavar}".rstrip()


def _shown(setting: Setting) -> str:
    if setting.name == "cache_dir":
        return "the user's cache folder"
    default = setting.default
    if default is None or default == ():
        return ""
    if isinstance(default, tuple):
        return ", ".join(f"`{item}`" for item in default)
    if isinstance(default, Enum):
        default = default.value
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
