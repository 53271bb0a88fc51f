"""Names mean the same here as in packaging, which is what other tools go by."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from packaging import utils

from venvoy.model.names import canonicalize_name, is_valid

NAMES = st.one_of(st.text("aZ09-_.\u017f \n", max_size=8), st.text(max_size=8))


@given(NAMES)
@example("Ruamel._-.Yaml")
@example("İ__x")
def test_a_name_is_normalized_as_packaging_does_it(name: str) -> None:
    assert canonicalize_name(name) == utils.canonicalize_name(name)


@given(NAMES)
@example("a\n")
@example("\u017f")
@example("")
def test_a_name_is_valid_where_packaging_finds_it_valid(name: str) -> None:
    try:
        utils.canonicalize_name(name, validate=True)
    except utils.InvalidName:
        assert not is_valid(name)
    else:
        assert is_valid(name)
