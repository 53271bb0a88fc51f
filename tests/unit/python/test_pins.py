"""``.python-version`` against requires-python."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet

from venvoy.python import pins


@pytest.mark.parametrize(
    ("spec", "requires", "agreed"),
    [
        ("3.12", ">=3.10", True),
        ("3.9", ">=3.10", False),
        ("3.12", "<3.12", False),
        ("3.12", "<3.12.4", True),
        ("3.12.5", "<3.12.4", False),
        ("3", ">=3.10", True),
        ("2", ">=3.10", False),
        ("pypy3.10-7.3.17", ">=3.10", True),
        ("pypy3.9-7.3.17", ">=3.10", False),
        ("cpython-3.12", ">=3.13", False),
        ("3.13t", ">=3.13", True),
        ("3.15.0b2", ">=3.15", False),
        (">=3.9,<3.10", ">=3.10", False),
        (">=3.9", ">=3.10,<3.13", True),
        ("/usr/bin/python3", ">=3.10", True),
        ("system", ">=3.10", True),
    ],
)
def test_a_pin_agrees_when_some_python_is_both(spec: str, requires: str, agreed: bool) -> None:
    assert pins.agree(spec, SpecifierSet(requires)) is agreed


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        ("3.12", "3.12"),
        ("python@3.12", "3.12"),
        ("pypy3.10-7.3.17", "3.10"),
        ("3.13t", "3.13"),
        (">=3.9", ""),
        ("system", ""),
    ],
)
def test_the_version_that_a_pin_names(spec: str, named: str) -> None:
    assert pins.version(spec) == named
