"""Markers as masks, against ``packaging``'s own evaluation on every target."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker

from support.worlds import target
from venvoy.resolver.markers import MarkerMasks

TARGETS = (
    target("linux", "3.9.2"),
    target("linux", "3.11.7"),
    target("windows", "3.11.0"),
    target("macos", "3.13.1"),
    target("windows", "3.15.0b2"),
)

comparisons = st.sampled_from(
    [
        "python_version >= '3.10'",
        "python_version < '3.11'",
        "'3.11' <= python_version",
        "python_version ~= '3.9'",
        "python_version == '3.*'",
        "python_version in '3.9 3.11'",
        "python_version not in '3.9, 3.11'",
        "python_full_version < '3.11.4'",
        "python_full_version >= '3.15'",
        "implementation_version != '3.11.0'",
        "sys_platform == 'win32'",
        "sys_platform != 'linux'",
        "'linux' == sys_platform",
        "sys_platform in 'linux darwin'",
        "os_name == 'nt'",
        "platform_machine == 'x86_64'",
        "platform_machine in 'arm64 AMD64'",
        "platform_system >= 'Linux'",
        "platform_release == ''",
        'implementation_name == "cpython"',
        "platform_python_implementation != 'PyPy'",
        "extra == 'X.y'",
        "'z' == extra",
        "extra != 'x-y'",
        "extra in 'x-y z'",
    ]
)
texts = st.recursive(
    comparisons,
    lambda inner: (
        st.builds("{} {} {}".format, inner, st.sampled_from(["and", "or"]), inner) | st.builds("({})".format, inner)
    ),
    max_leaves=8,
)


@given(texts, st.sampled_from(["", "x-y", "z"]))
def test_a_mask_says_what_packaging_says_on_every_target(text: str, extra: str) -> None:
    marker = Marker(text)
    mask = MarkerMasks(TARGETS).mask(marker, extra)
    assert [bool(mask >> index & 1) for index in range(len(TARGETS))] == [
        marker.evaluate({**where.markers, "extra": extra}) for where in TARGETS
    ]


def test_no_marker_is_true_everywhere_and_an_impossible_one_nowhere() -> None:
    masks = MarkerMasks(TARGETS)
    assert masks.mask(None) == 0b11111
    assert masks.mask(Marker("sys_platform == 'win32' and sys_platform == 'linux'")) == 0


@pytest.mark.parametrize("text", ["platform_system > '3' and 'x' ~= sys_platform", "'dev' in dependency_groups"])
def test_a_marker_that_means_nothing_here_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        MarkerMasks(TARGETS).mask(Marker(text))


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ('platform_release >= "20.0"', 0b11111),
        ('platform_release < "20.0"', 0b11111),
        ('"Microsoft" in platform_version', 0b11111),
        ('platform_release >= "20.0" and sys_platform == "darwin"', 0b01000),
        ('platform_release >= "20.0" and platform_version == "1" or sys_platform == "linux"', 0b11111),
        ('extra == "x" and platform_release >= "20.0"', 0),
    ],
)
def test_what_no_target_knows_may_be_true(text: str, mask: int) -> None:
    assert MarkerMasks(TARGETS).mask(Marker(text)) == mask
