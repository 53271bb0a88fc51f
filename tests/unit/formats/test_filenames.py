from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import InvalidSdistFilename, canonicalize_name, parse_sdist_filename, parse_wheel_filename

from venvoy.formats import filenames
from venvoy.formats.filenames import FileName, InvalidFileNameError


def parts_of(kind: str, name: str, version: str, tags: str = "") -> FileName:
    return FileName(kind, canonicalize_name(name), version, tags)


@pytest.mark.parametrize(
    ("filename", "project", "parts"),
    [
        ("a_b-1.0-py3-none-any.whl", None, parts_of("wheel", "a-b", "1.0", "py3-none-any")),
        ("a_b-1.0-2x-py3-none-any.whl", "a-b", parts_of("wheel", "a-b", "1.0", "py3-none-any")),
        (
            "A.B-1.0+local.1-cp312-cp312-win_amd64.whl",
            None,
            parts_of("wheel", "a-b", "1.0+local.1", "cp312-cp312-win_amd64"),
        ),
        ("a-1.0.tar.gz", None, parts_of("sdist", "a", "1.0")),
        ("a-1.0.zip", "a", parts_of("sdist", "a", "1.0")),
        ("python-dateutil-2.2.tar.gz", "python-dateutil", parts_of("sdist", "python-dateutil", "2.2")),
        ("foo-1.0-1.tar.gz", "foo", parts_of("sdist", "foo", "1.0-1")),
        ("foo-bar-1.0-1.tar.gz", "foo-bar", parts_of("sdist", "foo-bar", "1.0-1")),
    ],
)
def test_valid_names_are_taken_apart(filename: str, project: str | None, parts: FileName) -> None:
    assert filenames.parse(filename, canonicalize_name(project) if project else None) == parts


@pytest.mark.parametrize(
    ("filename", "reason"),
    [
        ("a-1.0.exe", filenames.UNKNOWN_SUFFIX),
        ("a-1.0.tar.bz2", filenames.UNKNOWN_SUFFIX),
        ("", filenames.UNKNOWN_SUFFIX),
        ("a.whl", filenames.INVALID_NAME),
        ("a-1.0-none-any.whl", filenames.INVALID_NAME),
        ("a-1.0-x1-py3-none-any.whl", filenames.INVALID_NAME),
        ("a--py3-none-any.whl", filenames.INVALID_NAME),
        ("a/b-1.0-py3-none-any.whl", filenames.INVALID_NAME),
        ("../a-1.0-py3-none-any.whl", filenames.INVALID_NAME),
        ("a-1.0-py3-none-a\\b.whl", filenames.INVALID_NAME),
        ("a-1.0-py3-none-any..x.whl", filenames.INVALID_NAME),
        ("../a-1.0.tar.gz", filenames.INVALID_NAME),
        ("1.0.tar.gz", filenames.INVALID_NAME),
        ("a-dev.tar.gz", filenames.INVALID_VERSION),
        ("a-1.0.x-py3-none-any.whl", filenames.INVALID_VERSION),
    ],
)
def test_other_names_are_rejected_with_the_reason(filename: str, reason: str) -> None:
    with pytest.raises(InvalidFileNameError, match=reason):
        filenames.parse(filename)


def test_a_file_of_another_project_is_rejected() -> None:
    with pytest.raises(InvalidFileNameError, match=filenames.OTHER_PROJECT):
        filenames.parse("b-1.0-py3-none-any.whl", canonicalize_name("a"))


WORDS = st.from_regex(r"[a-z][a-z0-9]{0,4}", fullmatch=True)


@given(
    name=st.lists(WORDS, min_size=1, max_size=3).map("_".join),
    version=st.from_regex(
        r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}((a|b|rc)[0-9])?(\.post[0-9])?(\+[a-z]{1,3})?", fullmatch=True
    ),
    build=st.none() | st.from_regex(r"[0-9]{1,2}[a-z]{0,2}", fullmatch=True),
    tags=st.tuples(*[st.lists(WORDS, min_size=1, max_size=2).map(".".join)] * 3).map("-".join),
)
def test_wheel_names_mean_what_packaging_says(name: str, version: str, build: str | None, tags: str) -> None:
    filename = f"{name}-{version}{f'-{build}' if build else ''}-{tags}.whl"
    expected_name, expected_version, _, expected_tags = parse_wheel_filename(filename)
    parts = filenames.parse(filename)
    assert (parts.name, filenames.version(parts.version)) == (expected_name, expected_version)
    assert filenames.expand(parts.tags) == {str(tag) for tag in expected_tags}


_PLAIN = rf"{filenames._PLAIN.pattern}(?:-{filenames._PLAIN_TAGS.pattern}|\.tar\.gz|\.zip)"


@given(st.from_regex(re.compile(_PLAIN, re.ASCII), fullmatch=True))
def test_a_plain_name_is_read_alike_by_the_standards_own_parser(filename: str) -> None:
    assert filenames.is_plain(filename)
    parts = filenames.parse(filename)
    if filename.endswith(".whl"):
        name, version, _, tags = parse_wheel_filename(filename)
        assert {str(tag) for tag in tags} == filenames.expand(parts.tags)
    else:
        name, version = parse_sdist_filename(filename)
    assert (parts.name, filenames.version(parts.version)) == (name, version)


@pytest.mark.parametrize(
    "filename",
    [
        "a-b-1.0.tar.gz",
        "A__b-1.zip",
        "a-1.0-2.0.tar.gz",
        "a-1.zip.tar.gz",
        "a-1.tar.bz2",
        "-1.zip",
        "a.zip",
        "a-x.zip",
        "1",
    ],
)
def test_a_source_distribution_is_what_the_standards_own_parser_reads_or_refuses(filename: str) -> None:
    try:
        expected = parse_sdist_filename(filename)
    except InvalidSdistFilename:
        assert filenames.sdist(filename) is None
    else:
        assert filenames.sdist(filename) == expected


@pytest.mark.parametrize(
    "filename",
    [
        "a-1.0-2.0.tar.gz",
        "a__b-1.0-py3-none-any.whl",
        "a-1.0-1-py3-none-any.whl.txt",
        "a-1.0-3-none-any.whl",
        "a-1.zip2",
    ],
)
def test_what_parsers_may_dispute_is_not_plain(filename: str) -> None:
    assert not filenames.is_plain(filename)


def test_a_number_of_thousands_of_digits_makes_no_version() -> None:
    with pytest.raises(filenames.InvalidFileNameError, match=filenames.INVALID_VERSION):
        filenames.parse(f"a-1.{'9' * 5000}.tar.gz")
