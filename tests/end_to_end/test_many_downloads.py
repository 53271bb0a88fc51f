"""Many wheels are fetched by several processes: with the same result, the same faults, and nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from support.command_line import CommandLine, tree
from support.index_server import IndexServer
from support.wheels import WheelSpec

NAMES = [f"many{number:02}" for number in range(12)]


@pytest.fixture
def locked(project: Path, venvoy: CommandLine, index: IndexServer, wheels: Path, cache: Path) -> Path:
    """A project with twelve dependencies, locked, none in the store, and large enough for more than one process."""
    for number, name in enumerate(NAMES):
        WheelSpec(name, files={f"{name}.py": f"number = {number}", f"{name}_data/x.bin": os.urandom(700_000)}).write(
            wheels
        )
    assert venvoy("add", *NAMES).code == 0
    shutil.rmtree(project / ".venv")
    shutil.rmtree(cache / "wheels-v2")
    index.arrived.clear()
    return project


def test_all_of_them_arrive(locked: Path, venvoy: CommandLine, index: IndexServer) -> None:
    ran = venvoy("sync", "--frozen")
    assert ran.code == 0
    assert [line.strip(" +") for line in ran.stderr.splitlines() if line.startswith(" +")] == [
        f"{name} 1.0" for name in NAMES
    ]
    total = venvoy("run", "python", "-c", "import many00, many11; print(many00.number + many11.number)")
    assert total.stdout == "11\n"
    fetched = [path for path in index.arrived if path.endswith(".whl")]
    assert sorted(fetched) == sorted(set(fetched))
    assert len(fetched) == len(NAMES)


def test_what_a_new_environment_takes_is_learnt_meanwhile(locked: Path, venvoy: CommandLine, cache: Path) -> None:
    shutil.rmtree(cache / "virtualenv-v1")
    assert venvoy("sync", "--frozen").code == 0
    assert list((cache / "virtualenv-v1").glob("skeletons-*/*/"))
    assert venvoy("run", "python", "-c", "import many00, sys; print(sys.prefix != sys.base_prefix)").stdout == "True\n"


def test_a_fault_in_one_of_them_is_told_and_changes_nothing(
    locked: Path, venvoy: CommandLine, index: IndexServer, cache: Path
) -> None:
    before = tree(locked)
    index.fail("/files/many07-1.0-py3-none-any.whl", 404)
    venvoy("sync", "--frozen").says("""
        exit 20
        err error: 127.0.0.1 does not have the file many07-1.0-py3-none-any.whl (status 404). [file-missing]
        err   at [INDEX]/files/many07-1.0-py3-none-any.whl
        err   The index has listed it, but it may have been deleted since.
        err   → Choose versions anew: venvoy update
        err   → If that chooses the same version, rule it out in pyproject.toml: [tool.venvoy] constraints = ["many07!=1.0"]
    """)
    assert tree(locked) == before
    assert list((cache / "tmp").iterdir()) == []
    assert venvoy("sync", "--frozen").code == 0
    assert [path.name for path in (cache / "wheels-v2").glob("tmp-*")] == [], "what an ended process left is swept"


def test_a_wheel_that_cannot_be_unpacked_is_told_and_changes_nothing(
    locked: Path, venvoy: CommandLine, wheels: Path, cache: Path
) -> None:
    WheelSpec("broken", files={"broken.py": "x = 1"}, replaced={"broken.py": b"x = 2"}).write(wheels)
    pyproject = locked / "pyproject.toml"
    pyproject.write_text(
        pyproject.read_text(encoding="utf-8").replace("dependencies = [", 'dependencies = ["broken", '),
        encoding="utf-8",
    )
    assert venvoy("lock").code == 0
    before = tree(locked)
    venvoy("sync", "--frozen").says("""
        exit 22
        err error: broken-1.0-py3-none-any.whl was not installed, because it is not a correct wheel. [wheel-invalid]
        err   Its entry 'broken.py' is not what its RECORD says it is.
        err   → Choose another version: venvoy add "broken!=1.0"
        err   → Tell the people who publish broken, so that they can put it right.
    """)
    assert tree(locked) == before
    assert list((cache / "tmp").iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_ctrl_c_ends_every_process(locked: Path, venvoy: CommandLine, index: IndexServer, cache: Path) -> None:
    before = tree(locked)
    path = "/files/many05-1.0-py3-none-any.whl"
    gate = index.behaviour.gates[path] = threading.Event()
    process = venvoy.start("sync", "--frozen")
    while path not in index.arrived:
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    children = _children(process)
    assert children or (os.cpu_count() or 1) == 1
    process.send_signal(signal.SIGINT)
    assert venvoy.finish(process).code == 130
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
    assert tree(locked) == before
    assert list((cache / "tmp").iterdir()) == []
    gate.set()
    del index.behaviour.gates[path]
    assert venvoy("sync", "--frozen").code == 0
    assert [path.name for path in (cache / "wheels-v2").glob("tmp-*") if path.is_dir()] == []


def _children(process: subprocess.Popen[str]) -> list[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(word) for word in listed.read_text(encoding="ascii").split()]
