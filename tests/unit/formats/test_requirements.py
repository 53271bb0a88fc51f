from __future__ import annotations

import pytest

from venvoy.errors import Problem
from venvoy.formats import requirements


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("a; sys_platform == 'windows'", ["sys_platform is never 'windows'. You may mean sys_platform == 'win32'."]),
        (
            'a; platform_system!="macOS"',
            ["platform_system is never 'macOS'. You may mean platform_system != 'Darwin'."],
        ),
        ("a; sys_platform == 'Linux'", ["sys_platform is never 'Linux'. You may mean sys_platform == 'linux'."]),
        ("a; os_name == 'linux'", ["os_name is never 'linux'. You may mean os_name == 'posix'."]),
        ("a; sys_platform == 'win32' or os_name == 'nt' or platform_system == 'Windows'", []),
        ("a; sys_platform == 'cygwin' or sys_platform == 'never' or os_name == 'java'", []),
        ("a>=2; python_version >= '3.9'", []),
    ],
)
def test_a_system_that_has_another_name_in_markers(text: str, mistakes: list[str]) -> None:
    assert requirements.mistaken(text) == mistakes


def test_a_valid_requirement_is_read() -> None:
    assert (
        str(requirements.parse("Requests[socks] >=2 ; python_version<'4'"))
        == 'Requests[socks]>=2; python_version < "4"'
    )


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("requests=2.0", 'One version is asked for with two equals signs.\n→ Write "requests==2.0".'),
        ("rich[x] = 2", 'One version is asked for with two equals signs.\n→ Write "rich[x]==2".'),
        ("requests^2.1", 'The sign ^ belongs to other tools.\n→ Write "requests>=2.1,<3".'),
        ("requests@2.31", 'Between name and version stands a sign such as ==.\n→ Write "requests==2.31".'),
        ("requests@latest", 'The newest version is what you get anyway.\n→ Write "requests".'),
        ("requests==latest", 'The newest version is what you get anyway.\n→ Write "requests".'),
        ("requests~=2", '~= needs a version with at least two parts.\n→ Write "requests~=2.0".'),
        ("requests 2.0", 'Between name and version stands a sign such as ==.\n→ Write "requests==2.0".'),
        ("requests>1 <2", 'A comma stands between two bounds.\n→ Write "requests>1,<2".'),
        (
            "a @ https://files.example/a.whl;os_name == 'nt'",
            (
                "An address ends where a space stands, so there has to be one before the semicolon.\n"
                "→ Write \"a @ https://files.example/a.whl ; os_name == 'nt'\"."
            ),
        ),
        ("==", 'Name and bounds are one word, in quotes where there are spaces.\n→ Write "NAME>=1.2".'),
        ("", 'It is empty.\n→ Name a distribution, as in "requests" or "requests>=2.31".'),
        (
            "https://files.example/a-1-py3-none-any.whl",
            'An address needs the distribution\'s name before it.\n→ Write "NAME @ https://files.example/a-1-py3-none-any.whl".',
        ),
        ("-e .", "Options of pip do not belong into a requirement.\n→ Leave out what begins with a dash."),
        (
            "./wheels/a.whl",
            'A path is not a requirement.\n→ For a wheel in a folder write "NAME @ file:///PATH/TO/FILE.whl".',
        ),
        (
            "C:\\wheels\\a.whl",
            'A path is not a requirement.\n→ For a wheel in a folder write "NAME @ file:///PATH/TO/FILE.whl".',
        ),
        (
            "requests; python_ver < '3'",
            (
                "The condition behind the semicolon cannot be understood.\n"
                "    requests; python_ver < '3'\n              ^\n"
                """→ Write it as in "NAME; python_version < '3.12'" or "NAME; sys_platform == 'win32'"."""
            ),
        ),
    ],
)
def test_an_invalid_requirement_is_explained(text: str, rest: str) -> None:
    with pytest.raises(Problem) as caught:
        requirements.parse(text)
    assert caught.value.code == "requirement-invalid"
    assert str(caught.value) == f"{text!r} is not a requirement.\n{rest}"


@pytest.mark.parametrize(
    ("text", "rest"),
    [("my group", "\n→ Write, for example, my-group."), ("x-", "\n→ Write, for example, x."), ("!", ""), ("", "")],
)
def test_an_invalid_name_is_explained(text: str, rest: str) -> None:
    with pytest.raises(Problem) as caught:
        requirements.name(text, "a group")
    assert (caught.value.code, str(caught.value)) == (
        "name-invalid",
        f"{text!r} cannot be the name of a group.\nA name consists of letters, digits, and - _ . between them.{rest}",
    )


LIST = "→ Name the distributions themselves, as in: venvoy add requests rich\n→ Or take over what the file says: "


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("requirements.txt", f"{LIST}venvoy import requirements.txt"),
        ("pyproject.toml", f"{LIST}venvoy import pyproject.toml"),
        (
            "demo-1.0-py3-none-any.whl ",
            "→ If you mean the file in this folder: venvoy add ./demo-1.0-py3-none-any.whl",
        ),
    ],
)
def test_a_file_where_a_distribution_belongs_is_told(text: str, fix: str) -> None:
    with pytest.raises(Problem) as caught:
        requirements.parse(text)
    assert caught.value.code == "requirement-invalid"
    assert str(caught.value) == (
        f"{text.strip()} is the name of a file, not of a distribution.\n"
        "A distribution of that name would be something else than what the file holds.\n"
        f"{fix}"
    )


def test_a_name_with_dots_is_no_file() -> None:
    assert requirements.parse("ruamel.yaml").name == "ruamel.yaml"
