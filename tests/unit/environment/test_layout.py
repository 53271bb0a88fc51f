"""Layouts are read from files alone, for every system and implementation, and faults are told apart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.stored import bare_environment
from venvoy.environment import layout
from venvoy.errors import Problem

links = pytest.mark.skipif(os.name == "nt", reason="making a link is a privilege there")


def make(root: Path, *files: str, cfg: str | None = None, folders: tuple[str, ...] = ()) -> Path:
    for name in folders:
        (root / name).mkdir(parents=True)
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    root.mkdir(parents=True, exist_ok=True)
    if cfg is not None:
        (root / "pyvenv.cfg").write_text(cfg, encoding="utf-8")
    return root


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return make(tmp_path / "base", "python3.13", "pypy3.10", "python.exe")


def problem_of(root: Path, *, windows: bool = False) -> Problem:
    with pytest.raises(Problem) as caught:
        layout.read(root, windows=windows)
    return caught.value


@links
def test_an_environment_of_the_venv_module(tmp_path: Path, base: Path) -> None:
    cfg = f"home = {base}\ninclude-system-site-packages = true\nversion = 3.13.0\nexecutable = {base / 'python3.13'}\n"
    cfg += f"prompt = 'my project'\ncommand = {base}/python3.13 -m venv /x=y\n"
    root = make(tmp_path / "env", "bin/python", cfg=cfg, folders=("lib/python3.13/site-packages", "include/python3.13"))
    (root / "lib64").symlink_to("lib")
    found = layout.read(root, windows=False)
    assert found.purelib == found.platlib == root / "lib/python3.13/site-packages"
    assert (found.python, found.scripts, found.data) == (root / "bin/python", root / "bin", root)
    assert found.include == root / "include/site/python3.13"
    assert (found.version, found.minor, found.base_python) == ("3.13.0", "3.13", str(base / "python3.13"))
    assert (found.system_site_packages, found.prompt, found.implementation) == (True, "my project", "CPython")
    assert not found.windows
    assert not found.free_threaded
    assert found.watched == (
        str(root / "pyvenv.cfg"),
        str(root / "lib/python3.13/site-packages"),
        str(root / "bin/python"),
        str(base / "python3.13"),
    )


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("version_info = 3.13.0.final.0\nversion = 3.13.0", "3.13.0"),
        ("version_info = 3.13.0.beta.2", "3.13.0b2"),
        ("version_info = 3.13.0.candidate.1", "3.13.0rc1"),
        ("version_info = 3.13.0rc1", "3.13.0rc1"),
        ("version_info = 3.13.1", "3.13.1"),
        ("version_info = 3.13", "3.13"),
        ("VERSION=3.13.2", "3.13.2"),
    ],
)
def test_versions_as_each_tool_writes_them(tmp_path: Path, base: Path, line: str, version: str) -> None:
    folders = ("lib/python3.13/site-packages",)
    root = make(tmp_path / "env", "bin/python", cfg=f"\ufeffhome = {base}\n{line}\n", folders=folders)
    assert layout.read(root, windows=False).version == version


def test_pypy(tmp_path: Path, base: Path) -> None:
    cfg = f"home = {base}\nversion_info = 3.10.14.final.0\nimplementation = PyPy\n"
    root = make(tmp_path / "env", "bin/python", cfg=cfg, folders=("lib/pypy3.10/site-packages",))
    found = layout.read(root, windows=False)
    assert found.implementation == "PyPy"
    assert found.purelib == root / "lib/pypy3.10/site-packages"
    assert found.base_python == str(base / "pypy3.10")


def test_free_threaded(tmp_path: Path, base: Path) -> None:
    cfg = f"home = {base}\nversion_info = 3.13.0\n"
    root = make(tmp_path / "env", "bin/python", cfg=cfg, folders=("lib/python3.13t/site-packages",))
    found = layout.read(root, windows=False)
    assert found.free_threaded
    assert found.purelib == root / "lib/python3.13t/site-packages"
    (root / "lib/python3.13/site-packages").mkdir(parents=True)
    assert not layout.read(root, windows=False).free_threaded


def test_compiled_modules_in_a_folder_of_their_own(tmp_path: Path, base: Path) -> None:
    folders = ("lib/python3.13/site-packages", "lib64/python3.13/site-packages")
    cfg = f"home = {base}\nversion = 3.13.0\n"
    found = layout.read(make(tmp_path / "env", "bin/python", cfg=cfg, folders=folders), windows=False)
    assert found.site_packages == (found.root / folders[0], found.root / folders[1])


def test_windows(tmp_path: Path, base: Path) -> None:
    cfg = f"home = {base}\nversion = 3.13.0\n"
    root = make(tmp_path / "env", "Scripts/python.exe", cfg=cfg, folders=("Lib/site-packages",))
    found = layout.read(root, windows=True)
    assert found.windows
    assert found.purelib == found.platlib == root / "Lib/site-packages"
    assert (found.python, found.scripts) == (root / "Scripts/python.exe", root / "Scripts")
    assert found.base_python == str(base / "python.exe")
    (root / "Scripts/python3.13t.exe").touch()
    assert layout.read(root, windows=True).free_threaded


def test_nothing_there(tmp_path: Path) -> None:
    root = tmp_path / "env"
    problem = problem_of(root)
    assert problem.code == "environment-missing"
    assert str(problem) == f"There is no environment at {root}.\n→ Make it: venvoy sync"


FIX = "→ Delete this folder; nothing is lost that the lockfile names. Then make it anew: venvoy sync"


def check(problem: Problem, root: Path, finding: str, why: str) -> None:
    assert (problem.code, problem.data) == ("environment-invalid", {"finding": finding})
    assert str(problem) == f"{root}: This environment cannot be used.\n{why}\n{FIX}"


def test_a_folder_without_its_configuration(tmp_path: Path) -> None:
    root = make(tmp_path / "env", "bin/python")
    why = "It holds no pyvenv.cfg: it is half-made, or it is not an environment at all."
    check(problem_of(root), root, "cfg-missing", why)


def test_a_file_is_no_environment(tmp_path: Path) -> None:
    root = tmp_path / "env"
    root.touch()
    check(problem_of(root), root, "not-a-folder", "It is a file; an environment is a folder.")


def test_half_made_ones(tmp_path: Path, base: Path) -> None:
    root = make(tmp_path / "env", cfg=f"home = {base}\n")
    check(problem_of(root), root, "half-made", "Its pyvenv.cfg does not say which version of Python it is for.")
    (root / "pyvenv.cfg").write_text(f"home = {base}\nversion = 3.13.0\n", encoding="utf-8")
    check(problem_of(root), root, "half-made", "It holds no Python: making it was interrupted, or files were deleted.")
    make(root, "bin/python")
    check(problem_of(root), root, "half-made", "Its folder lib/python3.13/site-packages is missing.")


def test_one_of_another_system(tmp_path: Path, base: Path) -> None:
    cfg = f"home = {base}\nversion = 3.13.0\n"
    root = make(tmp_path / "windows", "Scripts/python.exe", cfg=cfg, folders=("Lib/site-packages",))
    check(problem_of(root), root, "foreign-venv", "It was made on Windows and cannot run on this system.")
    root = make(tmp_path / "posix", "bin/python", cfg=cfg, folders=("lib/python3.13/site-packages",))
    why = "It was made on Linux or macOS and cannot run on Windows."
    check(problem_of(root, windows=True), root, "foreign-venv", why)


@links
def test_a_base_python_that_is_gone(tmp_path: Path) -> None:
    root = bare_environment(tmp_path / "env")
    base = tmp_path / "base/bin"
    (root / "bin/python").unlink()
    (root / "bin/python").symlink_to(base / "python3.11")
    assert layout.read(root, windows=False).base_python == str(base / "python3.11")
    (base / "python3.11").unlink()
    why = f"It was made from {base / 'python3.11'}, and that Python is no longer there."
    check(problem_of(root), root, "base-gone", why)
    (root / "bin/python").unlink()
    (root / "bin/python").touch()
    check(problem_of(root), root, "base-gone", why)


@links
def test_a_base_python_in_a_folder_that_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = bare_environment(tmp_path / "env")
    base = tmp_path / "base/bin"
    (root / "bin/python").unlink()
    (root / "bin/python").symlink_to(base / "python3.11")
    (base / "python3.11").unlink()
    monkeypatch.setattr(os, "access", lambda path, _: path != str(base.parent))
    why = f"It was made from {base / 'python3.11'}, and you may not enter {base.parent}."
    check(problem_of(root), root, "base-closed", why)


@links
def test_a_base_python_of_another_minor_version(tmp_path: Path) -> None:
    root = bare_environment(tmp_path / "env")
    base = tmp_path / "base/bin"
    (root / "bin/python").unlink()
    (base / "python3.12").touch()
    (base / "python3.11").unlink()
    (base / "python3").symlink_to("python3.12")
    (root / "bin/python").symlink_to(base / "python3")
    why = "It was filled for Python 3.11, but its Python is now 3.12, which does not find what is in it."
    check(problem_of(root), root, "base-minor-changed", why)


def test_a_library_folder_of_another_minor_version(tmp_path: Path) -> None:
    root = bare_environment(tmp_path / "env")
    (root / "lib/python3.11").rename(root / "lib/python3.10")
    why = "It was filled for Python 3.10, but its Python is now 3.11, which does not find what is in it."
    check(problem_of(root), root, "base-minor-changed", why)
