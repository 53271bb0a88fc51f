"""Source archives are unpacked into their folder and nowhere else."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from venvoy.backends import archives
from venvoy.errors import Problem

FILE, LINK, HARD, DEVICE, FOLDER = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE
Member = tuple[str, bytes, str]
WITH_LINKS = pytest.mark.skipif(os.name == "nt", reason="no link to a folder is made there")


def tar(path: Path, members: Sequence[Member]) -> Path:
    """Write an archive: name, kind, and the content of a file or the target of a link."""
    with tarfile.open(path, "w:xz" if path.name.endswith("xz") else "w:gz") as archive:
        for name, kind, text in members:
            member = tarfile.TarInfo(name)
            member.type = kind
            member.mode = 0o6755
            if kind == FILE:
                member.size = len(text.encode())
            else:
                member.linkname = text
            archive.addfile(member, io.BytesIO(text.encode()) if kind == FILE else None)
    return path


def unpacked(archive: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return archives.unpack(archive, folder, "demo 1.0")


@pytest.mark.parametrize("suffix", [".tar.gz", ".tgz", ".tar.xz"])
def test_a_tar_becomes_the_folder_that_is_in_it(tmp_path: Path, suffix: str) -> None:
    members = [
        ("demo-1.0/", FOLDER, ""),
        ("demo-1.0/pyproject.toml", FILE, "x"),
        ("./demo-1.0/src/a.py", FILE, "a = 1"),
    ]
    tree = unpacked(tar(tmp_path / f"demo-1.0{suffix}", members), tmp_path)
    assert tree == tmp_path / "out" / "demo-1.0"
    assert (tree / "src" / "a.py").read_text(encoding="utf-8") == "a = 1"


def test_a_zip_becomes_the_folder_that_is_in_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "demo-1.0.zip", "w") as archive:
        archive.writestr("demo-1.0/setup.py", "print(1)")
        archive.writestr("demo-1.0/empty/", "")
    tree = unpacked(tmp_path / "demo-1.0.zip", tmp_path)
    assert sorted(path.name for path in tree.iterdir()) == ["empty", "setup.py"]


def test_an_archive_with_several_folders_is_the_tree_itself(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tar.gz", [("setup.py", FILE, ""), ("a/b.py", FILE, "")])
    assert unpacked(archive, tmp_path) == tmp_path / "out"


@pytest.mark.skipif(os.name != "posix", reason="modes and links as POSIX has them")
def test_modes_and_links_inside_are_kept_but_no_more(tmp_path: Path) -> None:
    members = [
        ("d/run.sh", FILE, "#!/bin/sh\n"),
        ("d/sub/link", LINK, "../run.sh"),
        ("d/hard", HARD, "d/run.sh"),
    ]
    tree = unpacked(tar(tmp_path / "d.tar.gz", members), tmp_path)
    assert (tree / "run.sh").stat().st_mode & 0o7111 == 0o111, "it may be run, and it changes nobody's rights"
    assert (tree / "sub" / "link").read_text(encoding="utf-8") == (tree / "hard").read_text(encoding="utf-8")
    assert not (tree / "hard").is_symlink()


@pytest.mark.parametrize(
    "members",
    [
        [("../evil", FILE, "x")],
        [("d/../../evil", FILE, "x")],
        [("/tmp/evil", FILE, "x")],
        [("C:/evil", FILE, "x")],
        [("d\\..\\..\\evil", FILE, "x")],
        [("d/a\nb", FILE, "x")],
        [("d/null", DEVICE, "")],
        [("d/link", LINK, "../../evil")],
        [("d/link", LINK, "/etc/passwd")],
        [("d/hard", HARD, "../evil")],
        [("d/hard", HARD, "/etc/passwd")],
        [("d/down", LINK, "."), ("d/down/../../../evil", FILE, "x")],
        pytest.param([("d/sub", LINK, "other"), ("d/sub/evil", FILE, "x")], marks=WITH_LINKS),
        pytest.param([("d/sub", LINK, ".."), ("d/out", LINK, "sub/../../evil")], marks=WITH_LINKS),
    ],
    ids=lambda members: " then ".join(repr(name) for name, _, _ in members),
)
def test_what_leads_out_of_the_folder_is_refused(tmp_path: Path, members: list[Member]) -> None:
    with pytest.raises(Problem) as caught:
        unpacked(tar(tmp_path / "d.tar.gz", [("d/setup.py", FILE, ""), *members]), tmp_path)
    assert caught.value.code == "source-unsafe"
    assert caught.value.what == "demo 1.0 was not unpacked: it is not safe."
    assert not [path for path in tmp_path.rglob("evil*") if "d.tar" not in path.name]


def test_a_zip_that_leads_out_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../evil", "x")
    with pytest.raises(Problem) as caught:
        unpacked(tmp_path / "a.zip", tmp_path)
    assert str(caught.value) == (
        "demo 1.0 was not unpacked: it is not safe.\n"
        "Its entry '../evil' has a name that leads out of its folder, or that is none.\n"
        "→ Choose another version of it. If you did not expect this, tell its maintainers."
    )


def test_an_archive_that_claims_to_be_endless_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tar(tmp_path / "a.tar.gz", [("a/zeros", FILE, "0" * 100_000)])
    monkeypatch.setattr(archives, "_MOST_BYTES", 50_000)
    with pytest.raises(Problem) as caught:
        unpacked(archive, tmp_path)
    assert caught.value.code == "source-unsafe"
    assert not (tmp_path / "out" / "a" / "zeros").exists()


@pytest.mark.parametrize("name", ["a.tar.gz", "a.zip", "a.rar"])
@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00garbage"])
def test_what_is_no_archive_is_said_to_be_broken(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Problem) as caught:
        unpacked(tmp_path / name, tmp_path)
    assert caught.value.code == "source-invalid"
    assert caught.value.what == "The source archive of demo 1.0 is broken."


def test_an_archive_that_is_cut_off_is_said_to_be_broken(tmp_path: Path) -> None:
    content = tar(tmp_path / "a.tar.gz", [("a/x.py", FILE, os.urandom(5000).hex())]).read_bytes()
    (tmp_path / "a.tar.gz").write_bytes(content[: len(content) // 2])
    with pytest.raises(Problem) as caught:
        unpacked(tmp_path / "a.tar.gz", tmp_path)
    assert caught.value.code == "source-invalid"
