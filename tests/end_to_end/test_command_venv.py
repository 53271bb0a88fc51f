"""``venvoy venv``: environments without a project."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.command_line import CommandLine, tree
from venvoy.python import listing


def python_of(environment: Path) -> str:
    return str(environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def test_an_environment_has_a_pip_that_works(venvoy: CommandLine) -> None:
    venvoy("venv").says("""
        exit 0
        err Made an environment in .venv with Python [PYTHON] ([BASE])
        err Its Python: .venv/[SCRIPTS]/python
    """)
    pip = [python_of(venvoy.project / ".venv"), "-m", "pip"]
    assert venvoy.finish(venvoy.process([*pip, "install", "--quiet", "demo"])).code == 0
    shown = venvoy.finish(venvoy.process([*pip, "list", "--format=freeze"]))
    assert {"demo==2.0", "helper==1.6"} <= set(shown.stdout.split())


def test_without_a_seed_it_is_empty(venvoy: CommandLine) -> None:
    venvoy("venv", "--no-seed", "--prompt", "my prompt", "bare").says("""
        exit 0
        err Made an environment in bare with Python [PYTHON] ([BASE])
        err Its Python: bare/[SCRIPTS]/python
    """)
    assert list((venvoy.project / "bare").rglob("pip*")) == []
    assert "my prompt" in (venvoy.project / "bare" / "pyvenv.cfg").read_text(encoding="utf-8")


def test_what_is_there_is_not_replaced_unless_forced(venvoy: CommandLine) -> None:
    assert venvoy("venv", "--no-seed").code == 0
    (venvoy.project / ".venv" / "mine.txt").write_text("keep", encoding="utf-8")
    before = tree(venvoy.project)
    venvoy("venv").says("""
        exit 30
        err error: There is an environment in [PROJECT]/.venv already. [environment-exists]
        err   → Use it as it is, or choose another path.
        err   → Replace it with a new one: add --force
    """)
    assert tree(venvoy.project) == before
    venvoy("venv", "--force", "--no-seed").says("""
        exit 0
        err Made an environment in .venv with Python [PYTHON] ([BASE])
        err Its Python: .venv/[SCRIPTS]/python
    """)
    assert not (venvoy.project / ".venv" / "mine.txt").exists()


def test_a_folder_that_is_no_environment_is_never_replaced(venvoy: CommandLine) -> None:
    (venvoy.project / "photos").mkdir()
    (venvoy.project / "photos" / "cat.txt").write_text("meow", encoding="utf-8")
    venvoy("venv", "photos").says("""
        exit 30
        err error: No environment can be made in [PROJECT]/photos: the folder is not empty, and it is no environment. [environment-exists]
        err   It holds cat.txt. venvoy never deletes what it did not make.
        err   → Choose another path, or move what is in that folder away.
    """)
    venvoy("venv", "--force", "photos").says("""
        exit 30
        err error: No environment can be made in [PROJECT]/photos: the folder is not empty, and it is no environment. [environment-exists]
        err   It holds cat.txt. venvoy never deletes what it did not make.
        err   → Choose another path, or move what is in that folder away.
    """)
    venvoy("venv", "--json", "photos").says("""
        exit 30
        out {
        out   "schema": 1, "command": "venv", "ok": false,
        out   "error": {
        out     "code": "environment-exists",
        out     "what": "No environment can be made in [PROJECT]/photos: the folder is not empty, and it is no environment.",
        out     "why": "It holds cat.txt. venvoy never deletes what it did not make.",
        out     "fix": ["Choose another path, or move what is in that folder away."], "where": "", "exit": 30,
        out     "data": {}
        out   },
        out   "warnings": []
        out }
    """)
    assert (venvoy.project / "photos" / "cat.txt").read_text(encoding="utf-8") == "meow"


def test_the_result_is_there_as_json(venvoy: CommandLine) -> None:
    venvoy("venv", "--json", "--no-seed", "try it").says("""
        exit 0
        out {
        out   "schema": 1, "command": "venv", "ok": true,
        out   "result": {
        out     "path": "[PROJECT]/try it", "python": "[PYTHON]", "interpreter": "[BASE]",
        out     "scripts": "[PROJECT]/try it/[SCRIPTS]", "seeded": false
        out   },
        out   "warnings": []
        out }
    """)


def test_the_active_environment_is_looked_at_outside_a_project(venvoy: CommandLine) -> None:
    assert venvoy("venv", "--no-seed", "here").code == 0
    venvoy("list", VIRTUAL_ENV=str(venvoy.project / "here")).says("""
        exit 0
        err Nothing is installed in here yet
    """)
    venvoy("tree", VIRTUAL_ENV=str(venvoy.project / "here")).says("""
        exit 0
        err Nothing is installed here yet
    """)
    venvoy("list").says("""
        exit 30
        err error: There is no project here, and no environment is active. [environment-missing]
        err   → venvoy init   makes this folder a project, with an environment
        err   → venvoy venv   makes an environment alone
    """)
    venvoy("list", VIRTUAL_ENV=str(venvoy.project / "gone")).says("""
        exit 30
        err error: The active environment is gone: there is no folder [PROJECT]/gone. [environment-missing]
        err   → deactivate   leaves it
    """)


def test_a_python_that_is_too_old_for_projects_makes_an_environment_with_a_pip_that_works_there(
    venvoy: CommandLine, machine: Mapping[str, str]
) -> None:
    found = listing.every(environ=machine, cache=Path(venvoy.environ["VENVOY_CACHE_DIR"]) / "interpreters-v1")
    old = [one.facts for one in found if one.facts and (3, 6) <= one.facts.release < (3, 9)]
    if not old:
        pytest.skip("this machine has no Python 3.6, 3.7 or 3.8")
    python = old[0]
    venvoy.filters[:0] = [
        (re.escape(python.executable), "[OLD]"),
        (rf"\b{re.escape(python.version)}\b", "[VERSION]"),
        (r"(?<=pip )\d+\.\d+(\.\d+)?", "[PIP]"),
    ]
    venvoy("venv", "--python", python.executable).says("""
        exit 0
        err warning: pip [PIP] is taken, though pip [PIP] would fit better: There is no distribution called pip.
        err Made an environment in .venv with Python [VERSION] ([OLD])
        err Its Python: .venv/[SCRIPTS]/python
    """)
    shown = venvoy.finish(venvoy.process([python_of(venvoy.project / ".venv"), "-m", "pip", "list"]))
    assert shown.code == 0
    assert venvoy("pip", "check", "--python", ".venv").code == 0
    venvoy("init", "--python", python.executable).says("""
        exit 30
        err error: Python [VERSION] is too old for venvoy. [python-too-old]
        err   at [OLD]
        err   venvoy locks and installs for Python 3.9 and newer. Older ones get no security fixes any more, and new packages no longer run on them.
        err   → Ask for a newer one, for instance: --python 3.12
        err   → If it must be this one, make an environment without a project: venvoy venv --python [OLD]
    """)


def test_a_moved_or_copied_environment_is_not_used(venvoy: CommandLine) -> None:
    assert venvoy("venv", "--no-seed", "here").code == 0
    (venvoy.project / "here").rename(venvoy.project / "there")
    venvoy("list", VIRTUAL_ENV=str(venvoy.project / "there")).says("""
        exit 30
        err error: This environment cannot be used. [environment-invalid]
        err   at [PROJECT]/there
        err   It was moved here from [PROJECT]/here, and its commands still lead there.
        err   → Let them lead here: venvoy envs fix
        err   → Or make it anew: venvoy sync, or venvoy venv --force
    """)
    shutil.copytree(venvoy.project / "there", venvoy.project / "here", symlinks=True)
    venvoy("list", VIRTUAL_ENV=str(venvoy.project / "there")).says("""
        exit 30
        err error: This environment cannot be used. [environment-invalid]
        err   at [PROJECT]/there
        err   It is a copy of [PROJECT]/here, and its commands still lead there.
        err   → Let them lead here: venvoy envs fix
        err   → Or make it anew: venvoy sync, or venvoy venv --force
    """)


@pytest.mark.skipif(sys.platform == "win32", reason="commands there are launchers")
def test_a_relocatable_environment_works_wherever_it_is_moved_to(venvoy: CommandLine) -> None:
    assert venvoy("venv", "--relocatable", "here").code == 0
    there = venvoy.project / "the other place"
    (venvoy.project / "here").rename(there)
    usual = "/usr/bin:/bin"  # for dirname, realpath and uname
    install = [str(there / "bin" / "pip"), "install", "--quiet", "demo"]
    shown = venvoy.finish(venvoy.process(install, PATH=usual))
    assert shown.code == 0
    assert "demo" in venvoy("list", VIRTUAL_ENV=str(there)).stdout
    assert venvoy("pip", "check", "--python", str(there)).code == 0
    for shell in filter(None, map(shutil.which, ("bash", "zsh"))):
        line = '. "the other place/bin/activate" && echo "$VIRTUAL_ENV" && command -v pip'
        said = venvoy.finish(venvoy.process([shell, "-c", line], PATH=usual)).stdout
        assert said == "[PROJECT]/the other place\n[PROJECT]/the other place/bin/pip\n", shell
