"""Files and folders that nobody may change, whoever runs the tests, and disks with little room."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest


@contextmanager
def protected(*places: Path) -> Iterator[None]:
    """Let nobody change a file, or what is in a folder and below it. POSIX.

    For root, who may write anywhere, it becomes a disk that can only be read, where one can be mounted.
    """
    with ExitStack() as held:
        for place in places:
            held.enter_context(_mounted(place) if os.geteuid() == 0 else _without_writing(place))
        yield


def protect(path: Path) -> list[str]:
    """Let nobody change a file or what is in a folder, until the command is run that this returns. POSIX."""
    if os.geteuid() == 0:
        if not _done("chattr", "+i", path):
            pytest.skip("root may write anywhere, and nothing can be made immutable here")
        return ["chattr", "-i", str(path)]
    path.chmod(0o555 if path.is_dir() else 0o444)
    return ["chmod", "u+w", str(path)]


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[Path]:
    """A disk below a folder that has as little room as the options of ``mount`` say. Linux, and for root only."""
    disk = folder / "disk"
    disk.mkdir()
    if sys.platform != "linux" or not _done("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk):
        pytest.skip("a small disk cannot be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@contextmanager
def image(place: Path, folder: Path) -> Iterator[None]:
    """Let what is in a place be as in a container whose image brought it: its folders cannot be renamed. Linux, root.

    ``folder`` is where the changes are kept meanwhile; afterwards everything is as before.
    """
    with small_disk(folder, "size=64m") as disk:
        for name in ("upper", "work"):
            (disk / name).mkdir()
        options = f"redirect_dir=off,lowerdir={place},upperdir={disk}/upper,workdir={disk}/work"
        if not _done("mount", "-t", "overlay", "-o", options, "overlay", place):
            pytest.skip("no overlay can be mounted here")
        try:
            yield
        finally:
            assert _done("umount", "-l", place)


@contextmanager
def _mounted(place: Path) -> Iterator[None]:
    if not _done("mount", "--bind", place, place):
        pytest.skip("root may write anywhere, and nothing can be mounted here")
    try:
        if not _done("mount", "-o", "remount,ro,bind", place):
            pytest.skip("root may write anywhere, and nothing can be mounted read-only here")
        yield
    finally:
        assert _done("umount", "-l", place)


def _done(*command: str | Path) -> bool:
    return bool(shutil.which(command[0])) and not subprocess.run(command, capture_output=True, check=False).returncode


@contextmanager
def _without_writing(place: Path) -> Iterator[None]:
    found = [path for path in (place, *place.rglob("*")) if not path.is_symlink()]
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in found}
    try:
        for path, mode in modes.items():
            path.chmod(mode & 0o555)
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
