"""Regular expressions that are compiled when they are first used."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import venvoy
from venvoy import patterns


def every() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every pattern that a module of ours names."""
    for found in pkgutil.walk_packages(venvoy.__path__, "venvoy."):
        if not found.name.endswith(("__main__", ".facts")):
            for name, value in vars(importlib.import_module(found.name)).items():
                if type(value) is patterns.pattern:
                    yield f"{found.name}.{name}", value


def test_every_pattern_of_the_house_is_one() -> None:
    found = dict(every())
    assert len(found) > 80
    for name, value in found.items():
        assert value.pattern == re.compile(value.pattern).pattern, name


def test_a_pattern_does_what_a_compiled_one_does() -> None:
    late = patterns.pattern(r"(?P<letter>[a-z])\d", re.IGNORECASE)
    match = late.fullmatch("A1")
    assert match is not None
    assert match["letter"] == "A"
    assert late.search("?b2?")
    assert not late.match("?b2")
    assert late.findall("a1b2") == ["a", "b"]
    assert [found[0] for found in late.finditer("a1b2")] == ["a1", "b2"]
    assert late.sub("-", "a1b2") == "--"
    assert late.split("1a1") == ["1", "a", ""]
    assert patterns.pattern(rb"\d").fullmatch(b"1")


def test_what_is_no_pattern_fails_where_it_is_used() -> None:
    broken = patterns.pattern("(")
    with pytest.raises(re.error):
        broken.search("")
    with pytest.raises(AttributeError):
        _ = patterns.pattern("a").groups
