"""Real programs: run and caught, or put in our place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from venvoy.errors import Problem
from venvoy.system import process


def test_output_and_code_come_back_and_undecodable_bytes_do_no_harm(tmp_path: Path) -> None:
    code = (
        "import os, sys; sys.stdout.buffer.write(os.getcwd().encode() + b' \\xff'); sys.stderr.write('no'); sys.exit(3)"
    )
    done = process.run([sys.executable, "-c", code], directory=tmp_path)
    assert (done.code, done.stdout, done.stderr) == (3, f"{tmp_path} \N{REPLACEMENT CHARACTER}", "no")


def test_the_environment_handed_over_is_the_whole_one() -> None:
    environment = {"VENVOY_TEST": "é", **{name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}}
    code = "import os, sys; print(ascii(os.environ['VENVOY_TEST']), 'PATH' in os.environ)"
    assert process.run([sys.executable, "-X", "utf8", "-c", code], environment=environment).stdout.split() == [
        "'\\xe9'",
        "False",
    ]


def test_it_gets_no_input() -> None:
    assert process.run([sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"]).stdout.strip() == "''"


def test_arguments_never_see_a_shell() -> None:
    words = ["$HOME", "a b", "; echo x", "%PATH%", '"', "*"]
    done = process.run([sys.executable, "-c", "import sys; print(ascii(sys.argv[1:]))", *words])
    assert done.stdout.strip() == ascii(words)


def test_a_missing_program_is_a_problem() -> None:
    with pytest.raises(Problem) as caught:
        process.run(["no-such-program-anywhere"])
    assert caught.value.code == "command-not-found"
    assert str(caught.value) == (
        "There is no command 'no-such-program-anywhere' here.\n"
        "It is neither in the environment nor elsewhere on the PATH.\n"
        "→ Check how it is spelled.\n"
        "→ If a package brings it, add that package: venvoy add NAME"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the words are the system's")
def test_a_file_that_is_no_program_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello", encoding="utf-8")
    with pytest.raises(Problem) as caught:
        process.run([str(tmp_path / "text")])
    assert str(caught.value) == (
        f"The command '{tmp_path}/text' cannot be started.\nThe system says: Permission denied."
    )


def test_a_program_that_takes_too_long_is_ended() -> None:
    with pytest.raises(Problem) as caught:
        process.run([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.2)
    assert str(caught.value) == (
        f"{sys.executable} did not finish within 0.2 seconds, so it was ended.\n"
        "→ Run the command again; the computer may have been busy."
    )


REPLACE = """
import os, sys
from venvoy.system import process
print("before")
try:
    code = process.replace(WORDS, dict(os.environ, PATH=PATH_TEXT))
except process.Problem as problem:
    print(problem.code)
    sys.exit(9)
sys.exit(code)
"""


def replaced(words: list[str], path: str) -> subprocess.CompletedProcess[str]:
    code = REPLACE.replace("WORDS", repr(words)).replace("PATH_TEXT", repr(path))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_the_program_in_our_place_has_our_output_and_we_its_code() -> None:
    done = replaced([sys.executable, "-c", "import sys; print('after'); sys.exit(7)"], os.environ["PATH"])
    assert (done.stdout.split(), done.returncode) == (["before", "after"], 7)


def test_a_program_that_is_not_there_cannot_take_our_place() -> None:
    done = replaced(["no-such-program-anywhere"], os.environ["PATH"])
    assert (done.stdout.split(), done.returncode) == (["before", "command-not-found"], 9)


@pytest.mark.skipif(sys.platform == "win32", reason="a script needs no suffix there")
def test_the_program_is_looked_for_on_the_path_handed_over(tmp_path: Path) -> None:
    (tmp_path / "greet").write_text("#!/bin/sh\necho hello\n", encoding="utf-8")
    (tmp_path / "greet").chmod(0o755)
    assert replaced(["greet"], str(tmp_path)).stdout.split() == ["before", "hello"]
    assert replaced(["greet"], "/nowhere").stdout.split() == ["before", "command-not-found"]


def test_where_nothing_can_be_replaced_the_program_is_accompanied(tmp_path: Path) -> None:
    environment = {**os.environ, "Path": str(Path(sys.executable).parent)}
    environment.pop("PATH")
    code = process._accompany([Path(sys.executable).name, "-c", "import sys; sys.exit(5)"], environment)
    assert code == 5
    with pytest.raises(Problem) as caught:
        process._accompany(["no-such-program-anywhere"], environment)
    assert caught.value.code == "command-not-found"


def test_importing_it_imports_nothing_that_takes_long() -> None:
    heavy = ("click", "dataclasses", "pathlib", "psutil", "shutil", "subprocess")
    code = f"import sys; sys.path[:0] = {sys.path!r}; import venvoy.system.process"
    code += f"; print([name for name in {heavy} if name in sys.modules])"
    assert process.run([sys.executable, "-I", "-S", "-c", code]).stdout.strip() == "[]"


def test_what_takes_too_long_ends_with_all_that_it_has_started() -> None:
    # The grandchild holds the pipe: whoever ends the child alone would wait for it.
    grandchild = "import time; time.sleep(600)"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
    with pytest.raises(Problem) as caught:
        process.run_whole([sys.executable, "-c", child], environment=dict(os.environ), timeout=1)
    assert str(caught.value) == (
        f"{sys.executable} did not finish within 1 seconds, so it was ended.\n"
        "→ Run the command again; the computer may have been busy."
    )


def test_a_tree_of_processes_ends_as_a_whole() -> None:
    grandchild = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        deepest = psutil.Process(int(child.stdout.readline()))
        process.end_tree(child.pid)
        assert child.wait(timeout=60)
        deepest.wait(timeout=60)
    process.end_tree(child.pid)  # one that is gone is no fault


def test_what_ends_in_time_says_how_and_what_it_wrote(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd()); sys.stderr.write(os.environ['WORD']); sys.exit(3)"
    done = process.run_whole(
        [sys.executable, "-c", code], environment={**os.environ, "WORD": "hé"}, directory=tmp_path, timeout=60
    )
    assert (done.code, os.path.realpath(done.stdout.strip())) == (3, os.path.realpath(tmp_path))
    assert done.stderr.startswith("h")
    with pytest.raises(Problem) as caught:
        process.run_whole(["there is no such program"], environment=dict(os.environ), timeout=60)
    assert caught.value.code == "command-not-found"
