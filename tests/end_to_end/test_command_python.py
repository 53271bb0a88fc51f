"""``venvoy python``: which interpreters there are, which one is meant, which one is pinned."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from support.command_line import MINOR, CommandLine, expect
from support.environments import script
from venvoy.system import program

posix = pytest.mark.skipif(sys.platform == "win32", reason="a script is no executable there")
BASE = program.python()


def python_that_says(folder: Path, **said: object) -> Path:
    """An executable that describes itself as a Python of this kind."""
    version = str(said["version"])
    whole = {
        "executable": str(folder / "python"), "implementation": "cpython", "bits": 64, "platform": "linux-x86_64",
        "free_threaded": False, "prefix": str(folder), "base_prefix": str(folder), "base_executable": "",
        "stdlib": str(folder), "modules": "", "paths": [str(folder / "site")], "site_packages": str(folder / "site"),
        "scripts": str(folder), "user_site": "", "user_scripts": "", "missing": [],
    }  # fmt: skip
    text = json.dumps({**whole, **said})
    return script(folder / f"python{'.'.join(version.split('.')[:2])}", f"echo 'venvoy-facts<{text}>venvoy-facts'")


def pip(folder: Path, version: str) -> None:
    (folder / "site" / "pip" / "_vendor").mkdir(parents=True)
    (folder / "site" / "pip" / "__init__.py").write_text(f'__version__ = "{version}"\n', encoding="utf-8")


@posix
def test_the_list_shows_each_python_and_what_is_wrong_with_it(venvoy: CommandLine, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("old", "system", "ancient", "threads", "broken")]
    python_that_says(folders[0], version="3.7.16", missing=["tkinter"])
    pip(folders[0], "24.1.2")
    python_that_says(folders[1], version="3.12.1")
    (folders[1] / "EXTERNALLY-MANAGED").write_text("", encoding="utf-8")
    python_that_says(folders[2], version="2.7.18", bits=32)
    pip(folders[2], "19.2.3")
    python_that_says(folders[3], version="3.14.0", free_threaded=True, implementation="pypy")
    script(folders[4] / "python3.99", "echo 'Segmentation fault' >&2; exit 139")
    path = ":".join(map(str, folders))
    ran = venvoy("python", "list", PATH=path)
    # other Pythons of this machine follow, in the usual places
    mine = [line for line in str(ran).splitlines() if line.startswith(("exit", "out Python")) or "[FOLDER]" in line]
    mine = [re.sub(r" {2,}", "  ", line) for line in mine]
    expect(
        "\n".join(mine),
        """
        exit 0
        out Python  pip  fixes until  from  where
        out 3.7.16  24.1.2  too new  2023-06-27  PATH  [FOLDER]/old/python3.7
        out 3.12.1  -  missing  2028-10-31  PATH  [FOLDER]/system/python3.12
        out 2.7.18  19.2.3  old  2020-01-01  PATH  [FOLDER]/ancient/python2.7
        out PyPy 3.14.0t  -  missing  2030-10-31  PATH  [FOLDER]/threads/python3.14
        out [FOLDER]/old/python3.7: lacks tkinter; is too old for projects; venvoy venv can make an environment of it
        out [FOLDER]/system/python3.12: belongs to the system, pip may not change it (PEP 668)
        out [FOLDER]/ancient/python2.7: is a 32-bit program, for which there are few wheels; is too old for venvoy
        out [FOLDER]/broken/python3.99: It was asked what it is, and failed (code 139): Segmentation fault
        """,
    )
    result = json.loads(venvoy("python", "list", "--json", PATH=path).stdout)["result"]["interpreters"]
    first = {
        name: result[0][name]
        for name in ("path", "source", "version", "end_of_life", "supported", "pip", "pip_status", "usable")
    }
    assert first == {
        "path": "[FOLDER]/old/python3.7",
        "source": "PATH",
        "version": "3.7.16",
        "end_of_life": "2023-06-27",
        "supported": False,
        "pip": "24.1.2",
        "pip_status": "too new",
        "usable": "environments",
    }


def test_a_python_is_found_by_its_version(venvoy: CommandLine) -> None:
    venvoy("python", "find").says("""
        exit 0
        out [BASE]
    """)
    venvoy("python", "find", MINOR, "--json").says("""
        exit 0
        out {
        out   "schema": 1, "command": "python find", "ok": true,
        out   "result": {
        out     "path": "[BASE]", "version": "[PYTHON]", "implementation": "CPython", "usable": "projects"
        out   },
        out   "warnings": []
        out }
    """)


def test_one_that_is_not_there_is_said_so_with_what_is_there(venvoy: CommandLine) -> None:
    ran = venvoy("python", "find", "3.99")
    assert ran.code == 30
    assert ran.stderr.startswith("error: No Python 3.99 was found on this computer. [python-not-found]\n")
    assert "[BASE]: it is not 3.99" in ran.stderr


def test_a_pin_is_written_shown_and_changed(venvoy: CommandLine) -> None:
    venvoy("python", "pin").says("""
        exit 30
        err error: No Python is pinned here: there is no .python-version. [python-not-found]
        err   → venvoy python pin 3.12   writes one
    """)
    venvoy("python", "pin", MINOR).says("""
        exit 0
        err Pinned Python [MINOR] in .python-version
        err Here it is [BASE]
    """)
    assert (venvoy.project / ".python-version").read_text(encoding="utf-8") == f"{MINOR}\n"
    venvoy("python", "pin").says("""
        exit 0
        out [MINOR]
        err It stands in .python-version
    """)
    (venvoy.project / ".python-version").write_text("# ours\n3.99  # the newest\nnode 20\n", encoding="utf-8")
    venvoy("python", "pin", f"=={MINOR}.*").says("""
        exit 0
        err Pinned Python [MINOR] in place of 3.99 in .python-version
        err Here it is [BASE]
    """)
    assert (venvoy.project / ".python-version").read_text(encoding="utf-8") == f"# ours\n{MINOR}\nnode 20\n"


def test_a_version_that_is_not_here_is_pinned_with_a_warning(venvoy: CommandLine) -> None:
    venvoy("python", "pin", "3.99").says("""
        exit 0
        err warning: No Python 3.99 was found on this computer. The pin is written all the same.
        err Pinned Python 3.99 in .python-version
    """)


def test_a_pin_that_the_project_cannot_run_on_is_refused(venvoy: CommandLine, project: Path) -> None:
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    (project / "pyproject.toml").write_text(
        re.sub(r"requires-python = .*", 'requires-python = ">=3.10,<3.99"', text), encoding="utf-8"
    )
    venvoy("python", "pin", "3.9").says("""
        exit 3
        err error: This project needs <3.99,>=3.10, so Python 3.9 cannot be pinned. [python-pin-conflict]
        err   at [PROJECT]/pyproject.toml
        err   No Python is both.
        err   → Pin one that the project can run on: venvoy python pin VERSION
        err   → Or change requires-python in [PROJECT]/pyproject.toml so that it lets Python 3.9 in.
    """)
    venvoy("python", "pin", ">=3.99").says("""
        exit 3
        err error: This project needs <3.99,>=3.10, so Python >=3.99 cannot be pinned. [python-pin-conflict]
        err   at [PROJECT]/pyproject.toml
        err   No Python is both.
        err   → Pin one that the project can run on: venvoy python pin VERSION
        err   → Or change requires-python in [PROJECT]/pyproject.toml so that it lets Python >=3.99 in.
    """)
    assert not (project / ".python-version").exists()


def test_a_pin_that_rules_the_project_out_is_said_so_by_every_command(venvoy: CommandLine, project: Path) -> None:
    (project / ".python-version").write_text("3.8\n", encoding="utf-8")
    venvoy("sync").says("""
        exit 3
        err error: This project needs >=[MINOR], and .python-version asks for Python 3.8. [python-pin-conflict]
        err   at [PROJECT]/.python-version
        err   No Python is both.
        err   → Pin one that the project can run on: venvoy python pin VERSION, which changes [PROJECT]/.python-version
        err   → Or change requires-python in [PROJECT]/pyproject.toml so that it lets Python 3.8 in.
    """)
    venvoy("python", "find").says("""
        exit 3
        err error: This project needs >=[MINOR], and .python-version asks for Python 3.8. [python-pin-conflict]
        err   at [PROJECT]/.python-version
        err   No Python is both.
        err   → Pin one that the project can run on: venvoy python pin VERSION, which changes [PROJECT]/.python-version
        err   → Or change requires-python in [PROJECT]/pyproject.toml so that it lets Python 3.8 in.
    """)
    (project / ".python-version").write_text("3.99\n", encoding="utf-16")  # as PowerShell writes it
    assert "\n  at [PROJECT]/.python-version\n" in venvoy("sync").stderr
    assert venvoy("python", "pin", MINOR).code == 0
    assert venvoy("sync").code == 0
    (project / ".python-version").write_bytes(f"\ufeff{MINOR}.*\r\n".encode())
    assert venvoy("sync").code == 0
