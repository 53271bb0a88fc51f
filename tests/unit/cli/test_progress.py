"""The live line while resolving."""

from __future__ import annotations

import time

import pytest

from venvoy.cli import progress
from venvoy.cli.output import Output
from venvoy.cli.progress import Terminal
from venvoy.events import Phase


def test_the_line_says_how_many_are_decided_and_what_is_looked_at(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    terminal = Terminal(Output(), bars=True, verbose=False)
    terminal.begin(Phase.RESOLVE)
    for detail in ("numpy 2.1", "boto3 1.34", "boto3 1.33 (backtracking because of botocore)"):
        terminal.advance(Phase.RESOLVE, detail=detail)
    terminal.warn("in between")
    time.sleep(0.15)  # the display draws ten times a second
    terminal.end(Phase.RESOLVE)
    said = capfd.readouterr().err
    assert "2 decided" in said, "boto3 counts once"
    assert "3 decided" not in said
    assert "boto3 1.33 (backtracking because of botocore)" in said
    assert "in between" in said
