"""Caches and projects that can only be read, as in images: who looks is answered, who changes is told why not."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from support.command_line import WINDOWS, CommandLine, Ran, tree
from support.protected import protected

pytestmark = pytest.mark.skipif(WINDOWS, reason="it protects files as POSIX has it")

LOOKS = (
    ("lock", "--check"),
    ("sync", "--frozen"),
    ("run", "--no-dev", "python", "-c", "import demo"),
    ("verify",),
    ("tree",),
    ("history",),
    ("store", "info"),
)


@pytest.fixture
def filled(project: Path, venvoy: CommandLine, cache: Path) -> Path:
    assert venvoy("add", "demo").code == 0
    shutil.rmtree(cache / "answers-v1", ignore_errors=True)
    return project


def test_who_looks_needs_no_cache_that_can_be_written(filled: Path, venvoy: CommandLine, cache: Path) -> None:
    shutil.rmtree(cache / "locks")
    with protected(cache, filled):
        for arguments in LOOKS:
            assert venvoy(*arguments).code == 0, arguments
    assert not (cache / "locks").exists()


def test_who_looks_needs_no_cache(filled: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for arguments in (words for words in LOOKS if words[0] not in {"envs", "store"}):
        assert venvoy(*arguments, VENVOY_CACHE_DIR=str(tmp_path / "file" / "cache")).code == 0, arguments


def test_who_changes_is_told_where_else_the_cache_may_be(filled: Path, venvoy: CommandLine, cache: Path) -> None:
    shutil.rmtree(cache / "locks")
    before = tree(filled)
    why = "The disk at [CACHE] can only be read." if os.geteuid() == 0 else "[CACHE] is yours, but it is protected."
    own = () if os.geteuid() == 0 else ('  → Allow yourself to change it: chmod u+rwX "[CACHE]"',)
    said = (
        "error: Could not write to the cache. [permission-denied]",
        "  at [CACHE]/locks/[KEY]",
        f"  {why}",
        *own,
        "  → Keep the cache in a folder of your own: export VENVOY_CACHE_DIR=FOLDER",
        "  → Then run the command again.",
    )
    with protected(cache):
        for arguments in (("add", "paint"), ("remove", "demo"), ("undo",)):
            assert venvoy(*arguments) == Ran(31, "", "".join(f"{line}\n" for line in said))
            assert tree(filled) == before


def test_a_new_environment_is_filled_from_a_cache_that_can_only_be_read(
    filled: Path, venvoy: CommandLine, cache: Path
) -> None:
    shutil.rmtree(cache / "locks")
    shutil.rmtree(filled / ".venv")
    with protected(cache):
        assert venvoy("sync", "--frozen").code == 0
        assert venvoy("run", "demo").stdout == "demo\n"
        assert venvoy("verify").code == 0


def test_what_cannot_be_undone_later_is_not_done(filled: Path, venvoy: CommandLine, cache: Path) -> None:
    shutil.rmtree(cache / "locks")
    lockfile = filled / "pylock.toml"
    head = lockfile.read_text(encoding="utf-8").partition("[[packages]]")[0]
    lockfile.write_text(f"packages = []\n{head}", encoding="utf-8")
    before = tree(filled)
    with protected(cache):
        ran = venvoy("sync", "--frozen")
        assert (ran.code, "[permission-denied]" in ran.stderr) == (31, True), ran
        assert tree(filled) == before


@pytest.mark.parametrize("words", [("list",), ("sync",), ("run", "python"), ("venv",), ("init",)])
def test_a_current_folder_that_is_gone_is_said_to_be(
    venvoy: CommandLine, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "gone").mkdir()
    command = ["/bin/sh", "-c", '/bin/rmdir "$PWD" && exec "$0" -m venvoy "$@"', sys.executable, *words]
    venvoy.finish(venvoy.process(command, directory=tmp_path / "gone")).says("""
        exit 31
        err error: The current folder is gone. [file-error]
        err   It was deleted or moved since your shell entered it, or you may not enter it any more.
        err   → Go to a folder that is there, for instance: cd
    """)
