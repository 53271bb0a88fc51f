"""Where answers are kept, and which question is the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from venvoy.system import answers, observed


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


def test_old_answers_make_room_for_new_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_MOST", 10)
    environ = {"VENVOY_CACHE_DIR": str(tmp_path)}
    for number in range(11):
        lines = observed.observe([str(tmp_path / "absent")])
        answers.remember(str(tmp_path), f"/p{number}", ["lock"], environ, "1.0", lines, "yes\n")
        for file in (tmp_path / "answers-v1").iterdir():
            if file.stat().st_mtime > 11:
                os.utime(file, (number, number))
    known = [number for number in range(11) if answers.recall(f"/p{number}", ["lock"], environ, "1.0")]
    assert known == [6, 7, 8, 9, 10]


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
