"""``list``, ``tree`` and ``show``: they look, change nothing and ask no index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command_line import CommandLine, tree
from support.index_server import IndexServer


@pytest.fixture
def shop(project: Path, venvoy: CommandLine, index: IndexServer) -> Iterator[Path]:
    assert venvoy("add", "demo[color]", 'helper; sys_platform == "never"').code == 0
    assert venvoy("add", "--dev", "helper").code == 0
    assert venvoy("add", "--optional", "fast", "native").code == 0
    assert venvoy("sync").code == 0
    before = tree(project)
    index.forget()
    yield project
    assert tree(project) == before
    assert index.paths() == []


def test_list_shows_names_and_versions(shop: Path, venvoy: CommandLine) -> None:
    venvoy("list").says("""
        exit 0
        out demo    2.0
        out helper  1.6
        out paint   4.1
    """)
    venvoy("list", "--json").says("""
        exit 0
        out {
        out   "schema": 1, "command": "list", "ok": true,
        out   "result": {
        out     "environment": "[PROJECT]/.venv", "python": "[PYTHON]",
        out     "distributions": [
        out       {
        out         "name": "demo", "version": "2.0", "dist_info": "[PROJECT]/.venv/[SITE]/demo-2.0.dist-info",
        out         "installer": "venvoy", "requested": true, "direct_url": "", "wheel_sha256": "[DIGEST]",
        out         "has_record": true
        out       },
        out       {
        out         "name": "helper", "version": "1.6",
        out         "dist_info": "[PROJECT]/.venv/[SITE]/helper-1.6.dist-info", "installer": "venvoy",
        out         "requested": true, "direct_url": "", "wheel_sha256": "[DIGEST]", "has_record": true
        out       },
        out       {
        out         "name": "paint", "version": "4.1",
        out         "dist_info": "[PROJECT]/.venv/[SITE]/paint-4.1.dist-info", "installer": "venvoy",
        out         "requested": false, "direct_url": "", "wheel_sha256": "[DIGEST]", "has_record": true
        out       }
        out     ]
        out   },
        out   "warnings": []
        out }
    """)


def test_tree_shows_who_needs_what(shop: Path, venvoy: CommandLine) -> None:
    venvoy("tree").says("""
        exit 0
        out your project
        out └─ demo 2.0  [demo[color]>=2.0]
        out    ├─ helper 1.6  [helper>=1.5]
        out    └─ paint 4.1  [paint>=3]
        out extra 'fast'
        out └─ native 1.2, not installed  [native>=1.2]
        out group 'dev'
        out └─ helper 1.6  [helper>=1.6]
    """)
    venvoy("tree", "--json").says("""
        exit 0
        out {
        out   "schema": 1, "command": "tree", "ok": true,
        out   "result": [
        out     {
        out       "label": "your project",
        out       "nodes": [
        out         {
        out           "name": "demo", "version": "2.0", "requirement": "demo[color]>=2.0",
        out           "needs": [
        out             {
        out               "name": "helper", "version": "1.6", "requirement": "helper>=1.5", "needs": [],
        out               "repeated": false, "installed": true, "where": "", "cut": false, "own": false
        out             },
        out             {
        out               "name": "paint", "version": "4.1", "requirement": "paint>=3", "needs": [],
        out               "repeated": false, "installed": true, "where": "", "cut": false, "own": false
        out             }
        out           ],
        out           "repeated": false, "installed": true, "where": "", "cut": false, "own": false
        out         }
        out       ]
        out     },
        out     {
        out       "label": "extra 'fast'",
        out       "nodes": [
        out         {
        out           "name": "native", "version": "1.2", "requirement": "native>=1.2", "needs": [],
        out           "repeated": false, "installed": false, "where": "", "cut": false, "own": false
        out         }
        out       ]
        out     },
        out     {
        out       "label": "group 'dev'",
        out       "nodes": [
        out         {
        out           "name": "helper", "version": "1.6", "requirement": "helper>=1.6", "needs": [],
        out           "repeated": false, "installed": true, "where": "", "cut": false, "own": false
        out         }
        out       ]
        out     }
        out   ],
        out   "warnings": []
        out }
    """)


def test_show_tells_what_is_known(shop: Path, venvoy: CommandLine) -> None:
    venvoy("show", "Demo").says("""
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
    venvoy("show", "helper", "--json").says("""
        exit 0
        out {
        out   "schema": 1, "command": "show", "ok": true,
        out   "result": {
        out     "name": "helper", "version": "1.6", "summary": "", "location": "[PROJECT]/.venv/[SITE]",
        out     "installer": "venvoy", "requested": true, "requires": [], "required_by": ["demo"], "extras": [],
        out     "wheel_sha256": "[DIGEST]", "direct_url": ""
        out   },
        out   "warnings": []
        out }
    """)
    venvoy("show", "nothing").says("""
        exit 2
        err error: nothing is not installed in this environment. [not-installed]
        err   → venvoy list   shows what is installed
        err   → venvoy add nothing   adds it to the project
    """)
    venvoy("show", "nothing", "--json").says("""
        exit 2
        out {
        out   "schema": 1, "command": "show", "ok": false,
        out   "error": {
        out     "code": "not-installed", "what": "nothing is not installed in this environment.", "why": "",
        out     "fix": ["venvoy list   shows what is installed", "venvoy add nothing   adds it to the project"],
        out     "where": "", "exit": 2, "data": {}
        out   },
        out   "warnings": []
        out }
    """)


def test_what_is_older_than_wheels_is_looked_at_too(venvoy: CommandLine) -> None:
    assert venvoy("venv", "--no-seed").code == 0
    venvoy.environ["VIRTUAL_ENV"] = str(venvoy.project / ".venv")
    site = next((venvoy.project / ".venv").rglob("site-packages"))
    (site / "old_one-3.0.egg-info").mkdir()
    said = "Metadata-Version: 1.0\nName: old-one\nVersion: 3.0\nSummary: In a folder.\n"
    (site / "old_one-3.0.egg-info/PKG-INFO").write_text(said, encoding="utf-8")
    (site / "older-1.0-py3.11.egg-info").write_text("Metadata-Version: 1.0\nName: older\nVersion: 1.0\n")
    venvoy("tree").says("""
        exit 0
        out this environment
        out ├─ old-one 3.0
        out └─ older 1.0
    """)
    venvoy("show", "old-one").says("""
        exit 0
        out Name          old-one
        out Version       3.0
        out Summary       In a folder.
        out Location      [PROJECT]/.venv/[SITE]
        out Installed by  unknown
        out Asked for     no, it came along
        out Requires      nothing
        out Required by   nothing that is installed
    """)


def test_before_the_first_sync_there_is_nothing_to_look_at(venvoy: CommandLine) -> None:
    (venvoy.project / "pyproject.toml").write_text("[project]\nname = 'x'\nversion = '1'\n", encoding="utf-8")
    venvoy("list").says("""
        exit 30
        err error: There is no environment at [PROJECT]/.venv. [environment-missing]
        err   → Make it: venvoy sync
    """)
    venvoy("tree").says("""
        exit 30
        err error: There is no environment at [PROJECT]/.venv. [environment-missing]
        err   → Make it: venvoy sync
    """)
    venvoy("show", "demo").says("""
        exit 30
        err error: There is no environment at [PROJECT]/.venv. [environment-missing]
        err   → Make it: venvoy sync
    """)


def test_an_empty_project_has_an_empty_tree(project: Path, venvoy: CommandLine) -> None:
    venvoy("tree").says("""
        exit 0
        err This project asks for nothing yet: venvoy add NAME
    """)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_that_knows_few_letters_is_no_reason_to_fail(shop: Path, venvoy: CommandLine, encoding: str) -> None:
    ran = venvoy("tree", PYTHONIOENCODING=encoding)
    assert ran.code == 0
    assert "demo 2.0" in ran.stdout
    ran = venvoy("show", "nothing", PYTHONIOENCODING=encoding)
    assert (ran.code, "not-installed" in ran.stderr) == (2, True)
