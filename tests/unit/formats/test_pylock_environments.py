from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.specifiers import SpecifierSet

from venvoy.formats.pylock_environments import Environments
from venvoy.model.target import Target
from venvoy.resolver import platforms as all_platforms
from venvoy.resolver import targets as all_targets

USUAL = all_targets.make(all_platforms.DEFAULT, SpecifierSet(">=3.12"))
MANY = all_targets.split(
    all_targets.make((*all_platforms.DEFAULT, "pypy-linux-x86_64", "linux-musl-x86_64"), SpecifierSet(">=3.10")),
    {(12, 4), (15, 1)},
)


def mask_of(targets: list[Target], *labels: str) -> int:
    return sum(1 << index for index, one in enumerate(targets) if all(label in one.label for label in labels))


def on(targets: list[Target], text: str) -> int:
    marker = Marker(text) if text else None
    assert str(marker or "") == text
    return sum(1 << index for index, one in enumerate(targets) if marker is None or marker.evaluate(dict(one.markers)))


def plain(targets: list[Target], mask: int) -> str:
    names = ("python_full_version", "implementation_name", "sys_platform", "platform_machine")
    terms = [
        " and ".join(f'{name} == "{one.markers[name]}"' for name in names)
        for index, one in enumerate(targets)
        if mask >> index & 1
    ]
    return " or ".join(terms)


EVERYWHERE = (1 << len(USUAL)) - 1
WINDOWS = mask_of(USUAL, "Windows")
NEWEST = mask_of(USUAL, "3.15")
ARM = mask_of(USUAL, "Windows on ARM64")


@pytest.mark.parametrize(
    ("mask", "text"),
    [
        (EVERYWHERE, ""),
        (WINDOWS, 'sys_platform == "win32"'),
        (EVERYWHERE & ~WINDOWS, 'sys_platform != "win32"'),
        (NEWEST, 'python_version >= "3.15"'),
        (EVERYWHERE & ~NEWEST, 'python_version < "3.15"'),
        (mask_of(USUAL, "3.13"), 'python_version == "3.13"'),
        (mask_of(USUAL, "3.13") | mask_of(USUAL, "3.14"), 'python_version >= "3.13" and python_version < "3.15"'),
        (EVERYWHERE & ~mask_of(USUAL, "3.13"), 'python_version != "3.13"'),
        (mask_of(USUAL, "Linux on aarch64"), 'platform_machine == "aarch64"'),
        (mask_of(USUAL, "Linux on x86_64"), 'sys_platform == "linux" and platform_machine == "x86_64"'),
        (WINDOWS & NEWEST, 'python_version >= "3.15" and sys_platform == "win32"'),
        (WINDOWS | NEWEST, 'python_version >= "3.15" or sys_platform == "win32"'),
        (EVERYWHERE & ~(ARM & NEWEST), 'python_version < "3.15" or platform_machine != "ARM64"'),
    ],
)
def test_a_set_of_targets_reads_as_a_person_would_write_it(mask: int, text: str) -> None:
    assert Environments(USUAL, None).text(mask) == text
    assert on(USUAL, text) == mask


def test_where_it_does_not_matter_the_shortest_is_taken() -> None:
    environments = Environments(USUAL, None)
    assert environments.text(WINDOWS, NEWEST) == 'sys_platform == "win32"'
    assert environments.text(WINDOWS & NEWEST, WINDOWS) == 'sys_platform == "win32"'
    assert environments.text(WINDOWS, EVERYWHERE) == ""


def test_a_minor_version_that_is_split_on_one_platform_only_is_told_apart_there() -> None:
    linux, windows = all_targets.make(("linux-x86_64", "windows-amd64"), SpecifierSet("==3.12.*"))
    environments = Environments([*all_targets.split([linux], {(12, 4)}), windows], SpecifierSet("==3.12.*"))
    assert environments.text(0b010) == 'python_full_version >= "3.12.4" and sys_platform == "linux"'
    assert environments.text(0b101) == 'sys_platform == "win32" or python_full_version < "3.12.4"'
    assert environments.text(0b110) == 'sys_platform == "win32" or python_full_version >= "3.12.4"'
    assert environments.text(0b100) == 'sys_platform == "win32"'
    assert len(environments.markers()) == 2


def test_a_split_minor_version_is_told_apart_by_its_patch_release() -> None:
    targets = all_targets.split(USUAL, {(12, 4)})
    environments = Environments(targets, None)
    assert environments.text(mask_of(targets, "3.12.0 to 3.12.3")) == 'python_full_version < "3.12.4"'
    assert (
        environments.text(mask_of(targets, "3.12.4 and newer"))
        == 'python_full_version >= "3.12.4" and python_version < "3.13"'
    )
    assert environments.text(mask_of(targets, "3.12")) == 'python_version < "3.13"'


ENVIRONMENTS = Environments(MANY, None)


@settings(max_examples=60)
@given(st.integers(0, (1 << len(MANY)) - 1), st.integers(0, (1 << len(MANY)) - 1))
def test_a_marker_is_true_on_exactly_the_targets_of_the_mask(mask: int, either: int) -> None:
    same = {(one.label.replace(" (musl)", "")): index for index, one in reversed(list(enumerate(MANY)))}
    for index, one in enumerate(MANY):  # what has the same markers has the same answer
        twin = same[one.label.replace(" (musl)", "")]
        for bits in (mask, either):
            if (bits >> twin ^ bits >> index) & 1:
                mask |= (mask >> twin & 1) << index | (mask >> index & 1) << twin
                either |= 1 << index | 1 << twin
    if not mask:
        return
    text = ENVIRONMENTS.text(mask, either)
    assert mask & ~on(MANY, text) == 0
    assert on(MANY, text) & ~(mask | either) == 0
    assert len(text) <= len(plain(MANY, mask))


@settings(max_examples=30)
@given(
    st.sets(st.integers(0, len(MANY) - 1), min_size=1), st.sampled_from([None, ">=3.10", ">=3.9", ">=3.10,!=3.13.*"])
)
def test_the_environments_are_the_targets_and_no_others(kept: set[int], requires_python: str | None) -> None:
    specifiers = SpecifierSet(requires_python) if requires_python else None
    targets = [one for index, one in enumerate(MANY) if index in kept]
    markers = list(map(Marker, Environments(targets, specifiers).markers()))
    for index, one in enumerate(MANY):
        admitted = specifiers is None or specifiers.contains(one.python_full_version)
        musl_twin = any(_alike(one, other) for other in targets)
        if admitted and (index in kept or not musl_twin):
            covering = [marker for marker in markers if marker.evaluate(dict(one.markers))]
            assert len(covering) == (index in kept)


def _alike(one: Target, other: Target) -> bool:
    return one.since == other.since and one.label.replace(" (musl)", "") == other.label.replace(" (musl)", "")


@pytest.mark.parametrize(
    ("requires_python", "kept", "expected"),
    [
        (">=3.12", EVERYWHERE, ""),
        (None, EVERYWHERE, ' and python_version >= "3.12"'),
        (">=3.9", EVERYWHERE, ' and python_version >= "3.12"'),
        (">=3.12,<4", EVERYWHERE & ~NEWEST, ' and python_version < "3.15"'),
        ("==3.12.*", mask_of(USUAL, "3.12"), ""),
        (None, mask_of(USUAL, "3.12"), ' and python_version == "3.12"'),
        (
            ">=3.12",
            EVERYWHERE & ~mask_of(USUAL, "3.13"),
            ' and (python_version < "3.13" or python_version >= "3.14")',
        ),
        (">=3.12,!=3.13.*", EVERYWHERE & ~mask_of(USUAL, "3.13"), ""),
    ],
)
def test_an_environment_names_the_python_versions_that_requires_python_does_not(
    requires_python: str | None, kept: int, expected: str
) -> None:
    targets = [one for index, one in enumerate(USUAL) if kept >> index & 1]
    markers = Environments(targets, SpecifierSet(requires_python) if requires_python else None).markers()
    assert markers == [str(Marker(marker)) for marker in markers]
    assert markers == [
        f'sys_platform == "{system}" and platform_machine == "{machine}" and implementation_name == "cpython"{expected}'
        for system, machine in (
            ("linux", "x86_64"),
            ("linux", "aarch64"),
            ("darwin", "arm64"),
            ("darwin", "x86_64"),
            ("win32", "AMD64"),
            ("win32", "ARM64"),
        )
    ]


def test_pypy_is_never_meant_unless_it_is_asked_for() -> None:
    targets = all_targets.make(["linux-x86_64", "pypy-linux-x86_64"], SpecifierSet(">=3.10"))
    texts = Environments(targets, SpecifierSet(">=3.10")).markers()
    assert texts == [
        'sys_platform == "linux" and platform_machine == "x86_64" and implementation_name == "cpython"',
        'sys_platform == "linux" and platform_machine == "x86_64" and implementation_name == "pypy"',
    ]
