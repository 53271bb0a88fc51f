"""Which pip fits which Python."""

from __future__ import annotations

import pytest

from venvoy.python import fitness
from venvoy.python.fitness import Fit, Matrix


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return fitness.load()


@pytest.mark.parametrize(
    ("python", "span"),
    [
        ("2.7.18", "1.5.6 to 20.3.4"),
        ("3.6.15", "7.1.2 to 21.3.1"),
        ("3.7.16", "7.1.2 to 24.0"),
        ("3.8.18", "9.0.1 to 25.0.1"),
        ("3.9.18", "9.0.1 to 26.0.1"),
        ("3.11.7", "19.2.3 to 26.3"),
        ("3.12.1", "23.1 to 26.3, not 23.1.1"),
        ("3.13.0", "23.1 to 26.3, not 23.1.1"),
        ("3.15.0b2", "23.1 to 26.3, not 23.1.1"),
    ],
)
def test_each_python_can_run_a_span_of_pips(matrix: Matrix, python: str, span: str) -> None:
    assert str(matrix.span(python)) == span


def test_every_measured_run_is_judged_as_it_ended(matrix: Matrix) -> None:
    judged = {
        (pip, python): matrix.judge(str(pip), python).works == (not error)
        for python, runs in matrix.runs.items()
        for pip, error in runs.items()
    }
    assert len(judged) == 50 * 9
    assert [pair for pair, right in judged.items() if not right] == []


@pytest.mark.parametrize(
    ("pip", "python", "fit", "why"),
    [
        ("24.2", "3.13.0", Fit.FITS, ""),
        (
            "22.0",
            "3.6.15",
            Fit.TOO_NEW,
            "pip 22.0 is for Python >=3.7; on this one it ends in ModuleNotFoundError: No module named 'dataclasses'",
        ),
        (
            "23.0.1",
            "3.12.1",
            Fit.TOO_OLD,
            "On Python 3.12 it ends in AttributeError: module 'pkgutil' has no attribute 'ImpImporter'",
        ),
        (
            "18.0",
            "3.10.13",
            Fit.TOO_OLD,
            "On Python 3.10 it ends in ImportError: cannot import name 'Mapping' from 'collections'",
        ),
        ("20.2.4", "3.11.7", Fit.OLD, "It does not see the wheels made for this Python"),
        ("19.2.3", "2.7.18", Fit.OLD, "It knows no newer wheels for Linux, and takes old releases instead"),
        ("not a version", "3.12", Fit.TOO_OLD, "'not a version' is no version of pip."),
    ],
)
def test_a_verdict_says_why(matrix: Matrix, pip: str, python: str, fit: Fit, why: str) -> None:
    verdict = matrix.judge(pip, python)
    assert (verdict.fit, verdict.why) == (fit, why)


def test_a_pip_that_was_not_run_is_judged_by_its_neighbours(matrix: Matrix) -> None:
    assert matrix.judge("22.3", "3.12").fit is Fit.TOO_OLD, "22.2.2 and 22.3.1 both fail"
    assert matrix.judge("24.3", "3.12").fit is Fit.FITS, "24.2 and 24.3.1 both work"


def test_a_pip_between_one_that_works_and_one_that_does_not_is_taken_at_its_word(matrix: Matrix) -> None:
    assert matrix.judge("19.2", "3.11").works
    span = matrix.span("3.11")
    assert span is not None
    assert span.oldest == "19.2.3", "but it is no part of what is known to work"


@pytest.mark.parametrize(
    ("python", "best"), [("2.7", "20.3.4"), ("3.4", "19.1.1"), ("3.6", "21.3.1"), ("3.9", "26.0.1"), ("3.14", "26.3")]
)
def test_the_best_pip_is_the_newest_that_fits(matrix: Matrix, python: str, best: str) -> None:
    assert matrix.best(python) == best


def test_the_best_among_a_few_is_one_of_them(matrix: Matrix) -> None:
    assert matrix.best("3.8", ["26.3", "23.0.1", "18.1"]) == "23.0.1"
    assert matrix.best("3.6", ["18.1"]) == "18.1", "old, but it works"
    assert matrix.best("3.12", ["18.1"]) == ""
    assert matrix.best("3.11", ["21.2", "21.1.3"]) == "21.1.3", "21.2 was yanked"


def test_newer_releases_of_the_index_extend_the_table(matrix: Matrix) -> None:
    extended = matrix.extended([("27.0", ">=3.11", False), ("27.1", ">=3.11", True), ("27.2rc1", ">=3.11", False)])
    assert extended.best("3.12") == "27.0"
    assert extended.best("3.10") == "26.3"
    assert extended.judge("27.0", "3.10").why == "pip 27.0 is for Python >=3.11"
    assert matrix.best("3.12") == "26.3"


def test_a_release_that_nobody_knows_is_taken_to_need_what_the_one_before_it_does(matrix: Matrix) -> None:
    assert matrix.judge("26.9", "3.9").fit is Fit.TOO_NEW
    assert matrix.judge("26.9", "3.12").fit is Fit.FITS
