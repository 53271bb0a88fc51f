"""Activation in the shells of Windows, and those that are there for every system: as scripts, without a terminal.

Each runs where its shell is installed: on Windows PowerShell 5.1, cmd and Git Bash always are.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from venvoy.environment.activation.shells import SHELLS
from venvoy.environment.activation.values import Activation

WINDOWS = sys.platform == "win32"
ODD = "it's 50% of $HOME & (é) {x} 日本"


@pytest.fixture
def project(home: Path, machine: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an odd name that holds an environment; venvoy and Python are on PATH."""
    folder = home / ODD
    folder.mkdir()
    monkeypatch.setenv("VENVOY_CACHE_DIR", str(home / "cache"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{machine['PATH']}")
    made = [sys.executable, "-m", "venvoy", "venv", "--no-seed"]
    subprocess.run(made, cwd=folder, check=True, capture_output=True)
    return folder


def said(arguments: list[str], folder: Path) -> list[str]:
    """What a shell printed."""
    done = subprocess.run(arguments, cwd=folder, check=False, capture_output=True, timeout=300)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout.decode("utf-8", "replace").split("\n")


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


POWERSHELL = """
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest
venvoy hook powershell --auto | Out-String | Invoke-Expression
$env:PYTHONHOME = $null
$before = $env:PATH
$prompt = "$function:prompt"
venvoy activate
python -c "import sys; print(ascii(sys.prefix))"
"named " + ($env:VIRTUAL_ENV_PROMPT.Length -gt 0)
"prompt " + ("$function:prompt" -cne $prompt)
venvoy deactivate
"path " + ($env:PATH -ceq $before)
"prompt " + ("$function:prompt" -ceq $prompt)
"left " + (-not (Test-Path Env:VIRTUAL_ENV))
"gone " + (-not (Test-Path Function:\\deactivate))
"""


@pytest.mark.parametrize("name", ["powershell", "pwsh"])
def test_powershell(name: str, project: Path) -> None:
    encoded = base64.b64encode(POWERSHELL.encode("utf-16-le")).decode()
    lines = said([program(name), "-NoProfile", "-NonInteractive", "-EncodedCommand", encoded], project)
    assert [line.strip() for line in lines if line.strip()] == [
        ascii(str(project / ".venv")),
        *("named True", "prompt True", "path True", "prompt True", "left True", "gone True"),
    ]


NUSHELL = """
source hook.nu
let name = (if "Path" in $env { "Path" } else { "PATH" })
let before = ($env | get $name)
venvoy activate
^python -c "import sys; print(ascii(sys.prefix))"
venvoy deactivate
print $"path (($env | get $name) == $before)"
print $"left ('VIRTUAL_ENV' not-in $env)"
"""


def test_nushell(project: Path) -> None:
    nu = program("nu")
    hook = subprocess.run(["venvoy", "hook", "nushell", "--auto"], check=True, capture_output=True).stdout
    (project / "hook.nu").write_bytes(hook)
    lines = said([nu, "--no-config-file", "--commands", NUSHELL], project)
    assert [line.strip() for line in lines if line.strip()] == [
        ascii(str(project / ".venv")),
        *("path true", "left true"),
    ]


GIT_BASH = """
set -eu
eval "$(venvoy hook bash)"
before=$PATH
venvoy activate
python -c "import sys; print(ascii(sys.prefix))"
command -v python
venvoy deactivate
[ "$PATH" = "$before" ] && echo path
echo "${VIRTUAL_ENV-left}"
"""


@pytest.mark.skipif(not WINDOWS, reason="Git Bash is on Windows")
def test_git_bash(project: Path) -> None:
    bash = Path(program("git")).parents[1] / "bin" / "bash.exe"
    if not bash.is_file():
        pytest.skip("Git Bash is not installed here")
    prefix, python, *rest = said([str(bash), "--noprofile", "--norc", "-c", GIT_BASH], project)
    assert prefix.strip() == ascii(str(project / ".venv"))
    assert python.startswith("/")
    assert [line.strip() for line in rest if line.strip()] == ["path", "left"]


CMD = """\
@echo off
venvoy hook cmd > hook.cmd
set _VENVOY_HOOK=1
set "PYTHONHOME="
set "BEFORE=%PATH%"
call hook.cmd activate
python -c "import sys; print(ascii(sys.prefix))"
call hook.cmd --version
call hook.cmd deactivate
if "%PATH%"=="%BEFORE%" echo path
if not defined VIRTUAL_ENV echo left
"""


@pytest.mark.skipif(not WINDOWS, reason="cmd is on Windows")
def test_cmd(project: Path) -> None:
    (project / "main.cmd").write_text(CMD.replace("\n", "\r\n"), encoding="ascii", newline="")
    prefix, version, *rest = said([os.environ["COMSPEC"], "/d", "/c", "main.cmd"], project)
    assert prefix.strip() == ascii(str(project / ".venv"))
    assert version.startswith("venvoy ")
    assert [line.strip() for line in rest if line.strip()] == ["path", "left"]


WINE = """\
@echo off
set "PYTHONHOME=C:\\old"
set "PROMPT=$P$G"
set "PATH=%PATH%;C:\\a (b)\\c"
set > before.txt
set _VENVOY_HOOK=1
call hook.cmd activate
set > active.txt
call hook.cmd run x y
call hook.cmd activate --help
call hook.cmd activate
call hook.cmd deactivate
set _VENVOY_HOOK=
set > after.txt
"""
STAND_IN = """\
@if "%2"=="--help" echo a help page
@if "%2"=="--help" exit /b
@if "%1"=="activate" type activate.cmd
@if "%1"=="deactivate" type deactivate.cmd
@if "%1"=="run" echo ran %*
"""


@pytest.mark.soak
def test_the_texts_for_cmd_in_wine(tmp_path: Path) -> None:
    wine, cmd = program("wine"), SHELLS["cmd"]
    root = "Z:\\it's 50% & $(x) ^ !y! %PATH%\\.venv"
    made = Activation(root, f"{root}\\Scripts", "50% & co")
    hook = cmd.hook("C:\\venvoy.exe", auto=False).replace('@"C:\\venvoy.exe"', "@call venvoy.cmd")
    texts = {
        "activate": cmd.activate(made),
        "deactivate": cmd.deactivate(made),
        "hook": hook,
        "venvoy": STAND_IN.replace("\n", "\r\n"),
        "main": WINE.replace("\n", "\r\n"),
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.cmd").write_bytes(text.encode())
    environ = {**os.environ, "WINEPREFIX": str(tmp_path / "wine"), "WINEDEBUG": "-all", "HOME": str(tmp_path)}
    arguments = [wine, "cmd", "/c", "main.cmd"]
    done = subprocess.run(arguments, cwd=tmp_path, env=environ, check=True, capture_output=True, timeout=300)
    assert done.stdout.decode().split() == ["ran", "run", "x", "y", "a", "help", "page"]

    def variables(name: str) -> dict[str, str]:
        lines = (tmp_path / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        return dict(line.partition("=")[::2] for line in lines)

    before, active = variables("before"), variables("active")
    assert variables("after") == before
    changed = {
        "VIRTUAL_ENV": root,
        "VIRTUAL_ENV_PROMPT": "50% & co",
        "PATH": f"{root}\\Scripts;{before['PATH']}",
        "PROMPT": "(50% & co) $P$G",
    }
    assert {name: active[name] for name in changed} == changed
    assert "PYTHONHOME" not in active
