"""The pip of an interpreter, as its files tell."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from venvoy.python import pips
from venvoy.python.facts import Facts
from venvoy.python.pips import Pip


def facts(*paths: Path, user: Path | str = "") -> Facts:
    return Facts(
        executable="/example/bin/python3.12",
        version="3.12.1",
        implementation="CPython",
        bits=64,
        platform="linux-x86_64",
        free_threaded=False,
        prefix="/example",
        base_prefix="/example",
        base_executable="",
        stdlib="/example/lib/python3.12",
        paths=tuple(map(str, paths)),
        site_packages=str(paths[-1]) if paths else "",
        scripts="/example/bin",
        user_site=str(user),
        user_scripts="",
        missing=(),
        externally_managed="",
        bundled="",
    )


def put(site: Path, version: str, *, registered: str = "", files: tuple[str, ...] = ("pip/_internal/main.py",)) -> None:
    for name in ("pip/__init__.py", "pip/_vendor/__init__.py", *files):
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'__version__ = "{version}"\n' if name == "pip/__init__.py" else "", encoding="utf-8")
    info = site / f"pip-{registered or version}.dist-info"
    info.mkdir()
    names = ("pip/__init__.py", "pip/_vendor/__init__.py", *files, f"{info.name}/RECORD", "../../../bin/pip")
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in names), encoding="utf-8")


def test_a_whole_pip_is_known_by_its_code(tmp_path: Path) -> None:
    put(tmp_path, "24.2")
    assert pips.installed(facts(tmp_path)) == Pip("24.2", str(tmp_path))


def test_there_may_be_none(tmp_path: Path) -> None:
    assert pips.installed(facts(tmp_path, tmp_path / "missing")) is None


def test_files_that_its_record_names_are_missed(tmp_path: Path) -> None:
    put(tmp_path, "24.2", files=("pip/_internal/main.py", "pip/_vendor/packaging/tags.py"))
    (tmp_path / "pip" / "_vendor" / "packaging" / "tags.py").unlink()
    found = pips.installed(facts(tmp_path))
    assert found is not None
    assert found.fault == "1 of its files is missing"
    quick = pips.installed(facts(tmp_path), thorough=False)
    assert quick is not None
    assert quick.fault == ""


def test_code_of_one_version_and_registration_of_another_are_half_a_pip(tmp_path: Path) -> None:
    put(tmp_path, "24.2", registered="23.0")
    found = pips.installed(facts(tmp_path))
    assert found is not None
    assert found.fault == "its code is that of 24.2, and it is registered as 23.0"


def test_a_folder_without_code_is_half_a_pip(tmp_path: Path) -> None:
    put(tmp_path, "24.2")
    (tmp_path / "pip" / "__init__.py").unlink()
    assert pips.installed(facts(tmp_path)) == Pip("24.2", str(tmp_path), "its folder is there, and its code is not")


def test_the_pip_of_the_users_own_site_comes_first(tmp_path: Path) -> None:
    put(tmp_path / "site", "23.0")
    put(tmp_path / "own", "24.2")
    found = pips.installed(facts(tmp_path / "site", user=tmp_path / "own"))
    assert found == Pip("24.2", str(tmp_path / "own"), user=True)


def test_all_pieces_of_pip_are_found_and_nothing_else(tmp_path: Path) -> None:
    mine = [
        "pip",
        "~ip",
        "-ip",
        "pip-24.2.dist-info",
        "~ip-23.0.dist-info",
        "pip-1.5.6-py2.7.egg-info",
        "pip-1.1-py2.7.egg",
    ]
    others = ["pipx", "pip_tools-7.4.dist-info", "pip-tools", "pip_run", "pipdeptree-2.0.dist-info", "zip"]
    for name in (*mine, *others):
        (tmp_path / name).mkdir()
    assert set(pips.leftovers(str(tmp_path))) == set(mine)


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("#!/example/bin/python3.12\nimport sys\n", "/example/bin/python3.12"),
        ("#! /example/bin/python -E\n", "/example/bin/python"),
        ('#!"C:\\My Python\\python.exe"\n', "C:\\My Python\\python.exe"),
        ("#!/usr/bin/env python3\n", "python3"),
        ("#!/bin/sh\n'''exec' \"/my tools/bin/python\" \"$0\" \"$@\"\n' '''\n", "/my tools/bin/python"),
        ("#!/bin/sh\n'''exec' '/my tools/bin/python' \"$0\" \"$@\"\n' '''\n", "/my tools/bin/python"),
        ("#!/bin/sh\nexec something\n", ""),
        ("no first line\n", ""),
    ],
)
def test_a_script_tells_which_python_it_starts(tmp_path: Path, text: str, python: str) -> None:
    script = tmp_path / "pip"
    script.write_text(text, encoding="utf-8")
    assert pips.starts(str(script)) == python


def test_a_windows_launcher_tells_which_python_it_starts(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as script:
        script.writestr("__main__.py", "print('#!')")
    launcher = tmp_path / "pip.exe"
    launcher.write_bytes(b"MZ" + b"#!not this one\n" * 200 + b"#!C:\\Python312\\python.exe\r\n" + archive.getvalue())
    assert pips.starts(str(launcher)) == "C:\\Python312\\python.exe"
    assert [(one.name, one.python) for one in pips.commands(str(tmp_path))] == [("pip", "C:\\Python312\\python.exe")]


@pytest.mark.parametrize(("end", "name"), [("python", "python"), ("'python3'", "python3"), ("", "python.exe")])
def test_a_command_of_a_relocatable_environment_starts_the_python_beside_it(
    tmp_path: Path, end: str, name: str
) -> None:
    shell = '#!/bin/sh\n\'\'\'exec\' "$(dirname -- "$(realpath -- "$0")")"/' + end + " \"$0\" \"$@\"\n' '''\n"
    (tmp_path / "pip").write_text(shell if end else "#!<launcher_dir>\\python.exe\n", encoding="utf-8")
    assert pips.starts(str(tmp_path / "pip")) == str(tmp_path.resolve() / name)


def test_a_file_that_is_gone_starts_nothing(tmp_path: Path) -> None:
    assert pips.starts(str(tmp_path / "pip")) == ""


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_an_environment_and_its_base_are_two_pythons(tmp_path: Path) -> None:
    base, environment = tmp_path / "base" / "bin", tmp_path / "env" / "bin"
    for folder in (base, environment):
        folder.mkdir(parents=True)
    (base / "python3.12").write_text("", encoding="utf-8")
    (base / "python3").symlink_to("python3.12")
    (environment / "python").symlink_to(base / "python3")
    (environment.parent / "pyvenv.cfg").write_text("home = x\n", encoding="utf-8")
    one = pips.identity(str(base / "python3"))
    assert one == pips.identity(str(base / "python3.12"))
    assert one != pips.identity(str(environment / "python"))
