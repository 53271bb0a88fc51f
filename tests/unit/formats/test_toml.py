from __future__ import annotations

import pytest
import tomli
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from venvoy.errors import Problem
from venvoy.formats import toml

OPEN_QUOTE = "A text in quotes is not closed: the closing quotation mark is missing."
BACKSLASH = "A backslash between double quotes must be doubled, or the text put between single quotes."


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            '[project]\nname = "demo\n',
            "2:13",
            OPEN_QUOTE + '\n    name = "demo\n                ^',
        ),
        (
            "name = 'demo\n",
            "1:13",
            OPEN_QUOTE + "\n    name = 'demo\n                ^",
        ),
        (
            "a = 'x\nb = 1\n",
            "1:7",
            OPEN_QUOTE + "\n    a = 'x\n          ^",
        ),
        (
            "a = 'x\nb = 'y'\n",
            "1:7",
            OPEN_QUOTE + "\n    a = 'x\n          ^",
        ),
        ("[project\n", "1:9", "The name of a table must be closed with a bracket ].\n    [project\n            ^"),
        (
            "a = \n",
            "1:5",
            (
                'A value is missing here, or it is not one that TOML knows: a text stands in quotes, "like this".'
                "\n    a = \n        ^"
            ),
        ),
        ("a b\n", "1:3", "A name must be followed by an equals sign and a value.\n    a b\n      ^"),
        (
            'a = "b" c\n',
            "1:9",
            (
                "What follows here does not belong to the value: each setting has its own line."
                '\n    a = "b" c\n            ^'
            ),
        ),
        (
            "x = [1\ny = 2",
            "2:1",
            "A list is not closed: a comma between two items or the closing bracket ] is missing.\n    y = 2\n    ^",
        ),
        ("a = 1\na = 2\n", "2:6", "The same name is given a value twice.\n    a = 2\n         ^"),
        ("[a]\n[a]\n", "2:3", "The same table stands here for the second time.\n    [a]\n      ^"),
        (
            'p = "C:\\Users"\n',
            "1:8",
            BACKSLASH + '\n    p = "C:\\Users"\n           ^',
        ),
        (
            'p = "C:\\dir"\n',
            "1:8",
            BACKSLASH + '\n    p = "C:\\dir"\n           ^',
        ),
        (
            "a = 1\n<<<<<<< mine\n",
            "2:1",
            (
                "It still holds the marks of a merge that was not finished (<<<<<<<, =======, >>>>>>>)."
                "\n    <<<<<<< mine\n    ^"
            ),
        ),
    ],
)
def test_broken_toml_is_explained_at_its_line(text: str, line: str, words: str) -> None:
    for variant in (text, "\ufeff" + text, text.replace("\n", "\r\n")):
        with pytest.raises(Problem) as caught:
            toml.loads(variant, "pyproject.toml")
        assert caught.value.code == "toml-invalid"
        assert str(caught.value) == (
            f"pyproject.toml:{line}: This file cannot be read, because it is not valid TOML.\n{words}\n"
            f"→ Correct line {line.partition(':')[0]}, then run the command again."
        )


@pytest.mark.parametrize(
    "data", ["a = 1\n".encode("utf-16"), "a = 1\n".encode("utf-16-le"), "a = 1\n".encode("utf-16-be")]
)
def test_utf_16_is_named_as_such(data: bytes) -> None:
    with pytest.raises(Problem) as caught:
        toml.decode(data, "pyproject.toml")
    assert str(caught.value) == (
        "pyproject.toml: This file cannot be read, because it is not UTF-8 text.\n"
        "It was saved as UTF-16, which some Windows programs (and `>` in PowerShell) write. "
        "TOML files are always UTF-8.\n"
        "→ Open it in your editor and save it with the encoding UTF-8."
    )


def test_another_encoding_is_shown_at_its_byte() -> None:
    with pytest.raises(Problem) as caught:
        toml.decode('a = 1\nä = "ü"\n'.encode() + "é".encode("latin-1"), "pyproject.toml")
    assert str(caught.value) == (
        "pyproject.toml:3:1: This file cannot be read, because it is not UTF-8 text.\n"
        "Byte 0xe9 is not part of any UTF-8 text. TOML files are always UTF-8.\n"
        "→ Open it in your editor and save it with the encoding UTF-8."
    )


def test_decoding_keeps_line_ends_and_byte_order_mark() -> None:
    assert toml.decode(b"\xef\xbb\xbfa = 1\r\n", "x") == "\ufeffa = 1\r\n"


DOCUMENT = '''# top = 0
a.b = "x" # c
"quo.ted" . 'k' = """m"ulti""
line"""
when = 1979-05-27 07:32:00 # date
list = [ 1, "two, ]", # three
  [ 'x' ], { y = { z = true }, w.v = 2 }, ]
[t."u v"]
lit = \'\'\'it''s\'\'\'
[[many]]
n = 1
[[many]]
n = 2.5
[many.sub]
o = "\\"]"
'''


def test_layout_finds_every_value() -> None:
    spans = toml.layout(DOCUMENT).values
    shown = {path: DOCUMENT[start:end] for path, (start, end) in spans.items()}
    assert shown["a", "b"] == '"x"'
    assert shown["quo.ted", "k"] == '"""m"ulti""\nline"""'
    assert shown["when",] == "1979-05-27 07:32:00"
    assert [shown["list", index] for index in range(4)] == ["1", '"two, ]"', "[ 'x' ]", "{ y = { z = true }, w.v = 2 }"]
    assert shown["list", 3, "y", "z"] == "true"
    assert shown["list", 3, "w", "v"] == "2"
    assert shown["t", "u v", "lit"] == "'''it''s'''"
    assert (shown["many", 0, "n"], shown["many", 1, "n"]) == ("1", "2.5")
    assert shown["many", 1, "sub", "o"] == '"\\"]"'


LEAVES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])), st.integers(-9, 9), st.booleans(), st.datetimes(), st.dates()
)
DATA = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4),
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.\" '", min_size=1), inner, max_size=3),
    ),
    max_size=4,
)


@given(DATA)
def test_layout_agrees_with_the_parser_about_every_value(data: dict[str, object]) -> None:
    text = tomlkit.dumps(data)
    data = tomli.loads(text)
    for path, (start, end) in toml.layout(text).values.items():
        value: object = data
        for key in path:
            value = value[key]  # type: ignore[index]
        assert tomli.loads(f"value = {text[start:end]}")["value"] == value


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from("\"'"))
def test_a_quoted_text_reads_back(text: str, prefer: str) -> None:
    quoted = toml.quote(text, prefer)
    assert tomli.loads(f"value = {quoted}") == {"value": text}
    assert "\n" not in quoted


def test_place_falls_back_to_what_is_around() -> None:
    text = "\ufeff[project]\r\nname = 'x'\r\n"
    assert toml.place(text, "f", ("project", "name")) == "f:2:8"
    assert toml.place(text, "f", ("project", "version", 3)) == "f:1:1"
    assert toml.place(text, "f", ("tool",)) == "f"
