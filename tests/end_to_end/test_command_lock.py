"""``venvoy lock``, and what it writes: a lockfile that other installers understand (PEP 751)."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import tomli
from packaging.pylock import Pylock

from support.command_line import MINOR, CommandLine, expect, tree
from support.index_server import IndexServer
from support.wheels import SdistSpec, WheelSpec
from venvoy.errors import Exit


def lock_of(project: Path) -> Pylock:
    lock = Pylock.from_dict(tomli.loads((project / "pylock.toml").read_text(encoding="utf-8")))
    lock.validate()
    return lock


def test_nothing_changed_means_the_same_bytes_and_no_question_to_the_index(
    project: Path, venvoy: CommandLine, index: IndexServer, wheels: Path
) -> None:
    assert venvoy("add", "demo").code == 0
    before = (project / "pylock.toml").read_bytes()
    WheelSpec("demo", "3.0").write(wheels)
    index.forget()
    venvoy("lock").says("""
        exit 0
        err pylock.toml is up to date: 2 distributions
    """)
    venvoy("lock", "--check").says("""
        exit 0
        err pylock.toml is up to date
    """)
    assert index.paths() == []
    assert (project / "pylock.toml").read_bytes() == before
    assert venvoy("lock", "--upgrade").code == 0
    assert index.paths("/simple/demo/")


def test_upgrades_move_everything_or_what_is_named(project: Path, venvoy: CommandLine, wheels: Path) -> None:
    assert venvoy("add", "demo>=1", "paint>=4").code == 0
    WheelSpec("demo", "3.0", requires=["helper"]).write(wheels)
    WheelSpec("paint", "4.5").write(wheels)
    WheelSpec("helper", "1.7").write(wheels)
    venvoy("lock").says("""
        exit 0
        err pylock.toml is up to date: 3 distributions
    """)
    venvoy("lock", "--upgrade", "--dry-run").says("""
        exit 0
        err  ~ demo 2.0 → 3.0
        err  ~ helper 1.6 → 1.7
        err  ~ paint 4.1 → 4.5
        err Would write pylock.toml: 3 distributions
    """)
    venvoy("lock", "--upgrade-package", "Demo").says("""
        exit 0
        err  ~ demo 2.0 → 3.0
        err Wrote pylock.toml: 3 distributions
    """)
    venvoy("lock", "-U", "--json").says("""
        exit 0
        out {
        out   "schema": 1, "command": "lock", "ok": true,
        out   "result": {
        out     "changed": true, "dry_run": false, "packages": 3,
        out     "moved": [
        out       {"name": "helper", "old": "1.6", "new": "1.7"}, {"name": "paint", "old": "4.1", "new": "4.5"}
        out     ]
        out   },
        out   "warnings": []
        out }
    """)
    venvoy("sync").says("""
        exit 0
        err  ~ demo 2.0 → 3.0
        err  ~ helper 1.6 → 1.7
        err  ~ paint 4.1 → 4.5
        err Replaced 3 in .venv
    """)


def test_check_fails_when_the_lockfile_is_missing_or_out_of_date(project: Path, venvoy: CommandLine) -> None:
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    pyproject.write_text(text.replace("dependencies = []", 'dependencies = ["demo"]'), encoding="utf-8")
    before = tree(project)
    venvoy("lock", "--check").says("""
        exit 4
        err error: The lockfile is out of date. [lockfile-outdated]
        err   at [PROJECT]/pylock.toml
        err   pyproject.toml has changed since it was written.
        err   → venvoy lock   writes it anew; put the new one under version control
    """)
    venvoy("lock", "--check", "--json").says("""
        exit 4
        out {
        out   "schema": 1, "command": "lock", "ok": false,
        out   "error": {
        out     "code": "lockfile-outdated", "what": "The lockfile is out of date.",
        out     "why": "pyproject.toml has changed since it was written.",
        out     "fix": ["venvoy lock   writes it anew; put the new one under version control"],
        out     "where": "[PROJECT]/pylock.toml", "exit": 4, "data": {}
        out   },
        out   "warnings": []
        out }
    """)
    assert tree(project) == before
    pyproject.write_text(f"# only a comment\n{text}", encoding="utf-8")
    venvoy("lock", "--check").says("""
        exit 0
        err pylock.toml is up to date
    """)
    (project / "pylock.toml").unlink()
    venvoy("lock", "--check").says("""
        exit 3
        err error: This project has no lockfile yet. [lockfile-missing]
        err   at [PROJECT]/pylock.toml
        err   With --locked, --frozen and --check nothing is resolved: all comes from pylock.toml.
        err   → venvoy lock   writes it; put it under version control
    """)


def test_an_upgrade_of_what_is_not_locked_says_so(project: Path, venvoy: CommandLine) -> None:
    venvoy("lock", "--upgrade-package", "demo").says("""
        exit 0
        err warning: demo is not locked, so there is nothing of it to upgrade. Is it spelled right?
        err pylock.toml is up to date: 0 distributions
    """)


def test_the_lockfile_says_all_that_another_installer_needs(
    project: Path, venvoy: CommandLine, index: IndexServer
) -> None:
    assert venvoy("add", "demo[color]", "native").code == 0
    assert venvoy("add", "--dev", "tester").code == 0
    assert venvoy("add", "--optional", "art", "paint").code == 0
    lock = lock_of(project)
    assert lock.environments
    assert str(lock.requires_python).startswith(">=3.")
    assert list(lock.extras or ()) == ["art"]
    assert list(lock.dependency_groups or ()) == ["dev"]
    native = next(package for package in lock.packages if package.name == "native")
    assert sorted(wheel.filename for wheel in native.wheels or ()) == [
        "native-1.2-cp311-cp311-win_amd64.whl",
        "native-1.2-cp312-abi3-macosx_11_0_arm64.whl",
        "native-1.2-py3-none-any.whl",
    ]
    assert native.sdist is not None
    files = [file for package in lock.packages for file in [*(package.wheels or ()), package.sdist] if file]
    assert all(set(file.hashes) == {"sha256"} and file.size and file.upload_time for file in files)
    assert all(str(file.url).startswith(f"{index.root}/files/") for file in files)
    text = venvoy.filtered((project / "pylock.toml").read_text(encoding="utf-8"))
    expect(
        text,
        """
        lock-version = "1.0"
        environments = [
            'sys_platform == "linux" and platform_machine == "x86_64" and implementation_name == "cpython"',
            'sys_platform == "linux" and platform_machine == "aarch64" and implementation_name == "cpython"',
            'sys_platform == "darwin" and platform_machine == "arm64" and implementation_name == "cpython"',
            'sys_platform == "darwin" and platform_machine == "x86_64" and implementation_name == "cpython"',
            'sys_platform == "win32" and platform_machine == "AMD64" and implementation_name == "cpython"',
            'sys_platform == "win32" and platform_machine == "ARM64" and implementation_name == "cpython"',
        ]
        requires-python = ">=[MINOR]"
        extras = ["art"]
        dependency-groups = ["dev"]
        created-by = "venvoy"

        [[packages]]
        name = "demo"
        version = "2.0"
        dependencies = [
            { name = "helper" },
            { name = "paint" },
        ]
        index = "[INDEX]/simple/"
        sdist = { name = "demo-2.0.tar.gz", upload-time = 2024-05-06T07:08:09Z, url = "[INDEX]/files/demo-2.0.tar.gz", size = [SIZE], hashes = { sha256 = "[DIGEST]" } }
        wheels = [
            { name = "demo-2.0-py3-none-any.whl", upload-time = 2024-05-06T07:08:09Z, url = "[INDEX]/files/demo-2.0-py3-none-any.whl", size = [SIZE], hashes = { sha256 = "[DIGEST]" } },
        ]

        [[packages]]
        name = "helper"
        version = "1.5"
        index = "[INDEX]/simple/"
        wheels = [
            { name = "helper-1.5-py3-none-any.whl", upload-time = 2024-05-06T07:08:09Z, url = "[INDEX]/files/helper-1.5-py3-none-any.whl", size = [SIZE], hashes = { sha256 = "[DIGEST]" } },
        ]

        [[packages]]
        name = "native"
        version = "1.2"
        index = "[INDEX]/simple/"
        sdist = { name = "native-1.2.tar.gz", upload-time = 2024-05-06T07:08:09Z, url = "[INDEX]/files/native-1.2.tar.gz", size = [SIZE], hashes = { sha256 = "[DIGEST]" } }
        wheels = [
            { name = "native-1.2-cp311-cp311-win_amd64.whl", upload-time = 2024-05-06T07:08:09Z, url = "[INDEX]/files/native-1.2-cp311-cp311-win_amd64.whl", size = [SIZE], hashes = { sha256 = "[DIGEST]" } },
            { name = "native-1.2-cp312-abi3-macosx_11_0_arm64.whl", upload-time = 2024-05-06T07:08:09Z, url = "[INDEX]/files/native-1.2-cp312-abi3-macosx_11_0_arm64.whl", size = [SIZE], hashes = { sha256 = "[DIGEST]" } },
            { name = "native-1.2-py3-none-any.whl", upload-time = 2024-05-06T07:08:09Z, url = "[INDEX]/files/native-1.2-py3-none-any.whl", size = [SIZE], hashes = { sha256 = "[DIGEST]" } },
        ]

        [[packages]]
        name = "paint"
        version = "4.1"
        index = "[INDEX]/simple/"
        wheels = [
            { name = "paint-4.1-py3-none-any.whl", upload-time = 2024-05-06T07:08:09Z, url = "[INDEX]/files/paint-4.1-py3-none-any.whl", size = [SIZE], hashes = { sha256 = "[DIGEST]" } },
        ]

        [[packages]]
        name = "tester"
        version = "8.0"
        marker = '"dev" in dependency_groups'
        dependencies = [
            { name = "helper" },
        ]
        index = "[INDEX]/simple/"
        wheels = [
            { name = "tester-8.0-py3-none-any.whl", upload-time = 2024-05-06T07:08:09Z, url = "[INDEX]/files/tester-8.0-py3-none-any.whl", size = [SIZE], hashes = { sha256 = "[DIGEST]" } },
        ]

        [tool.venvoy]
        inputs = "sha256:[DIGEST]"
        """,
    )


def test_a_broken_lockfile_is_shown_with_its_place_and_the_way_out(project: Path, venvoy: CommandLine) -> None:
    (project / "pylock.toml").write_text('lock-version = "1.0"\npackages = [\n', encoding="utf-8")
    venvoy("sync").says("""
        exit 3
        err error: This file cannot be read, because it is not valid TOML. [lockfile-invalid]
        err   at [PROJECT]/pylock.toml:3:1
        err   A value is missing here, or it is not one that TOML knows: a text stands in quotes, "like this".
        err   → Run `venvoy lock` to write it anew.
    """)
    (project / "pylock.toml").write_text('lock-version = "1.0"\ncreated-by = "x"\npackages = [{}]\n', encoding="utf-8")
    venvoy("sync").says("""
        exit 3
        err error: This lockfile cannot be used, because it is not a valid pylock.toml. [lockfile-invalid]
        err   at [PROJECT]/pylock.toml:3:13
        err   packages[0].name: Missing required value
        err   → Run `venvoy lock` to write it anew.
    """)
    (project / "pylock.toml").write_text('lock-version = "2.0"\ncreated-by = "x"\npackages = []\n', encoding="utf-8")
    venvoy("sync").says("""
        exit 3
        err error: This lockfile has the format version 2.0, and venvoy knows version 1. [lockfile-invalid]
        err   at [PROJECT]/pylock.toml:1:16
        err   A newer tool has written it.
        err   → Upgrade venvoy to a version that knows this format,
        err   → or: Run `venvoy lock` to write it anew.
    """)


def test_lock_writes_a_broken_lockfile_anew(project: Path, venvoy: CommandLine) -> None:
    before = (project / "pylock.toml").read_bytes()
    (project / "pylock.toml").write_text("<<<<<<< HEAD\n", encoding="utf-8")
    venvoy("sync").says("""
        exit 3
        err error: This file cannot be read, because it is not valid TOML. [lockfile-invalid]
        err   at [PROJECT]/pylock.toml:1:1
        err   It still holds the marks of a merge that was not finished (<<<<<<<, =======, >>>>>>>).
        err       <<<<<<< HEAD
        err       ^
        err   → Run `venvoy lock` to write it anew.
    """)
    venvoy("lock").says("""
        exit 0
        err warning: [PROJECT]/pylock.toml:1:1: This file cannot be read, because it is not valid TOML. It is written anew.
        err Wrote pylock.toml: 0 distributions
    """)
    assert (project / "pylock.toml").read_bytes() == before


def test_a_lockfile_of_another_tool_is_understood(project: Path, venvoy: CommandLine, index: IndexServer) -> None:
    assert venvoy("add", "demo").code == 0
    text = (project / "pylock.toml").read_text(encoding="utf-8").replace('"venvoy"', '"another-tool"')
    text, _, _ = text.partition("[tool.venvoy]")
    (project / "pylock.toml").write_text(text, encoding="utf-8")
    (project / "pyproject.toml").touch()
    venvoy("sync", "--frozen").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)
    venvoy("sync", "--locked").says("""
        exit 4
        err error: The lockfile is out of date. [lockfile-outdated]
        err   at [PROJECT]/pylock.toml
        err   Another tool wrote it, and it does not say from which requirements.
        err   → venvoy lock   writes it anew; put the new one under version control
        err   → venvoy sync --frozen   installs from it as it is
    """)


def test_a_lockfile_may_leave_this_computer_out_but_nothing_is_installed_from_it(
    wheels: Path, project: Path, venvoy: CommandLine
) -> None:
    newer = f"cp3{int(MINOR.split('.')[1]) + 1}"
    WheelSpec("picky", "1.0", tag=f"{newer}-none-any").write(wheels)
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8").replace("dependencies = []", 'dependencies = ["picky"]')
    pyproject.write_text(text, encoding="utf-8")
    ran = venvoy("lock", "--target", "linux", "--target", "macos", "--target", "windows")
    assert (ran.code, ran.stderr.splitlines()[-1]) == (0, "Wrote pylock.toml: 1 distribution")
    assert "That is this computer with its Python, so venvoy sync can install nothing here." in ran.stderr
    checked = venvoy("lock", "--check")
    assert (checked.code, checked.stderr.splitlines()[-1]) == (0, "pylock.toml is up to date")
    assert "warning: pylock.toml is not for this computer with its Python" in checked.stderr
    assert "→ venvoy lock   makes it fit this one, or says why it cannot" in venvoy("sync", "--locked").stderr
    assert venvoy("outdated", "--target", "linux", "--target", "macos", "--target", "windows").code == 0
    assert venvoy("sync").code == Exit.NO_SOLUTION
    assert venvoy("lock", "--strict-targets").code == Exit.NO_SOLUTION


def test_an_extra_for_other_computers_costs_the_project_none(wheels: Path, project: Path, venvoy: CommandLine) -> None:
    venvoy.filters.append((r"(?<=sys_platform == ')\w+", "[THERE]"))
    tag = "manylinux_2_17_x86_64" if sys.platform == "win32" else "win_amd64"
    WheelSpec("elsewhere", "1.0", tag=f"py3-none-{tag}", purelib=False).write(wheels)
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('\n[project.optional-dependencies]\ndev = ["elsewhere"]\n')
    ran = venvoy("lock")
    assert (ran.code, "warning: Extra 'dev' cannot be installed on " in ran.stderr) == (0, True)
    assert venvoy("sync").code == 0
    venvoy("sync", "--extra", "dev").says("""
        exit 3
        err error: This lockfile does not fit [TARGET]. [lockfile-other-environment]
        err   at [PROJECT]/pylock.toml
        err   elsewhere 1.0 is locked, and none of its files fits.
        err   → Leave out extra 'dev', which may be for other computers only.
        err   → Or say in pyproject.toml where it is for, as in: elsewhere; sys_platform == '[THERE]'
        err   → venvoy lock   makes it fit this one, or says why it cannot
    """)
    assert "→ Leave out extra 'dev'" in venvoy("export", "--format", "pylock", "--extra", "dev").stderr
    WheelSpec("elsewhere", "0.9", tag=f"py3-none-{tag}", purelib=False).write(wheels)
    told = venvoy("why-not", "elsewhere==0.9").stdout
    assert ("Nothing forbids elsewhere 0.9" in told, "venvoy add --optional dev " in told) == (True, True)
    assert venvoy("lock", "--strict-targets").code == Exit.NO_SOLUTION


def test_what_needs_another_python_than_the_one_at_hand_is_not_locked_without_it(
    wheels: Path, project: Path, venvoy: CommandLine
) -> None:
    newer = int(MINOR.split(".")[1]) + 1
    WheelSpec("modern", "1.0", requires_python=f">=3.{newer}").write(wheels)
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8").replace("dependencies = []", 'dependencies = ["modern"]')
    pyproject.write_text(text, encoding="utf-8")
    ran = venvoy("lock")
    assert ran.code == Exit.NO_SOLUTION
    assert f'Write requires-python = ">=3.{newer}" instead of ">=[MINOR]"' in ran.stderr


def test_targets_are_chosen_left_out_and_shown(wheels: Path, project: Path, venvoy: CommandLine) -> None:
    """A wheel for this machine's platforms and Windows on AMD64 only, without a source distribution."""
    venvoy.filters.append((rf"(?m){re.escape(MINOR)}\.$", "[MINOR]."))
    here = f"cp{MINOR.replace('.', '')}"
    tag = f"{here}-{here}-manylinux_2_17_x86_64.manylinux_2_17_aarch64.win_amd64.macosx_10_9_universal2"
    WheelSpec("picky", "1.0", tag=tag, purelib=False).write(wheels)
    SdistSpec("built", "1.0").write(wheels)
    WheelSpec("built", "1.0", tag=tag, purelib=False).write(wheels)
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8").replace("dependencies = []", 'dependencies = ["picky", "built"]')
    text = re.sub(r"requires-python = .*", f'requires-python = "=={MINOR}.*"', text)
    pyproject.write_text(text, encoding="utf-8")
    venvoy("lock", "--coverage").says("""
        exit 0
        out not locked for  Windows on ARM64 with Python [MINOR]
        err warning: pylock.toml is not for Windows on ARM64 with Python [MINOR]: there is no solution.
        err No version of picky can be installed there.
        err 1 version (1.0) has no wheel for Windows on ARM64 with Python [MINOR].
        err → Remove picky (your project).
        err → Or leave it at that: targets = ["linux-x86_64", "linux-aarch64", "macos-arm64", "macos-x86_64", "windows-amd64"] in [tool.venvoy], and nothing is said.
        err  + built 1.0
        err  + picky 1.0
        err Wrote pylock.toml: 2 distributions
    """)
    venvoy("lock", "--strict-targets").says("""
        exit 10
        err error: No version of picky can be installed on Windows on ARM64 with Python [MINOR], and your project needs it. [no-version]
        err   1 version (1.0) has no wheel for Windows on ARM64 with Python [MINOR].
        err   → 1. Leave out the target windows-arm64: targets in [tool.venvoy]: venvoy lock --strict-targets --apply 1
        err   → 2. Leave out picky (your project): venvoy lock --strict-targets --apply 2
    """)
    venvoy("lock", "--target", "windows", "--required-environment", "platform_machine == 'ARM64'", "--dry-run").says("""
        exit 10
        err error: No version of picky can be installed on Windows on ARM64 with Python [MINOR], and your project needs it. [no-version]
        err   1 version (1.0) has no wheel for Windows on ARM64 with Python [MINOR].
        err   → 1. Leave out picky (your project): venvoy lock --target windows --required-environment "platform_machine == 'ARM64'" --dry-run --apply 1
    """)
    venvoy(
        "lock", "--target", "linux", "--target", "macos", "--target", "windows-amd64", "--coverage", "--json"
    ).says("""
        exit 0
        out {
        out   "schema": 1, "command": "lock", "ok": true,
        out   "result": {
        out     "changed": true, "dry_run": false, "packages": 2, "moved": [],
        out     "coverage": {
        out       "gaps": [],
        out       "targets": [
        out         "Linux on x86_64 with Python [MINOR]", "Linux on aarch64 with Python [MINOR]",
        out         "macOS on arm64 with Python [MINOR]", "macOS on x86_64 with Python [MINOR]",
        out         "Windows on AMD64 with Python [MINOR]"
        out       ],
        out       "left_out": [], "left_out_where": ""
        out     }
        out   },
        out   "warnings": []
        out }
    """)
    venvoy("lock", "--target", "linux-arm64").says("""
        exit 2
        err error: There is no target 'linux-arm64'. [setting-invalid]
        err   The targets are: linux-x86_64, linux-aarch64, macos-arm64, macos-x86_64, windows-amd64, windows-arm64, linux-musl-x86_64, linux-musl-aarch64, linux, macos, windows, default, current, and each of them after pypy-.
        err   → Did you mean 'linux-aarch64' or 'linux-x86_64' or 'linux-musl-aarch64'?
    """)
