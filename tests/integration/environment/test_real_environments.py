"""Real environments: what is installed runs, pip agrees with it, and what is removed is gone without a trace."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from support.notes import Notes
from support.stored import tree
from support.wheels import WheelSpec
from venvoy.environment import installed, layout
from venvoy.environment.apply import apply
from venvoy.environment.layout import Environment
from venvoy.model.plan import Placement, Plan
from venvoy.model.stored import StoredWheel
from venvoy.store.store import Store
from venvoy.system import process
from venvoy.system.fs import LinkMode

FOLDERS = ["plain", "with spaces", "Ünïcode ✓ folder", "l" * 120, "quote's"]
DEMO = WheelSpec(
    "demo",
    files={
        "demo/__init__.py": "def main():\n    import sys\n    print('demo', *sys.argv[1:])\n    return 3\n",
        "demo/deep/data.txt": "text",
    },
    entry_points={"console_scripts": {"demo-run": "demo:main"}},
    data={"scripts/demo-script": "#!python\nimport demo, sys\nprint('script', sys.prefix)\n"},
)


def make(root: Path, *options: str) -> Environment:
    finished = process.run(
        [sys.executable, "-m", "virtualenv", "--no-download", "--no-periodic-update", *options, str(root)]
    )
    assert finished.code == 0, finished.stderr
    return layout.read(root)


def keep(folder: Path, spec: WheelSpec) -> StoredWheel:
    import hashlib

    wheel = spec.write(folder / "wheels")
    return Store(folder / "store", Notes()).add(wheel, wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest())


def install(environment: Environment, *wheels: StoredWheel) -> None:
    plan = Plan(install=tuple(Placement(wheel, requested=True) for wheel in wheels))
    apply(environment, plan, link=LinkMode.AUTO, reporter=Notes())


def remove(environment: Environment, name: str) -> None:
    found = tuple(one for one in installed.read(environment) if one.name == name)
    apply(environment, Plan(remove=found), link=LinkMode.AUTO, reporter=Notes())


def python(environment: Environment, *arguments: str) -> process.Finished:
    return process.run([str(environment.python), *arguments])


def script(environment: Environment, name: str) -> str:
    return str(environment.scripts / (f"{name}.exe" if environment.windows else name))


def without_bytecode(path: str) -> bool:
    return path.startswith(".venvoy") or "__pycache__" in path


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_installed_distribution_runs_and_leaves_no_trace(tmp_path: Path, folder: str) -> None:
    if os.name == "nt" and len(folder) > 100:
        pytest.skip("such paths need a setting of Windows")
    environment = make(tmp_path / folder / "env", "--no-seed")
    before = tree(environment.root)
    install(environment, keep(tmp_path, DEMO))
    finished = python(environment, "-c", "import demo; demo.main()")
    assert (finished.code, finished.stdout.strip()) == (0, "demo"), finished.stderr
    finished = process.run([script(environment, "demo-run"), "a b", "c"])
    assert (finished.code, finished.stdout.strip()) == (3, "demo a b c"), finished.stderr
    if os.name != "nt":
        finished = process.run([str(environment.scripts / "demo-script")])
        assert finished.stdout.strip() == f"script {environment.root}", finished.stderr
    remove(environment, "demo")
    assert tree(environment.root) == before


def test_the_interpreter_finds_every_file_where_record_says(tmp_path: Path) -> None:
    environment = make(tmp_path / "env", "--no-seed")
    install(environment, keep(tmp_path, DEMO))
    code = """
import base64, hashlib, importlib.metadata
found = importlib.metadata.distribution("demo")
for file in found.files:
    data = file.locate().read_bytes()
    if file.hash:
        assert file.hash.value == base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode(), file
        assert file.size == len(data), file
print(found.version, len(found.files), [point.name for point in found.entry_points], found.read_text("INSTALLER"))
"""
    finished = python(environment, "-c", code)
    # The package, its data, two scripts; METADATA, WHEEL, entry_points.txt, INSTALLER, REQUESTED, marker, RECORD.
    assert finished.stdout.split() == ["1.0", "11", "['demo-run']", "venvoy"], finished.stderr


def test_pip_sees_what_we_installed_and_can_remove_it(tmp_path: Path) -> None:
    environment = make(tmp_path / "env", "--no-setuptools")
    before = tree(environment.root, without=without_bytecode)
    other = WheelSpec("other", requires=["demo>=1"])
    install(environment, keep(tmp_path, DEMO), keep(tmp_path, other))
    pip = ("-m", "pip", "--disable-pip-version-check", "--no-input")
    listed = json.loads(python(environment, *pip, "list", "--format", "json").stdout)
    assert {one["name"]: one["version"] for one in listed if one["name"] != "pip"} == {"demo": "1.0", "other": "1.0"}
    assert python(environment, *pip, "check").stdout.strip() == "No broken requirements found."
    for name in ("demo", "other"):
        finished = python(environment, *pip, "uninstall", "--yes", name)
        assert finished.code == 0, finished.stderr
        assert finished.stderr == ""
    assert tree(environment.root, without=without_bytecode) == before
    assert [one.name for one in installed.read(environment)] == ["pip"]


def test_what_pip_installed_can_be_upgraded_and_removed(tmp_path: Path) -> None:
    environment = make(tmp_path / "env", "--no-setuptools")
    before = tree(environment.root, without=without_bytecode)
    wheel = DEMO.write(tmp_path / "wheels")
    finished = python(environment, "-m", "pip", "install", "--no-index", "--no-deps", str(wheel))
    assert finished.code == 0, finished.stderr
    (found,) = (one for one in installed.read(environment) if one.name == "demo")
    assert (found.version, found.installer, found.requested, found.wheel_sha256) == ("1.0", "pip", True, "")
    install(environment, keep(tmp_path, WheelSpec("demo", "2.0")))
    assert [(one.name, one.version) for one in installed.read(environment) if one.name == "demo"] == [("demo", "2.0")]
    assert not (environment.purelib / "demo").exists()
    remove(environment, "demo")
    assert tree(environment.root, without=without_bytecode) == before


def test_pip_in_the_environment_does_not_reach_the_store(tmp_path: Path) -> None:
    environment = make(tmp_path / "env", "--no-setuptools")
    stored = keep(tmp_path, DEMO)
    before = tree(tmp_path / "store")
    install(environment, stored)
    newer = WheelSpec("demo", "2.0", files={"demo/__init__.py": "changed = True\n"}).write(tmp_path / "wheels")
    finished = python(environment, "-m", "pip", "install", "--no-index", "--force-reinstall", str(newer))
    assert finished.code == 0, finished.stderr
    assert tree(tmp_path / "store") == before
    (found,) = (one for one in installed.read(environment) if one.name == "demo")
    assert (found.version, found.installer, found.wheel_sha256) == ("2.0", "pip", "")
