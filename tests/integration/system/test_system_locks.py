"""The lock against real second processes: it waits, says for whom, and does not outlive its holder."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command_line import WINDOWS
from support.notes import Notes
from support.protected import protected
from venvoy.errors import Problem
from venvoy.events import Silent
from venvoy.system import native
from venvoy.system.lock import Lock

HOLDER = """
import sys
from pathlib import Path
from venvoy.events import Silent
from venvoy.system.lock import Lock
sys.argv = ["/some/bin/venvoy", "--quiet", "add", "secret"]
with Lock(Path(PATH), "this environment", Silent()):
    print("held", flush=True)
    sys.stdin.readline()
"""


class Listener(Notes):
    def __init__(self) -> None:
        super().__init__()
        self.heard = threading.Event()

    def warn(self, message: str) -> None:
        super().warn(message)
        self.heard.set()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "venv with spaces é" / "venvoy.lock"


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    code = HOLDER.replace("PATH", repr(str(path)))
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout
        assert child.stdout.readline() == "held\n"
        yield child
        child.kill()


def test_a_second_process_waits_says_for_whom_and_goes_on_when_the_first_is_done(
    path: Path, holder: subprocess.Popen[str]
) -> None:
    listener = Listener()

    def finish() -> None:
        assert listener.heard.wait(60)
        assert holder.stdin
        holder.stdin.write("\n")
        holder.stdin.flush()

    threading.Thread(target=finish).start()
    with Lock(path, "this environment", listener, timeout=60):
        pass
    assert listener.warnings == [f"Waiting for venvoy add (process {holder.pid}), which is changing this environment."]


def test_after_the_time_out_the_problem_names_the_holder(path: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(Problem) as caught, Lock(path, "this environment", Silent(), timeout=0.2):
        raise AssertionError
    end = f"taskkill /F /PID {holder.pid}" if native.WINDOWS else f"kill {holder.pid}"
    assert caught.value.code == "busy"
    assert str(caught.value) == (
        f"{path}: Gave up waiting for venvoy add (process {holder.pid}), which is still changing this environment.\n"
        "We waited 0.2 seconds for it.\n"
        "→ Wait until it has finished, then run the command again.\n"
        f"→ If it hangs, end it: {end}"
    )


def test_a_holder_that_was_killed_does_not_block(path: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    listener = Listener()
    with Lock(path, "this environment", listener, timeout=60):
        assert str(path.read_text(encoding="utf-8")) != ""
    assert listener.warnings == []


def test_a_holder_who_did_not_sign_is_another_command(path: Path, holder: subprocess.Popen[str]) -> None:
    path.write_bytes(b"")
    listener = Listener()
    with pytest.raises(Problem) as caught, Lock(path, "this environment", listener, timeout=0.8):
        raise AssertionError
    assert str(caught.value) == (
        f"{path}: Gave up waiting for another command, which is still changing this environment.\n"
        "We waited 0.8 seconds for it.\n"
        "→ Wait until it has finished, then run the command again."
    )
    assert listener.warnings == ["Waiting for another command, which is changing this environment."]


def test_only_one_thread_at_a_time_holds_it(path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with Lock(path, "this environment", Silent(), timeout=60):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 6


def test_a_lock_is_let_go_after_a_fault_and_can_be_taken_again(path: Path) -> None:
    lock = Lock(path, "this environment", Silent(), timeout=5)
    with pytest.raises(ZeroDivisionError), lock:
        raise ZeroDivisionError
    with lock:
        pass
    assert path.read_bytes() == b""


def test_a_file_in_the_way_of_the_folder_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Problem) as caught, Lock(tmp_path / "file" / "lock", "this environment", Silent()):
        raise AssertionError
    assert caught.value.what == "Could not write to the cache."


def test_who_only_looks_does_without_a_lock_where_there_can_be_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with Lock(tmp_path / "file" / "lock", "this environment", Silent(), instead=tmp_path / "none") as lock:
        assert lock.refused is not None
        assert lock.refused.what == "Could not write to the cache."


@pytest.mark.skipif(WINDOWS, reason="there no folder can be locked")
def test_where_there_can_be_no_file_a_folder_is_locked(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    path = tmp_path / "file" / "lock"
    with Lock(path, "this project", Silent(), instead=tmp_path) as lock:
        assert lock.refused is None
        with pytest.raises(Problem) as caught, Lock(path, "this project", Silent(), 0, instead=tmp_path):
            raise AssertionError
    assert caught.value.what == "Gave up waiting for another command, which is still changing this project."
    with Lock(path, "this project", Silent(), 0, instead=tmp_path) as lock:
        assert lock.refused is None


@pytest.mark.skipif(WINDOWS, reason="files are protected as POSIX has it")
def test_a_lock_file_that_cannot_be_written_is_locked_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_bytes(b"")
    with protected(path):
        with Lock(path, "this environment", Silent()) as lock:
            assert lock.refused is None
            with pytest.raises(Problem, match="still changing") as caught, Lock(path, "this environment", Silent(), 0):
                raise AssertionError
        assert caught.value.code == "busy"
