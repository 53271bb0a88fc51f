"""What stands in for pip says what to type, and gives way to a real one."""

from __future__ import annotations

import os
import subprocess

import pytest

from venvoy.environment import stand_in
from venvoy.environment.layout import Environment
from venvoy.values import replace


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
def test_it_runs_in_a_shell(environment: Environment) -> None:
    stand_in.put(environment)
    for name in ("pip", "pip3"):
        ran = subprocess.run(
            [environment.scripts / name, "install", "x", "'$(date)"], capture_output=True, text=True, check=False
        )
        assert (ran.returncode, ran.stdout) == (1, "")
        assert ran.stderr == (
            "pip is not used here: venvoy keeps this environment as the pylock.toml of its project says.\n"
            "  -> venvoy add NAME      in place of pip install NAME\n"
            "  -> venvoy import FILE   in place of pip install -r FILE\n"
            "  -> venvoy remove NAME   in place of pip uninstall NAME\n"
            "  -> venvoy pip fix       puts a real pip here after all\n"
        )


def test_windows_gets_a_batch_file_as_well_in_which_nothing_is_redirected(environment: Environment) -> None:
    stand_in.put(replace(environment, windows=True))
    lines = (environment.scripts / "pip.bat").read_bytes().decode("ascii").split("\r\n")
    assert lines[0] == "@echo off"
    assert lines[3] == ">&2 echo   -^> venvoy add NAME      in place of pip install NAME"
    assert lines[-2:] == ["exit /b 1", ""]
    assert {path.name for path in environment.scripts.glob("pip*")} == {"pip", "pip.bat", "pip3", "pip3.bat"}


def test_a_pip_that_is_there_is_left_alone(environment: Environment) -> None:
    (environment.scripts / "pip").write_text("mine", encoding="utf-8")
    (environment.scripts / "pip3.exe").touch()
    stand_in.put(replace(environment, windows=True))
    assert (environment.scripts / "pip").read_text(encoding="utf-8") == "mine"
    assert not (environment.scripts / "pip3").exists()


def test_it_is_known_to_the_byte(environment: Environment) -> None:
    stand_in.put(environment)
    path = environment.scripts / "pip"
    assert stand_in.is_one(str(path))
    path.write_bytes(path.read_bytes() + b"\n")
    assert not stand_in.is_one(str(path))
    assert not stand_in.is_one(str(environment.python))
    assert not stand_in.is_one(str(environment.scripts / "pip4"))
