"""``venvoy export``: what is locked, in the forms of other tools; pip itself installs from them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import tomli
from packaging.pylock import Pylock

from support.command_line import MINOR, CommandLine, expect
from venvoy.formats import requirements_txt

PROJECT = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.9"
dependencies = ["demo; sys_platform != 'win32'", "helper<1.6; sys_platform == 'win32'"]

[project.optional-dependencies]
colour = ["demo[color]"]

[dependency-groups]
dev = ["tester; sys_platform == 'win32'", "paint; python_version < '3.12'"]
docs = ["native"]
"""


@pytest.fixture
def shop(venvoy: CommandLine) -> Path:
    (venvoy.project / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    assert venvoy("lock").code == 0
    return venvoy.project


def pip(venvoy: CommandLine, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    environ = {**venvoy.environ, "PIP_NO_CACHE_DIR": "1"}
    return subprocess.run(command, cwd=venvoy.project, env=environ, capture_output=True, encoding="utf-8", check=False)


def test_requirements_with_markers(shop: Path, venvoy: CommandLine) -> None:
    venvoy("export", "--no-hashes").says("""
        exit 0
        out # made by venvoy from pylock.toml: requirements for pip
        out # Python >=3.9
        out demo==2.0; sys_platform != "win32"
        out helper==1.5
        out paint==4.1; python_version < "3.12"
        out tester==8.0; sys_platform == "win32"
    """)
    venvoy("export", "--no-dev", "--group", "docs", "--extra", "colour", "-o", "out.txt").says("""
        exit 0
        err Wrote out.txt: 4 distributions
    """)
    expect(
        venvoy.filtered((shop / "out.txt").read_text(encoding="utf-8")),
        r"""
        # made by venvoy from pylock.toml: requirements for pip
        # Python >=3.9
        demo==2.0 \
            --hash=sha256:[DIGEST] \
            --hash=sha256:[DIGEST]
        helper==1.5 \
            --hash=sha256:[DIGEST]
        native==1.2 \
            --hash=sha256:[DIGEST] \
            --hash=sha256:[DIGEST] \
            --hash=sha256:[DIGEST] \
            --hash=sha256:[DIGEST]
        paint==4.1 \
            --hash=sha256:[DIGEST]
        """,
    )


def test_constraints_and_one_target(shop: Path, venvoy: CommandLine) -> None:
    venvoy.hide(f"{MINOR}.*", "MINOR.*")
    venvoy("export", "--format", "constraints", "--no-dev").says("""
        exit 0
        out # made by venvoy from pylock.toml: constraints for pip
        out # Python >=3.9
        out demo==2.0; sys_platform != "win32"
        out helper==1.5
    """)
    venvoy("export", "--target", "windows-amd64", "--no-dev", "--no-hashes").says("""
        exit 0
        out # made by venvoy from pylock.toml: requirements for pip
        out # Python ==[MINOR.*]
        out helper==1.5
    """)


def test_the_same_lockfile_gives_the_same_bytes(shop: Path, venvoy: CommandLine) -> None:
    first = venvoy("export")
    lock = (shop / "pylock.toml").read_text(encoding="utf-8")
    assert venvoy("lock").code == 0
    assert (venvoy("export"), (shop / "pylock.toml").read_text(encoding="utf-8")) == (first, lock)


def test_pip_installs_what_is_exported_and_demands_its_hashes(shop: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    assert venvoy("export", "-o", "requirements.txt").code == 0
    ran = pip(venvoy, "install", "--target", str(tmp_path / "there"), "--require-hashes", "-r", "requirements.txt")
    assert ran.returncode == 0, ran.stderr
    installed = {path.name for path in (tmp_path / "there").glob("*.dist-info")}
    expected = {"helper-1.5.dist-info", "tester-8.0.dist-info" if os.name == "nt" else "demo-2.0.dist-info"}
    assert installed == expected | ({"paint-4.1.dist-info"} if sys.version_info < (3, 12) else set())
    text = (shop / "requirements.txt").read_text(encoding="utf-8")
    (shop / "spoiled.txt").write_text(re.sub(r"sha256:\w+", f"sha256:{'0' * 64}", text), encoding="utf-8")
    ran = pip(venvoy, "download", "--no-deps", "-d", str(tmp_path / "no"), "-r", "spoiled.txt")
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in ran.stderr


def test_what_is_exported_is_read_back_as_the_same_set(shop: Path, venvoy: CommandLine) -> None:
    assert venvoy("export", "--group", "docs", "--extra", "colour", "-o", "out.txt").code == 0
    found = requirements_txt.parse("out.txt", lambda path: (shop / path).read_bytes())
    lock = Pylock.from_dict(tomli.loads((shop / "pylock.toml").read_text(encoding="utf-8")))
    exported = sorted(str(item.requirement).partition(";")[0] for item in found.requirements)
    assert exported == sorted(f"{one.name}=={one.version}" for one in lock.packages)
    assert all(item.hashes for item in found.requirements)


def test_default_groups_may_be_spelled_in_any_way(shop: Path, venvoy: CommandLine) -> None:
    named = PROJECT.replace("docs", '"My.Docs"') + '\n[tool.venvoy]\ndefault-groups = ["My.Docs"]\n'
    (shop / "pyproject.toml").write_text(named, encoding="utf-8")
    assert venvoy("lock").code == 0
    assert "native==" in venvoy("export").stdout
    assert "native==" not in venvoy("export", "--no-dev").stdout


def test_addresses_lose_their_passwords_and_paths_stay_one_word(shop: Path, venvoy: CommandLine) -> None:
    settings = 'index-url = "https://me:hidden@i.example/simple/"\nfind-links = ["my wheels"]'
    (shop / "pyproject.toml").write_text(f"{PROJECT}\n[tool.venvoy]\n{settings}\n", encoding="utf-8")
    done = venvoy("export", "--format", "constraints")
    assert done.stdout.splitlines()[2:4] == ["--index-url https://i.example/simple/", "--find-links 'my wheels'"]
    assert "hidden" not in done.stdout + done.stderr
    assert done.stderr.endswith("are left out: pip finds them in the file netrc or the keyring.\n"), done


def test_a_lockfile_for_one_target(shop: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    venvoy(
        "export", "--format", "pylock", "--target", "windows-amd64", "--no-dev", "-o", "pylock.windows.toml"
    ).says("""
        exit 0
        err Wrote pylock.windows.toml: 1 distribution for Windows on AMD64 with Python [MINOR]
    """)
    data = tomli.loads((shop / "pylock.windows.toml").read_text(encoding="utf-8"))
    single = Pylock.from_dict(data)
    assert (single.extras, single.dependency_groups, single.default_groups) == (None, None, None)
    assert [(one.name, str(one.version), one.marker) for one in single.packages] == [("helper", "1.5", None)]
    assert all(len(one.wheels or ()) == 1 for one in single.packages)
    windows = {
        **dict.fromkeys(("platform_release", "platform_version"), ""),
        "implementation_name": "cpython",
        "implementation_version": "3.11.0",
        "os_name": "nt",
        "platform_machine": "AMD64",
        "platform_python_implementation": "CPython",
        "platform_system": "Windows",
        "python_full_version": ".".join(map(str, sys.version_info[:3])),
        "python_version": ".".join(map(str, sys.version_info[:2])),
        "sys_platform": "win32",
    }
    assert len(list(single.select(environment=windows))) == len(single.packages)  # type: ignore[arg-type]


def test_pip_installs_from_the_lockfile_for_this_computer(shop: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    assert venvoy("export", "--format", "pylock", "-o", "pylock.here.toml").code == 0
    if int(pip(venvoy, "--version").stdout.split()[1].split(".")[0]) < 26:
        pytest.skip("this pip does not know lockfiles")
    ran = pip(venvoy, "install", "--target", str(tmp_path / "there"), "--no-deps", "-r", "pylock.here.toml")
    assert ran.returncode == 0, ran.stderr
    single = Pylock.from_dict(tomli.loads((shop / "pylock.here.toml").read_text(encoding="utf-8")))
    installed = {path.name.partition("-")[0] for path in (tmp_path / "there").glob("*.dist-info")}
    assert installed == {one.name for one in single.packages}


def test_what_cannot_be_done_is_said(project: Path, venvoy: CommandLine) -> None:
    venvoy("export", "--format", "pylock", "-o", "pylock.toml").says("""
        exit 2
        err error: pylock.toml is the project's own file, and export would write over it. [usage]
        err   at [PROJECT]/pylock.toml
        err   → Give another name, such as pylock.production.toml or requirements.txt.
    """)
    venvoy("export", "--format", "pylock", "-o", "production.lock").says("""
        exit 2
        err error: production.lock cannot be the name of a lockfile. [usage]
        err   Tools look for pylock.toml or pylock.NAME.toml, with no dot in NAME (PEP 751).
        err   → Give a name such as pylock.production.toml.
    """)
    venvoy("export", "--format", "pylock", "--target", "windows").says("""
        exit 2
        err error: windows stands for several targets, and this is for one. [usage]
        err   → Name one of: windows-amd64, windows-arm64
    """)
    venvoy("export", "--target", "windows-amd65").says("""
        exit 2
        err error: There is no target 'windows-amd65'. [usage]
        err   Did you mean windows-amd64 or windows-arm64 or windows?
        err   → Name one of: current, linux-x86_64, linux-aarch64, macos-arm64, macos-x86_64, windows-amd64, windows-arm64
    """)
    venvoy("export", "--group", "docs").says("""
        exit 3
        err error: This project has no group 'docs'. [group-unknown]
        err   at [PROJECT]/pyproject.toml
        err   It has no groups at all.
        err   → Add a dependency to it, and it exists: venvoy add --group docs NAME
    """)
    (project / "pylock.toml").unlink()
    venvoy("export").says("""
        exit 3
        err error: This project has no lockfile yet. [lockfile-missing]
        err   at [PROJECT]/pylock.toml
        err   The answer would stand in it.
        err   → venvoy lock   writes it; put it under version control
    """)


def test_json_holds_the_text(project: Path, venvoy: CommandLine) -> None:
    result = json.loads(venvoy("export", "--json").stdout)["result"]
    assert result["text"].startswith("# made by venvoy from pylock.toml: requirements for pip\n")
    assert (result["format"], result["count"], result["remarks"], result["path"]) == ("requirements", 0, [], None)
