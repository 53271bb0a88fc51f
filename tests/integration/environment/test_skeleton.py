"""An environment stamped out from a skeleton is the one that virtualenv makes, to the byte."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from venvoy.environment import launchers, maker, skeleton, stamping
from venvoy.environment.maker import Wish
from venvoy.errors import Problem
from venvoy.model.interpreter import Interpreter
from venvoy.python import discover

PLACES = [
    "plain",
    "with a space",
    "it's Jürgen's",
    "日本/語",
    "a=b,c@d+e(g)~h",
    '"quoted" name' if os.name != "nt" else "quoted name",
    "long/" + "/".join(["folder-of-some-length"] * 7),
]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def interpreters(tmp_path_factory: pytest.TempPathFactory) -> list[Interpreter]:
    cache = tmp_path_factory.mktemp("interpreters")
    running = discover.find(None, requires=None, environ=os.environ, cache=cache)
    other = SpecifierSet(f"!={running.version.rpartition('.')[0]}.*")
    with contextlib.suppress(Problem):
        return [running, discover.find(">=3.9", requires=other, environ=os.environ, cache=cache)]
    return [running]


def stamp(cache: Path, wish: Wish, target: Path) -> None:
    target.mkdir(parents=True)
    if not skeleton.stamp(cache, wish, target):
        skeleton.learn(cache, wish, target, os.environ)
        assert skeleton.stamp(cache, wish, target)


def contents(root: Path) -> dict[str, object]:
    """Everything in an environment: targets of links, contents and whether they can be executed; folders as None."""
    found: dict[str, object] = {}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif path.is_dir():
            found[name] = None
        else:
            data = path.read_bytes()
            # the launchers that virtualenv makes hold the time
            data = launchers.without_time(data) if name.startswith("Scripts/pip") else data
            found[name] = (data, bool(path.stat().st_mode & stat.S_IXUSR))
    return found


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("seed", [False, True])
def test_a_skeleton_is_what_virtualenv_makes(
    at: int, seed: bool, tmp_path: Path, cache: Path, interpreters: list[Interpreter]
) -> None:
    if at >= len(interpreters):
        pytest.skip("there is one Python here only")
    for number, name in enumerate(PLACES[:: 2 if seed else 1]):
        target = tmp_path / name / "env"
        wish = Wish(interpreters[at], f"{name} {number}", seed, system_site_packages=bool(number % 2))
        stamp(cache, wish, target)
        stamped = contents(target)
        target.rename(tmp_path / name / "stamped")
        target.mkdir()
        maker.make(wish, target, cache, os.environ)
        assert stamped == contents(target), name
        assert "pyvenv.cfg" in stamped


def test_two_environments_share_nothing_that_can_be_written_to(
    tmp_path: Path, cache: Path, interpreters: list[Interpreter]
) -> None:
    wish = Wish(interpreters[0], "env", seed=True)
    made = []
    for name in ("one", "two"):
        target = tmp_path / name
        stamp(cache, wish, target)
        made.append(target)
    for path in made[0].rglob("*"):
        twin = made[1] / path.relative_to(made[0])
        # a file that cannot be written to cannot be deleted on Windows
        if os.name != "nt" and path.is_file() and not path.is_symlink() and path.samefile(twin):
            assert not path.stat().st_mode & stat.S_IWUSR
    scripts = made[1] / ("Scripts" if os.name == "nt" else "bin")
    pip = scripts / ("pip.exe" if os.name == "nt" else "pip")
    done = subprocess.run([pip, "--version"], capture_output=True, check=True, encoding="utf-8")
    assert str(made[1]) in done.stdout
    upgraded = subprocess.run(
        [scripts / "python", "-m", "pip", "uninstall", "-y", "-q", "pip"], capture_output=True, check=True
    )
    assert upgraded.returncode == 0
    assert not list(made[1].rglob("pip-*.dist-info"))
    assert list(made[0].rglob("pip-*.dist-info"))


@pytest.mark.parametrize("name", ["50% off", "a$b", "a!b", "a#b", "a&b", "a^b"])
def test_a_place_with_signs_that_shells_interpret_is_left_to_virtualenv(
    name: str, tmp_path: Path, interpreters: list[Interpreter]
) -> None:
    folder = tmp_path / "cache"
    for wish, target in (
        (Wish(interpreters[0], "fine"), tmp_path / name),
        (Wish(interpreters[0], name), tmp_path / "fine"),
    ):
        skeleton.learn(folder, wish, target, os.environ)
        target.mkdir()
        assert not skeleton.stamp(folder, wish, target)
        assert not list(target.iterdir())
    assert not folder.exists()


def test_a_skeleton_that_was_edited_is_thrown_away(tmp_path: Path, interpreters: list[Interpreter]) -> None:
    folder = tmp_path / "cache"
    wish = Wish(interpreters[0], "env", seed=True)
    target = tmp_path / "env"
    skeleton.learn(folder, wish, target, os.environ)
    (home,) = (folder / stamping.BUCKET).iterdir()
    edited = next(home.rglob("pip/__main__.py"))
    edited.chmod(0o644)
    edited.write_bytes(b"raise SystemExit('edited')")
    target.mkdir()
    assert not skeleton.stamp(folder, wish, target)
    assert not list(target.iterdir())
    assert not home.exists()
    skeleton.learn(folder, wish, target, os.environ)
    (home / "skeleton").write_bytes(b"[[")
    assert not skeleton.stamp(folder, wish, target)
    assert not home.exists()


def test_another_virtualenv_has_skeletons_of_its_own(
    tmp_path: Path, cache: Path, interpreters: list[Interpreter], monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = Wish(interpreters[0], "env")
    target = tmp_path / "env"
    target.mkdir()
    skeleton.learn(cache, wish, target, os.environ)
    monkeypatch.setattr(maker, "version", lambda: ["another"])
    assert not skeleton.stamp(cache, wish, target)
    monkeypatch.setattr(maker, "version", list)
    assert not skeleton.stamp(cache, wish, target)
    monkeypatch.undo()
    assert skeleton.stamp(cache, wish, target)
