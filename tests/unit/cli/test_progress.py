"""The live line while resolving."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from venvoy.cli import progress
from venvoy.cli.output import Output
from venvoy.cli.progress import Decisions, Terminal
from venvoy.events import Phase

if TYPE_CHECKING:
    import pytest


def decided(*details: str) -> Decisions:
    made = Decisions()
    for detail in details:
        made.add(detail)
    return made


def test_each_distribution_counts_once_however_often_it_is_decided() -> None:
    made = decided("a 1", "b 2", "a 2", "c 1")
    assert len(made) == 3
    assert made.words("c 1") == "c 1"


def test_who_is_decided_far_more_often_than_others_is_named() -> None:
    others = [f"other{number} 1" for number in range(20)]
    struggle = [f"{name} {number}" for number in range(40) for name in ("botocore", "boto3")]
    assert decided(*others, *struggle).words("boto3 39") == "boto3 39, going back and forth over boto3 and botocore"


def test_several_rounds_over_everything_are_no_struggle() -> None:
    rounds = [f"name{number} 1" for number in range(20)] * 60
    assert decided(*rounds).busiest() == []


def test_the_line_is_drawn_and_taken_away(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    terminal = Terminal(Output(), bars=True, verbose=False)
    terminal.begin(Phase.RESOLVE)
    terminal.advance(Phase.RESOLVE, detail="numpy 2.1")
    terminal.warn("in between")
    time.sleep(0.15)
    terminal.end(Phase.RESOLVE)
    said = capfd.readouterr().err
    assert "1 decided" in said
    assert "numpy 2.1" in said
    assert "in between" in said
