"""The part of YAML that environment.yml is written in: lists, tables, plain and quoted texts, comments.

A whole YAML reader would be a dependency of its own for one kind of file, and would have to be kept from making objects
of tags. What is not in this part (anchors, tags, texts over several lines, tables in braces) is refused with its line,
and never guessed. Source: YAML 1.2, chapters 6 to 8.
"""

from __future__ import annotations

import re

from venvoy.errors import Problem
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from typing import TypeAlias

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"

_KEY = pattern(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#\[\]{},"'&*!|>%@`-][^#]*?|-[^\s#][^#]*?)\s*:(?:\s+|$)""")
_REFUSED = {
    "&": "an anchor",
    "*": "an alias",
    "!": "a tag",
    "|": "a text over several lines",
    ">": "a text over several lines",
    "{": "a table in braces",
    "%": "a directive",
    "@": "a sign that is reserved",
    "`": "a sign that is reserved",
}


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    indent: int
    text: str


def loads(text: str, where: str) -> Value:
    """The data of a document; every scalar is a text.

    Raises:
        Problem: import-invalid, with the line.
    """
    lines: list[_Line] = []
    for number, row in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        said = _without_comment(row)
        if not said.strip() or (said.strip() in {"---", "..."}):
            continue
        if "\t" in said[: len(said) - len(said.lstrip())]:
            raise _refused(where, number, "A tab stands where only blanks may stand.")
        lines.append(_Line(number, len(said) - len(said.lstrip()), said.strip()))
    if not lines:
        return None
    reader = _Reader(lines, where)
    value = reader.block(lines[0].indent)
    if reader.position < len(lines):
        raise _refused(where, lines[reader.position].number, "This line is indented like nothing above it.")
    return value


class _Reader:
    def __init__(self, lines: list[_Line], where: str) -> None:
        self._lines = lines
        self._where = where
        self.position = 0

    def block(self, indent: int) -> Value:
        line = self._lines[self.position]
        if _is_item(line.text):
            return self._list(indent)
        if _KEY.match(line.text):
            return self._table(indent)
        self.position += 1
        return self._scalar(line.text, line.number)

    def _list(self, indent: int) -> Value:
        items: list[Value] = []
        while self._here(indent) and _is_item(self._lines[self.position].text):
            line = self._lines[self.position]
            rest = line.text[1:].lstrip()
            if not rest:
                self.position += 1
                items.append(self._below(indent))
                continue
            # What stands behind the hyphen is a block of its own, indented by as much.
            inner = indent + len(line.text) - len(rest)
            self._lines[self.position] = _Line(line.number, inner, rest)
            items.append(self.block(inner))
        return items

    def _table(self, indent: int) -> Value:
        table: dict[str, Value] = {}
        while self._here(indent):
            line = self._lines[self.position]
            match = _KEY.match(line.text)
            if not match:
                raise _refused(self._where, line.number, "A name with a colon is wanted here.")
            key, rest = str(self._scalar(match[1], line.number)), line.text[match.end() :]
            if key in table:
                raise _refused(self._where, line.number, f"{key[:1].upper()}{key[1:]} stands here for the second time.")
            self.position += 1
            table[key] = self._scalar(rest, line.number) if rest else self._below(indent, key=True)
        return table

    def _here(self, indent: int) -> bool:
        return self.position < len(self._lines) and self._lines[self.position].indent == indent

    def _below(self, indent: int, *, key: bool = False) -> Value:
        """The block under a name or a hyphen; a list may stand right under its name."""
        if self.position >= len(self._lines):
            return None
        line = self._lines[self.position]
        if line.indent > indent or (key and line.indent == indent and _is_item(line.text)):
            return self.block(line.indent)
        return None

    def _scalar(self, text: str, number: int) -> Value:
        text = text.strip()
        if text[:1] == "[":
            if not text.endswith("]"):
                raise _refused(self._where, number, "A list in brackets has to end in its line.")
            parts = re.findall(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,\[\]{}"']+)\s*(?:,|$)""", text[1:-1])
            return [self._scalar(part, number) for part in parts if part.strip()]
        if text[:1] in {'"', "'"}:
            mark = text[0]
            if len(text) < 2 or text[-1] != mark:  # noqa: PLR2004 - two quotation marks
                raise _refused(self._where, number, "A quotation mark is not closed.")
            inner = text[1:-1]
            return inner.replace("''", "'") if mark == "'" else re.sub(r"\\(.)", r"\1", inner)
        if text[:1] in _REFUSED:
            raise _refused(self._where, number, f"There is {_REFUSED[text[0]]} ({text[0]}).")
        return None if text in {"", "~", "null"} else text


def _is_item(text: str) -> bool:
    return text == "-" or text.startswith("- ")


def _without_comment(row: str) -> str:
    """A line without its comment: from a # at the start or behind a blank, unless it stands in a quoted text."""
    quote = ""
    for place, sign in enumerate(row):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'" and (not place or row[place - 1] in " [,:-"):
            quote = sign
        elif sign == "#" and (not place or row[place - 1].isspace()):
            return row[:place].rstrip()
    return row.rstrip()


def _refused(where: str, number: int, why: str) -> Problem:
    return Problem(
        "import-invalid",
        f"Line {number} of this file is not in the part of YAML that venvoy reads.",
        why=why,
        fix=("Write the lines of the pip part into a requirements file, and import that.",),
        where=f"{where}:{number}",
    )
