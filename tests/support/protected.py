"""Files and folders that nobody may change, whoever runs the tests."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def protected(*places: Path) -> Iterator[None]:
    """Let nobody change a file, or what is in a folder and below it. POSIX.

    For root, who may write anywhere, it becomes a disk that can only be read, where one can be mounted.
    """
    with ExitStack() as held:
        for place in places:
            held.enter_context(_mounted(place) if os.geteuid() == 0 else _without_writing(place))
        yield


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
