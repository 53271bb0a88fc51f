"""Real files: written whole or not at all, placed in each way, deleted whatever their mode."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.protected import small_disk
from venvoy.errors import Problem
from venvoy.system import native, placing
from venvoy.system.fs import LinkMode, is_gone, place, remove_tree, sweep, write_atomic

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes of this kind are POSIX's")
NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that an ordinary person can reach, which tmp_path is not when root runs the tests."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name).resolve()


@contextmanager
def ordinary_person() -> Iterator[None]:
    """Root ignores modes: be somebody who does not, for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path, *, durable: bool) -> None:
    path = tmp_path / "naïve folder" / "pylock ü.toml"
    path.parent.mkdir()
    write_atomic(path, b"old", durable=durable)
    write_atomic(path, b"new", durable=durable)
    assert path.read_bytes() == b"new"
    assert left_in(path.parent) == ["pylock ü.toml"]


@posix
def test_what_a_killed_process_left_of_a_write_is_swept_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    for name in (".venvoy-notes", "x.tmp", ".venvoy.tmp"):
        (tmp_path / name).touch()
    monkeypatch.setattr("venvoy.system.fs.replace", killed)
    monkeypatch.setattr("venvoy.system.fs.discard", killed)
    with pytest.raises(Killed):
        write_atomic(tmp_path / "pyproject.toml", b"new")
    monkeypatch.undo()
    assert len(list(tmp_path.iterdir())) == 4
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".venvoy-notes", ".venvoy.tmp", "x.tmp"]
    sweep(tmp_path / "missing")


@posix
def test_the_mode_of_what_was_there_is_kept_and_a_new_file_has_the_usual_one(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    (tmp_path / "secret").write_bytes(b"")
    (tmp_path / "secret").chmod(0o640)
    write_atomic(tmp_path / "secret", b"x")
    write_atomic(tmp_path / "new", b"x")
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o640
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


@posix
def test_a_symbolic_link_stays_one_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/real.toml").write_bytes(b"old")
    (tmp_path / "link.toml").symlink_to("elsewhere/real.toml")
    write_atomic(tmp_path / "link.toml", b"new")
    assert (tmp_path / "link.toml").is_symlink()
    assert (tmp_path / "elsewhere/real.toml").read_bytes() == b"new"
    assert left_in(tmp_path) == ["elsewhere", "link.toml"]


def test_a_folder_in_the_way_is_a_problem_and_stays(tmp_path: Path) -> None:
    (tmp_path / "pylock.toml").mkdir()
    with pytest.raises(Problem) as caught:
        write_atomic(tmp_path / "pylock.toml", b"x")
    assert caught.value.code in {"file-error", "permission-denied"}
    assert left_in(tmp_path) == ["pylock.toml"]


def test_a_missing_folder_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        write_atomic(tmp_path / "nowhere" / "x", b"x")
    assert str(caught.value) == (
        f"{tmp_path / 'nowhere' / 'x'}: Could not write this file.\nThe system says: No such file or directory."
    )


@posix
def test_what_cannot_be_looked_at_is_not_gone(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "loop").symlink_to("loop")
    assert [is_gone(tmp_path / name) for name in ("file", "no", "file/no", "loop", "x" * 300)] == [
        *(False, True, True, False, False)
    ]


@posix
def test_a_file_keeps_its_owner_where_that_may_be(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can write a file for somebody else")
    (folder / "file").write_bytes(b"old")
    os.chown(folder / "file", 12345, 23456)
    (folder / "file").chmod(0o640)
    write_atomic(folder / "file", b"new")
    status = (folder / "file").stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (12345, 23456, 0o640)


@posix
def test_a_folder_that_somebody_else_owns_is_a_problem_that_names_the_owner(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a folder that belongs to somebody else")
    (folder / "file").write_bytes(b"old")
    with ordinary_person(), pytest.raises(Problem) as caught:
        write_atomic(folder / "file", b"new")
    assert str(caught.value) == (
        f"{folder}/file: Could not write this file.\n"
        f"{folder}/file belongs to root, and you may not change it.\n"
        "→ Choose a folder of your own, or ask the owner to let you in.\n"
        "→ Then run the command again."
    )
    assert (folder / "file").read_bytes() == b"old"


@posix
def test_a_read_only_folder_of_ones_own_is_a_problem_that_says_how_to_open_it(folder: Path) -> None:
    mine = folder / "mine"
    mine.mkdir()
    if os.geteuid() == 0:
        os.chown(mine, NOBODY, -1)
    mine.chmod(0o555)
    with ordinary_person(), pytest.raises(Problem) as caught:
        write_atomic(mine / "file", b"new")
    assert str(caught.value) == (
        f"{mine}/file: Could not write this file.\n"
        f"{mine} is yours, but it is protected.\n"
        f'→ Allow yourself to change it: chmod u+rwX "{mine}"\n'
        "→ Then run the command again."
    )
    mine.chmod(0o755)


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs is Linux's")
@pytest.mark.parametrize("link_mode", [LinkMode.AUTO, LinkMode.COPY])
def test_a_full_disk_is_a_problem_and_keeps_the_old_file(tmp_path: Path, link_mode: LinkMode) -> None:
    with small_disk(tmp_path, "size=64k") as disk:
        (disk / "file").write_bytes(b"old")
        with pytest.raises(Problem) as caught:
            write_atomic(disk / "file", bytes(1 << 20))
        assert str(caught.value) == (
            f"{disk}/file: Could not write this file.\n"
            f"The disk at {disk} is full.\n"
            f"→ See how full it is: df -h {disk}\n"
            "→ Free some space, then run the command again."
        )
        (tmp_path / "large").write_bytes(bytes(1 << 20))
        with pytest.raises(OSError, match="No space") as full:
            place(str(tmp_path / "large"), str(disk / "large"), link_mode)
        assert full.value.errno == errno.ENOSPC
        assert left_in(disk) == ["file"]
        assert (disk / "file").read_bytes() == b"old"


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs is Linux's")
def test_a_disk_with_no_room_for_another_file_is_told_from_a_full_one(tmp_path: Path) -> None:
    with small_disk(tmp_path, "nr_inodes=2") as disk:
        (disk / "file").write_bytes(b"")
        with pytest.raises(Problem) as caught:
            write_atomic(disk / "other", b"")
        assert f"→ See how full it is: df -i {disk}" in str(caught.value)


@pytest.mark.parametrize("mode", [LinkMode.COPY, LinkMode.HARDLINK, LinkMode.AUTO])
def test_a_file_is_placed_with_content_time_and_executable_bit(tmp_path: Path, mode: LinkMode) -> None:
    source, destination = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"content")
    os.utime(source, ns=(1_600_000_000_000_000_000, 1_600_000_000_123_456_700))
    source.chmod(0o555)
    how = place(str(source), str(destination), mode)
    assert how in {LinkMode.CLONE, LinkMode.HARDLINK, LinkMode.COPY}
    assert mode in {how, LinkMode.AUTO}
    assert destination.read_bytes() == b"content"
    assert destination.stat().st_mtime_ns == source.stat().st_mtime_ns
    assert os.access(destination, os.X_OK)
    assert destination.samefile(source) is (how is LinkMode.HARDLINK)


@posix
def test_a_copy_may_be_edited_by_its_owner_and_a_hard_link_is_as_protected_as_its_source(tmp_path: Path) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"content")
    source.chmod(0o444)
    place(str(source), str(tmp_path / "copy"), LinkMode.COPY)
    place(str(source), str(tmp_path / "link"), LinkMode.HARDLINK)
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "link").stat().st_mode) == 0o444


def test_cloning_works_or_says_that_it_cannot_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / "a").chmod(0o444)
    try:
        assert place(str(tmp_path / "a"), str(tmp_path / "b"), LinkMode.CLONE) is LinkMode.CLONE
    except OSError as error:
        assert error.errno in placing.UNABLE  # noqa: PT017 - which of the two the disk decides
        assert left_in(tmp_path) == ["a"]
    else:
        assert (tmp_path / "b").read_bytes() == b"content"
        assert (tmp_path / "b").stat().st_mode & stat.S_IWUSR


@pytest.mark.parametrize("mode", LinkMode)
def test_nothing_that_is_there_is_overwritten(tmp_path: Path, mode: LinkMode) -> None:
    (tmp_path / "a").write_bytes(b"new")
    (tmp_path / "b").write_bytes(b"old")
    with pytest.raises(OSError if native.WINDOWS and mode is LinkMode.CLONE else FileExistsError):
        place(str(tmp_path / "a"), str(tmp_path / "b"), mode)
    assert (tmp_path / "b").read_bytes() == b"old"


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="a second disk is needed")
def test_between_two_disks_auto_copies_and_a_hard_link_is_refused(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        if Path(other).stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("it is the same disk")
        source = Path(other, "a")
        source.write_bytes(b"content")
        with pytest.raises(OSError, match=r"link") as caught:
            place(str(source), str(tmp_path / "b"), LinkMode.HARDLINK)
        assert caught.value.errno == errno.EXDEV
        assert place(str(source), str(tmp_path / "b"), LinkMode.AUTO) is LinkMode.COPY
        assert (tmp_path / "b").read_bytes() == b"content"


@pytest.mark.parametrize(("number", "on_windows"), [(errno.EMLINK, None), (errno.EINVAL, 1142)])
def test_a_file_with_as_many_links_as_the_disk_allows_is_copied(
    number: int, on_windows: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(*_: object) -> None:
        error = OSError(number, "Too many links")
        setattr(error, "winerror", on_windows)  # noqa: B010 - type checkers know it on Windows only
        raise error

    (tmp_path / "a").write_bytes(b"content")
    monkeypatch.setattr(os, "link", no_more)
    assert place(str(tmp_path / "a"), str(tmp_path / "b"), LinkMode.HARDLINK) is LinkMode.COPY
    assert (tmp_path / "b").read_bytes() == b"content"


def test_a_tree_is_deleted_with_what_is_read_only_in_it_and_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(b"")
    tree = tmp_path / "tree"
    (tree / "a" / "b").mkdir(parents=True)
    (tree / "a" / "b" / "file").write_bytes(b"")
    if not native.WINDOWS:
        (tree / "link").symlink_to(outside)
    (tree / "a" / "b" / "file").chmod(0o444)
    (tree / "a" / "b").chmod(0o500)
    remove_tree(tree)
    assert left_in(tmp_path) == ["outside"]
    assert left_in(outside) == ["kept"]


@posix
def test_an_ordinary_person_can_delete_read_only_folders_of_their_own(folder: Path) -> None:
    folder.chmod(0o777)
    with ordinary_person():
        (folder / "tree/sub").mkdir(parents=True)
        (folder / "tree/sub/file").write_bytes(b"")
        (folder / "tree/sub").chmod(0o000)
        remove_tree(folder / "tree")
    assert left_in(folder) == []


@posix
def test_deleting_a_hard_link_leaves_the_mode_of_the_other_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "a").chmod(0o444)
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    remove_tree(tmp_path / "b")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o444


def test_deleting_what_is_not_there_is_fine(tmp_path: Path) -> None:
    remove_tree(tmp_path / "gone")
    remove_tree(tmp_path / "gone" / "as well")


@posix
def test_what_cannot_be_deleted_is_a_problem(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a folder that belongs to somebody else")
    (folder / "tree").mkdir()
    (folder / "tree/file").write_bytes(b"")
    with ordinary_person(), pytest.raises(Problem) as caught:
        remove_tree(folder / "tree")
    assert str(caught.value) == (
        f"{folder}/tree/file: Could not delete this.\n"
        f"{folder}/tree/file belongs to root, and you may not change it.\n"
        "→ Choose a folder of your own, or ask the owner to let you in.\n"
        "→ Then run the command again."
    )
