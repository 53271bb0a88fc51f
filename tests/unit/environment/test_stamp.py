"""The stamp holds while nothing changed, and breaks with anything that matters."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from support.stored import bare_environment
from venvoy.environment import layout, stamp
from venvoy.system import observed, process

SELECTED = stamp.selection(["test", "dev"], ["cli"])


class Setting:
    """A project with an environment that has just been brought up to date."""

    def __init__(self, folder: Path) -> None:
        self.root = bare_environment(folder / ".venv")
        self.environment = layout.read(self.root, windows=False)
        self.project = folder / "pyproject.toml"
        self.lockfile = folder / "pylock.toml"
        self.pin = folder / ".python-version"
        self.project.write_text("[project]\n")
        self.lockfile.write_text("lock-version = '1.0'\n")
        self.inputs = [str(path) for path in (self.project, self.lockfile, self.pin)]

    def write(self) -> None:
        before = observed.observe(self.inputs)
        assert stamp.write(str(self.root), "1.0", SELECTED, [*before, *observed.observe(self.environment.watched)])

    def holds(self, version: str = "1.0") -> bool:
        return stamp.matches(str(self.root), version)


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    setting = Setting(tmp_path / "a project, with ünusual letters")
    setting.write()
    return setting


def test_it_holds_while_nothing_changed(setting: Setting) -> None:
    assert setting.holds()
    assert stamp.selection({"dev", "test"}, ("cli",)) == SELECTED == "groups=dev,test extras=cli flags="


def test_it_is_bound_to_the_version(setting: Setting) -> None:
    assert not setting.holds(version="1.1")


def test_it_remembers_what_was_selected(setting: Setting, tmp_path: Path) -> None:
    assert stamp.selected(str(setting.root)) == (("dev", "test"), ("cli",))
    assert stamp.selected(str(tmp_path)) is None


def test_in_a_copied_environment_it_neither_belongs_nor_holds(setting: Setting, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(setting.root, copy, symlinks=True)
    assert stamp.belongs(str(setting.root))
    assert stamp.belongs(str(tmp_path))
    assert not stamp.belongs(str(copy))
    assert not stamp.matches(str(copy), "1.0")


@pytest.mark.parametrize("name", ["project", "lockfile", "pin"])
def test_an_edited_or_new_input_breaks_it(setting: Setting, name: str) -> None:
    path: Path = getattr(setting, name)
    path.write_text("[project]\nname = 'x'\n")
    assert not setting.holds()


def test_a_deleted_input_breaks_it(setting: Setting) -> None:
    setting.lockfile.unlink()
    assert not setting.holds()


def test_an_input_replaced_by_one_of_the_same_size_and_time_breaks_it(setting: Setting) -> None:
    status = setting.project.stat()
    other = setting.project.with_name("other")
    other.write_bytes(setting.project.read_bytes())
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(setting.project)
    assert not setting.holds()


def test_an_input_edited_while_venvoy_worked_breaks_it(setting: Setting) -> None:
    before = observed.observe(setting.inputs)
    setting.project.write_text("[project]\nname = 'later'\n")
    stamp.write(str(setting.root), "1.0", SELECTED, [*before, *observed.observe(setting.environment.watched)])
    assert not setting.holds()


def test_a_distribution_that_comes_or_goes_breaks_it(setting: Setting) -> None:
    os.utime(setting.environment.purelib, ns=(0, 0))
    setting.write()
    assert setting.holds()
    (setting.environment.purelib / "demo-1.0.dist-info").mkdir()
    assert not setting.holds()


def test_a_base_python_that_is_replaced_or_gone_breaks_it(setting: Setting) -> None:
    Path(setting.environment.base_python).write_text("another")
    assert not setting.holds()
    setting.write()
    assert setting.holds()
    Path(setting.environment.base_python).unlink()
    assert not setting.holds()


def test_an_unfinished_transaction_breaks_it(setting: Setting) -> None:
    (setting.root / ".venvoy/transaction").mkdir()
    assert not setting.holds()


def test_a_missing_cut_off_or_foreign_stamp_does_not_hold(setting: Setting) -> None:
    place = setting.root / stamp.PLACE
    text = place.read_text()
    for end in range(len(text)):
        assert not stamp.check(text[:end], str(setting.root), "1.0"), end
    assert not stamp.check(text.replace("venvoy-stamp 1", "venvoy-stamp 2"), str(setting.root), "1.0")
    place.unlink()
    assert not setting.holds()


def test_a_stamp_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / ".venvoy").touch()
    assert stamp.write(str(tmp_path), "1.0", SELECTED, []) is False


def test_it_costs_the_fast_path_nothing_but_os() -> None:
    code = "import sys; before = set(sys.modules); import venvoy.environment.stamp; print(*set(sys.modules) - before)"
    finished = process.run([sys.executable, "-c", code])
    assert set(finished.stdout.split()) == {
        *("__future__", "venvoy", "venvoy.environment", "venvoy.environment.stamp"),
        *("venvoy.system", "venvoy.system.boot", "venvoy.system.observed"),
    }
