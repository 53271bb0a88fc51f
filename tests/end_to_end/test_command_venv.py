"""``venvoy venv``: environments without a project."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from support.command_line import expect, tree

if TYPE_CHECKING:
    from pathlib import Path

    from support.command_line import CommandLine


def python_of(environment: Path) -> str:
    return str(environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def test_an_environment_has_a_pip_that_works(venvoy: CommandLine) -> None:
    expect(
        venvoy("venv"),
        """
        exit 0
        err Made an environment in .venv with Python [PYTHON] ([BASE])
        err Its Python: .venv/[SCRIPTS]/python
        """,
    )
    pip = [python_of(venvoy.project / ".venv"), "-m", "pip"]
    assert venvoy.finish(venvoy.process([*pip, "install", "--quiet", "demo"])).code == 0
    shown = venvoy.finish(venvoy.process([*pip, "list", "--format=freeze"]))
    assert {"demo==2.0", "helper==1.6"} <= set(shown.stdout.split())


def test_without_a_seed_it_is_empty(venvoy: CommandLine) -> None:
    expect(
        venvoy("venv", "--no-seed", "--prompt", "my prompt", "bare"),
        """
        exit 0
        err Made an environment in bare with Python [PYTHON] ([BASE])
        err Its Python: bare/[SCRIPTS]/python
        """,
    )
    assert list((venvoy.project / "bare").rglob("pip*")) == []
    assert "my prompt" in (venvoy.project / "bare" / "pyvenv.cfg").read_text(encoding="utf-8")


def test_what_is_there_is_not_replaced_unless_forced(venvoy: CommandLine) -> None:
    assert venvoy("venv", "--no-seed").code == 0
    (venvoy.project / ".venv" / "mine.txt").write_text("keep", encoding="utf-8")
    before = tree(venvoy.project)
    expect(
        venvoy("venv"),
        """
        exit 30
        err error: There is an environment in [PROJECT]/.venv already. [environment-exists]
        err   → Use it as it is, or choose another path.
        err   → Replace it with a new one: add --force
        """,
    )
    assert tree(venvoy.project) == before
    expect(
        venvoy("venv", "--force", "--no-seed"),
        """
        exit 0
        err Made an environment in .venv with Python [PYTHON] ([BASE])
        err Its Python: .venv/[SCRIPTS]/python
        """,
    )
    assert not (venvoy.project / ".venv" / "mine.txt").exists()


def test_a_folder_that_is_no_environment_is_never_replaced(venvoy: CommandLine) -> None:
    (venvoy.project / "photos").mkdir()
    (venvoy.project / "photos" / "cat.txt").write_text("meow", encoding="utf-8")
    expect(
        venvoy("venv", "photos"),
        """
        exit 30
        err error: No environment can be made in [PROJECT]/photos: the folder is not empty, and it is no environment. [environment-exists]
        err   It holds cat.txt. venvoy never deletes what it did not make.
        err   → Choose another path, or move what is in that folder away.
        """,
    )
    expect(
        venvoy("venv", "--force", "photos"),
        """
        exit 30
        err error: No environment can be made in [PROJECT]/photos: the folder is not empty, and it is no environment. [environment-exists]
        err   It holds cat.txt. venvoy never deletes what it did not make.
        err   → Choose another path, or move what is in that folder away.
        """,
    )
    expect(
        venvoy("venv", "--json", "photos"),
        """
        exit 30
        out {
        out   "schema": 1,
        out   "command": "venv",
        out   "ok": false,
        out   "error": {
        out     "code": "environment-exists",
        out     "what": "No environment can be made in [PROJECT]/photos: the folder is not empty, and it is no environment.",
        out     "why": "It holds cat.txt. venvoy never deletes what it did not make.",
        out     "fix": [
        out       "Choose another path, or move what is in that folder away."
        out     ],
        out     "where": "",
        out     "exit": 30,
        out     "data": {}
        out   },
        out   "warnings": []
        out }
        """,
    )
    assert (venvoy.project / "photos" / "cat.txt").read_text(encoding="utf-8") == "meow"


def test_the_result_is_there_as_json(venvoy: CommandLine) -> None:
    expect(
        venvoy("venv", "--json", "--no-seed", "try it"),
        """
        exit 0
        out {
        out   "schema": 1,
        out   "command": "venv",
        out   "ok": true,
        out   "result": {
        out     "path": "[PROJECT]/try it",
        out     "python": "[PYTHON]",
        out     "interpreter": "[BASE]",
        out     "scripts": "[PROJECT]/try it/[SCRIPTS]",
        out     "seeded": false
        out   },
        out   "warnings": []
        out }
        """,
    )


def test_the_active_environment_is_looked_at_outside_a_project(venvoy: CommandLine) -> None:
    assert venvoy("venv", "--no-seed", "here").code == 0
    expect(
        venvoy("list", VIRTUAL_ENV=str(venvoy.project / "here")),
        """
        exit 0
        err Nothing is installed in here yet
        """,
    )
    expect(
        venvoy("tree", VIRTUAL_ENV=str(venvoy.project / "here")),
        """
        exit 0
        err Nothing is installed here yet
        """,
    )
    expect(
        venvoy("list"),
        """
        exit 30
        err error: There is no project here, and no environment is active. [environment-missing]
        err   → venvoy init   makes this folder a project, with an environment
        err   → venvoy venv   makes an environment alone
        """,
    )
    expect(
        venvoy("list", VIRTUAL_ENV=str(venvoy.project / "gone")),
        """
        exit 30
        err error: The active environment is gone: there is no folder [PROJECT]/gone. [environment-missing]
        err   → deactivate   leaves it
        """,
    )
