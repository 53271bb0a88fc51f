"""An edit made through one environment never reaches another, and damage does not stay hidden.

The first experiments that others fail: a file of an installed package is edited where it lies (which, through a hard
link, edits the store as well), and then somebody installs from a lockfile that pins hashes.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from support.command_line import WINDOWS, CommandLine
from support.index_server import IndexServer
from venvoy.store.manifest import BUCKET

WHEEL = "helper-1.5-py3-none-any.whl"
POISON = b"raise SystemExit('poisoned')\n"
pytestmark = pytest.mark.skipif(WINDOWS, reason="copies are made there where links cannot be")


@pytest.fixture
def filled(project: Path, venvoy: CommandLine) -> Path:
    venvoy.hide(BUCKET, "BUCKET")
    venvoy.environ["VENVOY_LINK_MODE"] = "hardlink"
    assert venvoy("add", "demo", "helper<1.6").code == 0
    assert module(project).stat().st_nlink > 1, "this test is about hard links"
    return project


def module(project: Path) -> Path:
    return next((project / ".venv").rglob("helper.py"))


def edit(path: Path, content: bytes) -> None:
    """Write where the file lies, as an editor does that was told to (``:w!``) or that root uses."""
    mode = path.stat().st_mode
    path.chmod(mode | 0o200)
    with path.open("r+b") as file:
        file.truncate()
        file.write(content)
    path.chmod(mode)


def same_size(path: Path) -> bytes:
    content = path.read_bytes()
    return POISON[: len(content)].ljust(len(content), b"#")


def downloads(index: IndexServer) -> list[str]:
    return [path.rpartition("/")[2] for path in index.paths("/files/") if path.endswith(".whl")]


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write to any file")
def test_most_edits_are_stopped_before_they_happen(filled: Path) -> None:
    with pytest.raises(PermissionError):
        module(filled).write_bytes(POISON)


def test_an_edit_does_not_come_back_from_the_store(filled: Path, venvoy: CommandLine, index: IndexServer) -> None:
    good = module(filled).read_bytes()
    edit(module(filled), POISON)
    shutil.rmtree(filled / ".venv")
    index.forget()
    venvoy("sync", "--locked").says("""
        exit 0
        err warning: [CACHE]/[BUCKET]/[DIGEST]/files/helper.py was changed or deleted after it was stored. That copy of the wheel is thrown away, and fetched again when it is needed. Environments that were filled from it may have the same fault.
        err Made an environment in .venv with Python [PYTHON]
        err  + demo 2.0
        err  + helper 1.5
        err Installed 2 in .venv
    """)
    assert module(filled).read_bytes() == good
    assert downloads(index) == [WHEEL]
    assert venvoy("verify").code == 0


def test_an_edit_does_not_reach_another_project(
    filled: Path, venvoy: CommandLine, index: IndexServer, tmp_path: Path
) -> None:
    good = module(filled).read_bytes()
    other = tmp_path / "other"
    other.mkdir()
    for name in ("pyproject.toml", "pylock.toml"):
        shutil.copy(filled / name, other)
    edit(module(filled), POISON)
    index.forget()
    assert venvoy("sync", "--locked", directory=other).code == 0
    assert module(other).read_bytes() == good
    assert downloads(index) == [WHEEL]
    assert venvoy("verify", directory=other).code == 0
    venvoy("verify").says("""
        exit 22
        out helper 1.5
        out   edited      [SITE]/helper.py
        err 1 fault in .venv (2 distributions, 14 files)
        err   edited: it is not what its wheel brought, so programs run other code than was locked
        err   → venvoy verify --repair   puts right what is damaged
    """)
    venvoy("verify", "--repair", "--offline").says("""
        exit 0
        out helper 1.5
        out   edited      [SITE]/helper.py
        err Mended 1 distribution: helper
        err .venv is as it should be (2 distributions, 14 files)
    """)
    assert module(filled).read_bytes() == good


def test_without_a_network_nothing_is_installed_rather_than_something_else(
    filled: Path, venvoy: CommandLine, tmp_path: Path
) -> None:
    edit(module(filled), POISON)
    shutil.rmtree(filled / ".venv")
    ran = venvoy("sync", "--locked", "--offline")
    assert (ran.code, "was changed or deleted" in ran.stderr, "[offline]" in ran.stderr) == (20, True, True)
    assert not (filled / ".venv").exists()


def test_an_edit_that_puts_size_and_time_back_is_found_by_hashing(
    filled: Path, venvoy: CommandLine, index: IndexServer, tmp_path: Path
) -> None:
    good = module(filled).read_bytes()
    status = module(filled).stat()
    edit(module(filled), same_size(module(filled)))
    os.utime(module(filled), ns=(status.st_atime_ns, status.st_mtime_ns))
    venvoy("verify").says("""
        exit 22
        out helper 1.5
        out   edited      [SITE]/helper.py
        err 1 fault in .venv (2 distributions, 14 files)
        err   edited: it is not what its wheel brought, so programs run other code than was locked
        err   → venvoy verify --repair   puts right what is damaged
    """)
    venvoy("verify", "--repair", "--offline").says("""
        exit 22
        out helper 1.5
        out   edited      [SITE]/helper.py
        err warning: [CACHE]/[BUCKET]/[DIGEST]/files/helper.py was changed or deleted. That copy of the wheel is thrown away.
        err 1 fault in .venv (2 distributions, 14 files)
        err   edited: it is not what its wheel brought, so programs run other code than was locked
        err   → Without --offline: venvoy verify --repair   fetches helper anew
    """)
    index.forget()
    venvoy("verify", "--repair").says("""
        exit 0
        out helper 1.5
        out   edited      [SITE]/helper.py
        err Mended 1 distribution: helper
        err .venv is as it should be (2 distributions, 14 files)
    """)
    assert module(filled).read_bytes() == good
    assert downloads(index) == [WHEEL]


def test_the_store_finds_it_by_itself(filled: Path, venvoy: CommandLine) -> None:
    status = module(filled).stat()
    edit(module(filled), same_size(module(filled)))
    os.utime(module(filled), ns=(status.st_atime_ns, status.st_mtime_ns))
    ran = venvoy("store", "verify")
    assert (ran.code, ran.stdout.splitlines()[0]) == (22, "helper 1.5")
    shutil.rmtree(filled / ".venv")
    assert venvoy("sync", "--locked").code == 0
    assert venvoy("verify").code == 0


@pytest.mark.parametrize("mode", ["copy", "clone"])
def test_a_copy_of_its_own_can_be_edited_without_harm_to_the_store(
    filled: Path, venvoy: CommandLine, index: IndexServer, mode: str
) -> None:
    shutil.rmtree(filled / ".venv")
    venvoy.environ["VENVOY_LINK_MODE"] = mode
    ran = venvoy("sync", "--locked")
    if mode == "clone" and ran.code:
        pytest.skip("this file system cannot clone")
    module(filled).write_bytes(POISON)
    index.forget()
    assert venvoy("verify").code == 22
    assert venvoy("verify", "--repair", "--offline").code == 0
    assert downloads(index) == []
    assert venvoy("store", "verify").code == 0


def test_a_copied_project_runs_its_own_code(filled: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(filled, copy, symlinks=True)
    assert venvoy("run", "demo", directory=copy).stdout.endswith("demo\n")
    script = next(path for path in (copy / ".venv").rglob("demo*") if path.parent.name in {"bin", "Scripts"})
    assert os.fsencode(copy) in script.read_bytes()
