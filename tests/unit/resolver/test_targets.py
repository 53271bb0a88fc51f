from __future__ import annotations

import sys

import pytest
from packaging import tags as wheel_tags
from packaging.specifiers import SpecifierSet

from venvoy.model.interpreter import Interpreter
from venvoy.resolver import platforms as all_platforms
from venvoy.resolver import targets as all_targets
from venvoy.values import replace

GLIBC = [f"manylinux_2_{minor}_aarch64" for minor in range(39, 16, -1)]


def labels(names: list[str], requires_python: str) -> list[str]:
    return [one.label for one in all_targets.make(names, SpecifierSet(requires_python))]


def interpreter(version: str = "3.12.1", first_tag: str = "cp312-cp312-linux_x86_64", **more: str) -> Interpreter:
    markers = {
        "implementation_name": "cpython",
        "implementation_version": version,
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "6.1.0",
        "platform_system": "Linux",
        "platform_version": "#1 SMP",
        "python_full_version": version,
        "python_version": ".".join(version.split(".")[:2]),
        "sys_platform": "linux",
    }
    return Interpreter("/p", "/p", version, "CPython", 64, False, markers | more, (first_tag, "py3-none-any"))


def test_names_stand_for_platforms_in_one_order() -> None:
    default = all_platforms.DEFAULT
    assert default == (
        "linux-x86_64",
        "linux-aarch64",
        "macos-arm64",
        "macos-x86_64",
        "windows-amd64",
        "windows-arm64",
    )
    assert all_platforms.platforms(["windows", "Linux-X86_64", "windows-amd64"]) == (
        "linux-x86_64",
        "windows-amd64",
        "windows-arm64",
    )
    assert all_platforms.platforms(["current", "linux-musl-x86_64", "default"]) == (
        *default,
        "linux-musl-x86_64",
        "current",
    )
    assert all_platforms.platforms(["pypy-linux"]) == ("pypy-linux-x86_64", "pypy-linux-aarch64")
    with pytest.raises(all_platforms.UnknownTargetError) as caught:
        all_platforms.platforms(["linux", "linux-arm64"])
    assert (caught.value.name, caught.value.near[0]) == ("linux-arm64", "linux-aarch64")


def test_there_is_a_target_for_each_platform_and_python_version() -> None:
    assert labels(["linux-x86_64", "windows-arm64"], ">=3.14") == [
        "Linux on x86_64 with Python 3.14",
        "Windows on ARM64 with Python 3.14",
        "Linux on x86_64 with Python 3.15",
        "Windows on ARM64 with Python 3.15",
    ]
    assert labels(["linux-musl-aarch64"], "==3.12.*") == ["Linux (musl) on aarch64 with Python 3.12"]
    assert labels(["pypy-macos-arm64"], ">=3.10.3,<3.12") == [
        "macOS on arm64 with PyPy 3.10.3 and newer",
        "macOS on arm64 with PyPy 3.11",
    ]


def test_a_target_is_divided_where_a_cut_lies_within_it() -> None:
    targets = all_targets.make(["linux-x86_64"], SpecifierSet(">=3.14"))
    parts = all_targets.split(targets, {(14, 2), (13, 1), (16, 0)})
    assert [(one.label, one.python_full_version, one.markers["implementation_version"]) for one in parts] == [
        ("Linux on x86_64 with Python 3.14.0 to 3.14.1", "3.14.1", "3.14.1"),
        ("Linux on x86_64 with Python 3.14.2 and newer", "3.14.6", "3.14.6"),
        ("Linux on x86_64 with Python 3.15", "3.15.0", "3.15.0"),
    ]
    assert all_targets.split(parts, {(14, 2)}) == parts
    assert all_targets.split(parts, {(14, 1)})[0].label == "Linux on x86_64 with Python 3.14.0"


@pytest.mark.parametrize(
    ("name", "platforms"),
    [
        ("linux-aarch64", ["linux_aarch64", *(each for each in GLIBC[:-1]), GLIBC[-1], "manylinux2014_aarch64"]),
        ("linux-musl-x86_64", ["linux_x86_64", *(f"musllinux_1_{minor}_x86_64" for minor in (2, 1, 0))]),
        ("macos-arm64", list(wheel_tags.mac_platforms((15, 0), "arm64"))),
        ("macos-x86_64", list(wheel_tags.mac_platforms((15, 0), "x86_64"))),
        ("windows-amd64", ["win_amd64"]),
        ("windows-arm64", ["win_arm64"]),
    ],
)
def test_the_wheel_tags_are_those_of_packaging_in_its_order(name: str, platforms: list[str]) -> None:
    for minor in (9, 15):
        (target,) = all_targets.make([name], SpecifierSet(f"==3.{minor}.*"))
        expected = [
            *wheel_tags.cpython_tags((3, minor), [f"cp3{minor}"], platforms),
            *wheel_tags.compatible_tags((3, minor), f"cp3{minor}", platforms),
        ]
        assert list(target.tags) == list(map(str, expected))


def test_pypy_takes_wheels_of_its_own() -> None:
    (target,) = all_targets.make(["pypy-windows-amd64"], SpecifierSet("==3.11.*"))
    expected = [
        *wheel_tags.generic_tags("pp311", ["pypy311_pp73"], ["win_amd64"]),
        *wheel_tags.compatible_tags((3, 11), "pp3", ["win_amd64"]),
    ]
    assert list(target.tags) == list(map(str, expected))
    assert target.markers["platform_python_implementation"] == "PyPy"


@pytest.mark.skipif(sys.platform != "linux" or sys.implementation.name != "cpython", reason="compares with this glibc")
def test_this_interpreters_wheel_tags_are_among_those_of_its_target() -> None:
    own = list(map(str, wheel_tags.sys_tags()))
    name = f"linux-{'musl-' if any('-musllinux' in tag for tag in own) else ''}{own[0].partition('linux_')[2]}"
    if name not in all_platforms.PLATFORMS or own[0].split("-")[1].endswith("t"):
        pytest.skip("an unusual platform")
    minor = min(sys.version_info[1], 15)
    (target,) = all_targets.make([name], SpecifierSet(f"==3.{minor}.*"))
    known = set(own)
    assert [tag for tag in target.tags if tag in known] == own


def test_an_interpreter_belongs_to_the_target_with_its_markers_wheels_and_version() -> None:
    targets = all_targets.split(all_targets.make(all_platforms.DEFAULT, None), {(12, 1)})

    def label(one: Interpreter) -> str:
        index = all_targets.at_hand(one, targets)
        return "" if index is None else targets[index].label

    assert label(interpreter("3.12.0")) == "Linux on x86_64 with Python 3.12.0"
    assert label(interpreter("3.12.1+")) == "Linux on x86_64 with Python 3.12.1 and newer"
    assert label(interpreter("3.15.0b2")) == "Linux on x86_64 with Python 3.15"
    assert label(interpreter("3.17.1")) == "Linux on x86_64 with Python 3.15"
    assert (
        label(interpreter(sys_platform="win32", platform_machine="ARM64"))
        == "Windows on ARM64 with Python 3.12.1 and newer"
    )
    for unusual in (
        interpreter(platform_machine="ppc64le"),
        interpreter(implementation_name="pypy"),
        interpreter(first_tag="cp312-cp312-musllinux_1_2_x86_64"),
        replace(interpreter(), free_threaded=True),
        replace(interpreter(), bits=32),
    ):
        assert label(unusual) == ""
    assert all_targets.platform_of(interpreter(first_tag="cp312-cp312-musllinux_1_2_x86_64")) == "linux-musl-x86_64"
    assert all_targets.platform_of(interpreter(platform_machine="ppc64le")) == ""


def test_an_unusual_interpreter_makes_a_target_that_says_nothing_about_its_patch_release() -> None:
    one = all_targets.from_interpreter(replace(interpreter("3.13.2"), free_threaded=True))
    assert one.label == "Linux on x86_64 with free-threaded Python 3.13"
    assert one.python_full_version == "3.13.11"
    assert one == all_targets.from_interpreter(replace(interpreter("3.13.1"), free_threaded=True))
    assert (one.markers["platform_release"], one.markers["platform_version"]) == ("", "")
    assert (one.since, one.before, one.tags) == ((13, 0), (14, 0), ("cp312-cp312-linux_x86_64", "py3-none-any"))


@pytest.mark.parametrize(
    ("names", "requires_python", "words"),
    [
        (["windows-arm64"], ">=3.15", "Windows on ARM64 with Python 3.15"),
        (["windows-arm64", "linux-x86_64"], ">=3.15", "Linux on x86_64 and Windows on ARM64 with Python 3.15"),
        (["macos-arm64"], ">=3.12,<3.15", "macOS on arm64 with Python 3.12 to 3.14"),
        (["macos-arm64"], ">=3.14", "macOS on arm64 with Python 3.14 and 3.15"),
        (["macos-arm64"], ">=3.12.3", "macOS on arm64 with Python 3.12.3 to 3.15"),
        (["macos-arm64"], ">=3.12.3,<3.14", "macOS on arm64 with Python 3.12.3 and newer and 3.13"),
        (["macos-arm64"], ">=3.10,!=3.12.*", "macOS on arm64 with Python 3.10, 3.11 and 3.13 to 3.15"),
        (["macos-arm64"], ">=3.11,!=3.11.3,<3.12", "macOS on arm64 with Python 3.11.0 to 3.11.2 and 3.11.4 and newer"),
        (["default"], "==3.9.*", "Python 3.9 everywhere"),
        (["pypy-linux-x86_64"], "==3.9.*", "Linux on x86_64 with PyPy 3.9"),
    ],
)
def test_targets_are_described_in_few_words(names: list[str], requires_python: str, words: str) -> None:
    targets = all_targets.make(all_platforms.platforms(names), SpecifierSet(requires_python))
    assert all_targets.described(targets) == words
    assert all_targets.described(all_targets.split(targets, {(13, 4)})) == words
