"""Every interpreter of a machine: asked once, of any age, and what only claims to be one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.environments import script
from venvoy.errors import Problem
from venvoy.python import facts, listing
from venvoy.python.facts import Facts

RUNNING = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
posix = pytest.mark.skipif(os.name == "nt", reason="a script is no executable there")


def ask(path: Path | str, cache: Path) -> Facts:
    return facts.ask(str(path), cache=cache, environ=dict(os.environ))


def every(cache: Path, **environ: str) -> dict[str, listing.Found]:
    found = listing.every(environ={"PATH": "", **environ}, cache=cache)
    return {one.path: one for one in found}


def environment(root: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root)], check=True)
    return Path(listing.python_in(str(root)))


def test_the_running_python_says_what_it_is(tmp_path: Path) -> None:
    said = ask(RUNNING, tmp_path)
    assert said.release == sys.version_info[:3]
    assert said.minor == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert said.implementation.lower() == sys.implementation.name
    assert said.bits == (64 if sys.maxsize > 2**32 else 32)
    assert Path(said.stdlib).samefile(Path(os.__file__).parent)
    assert not said.in_environment
    assert "" not in said.paths


def test_the_question_is_understood_by_every_python_there_is(tmp_path: Path) -> None:
    # this file's words would be the first to break in an old one
    program = facts._PROGRAM
    assert not any(sign in program for sign in (' f"', "print(", ":=", "nonlocal"))
    compile(program, "question", "exec")
    for found in listing.every(environ=dict(os.environ), cache=tmp_path):
        assert found.facts or found.fault


def test_a_module_in_the_current_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("json", "site", "sysconfig", "os"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('hijacked')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert ask(RUNNING, tmp_path / "cache").release == sys.version_info[:3]


def test_an_environment_is_known_as_one_and_has_no_site_of_the_user(tmp_path: Path) -> None:
    said = ask(environment(tmp_path / "env"), tmp_path)
    assert said.in_environment
    assert Path(said.prefix).samefile(tmp_path / "env")
    assert (said.user_site, said.externally_managed) == ("", "")
    base = ask(RUNNING, tmp_path)
    assert base.user_site


def test_what_is_known_is_not_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ask(RUNNING, tmp_path)
    monkeypatch.setattr(facts, "_question", lambda *_: pytest.fail("asked again"))
    assert ask(RUNNING, tmp_path) == first


@posix
def test_what_has_changed_is_asked_again(tmp_path: Path) -> None:
    wrapper = script(tmp_path / "bin" / "python3", f'exec "{RUNNING}" "$@"')
    assert ask(wrapper, tmp_path).release == sys.version_info[:3]
    script(wrapper, "exit 3")
    with pytest.raises(Problem) as caught:
        ask(wrapper, tmp_path)
    assert caught.value.code == "python-broken"


@posix
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("echo boom >&2; exit 3", "It was asked what it is, and failed (code 3):\nboom"),
        ("exit 4", "It was asked what it is, and failed (code 4)."),
        ("echo hello", "It was asked what it is, and did not answer as a Python does:\nhello"),
        ("echo 'venvoy-facts<{}>'", "It was asked what it is, and did not answer as a Python does:\nvenvoy-facts<{}>"),
        ("kill -9 $$", "It was asked what it is, and failed (code -9)."),
        ("sleep 60", "It was asked what it is, and gave no answer within 0.5 seconds."),
    ],
)
def test_what_only_claims_to_be_a_python_is_said_to_be_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, why: str
) -> None:
    monkeypatch.setattr(facts, "PATIENCE", 0.5)
    path = script(tmp_path / "python3", f"exec sleep 60\n{text}" if text == "sleep 60" else text)
    for _ in range(2):  # the second time from memory: nobody waits twice for one that hangs
        with pytest.raises(Problem) as caught:
            ask(path, tmp_path / "cache")
        assert str(caught.value) == (
            f"{path} is not a Python that works.\n{why}\n"
            f'→ See what it says: {path} -c "print(1)"\n'
            "→ venvoy python list   shows the Pythons that work"
        )
        monkeypatch.setattr(facts, "_question", lambda *_: pytest.fail("asked again"))


@posix
def test_the_placeholders_of_the_microsoft_store_are_one(tmp_path: Path) -> None:
    folder = tmp_path / "Microsoft" / "WindowsApps"
    for name in ("python", "python3"):
        script(folder / name, f"echo {name} was not found >&2; exit 9")
    found = [one for path, one in every(tmp_path, PATH=str(folder)).items() if path.startswith(str(folder))]
    assert [one.fault for one in found] == [
        "It is the placeholder that offers the Microsoft Store: no Python is installed behind it."
    ]


def test_nothing_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        ask(tmp_path / "python3", tmp_path)
    assert str(caught.value) == (
        f"There is no Python at {tmp_path / 'python3'}.\n→ venvoy python list   shows the Pythons of this computer"
    )


@posix
def test_the_list_bears_with_whatever_stands_on_path(tmp_path: Path) -> None:
    good = script(tmp_path / "good" / "python3", f'exec "{RUNNING}" "$@"')
    bad = script(tmp_path / "bad" / "python3.99", "exit 3")
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    (tmp_path / "loops").mkdir()
    (tmp_path / "loops" / "python3").symlink_to(tmp_path / "loops" / "python3")
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    entries = [tmp_path / "missing", tmp_path / "file", loop, tmp_path / "loops", closed, bad.parent, good.parent]
    path = os.pathsep.join(map(str, entries))
    found = every(tmp_path / "cache", PATH=path)
    closed.chmod(0o755)
    assert found[str(bad)].fault == "It was asked what it is, and failed (code 3)."
    assert str(tmp_path / "loops" / "python3") not in found
    here = found[str(good)]
    assert here.facts is not None
    assert (here.source, here.facts.release, here.names) == ("PATH", sys.version_info[:3], ("python3",))


@posix
def test_an_installation_with_many_names_is_listed_once_by_the_name_with_its_version(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    versioned = script(folder / f"python{sys.version_info[0]}.{sys.version_info[1]}", f'exec "{RUNNING}" "$@"')
    for name in ("python", "python3"):
        (folder / name).symlink_to(versioned.name)
    script(folder / "python-config", "exit 0")
    found = every(tmp_path / "cache", PATH=str(folder))
    mine = [one for path, one in found.items() if path.startswith(str(tmp_path))]
    assert [(one.path, one.names) for one in mine] == [(str(versioned), ("python", "python3"))]


def test_an_active_environment_is_no_interpreter_of_its_own(tmp_path: Path) -> None:
    python = environment(tmp_path / "env")
    found = every(tmp_path / "cache", PATH=str(python.parent))
    assert [path for path in found if path.startswith(str(tmp_path))] == []
    assert sum(os.path.realpath(path) == RUNNING for path in found) == 1


@posix
def test_behind_a_folder_of_shims_are_the_versions_that_are_installed(tmp_path: Path) -> None:
    root = tmp_path / "pyenv"
    script(root / "shims" / "python3", "echo \"pyenv: version '3.99' is not installed\" >&2; exit 127")
    inside = script(root / "versions" / "3.77.0" / "bin" / "python3.77", f'exec "{RUNNING}" "$@"')
    (root / "version").write_text("3.99\n", encoding="utf-8")
    found = every(tmp_path / "cache", PATH=str(root / "shims"), PYENV_ROOT=str(root))
    mine = {path: one.source for path, one in found.items() if path.startswith(str(tmp_path))}
    assert mine == {str(inside): "pyenv"}


@posix
def test_a_python_is_chosen_by_version_range_name_or_path(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    wrapper = script(folder / "python3", f'exec "{RUNNING}" "$@"')
    script(folder / "mine", f'exec "{RUNNING}" "$@"')
    environ = {"PATH": str(folder)}
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    full = ".".join(map(str, sys.version_info[:3]))
    for spec in (minor, full, f"python{minor}", f"cpython{minor}", f"=={full}", f"=={minor}.*"):
        assert listing.choose(spec, environ=environ, cache=tmp_path / "c").version == full, spec
    assert listing.choose("mine", environ=environ, cache=tmp_path / "c").executable == str(folder / "mine")
    assert listing.choose(str(wrapper), environ=environ, cache=tmp_path / "c").executable == str(wrapper)
    python = environment(tmp_path / "env")
    assert listing.choose(str(tmp_path / "env"), environ=environ, cache=tmp_path / "c").executable == str(python)
    with pytest.raises(Problem) as caught:
        listing.choose("3.99", environ=environ, cache=tmp_path / "c")
    assert caught.value.code == "python-not-found"
    assert f"{wrapper}: it is not 3.99" in caught.value.why
