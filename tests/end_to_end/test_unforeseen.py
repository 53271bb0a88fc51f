"""Faults that random walks of the command line have found: see ``support/walk.py``."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from support.command_line import WINDOWS, CommandLine
from support.wheels import WheelSpec

FULL = Path("/dev/full")


def test_what_takes_back_an_edit_takes_back_all_that_was_asked_for(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "helper<1.6").code == 0
    assert venvoy("add", "paint").code == 0
    file = project / "pyproject.toml"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    venvoy("undo", "2").says("""
        exit 3
        err error: pyproject.toml was edited by hand since. [edited-by-hand]
        err   pyproject.toml: only the ends of its lines
        err   → venvoy undo 2 --force   takes that back too; venvoy redo brings it back
    """)


def test_a_wheel_that_is_not_the_locked_one_is_no_fault_of_the_network(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "paint").code == 0
    lockfile = project / "pylock.toml"
    text = lockfile.read_text(encoding="utf-8")
    lockfile.write_text(re.sub(r'(?<=sha256 = ")[0-9a-f]{64}', "0" * 64, text), encoding="utf-8")
    next((project / ".venv").rglob("paint.py")).unlink()
    venvoy("verify", "--repair").says("""
        exit 22
        out paint 4.1
        out   different   was not installed from the file that is locked
        out   missing     [SITE]/paint.py
        err warning: paint 4.1 could not be fetched: paint-4.1-py3-none-any.whl is not the file that it should be: its sha256 hash is another one.
        err 2 faults in .venv (1 distribution, 6 files)
        err   missing: it was deleted, and programs that need it fail
        err   → Run the command again: the file may have been damaged on the way.
        err   → venvoy sync   makes the environment equal to the lockfile
    """)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are in Unicode whatever the settings say")
def test_settings_that_know_no_such_letter(venvoy: CommandLine) -> None:
    venvoy.environ |= {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    ran = venvoy("venv", "tools")  # the pip that is put into it has such files
    ran.says(r"""
        exit 31
        err error: A file cannot have its name: your settings know no letter '\xf8'. [file-error]
        err   LC_ALL, LC_CTYPE or LANG says that names are written in ascii.
        err   -> Set the environment variable PYTHONUTF8=1, then run the command again.
    """)
    assert not (venvoy.project / "tools").exists()
    assert venvoy("venv", "tools", PYTHONUTF8="1").code == 0


@pytest.mark.skipif(WINDOWS, reason="it asks a shell to close the standard output")
@pytest.mark.parametrize("words", ["--version", "hook bash", "history", "list --json"])
def test_nobody_has_to_listen(project: Path, venvoy: CommandLine, words: str) -> None:
    command = f'"{sys.executable}" -m venvoy {words} >&-'
    ran = venvoy.finish(venvoy.process(["/bin/sh", "-c", command], directory=project))
    ran.says("exit 0")


@pytest.mark.skipif(not FULL.exists(), reason="there is no file that is always full")
@pytest.mark.parametrize("words", ["list", "list --json", "--help", "add nothing-of-that-name --json"])
def test_output_into_a_file_on_a_full_disk(project: Path, venvoy: CommandLine, words: str) -> None:
    assert venvoy("add", "paint").code == 0
    command = f'"{sys.executable}" -m venvoy {words} >/dev/full'
    venvoy.finish(venvoy.process(["/bin/sh", "-c", command], directory=project)).says("""
        exit 31
        err error: The output of this command could not be written to where it goes. [disk-full]
        err   The system says: No space left on device.
        err   → Free some space there, then run the command again.
    """)


@pytest.mark.skipif(not FULL.exists(), reason="there is no file that is always full")
def test_words_that_cannot_be_written_stop_no_work(project: Path, venvoy: CommandLine) -> None:
    command = f'"{sys.executable}" -m venvoy add paint 2>/dev/full'
    venvoy.finish(venvoy.process(["/bin/sh", "-c", command], directory=project)).says("exit 1")
    assert venvoy("lock", "--check").code == 0
    assert list((project / ".venv").rglob("paint.py"))


@pytest.mark.skipif(WINDOWS, reason="to make a link takes a right there that few have")
def test_a_project_that_is_reached_by_a_link_is_the_same_one(project: Path, venvoy: CommandLine) -> None:
    link = project.with_name("link")
    link.symlink_to(project, target_is_directory=True)
    venvoy("add", "paint", "--project", str(link)).says("""
        exit 0
        err Wrote pylock.toml (1 added)
        err  + paint 4.1
        err Installed 1 in [FOLDER]/link/.venv
        err Added to your project: paint>=4.1
    """)
    venvoy("sync").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)


def test_what_to_do_next_names_the_environment_again(project: Path, tools: Path, venvoy: CommandLine) -> None:
    """In a project the same words without ``--env`` would be about the project."""
    assert venvoy("install", "--env", "tools", "demo").code == 0
    next(tools.rglob("helper.py")).unlink()
    venvoy("verify", "--env", "tools").says("""
        exit 22
        out helper 1.6
        out   missing     [SITE]/helper.py
        err 1 fault in tools (2 distributions, 13 files)
        err   missing: it was deleted, and programs that need it fail
        err   → venvoy verify --env tools --repair   puts right what is damaged
    """)
    venvoy("undo", "2", "--env", "tools").says("""
        exit 1
        err error: Only 1 change can be undone. [nothing-to-undo]
        err   → venvoy undo --env tools 1
        err   → venvoy history --env tools   shows them
    """)
    venvoy("uninstall", "helper", "--env", "tools").says("""
        exit 2
        err error: helper cannot go: others need it. [still-needed]
        err   demo 2.0 needs helper>=1.5
        err   → Take them out too: venvoy uninstall --env tools helper demo
        err   → or take it out all the same: venvoy uninstall --env tools --force helper
    """)


def test_cleaning_up_takes_nothing_of_what_was_just_mended(project: Path, venvoy: CommandLine, cache: Path) -> None:
    """Without its list of files and its wheel nobody knows at first whose file it is."""
    assert venvoy("add", "paint").code == 0
    site = next((project / ".venv").rglob("site-packages"))
    (site / "paint-4.1.dist-info" / "RECORD").unlink()
    (site / "stray.py").write_text("", encoding="utf-8")
    shutil.rmtree(next(cache.glob("wheels-*")))
    venvoy("verify", "--repair", "--clean").says("""
        exit 0
        out paint 4.1
        out   broken      [SITE]/paint-4.1.dist-info  has no list of its files
        out belongs to no distribution
        out   added       [SITE]/paint.py  programs can import it
        out   added       [SITE]/stray.py  programs can import it
        err Mended 1 distribution: paint
        err Moved [SITE]/stray.py to .venvoy/aside/[SITE]/stray.py
        err .venv is as it should be (1 distribution, 6 files)
    """)
    assert (site / "paint.py").is_file()


def test_what_to_do_next_fits_an_environment_without_a_project(venvoy: CommandLine, tools: Path, wheels: Path) -> None:
    WheelSpec("bygone", requires_python="<3.10").write(wheels)
    venvoy("install", "--env", "tools", "bygone").says("""
        exit 10
        err error: No version of bygone can be installed, and you ask for it. [no-version]
        err   1 version (1.0) needs Python <3.10, and you have [PYTHON].
        err   → Use another Python, such as 3.9: venvoy venv PATH --python 3.9
    """)


def test_a_project_without_a_name_is_told_what_helps(venvoy: CommandLine) -> None:
    file = venvoy.project / "pyproject.toml"
    file.write_text('[project]\nversion = "1"\n', encoding="utf-8")
    venvoy("init").says("""
        exit 3
        err error: This file does not describe a project yet: its [project] table has no name. [pyproject-invalid]
        err   at [PROJECT]/pyproject.toml
        err   A [project] table with a name is needed to lock what it needs.
        err   → Write one there, as a line of its own: name = "my-project"
    """)
    file.write_text('[project]\nname = "my-project"\nversion = "1"\n', encoding="utf-8")
    assert venvoy("init").code == 0


def test_what_to_do_next_is_about_the_same_project(project: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    (project / "pylock.toml").unlink()
    venvoy("lock", "--check", "--project", "project", directory=tmp_path).says("""
        exit 3
        err error: This project has no lockfile yet. [lockfile-missing]
        err   at [PROJECT]/pylock.toml
        err   With --locked, --frozen and --check nothing is resolved: all comes from pylock.toml.
        err   → venvoy lock --project project   writes it; put it under version control
    """)
    shutil.rmtree(project / ".venv")
    venvoy("list", "--project", str(project), directory=tmp_path).says("""
        exit 30
        err error: There is no environment at [PROJECT]/.venv. [environment-missing]
        err   → Make it: venvoy sync --project [PROJECT]
    """)
