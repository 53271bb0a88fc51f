"""Wheel tags of interpreters that this machine need not have."""

from __future__ import annotations

import sys
import sysconfig
from types import SimpleNamespace
from typing import Any

import pytest

from venvoy.python import probe

LINUX = ["manylinux_2_36_x86_64", "manylinux2014_x86_64", "linux_x86_64"]


def info(version: tuple[int, int], implementation: str = "CPython", **facts: Any) -> Any:
    described = {
        "version_info": (*version, 1, "final", 0),
        "implementation": implementation,
        "free_threaded": False,
        "debug_build": False,
        "architecture": 64,
        "sysconfig_platform": "linux-x86_64",
        "marker_environment": {"platform_machine": "x86_64", "implementation_name": implementation.lower()},
        "pypy_version_info": (7, 3, 17, "final", 0),
    }
    return SimpleNamespace(**{**described, **facts})


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sysconfig, "get_platform", lambda: "linux-x86_64")
    monkeypatch.setattr("packaging.tags.platform_tags", lambda: iter(LINUX))


@pytest.mark.usefixtures("linux")
def test_an_ordinary_python_takes_its_own_abi_first_and_any_last() -> None:
    tags = probe.wheel_tags(info((3, 12)))
    assert tags[:4] == (*(f"cp312-cp312-{platform}" for platform in LINUX), f"cp312-abi3-{LINUX[0]}")
    assert tags[-1] == "py30-none-any"
    assert "cp312-none-any" in tags
    assert len(set(tags)) == len(tags)


@pytest.mark.usefixtures("linux")
def test_a_free_threaded_python_takes_no_wheel_of_the_ordinary_one() -> None:
    tags = probe.wheel_tags(info((3, 13), free_threaded=True))
    assert tags[0] == f"cp313-cp313t-{LINUX[0]}"
    assert not [tag for tag in tags if "-cp313-" in tag or "-abi3-" in tag]


@pytest.mark.usefixtures("linux")
def test_a_debug_build_takes_ordinary_wheels_second() -> None:
    tags = probe.wheel_tags(info((3, 12), debug_build=True))
    assert tags[0] == f"cp312-cp312d-{LINUX[0]}"
    assert tags[len(LINUX)] == f"cp312-cp312-{LINUX[0]}"


@pytest.mark.usefixtures("linux")
def test_a_32_bit_python_takes_32_bit_wheels() -> None:
    tags = probe.wheel_tags(info((3, 12), architecture=32))
    assert tags[0] == "cp312-cp312-manylinux_2_36_i686"
    assert not [tag for tag in tags if "x86_64" in tag]


@pytest.mark.usefixtures("linux")
def test_pypy_has_tags_of_its_own() -> None:
    tags = probe.wheel_tags(info((3, 10), "PyPy"))
    assert tags[0] == f"pp310-pypy310_pp73-{LINUX[0]}"
    assert "pp3-none-any" in tags


@pytest.mark.usefixtures("linux")
def test_another_implementation_takes_wheels_without_compiled_code() -> None:
    tags = probe.wheel_tags(info((3, 11), "GraalPy"))
    assert tags[0] == f"graalpy311-none-{LINUX[0]}"
    assert "py3-none-any" in tags


def test_a_mac_takes_the_wheels_of_its_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr("platform.mac_ver", lambda: ("14.5", ("", "", ""), "arm64"))
    described = info((3, 12), sysconfig_platform="macosx-11.0-x86_64")
    assert probe.wheel_tags(described)[0] == "cp312-cp312-macosx_14_0_x86_64"
    described.marker_environment["platform_machine"] = "arm64"
    assert probe.wheel_tags(described)[:2] == (
        "cp312-cp312-macosx_14_0_arm64",
        "cp312-cp312-macosx_14_0_universal2",
    )


@pytest.mark.parametrize(
    ("name", "platform"), [("win-amd64", "win_amd64"), ("win32", "win32"), ("win-arm64", "win_arm64")]
)
def test_windows_has_one_platform(name: str, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    tags = probe.wheel_tags(info((3, 12), sysconfig_platform=name, architecture=32 if name == "win32" else 64))
    assert tags[0] == f"cp312-cp312-{platform}"
