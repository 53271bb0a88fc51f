"""Where answers are kept, and which question is the same."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import platformdirs
import pytest

from venvoy.system import answers, observed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(sys.platform == "win32", reason="there the library is asked")
@pytest.mark.parametrize("base", ["", "  ", "/elsewhere", "relative"])
def test_the_folder_is_the_one_that_platformdirs_names(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", base)
    if base == "relative" and sys.platform != "darwin":
        return
    assert answers.cache_folder(os.environ) == platformdirs.user_cache_dir("venvoy", appauthor=False)


def test_each_platform_has_its_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("USERPROFILE", "C:\\Users\\ada")
    assert answers.cache_folder({}, "win32") == ""
    if os.name == "posix":
        assert answers.cache_folder({}, "darwin") == "/home/ada/Library/Caches/venvoy"
        assert answers.cache_folder({"XDG_CACHE_HOME": "/fast"}, "linux") == "/fast/venvoy"
        assert answers.cache_folder({}, "linux") == "/home/ada/.cache/venvoy"


def test_an_answer_comes_back_while_all_is_the_same(tmp_path: Path) -> None:
    watched = tmp_path / "watched"
    watched.write_text("one")
    environ = {"VENVOY_CACHE_DIR": str(tmp_path / "cache"), "PATH": "/bin"}
    lines = observed.observe([str(watched), str(tmp_path / "absent")])
    answers.remember(environ["VENVOY_CACHE_DIR"], "/p", ["lock"], environ, "1.0", lines, "all is well\n\nreally\n")

    assert answers.recall("/p", ["lock"], environ, "1.0") == "all is well\n\nreally\n"
    assert answers.recall("/p", ["lock"], {**environ, "SHLVL": "2"}, "1.0") is not None
    assert answers.recall("/q", ["lock"], environ, "1.0") is None
    assert answers.recall("/p", ["lock", "-q"], environ, "1.0") is None
    assert answers.recall("/p", ["lock"], environ, "1.1") is None
    assert answers.recall("/p", ["lock"], {**environ, "PATH": "/usr/bin"}, "1.0") is None
    assert answers.recall("/p", ["lock"], {**environ, "VENVOY_OFFLINE": "1"}, "1.0") is None
    (tmp_path / "absent").write_text("")
    assert answers.recall("/p", ["lock"], environ, "1.0") is None


def test_a_broken_or_foreign_file_is_no_answer(tmp_path: Path) -> None:
    environ = {"VENVOY_CACHE_DIR": str(tmp_path)}
    answers.remember(str(tmp_path), "/p", ["lock"], environ, "1.0", [], "yes\n")
    (file,) = (tmp_path / "answers-v1").iterdir()
    for content in (b"", b"venvoy-answer 1\n", b"\xff\xfe", file.read_bytes().replace(b"answer 1", b"answer 2")):
        file.write_bytes(content)
        assert answers.recall("/p", ["lock"], environ, "1.0") is None


def test_a_cache_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answers.remember(str(tmp_path / "file"), "/p", ["lock"], {}, "1.0", [], "yes\n")
    assert (tmp_path / "file").read_text() == ""
