"""What counts as a path or an address in the place of a requirement, and what is watched of a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from venvoy.operations.building import folders
from venvoy.operations.standalone import pointed


@pytest.mark.parametrize(
    "text",
    [
        ".",
        "..",
        "./demo",
        "../demo[extra]",
        "~/demo",
        "/opt/demo",
        "packages/demo",
        "C:\\demo",
        "c:/demo",
        "..\\demo",
        "./demo-1.0-py3-none-any.whl",
        "git+https://host.example/demo.git@v1",
        "git+ssh://git@host.example/demo",
        "HTTPS://host.example/demo-1.0.zip",
        "file:///opt/demo",
    ],
)
def test_a_path_or_an_address_is_a_place(text: str) -> None:
    assert pointed.is_place(text)


@pytest.mark.parametrize(
    "text",
    [
        "demo",
        "demo>=1",
        "demo[extra]",
        "demo @ https://host.example/demo-1.0.zip",
        "demo@ file:///opt/demo",
        "demo; sys_platform == 'a/b'",
        "demo-1.0-py3-none-any.whl",
        "requirements.txt",
    ],
)
def test_a_requirement_is_none(text: str) -> None:
    assert not pointed.is_place(text)


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")


def test_what_tools_leave_in_a_folder_is_no_change(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "src/demo/a.py", "src/build/b.py")
    before = folders.fingerprint(tmp_path)
    left = (".git/HEAD", "build/lib/a.py", "dist/a.whl", "src/demo/__pycache__/a.pyc", "src/demo.egg-info/PKG-INFO")
    write(tmp_path, *left, ".venv/pyvenv.cfg", ".venv/lib/x.py", "src/demo/old.pyc", ".mypy_cache/x.json")
    assert folders.fingerprint(tmp_path) == before
    write(tmp_path, "src/build/c.py")
    assert folders.fingerprint(tmp_path) != before


def test_a_file_that_is_edited_or_gone_is_a_change(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "a.py", "b.py")
    seen = {folders.fingerprint(tmp_path)}
    os.utime(tmp_path / "a.py", ns=(1, 1))
    seen.add(folders.fingerprint(tmp_path))
    (tmp_path / "b.py").unlink()
    seen.add(folders.fingerprint(tmp_path))
    assert len(seen) == 3


def test_links_in_a_circle_and_into_nothing_are_no_riddle(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    try:
        (tmp_path / "circle").symlink_to(tmp_path, target_is_directory=True)
        (tmp_path / "nothing").symlink_to(tmp_path / "not there")
    except OSError:
        pytest.skip("this system makes no links here")
    assert folders.fingerprint(tmp_path) == folders.fingerprint(tmp_path)


def test_metadata_rests_on_what_files_say_and_not_on_their_style(tmp_path: Path) -> None:
    table = '[project]\nname = "demo"\nversion = "1.0"\n'
    (tmp_path / "pyproject.toml").write_text(table, encoding="utf-8")
    (tmp_path / "setup.py").write_bytes(b"setup()\n")
    before = folders.inputs(tmp_path)
    (tmp_path / "pyproject.toml").write_text(f"# hello\n{table}[tool.ruff]\nline-length = 9\n", encoding="utf-8")
    (tmp_path / "setup.py").write_bytes(b"setup()\r\n")
    assert folders.inputs(tmp_path) == before
    (tmp_path / "pyproject.toml").write_text(f'{table}dependencies = ["other"]\n', encoding="utf-8")
    assert folders.inputs(tmp_path) != before
