"""The files besides pyproject.toml that say what a project is and needs."""

from __future__ import annotations

from typing import Any

import pytest

from venvoy.formats import setup_files


@pytest.mark.parametrize(
    ("dynamic", "expected"),
    [
        ({}, []),
        ({"dependencies": {"file": ["requirements.txt", "more.txt"]}}, ["requirements.txt", "more.txt"]),
        ({"version": {"attr": "x.y"}, "readme": {"file": "README"}}, ["README"]),
        ({"optional-dependencies": {"test": {"file": "test.txt"}}}, ["test.txt"]),
        ("nonsense", []),
        ({"dependencies": {"file": 3}}, []),
    ],
)
def test_setuptools_may_read_fields_from_files(dynamic: Any, expected: list[str]) -> None:
    table = {"tool": {"setuptools": {"dynamic": dynamic}}}
    assert setup_files.names(table) == ("setup.py", "setup.cfg", *expected)


@pytest.mark.parametrize("table", [{}, {"tool": 3}, {"tool": {"setuptools": []}}])
def test_nonsense_names_no_files(table: dict[str, object]) -> None:
    assert setup_files.names(table) == ("setup.py", "setup.cfg")
