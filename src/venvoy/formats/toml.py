"""Read TOML, and know where each value stands: a fault is shown in its line, and an edit touches only its own.

tomli decides what a document means. :func:`layout` only finds the places, in a text that tomli has already accepted.
"""

from __future__ import annotations

import re

import tomli

from venvoy.errors import Problem
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from typing import Any, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
Span: TypeAlias = tuple[int, int]

_BLANK = pattern(r"(?:\s+|#[^\n]*)*")
_STRING = pattern(
    r"""
    \"{3} (?: "{0,2} (?: [^"\\] | \\. ) )* "{3,5}
    | '{3} (?: '{0,2} [^'] )* '{3,5}
    | " (?: [^"\\\n] | \\. )* "
    | ' [^'\n]* '
    """,
    re.DOTALL | re.VERBOSE,
)
_BARE = pattern(r"[A-Za-z0-9_-]+")
_SCALAR = pattern(r"[^,\]}#\r\n]+")
_MERGE = pattern(r"^<{7} ", re.MULTILINE)

_OPEN_QUOTE = "A text in quotes is not closed: the closing quotation mark is missing."
_BACKSLASH = "A backslash between double quotes must be doubled, or the text put between single quotes."
_PLAIN_WORDS = {
    "Unterminated string": _OPEN_QUOTE,
    "Illegal character '\\n'": _OPEN_QUOTE,
    "Found invalid character '\\n'": _OPEN_QUOTE,
    "Expected \"'": _OPEN_QUOTE,
    "Expected '=' after a key": "A name must be followed by an equals sign and a value.",
    "Expected newline or end": "What follows here does not belong to the value: each setting has its own line.",
    "Invalid value": 'A value is missing here, or it is not one that TOML knows: a text stands in quotes, "like this".',
    "Invalid statement": "A line must begin with a name, or with a table's name in brackets.",
    "Invalid initial character for a key": "A name is missing here.",
    "Unclosed array": "A list is not closed: a comma between two items or the closing bracket ] is missing.",
    "Unclosed inline table": "A table is not closed: a comma between two entries or the closing brace } is missing.",
    "Cannot overwrite a value": "The same name is given a value twice.",
    "Duplicate inline table key": "The same name is given a value twice.",
    "Cannot declare": "The same table stands here for the second time.",
    "Cannot redefine": "This name already has a value that cannot be extended.",
    "Cannot mutate": "This name already has a value that cannot be extended.",
    "Expected ']": "The name of a table must be closed with a bracket ].",
    "Unescaped '\\'": _BACKSLASH,
    "Invalid hex": _BACKSLASH,
    "Invalid date": "This is not a date.",
}


def decode(data: bytes, where: str) -> str:
    """The text of a TOML file, its line ends and byte order mark kept.

    Raises:
        Problem: toml-invalid, when it is not UTF-8.
    """
    sixteen = data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data
    if not sixteen:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            start = error.start
            why = f"Byte {data[start]:#04x} is not part of any UTF-8 text."
            line = data.count(b"\n", 0, start) + 1
            column = len(data[:start].rpartition(b"\n")[2].decode("utf-8")) + 1
            where = f"{where}:{line}:{column}"
    else:
        why = "It was saved as UTF-16, which some Windows programs (and `>` in PowerShell) write."
    raise Problem(
        "toml-invalid",
        "This file cannot be read, because it is not UTF-8 text.",
        why=f"{why} TOML files are always UTF-8.",
        fix=("Open it in your editor and save it with the encoding UTF-8.",),
        where=where,
    )


def unmarked(text: str) -> tuple[str, str]:
    """The byte order mark that a text begins with, mostly none, and the text behind it."""
    body = text.removeprefix("\ufeff")
    return text[: len(text) - len(body)], body


def loads(text: str, where: str, *, code: str = "toml-invalid", fix: str = "") -> dict[str, Any]:
    """The data of a TOML document.

    Args:
        text: the document; a byte order mark is ignored.
        where: the file's path, for the Problem.
        code: the Problem's code.
        fix: what to do instead of correcting the line.

    Raises:
        Problem: the document is not valid TOML; with line and column, in plain words.
    """
    text = text.removeprefix("\ufeff")
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        message, document, position = error.msg, error.doc, error.pos
    words = next((words for start, words in _PLAIN_WORDS.items() if message.startswith(start)), f"{message}.")
    if merge := _MERGE.search(document):
        words = "It still holds the marks of a merge that was not finished (<<<<<<<, =======, >>>>>>>)."
        position = merge.start()
    elif words == _BACKSLASH:
        position -= 2  # tomli points behind the escape
    elif message == 'Expected "\'"':
        opening = document.rfind("'")  # and here to the end of the document: no other quotation mark came
        position = opening + len(document[opening:].partition("\n")[0])
    line, column = document.count("\n", 0, position) + 1, position - document.rfind("\n", 0, position)
    shown = document.split("\n")[line - 1]
    pointer = "".join("\t" if character == "\t" else " " for character in shown[: column - 1]) + "^"
    raise Problem(
        code,
        "This file cannot be read, because it is not valid TOML.",
        why=f"{words}\n    {shown}\n    {pointer}" if shown.strip() else words,
        fix=(fix or f"Correct line {line}, then run the command again.",),
        where=f"{where}:{line}:{column}",
    )


@dataclass(frozen=True, slots=True)
class Statement:
    """One ``key = value``: the table it stands under, its full path, and where its two sides are."""

    table: KeyPath
    path: KeyPath
    key: Span
    value: Span


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is, as offsets: every value (items of lists included), every table header, every statement."""

    values: dict[KeyPath, Span] = field(default_factory=dict)
    headers: list[tuple[KeyPath, Span]] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)


def layout(text: str) -> Layout:
    """Find where the values of a valid TOML document stand; an array of tables counts its tables as items."""
    found = Layout()
    tables: dict[KeyPath, int] = {}
    table: KeyPath = ()
    position = skip(text, 0)
    while position < len(text):
        start = position
        if text[position] == "[":
            many = text.startswith("[[", position)
            keys, position = _keys(text, position + 1 + many)
            position = skip(text, position) + 1 + many
            path: KeyPath = ()
            for depth, key in enumerate(keys, start=1):
                path = (*path, key)
                if many and depth == len(keys):
                    tables[path] = tables.get(path, -1) + 1
                if path in tables:
                    path = (*path, tables[path])
            table = path
            found.headers.append((table, (start, position)))
        else:
            keys, key_end = _keys(text, position)
            path = (*table, *keys)
            value_start = skip(text, skip(text, key_end) + 1)
            position = _value(text, value_start, path, found.values)
            found.statements.append(Statement(table, path, (start, key_end), (value_start, position)))
        position = skip(text, position)
    return found


def place(text: str, where: str, path: KeyPath) -> str:
    """``file:line:column`` of a value, or of the nearest thing around it, in a valid document."""
    text = text.removeprefix("\ufeff")
    spans = layout(text)
    for length in range(len(path), 0, -1):
        headers = (span for table, span in spans.headers if table[:length] == path[:length])
        span = spans.values.get(path[:length]) or next(headers, None)
        if span:
            before = text[: span[0]]
            return f"{where}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    return where


def quote(text: str, prefer: str = '"') -> str:
    """A text as a TOML string on one line, with the preferred quotes where no escape is needed for it."""
    if text.isprintable() and "\\" not in text:
        if prefer not in text:
            return f"{prefer}{text}{prefer}"
        other = "'" if prefer == '"' else '"'
        if other not in text:
            return f"{other}{text}{other}"
    return '"' + "".join(_escape(character) for character in text) + '"'


def is_bare(key: str) -> bool:
    """Whether a key needs no quotes."""
    return _BARE.fullmatch(key) is not None


def key(text: str) -> str:
    """A key, in quotes where it needs them."""
    return text if is_bare(text) else quote(text)


def skip(text: str, position: int) -> int:
    """The next offset that is neither white space nor part of a comment."""
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _escape(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 1 << 16 else f"\\U{ord(character):08x}"


def _keys(text: str, position: int) -> tuple[list[str], int]:
    keys: list[str] = []
    while True:
        position = skip(text, position)
        if match := _BARE.match(text, position):
            keys.append(match[0])
        elif match := _STRING.match(text, position):
            keys.append(tomli.loads(f"key = {match[0]}")["key"])
        else:
            raise AssertionError(position)
        position = match.end()
        after = skip(text, position)
        if not text.startswith(".", after):
            return keys, position
        position = after + 1


def _value(text: str, start: int, path: KeyPath, values: dict[KeyPath, Span]) -> int:
    opening = text[start]
    if opening in "[{":
        position, index = skip(text, start + 1), 0
        while text[position] not in "]}":
            if opening == "[":
                inner: KeyPath = (*path, index)
            else:
                keys, position = _keys(text, position)
                inner = (*path, *keys)
                position = skip(text, skip(text, position) + 1)
            position = skip(text, _value(text, position, inner, values))
            if text[position] == ",":
                position = skip(text, position + 1)
            index += 1
        end = position + 1
    elif match := _STRING.match(text, start):
        end = match.end()
    else:
        scalar = _SCALAR.match(text, start)
        end = start + len(scalar[0].rstrip()) if scalar else start
    values[path] = (start, end)
    return end
