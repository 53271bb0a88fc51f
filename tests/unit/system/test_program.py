"""Where venvoy keeps its cache, found out without a library."""

from __future__ import annotations

import os
import sys

import platformdirs
import pytest

from venvoy.settings import load
from venvoy.system import program


@pytest.mark.skipif(sys.platform == "win32", reason="there the library is asked")
@pytest.mark.parametrize("base", ["", "  ", "/elsewhere", "relative"])
def test_the_folder_is_the_one_that_platformdirs_names(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", base)
    assert program.cache_folder(os.environ) == platformdirs.user_cache_dir("venvoy", appauthor=False)


def test_each_platform_has_its_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("USERPROFILE", "C:\\Users\\ada")
    assert program.cache_folder({}, "win32") == ""
    if os.name == "posix":
        assert program.cache_folder({}, "darwin") == "/home/ada/Library/Caches/venvoy"
        for platform in ("linux", "darwin"):
            assert program.cache_folder({"XDG_CACHE_HOME": "/fast"}, platform) == "/fast/venvoy"
            assert program.cache_folder({"XDG_CACHE_HOME": "/fast", "ANDROID_ROOT": "/system"}, platform) == ""
        assert program.cache_folder({}, "linux") == "/home/ada/.cache/venvoy"


@pytest.mark.skipif(sys.platform == "win32", reason="there the library is asked")
def test_a_home_that_cannot_be_one_is_left_to_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    for home in ("", "relative"):
        monkeypatch.setenv("HOME", home)
        assert program.cache_folder({}) == ""


def test_the_settings_have_the_same_folder() -> None:
    folder = program.cache_folder(os.environ)
    assert str(load(dict(os.environ) | {"VENVOY_CACHE_DIR": ""}).cache_dir) == (
        folder or platformdirs.user_cache_dir("venvoy", appauthor=False)
    )
