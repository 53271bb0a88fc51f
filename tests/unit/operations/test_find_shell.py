"""Which shell somebody types in, told from the processes that started venvoy."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from venvoy.environment.activation.shells import SHELLS
from venvoy.errors import Problem
from venvoy.operations.shells import activate
from venvoy.system.ancestors import Ancestor, ancestors


def found(monkeypatch: pytest.MonkeyPatch, *processes: tuple[str, ...], shell: str = "") -> tuple[str, tuple[str, ...]]:
    def fixed() -> Iterator[Ancestor]:
        for number, names in enumerate(processes):
            yield Ancestor(number, names, (f"/bin/{names[-1]}",))

    monkeypatch.setattr(activate, "ancestors", fixed)
    one = activate.find_shell({"SHELL": shell} if shell else {}, None)
    return one.shell.name, one.command


def test_the_nearest_shell_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, ("venvoy",), ("fish",), ("bash",)) == ("fish", ("/bin/fish",))
    assert found(monkeypatch, ("python3.12", "make"), ("-zsh",), shell="/bin/bash") == ("zsh", ("/bin/-zsh",))


def test_a_script_is_known_by_the_program_that_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, ("build.sh", "dash")) == ("sh", ("/bin/dash",))
    assert found(monkeypatch, ("python3", "xonsh")) == ("xonsh", ("/bin/xonsh",))


def test_without_a_shell_among_them_the_usual_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, ("systemd",), shell="/usr/bin/fish") == ("fish", ("/usr/bin/fish",))


def problem(monkeypatch: pytest.MonkeyPatch, *processes: tuple[str, ...], shell: str = "") -> str:
    with pytest.raises(Problem) as caught:
        found(monkeypatch, *processes, shell=shell)
    assert caught.value.code == "shell-unknown"
    return str(caught.value)


FIX = (
    "→ Say which shell's language it understands: --shell NAME, with one of bash, zsh, fish, powershell, cmd, sh, tcsh,"
    " nushell, xonsh.\n"
    "→ venvoy run COMMAND   runs a command in the environment; nothing needs to be activated"
)


def test_a_shell_that_venvoy_does_not_speak_to_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problem(monkeypatch, ("venvoy",), ("elvish",), ("bash",), shell="/bin/bash") == (
        "venvoy cannot tell how to activate an environment in your shell.\n"
        f"You type in elvish, which venvoy does not know.\n{FIX}"
    )


def test_no_shell_at_all_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problem(monkeypatch, ("systemd",), shell="/bin/login") == (
        "venvoy cannot tell how to activate an environment in your shell.\n"
        f"None of the programs that started venvoy is a shell that it knows.\n{FIX}"
    )


@pytest.mark.skipif(os.name != "posix", reason="needs a shell script")
def test_the_processes_above_are_seen_with_what_starts_them_again() -> None:
    code = "from venvoy.system.ancestors import ancestors; first = next(ancestors()); print(first.names, first.command)"
    # the second command keeps the shell from becoming the first one
    done = subprocess.run(["/bin/sh", "-c", f'"{sys.executable}" -c "{code}"; :'], check=True, capture_output=True)
    assert "'sh'" in done.stdout.decode()
    assert any(ancestor.number == os.getppid() for ancestor in ancestors())


@pytest.mark.parametrize(
    ("shell", "expected"),
    [
        ("bash", "C:/proj/.venv/Scripts/activate"),
        ("fish", "C:/proj/.venv/Scripts/activate"),
        ("cmd", r"C:\proj\.venv\Scripts\activate"),
    ],
)
def test_a_path_of_windows_is_written_as_the_shell_reads_it(shell: str, expected: str) -> None:
    assert activate.word(SHELLS[shell], r"C:\proj\.venv\Scripts\activate", windows=True) == expected


def test_a_path_with_a_space_is_quoted() -> None:
    assert activate.word(SHELLS["bash"], r"C:\my proj\.venv", windows=True) == "'C:/my proj/.venv'"
    assert activate.word(SHELLS["bash"], r"/a\b", windows=False) == r"'/a\b'"
