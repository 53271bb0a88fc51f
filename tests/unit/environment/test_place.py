"""Where an environment was made for, and whether it still lies there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from venvoy.environment import layout, place
from venvoy.errors import Problem


def environment(root: Path, line: str, name: str = "bin/activate") -> Path:
    (root / name).parent.mkdir(parents=True)
    (root / name).write_text(f"# how to leave\n    unset VIRTUAL_ENV\n{line}\nexport VIRTUAL_ENV\n", encoding="utf-8")
    return root


def whole(root: Path, base: Path) -> Path:
    """One that ``layout.read`` accepts; made for where it is."""
    environment(root, f'VIRTUAL_ENV="{root}"')
    base.mkdir(exist_ok=True)
    (base / "python3.12").write_text("", encoding="utf-8")
    (root / "bin" / "python").symlink_to(base / "python3.12")
    (root / "lib" / "python3.12" / "site-packages").mkdir(parents=True)
    (root / "pyvenv.cfg").write_text(f"home = {base}\nversion = 3.12.1\n", encoding="utf-8")
    return root


@pytest.mark.skipif(os.name == "nt", reason="paths of POSIX")
@pytest.mark.parametrize(
    ("line", "origin"),
    [
        ('VIRTUAL_ENV="/home/me/env"', "/home/me/env"),
        ("VIRTUAL_ENV='/home/me/my env'", "/home/me/my env"),
        ("VIRTUAL_ENV='/home/it'\"'\"'s $x/env'", "/home/it's $x/env"),
        ("    *) export VIRTUAL_ENV=/home/me/env", ""),
        ('        export VIRTUAL_ENV="/home/me/env"', "/home/me/env"),
        ("VIRTUAL_ENV=/home/me/env", "/home/me/env"),
        ('VIRTUAL_ENV="$CURRENT_ENV"', ""),
        ('VIRTUAL_ENV=$(cygpath "/home/me/env")', ""),
        ("VIRTUAL_ENV='/home/me", ""),
    ],
)
def test_the_activation_script_names_the_place(tmp_path: Path, line: str, origin: str) -> None:
    assert place.made_for(str(environment(tmp_path / "env", line))) == origin


@pytest.mark.skipif(os.name != "nt", reason="paths of Windows")
def test_on_windows_the_one_for_cmd_does(tmp_path: Path) -> None:
    root = environment(tmp_path / "env", '@set "VIRTUAL_ENV=C:\\my env"', "Scripts/activate.bat")
    assert place.made_for(str(root)) == "C:\\my env"


def test_one_without_activation_scripts_does_not_say(tmp_path: Path) -> None:
    assert place.displaced(str(tmp_path)) == ("", False)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_moved_and_a_copied_environment_are_told_apart_and_not_used(tmp_path: Path) -> None:
    here = whole(tmp_path / "here", tmp_path / "base")
    assert layout.read(here).root == here
    (tmp_path / "link").symlink_to(here)
    assert layout.read(tmp_path / "link").minor == "3.12", "by another name it is the same"
    copy = shutil.copytree(here, tmp_path / "copy", symlinks=True)
    with pytest.raises(Problem) as caught:
        layout.read(copy)
    assert str(caught.value) == (
        f"{copy}: This environment cannot be used.\n"
        f"It is a copy of {here}, and its commands still lead there.\n"
        "→ Let them lead here: venvoy envs fix\n"
        "→ Or make it anew: venvoy sync, or venvoy venv --force"
    )
    assert caught.value.data["finding"] == "venv-copied"
    shutil.rmtree(here)
    with pytest.raises(Problem) as caught:
        layout.read(copy)
    assert caught.value.why == f"It was moved here from {here}, and its commands still lead there."
    assert caught.value.data["finding"] == "venv-moved"
    assert layout.read(copy, anywhere=True).root == copy
