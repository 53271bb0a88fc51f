"""The interpreters of this machine, and executables that only claim to be one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import packaging
import pytest
from packaging.specifiers import SpecifierSet

from support.environments import script
from venvoy import values
from venvoy.errors import Problem
from venvoy.model.interpreter import Interpreter
from venvoy.python import discover, listing, ordinary, probe

RUNNING = getattr(sys, "_base_executable", sys.executable)
posix = pytest.mark.skipif(os.name == "nt", reason="a script is no executable there")


@pytest.fixture(scope="session")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One memory for the whole run: asking every interpreter of a machine takes seconds."""
    return tmp_path_factory.mktemp("interpreters")


@pytest.fixture
def running(remembered: Path) -> Interpreter:
    return discover.find(None, requires=None, environ=os.environ, cache=remembered)


def every(environ: Mapping[str, str], cache: Path) -> Iterator[Interpreter]:
    """Every interpreter of this machine that projects can have."""
    for one in listing.every(environ=environ, cache=cache):
        if one.facts and one.facts.release >= probe.MINIMUM:
            yield discover.find(one.path, requires=None, environ=environ, cache=cache)


def folder_of(interpreter: Interpreter) -> str:
    return str(Path(interpreter.executable).parent)


def test_every_interpreter_has_the_tags_and_markers_that_packaging_finds_inside_it(
    remembered: Path, machine: Mapping[str, str]
) -> None:
    everything = list(every(machine, remembered))
    assert everything, "not even the running one was found"
    program = (
        f"import sys; sys.path.insert(0, {str(Path(packaging.__file__).parents[1])!r})\n"
        "import json; from packaging import markers, tags\n"
        "print(json.dumps([[str(tag) for tag in tags.sys_tags()], markers.default_environment()]))"
    )
    for interpreter in everything:
        asked = subprocess.run([interpreter.executable, "-I", "-c", program], capture_output=True, check=True)
        tags, markers = json.loads(asked.stdout)
        assert list(interpreter.tags) == tags, interpreter.executable
        markers.pop("extra", None)
        assert interpreter.markers == markers, interpreter.executable
    assert len({os.path.realpath(one.executable) for one in everything}) == len(everything)


def test_the_running_python_is_what_nothing_asked_for_gives(running: Interpreter) -> None:
    assert Path(running.executable).samefile(RUNNING)
    assert running.executable == running.base_executable
    assert running.version == running.markers["python_full_version"]


def test_a_known_interpreter_is_described_without_asking_it_again(
    remembered: Path, running: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "python_discovery", None)
    monkeypatch.setattr(ordinary, "ask", lambda *_: None)
    again = probe.describe(running.executable, cache=remembered)
    assert again == running
    assert (again.markers, again.tags) == (running.markers, running.tags)
    with pytest.raises(ImportError):
        probe.describe(running.executable, cache=remembered / "elsewhere")


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"tags": []}', "\0"])
def test_a_damaged_record_is_asked_for_again(damage: str, tmp_path: Path, running: Interpreter) -> None:
    probe.describe(running.executable, cache=tmp_path)
    (record,) = tmp_path.glob("python-*")
    record.write_text(damage, encoding="utf-8")
    assert probe.describe(running.executable, cache=tmp_path) == running
    kind, same, facts, *rest = record.read_text(encoding="utf-8").split("\n")
    assert json.loads(facts)
    record.write_text("\n".join((kind, same, damage, *rest)), encoding="utf-8")
    assert probe.describe(running.executable, cache=tmp_path) == running


def test_a_record_of_another_file_or_machine_is_not_believed(tmp_path: Path, running: Interpreter) -> None:
    probe.describe(running.executable, cache=tmp_path)
    (record,) = tmp_path.glob("python-*")
    kind, same, facts, *rest = record.read_text(encoding="utf-8").split("\n")
    other = facts.replace(running.version, "9.9")
    record.write_text("\n".join((kind, f"{same[:-1]}-", other, *rest)), encoding="utf-8")
    assert probe.describe(running.executable, cache=tmp_path) == running
    record.write_text("\n".join((kind, same, other, rest[0], f"1{rest[1]}", *rest[2:])), encoding="utf-8")
    assert probe.describe(running.executable, cache=tmp_path) == running


def test_a_memory_that_cannot_be_written_is_no_fault(tmp_path: Path, running: Interpreter) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    assert probe.describe(running.executable, cache=tmp_path / "file" / "cache") == running


def test_an_environment_is_never_the_base_of_another(remembered: Path, tmp_path: Path, running: Interpreter) -> None:
    subprocess.run([running.executable, "-I", "-m", "venv", "--without-pip", tmp_path / "a b"], check=True)
    inside = tmp_path / "a b" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    described = probe.describe(inside, cache=remembered)
    assert described.executable == str(inside)
    assert Path(described.base_executable).samefile(running.executable)
    for spec in (str(inside), str(tmp_path / "a b")):
        found = discover.find(spec, requires=None, environ=os.environ, cache=remembered)
        assert found == running, spec


def test_an_exact_version_and_a_range_find_the_running_python(remembered: Path, running: Interpreter) -> None:
    environ = {**os.environ, "PATH": folder_of(running)}
    for spec in (".".join(running.version.split(".")[:2]), f"=={running.version}"):
        assert discover.find(spec, requires=None, environ=environ, cache=remembered).version == running.version
    with pytest.raises(Problem) as caught:
        discover.find(None, requires=SpecifierSet(">=4"), environ=environ, cache=remembered)
    assert caught.value.code == "python-not-found"
    assert f"{running.executable}: this project needs >=4" in caught.value.why


@posix
def test_what_was_found_for_a_version_is_remembered_until_something_changes(
    tmp_path: Path, running: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks: list[object] = []
    walk = discover._walk

    def counted(*words: Any) -> Any:
        walks.append(words)
        return walk(*words)

    monkeypatch.setattr(discover, "_walk", counted)
    (tmp_path / "bin").mkdir()
    home = tmp_path / "home"
    environ = {"PATH": os.pathsep.join([str(tmp_path / "bin"), folder_of(running)]), "HOME": str(home)}
    minor = ".".join(running.version.split(".")[:2])

    def looks(spec: str | None = minor, requires: str = "", **others: str) -> int:
        before = len(walks)
        bound = SpecifierSet(requires) if requires else None
        found = discover.find(spec, requires=bound, environ=environ | others, cache=tmp_path / "cache")
        assert found.version == running.version
        return len(walks) - before

    for spec, requires in ((minor, ""), (f"=={running.version}", ""), (minor, f"<={running.version}")):
        assert [looks(spec, requires) for _ in range(3)] == [1, 0, 0]
    script(tmp_path / "bin" / f"python{minor}", "echo broken")
    assert [looks(), looks()] == [1, 0]
    (tmp_path / "bin" / f"python{minor}").write_text("echo still broken", encoding="utf-8")
    assert [looks(), looks()] == [1, 0], "it is the same folder, but not the same file"
    (home / ".pyenv" / "versions" / "9.9.9").mkdir(parents=True)
    assert [looks(), looks()] == [1, 0]
    assert [looks(PYENV_VERSION="9.9.9"), looks(PYENV_VERSION="9.9.9"), looks()] == [1, 0, 1]
    for memory in (tmp_path / "cache").glob("found-*"):
        memory.write_bytes(memory.read_bytes()[:-5])
    assert [looks(), looks()] == [1, 0]


@posix
def test_what_a_shim_stands_for_is_asked_each_time(tmp_path: Path, running: Interpreter) -> None:
    script(tmp_path / "shims" / "python3.99", "exit 1")
    environ = {"PATH": os.pathsep.join([str(tmp_path / "shims"), folder_of(running)]), "HOME": str(tmp_path)}
    minor = ".".join(running.version.split(".")[:2])
    for _ in range(2):
        found = discover.find(minor, requires=None, environ=environ, cache=tmp_path / "cache")
        assert found.version == running.version
    assert not list((tmp_path / "cache").glob("found-*"))


def test_what_is_first_wins_over_the_running_python(
    remembered: Path, running: Interpreter, machine: Mapping[str, str]
) -> None:
    others = [one for one in every(machine, remembered) if one.version != running.version]
    if not others:
        pytest.skip("this machine has one Python only")
    first = (others[0].executable,)
    assert discover.find(None, requires=None, environ=machine, cache=remembered, first=first) == others[0]
    fitting = SpecifierSet(f"=={running.version}")
    assert discover.find(None, requires=fitting, environ=machine, cache=remembered, first=first) == running


@posix
def test_a_path_into_a_folder_that_is_closed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.setattr(os, "access", lambda path, _: path != str(tmp_path / "home"))
    path = tmp_path / "home" / "bin" / "python"
    with pytest.raises(Problem) as caught:
        probe.query(str(path), cache=tmp_path, environ=None, resolve=False)
    assert str(caught.value) == (
        f"The Python at {path} is out of your reach.\n"
        f"You may not enter {tmp_path / 'home'}.\n"
        "→ Check the path, or leave it out and name a version: --python 3.12"
    )


def test_a_path_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        discover.find(str(tmp_path / "python"), requires=None, environ=os.environ, cache=tmp_path)
    assert str(caught.value) == (
        f"There is no Python at {tmp_path / 'python'}.\n"
        "→ Check the path, or leave it out and name a version: --python 3.12"
    )


@posix
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sleep 30", "gave no answer"),
        ("echo hello", "is not what a Python answers"),
        ("echo 'no encodings' >&2; exit 1", "failed (code 1):\nno encodings"),
        ("kill -11 $$", "failed (code -11)."),
    ],
)
def test_what_only_claims_to_be_a_python_is_told(
    text: str, why: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fake = script(tmp_path / "bin" / "python3", text)
    environ = {**os.environ, "PY_DISCOVERY_TIMEOUT": "0.3"}
    with pytest.raises(Problem) as caught:
        discover.find(str(fake), requires=None, environ=environ, cache=tmp_path / "cache")
    assert caught.value.code == "python-broken"
    assert why in caught.value.why
    assert capfd.readouterr() == ("", "")


@posix
def test_what_does_not_work_on_path_is_passed_over(tmp_path: Path, running: Interpreter) -> None:
    minor = ".".join(running.version.split(".")[:2])
    script(tmp_path / "bin" / f"python{minor}", "echo broken")
    environ = {**os.environ, "PATH": os.pathsep.join([str(tmp_path / "bin"), folder_of(running)])}
    found = discover.find(f"=={minor}.*", requires=None, environ=environ, cache=tmp_path / "cache")
    assert values.replace(found, executable="") == values.replace(running, executable="")


@posix
def test_a_shim_for_a_version_that_is_not_installed_is_never_started(tmp_path: Path, running: Interpreter) -> None:
    root = tmp_path / "manager"
    (root / "versions" / "3.9.9" / "bin").mkdir(parents=True)
    for name in ("python", "python3", "python3.14"):
        script(root / "shims" / name, f"touch {tmp_path / 'started'}; exit 127")
    environ = {**os.environ, "PATH": os.pathsep.join([str(root / "shims"), folder_of(running)])}
    with pytest.raises(Problem):
        discover.find("9.9", requires=None, environ=environ, cache=tmp_path / "cache")
    assert not (tmp_path / "started").exists()
