from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name

from venvoy.index import near

KNOWN = ["requests", "numpy", "scikit-learn", "Django", "flask", "pandas"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("reqeusts", ["requests"]),
        ("nupmy", ["numpy"]),
        ("scikitlearn", ["scikit-learn"]),
        ("djang", ["django"]),
        ("cv2", ["opencv-python"]),
        ("PIL", ["pillow"]),
        ("yaml", ["PyYAML"]),
        ("sklearn", ["scikit-learn"]),
        ("zzzzzz", []),
    ],
)
def test_near_names_are_found(typed: str, found: list[str]) -> None:
    assert near.suggestions(canonicalize_name(typed), KNOWN) == found


def test_the_built_in_names_are_normalized_enough_and_sorted() -> None:
    names = near.well_known()
    assert len(names) > 300
    assert names == sorted(set(names))
    assert all(name == canonicalize_name(name) or "." in name for name in names)
    assert all(name == canonicalize_name(name) for name in near.IMPORT_NAMES)


def test_an_unknown_name_is_answered_with_a_question() -> None:
    problem = near.unknown(canonicalize_name("nupmy"), KNOWN, ["https://a.example/simple/"])
    assert problem.code == "project-unknown"
    assert str(problem) == (
        "There is no distribution called nupmy.\nAsked: https://a.example/simple/\n→ Did you mean numpy?"
    )
    assert problem.data == {"name": "nupmy", "suggestions": ["numpy"]}


def test_a_name_like_nothing_is_answered_plainly() -> None:
    problem = near.unknown(canonicalize_name("zzzzzz"), KNOWN, [])
    assert str(problem) == ("There is no distribution called zzzzzz.\nNo index is configured.\n→ Check the spelling.")


def test_a_name_that_is_imported_is_answered_with_the_distribution() -> None:
    problem = near.unknown(canonicalize_name("cv2"), KNOWN, ["https://a.example/simple/"])
    assert str(problem) == (
        "There is no distribution called cv2.\nAsked: https://a.example/simple/\n"
        "A distribution may have another name than what is imported.\n→ Did you mean opencv-python?"
    )


def test_a_part_of_python_needs_no_installing() -> None:
    problem = near.unknown(canonicalize_name("sqlite3"), KNOWN, ["https://a.example/simple/"])
    assert str(problem) == (
        "There is no distribution called sqlite3.\nsqlite3 is part of Python itself: there is nothing to install.\n"
        "→ Remove sqlite3 from what you ask for, and use it with: import sqlite3"
    )
