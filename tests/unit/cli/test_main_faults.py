"""What is no mistake of ours though nobody foresaw where it would happen: limits, and files that are refused."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest

from venvoy.cli import main
from venvoy.operations import past


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("VENVOY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VENVOY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "own"\nversion = "1"\n', encoding="utf-8")
    return tmp_path


def said(fault: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    def fail(_: object, __: object) -> None:
        raise fault

    monkeypatch.setattr(past, "past", fail)
    code = main.main(["history", "--no-color"])
    return code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (MemoryError(), "There is not enough memory to go on."),
        (RuntimeError("can't start new thread"), "No further thread could be started."),
    ],
)
def test_a_limit_is_no_mistake_of_ours(
    fault: BaseException, what: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(fault, monkeypatch, capsys) == (
        1,
        (
            f"error: {what} [limit-reached]\n"
            "  The computer, or a limit of your account, your shell or the container, gives venvoy no more of it.\n"
            "  → See the limits of your shell: ulimit -a\n"
            "  → Let venvoy do less at once: --concurrency 1\n"
        ),
    )


def test_a_file_that_is_refused_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = OSError(errno.EMFILE, "Too many open files", str(project / "x"))
    assert said(fault, monkeypatch, capsys) == (
        31,
        (
            "error: Could not use this file or folder. [file-error]\n"
            f"  at {project / 'x'}\n"
            "  The system says: Too many open files.\n"
            "  → Raise that limit of your shell: ulimit -n 1024\n"
            "  → Then run the command again.\n"
        ),
    )


def test_a_full_disk_under_the_cache_can_be_avoided(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = said(OSError(errno.ENOSPC, "full", str(project / "cache" / "tmp" / "x")), monkeypatch, capsys)
    step = "$env:VENVOY_CACHE_DIR = 'FOLDER'" if os.name == "nt" else "export VENVOY_CACHE_DIR=FOLDER"
    assert code == 31
    assert f"  → Keep the cache on another disk: {step}\n" in text
    code, text = said(OSError(errno.ENOSPC, "full", str(project / "x")), monkeypatch, capsys)
    assert code == 31
    assert "Keep the cache" not in text


def test_a_mistake_of_ours_is_told_even_where_it_cannot_be_written_down(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    assert said(ZeroDivisionError("by nought"), monkeypatch, capsys) == (
        1,
        (
            "error: venvoy made a mistake of its own (ZeroDivisionError: by nought). [internal]\n"
            "  What it was doing could not be written down: [Errno 2] No usable temporary directory\n"
            "  → Please report it.\n"
        ),
    )
