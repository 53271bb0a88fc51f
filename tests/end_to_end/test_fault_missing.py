"""Files that an index lists and does not have: another version is taken, by name; only where none is left it ends."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support.command_line import CommandLine
from support.index_server import IndexServer
from support.wheels import SdistSpec, WheelSpec

NEW = "helper-1.6-py3-none-any.whl"
MINOR = sys.version_info[1]
OLD = "helper-1.5-py3-none-any.whl"


@pytest.fixture(autouse=True)
def once(venvoy: CommandLine) -> None:
    venvoy.environ["PIP_RETRIES"] = "0"


def gone(index: IndexServer, *names: str, status: int = 404) -> None:
    for name in names:
        for path in (f"/files/{name}", f"/files/{name}.metadata"):
            index.fail(path, status, times=99)


def ask(project: Path, *requirements: str, settings: str = "") -> None:
    (project / "pyproject.toml").write_text(
        f'[project]\nname = "work"\nversion = "1"\nrequires-python = "==3.{MINOR}.*"\n'
        f"dependencies = {list(requirements)}\n{settings}",
        encoding="utf-8",
    )


@pytest.mark.parametrize("status", [404, 410])
def test_a_version_whose_file_is_gone_is_passed_over(
    project: Path, venvoy: CommandLine, index: IndexServer, status: int
) -> None:
    ask(project, "helper")
    gone(index, NEW, status=status)
    venvoy("lock").says(f"""
        exit 0
        err warning: helper 1.6 cannot be used and is passed over: 127.0.0.1 does not have the file {NEW} (status {status}).
        err  + helper 1.5
        err Wrote pylock.toml: 1 distribution
    """)


def test_where_no_other_version_will_do_the_missing_file_is_named(
    project: Path, venvoy: CommandLine, index: IndexServer
) -> None:
    ask(project, "helper>=1.6")
    gone(index, NEW)
    venvoy("lock").says("""
        exit 10
        err error: No version of helper that can be installed meets helper>=1.6, which your project needs. [no-version]
        err   1 version (1.6) cannot be used: 127.0.0.1 does not have the file helper-1.6-py3-none-any.whl (status 404).
        err   → 1. Write helper>=1.5 instead of helper>=1.6 (your project); that gives helper 1.5: venvoy lock --apply 1
    """)


def test_a_server_in_trouble_is_no_reason_to_take_another_version(
    project: Path, venvoy: CommandLine, index: IndexServer
) -> None:
    ask(project, "helper")
    gone(index, NEW, status=503)
    venvoy("lock").says(f"""
        exit 20
        err error: 127.0.0.1 answered with status 503. [index-error]
        err   at [INDEX]/files/{NEW}.metadata
        err   The server has a problem of its own.
        err   → Try again in a few minutes.
    """)


def test_one_of_several_wheels_is_gone(project: Path, venvoy: CommandLine, index: IndexServer, wheels: Path) -> None:
    for version in ("1.0", "2.0"):
        for tag in ("win_amd64", "macosx_11_0_arm64"):
            WheelSpec("many", version, tag=f"cp3{MINOR}-cp3{MINOR}-{tag}", purelib=False).write(wheels)
    index.behaviour.metadata = "absent"
    lost = f"many-2.0-cp3{MINOR}-cp3{MINOR}-macosx_11_0_arm64.whl"
    targets = '[tool.venvoy]\ntargets = ["windows-amd64", "macos-arm64"]\n'
    ask(project, "many", settings=targets)
    gone(index, lost)
    venvoy("lock").says(f"""
        exit 0
        err warning: many 2.0 cannot be used and is passed over: 127.0.0.1 does not have the file {lost} (status 404).
        err  + many 1.0
        err Wrote pylock.toml: 1 distribution
    """)


def test_a_wheel_is_gone_and_source_code_is_left(
    project: Path, venvoy: CommandLine, index: IndexServer, wheels: Path
) -> None:
    WheelSpec("both", "2.0").write(wheels)
    SdistSpec("both", "2.0").write(wheels)
    ask(project, "both")
    gone(index, "both-2.0-py3-none-any.whl")
    ran = venvoy("lock")
    assert ran.code == 10
    assert "1 version (2.0) cannot be used: 127.0.0.1 does not have the file both-2.0-py3-none-any.whl" in ran.stderr


def test_what_was_locked_is_gone_and_update_takes_another_version(
    project: Path, venvoy: CommandLine, index: IndexServer
) -> None:
    ask(project, "helper")
    assert venvoy("lock").code == 0
    gone(index, NEW)
    venvoy("sync").says("""
        exit 20
        err error: 127.0.0.1 does not have the file helper-1.6-py3-none-any.whl (status 404). [file-missing]
        err   at [INDEX]/files/helper-1.6-py3-none-any.whl
        err   The index has listed it, but it may have been deleted since.
        err   → Choose versions anew: venvoy update
        err   → If that chooses the same version, rule it out in pyproject.toml: [tool.venvoy] constraints = ["helper!=1.6"]
    """)
    ran = venvoy("update")
    assert ran.code == 0
    assert "warning: helper 1.6 cannot be used and is passed over" in ran.stderr
    assert " + helper 1.5" in ran.stderr


def test_what_is_locked_and_gone_is_named_when_something_else_changes(
    project: Path, venvoy: CommandLine, index: IndexServer, cache: Path
) -> None:
    ask(project, "helper<1.6")
    assert venvoy("lock").code == 0
    (cache / "metadata-v2").unlink()  # as on a machine that has never seen it
    ask(project, "helper", "paint")
    gone(index, OLD)
    venvoy("lock").says("""
        exit 0
        err warning: helper 1.5 cannot be used and is passed over: 127.0.0.1 does not have the file helper-1.5-py3-none-any.whl (status 404).
        err  ~ helper 1.5 → 1.6
        err  + paint 4.1
        err Wrote pylock.toml: 2 distributions
    """)


def test_a_file_that_is_named_by_its_address_is_not_there(
    project: Path, venvoy: CommandLine, index: IndexServer
) -> None:
    ask(project, f"helper @ {index.file_url('helper-9.0-py3-none-any.whl')}")
    venvoy("lock").says("""
        exit 20
        err error: 127.0.0.1 does not have the file helper-9.0-py3-none-any.whl (status 404). [file-missing]
        err   at [INDEX]/files/helper-9.0-py3-none-any.whl
        err   → Check the address.
    """)
