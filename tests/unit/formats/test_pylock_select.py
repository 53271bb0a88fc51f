from __future__ import annotations

import pytest
import tomli
from packaging.pylock import Pylock
from packaging.utils import NormalizedName
from packaging.version import Version

from support.environments import MARKERS
from venvoy.errors import Problem
from venvoy.formats import pylock
from venvoy.formats.pylock_files import Wheels
from venvoy.model.artifact import Artifact
from venvoy.model.plan import Wanted

TAGS = ("cp312-cp312-manylinux_2_17_x86_64", "py3-none-any")
HEAD = 'lock-version = "1.0"\ncreated-by = "x"\n'
HASH = 'hashes = { sha256 = "ab" }'


def package(name: str, rest: str = "", *, version: str = "1", tags: str = "py3-none-any") -> str:
    wheel = f"{{ url = 'https://f.example/{name}-{version}-{tags}.whl', {HASH} }}"
    return f'[[packages]]\nname = "{name}"\nversion = "{version}"\n{rest}wheels = [{wheel}]\n'


def select(text: str, **options: object) -> tuple[Wanted, ...]:
    lock = pylock.parse(HEAD + text, "pylock.toml")
    return pylock.select(lock, markers=MARKERS, tags=TAGS, where="/home/me/demo/pylock.toml", **options)  # type: ignore[arg-type]


def names(text: str, **options: object) -> list[str]:
    return [item.name for item in select(text, **options)]


def test_the_best_wheel_is_wanted_with_all_that_is_known_of_it() -> None:
    text = f"""
[[packages]]
name = "a"
version = "1"
sdist = {{ url = "https://f.example/a-1.tar.gz", {HASH} }}
wheels = [
  {{ url = "https://f.example/a-1-py3-none-any.whl", {HASH} }},
  {{ name = "a-1-cp312-cp312-manylinux_2_17_x86_64.whl", path = "w/a.whl", size = 5, \
upload-time = 2025-01-02T03:04:05+01:00, {HASH} }},
]
"""
    artifact = Artifact(
        filename="a-1-cp312-cp312-manylinux_2_17_x86_64.whl",
        url="file:///home/me/demo/w/a.whl",
        kind="wheel",
        name=NormalizedName("a"),
        version=Version("1"),
        hashes={"sha256": "ab"},
        size=5,
        upload_time="2025-01-02T02:04:05Z",
        tags=frozenset({"cp312-cp312-manylinux_2_17_x86_64"}),
    )
    assert select(text, requested={"a"}) == (Wanted(NormalizedName("a"), "1", artifact, requested=True),)


def test_groups_and_extras_choose_and_default_groups_are_always_in() -> None:
    text = (
        'extras = ["cli"]\ndependency-groups = ["dev", "docs"]\ndefault-groups = ["base"]\n'
        + package("z", "marker = \"'base' in dependency_groups\"\n")
        + package("y", "marker = \"'dev' in dependency_groups or 'cli' in extras\"\n")
        + package("x")
        + package("w", "marker = \"'docs' in dependency_groups and sys_platform == 'win32'\"\n")
    )
    assert names(text) == ["x", "z"]
    assert names(text, groups=["Dev", "docs"]) == ["x", "y", "z"]
    assert names(text, extras=["CLI"]) == ["x", "y", "z"]


def test_a_direct_wheel_carries_what_direct_url_json_shall_hold() -> None:
    text = f'[[packages]]\nname = "a"\narchive = {{ url = "https://f.example/a-2-py3-none-any.whl", {HASH} }}\n'
    (wanted,) = select(text)
    assert (wanted.version, wanted.artifact.filename) == ("2", "a-2-py3-none-any.whl")
    assert wanted.direct_url == {
        "url": "https://f.example/a-2-py3-none-any.whl",
        "archive_info": {"hashes": {"sha256": "ab"}},
    }


HERE = "CPython 3.12.4 on Linux x86_64"
NO_BUILD = (
    "To install it, it would have to be built, which runs its code; venvoy does not do that yet.\n"
    "→ Choose a version of a, or a Python, for which there is a wheel."
)


@pytest.mark.parametrize(
    ("code", "text", "options", "message"),
    [
        (
            "group-unknown",
            'dependency-groups = ["dev", "docs"]\npackages = []\n',
            {"groups": ["dcos"]},
            (
                "The lockfile has no group called 'dcos'.\nIt has: dev, docs.\n→ Did you mean 'docs'?\n"
                "→ If you have added it to pyproject.toml since the last lock, run `venvoy lock`."
            ),
        ),
        (
            "extra-unknown",
            "packages = []\n",
            {"extras": ["cli"]},
            (
                "The lockfile has no extra called 'cli'.\nIt has no extras at all.\n"
                "→ If you have added it to pyproject.toml since the last lock, run `venvoy lock`."
            ),
        ),
        (
            "lockfile-other-environment",
            'requires-python = ">=3.13"\npackages = []\n',
            {},
            (
                f"This lockfile is not for {HERE}.\nIt needs Python >=3.13.\n"
                "→ Use another interpreter: venvoy sync --python VERSION\n"
                "→ or change requires-python in pyproject.toml and run `venvoy lock`."
            ),
        ),
        (
            "lockfile-other-environment",
            "environments = [\"sys_platform == 'win32'\", \"python_version == '3.13'\"]\npackages = []\n",
            {},
            (
                f"This lockfile is not for {HERE}.\nIt is for environments in which one of these is true:\n"
                '    sys_platform == "win32"\n    python_version == "3.13"\n'
                "→ venvoy lock   makes it fit this one, or says why it cannot"
            ),
        ),
        (
            "lockfile-other-environment",
            package("a", 'requires-python = "<3.12"\n'),
            {},
            (
                f"This lockfile does not fit {HERE}.\na 1 is locked, and it needs Python <3.12.\n"
                "→ venvoy lock   makes it fit this one, or says why it cannot"
            ),
        ),
        (
            "lockfile-other-environment",
            package("a", tags="cp311-cp311-win_amd64"),
            {},
            (
                f"This lockfile does not fit {HERE}.\na 1 is locked, and none of its files fits.\n"
                "→ venvoy lock   makes it fit this one, or says why it cannot"
            ),
        ),
        (
            "lockfile-other-environment",
            f'[[packages]]\nname = "a"\narchive = {{ path = "a-1-cp39-cp39-win32.whl", {HASH} }}\n',
            {},
            (
                f"a-1-cp39-cp39-win32.whl, the file that is locked for a, does not fit {HERE}.\n"
                "→ venvoy lock   makes it fit this one, or says why it cannot"
            ),
        ),
        (
            "lockfile-invalid",
            package("a") + package("a", version="2"),
            {},
            (
                f"This lockfile contradicts itself on {HERE}.\n"
                "Multiple packages with the name 'a' are selected at packages[1] and packages[0].\n"
                "→ Run `venvoy lock` to write it anew."
            ),
        ),
    ],
)
def test_what_cannot_be_installed_here_is_explained(
    code: str, text: str, options: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(Problem) as caught:
        select(text, **options)
    assert caught.value.code == code
    assert str(caught.value) == f"/home/me/demo/pylock.toml: {message}"


def test_what_has_no_wheel_here_is_wanted_as_source() -> None:
    text = f'[[packages]]\nname = "a"\nversion = "1"\nsdist = {{ url = "https://f.example/a-1.tar.gz", {HASH} }}\n'
    (found,) = select(text)
    assert (found.artifact.kind, found.artifact.filename, found.version) == ("sdist", "a-1.tar.gz", "1")
    assert found.is_source


def test_covers_asks_for_the_python_and_the_environment() -> None:
    def covers(text: str) -> bool:
        return pylock.covers(pylock.parse(f"{HEAD}{text}packages = []\n", "x"), MARKERS)

    assert covers("")
    assert covers("requires-python = '>=3.12'\nenvironments = [\"os_name == 'nt'\", \"os_name == 'posix'\"]\n")
    assert not covers("requires-python = '>=3.13'\n")
    assert not covers("environments = [\"os_name == 'nt'\"]\n")


def lines(*tags: str) -> str:
    """A package with its wheels in the form in which venvoy writes them."""
    url = "https://f.example"
    digest = f'hashes = {{ sha256 = "{"a" * 64}" }}'
    rows = [f'    {{ name = "a-1-{tag}.whl", url = "{url}/a-1-{tag}.whl", {digest} }},' for tag in tags]
    return "\n".join(["[[packages]]", 'name = "a"', 'version = "1"', "wheels = [", *rows, "]", ""])


def outcome(lock: Pylock) -> object:
    try:
        return pylock.select(lock, markers=MARKERS, tags=TAGS)
    except Problem as problem:
        return str(problem)


@pytest.mark.parametrize("fitting", [("cp312-cp312-manylinux_2_17_x86_64", "py2.py3-none-any"), ("py3-none-any",), ()])
def test_wheels_that_cannot_fit_are_passed_over_and_not_missed(fitting: tuple[str, ...]) -> None:
    text = HEAD + lines("cp39-cp39-win_amd64", *fitting, "cp312-cp312-win_arm64")
    as_lines, whole = pylock.parse(text, "pylock.toml"), Pylock.from_dict(tomli.loads(text))
    assert isinstance(as_lines.packages[0].wheels, Wheels)
    assert not isinstance(whole.packages[0].wheels, Wheels)
    assert outcome(as_lines) == outcome(whole)
    assert ("none of its files fits" in str(outcome(whole))) == (not fitting)
