"""The main job where paths hold spaces and letters of other languages, and where tools expect other things."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.command_line import WINDOWS, CommandLine

NAME = "Größe 大きい (1)"


def test_the_main_job_in_a_folder_with_spaces_and_letters_of_other_languages(
    venvoy: CommandLine, tmp_path: Path, cache: Path
) -> None:
    place = tmp_path / NAME
    place.mkdir()
    venvoy.environ["VENVOY_CACHE_DIR"] = str(shutil.copytree(cache, place / "cäche"))
    project = place / "projèt 1"
    venvoy.hide(project, "PROJECT")
    venvoy("init", str(project)).says("""
        exit 0
        err Wrote pyproject.toml, .gitignore, pylock.toml
        err Made an environment in [PROJECT]/.venv with Python [PYTHON]
        err proj-t-1 is ready. Next:
        err   cd '[PROJECT]'
        err   venvoy add requests
    """)
    venvoy.project = project
    venvoy("add", "demo[color]").says("""
        exit 0
        err Wrote pylock.toml (3 added)
        err  + demo 2.0
        err  + helper 1.6
        err  + paint 4.1
        err Installed 3 in .venv
        err Added to your project: demo[color]>=2.0
    """)
    assert venvoy("add", "--dev", "tester", "--json").code == 0
    venvoy("lock", "--check").says("""
        exit 0
        err pylock.toml is up to date
    """)
    venvoy("sync", "--locked").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)
    venvoy("run", "demo", "ñandú", "two words").says("""
        exit 0
        out demo ñandú two words
    """)
    venvoy("run", "python", "-c", "import sys; print(ascii(sys.argv[1]))", "ñ").says(r"""
        exit 0
        out '\xf1'
    """)
    venvoy("show", "demo").says("""
        exit 0
        out Name          demo
        out Version       2.0
        out Summary       Shows how it works.
        out Location      [PROJECT]/.venv/[SITE]
        out Installed by  venvoy
        out Asked for     yes
        out Requires      helper>=1.5
        out Required by   nothing that is installed
        out Extras        color
        out Wheel         sha256:[DIGEST]
    """)
    venvoy("tree").says("""
        exit 0
        out your project
        out └─ demo 2.0  [demo[color]>=2.0]
        out    ├─ helper 1.5  [helper>=1.5]
        out    └─ paint 4.1  [paint>=3]
        out group 'dev'
        out └─ tester 8.0  [tester>=8.0]
        out    └─ helper 1.5  [helper<1.6]
    """)
    venvoy("add", "nope", "--json").says("""
        exit 11
        out {
        out   "schema": 1, "command": "add", "ok": false,
        out   "error": {
        out     "code": "project-unknown", "what": "There is no distribution called nope.",
        out     "why": "Asked: [INDEX]/simple/", "fix": ["Check the spelling."], "where": "", "exit": 11,
        out     "data": {"name": "nope", "suggestions": []}
        out   },
        out   "warnings": []
        out }
    """)
    venvoy("remove", "demo").says("""
        exit 0
        err Wrote pylock.toml (2 removed)
        err  - demo 2.0
        err  - paint 4.1
        err Removed 2 in .venv
        err Removed from your project: demo
    """)
    venvoy("venv", "--no-seed", "näch ster").says("""
        exit 0
        err Made an environment in näch ster with Python [PYTHON] ([BASE])
        err Its Python: 'näch ster/[SCRIPTS]/python'
    """)


def test_a_project_of_that_name_gets_one_that_can_be_used(venvoy: CommandLine, tmp_path: Path) -> None:
    venvoy("init", NAME).says("""
        exit 0
        err Wrote pyproject.toml, .gitignore, pylock.toml
        err Made an environment in Größe 大きい (1)/.venv with Python [PYTHON]
        err Gr-e-1 is ready. Next:
        err   cd 'Größe 大きい (1)'
        err   venvoy add requests
    """)
    assert 'name = "Gr-e-1"' in (venvoy.project / NAME / "pyproject.toml").read_text(encoding="utf-8")


def test_windows_line_ends_and_byte_order_marks_stay(venvoy: CommandLine) -> None:
    pyproject = venvoy.project / "pyproject.toml"
    text = '\ufeff[project]\r\nname = "x"\r\nversion = "1"\r\ndependencies = [\r\n    "helper",\r\n]\r\n'
    pyproject.write_bytes(text.encode())
    assert venvoy("add", "paint").code == 0
    assert pyproject.read_bytes().decode() == text.replace('"helper",\r\n', '"helper",\r\n    "paint>=4.1",\r\n')
    assert venvoy("remove", "paint").code == 0
    assert pyproject.read_bytes() == text.encode()


@pytest.mark.skipif(WINDOWS, reason="a colon names a drive there, and separates nothing")
def test_a_path_that_activation_scripts_cannot_hold_is_refused(venvoy: CommandLine) -> None:
    venvoy("venv", "a:b").says("""
        exit 30
        err error: No environment can be made in [PROJECT]/a:b. [environment-path]
        err   The path contains ':', which separates the folders in PATH: the environment could not be activated.
        err   → Choose or rename the folder so that its path does without it.
    """)
    venvoy("venv", "a:b", "--json").says("""
        exit 30
        out {
        out   "schema": 1, "command": "venv", "ok": false,
        out   "error": {
        out     "code": "environment-path", "what": "No environment can be made in [PROJECT]/a:b.",
        out     "why": "The path contains ':', which separates the folders in PATH: the environment could not be activated.",
        out     "fix": ["Choose or rename the folder so that its path does without it."], "where": "",
        out     "exit": 30, "data": {}
        out   },
        out   "warnings": []
        out }
    """)
    assert list(venvoy.project.iterdir()) == []
