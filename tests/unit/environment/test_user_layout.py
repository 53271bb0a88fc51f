"""The user site of an interpreter as a layout: what the three kinds of systems say, and what cannot be used."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from venvoy.environment import layout
from venvoy.environment.contents import Scheme
from venvoy.errors import Problem
from venvoy.model.interpreter import Interpreter
from venvoy.python import user_scheme

PYTHON = Interpreter(
    "/py/python3.12", "/py/python3.12", "3.12.4", "CPython", 64, free_threaded=False, markers={}, tags=()
)


def said(base: Path, site: str, scripts: str, include: str, **other: object) -> dict[str, object]:
    """What an interpreter answers."""
    places = {"base": base, "site": base / site, "scripts": base / scripts, "include": base / include}
    texts = {name: os.fspath(path) for name, path in places.items()}
    return {"scheme": "x", "enabled": True, "refused": False, "paths": [], **texts, **other}


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
