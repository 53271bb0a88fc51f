"""Plain words understood without ``click``: options written out, values that need no thought.

Whatever is not plain (a mistake, a call for help, an abbreviation, ``--``) is none of this module's business: it says
so, and ``click`` looks at the words anew.
"""

from __future__ import annotations

from pathlib import Path

from venvoy.cli import grammar
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from venvoy.cli.grammar import Parameter, Usage


class NotPlainError(Exception):
    """The words need a closer look."""


def parse(usage: Usage, words: Sequence[str]) -> dict[str, Any]:
    """The value of each parameter, from the words behind a command.

    Raises:
        NotPlainError: they need a closer look.
    """
    parameters = usage.parameters
    known = {name: (one, value) for one in parameters for name, value in _spellings(one)}
    values = {one.target: _default(one) for one in parameters}
    several: dict[str, tuple[object, ...]] = {}
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if not word.startswith("-"):
            rest.append(word)
            if not usage.interspersed:
                rest.extend(left)
            continue
        name, equals, text = word.partition("=")
        if name not in known or (equals and not name.startswith("--")):
            raise NotPlainError
        one, value = known[name]
        if value is None:
            text = text if equals else next(left, "-")
            value = _read(one, text)
        elif equals:
            raise NotPlainError
        if one.attributes.get("multiple"):
            several[one.target] = (*several.get(one.target, ()), value)
        else:
            values[one.target] = value
    values.update(several)
    values.update(_arguments([one for one in parameters if not one.is_option], rest))
    return values


def _spellings(one: Parameter) -> Iterator[tuple[str, bool | None]]:
    """Each name of an option with what it stands for, None when a value follows."""
    for name in one.declared if one.is_option else ():
        if name.startswith("-"):
            first, slash, second = name.partition("/")
            yield first, True if slash or one.attributes.get("is_flag") else None
            if slash:
                yield second, False


def _default(one: Parameter) -> object:
    if one.attributes.get("multiple") or one.attributes.get("nargs") == -1:
        return ()
    return one.attributes.get("default", False if one.attributes.get("is_flag") else None)


def _arguments(arguments: Sequence[Parameter], words: Sequence[str]) -> dict[str, object]:
    values: dict[str, object] = {}
    left = list(words)
    for number, one in enumerate(arguments):
        many = one.attributes.get("nargs") == -1
        if many and number != len(arguments) - 1:
            raise NotPlainError
        taken, left = (left, []) if many else (left[:1], left[1:])
        if not taken and one.attributes.get("required", not many):
            raise NotPlainError
        read = tuple(_read(one, word) for word in taken)
        if many:
            values[one.target] = read
        elif taken:
            values[one.target] = read[0]
    if left:
        raise NotPlainError
    return values


def _read(one: Parameter, text: str) -> Any:  # noqa: ANN401 - of the parameter's type
    kind = one.attributes.get("type", str)
    if kind is grammar.WORDS:
        return text
    if text.startswith("-") or not text:
        raise NotPlainError
    if kind is grammar.PATH:
        return Path(text)
    if kind is grammar.FOLDER and Path(text).is_dir():
        return Path(text)
    if kind is int and text.isascii() and text.isdigit():
        return int(text)
    if kind is str or kind is grammar.PLACE or (isinstance(kind, tuple) and text in kind):
        return text
    raise NotPlainError
