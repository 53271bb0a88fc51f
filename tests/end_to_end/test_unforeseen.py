"""Faults that random walks of the command line have found: see ``support/walk.py``."""

from __future__ import annotations

import re
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


def test_a_wheel_that_is_not_the_locked_one_is_no_fault_of_the_network(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "paint").code == 0
    lockfile = project / "pylock.toml"
    text = lockfile.read_text(encoding="utf-8")
    lockfile.write_text(re.sub(r'(?<=sha256 = ")[0-9a-f]{64}', "0" * 64, text), encoding="utf-8")
    next((project / ".venv").rglob("paint.py")).unlink()
    expect(
        venvoy("verify", "--repair"),
        """
        exit 22
        out paint 4.1
        out   different   was not installed from the file that is locked
        out   missing     [SITE]/paint.py
        err warning: paint 4.1 could not be fetched: paint-4.1-py3-none-any.whl is not the file that it should be: its sha256 hash is another one.
        err 2 faults in .venv (1 distribution, 6 files)
        err   missing: it was deleted, and programs that need it fail
        err   → Run the command again: the file may have been damaged on the way.
        err   → venvoy sync   makes the environment equal to the lockfile
        """,
    )
