"""Disks that are nearly full and files that nobody may touch: the change happens, or nothing has changed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command_line import WINDOWS, CommandLine, state
from support.protected import image, protect, small_disk
from support.wheels import WheelSpec

pytestmark = pytest.mark.skipif(WINDOWS, reason="it mounts disks and protects files as POSIX has it")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    with small_disk(tmp_path, "size=1m") as disk:
        yield disk


def versions(wheels: Path) -> None:
    for number in (1, 2):
        files: dict[str, str | bytes] = {f"big/m{index}.py": f"X = {number * index}\n" * 900 for index in range(20)}
        WheelSpec("big", f"{number}.0", files=files).write(wheels)


def test_however_little_room_is_left_an_upgrade_happens_or_does_not(
    venvoy: CommandLine, disk: Path, wheels: Path
) -> None:
    versions(wheels)
    project = disk / "project"
    project.mkdir()
    assert venvoy("init", directory=project).code == 0
    assert venvoy("add", "big==2.0", directory=project).code == 0
    new = state(project)
    assert venvoy("add", "big==1.0", directory=project).code == 0
    old = state(project)
    ended = {}
    for room in (8, 24, 64, 120, 200, 260, 400):  # in kilobytes
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        (disk / "ballast").write_bytes(bytes(max(0, free - room * 1024)))
        ran = venvoy("add", "big==2.0", directory=project)
        (disk / "ballast").unlink()
        assert ran.code in (0, 31), ran
        assert state(project) == (new if ran.code == 0 else old), f"with {room} kB left: {ran}"
        ended[room] = ran.code
        assert venvoy("lock", "--check", directory=project).code == 0
        if ran.code == 0:
            assert venvoy("add", "big==1.0", directory=project).code == 0
            assert state(project) == old
    assert {0, 31} == set(ended.values()), f"both outcomes were tried: {ended}"
    assert venvoy("verify", directory=project).code == 0


@pytest.fixture
def filled(project: Path, venvoy: CommandLine, wheels: Path) -> Path:
    versions(wheels)
    assert venvoy("add", "big==1.0", "paint").code == 0
    return project


@pytest.mark.parametrize("place", ["big", "paint.py", "."])
def test_what_nobody_may_touch_stops_a_change_whole(filled: Path, venvoy: CommandLine, place: str) -> None:
    site = next((filled / ".venv").rglob("site-packages"))
    if os.geteuid() and (site / place).is_file():
        pytest.skip("a file alone can be protected by root only")
    before = state(filled)
    undo = protect(own(site / place))
    try:
        for arguments in (
            ("remove", "big", "paint"),
            ("add", "helper") if place == "." else ("remove", "paint", "big"),
        ):
            ran = venvoy(*arguments)
            assert (ran.code, "[permission-denied]" in ran.stderr) == (31, True), ran
            assert state(filled) == before
    finally:
        subprocess.run(undo, check=True)
    assert venvoy("add", "big==2.0").code == 0
    assert venvoy("verify").code == 0


def own(path: Path) -> Path:
    """Give a file to the environment alone: what is protected must not be the store's as well."""
    if path.is_file():
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)
        path.chmod(0o444)
    return path


def test_what_cannot_be_deleted_yet_does_not_stop_the_next_change(filled: Path, venvoy: CommandLine) -> None:
    site = next((filled / ".venv").rglob("site-packages"))
    if os.geteuid():
        pytest.skip("a file alone can be protected by root only")
    number = own(site / "big" / "m7.py").stat().st_ino
    undo = protect(site / "big" / "m7.py")
    rubbish = filled / ".venv" / ".venvoy" / "rubbish"
    assert venvoy("add", "big==2.0").code == 0
    left = next(path for path in rubbish.rglob("m7.py"))
    assert left.stat().st_ino == number
    try:
        assert venvoy("add", "helper").code == 0
        assert venvoy("verify").code == 0
    finally:
        subprocess.run([*undo[:-1], next(rubbish.rglob("m7.py"))], check=True)
    assert venvoy("remove", "helper").code == 0
    assert not rubbish.exists()


def test_verify_says_what_it_cannot_read_and_repairs_nothing_by_halves(filled: Path, venvoy: CommandLine) -> None:
    site = next((filled / ".venv").rglob("site-packages"))
    (site / "paint.py").unlink()
    undo = protect(site)
    before = state(filled)
    try:
        venvoy("verify", "--repair", "--offline").says("""
            exit 31
            err error: Could not change this environment. [permission-denied]
            err   at [PROJECT]/.venv/[SITE]/paint-4.1.dist-info
            err   [PROJECT]/.venv/[SITE] is yours, but it is protected.
            err   → Allow yourself to change it: chmod u+rwX "[PROJECT]/.venv/[SITE]"
            err   → Then run the command again.
        """)
        assert state(filled) == before
    finally:
        subprocess.run(undo, check=True)
    assert venvoy("verify", "--repair", "--offline").code == 0


def test_what_came_with_the_image_of_a_container_is_changed_all_the_same(
    filled: Path, venvoy: CommandLine, tmp_path: Path
) -> None:
    def without_modes() -> dict[str, str]:  # copies may be written to, links may not
        return {place: content[3:] for place, content in state(filled).items()}

    before = without_modes()
    with image(filled, tmp_path):
        assert venvoy("add", "big==2.0").code == 0
        assert venvoy("remove", "paint").code == 0
        assert venvoy("verify").code == 0
        assert venvoy("undo", "2").code == 0
        assert without_modes() == before
        (filled / ".venv" / "pyvenv.cfg").unlink()
        assert venvoy("sync").code == 0
        assert without_modes() == before


def test_an_environment_on_a_disk_of_its_own_is_made_anew(venvoy: CommandLine, project: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path, "size=64m") as disk:
        (project / ".venv").rename(tmp_path / "old")
        (project / ".venv").symlink_to(disk)
        assert venvoy("sync").code == 0
        (disk / "pyvenv.cfg").unlink()
        assert venvoy("sync").code == 0
        assert venvoy("verify").code == 0


def test_a_way_to_link_that_the_disks_are_not_able_to_is_told(
    venvoy: CommandLine, project: Path, tmp_path: Path
) -> None:
    with small_disk(tmp_path, "size=64m") as disk:
        ran = venvoy("add", "paint", "--link-mode", "hardlink", "--cache-dir", str(disk))
    ran.says("""
        exit 31
        err error: The files of the store could not be put into this environment. [file-error]
        err   at [PROJECT]/.venv
        err   link-mode is hardlink, and the disks of the two are not able to do that: Invalid cross-device link.
        err   → Let venvoy find out what they are able to do: --link-mode auto
    """)
    assert venvoy("verify").code == 0
