"""Which file of a candidate a target installs."""

from __future__ import annotations

import pytest
from packaging.utils import NormalizedName, canonicalize_name

from support.worlds import World, target
from venvoy.resolver.files import Fit, choose
from venvoy.resolver.policy import ALL, Policy

LINUX = "cp311-cp311-manylinux_2_17_x86_64"


def chosen(world: str, *, allow_source: bool = False, exclude_newer: str | None = None) -> str | None:
    (candidate,) = World(world).project(canonicalize_name("a")).candidates
    found = choose(candidate, target(), Policy(allow_source=allow_source, exclude_newer=exclude_newer))
    return found.filename if found else None


@pytest.mark.parametrize(
    ("world", "filename"),
    [
        (f"a 1\na 1 tags={LINUX}\na 1 sdist", f"a-1-{LINUX}.whl"),
        (f"a 1\na 1 tags={LINUX} python=>=3.12\na 1 sdist", "a-1-py3-none-any.whl"),
        ("a 1 build=9\na 1 build=10a\na 1", "a-1-10a-py3-none-any.whl"),
        (f"a 1 yanked tags={LINUX}\na 1", "a-1-py3-none-any.whl"),
        (f"a 1 yanked tags={LINUX}\na 1 yanked", f"a-1-{LINUX}.whl"),
        ("a 1 tags=py3-none-win_amd64\na 1 sdist", None),
        ("a 1 python=<3.11", None),
    ],
)
def test_the_best_file_that_fits(world: str, filename: str | None) -> None:
    assert chosen(world) == filename
    assert chosen("\n".join(reversed(world.splitlines()))) == filename


def test_a_source_distribution_is_the_last_resort_when_it_is_allowed() -> None:
    assert chosen("a 1 tags=py3-none-win_amd64\na 1 sdist", allow_source=True) == "a-1.tar.gz"
    assert chosen("a 1\na 1 sdist", allow_source=True) == "a-1-py3-none-any.whl"


def test_a_file_without_an_upload_time_does_not_count_before_a_moment() -> None:
    world = f"a 1 uploaded=2024-01-01T00:00:00Z\na 1 tags={LINUX}"
    assert chosen(world, exclude_newer="2024-06-01T00:00:00Z") == "a-1-py3-none-any.whl"


def test_targets_that_install_the_same_file_share_an_answer() -> None:
    targets = [
        target("linux", "3.11.7"),
        target("windows", "3.11.7"),
        target("linux", "3.12.1"),
        target("macos", "3.9.2"),
    ]
    (candidate,) = World(f"a 1 python=>=3.10\na 1 tags={LINUX}").project(canonicalize_name("a")).candidates
    best = Fit(targets, Policy()).best(candidate, 0b1111)
    assert [(artifact.filename, mask) for artifact, mask in best] == [
        (f"a-1-{LINUX}.whl", 0b0001),
        ("a-1-py3-none-any.whl", 0b0110),
    ]


def test_one_file_speaks_for_all_pure_wheels_and_one_for_each_platform() -> None:
    targets = [
        target("linux", "3.11.7"),
        target("linux", "3.12.1"),
        target("macos", "3.11.7"),
        target("macos", "3.12.1"),
        target("windows", "3.11.7"),
        target("windows", "3.9.2"),
    ]
    mac = "macosx_11_0_arm64"
    world = "\n".join(
        [
            f"a 1 tags={LINUX}",
            "a 1 tags=cp312-cp312-manylinux_2_17_x86_64",
            f"a 1 tags=cp311-cp311-{mac} same=00",
            f"a 1 tags=cp312-cp312-{mac} same=11",
            "a 1 tags=cp39-none-any",
            "a 1",
        ]
    )
    (candidate,) = World(world).project(canonicalize_name("a")).candidates
    best = Fit(targets, Policy()).best(candidate, 0b111111)
    assert [(artifact.filename, mask) for artifact, mask in best] == [
        (f"a-1-{LINUX}.whl", 0b000011),
        (f"a-1-cp311-cp311-{mac}.whl", 0b000100),
        (f"a-1-cp312-cp312-{mac}.whl", 0b001000),
        ("a-1-py3-none-any.whl", 0b110000),
    ]


@pytest.mark.parametrize(
    ("only", "no", "filename"),
    [
        ((), (), "a-1-py3-none-any.whl"),
        ((), ("a",), "a-1.tar.gz"),
        ((), (ALL,), "a-1.tar.gz"),
        (("a",), (ALL,), "a-1-py3-none-any.whl"),
        (("b",), (ALL,), "a-1.tar.gz"),
        ((ALL,), ("a",), "a-1.tar.gz"),
        ((ALL,), ("b",), "a-1-py3-none-any.whl"),
    ],
)
def test_which_kinds_of_files_count_can_be_said_for_all_and_by_name(
    only: tuple[str, ...], no: tuple[str, ...], filename: str
) -> None:
    (candidate,) = World("a 1\na 1 sdist").project(canonicalize_name("a")).candidates
    names = [frozenset(NormalizedName(each) for each in given) for given in (only, no)]
    found = choose(candidate, target(), Policy(allow_source=True, only_binary=names[0], no_binary=names[1]))
    assert found
    assert found.filename == filename


def test_only_wheels_leaves_a_source_distribution_out() -> None:
    (candidate,) = World("a 1 sdist").project(canonicalize_name("a")).candidates
    assert choose(candidate, target(), Policy(allow_source=True, only_binary=frozenset({ALL}))) is None
    (candidate,) = World("a 1").project(canonicalize_name("a")).candidates
    assert choose(candidate, target(), Policy(allow_source=True, no_binary=frozenset({ALL}))) is None


def test_between_equals_the_first_by_name_is_taken_as_installers_do_from_a_lockfile() -> None:
    assert chosen("a 1 tags=py3-none-any\na 1 tags=py2-none-any,py3-none-any") == "a-1-py2-none-any.whl"
