"""What is understood without packaging is what packaging understands."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from venvoy.model.plain import PlainRequirement, PlainSpecifiers

SPACE = st.sampled_from(["", "", "", " ", "\t ", "\n"])
VERSIONS = st.sampled_from(
    ["0", "1", "1.0", "3.0.0", "3.11", "3.11.2", "03.9", "3.12.0", "2!1", "1.*", "3.11.*", "1a1"]
)
SIGNS = st.sampled_from([">=", "<=", "==", "!=", "<", ">", "~=", "===", "=", "^"])
NAMES = st.sampled_from(["a", "Zope.Interface", "a-_b", "a-", "-a", "9", "ä", ""])
VARIABLES = st.sampled_from(
    ["python_version", "python_full_version", "os_name", "sys_platform", "platform_release", "extra"]
)
WORDS = st.sampled_from(["and", "or", "xor"])
VALUES = st.sampled_from(['"3.8"', '"x"', "'a-b'", "'A_b'", "'win32'", '"x\'"', '""', "3", "'a b'", '"\\n"'])


@st.composite
def bounds(draw: st.DrawFn) -> str:
    parts = st.tuples(SPACE, SIGNS, SPACE, VERSIONS, SPACE).map("".join)
    return ",".join(draw(st.lists(parts, max_size=3)))


@st.composite
def markers(draw: st.DrawFn) -> str:
    before, behind = st.sampled_from(["", "", "", "(", "( ", "(("]), st.sampled_from(["", "", "", ")", " )", "))"])
    atoms = st.tuples(SPACE, before, VARIABLES, SPACE, SIGNS, SPACE, VALUES, behind, SPACE).map("".join)
    text = draw(atoms)
    for _ in range(draw(st.integers(0, 2))):
        text += draw(SPACE) + draw(WORDS) + draw(SPACE) + draw(atoms)
    return text


@st.composite
def requirements(draw: st.DrawFn) -> str:
    extras = draw(st.none() | st.lists(NAMES, max_size=2))
    listed = "" if extras is None else f"[{draw(SPACE)}{','.join(extras)}{draw(SPACE)}]"
    condition = draw(st.just("") | markers().map(lambda text: f";{text}"))
    wrapped = draw(st.sampled_from(["{}", "{}", "({})", "( {} )", "({}", "(({}))"])).format(draw(bounds()))
    return draw(SPACE) + draw(NAMES) + draw(SPACE) + listed + draw(SPACE) + wrapped + draw(SPACE) + condition


@given(requirements() | st.text("aA1 .-_[],<>=!~;@\"'", max_size=12))
@example('a[b, C] >= 1.0 , != 1.5 ; python_version<"3.8" and sys_platform == \'win32\' or os_name != "nt"')
@example("a >= 1.0 \n")
@example("a[]")
@example("a(>=1)")
@example("a()")
@example("a [b] ( >= 1 , < 2 ) ; extra == 'x'")
@example("a; (os_name == 'nt' or os_name == 'posix') and extra == 'x'")
@example("a; extra == 'x' and (os_name == 'nt' or os_name == 'posix')")
@example("a; (os_name == 'nt' or os_name == 'posix')")
@example("a; (os_name == 'nt') and extra == 'x'")
@example("a; (os_name == 'nt' or extra == 'y') and (extra == 'x' or os_name == 'nt')")
@example("a; os_name == 'nt' or os_name == 'posix') and extra == 'x'")
@example("a; (os_name == 'nt' or os_name == 'posix' and extra == 'x'")
@example("a; python_version < '3'\n")
@example("a; python_version < '3'and os_name == 'nt'")
@example("a @ https://files.example/a.whl")
def test_a_plain_requirement_means_what_packaging_reads_in_it(text: str) -> None:
    found = PlainRequirement.read(text)
    if found is not None:
        right = Requirement(text)
        assert (found.name, set(found.extras), str(found)) == (right.name, right.extras, str(right))
        assert right.url is None
        assert found == right == found.parsed()
        assert hash(found) == hash(right)


@given(bounds() | st.text("123 .*,<>=!~", max_size=10), st.sampled_from(["3.11", "3.11.0", "3.11.2", "1", "3.12.0rc1"]))
@example(">=3.11,<4", "3.11.2")
@example("~=3.11.1", "3.11.2")
@example("!=3.11.*", "3.11")
@example("==3.0.0", "3")
@example("~=3.0", "3")
@example("<3.12", "3.12.0rc1")
@example("==1.*", "1")
def test_plain_bounds_hold_what_packaging_holds(text: str, version: str) -> None:
    found = PlainSpecifiers.read(text)
    if found is not None:
        right = SpecifierSet(text)
        assert str(found) == str(right)
        assert found == right == found.parsed()
        assert hash(found) == hash(right)
        for prereleases in (True, None):
            assert found.contains(version, prereleases=prereleases) == right.contains(version, prereleases=prereleases)


@pytest.mark.parametrize(
    "text",
    [
        "requests",
        "Django>=4.2,<5",
        "uvicorn[standard] ~= 0.30",
        "numpy != 2.0.*, !=2.1.*",
        'colorama>=0.4; sys_platform == "win32"',
        "rich (>=13.0,<15.0)",
        "a; extra == 'b-c'",
        "psutil; (sys_platform == 'linux' or sys_platform == 'darwin') and extra == \"tests\"",
        "tomli ; python_version < '3.11' and platform_python_implementation == 'CPython'",
    ],
)
def test_what_projects_usually_write_is_plain(text: str) -> None:
    assert PlainRequirement.read(text) is not None


@pytest.mark.parametrize(
    "text",
    ["a==1.0a1", "a>=1,>=1.0", "a===1", "a @ file:///a", "a; extra == 'b_c'", "a; (os_name == 'nt')", "a b", "", "a[]"],
)
def test_what_is_unusual_is_left_to_packaging(text: str) -> None:
    assert PlainRequirement.read(text) is None


def test_numbers_that_python_makes_no_int_of_are_left_to_packaging() -> None:
    assert PlainSpecifiers.read(f">={'9' * 5000}") is None
    few = PlainSpecifiers.read(">=1")
    assert few is not None
    assert few.judged("9" * 5000) is None


def test_values_show_what_they_are() -> None:
    assert repr(PlainRequirement.read("a < 2")) == "<PlainRequirement('a<2')>"
    assert repr(PlainSpecifiers.read(">=1, <2")) == "<PlainSpecifiers('<2,>=1')>"
