"""``undo``, ``redo`` and ``history``: there and back again, byte for byte, without the network."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.command_line import expect, tree
from support.wheels import WheelSpec

if TYPE_CHECKING:
    from support.command_line import CommandLine
    from support.index_server import IndexServer

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d"


@pytest.fixture(autouse=True)
def no_times(venvoy: CommandLine) -> None:
    venvoy.filters += [(TIME, "[TIME]"), (r"\d{4}-\d\d-\d\dT[\d:]+Z", "[TIME]")]


def state(project: Path) -> dict[str, str]:
    """Everything in the project but venvoy's own notes."""
    return {place: content for place, content in tree(project).items() if not place.startswith(".venv/.venvoy")}


def test_undo_and_redo_restore_every_byte_without_the_network(
    project: Path, venvoy: CommandLine, index: IndexServer
) -> None:
    states = [state(project)]
    for command in (("add", "demo[color]", "helper<1.6"), ("add", "--dev", "native"), ("remove", "helper")):
        assert venvoy(*command).code == 0
        states.append(state(project))
    assert len({json.dumps(one) for one in states}) == 4
    asked = len(index.log)
    venvoy.environ["VENVOY_OFFLINE"] = "1"
    for expected in reversed(states[:-1]):
        assert venvoy("undo").code == 0
        assert state(project) == expected
    for expected in states[1:]:
        assert venvoy("redo").code == 0
        assert state(project) == expected
    assert venvoy("undo", "3").code == 0
    assert state(project) == states[0]
    assert venvoy("redo", "2").code == 0
    assert state(project) == states[2]
    assert len(index.log) == asked


def test_what_undo_redo_and_history_say(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "demo", "helper<1.6").code == 0
    assert venvoy("add", "helper<2").code == 0
    expect(
        venvoy("history"),
        """
        exit 0
        out  1  [TIME]  venvoy add "helper<2"
        out     pyproject.toml  - "helper<1.6", + "helper<2"
        out     pylock.toml     ~ helper 1.5 → 1.6
        out     environment     ~ helper 1.5 → 1.6
        out  2  [TIME]  venvoy add demo "helper<1.6"
        out     pyproject.toml  + "demo>=2.0", + "helper<1.6"
        out     pylock.toml     + demo 2.0, + helper 1.5
        out     environment     + demo 2.0, + helper 1.5
        out  3  [TIME]  venvoy init
        out     pyproject.toml  + [project], + name = "project", + version = "0.1.0", + requires-python = ">=[MINOR]"
        """,
    )
    expect(
        venvoy("undo", "2"),
        """
        exit 0
        err Undone: venvoy add "helper<2"
        err Undone: venvoy add demo "helper<1.6"
        err Restored pyproject.toml and pylock.toml
        err  - demo 2.0
        err  - helper 1.6
        err Removed 2 in .venv
        """,
    )
    expect(
        venvoy("redo"),
        """
        exit 0
        err Done again: venvoy add demo "helper<1.6"
        err Restored pyproject.toml and pylock.toml
        err  + demo 2.0
        err  + helper 1.5
        err Installed 2 in .venv
        """,
    )
    expect(
        venvoy("history", "-v"),
        """
        exit 0
        out  1  [TIME]  venvoy add "helper<2"  (undone)
        out     pyproject.toml  - "helper<1.6", + "helper<2"
        out     pylock.toml     ~ helper 1.5 → 1.6
        out     environment     ~ helper 1.5 → 1.6
        out  1  [TIME]  venvoy add demo "helper<1.6"
        out     pyproject.toml  + "demo>=2.0", + "helper<1.6"
        out     pylock.toml     + demo 2.0, + helper 1.5
        out     environment     + demo 2.0, + helper 1.5
        out  2  [TIME]  venvoy init
        out     pyproject.toml  + [project], + name = "project", + version = "0.1.0", + requires-python = ">=[MINOR]"
        """,
    )
    expect(
        venvoy("history", "--json"),
        r"""
        exit 0
        out {
        out   "schema": 1,
        out   "command": "history",
        out   "ok": true,
        out   "result": {
        out     "steps": [
        out       {
        out         "number": 1,
        out         "undone": true,
        out         "time": "[TIME]",
        out         "command": [
        out           "add",
        out           "helper<2"
        out         ],
        out         "pyproject": [
        out           "-    \"helper<1.6\",",
        out           "+    \"helper<2\","
        out         ],
        out         "lockfile": [
        out           {
        out             "name": "helper",
        out             "old": "1.5",
        out             "new": "1.6"
        out           }
        out         ],
        out         "environment": [
        out           {
        out             "name": "helper",
        out             "old": "1.5",
        out             "new": "1.6"
        out           }
        out         ],
        out         "python": null,
        out         "edited": []
        out       },
        out       {
        out         "number": 1,
        out         "undone": false,
        out         "time": "[TIME]",
        out         "command": [
        out           "add",
        out           "demo",
        out           "helper<1.6"
        out         ],
        out         "pyproject": [
        out           "-dependencies = []",
        out           "+dependencies = [",
        out           "+    \"demo>=2.0\",",
        out           "+    \"helper<1.6\",",
        out           "+]"
        out         ],
        out         "lockfile": [
        out           {
        out             "name": "demo",
        out             "old": "",
        out             "new": "2.0"
        out           },
        out           {
        out             "name": "helper",
        out             "old": "",
        out             "new": "1.5"
        out           }
        out         ],
        out         "environment": [
        out           {
        out             "name": "demo",
        out             "old": "",
        out             "new": "2.0"
        out           },
        out           {
        out             "name": "helper",
        out             "old": "",
        out             "new": "1.5"
        out           }
        out         ],
        out         "python": null,
        out         "edited": []
        out       },
        out       {
        out         "number": 2,
        out         "undone": false,
        out         "time": "[TIME]",
        out         "command": [
        out           "init"
        out         ],
        out         "pyproject": [
        out           "+[project]",
        out           "+name = \"project\"",
        out           "+version = \"0.1.0\"",
        out           "+requires-python = \">=[MINOR]\"",
        out           "+dependencies = []"
        out         ],
        out         "lockfile": [],
        out         "environment": [],
        out         "python": null,
        out         "edited": []
        out       }
        out     ]
        out   },
        out   "warnings": []
        out }
        """,
    )
