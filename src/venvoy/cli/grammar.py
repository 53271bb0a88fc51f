"""What can be typed after a command, as data.

``click`` makes a parser and a help page of it (:mod:`venvoy.cli.clicked`). Words as plain as most are understood
without it (:mod:`venvoy.cli.quick`), which saves a good part of the time before a command begins.
"""

from __future__ import annotations

from venvoy import settings
from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from venvoy.cli.output import Outcome

    _Function = TypeVar("_Function", bound=Callable[..., Outcome])

PATH, FOLDER, PLACE, COUNT, WORDS = "path", "existing folder", "path or name", "1 or more", "any words"
"""Types of values besides ``str``, ``int`` and a tuple of choices: a path, a folder that is there, a path or a
name as it was typed, a whole number of 1 or more, what another program will understand."""

RUN_ONLY = frozenset({"locked", "frozen", "max_store_size"})
"""Settings that only some commands have a flag for; they name them in ``also``."""

_COMMON = ("json", "quiet", "verbose", "offline", "python", "env", "color")
_OWN = "Options"
_PLACE = "__grammar__"


@dataclass(frozen=True, slots=True)
class Parameter:
    """An option, or an argument: how it is declared, and further attributes, both as ``click`` has them.

    ``section`` is the part of the help page that lists an option.
    """

    declared: tuple[str, ...]
    is_option: bool
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    section: str = _OWN

    @property
    def target(self) -> str:
        """The name under which the command gets the value."""
        plain = [name for name in self.declared if not name.startswith("-")]
        if plain:
            return plain[0]
        longest = max((name.partition("/")[0] for name in self.declared), key=lambda name: name.startswith("--"))
        return longest.lstrip("-").replace("-", "_")


@dataclass(frozen=True, slots=True)
class Usage:
    """A command: its name, what carries it out, what can be typed after it, and what its help page shows.

    ``function`` takes a Request and a value for each parameter of its own. ``also`` are names of settings in
    :data:`RUN_ONLY` that it has flags for; ``extra`` is handed to ``click``.
    """

    name: str
    function: Callable[..., Outcome]
    own: tuple[Parameter, ...]
    also: tuple[str, ...]
    examples: str
    extra: Mapping[str, Any] = field(hash=False)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What can be typed: its own parameters, then those of every command unless it has one of that name."""
        taken = {name for one in self.own for name in one.declared}
        return (*self.own, *(one for one in shared(self.also) if taken.isdisjoint(one.declared[:-1] or one.declared)))

    @property
    def interspersed(self) -> bool:
        """Whether options may stand behind arguments."""
        return bool(self.extra.get("context_settings", {}).get("allow_interspersed_args", True))


def option(*declared: str, **attributes: Any) -> Callable[[_Function], _Function]:  # noqa: ANN401 - click's attributes
    """Give a command an option: as ``click.option``, as far as it goes."""
    return _adder(Parameter(declared, is_option=True, attributes=attributes))


def argument(name: str, **attributes: Any) -> Callable[[_Function], _Function]:  # noqa: ANN401 - click's attributes
    """Give a command an argument: as ``click.argument``, as far as it goes."""
    return _adder(Parameter((name,), is_option=False, attributes=attributes))


def together(*options: Callable[[_Function], _Function]) -> Callable[[_Function], _Function]:
    """Give a command several options at once, in this order."""

    def add(function: _Function) -> _Function:
        for option in reversed(options):
            function = option(function)
        return function

    return add


def own(function: Callable[..., Outcome]) -> tuple[Parameter, ...]:
    """The parameters that a function was given, in the order in which they stand above it."""
    return tuple(reversed(getattr(function, _PLACE, ())))


def shared(also: tuple[str, ...]) -> list[Parameter]:
    """The options of every command, made from the table of settings."""
    made: list[Parameter] = []
    for setting in settings.TABLE:
        if setting.name in RUN_ONLY and setting.name not in also:
            continue
        section = _OWN if setting.name in also else "Options of every command"
        if setting.name not in also and setting.name not in _COMMON:
            section = "Settings"
        kind = setting.kind
        value: dict[str, Any] = {"metavar": kind.metavar}
        if kind.choices:
            value = {"type": kind.choices}
        elif not kind.metavar:
            value = {"is_flag": True, "default": None}
        attributes = {"help": setting.help, "multiple": kind.many, **value}
        made.append(
            Parameter((*setting.flag.split(", "), setting.name), is_option=True, attributes=attributes, section=section)
        )
    usual = "Options of every command"
    plain = {"is_flag": True, "help": "The same as --color never."}
    folder = {"type": FOLDER, "metavar": "DIR", "help": "Work on the project in DIR instead of the current folder."}
    for name, attributes in (("--no-color", plain), ("--project", folder)):
        made.append(Parameter((name,), is_option=True, attributes=attributes, section=usual))
    return made


def _adder(parameter: Parameter) -> Callable[[_Function], _Function]:
    def add(function: _Function) -> _Function:
        setattr(function, _PLACE, (*getattr(function, _PLACE, ()), parameter))
        return function

    return add
