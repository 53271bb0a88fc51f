from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from venvoy.formats.foreign import poetry_versions
from venvoy.formats.foreign.poetry_versions import Bounds

BETWEEN = "the versions between its parts are let in"


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        ("*", ""),
        ("^1.2.3", ">=1.2.3,<2"),
        ("^1", ">=1,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("^1.0a1", ">=1.0a1,<2"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("~=1.2", "~=1.2"),
        ("1.*", "==1.*"),
        ("==2.1.x", "==2.1.*"),
        ("!=1.2.*", "!=1.2.*"),
        ("1.2.3", "==1.2.3"),
        ("=1.2", "==1.2"),
        ("v1.2", "==1.2"),
        (">= 1.0, != 1.5 <3", ">=1.0,!=1.5,<3"),
        (">=1,<2 || >=3", ">=1,!=2.*"),
        ("^1 | ^3", ">=1,!=2.*,<4"),
        ("<2 || >=2", ""),
        ("* || ^2", ""),
        ("^2.7 || ^3.5", ">=2.7,!=3.0.*,!=3.1.*,!=3.2.*,!=3.3.*,!=3.4.*,<4"),
    ],
)
def test_bounds_become_specifiers(text: str, specifier: str) -> None:
    assert poetry_versions.translate(text) == Bounds(specifier)


@pytest.mark.parametrize(
    ("text", "specifier", "lost"),
    [
        ("~1.5 || ^3.1", ">=1.5,<4", f"~1.5 || ^3.1 cannot be said in one: {BETWEEN}"),
        ("1.0 || 2.0", "", "1.0 || 2.0 cannot be said in one: every version is let in"),
    ],
)
def test_what_specifiers_cannot_say_is_said_in_words(text: str, specifier: str, lost: str) -> None:
    assert poetry_versions.translate(text) == Bounds(specifier, lost)


def test_between_python_2_7_and_3_there_is_nothing() -> None:
    found = poetry_versions.translate("~2.7 || ^3.6", python=True)
    assert found == Bounds(">=2.7,!=3.0.*,!=3.1.*,!=3.2.*,!=3.3.*,!=3.4.*,!=3.5.*,<4")
    assert poetry_versions.translate("2.7.* || >=3.9", python=True).lost == ""


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("*", ""),
        ("^3.8", 'python_version >= "3.8" and python_version < "4"'),
        ("<3.11", 'python_version < "3.11"'),
        ("<=3.8", 'python_full_version <= "3.8.0"'),
        (">3.8", 'python_full_version > "3.8.0"'),
        (">=3.9.2", 'python_full_version >= "3.9.2"'),
        ("3.8.*", 'python_version == "3.8"'),
        ("!=3.9.*", 'python_version != "3.9"'),
        ("2.*", 'python_version >= "2" and python_version < "3"'),
        ("~2.7 || >=3.5", '(python_version >= "2.7" and python_version < "2.8") or python_version >= "3.5"'),
    ],
)
def test_bounds_of_python_become_a_marker(text: str, marker: str) -> None:
    assert poetry_versions.marker(text) == marker
    assert not marker or str(Marker(marker)) == marker


@pytest.mark.parametrize("text", ["latest", "^", "^x", "1.2 beta", ">=1 ~~2", "@1"])
def test_what_is_no_bounds_is_refused(text: str) -> None:
    with pytest.raises(poetry_versions.NotBoundsError):
        poetry_versions.translate(text)


numbers = st.lists(st.integers(0, 3), min_size=1, max_size=3)


@given(numbers, st.lists(st.integers(0, 5), min_size=3, max_size=3))
def test_a_caret_lets_through_what_does_not_change_the_first_digit_that_counts(
    wanted: list[int], given: list[int]
) -> None:
    """The definition of the caret, written down a second time: equal up to that digit, and not lower."""
    padded = [*wanted, 0, 0, 0][:3]
    first = next((place for place, digit in enumerate(wanted) if digit), len(wanted) - 1)
    lets_through = given[: first + 1] == padded[: first + 1] and given >= padded
    specifier = poetry_versions.translate("^" + ".".join(map(str, wanted))).specifier
    assert SpecifierSet(specifier).contains(".".join(map(str, given))) == lets_through


@given(numbers, st.lists(st.integers(0, 5), min_size=3, max_size=3))
def test_a_tilde_lets_through_what_does_not_change_the_minor_version(wanted: list[int], given: list[int]) -> None:
    padded = [*wanted, 0, 0, 0][:3]
    lets_through = given[: min(len(wanted), 2)] == padded[: min(len(wanted), 2)] and given >= padded
    specifier = poetry_versions.translate("~" + ".".join(map(str, wanted))).specifier
    assert SpecifierSet(specifier).contains(".".join(map(str, given))) == lets_through


ranges = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=3)


@example([(0, 2), (1, 1), (3, 3)], 2, 0)
@given(ranges, st.integers(0, 10), st.integers(0, 3))
def test_ranges_side_by_side_let_through_what_one_of_them_does(
    ranges: list[tuple[int, int]], major: int, minor: int
) -> None:
    parts = [(min(pair), max(pair) + 1) for pair in ranges]
    found = poetry_versions.translate(" || ".join(f">={low},<{high}" for low, high in parts))
    assert not found.lost
    lets_through = any(low <= major < high for low, high in parts)
    assert SpecifierSet(found.specifier).contains(Version(f"{major}.{minor}")) == lets_through
