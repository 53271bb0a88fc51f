"""An environment that is made before anything is loaded is the one that is made the long way, with the same words."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from support.command_line import MINOR, CommandLine, Ran, tree
from support.protected import protected
from venvoy.environment import stamping
from venvoy.operations import at_once
from venvoy.system import program

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere it is always made the long way")

BASE = program.python()
LONG = {"VENVOY_CONCURRENCY": "8"}
"""A setting that changes nothing here, but there is one."""


def run(venvoy: CommandLine, *arguments: str, **environ: str) -> tuple[Ran, bool]:
    """How ``venvoy venv`` ended, and whether it did without what other commands need."""
    words = [sys.executable, "-X", "importtime", "-m", "venvoy", "venv", *arguments]
    ran = venvoy.finish(venvoy.process(words, directory=None, **environ))
    lines = ran.stderr.splitlines(keepends=True)
    loaded = {line.split()[-1] for line in lines if line.startswith("import time:")}
    said = "".join(line for line in lines if not line.startswith("import time:"))
    return Ran(ran.code, ran.stdout, said), not loaded & {"venvoy.cli.main", "re", "json"}


CASES = [
    (),
    ("--no-seed",),
    ("--no-seed", "-q", "quiet"),
    ("--no-seed", "--prompt", "somebody's prompt", "named"),
    ("--no-seed", "--prompt=x", "sub/./deeper/"),
    ("--no-seed", "it's \"a place\" of Jürgen's"),
    ("--no-seed", "日本語"),
    ("--seed", "--no-seed", "--system-site-packages", "both"),
    ("--python", BASE, "--no-seed", "link/env"),
    ("--python", MINOR, "--no-seed", "version"),
    ("--python", f"python{MINOR}", "--no-seed", "command"),
]


def test_it_is_the_same_with_the_same_words(venvoy: CommandLine, cache: Path) -> None:
    (venvoy.project / "sub" / "deeper").mkdir(parents=True)
    (venvoy.project / "elsewhere").mkdir()
    (venvoy.project / "link").symlink_to("elsewhere")
    (venvoy.project / "sub" / "deeper").rmdir()
    empty = tree(venvoy.project)
    for case in CASES:
        made: list[tuple[Ran, dict[str, str], int, bool]] = []
        for environ in ({}, {}, LONG):
            ran, quickly = run(venvoy, *case, **environ)
            made.append((ran, tree(venvoy.project), len(list((cache / "environments-v1").iterdir())), quickly))
            for name in ("elsewhere", "sub", "."):
                for path in (venvoy.project / name).iterdir():
                    if path.name not in {"elsewhere", "sub", "link"}:
                        shutil.rmtree(path)
            assert tree(venvoy.project) == empty
        first, second, third = made
        assert first[0].code == 0
        assert [second[-1], third[-1]] == [True, False], case
        assert first[:-1] == second[:-1] == third[:-1], case


def test_it_works(venvoy: CommandLine) -> None:
    assert venvoy("venv", "--quiet", "first").code == 0
    ran, quickly = run(venvoy, "an environment")
    assert quickly
    ran.says("""
        exit 0
        err Made an environment in an environment with Python [PYTHON] ([BASE])
        err Its Python: 'an environment/[SCRIPTS]/python'
    """)
    pip = [str(venvoy.project / "an environment" / "bin" / "pip")]
    assert venvoy.finish(venvoy.process([*pip, "install", "--quiet", "demo"])).code == 0
    listed = venvoy("list", VIRTUAL_ENV=str(venvoy.project / "an environment"))
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["demo", "helper", "pip"]


@pytest.fixture(name="ready")
def _ready(venvoy: CommandLine) -> CommandLine:
    """Once it has been made the long way, so that the next is made at once, were nothing in the way."""
    assert venvoy("venv", "--no-seed").code == 0
    shutil.rmtree(venvoy.project / ".venv")
    return venvoy


def test_what_needs_a_thought_is_left_to_the_long_way(ready: CommandLine) -> None:
    for number, (words, environ) in enumerate(
        [
            (["--json"], {}),
            (["--no-seed", "--relocatable"], {}),
            (["--no-seed", "--python", MINOR], {}),
            (["--no-seed", "--python", f">={MINOR}"], {}),
            (["--no-seed"], {"VENVOY_PYTHON": BASE}),
            (["--no-seed"], {"VENVOY_QUIET": "1"}),
            (["--no-seed", "--prompt", "$HOME"], {}),
        ]
    ):
        ran, quickly = run(ready, *words, f"env{number}", **environ)
        assert ran.code == 0, words
        assert not quickly, words
    (ready.project / ".python-version").write_text("3.1", encoding="utf-8")
    ran, quickly = run(ready, "--no-seed", "pinned")
    assert not quickly
    assert "[python-not-found]" in ran.stderr or "[python-too-old]" in ran.stderr
    ran, quickly = run(ready, "--no-seed", "--python", BASE, "named")
    assert (ran.code, quickly) == (0, True)


def test_what_is_in_the_way_is_told(ready: CommandLine) -> None:
    assert run(ready, "--no-seed")[1]
    before = tree(ready.project)
    for words in (["--no-seed"], ["--no-seed", "../project/.venv"], ["--no-seed", "a:b"]):
        at_once, long = run(ready, *words), run(ready, *words, **LONG)
        assert at_once == long
        assert at_once[0].code == 30
    assert tree(ready.project) == before


def test_a_read_only_place_is_told(ready: CommandLine) -> None:
    (ready.project / "locked").mkdir()
    with protected(ready.project / "locked"):
        at_once, long = run(ready, "--no-seed", "locked/env"), run(ready, "--no-seed", "locked/env", **LONG)
    assert at_once == long
    assert "[permission-denied]" in at_once[0].stderr


def test_a_damaged_skeleton_is_made_anew(venvoy: CommandLine, cache: Path) -> None:
    assert venvoy("venv").code == 0
    (file,) = (cache / "virtualenv-v1" / stamping.BUCKET).glob("*/*/lib/*/site-packages/pip/__main__.py")
    file.chmod(0o644)
    file.write_text("raise SystemExit('edited')", encoding="utf-8")
    ran, quickly = run(venvoy, "next")
    assert (ran.code, quickly) == (0, False)
    assert "edited" not in next((venvoy.project / "next").rglob("pip/__main__.py")).read_text(encoding="utf-8")
    assert run(venvoy, "next but one")[1]
    (home,) = (cache / "virtualenv-v1" / stamping.BUCKET).iterdir()
    shutil.rmtree(home)
    assert not run(venvoy, "again")[1]
    assert run(venvoy, "and again")[1]


def test_an_interpreter_that_was_replaced_is_asked_anew(venvoy: CommandLine) -> None:
    python = venvoy.project / "python"
    python.symlink_to(BASE)
    words = ["--no-seed", "--python", "./python"]
    assert run(venvoy, *words, "a")[0].code == 0
    assert run(venvoy, *words, "b")[1]
    python.unlink()
    python.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    python.chmod(0o755)
    assert "[python-broken]" in run(venvoy, *words, "c")[0].stderr
    python.unlink()
    assert "[python-not-found]" in run(venvoy, *words, "d")[0].stderr
    assert not (venvoy.project / "c").exists()
    assert not (venvoy.project / "d").exists()


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_half_made_environment_goes_again(
    fault: BaseException, venvoy: CommandLine, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home,) = (cache / "virtualenv-v1" / stamping.BUCKET).iterdir()
    before = tree(venvoy.project)
    render, rendered = stamping.render, []

    def fail(*arguments: object) -> bytes:
        rendered.append(arguments)
        if len(rendered) == 5:
            raise fault
        return render(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(stamping, "render", fail)
    path = str(venvoy.project / "env")
    if isinstance(fault, OSError):
        assert not at_once.make(str(cache), path, "env", home.name)
    else:
        with pytest.raises(KeyboardInterrupt):
            at_once.make(str(cache), path, "env", home.name)
    assert len(rendered) == 5
    assert tree(venvoy.project) == before


@pytest.mark.parametrize("after", [1, 5, 12])
def test_what_a_kill_leaves_is_replaced_without_a_question(after: int, venvoy: CommandLine, cache: Path) -> None:
    (home,) = (cache / "virtualenv-v1" / stamping.BUCKET).iterdir()
    code = f"""
import os, sys
from venvoy.environment import stamping
from venvoy.operations import at_once
render, left = stamping.render, list(range({after}))
def fail(*arguments):
    left.pop() if left else os.kill(os.getpid(), 9)
    return render(*arguments)
stamping.render = fail
at_once.make({str(cache)!r}, {str(venvoy.project / ".venv")!r}, "env", {home.name!r})
"""
    assert venvoy.finish(venvoy.process([sys.executable, "-c", code])).code == -9
    assert (venvoy.project / ".venv" / ".venvoy").is_dir()
    assert venvoy("venv").code == 0
    assert venvoy("list", VIRTUAL_ENV=str(venvoy.project / ".venv")).stdout.startswith("pip ")


def test_what_another_process_made_meanwhile_stays(
    venvoy: CommandLine, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home,) = (cache / "virtualenv-v1" / stamping.BUCKET).iterdir()
    (venvoy.project / ".venv").mkdir()
    (venvoy.project / ".venv" / "mine.txt").write_text("mine", encoding="utf-8")
    monkeypatch.setattr(os.path, "lexists", lambda _: False)
    before = tree(venvoy.project)
    assert not at_once.make(str(cache), str(venvoy.project / ".venv"), "env", home.name)
    assert tree(venvoy.project) == before


def test_ctrl_c_before_anything_is_loaded_is_told_as_it_is_later(venvoy: CommandLine) -> None:
    code = """
import sys
import venvoy.cli.at_once
from venvoy.entry import main
def stop(*_):
    raise KeyboardInterrupt
venvoy.cli.at_once.venv = stop
sys.argv = ["venvoy", "venv"]
main()
"""
    venvoy.finish(venvoy.process([sys.executable, "-c", code])).says("""
        exit 130
        err
        err error: Stopped. [interrupted]
        err   Your project and its environment are as they were before.
    """)
