"""One result, two forms: words for people, one document for programs."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest
from packaging.version import Version

from venvoy.cli.output import Outcome, Output, plain
from venvoy.errors import Exit, Problem
from venvoy.settings import Color
from venvoy.values import dataclass

PROBLEM = Problem(
    "no-version",
    "No version fits.",
    why="There are two.\nBoth are too new.",
    fix=("Do this.", "Or that."),
    where="pyproject.toml:3:5",
    data={"name": "demo", "versions": (Version("1.0"),)},
)


@dataclass(frozen=True, slots=True)
class Result:
    path: PurePosixPath
    names: frozenset[str]
    color: Color


def test_a_problem_for_people_says_what_where_why_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert Output(color=False).problem(PROBLEM) == Exit.NO_SOLUTION
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "error: No version fits. [no-version]\n"
        "  at pyproject.toml:3:5\n"
        "  There are two.\n"
        "  Both are too new.\n"
        "  → Do this.\n"
        "  → Or that.\n"
    )


def test_a_problem_for_programs_is_one_document_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(command="lock", json=True)
    output.warn("Careful.")
    assert output.problem(PROBLEM) == Exit.NO_SOLUTION
    captured = capsys.readouterr()
    assert captured.err == ""
    assert json.loads(captured.out) == {
        "schema": 1,
        "command": "lock",
        "ok": False,
        "error": {
            "code": "no-version",
            "what": "No version fits.",
            "why": "There are two.\nBoth are too new.",
            "fix": ["Do this.", "Or that."],
            "where": "pyproject.toml:3:5",
            "exit": 10,
            "data": {"name": "demo", "versions": ["1.0"]},
        },
        "warnings": ["Careful."],
    }


def test_a_result_for_people_keeps_data_and_notes_apart(capsys: pytest.CaptureFixture[str]) -> None:
    assert Output(color=False).outcome(Outcome({}, lines=["data"], notes=["note"])) == Exit.OK
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("data\n", "note\n")
    Output(quiet=True, color=False).outcome(Outcome({}, lines=["data"], notes=["note"]))
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("data\n", "")


def test_a_result_for_programs_is_made_of_what_json_knows() -> None:
    result = Result(PurePosixPath("a/b"), frozenset({"y", "x"}), Color.NEVER)
    assert plain(result) == {"path": "a/b", "names": ["x", "y"], "color": "never"}
    assert plain({"exit": Exit.BUSY, "none": None, "versions": [Version("1.0")]}) == {
        "exit": 32,
        "none": None,
        "versions": ["1.0"],
    }


def test_a_warning_is_given_once(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(color=False)
    for text in ("one", "two", "one"):
        output.warn(text)
    assert capsys.readouterr().err == "warning: one\nwarning: two\n"
    assert output.warnings == ["one", "two"]
