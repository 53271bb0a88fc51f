"""Results in words, read as a person reads them."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from venvoy.cli import words
from venvoy.model.artifact import Artifact
from venvoy.model.plan import Change, Installed, Moved, Wanted
from venvoy.operations.sync import Synced


def change(name: str, old: str, new: str) -> Change:
    artifact = Artifact(f"{name}.whl", "", "wheel", NormalizedName(name), Version(new or "0"))
    return Change(
        NormalizedName(name),
        Installed(NormalizedName(name), old, "") if old else None,
        Wanted(NormalizedName(name), new, artifact) if new else None,
    )


def synced(*changes: Change, created: bool = False, moves: tuple[Moved, ...] = (), dry_run: bool = False) -> str:
    result = Synced(Path(".venv").absolute(), "3.12.1", created, bool(moves), moves, changes, dry_run)
    return click.unstyle("\n".join(words.synced(result)))


CHANGES = (change("a", "", "1.0"), change("b", "1.0", "2.0"), change("c", "1.0", ""), change("d", "1.0", "1.0"))
MOVES = (Moved(NormalizedName("a"), "", "1.0"), Moved(NormalizedName("b"), "1.0", "2.0"))


def test_a_sync_tells_what_came_went_and_changed() -> None:
    assert synced(*CHANGES, created=True, moves=MOVES) == (
        "Wrote pylock.toml (1 added, 1 changed)\n"
        "Made an environment in .venv with Python 3.12.1\n"
        " + a 1.0\n"
        " ~ b 1.0 → 2.0\n"
        " - c 1.0\n"
        " ~ d 1.0 (again)\n"
        "Installed 1, replaced 2, removed 1 in .venv"
    )


def test_a_dry_run_says_would() -> None:
    assert synced(CHANGES[0], created=True, moves=MOVES, dry_run=True) == (
        "Would write pylock.toml (1 added, 1 changed)\n"
        "Would make an environment in .venv with Python 3.12.1\n"
        " + a 1.0\n"
        "Would install 1 in .venv"
    )


def test_nothing_to_do_is_said_too() -> None:
    assert synced() == "Nothing to do: .venv is up to date"


@pytest.mark.parametrize(("number", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files")])
def test_counts_have_their_plural(number: int, text: str) -> None:
    assert words.count(number, "file") == text


def test_a_path_elsewhere_is_shown_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert words.shown(tmp_path / "here" / ".venv") == ".venv"
    assert words.shown(tmp_path / "there") == str(tmp_path / "there")
