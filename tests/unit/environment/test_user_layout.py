"""The user site of an interpreter as a layout: what the three kinds of systems say, and what cannot be used."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from support.stored import Crash, Killed, World
from venvoy.environment import layout
from venvoy.environment.apply import recover
from venvoy.environment.contents import Scheme
from venvoy.environment.verify import examine
from venvoy.errors import Problem
from venvoy.model.interpreter import Interpreter
from venvoy.model.plan import Placement, Plan
from venvoy.python import user_scheme
from venvoy.values import replace

PYTHON = Interpreter(
    "/py/python3.12", "/py/python3.12", "3.12.4", "CPython", 64, free_threaded=False, markers={}, tags=()
)


def said(base: Path, site: str, scripts: str, include: str, **other: object) -> dict[str, object]:
    """What an interpreter answers."""
    places = {"base": base, "site": base / site, "scripts": base / scripts, "include": base / include}
    texts = {name: os.fspath(path) for name, path in places.items()}
    return {"enabled": True, "refused": False, "paths": [], **texts, **other}


def of(scheme: user_scheme.UserScheme, *, windows: bool = False) -> layout.Environment:
    return layout.of_user(
        PYTHON,
        base=Path(scheme.base),
        site=Path(scheme.site),
        scripts=Path(scheme.scripts),
        include=Path(scheme.include),
        windows=windows,
    )


@pytest.mark.parametrize(
    ("folders", "windows"),
    [
        (("lib/python3.12/site-packages", "bin", "include/python3.12"), False),
        (("Python312/site-packages", "Python312/Scripts", "Python312/Include"), True),
        (("lib/python/site-packages", "bin", "include/python3.12"), False),
    ],
    ids=["posix_user", "nt_user", "osx_framework_user"],
)
def test_every_kind_of_user_scheme_is_a_layout(folders: tuple[str, str, str], windows: bool, tmp_path: Path) -> None:
    base = Path(os.path.realpath(tmp_path)) / "base"  # need not be there
    found = of(user_scheme.read(said(base, *folders)), windows=windows)
    assert (found.root, found.purelib, found.platlib) == (base, base / folders[0], base / folders[0])
    assert (found.scripts, found.include, found.data) == (base / folders[1], base / folders[2], base)
    assert (found.user, found.python) == (True, Path("/py/python3.12"))
    assert Scheme.of(found)[:4] == (folders[0], folders[0], folders[1], folders[2])


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_part_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    base = Path(os.path.realpath(tmp_path)) / "base"
    (tmp_path / "other").mkdir()
    base.mkdir()
    (base / "lib").symlink_to(tmp_path / "other")
    with pytest.raises(Problem, match="does not lie in one place") as caught:
        of(user_scheme.read(said(base, "lib/python3.12/site-packages", "bin", "include")))
    assert caught.value.code == "user-site-invalid"
    outside = {**said(base, "x", "bin", "include"), "site": os.fspath(tmp_path / "elsewhere")}
    with pytest.raises(Problem) as caught:
        of(user_scheme.read(outside))
    assert caught.value.why.splitlines()[0] == f"{tmp_path / 'elsewhere'} is not inside of {base}."


def test_why_an_interpreter_does_not_look_there(tmp_path: Path) -> None:
    folders = ("lib", "bin", "include")
    asked = user_scheme.read(said(tmp_path, *folders, enabled=False, refused=True))
    unsafe = user_scheme.read(said(tmp_path, *folders, enabled=None))
    assert [(one.enabled, one.why) for one in (asked, unsafe)] == [(False, "asked"), (False, "security")]


class UserWorld(World):
    """A user site, with what a person keeps beside it: commands and data of other programs."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        base = Path(os.path.realpath(folder)) / "local"
        for path, text in (
            ("bin/mine", "#!"),
            ("share/program/data", "x"),
            ("lib/python3.12/site-packages/own.py", ""),
        ):
            (base / path).parent.mkdir(parents=True, exist_ok=True)
            (base / path).write_text(text, encoding="utf-8")
        scheme = user_scheme.read(said(base, "lib/python3.12/site-packages", "bin", "include/python3.12"))
        self.environment = of(scheme)
        self.root, self.site = self.environment.root, self.environment.purelib


def test_wherever_a_change_is_killed_the_user_site_is_old_or_new(tmp_path: Path) -> None:
    points = {"console_scripts": {"one": "one:main"}}
    lockfile = tmp_path / "config" / "pylock.toml"
    lockfile.parent.mkdir()
    lockfile.write_bytes(b"old")
    world = UserWorld(tmp_path)
    world.install(world.wheel("one", "1", files={"one/a.py": "1"}, entry_points=points, data={"data/share/one": "1"}))
    old = world.tree()
    new = world.wheel("one", "2", files={"one/b.py": "2"}, entry_points=points)
    plan = Plan(install=(Placement(new),), files=((lockfile, b"new"),))
    after = 0
    while True:
        try:
            world.apply(plan, Crash(after))
            break
        except Killed:
            recover(world.environment, world.notes)
            if lockfile.read_bytes() == b"new":
                break  # it had happened; what follows is cleaning up
            assert (world.tree(), lockfile.read_bytes()) == (old, b"old")
            after += 1
    assert after > 10
    assert world.versions() == [("one", "2")]
    world.remove("one")
    assert set(world.tree()) >= {"bin/mine", "share/program/data", "lib/python3.12/site-packages/own.py"}
    assert not {path for path in world.tree() if "one" in path}
    assert not (world.root / ".venvoy").exists()


def test_two_pythons_share_the_folder_of_commands(tmp_path: Path) -> None:
    points = {"console_scripts": {"one": "one:main"}}
    new, old = UserWorld(tmp_path), UserWorld(tmp_path / "again")
    base = new.root
    scheme = user_scheme.read(said(base, "lib/python3.11/site-packages", "bin", "include/python3.11"))
    (base / "lib/python3.11/site-packages").mkdir(parents=True)
    old.environment = layout.of_user(
        replace(PYTHON, base_executable="/py/python3.11"),
        base=base,
        site=Path(scheme.site),
        scripts=Path(scheme.scripts),
        include=Path(scheme.include),
        windows=False,
    )
    new.install(new.wheel("one", "1", entry_points=points))
    old.install(old.wheel("one", "1", entry_points=points))
    assert old.notes.warnings == ["bin/one was that of one of python3.12. It is now that of one with this Python."]
    assert str(Path("/py/python3.11")) in (base / "bin" / "one").read_text(encoding="utf-8")
    found = examine(new.environment, {}, {}, map).findings
    assert [one.path for one in found] == ["lib/python3.12/site-packages/own.py"]  # which belongs to nobody
    new.remove("one")
    assert str(Path("/py/python3.11")) in (base / "bin" / "one").read_text(encoding="utf-8")
    old.remove("one")
    assert not (base / "bin" / "one").exists()
