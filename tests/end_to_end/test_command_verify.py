"""``venvoy verify``: what is damaged is found, said, and mended from the store without a network."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from support.command_line import WINDOWS, CommandLine, tree
from support.index_server import IndexServer


@pytest.fixture
def filled(project: Path, venvoy: CommandLine) -> Path:
    venvoy.hide(str(site(project).relative_to(project / ".venv").as_posix()), "SITE")
    venvoy.filters.append((r"(?:bin|Scripts)/demo(?:\.exe)?", "[SCRIPTS]/demo"))
    assert venvoy("add", "demo", "helper<1.6").code == 0
    return project


def site(project: Path) -> Path:
    return next((project / ".venv").rglob("site-packages"))


def put(path: Path, content: str) -> None:
    """Replace a file as most editors do: with a new one of the same name."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def test_what_is_intact(filled: Path, venvoy: CommandLine) -> None:
    venvoy("verify").says("""
        exit 0
        err .venv is as it should be (2 distributions, 14 files)
    """)
    venvoy("verify", "--json").says("""
        exit 0
        out {
        out   "schema": 1, "command": "verify", "ok": true,
        out   "result": {
        out     "environment": "[PROJECT]/.venv", "distributions": 2, "files": 14, "found": [], "left": [],
        out     "mended": [], "moved": [], "deleted": [], "fixes": []
        out   },
        out   "warnings": []
        out }
    """)
    before = tree(filled)
    venvoy("verify", "--repair", "--offline").says("""
        exit 0
        err .venv is as it should be (2 distributions, 14 files)
    """)
    assert tree(filled) == before


def test_damage_is_found_said_and_mended_offline(filled: Path, venvoy: CommandLine, index: IndexServer) -> None:
    before = tree(filled)
    place = site(filled)
    status = (place / "helper.py").stat()
    put(place / "helper.py", (place / "helper.py").read_text().replace("1", "2"))
    os.utime(place / "helper.py", ns=(status.st_atime_ns, status.st_mtime_ns))
    (place / "demo.py").unlink()
    (place / "demo-2.0.dist-info" / "RECORD").unlink()
    index.fail("/", 500)
    venvoy("verify").says("""
        exit 22
        out demo 2.0
        out   broken      [SITE]/demo-2.0.dist-info  has no list of its files
        out   missing     [SITE]/demo.py
        out helper 1.5
        out   edited      [SITE]/helper.py
        err 3 faults in .venv (2 distributions, 13 files)
        err   edited: it is not what its wheel brought, so programs run other code than was locked
        err   missing: it was deleted, and programs that need it fail
        err   broken: without that list it can be neither removed nor updated
        err   → venvoy verify --repair   puts right what is damaged
    """)
    venvoy("verify", "--repair", "--offline").says("""
        exit 0
        out demo 2.0
        out   broken      [SITE]/demo-2.0.dist-info  has no list of its files
        out   missing     [SITE]/demo.py
        out helper 1.5
        out   edited      [SITE]/helper.py
        err Mended 2 distributions: demo, helper
        err .venv is as it should be (2 distributions, 14 files)
    """)
    assert tree(filled) == before
    assert venvoy("verify").code == 0
    venvoy("sync").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)


def test_damage_in_json(filled: Path, venvoy: CommandLine) -> None:
    put(site(filled) / "helper.py", "edited = True\n")
    put(site(filled) / "evil.pth", "import os\n")
    venvoy("verify", "--json").says("""
        exit 22
        out {
        out   "schema": 1, "command": "verify", "ok": false,
        out   "result": {
        out     "environment": "[PROJECT]/.venv", "distributions": 2, "files": 14,
        out     "found": [
        out       {
        out         "kind": "added", "path": "[SITE]/evil.pth", "name": "", "version": "",
        out         "detail": "Python reads it each time it starts, and runs code that it holds",
        out         "serious": true
        out       },
        out       {
        out         "kind": "edited", "path": "[SITE]/helper.py", "name": "helper", "version": "1.5",
        out         "detail": "", "serious": true
        out       }
        out     ],
        out     "left": [
        out       {
        out         "kind": "added", "path": "[SITE]/evil.pth", "name": "", "version": "",
        out         "detail": "Python reads it each time it starts, and runs code that it holds",
        out         "serious": true
        out       },
        out       {
        out         "kind": "edited", "path": "[SITE]/helper.py", "name": "helper", "version": "1.5",
        out         "detail": "", "serious": true
        out       }
        out     ],
        out     "mended": [], "moved": [], "deleted": [],
        out     "fixes": [
        out       "venvoy verify --repair   puts right what is damaged",
        out       "Look at what was added. If you do not need it: venvoy verify --repair --clean"
        out     ]
        out   },
        out   "warnings": []
        out }
    """)
    ran = venvoy("verify", "--repair", "--clean", "--json")
    result = json.loads(ran.stdout)["result"]
    assert (ran.code, result["left"], result["fixes"]) == (0, [], [])
    assert (result["mended"], [old.rpartition("/")[2] for old, _ in result["moved"]]) == (["helper"], ["evil.pth"])


def test_what_belongs_to_nobody_stays_until_it_is_asked_to_go(filled: Path, venvoy: CommandLine) -> None:
    place = site(filled)
    put(place / "mine.pth", "/home/me/project/src\n")
    put(place / "sitecustomize.py", "print('hello')\n")
    put(place / "tool" / "__init__.py", "")
    put(place / "notes.txt", "remember\n")
    venvoy("verify").says("""
        exit 22
        out belongs to no distribution
        out   added       [SITE]/mine.pth  Python reads it each time it starts, and runs code that it holds
        out   added       [SITE]/sitecustomize.py  Python runs it each time it starts
        out   added       [SITE]/tool/  programs can import it
        err 3 faults in .venv (2 distributions, 14 files)
        err 1 file of no distribution that Python does not run: -v lists what they are
        err   added: no distribution brought it; venvoy does not know who did
        err   → Look at what was added. If you do not need it: venvoy verify --repair --clean
    """)
    venvoy("verify", "--repair").says("""
        exit 22
        out belongs to no distribution
        out   added       [SITE]/mine.pth  Python reads it each time it starts, and runs code that it holds
        out   added       [SITE]/sitecustomize.py  Python runs it each time it starts
        out   added       [SITE]/tool/  programs can import it
        err 3 faults in .venv (2 distributions, 14 files)
        err 1 file of no distribution that Python does not run: -v lists what they are
        err   added: no distribution brought it; venvoy does not know who did
        err   → Look at what was added. If you do not need it: venvoy verify --repair --clean
    """)
    assert (place / "mine.pth").exists()
    venvoy("verify", "--repair", "--clean").says("""
        exit 0
        out belongs to no distribution
        out   added       [SITE]/mine.pth  Python reads it each time it starts, and runs code that it holds
        out   added       [SITE]/sitecustomize.py  Python runs it each time it starts
        out   added       [SITE]/tool/  programs can import it
        err Moved [SITE]/mine.pth to .venvoy/aside/[SITE]/mine.pth
        err Moved [SITE]/sitecustomize.py to .venvoy/aside/[SITE]/sitecustomize.py
        err Moved [SITE]/tool to .venvoy/aside/[SITE]/tool
        err .venv is as it should be (2 distributions, 14 files)
        err 1 file of no distribution that Python does not run: -v lists what they are
    """)
    venvoy("verify", "--verbose").says("""
        exit 0
        out belongs to no distribution
        out   added       [SITE]/notes.txt
        err .venv is as it should be (2 distributions, 14 files)
        err 1 file of no distribution that Python does not run: -v lists what they are
    """)
    aside = filled / ".venv" / ".venvoy" / "aside" / place.relative_to(filled / ".venv")
    assert (aside / "mine.pth").read_text(encoding="utf-8") == "/home/me/project/src\n"


@pytest.mark.skipif(WINDOWS, reason="its folders come in another order")
def test_a_lockfile_that_says_otherwise_is_no_damage(filled: Path, venvoy: CommandLine) -> None:
    text = (filled / "pyproject.toml").read_text(encoding="utf-8")
    (filled / "pyproject.toml").write_text(text.replace("helper<1.6", "helper"), encoding="utf-8")
    assert venvoy("lock", "--upgrade").code == 0
    shutil.rmtree(site(filled) / "demo-2.0.dist-info")
    venvoy("verify").says("""
        exit 22
        out demo 2.0
        out   absent      is locked and not installed
        out helper 1.5
        out   different   is installed, and 1.6 is locked
        out belongs to no distribution
        out   added       [SCRIPTS]/demo  it runs when its name is typed in this environment
        out   added       [SITE]/demo.py  programs can import it
        err 4 faults in .venv (1 distribution, 6 files)
        err   added: no distribution brought it; venvoy does not know who did
        err   → venvoy sync   makes the environment equal to the lockfile
        err   → Look at what was added. If you do not need it: venvoy verify --repair --clean
    """)
    venvoy("verify", "--repair").says("""
        exit 0
        out demo 2.0
        out   absent      is locked and not installed
        out helper 1.5
        out   different   is installed, and 1.6 is locked
        out belongs to no distribution
        out   added       [SCRIPTS]/demo  it runs when its name is typed in this environment
        out   added       [SITE]/demo.py  programs can import it
        err Mended 2 distributions: demo, helper
        err .venv is as it should be (2 distributions, 14 files)
    """)
    assert "verify --repair" in venvoy("history").stdout, "it changed versions, so it can be undone"
    assert venvoy("sync").code == 0
    assert venvoy("verify").code == 0


def test_a_distribution_that_is_not_locked_stays(filled: Path, venvoy: CommandLine) -> None:
    put(site(filled) / "extra-1.0.dist-info" / "METADATA", "Metadata-Version: 2.1\nName: extra\nVersion: 1.0\n")
    put(
        site(filled) / "extra-1.0.dist-info" / "RECORD",
        "extra-1.0.dist-info/METADATA,,\nextra-1.0.dist-info/RECORD,,\n",
    )
    venvoy("verify").says("""
        exit 4
        out extra 1.0
        out   extraneous  is installed and not locked
        err 1 fault in .venv (3 distributions, 14 files)
        err   → venvoy sync   makes the environment equal to the lockfile
        err   → venvoy add NAME   keeps what is installed and not locked
    """)
    venvoy("verify", "--repair").says("""
        exit 4
        out extra 1.0
        out   extraneous  is installed and not locked
        err 1 fault in .venv (3 distributions, 14 files)
        err   → venvoy sync   makes the environment equal to the lockfile
        err   → venvoy add NAME   keeps what is installed and not locked
    """)


def test_duplicates_and_debris_are_mended(filled: Path, venvoy: CommandLine) -> None:
    before = tree(filled)
    place = site(filled)
    put(place / "demo-1.0.dist-info" / "METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
    put(place / "~elper" / "x.py", "")
    venvoy("verify").says("""
        exit 22
        out demo 1.0
        out   duplicate   [SITE]/demo-1.0.dist-info  is there more than once
        out belongs to no distribution
        out   debris      [SITE]/~elper
        err 2 faults in .venv (2 distributions, 14 files)
        err   duplicate: programs may be told the wrong version
        err   debris: left by a pip that was interrupted
        err   → venvoy verify --repair   puts right what is damaged
    """)
    venvoy("verify", "--repair", "--offline").says("""
        exit 0
        out demo 1.0
        out   duplicate   [SITE]/demo-1.0.dist-info  is there more than once
        out belongs to no distribution
        out   debris      [SITE]/~elper
        err Mended 1 distribution: demo
        err Deleted [SITE]/~elper, which an interrupted pip had left
        err .venv is as it should be (2 distributions, 14 files)
    """)
    assert tree(filled) == before


def test_what_the_store_does_not_hold_is_fetched_or_said(
    filled: Path, venvoy: CommandLine, cache: Path, index: IndexServer
) -> None:
    before = tree(filled)
    shutil.rmtree(next(cache.glob("wheels-v*")))
    put(site(filled) / "helper.py", "edited = True\n")
    put(site(filled) / "demo.py", "edited = True\n")
    venvoy("verify", "--repair", "--offline").says("""
        exit 22
        out demo 2.0
        out   edited      [SITE]/demo.py
        out helper 1.5
        out   edited      [SITE]/helper.py
        err 2 faults in .venv (2 distributions, 14 files)
        err   edited: it is not what its wheel brought, so programs run other code than was locked
        err   → Without --offline: venvoy verify --repair   fetches demo, helper anew
    """)
    index.fail("/files/helper-1.5-py3-none-any.whl", 404, times=9)
    venvoy("verify", "--repair").says("""
        exit 22
        out demo 2.0
        out   edited      [SITE]/demo.py
        out helper 1.5
        out   edited      [SITE]/helper.py
        err warning: helper 1.5 could not be fetched: 127.0.0.1 does not have the file helper-1.5-py3-none-any.whl (status 404).
        err Mended 1 distribution: demo
        err 1 fault in .venv (2 distributions, 14 files)
        err   edited: it is not what its wheel brought, so programs run other code than was locked
        err   → When the network is there again: venvoy verify --repair
    """)
    index._faults.clear()
    venvoy("verify", "--repair").says("""
        exit 0
        out helper 1.5
        out   edited      [SITE]/helper.py
        err Mended 1 distribution: helper
        err .venv is as it should be (2 distributions, 14 files)
    """)
    assert tree(filled) == before


def test_an_environment_without_a_project(venvoy: CommandLine, tmp_path: Path) -> None:
    place = tmp_path / "alone"
    assert venvoy("venv", str(place)).code == 0
    assert venvoy("verify", VIRTUAL_ENV=str(place)).code == 0
    pip = next(place.rglob("pip/__init__.py"))
    put(pip, "edited = True\n")
    ran = venvoy("verify", VIRTUAL_ENV=str(place))
    assert (ran.code, "edited" in ran.stdout) == (22, True)
    ran = venvoy("verify", "--repair", VIRTUAL_ENV=str(place))
    assert (ran.code, "Mended" in ran.stderr) == (22, False)


def test_where_there_is_nothing_to_check(venvoy: CommandLine, project: Path) -> None:
    shutil.rmtree(project / ".venv")
    venvoy("verify").says("""
        exit 30
        err error: There is no environment at [PROJECT]/.venv. [environment-missing]
        err   → Make it: venvoy sync
    """)
    venvoy("verify", "--clean").says("""
        exit 2
        err error: --clean goes with --repair. [usage]
        err   → venvoy verify --help   shows how it is used, with examples
    """)


@pytest.mark.skipif(WINDOWS, reason="a copied environment has other faults there")
def test_an_environment_that_was_copied(filled: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    shutil.copytree(filled, tmp_path / "copy", symlinks=True)
    venvoy("verify", directory=tmp_path / "copy").says("""
        exit 30
        err error: This environment cannot be used. [environment-invalid]
        err   at [FOLDER]/copy/.venv
        err   It is a copy of [PROJECT]/.venv, and its commands still lead there.
        err   → Let them lead here: venvoy envs fix
        err   → Or make it anew: venvoy sync, or venvoy venv --force
    """)
