"""The set-up of the private environment: settings it keeps, and where it gets pip from."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import bootstrap


@pytest.fixture
def configured(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pip configuration file of one's own, the only one."""
    monkeypatch.setattr(bootstrap, "pip_configuration_files", lambda: [home / "a.conf", home / "b.conf"])
    return home / "b.conf"


def test_settings_say_where_distributions_come_from_and_nothing_else(
    configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (configured.parent / "a.conf").write_text("[global]\nindex-url = https://weak.example/simple\n", encoding="utf-8")
    configured.write_text(
        "[global]\nindex_url = https://index.example/simple\ntimeout = 90\nuser = true\nrequire-virtualenv = true\n"
        "[install]\ntarget = /elsewhere\nfind-links =\n    https://one.example\n    https://two.example\n"
        "[list]\nproxy = http://not.for.us.example\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PIP_PREFIX", "/elsewhere")
    monkeypatch.setenv("PIP_TIMEOUT", "5")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert bootstrap.pip_settings() == {
        "index-url": "https://index.example/simple",
        "find-links": "https://one.example https://two.example",
        "timeout": "5",
        "no-index": "1",
    }


def test_a_file_that_is_no_configuration_is_left_out(configured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured.write_text("index-url = https://index.example\n", encoding="utf-8")
    assert bootstrap.pip_settings() == {}
    assert "b.conf is not understood and is left out" in capsys.readouterr().err


def test_relative_folders_are_those_of_the_caller(
    configured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wheels").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIP_FIND_LINKS", "wheels https://links.example")
    assert bootstrap.pip_settings()["find-links"] == f"{tmp_path / 'wheels'} https://links.example"


def test_children_get_no_setting_of_another_environment(configured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configured.write_text("[global]\nindex-url = https://index.example/simple\n", encoding="utf-8")
    for name in ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "VIRTUAL_ENV", "VIRTUALENV_CLEAR"):
        monkeypatch.setenv(name, "x")
    variables = bootstrap.child_variables()
    assert {name: value for name, value in variables.items() if name.startswith(("PIP_", "PYTHON", "VIRTUAL"))} == {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_INDEX_URL": "https://index.example/simple",
        "PIP_NO_INPUT": "1",
        "PYTHONUTF8": "1",
    }
    assert variables["PATH"] == os.environ["PATH"]


def test_no_configuration_is_read_when_pip_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    assert bootstrap.pip_configuration_files() == []


def test_an_old_python_is_refused_kindly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18, "final", 0))
    monkeypatch.setattr("platform.python_version", lambda: "3.8.18")
    with pytest.raises(SystemExit) as caught:
        bootstrap.require_python()
    assert caught.value.code == 1
    assert capsys.readouterr().err == (
        f"venvoy needs Python 3.10 or newer; this is Python 3.8.18 ({sys.executable}).\n"
        "→ Start it with a newer one, for instance: python3.12 tests\n"
    )


def test_an_environment_counts_only_when_it_was_finished_with_the_same_inputs(tmp_path: Path) -> None:
    mark = tmp_path / "env" / "complete"
    assert not bootstrap.up_to_date(mark, "abc")
    python = bootstrap.python_of(mark.parent)
    python.parent.mkdir(parents=True)
    mark.write_text("abc", encoding="utf-8")
    assert not bootstrap.up_to_date(mark, "abc")
    python.write_text("", encoding="utf-8")
    assert bootstrap.up_to_date(mark, "abc")
    assert not bootstrap.up_to_date(mark, "def")


def test_the_newest_pip_of_a_folder_is_taken(tmp_path: Path) -> None:
    for version in ("9.0.1", "100.2", "100.10", "25.3"):
        (tmp_path / f"pip-{version}-py3-none-any.whl").write_bytes(b"")
    links = {"PIP_FIND_LINKS": tmp_path.as_uri()}
    assert bootstrap.local_pip_wheel(links) == str(tmp_path / "pip-100.10-py3-none-any.whl")


def test_a_second_set_up_waits_for_the_first(tmp_path: Path) -> None:
    with bootstrap.lock(tmp_path / "lock"), (tmp_path / "lock").open("a+b") as other:
        assert not bootstrap.try_lock(other.fileno())
    with (tmp_path / "lock").open("a+b") as other:
        assert bootstrap.try_lock(other.fileno())
