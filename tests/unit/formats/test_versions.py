"""Keys of versions sort and compare as packaging's versions do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from packaging.version import InvalidVersion, Version

from venvoy.formats import versions

NUMBERS = st.integers(min_value=0, max_value=12).map(str)
RELEASES = st.lists(NUMBERS, min_size=1, max_size=4).map(".".join)
TEXTS = st.builds(
    lambda *parts: "".join(parts),
    st.sampled_from(["", "", "", "v", "1!"]),
    RELEASES,
    st.sampled_from(["", "", "a1", "b2", "rc3", ".rc3", "-alpha", "c1", "rc01"]),
    st.sampled_from(["", "", ".post1", "-2", ".post", ".post01", "post3"]),
    st.sampled_from(["", "", ".dev0", ".dev4", "dev"]),
    st.sampled_from(["", "", "+abc", "+1.2", "+1.a", "+01", "+ABC", "+a-b"]),
)


@given(TEXTS, TEXTS)
def test_the_order_is_that_of_packaging(one: str, other: str) -> None:
    left, right = versions.key(one), versions.key(other)
    assert left is not None
    assert right is not None
    assert (left < right, left == right) == (Version(one) < Version(other), Version(one) == Version(other))


@given(st.text(alphabet="0123456789.abrcvpostde!+-_ ٣", max_size=8))
def test_what_is_no_version_has_no_key(text: str) -> None:
    try:
        Version(text)
    except InvalidVersion:
        assert versions.key(text) is None
    else:
        assert versions.key(text) is not None


def test_a_number_of_thousands_of_digits_makes_no_version() -> None:
    assert versions.key(f"1.{'9' * 5000}") is None
    assert versions.key(f"1.0rc{'9' * 5000}") is None
