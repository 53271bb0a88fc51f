"""``venvoy add`` and ``venvoy remove``: pyproject.toml, lockfile and environment change together."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.command_line import CommandLine, expect, tree
from support.index_server import IndexServer

COMMENTED = """\
# our project
[project]
name = "shop"           # what people call it
version = "1.0"
requires-python = ">=3.9"
dependencies = [
    "helper >= 1.5",    # keep this one
    # and nothing else
]

[tool.other]
keep = [ 1,2 ]
"""


def read(project: Path) -> str:
    return (project / "pyproject.toml").read_text(encoding="utf-8")


def test_a_bare_name_gets_the_chosen_version_as_its_lower_bound(project: Path, venvoy: CommandLine) -> None:
    venvoy("add", "demo").says("""
        exit 0
        err Wrote pylock.toml (2 added)
        err  + demo 2.0
        err  + helper 1.6
        err Installed 2 in .venv
        err Added to your project: demo>=2.0
    """)
    expect(
        venvoy.filtered(read(project)),
        """
        [project]
        name = "project"
        version = "0.1.0"
        requires-python = ">=[MINOR]"
        dependencies = [
            "demo>=2.0",
        ]
        """,
    )
    venvoy("run", "demo", "it", "works").says("""
        exit 0
        out demo it works
    """)


def test_bounds_extras_and_markers_are_kept_as_they_were_typed(project: Path, venvoy: CommandLine) -> None:
    venvoy("add", "helper<1.6", "demo[color] ~= 2.0", 'paint; sys_platform == "never"').says("""
        exit 0
        err Wrote pylock.toml (3 added)
        err  + demo 2.0
        err  + helper 1.5
        err  + paint 4.1
        err Installed 3 in .venv
        err Added to your project: helper<1.6, demo[color] ~= 2.0, paint>=4.1; sys_platform == "never"
    """)
    expect(
        venvoy.filtered(read(project)),
        """
        [project]
        name = "project"
        version = "0.1.0"
        requires-python = ">=[MINOR]"
        dependencies = [
            "demo[color] ~= 2.0",
            "helper<1.6",
            'paint>=4.1; sys_platform == "never"',
        ]
        """,
    )
    venvoy("add", "Demo[Color]").says("""
        exit 0
        err Nothing to do: .venv is up to date
        err In your project already, with the bounds it has: Demo[Color]
    """)
    expect(
        venvoy.filtered(read(project)),
        """
        [project]
        name = "project"
        version = "0.1.0"
        requires-python = ">=[MINOR]"
        dependencies = [
            "demo[color] ~= 2.0",
            "helper<1.6",
            'paint>=4.1; sys_platform == "never"',
        ]
        """,
    )


def test_a_group_and_an_extra_have_their_own_places(project: Path, venvoy: CommandLine) -> None:
    venvoy("add", "--dev", "tester").says("""
        exit 0
        err Wrote pylock.toml (2 added)
        err  + helper 1.5
        err  + tester 8.0
        err Installed 2 in .venv
        err Added to group 'dev': tester>=8.0
    """)
    venvoy("add", "--group", "Docs_Site", "paint").says("""
        exit 0
        err Wrote pylock.toml (1 added)
        err  + paint 4.1
        err Installed 1 in .venv
        err Added to group 'docs-site': paint>=4.1
    """)
    venvoy("add", "--optional", "fast", "native").says("""
        exit 0
        err Wrote pylock.toml (1 added)
        err  + native 1.2
        err Installed 1 in .venv
        err Added to extra 'fast': native>=1.2
    """)
    expect(
        venvoy.filtered(read(project)),
        """
        [project]
        name = "project"
        version = "0.1.0"
        requires-python = ">=[MINOR]"
        dependencies = []

        [project.optional-dependencies]
        fast = [
            "native>=1.2",
        ]

        [dependency-groups]
        dev = [
            "tester>=8.0",
        ]
        docs-site = [
            "paint>=4.1",
        ]
        """,
    )
    venvoy("list").says("""
        exit 0
        out helper  1.5
        out native  1.2
        out paint   4.1
        out tester  8.0
    """)
    venvoy("remove", "--optional", "fast", "native").says("""
        exit 0
        err Wrote pylock.toml (1 removed)
        err  - native 1.2
        err Removed 1 in .venv
        err Removed from extra 'fast': native
    """)
    venvoy("remove", "--group", "docs-site", "paint").says("""
        exit 0
        err Wrote pylock.toml (1 removed)
        err  - paint 4.1
        err Removed 1 in .venv
        err Removed from group 'docs-site': paint
    """)
    venvoy("remove", "--dev", "tester").says("""
        exit 0
        err Wrote pylock.toml (2 removed)
        err  - helper 1.5
        err  - tester 8.0
        err Removed 2 in .venv
        err Removed from group 'dev': tester
    """)
    expect(
        venvoy.filtered(read(project)),
        """
        [project]
        name = "project"
        version = "0.1.0"
        requires-python = ">=[MINOR]"
        dependencies = []

        [project.optional-dependencies]
        fast = []

        [dependency-groups]
        dev = []
        docs-site = []
        """,
    )


def test_comments_order_and_style_of_pyproject_toml_stay(venvoy: CommandLine) -> None:
    (venvoy.project / "pyproject.toml").write_text(COMMENTED, encoding="utf-8")
    venvoy("add", "paint").says("""
        exit 0
        err Wrote pylock.toml (2 added)
        err Made an environment in .venv with Python [PYTHON]
        err  + helper 1.6
        err  + paint 4.1
        err Installed 2 in .venv
        err Added to your project: paint>=4.1
    """)
    expect(
        read(venvoy.project),
        """
        # our project
        [project]
        name = "shop"           # what people call it
        version = "1.0"
        requires-python = ">=3.9"
        dependencies = [
            "helper >= 1.5",    # keep this one
            "paint>=4.1",
            # and nothing else
        ]

        [tool.other]
        keep = [ 1,2 ]
        """,
    )
    venvoy("remove", "paint").says("""
        exit 0
        err Wrote pylock.toml (1 removed)
        err  - paint 4.1
        err Removed 1 in .venv
        err Removed from your project: paint
    """)
    assert read(venvoy.project) == COMMENTED


def test_a_wheel_can_be_named_by_its_address(project: Path, venvoy: CommandLine, index: IndexServer) -> None:
    venvoy("add", f"paint @ {index.file_url('paint-4.1-py3-none-any.whl')}").says("""
        exit 0
        err Wrote pylock.toml (1 added)
        err  + paint 4.1
        err Installed 1 in .venv
        err Added to your project: paint @ [INDEX]/files/paint-4.1-py3-none-any.whl
    """)
    venvoy("show", "paint").says("""
        exit 0
        out Name          paint
        out Version       4.1
        out Location      [PROJECT]/.venv/[SITE]
        out Installed by  venvoy
        out Asked for     yes
        out Requires      nothing
        out Required by   nothing that is installed
        out From          [INDEX]/files/paint-4.1-py3-none-any.whl
        out Wheel         sha256:[DIGEST]
    """)
    venvoy("sync").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)
    venvoy("add", "paint").says("""
        exit 0
        err Nothing to do: .venv is up to date
        err In your project already, with the bounds it has: paint
    """)


def test_dry_run_changes_nothing(project: Path, venvoy: CommandLine) -> None:
    before = tree(project)
    venvoy("add", "--dry-run", "demo").says("""
        exit 0
        err Would write pylock.toml (2 added)
        err  + demo 2.0
        err  + helper 1.6
        err Would install 2 in .venv
        err Would add to your project: demo>=2.0
    """)
    assert tree(project) == before
    assert venvoy("add", "demo").code == 0
    before = tree(project)
    venvoy("remove", "--dry-run", "demo").says("""
        exit 0
        err Would write pylock.toml (2 removed)
        err  - demo 2.0
        err  - helper 1.6
        err Would remove 2 in .venv
        err Would remove from your project: demo
    """)
    assert tree(project) == before


def test_an_extra_that_is_added_keeps_the_bounds(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "demo<2,>=1").code == 0
    assert venvoy("add", "Demo[color]").code == 0
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    assert "Demo[color]<2,>=1" in text or "Demo[color]>=1,<2" in text
    assert venvoy("list").stdout.split()[:2] == ["demo", "1.0"]


def test_what_is_there_already_is_said(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "demo<2").code == 0
    venvoy("add", "demo").says("""
        exit 0
        err Nothing to do: .venv is up to date
        err In your project already, with the bounds it has: demo
    """)
    venvoy("add", "demo>=2").says("""
        exit 0
        err Wrote pylock.toml (1 changed)
        err  ~ demo 1.0 → 2.0
        err Replaced 1 in .venv
        err Added to your project: demo>=2
    """)


def test_without_an_environment_or_lockfile_both_are_made(venvoy: CommandLine) -> None:
    (venvoy.project / "pyproject.toml").write_text(COMMENTED, encoding="utf-8")
    venvoy("remove", "helper").says("""
        exit 0
        err Wrote pylock.toml
        err Made an environment in .venv with Python [PYTHON]
        err Removed from your project: helper
    """)
    expect(
        read(venvoy.project),
        """
        # our project
        [project]
        name = "shop"           # what people call it
        version = "1.0"
        requires-python = ">=3.9"
        dependencies = [
            # and nothing else
        ]

        [tool.other]
        keep = [ 1,2 ]
        """,
    )


def test_the_result_is_there_as_json(project: Path, venvoy: CommandLine) -> None:
    venvoy("add", "--json", "demo").says("""
        exit 0
        out {
        out   "schema": 1, "command": "add", "ok": true,
        out   "result": {
        out     "table": "your project", "added": ["demo>=2.0"], "kept": [], "removed": [],
        out     "sync": {
        out       "environment": "[PROJECT]/.venv", "python": "[PYTHON]", "created": false,
        out       "lockfile_changed": true,
        out       "lockfile_moves": [
        out         {"name": "demo", "old": "", "new": "2.0"}, {"name": "helper", "old": "", "new": "1.6"}
        out       ],
        out       "changes": [
        out         {
        out           "name": "demo", "old": null,
        out           "new": {
        out             "name": "demo", "version": "2.0",
        out             "artifact": {
        out               "filename": "demo-2.0-py3-none-any.whl",
        out               "url": "[INDEX]/files/demo-2.0-py3-none-any.whl", "kind": "wheel", "name": "demo",
        out               "version": "2.0", "hashes": {"sha256": "[DIGEST]"}, "size": [SIZE],
        out               "upload_time": "2024-05-06T07:08:09Z", "requires_python": null, "yanked": null,
        out               "metadata": null, "tags": ["py3-none-any"]
        out             },
        out             "requested": true, "direct_url": null, "pinned": null, "source": null
        out           }
        out         },
        out         {
        out           "name": "helper", "old": null,
        out           "new": {
        out             "name": "helper", "version": "1.6",
        out             "artifact": {
        out               "filename": "helper-1.6-py3-none-any.whl",
        out               "url": "[INDEX]/files/helper-1.6-py3-none-any.whl", "kind": "wheel", "name": "helper",
        out               "version": "1.6", "hashes": {"sha256": "[DIGEST]"}, "size": [SIZE],
        out               "upload_time": "2024-05-06T07:08:09Z", "requires_python": null, "yanked": null,
        out               "metadata": null, "tags": ["py3-none-any"]
        out             },
        out             "requested": false, "direct_url": null, "pinned": null, "source": null
        out           }
        out         }
        out       ],
        out       "dry_run": false, "applied": null
        out     }
        out   },
        out   "warnings": []
        out }
    """)
    venvoy("remove", "--json", "demo").says("""
        exit 0
        out {
        out   "schema": 1, "command": "remove", "ok": true,
        out   "result": {
        out     "table": "your project", "added": [], "kept": [], "removed": ["demo"],
        out     "sync": {
        out       "environment": "[PROJECT]/.venv", "python": "[PYTHON]", "created": false,
        out       "lockfile_changed": true,
        out       "lockfile_moves": [
        out         {"name": "demo", "old": "2.0", "new": ""}, {"name": "helper", "old": "1.6", "new": ""}
        out       ],
        out       "changes": [
        out         {
        out           "name": "demo",
        out           "old": {
        out             "name": "demo", "version": "2.0",
        out             "dist_info": "[PROJECT]/.venv/[SITE]/demo-2.0.dist-info", "installer": "venvoy",
        out             "requested": true, "direct_url": "", "wheel_sha256": "[DIGEST]", "has_record": true
        out           },
        out           "new": null
        out         },
        out         {
        out           "name": "helper",
        out           "old": {
        out             "name": "helper", "version": "1.6",
        out             "dist_info": "[PROJECT]/.venv/[SITE]/helper-1.6.dist-info", "installer": "venvoy",
        out             "requested": false, "direct_url": "", "wheel_sha256": "[DIGEST]", "has_record": true
        out           },
        out           "new": null
        out         }
        out       ],
        out       "dry_run": false, "applied": null
        out     }
        out   },
        out   "warnings": []
        out }
    """)


def test_outside_a_project_what_other_tools_left_there_is_shown(venvoy: CommandLine) -> None:
    (venvoy.project / "setup.py").write_text("setup(install_requires=['demo'])\n", encoding="utf-8")
    venvoy("sync").says("""
        exit 3
        err error: There is no pyproject.toml in [PROJECT] or in any folder above it. [project-not-found]
        err   venvoy keeps what a project needs in that file.
        err   → venvoy import setup.py   makes one from what stands there
        err   → venvoy init     makes this folder a project
        err   → --project DIR   behind any command: it works on the project in DIR
    """)


def test_outside_a_project_the_way_into_one_is_shown(venvoy: CommandLine) -> None:
    venvoy("add", "demo").says("""
        exit 3
        err error: There is no pyproject.toml in [PROJECT] or in any folder above it. [project-not-found]
        err   venvoy keeps what a project needs in that file.
        err   → venvoy init     makes this folder a project
        err   → --project DIR   behind any command: it works on the project in DIR
    """)
    venvoy("add", "demo", "--json").says("""
        exit 3
        out {
        out   "schema": 1, "command": "add", "ok": false,
        out   "error": {
        out     "code": "project-not-found",
        out     "what": "There is no pyproject.toml in [PROJECT] or in any folder above it.",
        out     "why": "venvoy keeps what a project needs in that file.",
        out     "fix": [
        out       "venvoy init     makes this folder a project",
        out       "--project DIR   behind any command: it works on the project in DIR"
        out     ],
        out     "where": "", "exit": 3, "data": {}
        out   },
        out   "warnings": []
        out }
    """)


def test_a_project_without_its_table_cannot_be_added_to(venvoy: CommandLine) -> None:
    (venvoy.project / "pyproject.toml").write_text("[tool.other]\nx = 1\n", encoding="utf-8")
    venvoy("add", "demo").says("""
        exit 3
        err error: This file does not describe a project yet: it has no [project] table. [pyproject-invalid]
        err   at [PROJECT]/pyproject.toml
        err   A [project] table with a name is needed to add a dependency.
        err   → Run `venvoy init` in this folder: it adds what is missing and keeps the rest.
    """)


def test_what_is_not_there_cannot_be_removed(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "demo").code == 0
    assert venvoy("add", "--dev", "tester").code == 0
    venvoy("remove", "paint").says("""
        exit 2
        err error: paint is not among the dependencies of your project. [not-a-dependency]
        err   at [PROJECT]/pyproject.toml
        err   Nothing in pyproject.toml asks for it.
        err   → venvoy tree   shows what the project needs, and who needs paint if it is installed
    """)
    venvoy("remove", "helper").says("""
        exit 2
        err error: helper is not among the dependencies of your project. [not-a-dependency]
        err   at [PROJECT]/pyproject.toml
        err   Nothing in pyproject.toml asks for it.
        err   → venvoy tree   shows what the project needs, and who needs helper if it is installed
    """)
    venvoy("remove", "tester").says("""
        exit 2
        err error: tester is not among the dependencies of your project. [not-a-dependency]
        err   at [PROJECT]/pyproject.toml
        err   It stands elsewhere in pyproject.toml.
        err   → venvoy remove --group dev tester
    """)
    venvoy("remove", "--group", "nope", "demo").says("""
        exit 2
        err error: demo is not among the dependencies of group 'nope'. [not-a-dependency]
        err   at [PROJECT]/pyproject.toml
        err   It stands elsewhere in pyproject.toml.
        err   → venvoy remove demo
    """)


@pytest.mark.parametrize("arguments", [("--dev", "--group", "x"), ("--group", "x", "--optional", "y")])
def test_only_one_place_can_be_named(project: Path, venvoy: CommandLine, arguments: tuple[str, ...]) -> None:
    said = venvoy("add", *arguments, "demo")
    assert said.code == 2
    assert "cannot be used together. [usage]" in said.stderr
