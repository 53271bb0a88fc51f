"""What a lockfile selects is remembered, and never believed when it is another lockfile, or was tampered with."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from support.command_line import CommandLine
from support.wheels import WheelSpec
from venvoy.operations import chosen
from venvoy.store.manifest import BUCKET


@pytest.fixture
def filled(project: Path, venvoy: CommandLine) -> Path:
    assert venvoy("add", "demo", "helper<1.6").code == 0
    return project


def listed(venvoy: CommandLine) -> str:
    return venvoy("list").stdout


def last_answer(venvoy: CommandLine) -> Path:
    folder = Path(venvoy.environ["VENVOY_CACHE_DIR"], "selections-v1")
    return max(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)


def again(project: Path, venvoy: CommandLine, *options: str) -> str:
    shutil.rmtree(project / ".venv")
    assert venvoy("sync", *options).code == 0
    return listed(venvoy)


@pytest.mark.parametrize("options", [(), ("--frozen",), ("--locked",)])
def test_a_remembered_selection_is_what_the_lockfile_says(
    filled: Path, venvoy: CommandLine, options: tuple[str, ...]
) -> None:
    there = listed(venvoy)
    kept = last_answer(venvoy)
    assert again(filled, venvoy, *options) == there
    kept.unlink()
    assert again(filled, venvoy, *options) == there
    assert last_answer(venvoy) == kept, "remembered anew, under the same name"


def test_it_is_what_spares_reading_the_lockfile(filled: Path, venvoy: CommandLine) -> None:
    kept = last_answer(venvoy)
    # A mark that only the remembered answer has, under a checksum that is right, shows where the answer came from.
    body = kept.read_bytes().partition(b"\n")[2].replace(b'true, "wheel"]', b'false, "wheel"]')
    kept.write_bytes(chosen._checksum(kept, body) + b"\n" + body)
    shutil.rmtree(filled / ".venv")
    assert venvoy("sync", "--frozen").code == 0
    assert not list((filled / ".venv").rglob("REQUESTED")), "asked for by name, says the lockfile alone"


@pytest.mark.parametrize("harm", [b"", b"nonsense", b'one\n[[], "", true]'])
def test_a_damaged_answer_is_none(filled: Path, venvoy: CommandLine, harm: bytes) -> None:
    there = listed(venvoy)
    kept = last_answer(venvoy)
    kept.write_bytes(harm)
    assert again(filled, venvoy) == there
    assert kept.read_bytes() != harm


def test_an_edited_answer_is_none(filled: Path, venvoy: CommandLine) -> None:
    there = listed(venvoy)
    kept = last_answer(venvoy)
    kept.write_bytes(kept.read_bytes().replace(b"helper", b"hijack"))
    assert again(filled, venvoy) == there


def test_another_lockfile_or_another_wish_is_another_question(filled: Path, venvoy: CommandLine) -> None:
    lockfile = filled / "pylock.toml"
    lockfile.write_text(lockfile.read_text(encoding="utf-8").replace("demo", "demo "), encoding="utf-8")
    shutil.rmtree(filled / ".venv")
    assert venvoy("sync", "--frozen").code != 0, "a lockfile that is wrong now is read, and refused"
    assert venvoy("lock").code == 0
    assert venvoy("add", "--group", "docs", "paint").code == 0
    assert "paint" in listed(venvoy)
    assert "paint" not in again(filled, venvoy)
    assert "paint" in again(filled, venvoy, "--group", "docs")


def test_a_changed_project_is_locked_again(filled: Path, venvoy: CommandLine) -> None:
    file = filled / "pyproject.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("helper<1.6", "helper>=1.6"), encoding="utf-8")
    assert "helper  1.5" not in again(filled, venvoy)


def test_only_the_last_answers_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen, "_MOST", 3)
    folder = tmp_path / "selections-v1"
    for number in range(6):
        path = folder / f"{number:032}"
        chosen.remember(path, chosen.Chosen((), "", covers=True))
        os.utime(path, (number + 1, number + 1))
    assert sorted(path.name[-1] for path in folder.iterdir()) == ["3", "4", "5"]


def test_a_path_in_a_lockfile_is_seen_from_where_it_lies(venvoy: CommandLine, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    (first / "shelf").mkdir(parents=True)
    WheelSpec("local", "1.0").write(first / "shelf")
    text = '[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["local"]\n'
    (first / "pyproject.toml").write_text(f'{text}[tool.venvoy]\nfind-links = ["shelf"]\nno-index = true\n', "utf-8")
    for _ in range(2):
        assert venvoy("sync", "--project", str(first)).code == 0
    assert "path =" in (first / "pylock.toml").read_text("utf-8")
    shutil.rmtree(first / ".venv")
    shutil.move(first, second)
    shutil.rmtree(Path(venvoy.environ["VENVOY_CACHE_DIR"], BUCKET))
    ran = venvoy("sync", "--frozen", "--project", str(second))
    assert ran.code == 0, ran
