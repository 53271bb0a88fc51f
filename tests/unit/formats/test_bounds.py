"""Bounds that are moved just far enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from venvoy.formats import bounds


@pytest.mark.parametrize(
    ("before", "version", "after"),
    [
        ("<2", "2.1.3", "<3"),
        ("<2.0", "2.1.3", "<3"),
        ("<1.27", "2.1.3", "<2.2"),
        ("<=1.5", "2.1.3", "<=2.1.3"),
        (">=3", "2.1.3", ">=2.1.3"),
        (">2.1.3", "2.1.3", ">=2.1.3"),
        ("==1.4", "2.1.3", "==2.1.3"),
        ("==1.4.*", "2.1.3", "==2.1.*"),
        ("===1.4", "2.1.3", "===2.1.3"),
        ("~=1.4", "2.1.3", "~=2.1"),
        ("~=1.4.0", "2.1.3", "~=2.1.3"),
        ("!=2.1.3", "2.1.3", ""),
        ("!=2.1.*", "2.1.3", ""),
        ("<2", "1!2.0", "<1!3"),
        ("<2", "3.0rc1", "<4"),
        ("==1.0", "2.1.3+local", "==2.1.3"),
        (">=1.20,<2", "2.1.3", "<3,>=1.20"),
    ],
)
def test_a_bound_moves_in_its_own_style(before: str, version: str, after: str) -> None:
    assert bounds.admitting(SpecifierSet(before), [Version(version)]) == SpecifierSet(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (">=1,<2,!=1.5", ">=1,!=1.5"),
        (">1,<=2", ">1"),
        ("==1.4", ">=1.4"),
        ("==1.4.*", ">=1.4"),
        ("==1.4+local", ">=1.4"),
        ("~=1.4", ">=1.4"),
        ("===1.4", ""),
        ("", ""),
    ],
)
def test_above_everything_is_open_without_what_keeps_newer_versions_out(before: str, after: str) -> None:
    assert bounds.open_above(SpecifierSet(before)) == SpecifierSet(after)


def test_several_versions_are_let_in_by_one_bound() -> None:
    assert bounds.admitting(SpecifierSet("<2"), [Version("3.1"), Version("2.1")]) == SpecifierSet("<4")


@given(
    st.sampled_from(["<", "<=", ">", ">=", "==", "~=", "!=", "==="]),
    st.lists(st.integers(0, 30), min_size=2, max_size=4),
    st.lists(st.integers(0, 30), min_size=1, max_size=4),
)
def test_the_version_is_always_let_in(operator: str, bound: list[int], release: list[int]) -> None:
    version = Version(".".join(map(str, release)))
    moved = bounds.admitting(SpecifierSet(operator + ".".join(map(str, bound))), [version])
    assert operator == "===" or moved.contains(version)


def test_a_requirement_is_written_with_its_lower_bounds_first() -> None:
    requirement = Requirement('a[y,x]<3,!=2.5,>=2; python_version < "3.12"')
    assert bounds.written(requirement, requirement.specifier) == 'a[x,y]>=2,!=2.5,<3; python_version < "3.12"'
    assert bounds.written(requirement, SpecifierSet()) == 'a[x,y]; python_version < "3.12"'
