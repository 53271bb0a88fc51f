"""The wheels of a lockfile as lines of its text."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
import tomli
from packaging.pylock import PackageWheel, Pylock

from venvoy.errors import Problem
from venvoy.formats import pylock, pylock_files
from venvoy.formats.pylock_files import Wheels

A, B = "a" * 64, "b" * 64
HEAD = 'lock-version = "1.0"\ncreated-by = "venvoy"\n'
NATIVE = (
    '{ name = "demo-1-cp311-cp311-win_amd64.whl", url = "https://files.example/native.whl", '
    f'hashes = {{ sha256 = "{A}" }} }}'
)
PURE = (
    '{ name = "demo-1-py3-none-any.whl", upload-time = 2026-01-02T03:04:05.123456Z, '
    f'url = "https://files.example/pure.whl", size = 7, hashes = {{ sha256 = "{B}" }} }}'
)


def text(*lists: str, before: str = "") -> str:
    """A lockfile with one package for each list of wheels."""
    packages = [f'\n[[packages]]\nname = "demo"\nversion = "1"\n{before}wheels = {each}\n' for each in lists]
    return HEAD + "".join(packages)


def block(*lines: str) -> str:
    return "[\n" + "".join(f"    {line},\n" for line in lines) + "]"


def test_what_venvoy_writes_is_cut_and_put_back_as_the_standards_parser_has_it() -> None:
    whole = text(block(NATIVE, PURE), block(PURE))
    short = pylock_files.cut(whole)
    assert short is not None
    assert short[0] == text(block(NATIVE), block(PURE))
    lock = pylock.parse(whole, "pylock.toml")
    assert [type(package.wheels) for package in lock.packages] == [Wheels, Wheels]
    assert lock == Pylock.from_dict(tomli.loads(whole))
    assert pylock.render(lock) == whole


@pytest.mark.parametrize(
    "whole",
    [
        pytest.param(text(f"[{PURE}]", block(PURE)), id="a list on one line"),
        pytest.param(text(block(PURE).replace("},", "}, # the only one")), id="a comment"),
        pytest.param(text(block(PURE.replace("sha256", "sha512"))), id="another hash"),
        pytest.param(text(block(PURE.replace("pure.whl", "p\\u0075re.whl"))), id="an escape"),
        pytest.param(text(block(PURE.replace("05.123456Z", "05+01:00"))), id="another time zone"),
        pytest.param(text(block(PURE)).replace("\n", "\r\n"), id="line ends of Windows"),
        pytest.param(text(block(PURE), before=f"tool.x = '''\nwheels = {block(NATIVE)}\n'''\n"), id="a list in a text"),
    ],
)
def test_any_other_form_is_left_to_the_parser(whole: str) -> None:
    assert pylock_files.cut(whole) is None
    assert pylock.parse(whole, "pylock.toml") == Pylock.from_dict(tomli.loads(whole))


def test_a_fault_behind_a_list_is_told_with_its_line_in_the_whole_text() -> None:
    with pytest.raises(Problem) as raised:
        pylock.parse(text(block(PURE, PURE)) + "surprise\n", "pylock.toml")
    assert raised.value.where.startswith("pylock.toml:11:")


def test_a_moment_that_never_was_is_a_fault() -> None:
    with pytest.raises(Problem):
        pylock.parse(text(block(PURE.replace("2026-01-02", "2026-02-30"))), "pylock.toml")


def test_lines_become_values_one_at_a_time() -> None:
    wheels = Wheels([NATIVE, PURE, PURE.replace("pure.whl", "p\\u0075re.whl")])
    moment = datetime(2026, 1, 2, 3, 4, 5, 123456, timezone.utc)
    pure = PackageWheel(
        name="demo-1-py3-none-any.whl",
        upload_time=moment,
        url="https://files.example/pure.whl",
        size=7,
        hashes={"sha256": B},
    )
    assert wheels[1] is wheels[1]
    assert list(wheels[1:]) == [pure, pure]
    assert wheels != [pure]
    assert wheels == [wheels[0], pure, pure]
    assert list(wheels.filenames()) == [wheel.filename for wheel in wheels]
    assert wheels.only([2]) == [pure]
    assert list(map(pylock_files.line_of, wheels)) == [NATIVE, PURE, PURE]


def test_they_are_written_by_file_name_whatever_their_order() -> None:
    lock = pylock.parse(text(block(PURE, NATIVE)), "pylock.toml")
    assert pylock.render(lock) == text(block(NATIVE, PURE))


@pytest.mark.parametrize("other", ["other-1-py3-none-any.whl", "demo-2-py3-none-any.whl", "demo.whl"])
def test_every_wheel_has_to_be_one_of_the_package(other: str) -> None:
    whole = text(block(NATIVE, PURE.replace("demo-1-py3-none-any.whl", other)))
    assert pylock_files.cut(whole) is None
    with pytest.raises(Problem):
        pylock.parse(whole, "pylock.toml")


def test_a_name_may_be_written_in_several_ways() -> None:
    whole = text(block(NATIVE, PURE.replace("demo-1-", "Demo-1.0-")))
    assert pylock_files.cut(whole) is not None
    assert pylock.parse(whole, "pylock.toml") == Pylock.from_dict(tomli.loads(whole))
