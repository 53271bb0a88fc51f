"""Faults of the operating system, in words that a beginner can act on."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from venvoy.errors import Problem
from venvoy.system import fs, native

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the words there are others, tested below")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fs, "_top", lambda *_: "/home")


@pytest.mark.usefixtures("elsewhere")
def test_a_full_disk_is_named_with_the_command_that_shows_it() -> None:
    fault = fs.problem(OSError(errno.ENOSPC, "x"), "write the lockfile", Path("/home/ada/pylock.toml"))
    assert fault.code == "disk-full"
    assert str(fault) == (
        "/home/ada/pylock.toml: Could not write the lockfile.\n"
        "The disk at /home is full.\n"
        "→ See how full it is: df -h /home\n"
        "→ Free some space, then run the command again."
    )


@pytest.mark.usefixtures("elsewhere")
def test_a_disk_without_room_for_another_file_is_told_from_a_full_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "files_used_up", lambda mount: mount == "/home")
    fault = fs.problem(OSError(errno.ENOSPC, "x"), "write the lockfile", "/home/ada/pylock.toml")
    assert str(fault) == (
        "/home/ada/pylock.toml: Could not write the lockfile.\n"
        "The disk at /home cannot hold any more files, however small.\n"
        "→ See how full it is: df -i /home\n"
        "→ Free some space, then run the command again."
    )


@pytest.mark.usefixtures("elsewhere")
def test_a_quota_that_is_used_up_counts_as_full() -> None:
    fault = fs.problem(OSError(errno.EDQUOT, "x"), "write the lockfile", "/home/ada/pylock.toml")
    assert fault.code == "disk-full"
    assert str(fault) == (
        "/home/ada/pylock.toml: Could not write the lockfile.\n"
        "Your share (quota) of the disk at /home is used up.\n"
        "→ See how much you use: quota -s\n"
        "→ Free some space, then run the command again."
    )


@pytest.mark.usefixtures("elsewhere")
def test_a_disk_that_can_only_be_read_is_named() -> None:
    fault = fs.problem(OSError(errno.EROFS, "x"), "make the environment", "/home/ada/.venv")
    assert fault.code == "permission-denied"
    assert str(fault) == (
        "/home/ada/.venv: Could not make the environment.\n"
        "The disk at /home can only be read.\n"
        "→ Choose a folder on another disk.\n"
        "→ Then run the command again."
    )


def test_a_folder_of_ones_own_that_is_protected_can_be_opened_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "owner", lambda path: ("ada", True))
    fault = fs.problem(OSError(errno.EACCES, "x"), "write this file", tmp_path / "new")
    assert str(fault) == (
        f"{tmp_path}/new: Could not write this file.\n"
        f"{tmp_path} is yours, but it is protected.\n"
        f'→ Allow yourself to change it: chmod u+rwX "{tmp_path}"\n'
        "→ Then run the command again."
    )


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM])
def test_somebody_elses_folder_is_named_with_its_owner(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "owner", lambda path: ("root", False))
    fault = fs.problem(OSError(code, "x"), "write this file", tmp_path / "new" / "deep")
    assert str(fault) == (
        f"{tmp_path}/new/deep: Could not write this file.\n"
        f"{tmp_path} belongs to root, and you may not change it.\n"
        "→ Choose a folder of your own, or ask the owner to let you in.\n"
        "→ Then run the command again."
    )
    assert "sudo" not in str(fault)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no sudo of this kind")
def test_what_sudo_left_in_a_folder_of_ones_own_can_be_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / ".venv" / "lib" / "demo"
    left.mkdir(parents=True)
    monkeypatch.setattr(native, "owner", lambda path: ("ada", True) if path == str(tmp_path) else ("root", False))
    fault = fs.problem(OSError(errno.EACCES, "x"), "change this environment", left)
    assert str(fault) == (
        f"{left}: Could not change this environment.\n"
        f"{left} belongs to root, and lies in a folder of yours.\n"
        f'→ If it was made with sudo, make it yours: sudo chown -R "$(id -un)" "{left}"\n'
        "→ Then run the command again."
    )
    (tmp_path / ".venv" / "pyvenv.cfg").write_bytes(b"")
    fault = fs.problem(OSError(errno.EACCES, "x"), "change this environment", left)
    assert fault.fix[0].endswith(f'sudo chown -R "$(id -un)" "{tmp_path / ".venv"}"')


def test_other_faults_are_said_as_the_system_says_them() -> None:
    fault = fs.problem(OSError(errno.EISDIR, os.strerror(errno.EISDIR)), "write this file", "/somewhere")
    assert fault.code == "file-error"
    assert str(fault) == "/somewhere: Could not write this file.\nThe system says: Is a directory."


def test_on_windows_a_file_in_use_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    error = PermissionError(errno.EACCES, "denied")
    error.winerror = 32  # type: ignore[attr-defined]
    fault = fs.problem(error, "delete this", r"C:\venv\Scripts\python.exe")
    assert str(fault) == (
        "C:\\venv\\Scripts\\python.exe: Could not delete this.\n"
        "Another program is using it, or you may not change it.\n"
        "→ Close the programs that use it: a running Python, an editor, a terminal in that folder.\n"
        "→ Then run the command again."
    )


def test_on_windows_open_does_not_say_why_it_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "WINDOWS", True)
    fault = fs.problem(PermissionError(errno.EACCES, "denied"), "write this lock file", "x")
    assert str(fault) == (
        "x: Could not write this lock file.\n"
        "Another program is using it, or you may not change it.\n"
        "→ Close the programs that use it: a running Python, an editor, a terminal in that folder.\n"
        "→ Then run the command again."
    )


def test_on_windows_a_file_that_is_marked_as_read_only_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "WINDOWS", True)
    place = tmp_path / "pyproject.toml"
    place.touch(0o444)
    fault = fs.problem(PermissionError(errno.EACCES, "denied"), "write this file", place)
    assert str(fault) == (
        f"{place}: Could not write this file.\n"
        f"{place} is marked as read-only.\n"
        f'→ Allow changes to it: attrib -r "{place}"\n'
        "→ Then run the command again."
    )


def test_on_windows_a_path_that_is_too_long_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "WINDOWS", True)
    missing = FileNotFoundError(errno.ENOENT, "The system cannot find the path specified", f"/{'x' * 259}")
    assert str(fs.problem(missing, "make the environment", "/env")) == (
        "/env: Could not make the environment.\n"
        "A path there has 260 characters. Windows takes 259, unless long paths are switched on.\n"
        "→ Choose a folder with a shorter path.\n"
        "→ Or switch them on, as an administrator: reg add HKLM\\SYSTEM\\CurrentControlSet\\Control\\FileSystem "
        "/v LongPathsEnabled /t REG_DWORD /d 1 /f"
    )
    missing.filename = f"/{'x' * 258}"
    assert str(fs.problem(missing, "make the environment", "/env")) == (
        "/env: Could not make the environment.\nThe system says: The system cannot find the path specified."
    )


@pytest.mark.usefixtures("elsewhere")
def test_on_windows_a_full_disk_is_shown_by_a_command_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "WINDOWS", True)
    fault = fs.problem(OSError(errno.ENOSPC, "x"), "write this file", "x")
    assert str(fault) == (
        "x: Could not write this file.\n"
        "The disk /home is full.\n"
        "→ See how full it is: powershell Get-PSDrive -PSProvider FileSystem\n"
        "→ Free some space, then run the command again."
    )


def test_a_file_that_a_virus_scanner_holds_for_a_moment_is_replaced_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def held_twice(source: str, destination: str) -> None:
        tries.append((source, destination))
        if len(tries) < 3:
            error = PermissionError(errno.EACCES, "denied")
            error.winerror = 5  # type: ignore[attr-defined]
            raise error

    monkeypatch.setattr(os, "replace", held_twice)
    fs.replace("a", "b")
    assert tries == [("a", "b")] * 3


def test_a_permission_that_is_missing_for_good_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def denied(source: str, destination: str) -> None:
        tries.append(source)
        raise PermissionError(errno.EACCES, "denied")

    monkeypatch.setattr(os, "replace", denied)
    with pytest.raises(PermissionError):
        fs.replace("a", "b")
    assert tries == ["a"]


def test_every_code_that_the_system_floor_uses_is_in_the_table() -> None:
    for code in ("disk-full", "permission-denied", "file-error", "busy", "command-not-found", "command-timeout"):
        assert Problem(code, "x").code == code
