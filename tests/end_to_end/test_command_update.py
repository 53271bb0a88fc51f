"""``venvoy update``: newer versions, within the project's bounds or beyond, in pyproject.toml, lockfile and environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.command_line import CommandLine, expect, tree
from support.wheels import WheelSpec
from venvoy.errors import Exit

PYPROJECT = """\
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.10"
dependencies = [
    "demo>=1,<3",  # the heart of it
    "helper == 1.6",
]

[project.optional-dependencies]
colour = ["paint ~= 4.1"]

[dependency-groups]
dev = ["demo", { include-group = "here" }]
here = ["native<2; sys_platform != 'never'"]
"""


@pytest.fixture
def shop(venvoy: CommandLine, wheels: Path) -> Path:
    """A project, locked and installed, and then the index has something newer of everything."""
    (venvoy.project / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    assert venvoy("sync").code == 0
    for name, versions in {
        "demo": ("2.5", "3.1"),
        "helper": ("1.7",),
        "native": ("1.9", "2.4"),
        "paint": ("4.8", "5.0"),
    }.items():
        for version in versions:
            WheelSpec(name, version, requires=["helper>=1.5"] if name == "demo" else []).write(wheels)
    return venvoy.project


def test_everything_moves_within_the_bounds(shop: Path, venvoy: CommandLine) -> None:
    before, lockfile = tree(shop), (shop / "pylock.toml").read_bytes()
    venvoy("update", "--dry-run").says("""
        exit 0
        err Would write pylock.toml (3 changed)
        err  ~ demo 2.0 → 2.5
        err  ~ native 1.2 → 1.9
        err Would replace 2 in .venv
    """)
    assert tree(shop) == before
    venvoy("update").says("""
        exit 0
        err Wrote pylock.toml (3 changed)
        err  ~ demo 2.0 → 2.5
        err  ~ native 1.2 → 1.9
        err Replaced 2 in .venv
    """)
    assert (shop / "pyproject.toml").read_text(encoding="utf-8") == PYPROJECT
    venvoy("update").says("""
        exit 0
        err Nothing to do: .venv is up to date
        err venvoy outdated   shows what is newer than the lockfile, and what holds it back
    """)
    assert venvoy("undo").code == 0
    assert (shop / "pylock.toml").read_bytes() == lockfile
    assert venvoy("verify").code == 0


def test_one_moves_and_the_others_stay(shop: Path, venvoy: CommandLine) -> None:
    venvoy("update", "Native").says("""
        exit 0
        err Wrote pylock.toml (1 changed)
        err  ~ native 1.2 → 1.9
        err Replaced 1 in .venv
    """)


def test_what_holds_it_back_moves_along_and_nothing_else(shop: Path, venvoy: CommandLine, wheels: Path) -> None:
    (shop / "pyproject.toml").write_text(
        PYPROJECT.replace('"helper == 1.6"', '"tester", "helper"').replace("demo>=1,<3", "demo>=1"), encoding="utf-8"
    )
    assert venvoy("sync").code == 0
    WheelSpec("tester", "9.0", requires=["helper>=1.5"]).write(wheels)
    venvoy("update", "helper").says("""
        exit 0
        err Wrote pylock.toml (2 changed)
        err  ~ helper 1.5 → 1.7
        err  ~ tester 8.0 → 9.0
        err Replaced 2 in .venv
    """)


def test_beyond_the_bounds_each_moves_in_its_own_style(shop: Path, venvoy: CommandLine) -> None:
    venvoy("update", "--latest", "demo").says("""
        exit 0
        err Changed pyproject.toml: demo>=1,<4 instead of demo>=1,<3 (your project)
        err Wrote pylock.toml (1 changed)
        err  ~ demo 2.0 → 3.1
        err Replaced 1 in .venv
    """)
    venvoy("update", "--latest").says("""
        exit 0
        err Changed pyproject.toml: helper==1.7 instead of helper==1.6 (your project)
        err Changed pyproject.toml: paint~=5.0 instead of paint~=4.1 (extra 'colour')
        err Changed pyproject.toml: native<3; sys_platform != "never" instead of native<2; sys_platform != "never" (group 'here')
        err Wrote pylock.toml (3 changed)
        err  ~ helper 1.6 → 1.7
        err  ~ native 1.2 → 2.4
        err Replaced 2 in .venv
    """)
    text = (shop / "pyproject.toml").read_text(encoding="utf-8")
    expect(
        text,
        """
        [project]
        name = "shop"
        version = "1.0"
        requires-python = ">=3.10"
        dependencies = [
            "demo>=1,<4",  # the heart of it
            "helper==1.7",
        ]

        [project.optional-dependencies]
        colour = ["paint~=5.0"]

        [dependency-groups]
        dev = ["demo", { include-group = "here" }]
        here = ["native<3; sys_platform != 'never'"]
        """,
    )
    venvoy("update", "--latest", "--json").says("""
        exit 0
        out {
        out   "schema": 1, "command": "update", "ok": true,
        out   "result": {
        out     "environment": "[PROJECT]/.venv", "python": "[PYTHON]", "created": false,
        out     "lockfile_changed": false, "lockfile_moves": [], "changes": [], "dry_run": false,
        out     "applied": null
        out   },
        out   "warnings": []
        out }
    """)


def test_an_exact_version_gives_way_to_a_bound_where_targets_need_several(
    shop: Path, venvoy: CommandLine, wheels: Path
) -> None:
    requires = ["helper<1.7; sys_platform == 'win32'", "helper>=1.7; sys_platform != 'win32'"]
    WheelSpec("demo", "2.6", requires=requires).write(wheels)
    (shop / "pyproject.toml").write_text(PYPROJECT.replace("demo>=1,<3", "demo==2.6"), encoding="utf-8")
    assert venvoy("update").code == Exit.NO_SOLUTION
    venvoy("update", "--latest", "helper").says("""
        exit 0
        err Changed pyproject.toml: helper>=1.6 instead of helper==1.6 (your project)
        err Wrote pylock.toml (2 changed)
        err  ~ demo 2.0 → 2.6
        err  ~ helper 1.6 → 1.7
        err Replaced 2 in .venv
    """)


def test_what_nobody_needs_cannot_be_updated(shop: Path, venvoy: CommandLine) -> None:
    before = tree(shop)
    venvoy("update", "demo", "deno").says("""
        exit 2
        err error: deno is not locked, so there is nothing of it to update. [not-a-dependency]
        err   at [PROJECT]/pyproject.toml
        err   Nothing that this project needs asks for it.
        err   → venvoy tree   shows what the project needs
        err   → venvoy add deno   makes it a dependency
    """)
    assert tree(shop) == before
