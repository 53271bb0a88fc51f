"""``--user``: what is installed for one person alone, locked, checked and undone like an environment."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.command_line import WINDOWS, CommandLine, Ran
from venvoy.system import program

BASE = program.python()


@pytest.fixture
def user(venvoy: CommandLine, home: Path) -> Callable[..., Ran]:
    """The command with ``--user`` for the Python of these tests, which may belong to the system."""
    venvoy.filters[:0] = [
        (rf"(?:~|{re.escape(str(home))})[/\\]\S*?site-packages", "[USER SITE]"),
        (r"~[/\\]\S*(?:bin|Scripts)\b", "[USER SCRIPTS]"),
    ]
    venvoy.filters += [(r"\b\d{4}-\d\d-\d\d \d\d:\d\d", "[TIME]"), (r" --python \S+", " --python [BASE]")]

    def run(command: str, *words: str, **variables: Any) -> Ran:
        consent = ["--break-system-packages"] if command in {"install", "uninstall"} else []
        return venvoy(command, "--user", "--python", BASE, *consent, *words, **variables)

    return run


def site(home: Path) -> Path:
    return next(home.rglob("site-packages"))


def scripts_of(home: Path) -> str:
    """The folder of a person's own commands, as the interpreter has it."""
    program = "import os, sysconfig; print(sysconfig.get_path('scripts', os.name + '_user'))"
    environ = {**os.environ, "HOME": str(home), "APPDATA": str(home)}
    environ.pop("PYTHONUSERBASE", None)
    return subprocess.check_output([BASE, "-c", program], env=environ, encoding="utf-8").strip()


def lockfiles(home: Path) -> list[Path]:
    return sorted(home.rglob("pylock.toml"))


def test_it_is_installed_seen_and_taken_back(user: Callable[..., Ran], home: Path, venvoy: CommandLine) -> None:
    user("install", "demo", PATH=scripts_of(home)).says("""
        exit 0
        err  + demo 2.0
        err  + helper 1.6
        err Installed 2 in [USER SITE]
        err With Python [PYTHON] it is there for you; venvoy undo --user --python [BASE] takes that back
    """)
    (lockfile,) = lockfiles(home)
    assert lockfile.parent.parent.name == "user"
    environ = {**venvoy.environ, "HOME": str(home)}
    seen = subprocess.check_output([BASE, "-c", "import demo; print(demo.__file__)"], env=environ, encoding="utf-8")
    assert Path(seen.strip()) == site(home) / "demo.py"
    user("list").says("""
        exit 0
        out demo    2.0
        out helper  1.6
    """)
    user("freeze").says("""
        exit 0
        out demo==2.0
        out helper==1.6
    """)
    user("verify").says("""
        exit 0
        err [USER SITE] is as it should be (2 distributions, 13 files)
    """)
    user("history").says("""
        exit 0
        out undo 1   [TIME]  venvoy install --user --python [BASE] --break-system-packages demo
        out          pylock.toml     + demo 2.0, + helper 1.6
        out          environment     + demo 2.0, + helper 1.6
    """)
    user("undo").says("""
        exit 0
        err Undone: venvoy install --user --python [BASE] --break-system-packages demo
        err Deleted pylock.toml
        err  - demo 2.0
        err  - helper 1.6
        err Removed 2 in [USER SITE]
    """)
    assert not lockfile.exists()
    assert not list(home.rglob("demo*"))
    assert not list(home.rglob("transaction"))
    assert user("redo").code == 0
    user("uninstall", "--yes", "demo").says("""
        exit 0
        err  - demo 2.0
        err  - helper 1.6
        err Removed 2 in [USER SITE]
        err venvoy undo --user --python [BASE] takes that back
    """)
    user("uninstall", "demo").says("""
        exit 2
        err error: demo is not installed in your user site. [not-installed]
        err   → venvoy list --user --python [BASE]   shows what is installed
    """)


@pytest.mark.skipif(WINDOWS, reason="its shells have start-up files in other places")
def test_commands_that_are_not_found_are_said_and_mended(
    user: Callable[..., Ran], home: Path, venvoy: CommandLine
) -> None:
    (home / ".bashrc").write_text("# mine", encoding="utf-8")
    ran = user("install", "demo", SHELL="/bin/bash")
    assert "which is not on PATH" in ran.stderr
    if "~/.bashrc" not in ran.stderr:
        pytest.skip("these tests are run from a shell of another kind")
    ran.says("""
        exit 0
        err  + demo 2.0
        err  + helper 1.6
        err Installed 2 in [USER SITE]
        err With Python [PYTHON] it is there for you; venvoy undo --user --python [BASE] takes that back
        err The commands are in [USER SCRIPTS], which is not on PATH: your shell does not find them there.
        err   → Put this line into ~/.bashrc:
        err     export PATH='[HOME]/.local/[SCRIPTS]':$PATH  # venvoy path
        err   → or let venvoy do it: the same command with --add-to-path
    """)
    assert user("uninstall", "--yes", "demo").code == 0
    user("install", "demo", "--add-to-path", SHELL="/bin/bash").says("""
        exit 0
        err  + demo 2.0
        err  + helper 1.6
        err Installed 2 in [USER SITE]
        err With Python [PYTHON] it is there for you; venvoy undo --user --python [BASE] takes that back
        err The commands are in [USER SCRIPTS], which is not on PATH: your shell does not find them there.
        err Put this line into [HOME]/.bashrc:
        err   export PATH='[HOME]/.local/[SCRIPTS]':$PATH  # venvoy path
        err Open a new shell to use it.
    """)
    written = (home / ".bashrc").read_text(encoding="utf-8").splitlines()
    assert written == ["# mine", f"export PATH='{home / '.local' / 'bin'}':$PATH  # venvoy path"]


def test_in_an_environment_it_would_not_be_seen(venvoy: CommandLine, home: Path) -> None:
    assert venvoy("venv", "--no-seed", "tools").code == 0
    tools = venvoy.project / "tools"
    venvoy("install", "--user", "demo", VIRTUAL_ENV=str(tools)).says("""
        exit 30
        err error: --user installs for all of your shells, and the environment [PROJECT]/tools would not see it. [user-site-hidden]
        err   at [PROJECT]/tools
        err   An environment is closed: it finds what is installed in itself, not what is installed for you (PEP 370).
        err   → Install into the environment: the same command without --user
        err   → or leave the environment first: venvoy deactivate
    """)
    assert venvoy("venv", "--no-seed", "--system-site-packages", "open").code == 0
    opened = venvoy.project / "open"
    ran = venvoy("install", "--user", "--break-system-packages", "demo", VIRTUAL_ENV=str(opened))
    assert ran.code == 0, ran
    assert (site(home) / "demo.py").is_file()


def test_a_python_that_does_not_look_there(user: Callable[..., Ran]) -> None:
    ran = user("install", "helper", PYTHONNOUSERSITE="1")
    assert ran.code == 0
    assert "because PYTHONNOUSERSITE is set: what is installed there cannot be imported." in ran.stderr


def test_what_is_elsewhere_and_hides_it_is_said(user: Callable[..., Ran], tmp_path: Path) -> None:
    other = tmp_path / "other"
    information = other / "helper-0.9.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: helper\nVersion: 0.9\n", encoding="utf-8")
    user("install", "helper", PYTHONPATH=str(other)).says("""
        exit 0
        err  + helper 1.6
        err Installed 1 in [USER SITE]
        err helper 0.9 in [FOLDER]/other hides helper 1.6 in [USER SITE]
        err With Python [PYTHON] it is there for you; venvoy undo --user --python [BASE] takes that back
    """)


def test_a_base_of_ones_own_has_a_lockfile_of_its_own(user: Callable[..., Ran], tmp_path: Path, home: Path) -> None:
    base = tmp_path / "base"
    assert user("install", "helper", PYTHONUSERBASE=str(base)).code == 0
    assert user("install", "paint").code == 0
    assert (site(base) / "helper.py").is_file()
    assert len(lockfiles(home)) == 2
    assert user("list").stdout == "paint  4.1\n"


@pytest.mark.skipif(WINDOWS, reason="links need a privilege there")
def test_a_base_that_is_a_link_is_followed_and_a_part_that_is_one_refused(
    user: Callable[..., Ran], tmp_path: Path
) -> None:
    (tmp_path / "room").mkdir()
    (tmp_path / "base").symlink_to(tmp_path / "room")
    assert user("install", "helper", PYTHONUSERBASE=str(tmp_path / "base")).code == 0
    assert (site(tmp_path / "room") / "helper.py").is_file()
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "lib").symlink_to(tmp_path / "room")
    user("install", "helper", PYTHONUSERBASE=str(tmp_path / "more")).says("""
        exit 30
        err error: Nothing can be installed into this user site: it does not lie in one place. [user-site-invalid]
        err   at [FOLDER]/more/[SITE]
        err   [FOLDER]/more/[SITE] is a link to [FOLDER]/room/python[MINOR]/site-packages.
        err   A change there has to happen as a whole or not at all, which works within one folder only.
        err   → Move all of [FOLDER]/more to where there is room, and make [FOLDER]/more itself the link
        err   → or name another folder for it: set PYTHONUSERBASE
        err   → or make an environment: venvoy venv
    """)


def test_a_base_that_is_no_folder(user: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "base").write_text("", encoding="utf-8")
    user("install", "helper", PYTHONUSERBASE=str(tmp_path / "base")).says("""
        exit 31
        err error: Could not see what is installed. [file-error]
        err   at [FOLDER]/base/[SITE]
        err   The system says: Not a directory.
    """)


def test_the_store_keeps_what_a_user_site_needs(user: Callable[..., Ran], venvoy: CommandLine, cache: Path) -> None:
    assert user("install", "demo").code == 0
    for folder in (cache / "history-v2").iterdir():
        (folder / "wheels").unlink()  # without its history, only what is noted in its own folder counts
        (folder / "log").unlink()
    assert venvoy("store", "prune").stderr.splitlines()[0] == "Nothing to delete"
    assert user("verify").code == 0
