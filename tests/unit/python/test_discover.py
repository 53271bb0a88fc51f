"""Where interpreters are looked for, and the words when none will do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from venvoy.python import discover, probe
from venvoy.python.discover import Seen

FOUND = [
    Seen("3.13.0", "/opt/python3.13", "it is not 3.14"),
    Seen("PyPy 3.10.14", "/opt/pypy3.10", "it is not 3.14"),
    Seen("3.8.18", "/opt/python3.8", "venvoy works with Python 3.9 and newer"),
]


def test_a_missing_version_is_told_with_what_is_there() -> None:
    problem = discover.missing("3.14", None, FOUND)
    assert problem.code == "python-not-found"
    assert str(problem) == (
        "No Python 3.14 was found on this computer.\n"
        "These were found:\n"
        "  3.13.0        /opt/python3.13: it is not 3.14\n"
        "  PyPy 3.10.14  /opt/pypy3.10: it is not 3.14\n"
        "  3.8.18        /opt/python3.8: venvoy works with Python 3.9 and newer\n"
        "→ Take one that is here: --python 3.13.0\n"
        "→ Install Python 3.14, then run the command again."
    )
    assert problem.data["found"] == [one._asdict() for one in FOUND]


def test_a_version_that_the_project_excludes_is_told_apart_from_a_missing_one() -> None:
    seen = [
        Seen("3.13.0", "/opt/python3.13", "it is not 3.12"),
        Seen("3.12.1", "/opt/python3.12", "this project needs >=3.13", wanted=True),
    ]
    assert str(discover.missing("3.12", SpecifierSet(">=3.13"), seen)) == (
        "Python 3.12 is not what this project needs (>=3.13).\n"
        "These were found:\n"
        "  3.13.0  /opt/python3.13: it is not 3.12\n"
        "  3.12.1  /opt/python3.12: this project needs >=3.13\n"
        "→ Take one that is here: --python 3.13.0\n"
        "→ Install a Python that fits, then run the command again."
    )


def test_a_project_that_no_python_fits_is_told_its_own_bound() -> None:
    seen = [Seen("3.13.0", "/opt/python3.13", "this project needs >=3.14")]
    assert str(discover.missing("", SpecifierSet(">=3.14"), seen)) == (
        "No Python that this project needs (>=3.14) was found on this computer.\n"
        "These were found:\n"
        "  3.13.0  /opt/python3.13: this project needs >=3.14\n"
        "→ Install a Python that fits, then run the command again."
    )


@pytest.mark.parametrize(
    ("requires", "step"),
    [
        (">=3.11,<3.10", "Correct requires-python: no Python is in that range."),
        ("==3.12", 'Write requires-python = "==3.12.*", which any 3.12 is: ==3.12 is 3.12.0.'),
        ("<3", "Install a Python that fits, then run the command again."),
    ],
)
def test_a_range_that_nobody_means_is_told(requires: str, step: str) -> None:
    assert discover.missing("", SpecifierSet(requires), []).fix == (step,)


def test_a_name_that_nothing_answers_to_is_quoted() -> None:
    assert str(discover.missing("foo bar", None, [])) == (
        "No Python 'foo bar' was found here.\n"
        "None was found on PATH or in the usual places.\n"
        "→ Install a Python that fits, then run the command again."
    )


@pytest.mark.parametrize("wanted", ["2.7", "3.8", "python3.8", "cpython3.6"])
def test_an_old_version_is_refused_as_old_even_where_it_is_missing(wanted: str) -> None:
    assert discover.missing(wanted, None, []).code == "python-too-old"


def test_an_old_version_that_is_there_comes_with_a_way_out() -> None:
    seen = [Seen("3.8.18", "/opt/python3.8", "venvoy works with Python 3.9 and newer", wanted=True)]
    assert str(discover.missing("3.8", None, seen)) == (
        "/opt/python3.8: Python 3.8.18 is too old for venvoy.\n"
        "venvoy locks and installs for Python 3.9 and newer. "
        "Older ones get no security fixes any more, and new packages no longer run on them.\n"
        "→ Ask for a newer one, for instance: --python 3.12\n"
        "→ If it must be this one, make an environment without a project: venvoy venv --python /opt/python3.8"
    )


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("failed to query /x with code -1 err: 'timed out'", "gave no answer within 10 seconds."),
        ("failed to query /x with code 1 err: 'Fatal: no\\nencodings'", "failed (code 1):\nFatal: no\nencodings"),
        ("failed to query /x with code 3", "failed (code 3)."),
        ("/x returned output without query markers", "what it answered is not what a Python answers."),
    ],
)
def test_an_interpreter_that_does_not_work_is_told_with_what_it_said(fault: str, why: str) -> None:
    problem = probe._broken("/x", RuntimeError(fault))
    assert problem.code == "python-broken"
    assert str(problem).startswith("/x is not a Python that works.\nIt was started to ask what it is, and ")
    assert problem.why.endswith(why)
    assert problem.fix == (
        'See what it says: /x -c "print(1)"',
        "Name another one: --python 3.12, or the path of another Python.",
    )


def test_one_that_python_discovery_cannot_ask_is_too_old() -> None:
    words = "/x is Python 2.7.18, older than the minimum 3.6 python-discovery can query"
    assert probe._broken("/x", RuntimeError(words)).code == "python-too-old"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("pypy3.10-7.3.17", "pypy3.10"),
        ("cpython-3.12", "cpython3.12"),
        ("python@3.13", "python3.13"),
        (" 3.12 ", "3.12"),
        ("system", ""),
        (None, ""),
        (">=3.11,<3.13", ">=3.11,<3.13"),
    ],
)
def test_the_spellings_of_version_managers_are_understood(typed: str | None, meant: str) -> None:
    assert discover._plain(typed) == meant


def manager(root: Path, *versions: str) -> Path:
    for version in versions:
        (root / "versions" / version / "bin").mkdir(parents=True)
    (root / "shims").mkdir()
    return root


def path_of(environ: dict[str, str]) -> list[str]:
    return discover.search_path(environ).split(os.pathsep)


def bins(root: Path, *versions: str) -> list[str]:
    return [str(root / "versions" / version / "bin") for version in versions]


def test_shims_give_way_to_what_they_stand_for(tmp_path: Path) -> None:
    root = manager(tmp_path / "p y", "3.9.18", "3.13.0", "3.12.1", "3.10.1", "mine")
    (root / "version").write_text("3.12.1\n3.9.18\n", encoding="utf-8")
    environ = {"PATH": os.pathsep.join(["/first", str(root / "shims"), "/last"]), "HOME": str(tmp_path / "none")}
    chosen = bins(root, "3.12.1", "3.9.18")
    assert path_of(environ) == ["/first", *chosen, "/last", *bins(root, "3.13.0", "3.10.1", "mine")]
    environ["PYENV_VERSION"] = "3.10.1"
    assert path_of(environ)[1] == bins(root, "3.10.1")[0]


@pytest.mark.skipif(discover.WINDOWS, reason="the usual folder is another one there")
def test_versions_are_found_when_their_manager_is_not_on_path(tmp_path: Path) -> None:
    root = manager(tmp_path / ".pyenv", "3.13.0")
    assert path_of({"PATH": "/usr/bin", "HOME": str(tmp_path)}) == ["/usr/bin", *bins(root, "3.13.0")]


def test_a_path_without_managers_stays_as_it_is(tmp_path: Path) -> None:
    environ = {"PATH": os.pathsep.join(["/b", "/a", "/b"]), "HOME": str(tmp_path)}
    assert path_of(environ) == ["/b", "/a"]
