"""Faults that are no reason to give up, and secrets that stay secret when all goes well."""

from __future__ import annotations

import shutil
from pathlib import Path

from support.command_line import CommandLine, expect, state, tree
from support.index_server import IndexServer
from support.wheels import WheelSpec

BIG = "/files/big-1.0-py3-none-any.whl"


def test_a_download_that_ends_early_once_is_continued(
    project: Path, venvoy: CommandLine, index: IndexServer, wheels: Path
) -> None:
    WheelSpec("big", files={"big.txt": "0123456789" * 60_000}, compress=False).write(wheels)
    index.behaviour.truncate[BIG] = [400_000]
    venvoy("add", "big").says("""
        exit 0
        err Wrote pylock.toml (1 added)
        err  + big 1.0
        err Installed 1 in .venv
        err Added to your project: big>=1.0
    """)
    asked = [request.headers.get("range") for request in index.log if request.path == BIG]
    assert asked[0] is None
    start = int(str(asked[1]).removeprefix("bytes=").removesuffix("-"))
    assert 0 < start <= 400_000


def test_a_size_that_the_index_has_wrong(project: Path, venvoy: CommandLine, index: IndexServer) -> None:
    index.behaviour.wrong_sizes.add("helper-1.6-py3-none-any.whl")
    venvoy("add", "helper", "-v").says("""
        exit 0
        err helper-1.6-py3-none-any.whl has 852 bytes, not 859; its hash says that it is right.
        err Wrote pylock.toml (1 added)
        err  + helper 1.6
        err Installed 1 in .venv
        err Added to your project: helper>=1.6
    """)


def test_two_wheels_that_want_one_file(project: Path, venvoy: CommandLine, wheels: Path) -> None:
    WheelSpec("rival", files={"helper.py": "# mine\n"}).write(wheels)
    venvoy("add", "rival", "helper").says("""
        exit 0
        err warning: helper and rival both bring [SITE]/helper.py, with different contents. The one of rival is in place.
        err Wrote pylock.toml (2 added)
        err  + helper 1.6
        err  + rival 1.0
        err Installed 2 in .venv
        err Added to your project: rival>=1.0, helper>=1.6
    """)
    venvoy("add", "rival", "helper", "--json").says("""
        exit 0
        out {
        out   "schema": 1, "command": "add", "ok": true,
        out   "result": {
        out     "table": "your project", "added": [], "kept": ["rival", "helper"], "removed": [],
        out     "sync": {
        out       "environment": "[PROJECT]/.venv", "python": "[PYTHON]", "created": false,
        out       "lockfile_changed": false, "lockfile_moves": [], "changes": [], "dry_run": false,
        out       "applied": null
        out     }
        out   },
        out   "warnings": []
        out }
    """)


def test_what_one_took_from_another_comes_back_when_it_goes(
    project: Path, venvoy: CommandLine, wheels: Path, cache: Path
) -> None:
    WheelSpec("rival", files={"helper.py": "# mine\n"}).write(wheels)
    assert venvoy("add", "helper").code == 0
    without = state(project)
    assert venvoy("add", "rival").code == 0
    assert venvoy("remove", "rival").code == 0
    assert state(project) == without
    assert venvoy("undo").code == 0
    assert venvoy("undo").code == 0
    assert state(project) == without
    assert venvoy("add", "rival").code == 0
    shutil.rmtree(cache / "wheels-v2")
    venvoy("remove", "rival", "--offline").says("""
        exit 0
        err warning: helper has lost files to a distribution that is taken out now. venvoy verify --repair puts them back.
        err Wrote pylock.toml (1 removed)
        err  - rival 1.0
        err Removed 1 in .venv
        err Removed from your project: rival
    """)


def test_an_index_that_is_busy_is_asked_again(project: Path, venvoy: CommandLine, index: IndexServer) -> None:
    # Whoever fetches ahead, where that is done, gets one of them and says nothing.
    index.fail("/simple/paint/", 503, times=2, headers={"Retry-After": "0"})
    ran = venvoy("add", "-v", "paint")
    again = "127.0.0.1 answered with status 503. Trying again in 0.0 s.\n"
    assert again in ran.stderr
    expect(
        ran.stderr.replace(again, ""),
        """
        Wrote pylock.toml (1 added)
         + paint 4.1
        Installed 1 in .venv
        Added to your project: paint>=4.1
        """,
    )
    assert index.paths("/simple/paint/") == ["/simple/paint/"] * 3


def test_a_right_password_is_neither_locked_nor_shown(
    project: Path, venvoy: CommandLine, index: IndexServer, cache: Path
) -> None:
    index.behaviour.credentials = ("user", "hunter2")
    ran = venvoy("add", "demo", "-v", "--json", PIP_INDEX_URL=index.url.replace("http://", "http://user:hunter2@"))
    assert ran.code == 0
    assert "hunter2" not in f"{ran.stdout}{ran.stderr}"
    assert not [place for place, content in tree(project).items() if "hunter2" in content]
    assert not [place for place, content in tree(cache).items() if "hunter2" in content]


def test_a_password_is_found_in_netrc(project: Path, venvoy: CommandLine, index: IndexServer, home: Path) -> None:
    index.behaviour.credentials = ("user", "hunter2")
    (home / ".netrc").write_text("machine 127.0.0.1 login user password hunter2\n", encoding="utf-8")
    (home / ".netrc").chmod(0o600)
    assert venvoy("add", "demo").code == 0


def test_a_damaged_store_is_mended(project: Path, venvoy: CommandLine, cache: Path) -> None:
    assert venvoy("add", "demo").code == 0
    stored = next(path for path in cache.rglob("demo.py") if "wheels-v2" in path.parts)
    stored.chmod(0o644)
    stored.write_text("evil = True\n", encoding="utf-8")
    venvoy("remove", "demo")
    venvoy("add", "demo").says("""
        exit 0
        err warning: [CACHE]/wheels-v2/[DIGEST]/files/demo.py was changed or deleted after it was stored. That copy of the wheel is thrown away, and fetched again when it is needed. Environments that were filled from it may have the same fault.
        err Wrote pylock.toml (2 added)
        err  + demo 2.0
        err  + helper 1.6
        err Installed 2 in .venv
        err Added to your project: demo>=2.0
    """)
    venvoy("run", "demo", "again").says("""
        exit 0
        out demo again
    """)


def test_html_and_file_indexes_do_too(project: Path, venvoy: CommandLine, index: IndexServer, wheels: Path) -> None:
    index.behaviour.json = False
    assert venvoy("add", "demo").code == 0
    assert venvoy("remove", "demo").code == 0
    venvoy("add", "paint", "--no-index", "--find-links", str(wheels)).says("""
        exit 0
        err Wrote pylock.toml (1 added)
        err  + paint 4.1
        err Installed 1 in .venv
        err Added to your project: paint>=4.1
    """)
    expect(
        venvoy.filtered((project / "pylock.toml").read_text(encoding="utf-8")),
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
        extras = []
        dependency-groups = []
        created-by = "venvoy"

        [[packages]]
        name = "paint"
        version = "4.1"
        wheels = [
            { name = "paint-4.1-py3-none-any.whl", path = "../wheels/paint-4.1-py3-none-any.whl", size = [SIZE], hashes = { sha256 = "[DIGEST]" } },
        ]

        [tool.venvoy]
        inputs = "sha256:[DIGEST]"
        """,
    )
