"""Words are quoted as shells, and those who wrote the quoting of the standard library, expect it."""

from __future__ import annotations

import os
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venvoy.system import quoting

WORDS = st.text(st.one_of(st.sampled_from("aZ0_@%+=:,./- '\"$`\\!\n#~é"), st.characters()), max_size=8)


@given(WORDS)
def test_a_word_is_quoted_as_the_standard_library_does_it(word: str) -> None:
    assert quoting.sh(word) == shlex.quote(word)


@pytest.mark.skipif(os.name == "nt", reason="its shells have quotes of their own")
@given(WORDS)
def test_a_word_reads_back_as_it_was(word: str) -> None:
    assert shlex.split(quoting.typed(word)) == [word]


@pytest.mark.skipif(os.name == "nt", reason="its shells have quotes of their own")
def test_double_quotes_are_taken_where_they_say_the_same() -> None:
    assert list(map(quoting.typed, ["a/b", "a b", "it's", "", "a$b", 'a"b'])) == [
        "a/b",
        '"a b"',
        '"it\'s"',
        "''",
        "'a$b'",
        "'a\"b'",
    ]


def test_what_cmd_or_powershell_would_take_for_their_own_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quoting, "WINDOWS", True)
    plain = ["demo", r"C:\work\.venv", "demo[fast]", "100%", "~=1"]
    assert list(map(quoting.typed, plain)) == plain
    odd = ["", "demo>=2", "a b", "a(1)", "a;b", "Tom's", "{x}", 'six; python_version<"3.9"']
    assert list(map(quoting.typed, odd)) == [
        '""',
        '"demo>=2"',
        '"a b"',
        '"a(1)"',
        '"a;b"',
        '"Tom\'s"',
        '"{x}"',
        "\"six; python_version<'3.9'\"",
    ]
