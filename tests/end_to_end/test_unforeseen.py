"""Faults that random walks of the command line have found: see ``support/walk.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.command_line import expect

if TYPE_CHECKING:
    from pathlib import Path

    from support.command_line import CommandLine


def test_what_takes_back_an_edit_takes_back_all_that_was_asked_for(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "helper<1.6").code == 0
    assert venvoy("add", "paint").code == 0
    file = project / "pyproject.toml"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    expect(
        venvoy("undo", "2"),
        """
        exit 3
        err error: pyproject.toml was edited by hand since. [edited-by-hand]
        err   pyproject.toml: only the ends of its lines
        err   → venvoy undo 2 --force   takes that back too; venvoy redo brings it back
        """,
    )
