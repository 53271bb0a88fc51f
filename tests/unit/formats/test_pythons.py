from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from venvoy.formats import pythons
from venvoy.formats.pythons import NEWEST, OLDEST, Range


def shown(requires_python: str | None) -> str:
    found = pythons.admitted(None if requires_python is None else SpecifierSet(requires_python))
    return ", ".join(f"{each}{'+' if each.before is None else ''}" for each in found)


@pytest.mark.parametrize(
    ("requires_python", "expected"),
    [
        (None, "3.9, 3.10, 3.11, 3.12, 3.13, 3.14, 3.15+"),
        (">=3.13", "3.13, 3.14, 3.15+"),
        (">=3.13,<4", "3.13, 3.14, 3.15+"),
        (">=3.14,<3.16", "3.14, 3.15"),
        ("==3.12.*", "3.12"),
        (">=3.10.2,<3.12", "3.10.2 and newer, 3.11"),
        (">=3.11,!=3.11.3,<3.12", "3.11.0 to 3.11.2, 3.11.4 and newer"),
        (">=3.14,<=3.15", "3.14, 3.15.0"),
        (">3.14", "3.14.1 and newer, 3.15+"),
        (">=3.15.2", "3.15.2 and newer+"),
        (">=3.16", ""),
        ("<3.9", ""),
        ("<3", ""),
    ],
)
def test_a_requires_python_admits_ranges(requires_python: str | None, expected: str) -> None:
    assert shown(requires_python) == expected


@pytest.mark.parametrize(
    ("text", "cuts"),
    [
        (">=3.11", set()),
        (">=3.11.0", set()),
        ("<3.12,>=3.9", set()),
        ("!=3.11.*", set()),
        (">=3.11.5", {(11, 5)}),
        ("!=3.9.7,>=3.8", {(9, 7), (9, 8)}),
        ("<=3.11", {(11, 1)}),
        (">3.11", {(11, 1)}),
        ("==3.11", {(11, 1)}),
        ("~=3.11.2", {(11, 2)}),
        ("~=3.11", set()),
        (">=2.7.9,<4", {(-1, 9)}),
        (">=3.13.0rc1", set()),
        ("===3.10.4", {(10, 4), (10, 5)}),
        ("not a specifier 3.11.4", set()),
        (None, set()),
    ],
)
def test_a_requires_python_is_cut_where_patch_releases_differ(text: str | None, cuts: set[tuple[int, int]]) -> None:
    assert pythons.cuts(text) == cuts


@pytest.mark.parametrize(
    ("text", "cuts"),
    [
        ('python_full_version < "3.11.4"', {(11, 4)}),
        ('"3.11.4" <= python_full_version', {(11, 4)}),
        ('python_full_version >= "3.11" and sys_platform == "win32"', set()),
        ('python_full_version > "3.11" or python_full_version == "3.9.3"', {(11, 1), (9, 3), (9, 4)}),
        ('python_version < "3.11.4"', set()),
        ('platform_release >= "3.11.4"', set()),
        ('implementation_version < "3.12.1"', {(12, 1)}),
        (None, set()),
    ],
)
def test_a_marker_is_cut_where_patch_releases_differ(text: str | None, cuts: set[tuple[int, int]]) -> None:
    assert pythons.marker_cuts(text and Marker(text)) == cuts


def test_the_newest_stands_for_all_newer_ones_and_is_cut_only_within_what_is_known() -> None:
    newest = Range((NEWEST, 0), None)
    assert newest.split({(NEWEST, 2), (NEWEST + 1, 0), (OLDEST, 1)}) == [
        Range((NEWEST, 0), (NEWEST, 2)),
        Range((NEWEST, 2), None),
    ]
    assert (NEWEST + 7, 1) in newest


OPERATORS = st.sampled_from([">=", "<=", ">", "<", "==", "!=", "~="])
MINORS = st.integers(OLDEST - 1, NEWEST + 1)


@given(
    st.lists(st.tuples(OPERATORS, MINORS, st.one_of(st.none(), st.integers(0, 7))), min_size=1, max_size=3),
)
def test_between_the_cuts_every_patch_release_has_the_same_answer(
    parts: list[tuple[str, int, int | None]],
) -> None:
    text = ",".join(f"{op}3.{minor}{'' if patch is None else f'.{patch}'}" for op, minor, patch in parts)
    specifiers = SpecifierSet(text)
    marker = Marker(" and ".join(f'python_full_version {op} "3.{minor}.{patch or 0}"' for op, minor, patch in parts))
    cuts = pythons.cuts(text) | pythons.marker_cuts(marker)
    found = pythons.admitted(specifiers)
    for minor in range(OLDEST, NEWEST + 1):
        for part in Range((minor, 0), (minor + 1, 0)).split(cuts):
            inside = [patch for patch in range(12) if (minor, patch) in part]
            answers = {specifiers.contains(f"3.{minor}.{patch}") for patch in inside}
            markers = {marker.evaluate({"python_full_version": f"3.{minor}.{patch}"}) for patch in inside}
            assert len(answers) <= 1
            assert len(markers) <= 1
            for patch in inside:
                assert any((minor, patch) in one for one in found) == (answers == {True})
    for one in found:
        assert specifiers.contains(one.witness)


@pytest.mark.parametrize(
    ("requires_python", "expected"),
    [
        (">=3.9", ""),
        (">=3", ""),
        (">=3.0", ""),
        ("<3.9", ""),
        ("!=3.8.*", ""),
        (None, ""),
        (">=3.8", "3.8"),
        (">=3.7.2,!=3.8.1,<3.12", "3.7.2 and newer, 3.8.0, 3.8.2 and newer"),
        ("==2.7.*", "2.7"),
        (">=2.7.9,!=3.0.*,!=3.3.*,!=3.4.*,<3.6", "2.7.9 and newer, 3.5"),
    ],
)
def test_old_versions_are_admitted_when_a_bound_names_one(requires_python: str | None, expected: str) -> None:
    found = pythons.older(None if requires_python is None else SpecifierSet(requires_python))
    assert ", ".join(map(str, found)) == expected


_RELEASES = st.lists(st.sampled_from(["0", "2", "3", "8", "11", "5"]), min_size=1, max_size=4).map(".".join)
_CLAUSES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from([">=", "<=", "==", "!=", "~=", "<", ">", "===", ""]),
    st.sampled_from(["", "", " "]),
    _RELEASES,
    st.sampled_from(["", "", "", ".*", "rc1", ".post1", "*"]),
)


@given(
    st.lists(_CLAUSES, max_size=3).map(",".join),
    st.sampled_from(["2.7.18", "3.0.0", "3.8.0", "3.8.5", "3.11.2", "3.11.11", "3.15.0b2", "3.11", "3.11.2+"]),
)
def test_whether_a_requires_python_admits_a_version_is_as_packaging_says(requires_python: str, version: str) -> None:
    try:
        expected = SpecifierSet(requires_python).contains(version, prereleases=True)
    except InvalidSpecifier:
        expected = True
    assert pythons.admits(requires_python, version) == expected


def test_a_requires_python_with_a_number_that_nobody_can_mean_admits_all() -> None:
    assert pythons.admits(f">=3.{'9' * 5000}", "3.11.2")
    assert pythons.cuts(f">=3.11.2,<3.{'9' * 5000}") == frozenset()
