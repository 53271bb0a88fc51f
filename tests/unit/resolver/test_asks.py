"""Plain requirements are read as ``packaging`` reads them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.markers import InvalidMarker
from packaging.requirements import InvalidRequirement, Requirement

from venvoy.resolver import asks

names = st.sampled_from(["a", "A_b.c", "x9", "a-", "-a", "a b"])
extras = st.sampled_from(["", "", "[x]", "[X_y, b]", "[b,a,b]", "[]", "[a b]", "[a,]", " [ x ]"])
versions = st.sampled_from(["1", "1.0", "2.10.post1", "1.*", "2rc1", "1.0.dev2", "1+x", "1!2", "1.0.0", "v1", "x"])
clauses = st.builds(
    "{}{}{}".format,
    st.sampled_from(["==", "!=", "<=", ">=", "<", ">", "~=", "===", "=", ""]),
    st.sampled_from(["", "", " "]),
    versions,
)
specifiers = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", " ", "(", " ("]),
    st.lists(clauses, max_size=3).flatmap(lambda each: st.sampled_from([",".join(each), ", ".join(each)])),
    st.sampled_from(["", "", ")", " "]),
)
markers = st.sampled_from(
    [
        "",
        "",
        "; python_version < '3.9'",
        ';os_name=="nt"and extra == "X_y"',
        " ; (sys_platform != 'win32')",
        ";",
        "; nonsense",
        "; python_version",
    ]
)


@given(st.builds("{}{}{}{}".format, names, extras, specifiers, markers))
@example("a>=1,<2; python_version < '3.9'")
@example("a[x] (>=1.0, !=1.5)")
@example("a @ https://a.example/a-1-py3-none-any.whl ; os_name == 'nt'")
def test_a_requirement_is_read_as_packaging_reads_it(text: str) -> None:
    try:
        expected = asks.of(Requirement(text))
    except InvalidRequirement:
        with pytest.raises((InvalidRequirement, InvalidMarker)):
            asks.read(text)
        return
    assert asks.read(text) == expected


@pytest.mark.parametrize("text", ["a", "a>=1", "a-b[x,y]>=1.0,<2", "a ~=1.4", "a!=1.*,>=1 ; os_name == 'nt'"])
def test_what_people_write_needs_no_packaging(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = asks.of(Requirement(text))
    monkeypatch.delattr("packaging.requirements.Requirement")
    asks.read.cache_clear()
    assert asks.read(text) == expected
