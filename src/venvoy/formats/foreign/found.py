"""What a file of another tool says, in the terms of pyproject.toml."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from venvoy.formats import bounds, requirements
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.requirement import Origin
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from venvoy.formats.requirements_txt import Item

_VARIABLE = "pyproject.toml knows no variables; write the address without one"
_INDEX = pattern(r"(?:https?://[^\s/]|file:/)\S+$")
PROJECT, DEV = Origin("project"), Origin("group", "dev")


@dataclass(frozen=True, slots=True)
class Entry:
    """One dependency: ``before`` as the other tool has it, ``requirement`` as pyproject.toml shall have it (PEP 508).

    ``source`` is its row in ``[tool.venvoy.sources]``. A folder whose project's name stands elsewhere has no
    requirement yet, only its ``extras`` and its ``marker``. ``change`` says what is not the same any more, in words.
    ``file`` is the file that it comes from.
    """

    table: Origin
    before: str
    requirement: str
    file: str
    source: Mapping[str, object] | None = field(default=None, hash=False)
    change: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """What was not taken over, and why not."""

    what: str
    why: str
    file: str


@dataclass(frozen=True, slots=True)
class Found:
    """All that a file says: dependencies, facts of the project, settings by their key, the versions it locks.

    ``tool`` is whose file it is. ``requires_python`` is what pyproject.toml shall say, ``python_change`` what is not
    the same in it. ``forks`` says of versions that are not for every environment where they are (a marker). ``remarks``
    are for people.
    """

    tool: str
    file: str
    entries: tuple[Entry, ...] = ()
    left: tuple[Left, ...] = ()
    name: str = ""
    version: str = ""
    description: str = ""
    requires_python: str = ""
    python_before: str = ""
    python_change: str = ""
    settings: Mapping[str, tuple[Any, ...] | bool | str] = field(default_factory=dict, hash=False)
    versions: Mapping[NormalizedName, tuple[Version, ...]] = field(default_factory=dict, hash=False)
    forks: Mapping[NormalizedName, Sequence[tuple[Version, str]]] = field(default_factory=dict, hash=False)
    remarks: tuple[str, ...] = ()


class Basket:
    """Collects what a reader finds; :meth:`done` makes it a value."""

    def __init__(self, tool: str, file: str) -> None:
        self.tool, self.file = tool, file
        self.entries: list[Entry] = []
        self.left: list[Left] = []
        self.facts: dict[str, str] = {}
        self.settings: dict[str, tuple[Any, ...] | bool | str] = {}
        self.versions: dict[NormalizedName, tuple[Version, ...]] = {}
        self.forks: dict[NormalizedName, list[tuple[Version, str]]] = {}
        self.remarks: list[str] = []

    def add(  # noqa: PLR0913 - the parts of an entry
        self,
        table: Origin,
        before: str,
        requirement: str,
        *,
        source: Mapping[str, object] | None = None,
        change: str = "",
        extras: Iterable[str] = (),
        marker: str = "",
        file: str = "",
    ) -> None:
        """Take a dependency; a password in its address stays behind."""
        if requirement:
            try:
                parsed = requirements.read(requirement)
            except InvalidRequirement as error:
                self.leave(before, requirements.explain(requirement, error)[0].partition("\n")[0])
                return
            if parsed.url and "${" in public(parsed.url):
                self.leave(before, _VARIABLE)
                return
            if parsed.url and (bare := public(parsed.url)) != parsed.url:
                parsed.url = bare
                change = "; ".join(filter(None, (change, "without the password in its address")))
            requirement = bounds.written(parsed, parsed.specifier)
        self.entries.append(
            Entry(table, before, requirement, file or self.file, source, change, tuple(sorted(extras)), marker)
        )

    def leave(self, what: str, why: str, file: str = "") -> None:
        """Say that something was not taken over."""
        self.left.append(Left(what, why, file or self.file))

    def lock(self, name: str, version: object, markers: Iterable[object] = ()) -> None:
        """Note a version that is locked where a marker is true; what is none (a commit, a folder) is passed over."""
        try:
            found = Version(str(version).removeprefix("=="))
        except InvalidVersion:
            return
        key = canonicalize_name(name)
        self.versions[key] = tuple(dict.fromkeys((*self.versions.get(key, ()), found)))
        self.forks.setdefault(key, []).extend((found, marker) for marker in markers if isinstance(marker, str))

    def extend(self, key: str, *items: str) -> None:
        """Put items at the end of a setting that is a list."""
        had = self.settings.get(key, ())
        self.settings[key] = tuple(dict.fromkeys((*(had if isinstance(had, tuple) else ()), *items)))

    def index(self, url: str, *, first: bool) -> None:
        """Take an index: the first one is the index, the others are further ones."""
        bare = public(url)
        if "${" in bare:
            self.leave(bare, _VARIABLE)
            return
        if not _INDEX.match(bare):
            self.leave(bare, "this is not the address of an index")
            return
        if bare != url:
            self.leave(f"the password in {bare}", "passwords belong in .netrc or the keyring, not in pyproject.toml")
        if first:
            self.settings["index-url"] = bare
        else:
            self.extend("extra-index-url", bare)

    def done(self) -> Found:
        """What was found."""
        return Found(
            self.tool,
            self.file,
            tuple(self.entries),
            tuple(self.left),
            settings=dict(self.settings),
            versions=dict(self.versions),
            forks=dict(self.forks),
            remarks=tuple(self.remarks),
            **self.facts,
        )


def items(value: object) -> list[tuple[str, Any]]:
    """The rows of a table; none when it is no table."""
    return list(value.items()) if isinstance(value, dict) else []


def rows(value: object) -> list[dict[str, Any]]:
    """The tables of a list of tables; none when it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """The texts of a list; none when it is no list."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def public(url: str) -> str:
    """An address without what is secret in it: a password, or whatever stands for somebody on the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url  # it is none, and whoever reads it says so
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return url
    name = user.partition(":")[0]
    kept = f"{name}@" if parts.scheme.partition("+")[2] == "ssh" or parts.scheme == "ssh" else ""
    return urlunsplit(parts._replace(netloc=f"{kept}{host}"))


def written(name: str, specifier: str, extras: Iterable[str] = (), markers: Iterable[str] = (), url: str = "") -> str:
    """A requirement (PEP 508) of its parts; the markers hold together."""
    inside = f"[{','.join(extras)}]" if extras else ""
    what = f" @ {url}" if url else specifier
    condition = both(*markers)
    return f"{name}{inside}{what}{' ' * bool(url and condition)}{f'; {condition}' if condition else ''}"


def both(*markers: str) -> str:
    """Markers that hold together, as one."""
    some = [marker for marker in markers if marker]
    if len(some) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(some)
    return " and ".join(f"({marker})" if re.search(r"\bor\b", marker) else marker for marker in some)


def is_marker(text: str) -> bool:
    """Whether a text is an environment marker (PEP 508)."""
    try:
        Marker(text)
    except InvalidMarker:
        return False
    return True


def git_url(url: str, *, revision: str = "", subdirectory: str = "") -> str:
    """A git repository as an address in a requirement: ``git+https://…@revision#subdirectory=…``."""
    short = re.fullmatch(r"(?:ssh://)?([^/@:]+@)([^/:]+):(?!\d+/)(.+)", url)
    address = f"ssh://{short[1]}{short[2]}/{short[3]}" if short else url
    address = address if address.startswith("git+") else f"git+{address}"
    return address + (f"@{revision}" if revision else "") + (f"#subdirectory={subdirectory}" if subdirectory else "")


def from_item(basket: Basket, item: Item, table: Origin) -> None:
    """Take a line of a requirements file, or one in its form."""
    marker = str(item.marker or "")
    change = ""
    if item.config_settings:
        basket.leave(
            f"--config-settings of {item.text.partition(' -')[0]}", "it says how to build, not what", item.file
        )
    if item.requirement is not None:
        if item.editable and item.requirement.url:
            change = "not editable any more"
        basket.add(
            table, item.text.partition(" --hash")[0].strip(), str(item.requirement), change=change, file=item.file
        )
    elif item.url:
        option = f"--group {table.name} " if table.kind == "group" else ""
        basket.leave(
            item.text, f"its name stands nowhere; `venvoy add {option}{public(item.url)}` finds it out", item.file
        )
    else:
        source: dict[str, object] = {"path": item.path.replace("\\", "/")}
        if item.editable:
            source["editable"] = True
        basket.add(table, item.text, "", source=source, extras=item.extras, marker=marker, file=item.file)


def pep508(basket: Basket, table: Origin, text: str) -> None:
    """Take a requirement (PEP 508) as it stands."""
    try:
        Requirement(text)
    except InvalidRequirement as error:
        why, _ = requirements.explain(text, error)
        basket.leave(text, f"this is no requirement: {why.partition(chr(10))[0]}")
        return
    basket.add(table, text, text)
