"""Environments are made whole or not at all, and nothing that is somebody's own is ever deleted."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from support.protected import protected
from venvoy import values
from venvoy.environment import create, layout, skeleton
from venvoy.environment.layout import Environment
from venvoy.environment.maker import Wish
from venvoy.errors import Problem
from venvoy.model.interpreter import Interpreter

posix = pytest.mark.skipif(os.name == "nt", reason="permissions and links work otherwise there")


@pytest.fixture(scope="session")
def base() -> Interpreter:
    executable = getattr(sys, "_base_executable", sys.executable)
    version = ".".join(map(str, sys.version_info[:3]))
    return Interpreter(executable, executable, version, "CPython", 64, free_threaded=False, markers={}, tags=())


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def make(
    path: Path,
    base: Interpreter,
    cache: Path | None = None,
    *,
    seed: bool = False,
    force: bool = False,
    prompt: str | None = None,
) -> Environment:
    wish = Wish(base, prompt or "", seed)
    with create.creating(path, wish, force=force, cache=cache, environ=os.environ) as environment:
        return environment


def tree(path: Path) -> set[str]:
    return {str(file.relative_to(path)) for file in path.rglob("*")}


def names(path: Path) -> list[str]:
    return sorted(file.name for file in path.iterdir())


def run(environment: Environment, code: str) -> str:
    done = subprocess.run(
        [environment.python, "-I", "-X", "utf8", "-c", code], capture_output=True, check=True, encoding="utf-8"
    )
    return done.stdout.strip()


def test_an_environment_without_seed_runs_and_holds_no_distribution(
    tmp_path: Path, base: Interpreter, cache: Path
) -> None:
    path = tmp_path / "a prøject" / ".venv"
    made = make(path, base, cache)
    assert made == layout.read(path)
    assert made.version.startswith(base.version)
    assert made.prompt == ".venv"
    assert Path(run(made, "import sys; print(sys.prefix)")) == path
    assert not list(made.purelib.glob("*.dist-info"))
    assert (path / ".gitignore").read_text(encoding="utf-8").splitlines()[-1] == "*"
    assert (path / "CACHEDIR.TAG").read_text(encoding="utf-8").startswith("Signature: 8a477f597d28d172789f06886806bc55")
    assert (path / ".venvoy").is_dir()
    assert names(path.parent) == [".venv"]


def test_a_seeded_environment_has_a_pip_that_works(tmp_path: Path, base: Interpreter, cache: Path) -> None:
    made = make(tmp_path / "env", base, cache, seed=True, prompt="-my prompt")
    assert made.prompt == "-my prompt"
    assert [folder.name.partition("-")[0] for folder in made.purelib.glob("*.dist-info")] == ["pip"]
    assert run(made, "import pip; print(pip.__file__)").startswith(str(tmp_path))


def test_without_a_cache_nothing_is_left_behind(tmp_path: Path, base: Interpreter, home: Path) -> None:
    make(tmp_path / "env", base, seed=True)
    assert names(tmp_path) == ["env"]
    assert names(home) == []


def test_settings_for_virtualenv_are_not_ours(
    tmp_path: Path, base: Interpreter, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUALENV_NO_VCS_IGNORE", "1")
    monkeypatch.setenv("VIRTUALENV_SYSTEM_SITE_PACKAGES", "1")
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    made = make(tmp_path / "env", base, cache)
    assert (made.root / ".gitignore").exists()
    assert not made.system_site_packages


def test_an_empty_folder_is_filled(tmp_path: Path, base: Interpreter, cache: Path) -> None:
    (tmp_path / "env").mkdir()
    assert make(tmp_path / "env", base, cache).root == tmp_path / "env"


def test_an_environment_is_replaced_only_when_asked(tmp_path: Path, base: Interpreter, cache: Path) -> None:
    made = make(tmp_path / "env", base, cache)
    (made.purelib / "old.py").write_text("", encoding="utf-8")
    with pytest.raises(Problem) as caught:
        make(tmp_path / "env", base, cache)
    assert str(caught.value) == (
        f"There is an environment in {tmp_path / 'env'} already.\n"
        "→ Use it as it is, or choose another path.\n"
        "→ Replace it with a new one: add --force"
    )
    assert (made.purelib / "old.py").exists()
    assert not (make(tmp_path / "env", base, cache, force=True).purelib / "old.py").exists()
    assert names(tmp_path) == ["env"]


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_somebody_is_never_touched(force: bool, tmp_path: Path, base: Interpreter) -> None:
    for name in ("d.txt", "a.txt", "c.txt", "b.txt"):
        (tmp_path / "mine").mkdir(exist_ok=True)
        (tmp_path / "mine" / name).write_text("precious", encoding="utf-8")
    with pytest.raises(Problem) as caught:
        make(tmp_path / "mine", base, force=force)
    assert caught.value.code == "environment-exists"
    assert str(caught.value) == (
        f"No environment can be made in {tmp_path / 'mine'}: the folder is not empty, and it is no environment.\n"
        "It holds a.txt, b.txt, c.txt and 1 more. venvoy never deletes what it did not make.\n"
        "→ Choose another path, or move what is in that folder away."
    )
    assert tree(tmp_path) == {"mine", *(str(Path("mine") / f"{letter}.txt") for letter in "abcd")}


def test_a_file_in_the_way_is_told(tmp_path: Path, base: Interpreter) -> None:
    (tmp_path / "env").write_text("precious", encoding="utf-8")
    with pytest.raises(Problem) as caught:
        make(tmp_path / "env", base, force=True)
    assert str(caught.value) == (
        f"No environment can be made in {tmp_path / 'env'}: it is a file.\n"
        "→ Choose another path, or move that file away."
    )
    assert (tmp_path / "env").read_text(encoding="utf-8") == "precious"


@posix
def test_no_cache_that_can_be_written_is_needed(
    tmp_path: Path, base: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with protected(tmp_path / "cache"):
        made = make(tmp_path / "env", base, tmp_path / "cache" / "new")
    assert layout.read(tmp_path / "env").root == made.root
    assert not list((tmp_path / "cache").iterdir())
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ("OSError: [Errno 28] No space left on device", "disk-full"),
        ("PermissionError: [Errno 13] Permission denied: '/some/place'", "permission-denied"),
        ("ModuleNotFoundError: No module named 'zlib'", "python-broken"),
    ],
)
def test_what_the_system_refused_to_virtualenv_is_no_fault_of_the_python(
    last: str, code: str, tmp_path: Path, base: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    import virtualenv

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"failed to build image pip because:\nTraceback (most recent call last):\n  …\n{last}")

    monkeypatch.setattr(virtualenv, "session_via_cli", fail)
    with pytest.raises(Problem) as caught:
        make(tmp_path / "env", base)
    assert caught.value.code == code
    assert caught.value.where == ("/some/place" if "/some/place" in last else caught.value.where)
    assert list(tmp_path.iterdir()) == []


@posix
def test_a_path_that_cannot_be_spelled_is_told(tmp_path: Path, base: Interpreter) -> None:
    folder, encoding = tmp_path / os.fsdecode(b"p\xff"), sys.getfilesystemencoding()
    with pytest.raises(Problem) as caught:
        make(folder / "env", base)
    assert str(caught.value) == (
        f"No environment can be made in {folder / 'env'}.\n"
        f"The path contains something that is no letter in {encoding}, in which your settings "
        "(LC_ALL, LC_CTYPE or LANG) say that names are written.\n"
        f"{'' if encoding == 'utf-8' else '→ Try it with the environment variable PYTHONUTF8=1.' + chr(10)}"
        "→ Choose or rename the folder so that its path does without it."
    )
    assert list(tmp_path.iterdir()) == []


@posix
def test_a_path_that_cannot_be_on_path_is_told(tmp_path: Path, base: Interpreter) -> None:
    with pytest.raises(Problem) as caught:
        make(tmp_path / "a:b" / "env", base)
    assert str(caught.value) == (
        f"No environment can be made in {tmp_path / 'a:b' / 'env'}.\n"
        "The path contains ':', which separates the folders in PATH: the environment could not be activated.\n"
        "→ Choose or rename the folder so that its path does without it."
    )
    assert tree(tmp_path) == set()


def test_what_a_kill_left_half_made_is_made_anew(tmp_path: Path, base: Interpreter, cache: Path) -> None:
    (tmp_path / "env" / ".venvoy").mkdir(parents=True)
    (tmp_path / "env" / "bin").mkdir()
    assert make(tmp_path / "env", base, cache).root == tmp_path / "env"
    assert names(tmp_path) == ["env"]


def test_a_failure_leaves_everything_as_it_was(tmp_path: Path, base: Interpreter, cache: Path) -> None:
    broken = values.replace(base, base_executable=str(tmp_path / "gone" / "python"))
    with pytest.raises(Problem) as caught:
        make(tmp_path / "deep" / "er" / "env", broken, cache)
    assert caught.value.code == "python-broken"
    assert caught.value.what == (f"No environment could be made from {broken.base_executable} (Python {base.version}).")
    assert tree(tmp_path) == set()
    (tmp_path / "empty").mkdir()
    with pytest.raises(Problem):
        make(tmp_path / "empty", broken, cache)
    assert tree(tmp_path) == {"empty"}


def test_a_failed_replacement_puts_the_old_one_back(
    tmp_path: Path, base: Interpreter, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(tmp_path / "env", base, cache)
    (made.purelib / "old.py").write_text("", encoding="utf-8")
    before = tree(tmp_path)
    broken = values.replace(base, base_executable=str(tmp_path / "gone"))
    with pytest.raises(Problem):
        make(tmp_path / "env", broken, cache, force=True)
    assert tree(tmp_path) == before

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(skeleton, "stamp", interrupt)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "env", base, cache, force=True)
    assert tree(tmp_path) == before
    assert run(made, "import old") == ""


def test_when_the_work_in_a_new_environment_fails_the_old_one_comes_back(
    tmp_path: Path, base: Interpreter, cache: Path
) -> None:
    old = make(tmp_path / "env", base, cache)
    (old.purelib / "old.py").write_text("", encoding="utf-8")
    before = tree(tmp_path)

    def work(folder: Path, *, force: bool) -> None:
        with create.creating(folder, Wish(base), force=force, cache=cache) as environment:
            (environment.purelib / "new.py").write_text("", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(tmp_path / "env", force=True)
    assert tree(tmp_path) == before
    with pytest.raises(KeyboardInterrupt):
        work(tmp_path / "another", force=False)
    assert tree(tmp_path) == before


@posix
def test_a_link_stays_a_link(tmp_path: Path, base: Interpreter, cache: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".venv").symlink_to(tmp_path / "elsewhere")
    made = make(tmp_path / ".venv", base, cache)
    assert made.root == tmp_path / ".venv"
    make(tmp_path / ".venv", base, cache, force=True)
    assert (tmp_path / ".venv").is_symlink()
    assert (tmp_path / "elsewhere" / "pyvenv.cfg").exists()


@posix
def test_a_read_only_place_is_told(tmp_path: Path, base: Interpreter) -> None:
    (tmp_path / "locked").mkdir()
    with protected(tmp_path / "locked"), pytest.raises(Problem) as caught:
        make(tmp_path / "locked" / "env", base)
    assert caught.value.code == "permission-denied"
    assert caught.value.what == "Could not make the environment."


@pytest.mark.skipif(not hasattr(os, "ST_NOEXEC"), reason="only Linux tells")
def test_a_disk_that_lets_no_program_start_is_told(
    tmp_path: Path, base: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted = os.statvfs(tmp_path)
    flags = mounted.f_flag | os.ST_NOEXEC
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result((*mounted[:8], flags, mounted[9])))
    with pytest.raises(Problem) as caught:
        make(tmp_path / "parent" / "env", base)
    assert str(caught.value) == (
        f"No environment can be made in {tmp_path / 'parent' / 'env'}.\n"
        "The disk that this folder is on lets no program start (it is mounted with noexec).\n"
        "→ Choose a folder on another disk."
    )
    assert list(tmp_path.iterdir()) == []
