"""A fresh project folder, an index on the loopback interface, and the ``venvoy`` command to run there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.command_line import CommandLine, Ran, clean_environment, usual_filters
from support.index_server import Behaviour, IndexServer
from support.wheels import SdistSpec, WheelSpec

_DEMO = """\
import sys

import helper


def main():
    print("demo", *sys.argv[1:])
    return 7 if "--fail" in sys.argv else 0
"""
_SCRIPT = {"console_scripts": {"demo": "demo:main"}}

SHELF = (
    WheelSpec("helper", "1.5"),
    WheelSpec("helper", "1.6"),
    WheelSpec("demo", "1.0", requires=["helper"]),
    WheelSpec(
        "demo",
        "2.0",
        requires=["helper>=1.5", 'paint>=3; extra == "color"', 'windows-only; sys_platform == "never"'],
        extras=["color"],
        files={"demo.py": _DEMO},
        entry_points=_SCRIPT,
        summary="Shows how it works.",
    ),
    SdistSpec("demo", "2.0", requires=["helper>=1.5"]),
    WheelSpec("paint", "4.1"),
    WheelSpec("tester", "8.0", requires=["helper<1.6"]),
    WheelSpec("native", "1.2"),
    WheelSpec("native", "1.2", tag="cp311-cp311-win_amd64", purelib=False),
    WheelSpec("native", "1.2", tag="cp312-abi3-macosx_11_0_arm64", purelib=False),
    SdistSpec("native", "1.2"),
)
"""What the index holds in every test: names, versions and needs that are enough for the main job."""


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the index, written once."""
    folder = tmp_path_factory.mktemp("shelf")
    for spec in SHELF:
        spec.write(folder)
    return folder


@pytest.fixture(scope="session")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that knows this interpreter already: asking it anew in each test would take half of the time."""
    folder = tmp_path_factory.mktemp("remembered")
    environ = clean_environment(home=folder, cache=folder / "cache", temporary=folder, index="http://127.0.0.1:9/")
    assert CommandLine(folder, environ)("venv").code == 0
    return folder / "cache"


@pytest.fixture
def wheels(shelf: Path, tmp_path: Path) -> Path:
    """The folder behind this test's index: what a test puts there, the index has."""
    return shutil.copytree(shelf, tmp_path / "wheels")


@pytest.fixture
def index(wheels: Path) -> Iterator[IndexServer]:
    behaviour = Behaviour(upload_times={path.name: "2024-05-06T07:08:09Z" for path in wheels.iterdir()})
    with IndexServer(wheels, behaviour) as server:
        yield server


@pytest.fixture
def cache(remembered: Path, tmp_path: Path) -> Path:
    """A cache without any wheel or page."""
    folder = tmp_path / "cache"
    for name in ("interpreters-v1", "virtualenv-v1"):
        shutil.copytree(remembered / name, folder / name)
    return folder


@pytest.fixture
def venvoy(index: IndexServer, cache: Path, home: Path, tmp_path: Path) -> Iterator[CommandLine]:
    """The command, in an empty folder called ``project``."""
    project, temporary = tmp_path / "project", tmp_path / "temporary"
    project.mkdir()
    temporary.mkdir()
    environ = clean_environment(home=home, cache=cache, temporary=temporary, index=index.url)
    command = CommandLine(project, environ, usual_filters())
    command.hide(home, "HOME")
    command.hide(tmp_path, "FOLDER")
    command.hide(cache, "CACHE")
    command.hide(project, "PROJECT")
    command.hide(index.root, "INDEX")
    yield command
    assert list(temporary.iterdir()) == [], "files were left in the folder for temporary ones"


@pytest.fixture
def project(venvoy: CommandLine) -> Path:
    """A project that ``venvoy init`` made."""
    assert venvoy("init").code == 0
    return venvoy.project


@pytest.fixture
def tools(venvoy: CommandLine) -> Path:
    """An environment without pip, in a folder without a project."""
    assert venvoy("venv", "--no-seed", "tools").code == 0
    return venvoy.project / "tools"


@pytest.fixture
def active(venvoy: CommandLine, tools: Path) -> Callable[..., Ran]:
    """The command in a shell in which that environment is active."""
    venvoy.filters += [
        (r"\b\d{4}-\d\d-\d\d \d\d:\d\d", "[TIME]"),
        (r"(?:bin|Scripts)/demo(?:\.exe)?", "[SCRIPTS]/demo"),
    ]
    return lambda *words, **variables: venvoy(*words, VIRTUAL_ENV=str(tools), **variables)
