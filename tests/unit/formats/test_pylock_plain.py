"""What is understood of a lockfile without packaging is what packaging understands."""

from __future__ import annotations

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import Pylock, PylockValidationError

from support.environments import MARKERS
from venvoy.errors import Problem
from venvoy.formats import pylock, pylock_plain, pylock_select
from venvoy.formats.pylock_draft import Draft
from venvoy.model.names import NormalizedName

TAGS = ("cp312-cp312-manylinux_2_17_x86_64", "cp312-abi3-manylinux_2_17_x86_64", "py3-none-any")
HASH = f'hashes = {{ sha256 = "{"a" * 64}" }}'
INPUTS = f'inputs = "sha256:{"0" * 64}"'

PACKAGES = f"""
[[packages]]
name = "a-b"
version = "1.0rc1"
marker = 'sys_platform != "win32" and ("dev" in dependency_groups or "x-y" in extras and python_version >= "3.9")'
requires-python = ">=3.8"
dependencies = [
    {{ name = "c", version = "2" }},
    {{ name = "d" }},
]
index = "https://index.example/simple/"
sdist = {{ name = "a-b-1.0rc1.tar.gz", url = "https://files.example/a-b-1.0rc1.tar.gz", {HASH} }}

[[packages]]
name = "c"
version = "2"
wheels = [
    {{ name = "C-2-cp312-abi3-manylinux_2_17_x86_64.whl", path = "w/C.whl", {HASH} }},
    {{ name = "C-2-py2.py3-none-any.whl", upload-time = 2026-01-02T03:04:05.123456Z, \
url = "https://files.example/c.whl", size = 7, {HASH} }},
    {{ name = "C-2.0-1-py3-none-any.whl", upload-time = 2026-01-02T03:04:05Z, \
url = "https://files.example/c.whl", size = 7, {HASH} }},
]
"""
WHOLE = f"""lock-version = "1.0"
environments = [
    'implementation_name == "cpython"',
    'sys_platform == "linux" and platform_machine == "x86_64"',
]
requires-python = "<4,>=3.8"
extras = ["x-y"]
dependency-groups = ["dev", "docs"]
created-by = "venvoy"
{PACKAGES}
[tool.venvoy]
{INPUTS}
asked = ["a-b>=1", "c"]
kept = []
"""

# What somebody might write in place of something else.
PIECES = st.sampled_from(
    [
        *(
            "",
            " ",
            "\n",
            '"',
            "'",
            "\\",
            ",",
            "#",
            "é",
            "\0",
            "\x7f",
            "[",
            "]",
            "{ }",
            "= 1",
            "(",
            ")",
            "-",
            "_",
            ".",
            "0",
        ),
        *("and", "or", "in", "not in", "extras", "extra", "python_version", "os_name", "platform_release", "name"),
        *("[[packages]]\n", "[tool.venvoy]\n", "tool.x = 1\n", "directory = { path = 'x' }\n", "a-B", "1.0", "1!2"),
        *("2026-02-30T03:04:05Z", "size = 07", "sha512", "c-3-py3-none-any.whl", "a_b-1rc1.zip", "py3-none.whl"),
        *('"dev"', '"3"', "~=3"),
        *WHOLE.splitlines(keepends=True),
    ]
)


@st.composite
def edited(draw: st.DrawFn) -> str:
    """A lockfile with a few edits by hand."""
    text = WHOLE
    for _ in range(draw(st.integers(0, 3))):
        words = [0, *(at for at in range(len(text)) if not text[at - 1].isalnum() or not text[at].isalnum()), len(text)]
        start = draw(st.sampled_from(words))
        end = draw(st.sampled_from([at for at in words if start <= at][:6]))
        text = text[:start] + draw(PIECES) + text[end:]
    return text


def judged(text: str) -> Pylock | None:
    """What packaging makes of it."""
    try:
        return Pylock.from_dict(tomli.loads(text))
    except (tomli.TOMLDecodeError, PylockValidationError):
        return None


@given(edited())
def test_what_is_read_is_certainly_valid_and_means_what_packaging_finds(text: str) -> None:
    found = pylock_plain.read(text)
    if found is not None:
        right = judged(text)
        assert right is not None
        assert found.parsed() == right
        assert pylock.render(found) == pylock.render(right)


def test_what_venvoy_writes_is_read() -> None:
    found = pylock_plain.read(WHOLE)
    assert found is not None
    assert found.parsed() == judged(WHOLE)
    assert sorted(pylock.render(found).splitlines()) == sorted(WHOLE.splitlines())
    assert isinstance(pylock.read(WHOLE, "pylock.toml"), Draft)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('lock-version = "1.0"', 'lock-version = "1.1"'),
        ('extras = ["x-y"]', 'extras = ["X_y"]'),
        ("<4,>=3.8", ">=3.8,<4"),
        ("<4,>=3.8", ">=3.8rc1"),
        ('>= "3.9")', '>= "3.9" )'),
        ('\'sys_platform == "linux" and', '\'(sys_platform == "linux") and'),
        ('"dev" in dependency_groups', '"dev" not in dependency_groups'),
        ("'implementation_name == \"cpython\"'", "'platform_release == \"6\"'"),
        ('index = "https', 'vcs = { type = "git", url = "x", commit-id = "x" }\nindex = "https'),
        (INPUTS, f'{INPUTS}\nconflicts = [[{{ extra = "x-y" }}]]'),
        (INPUTS, "inputs = 1"),
        (INPUTS, f"{INPUTS}\n{INPUTS}"),
        ("kept = []", "kept = ['d']"),
        ("sha256 =", "sha512 ="),
    ],
)
def test_any_other_form_is_left_to_packaging(old: str, new: str) -> None:
    text = WHOLE.replace(old, new, 1)
    assert text != WHOLE
    assert pylock_plain.read(text) is None
    if judged(text) is not None and "1.1" not in new:
        assert pylock.read(text, "pylock.toml") == judged(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a-b-1.0rc1.tar.gz", "a-b-1.1.tar.gz"),
        ("C-2.0-1-py3-none-any", "C-2.1-1-py3-none-any"),
        ("2026-01-02", "2026-02-30"),
        ('name = "c"\nversion', 'name = "e"\nversion'),
        ('version = "2"\nwheels', 'version = "two"\nwheels'),
        (PACKAGES[PACKAGES.index("sdist = ") : PACKAGES.index('\n\n[[packages]]\nname = "c"')], ""),
    ],
)
def test_a_fault_is_told_as_ever(old: str, new: str) -> None:
    text = WHOLE.replace(old, new, 1)
    assert text != WHOLE
    assert pylock_plain.read(text) is None
    with pytest.raises(Problem):
        pylock.read(text, "pylock.toml")


ATOMS = st.sampled_from(
    [
        *('"dev" in dependency_groups', '"docs" in dependency_groups', '"x-y" in extras', 'os_name == "nt"'),
        *('sys_platform != "win32"', 'python_version < "3.12"', 'python_version >= "3.9"', 'os_name < "x"'),
        *('python_full_version >= "3.12.4"', 'implementation_version == "3.12.4"', 'platform_machine == "arm64"'),
        *('python_full_version < "3.12.4rc1"', 'python_version == "x"', 'implementation_name == "cpython"'),
    ]
)


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(parts, min_size=2, max_size=3)
    return st.tuples(several, st.sampled_from([" and ", " or "])).map(lambda each: f"({each[1].join(each[0])})")


CONDITIONS = st.recursive(ATOMS, joined, max_leaves=5).map(lambda text: text[1:-1] if text[0] == "(" else text)
SUITABLE = ["py3-none-any", "py2.py3-none-any", "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64"]
WHEELS = st.lists(st.sampled_from([*SUITABLE, "1-py3-none-any", "cp312-cp312-win_amd64"]), min_size=1, unique=True)


@st.composite
def locks(draw: st.DrawFn) -> str:
    """A lockfile in our form, with all sorts of markers and wheels."""
    anywhere = st.just('os_name == "posix"') | CONDITIONS.filter(lambda text: " in " not in text)
    environments = draw(st.lists(anywhere, min_size=1, max_size=3))
    lines = ['lock-version = "1.0"', "environments = [", *(f"    '{each}'," for each in environments), "]"]
    lines += draw(st.sampled_from([[], [], ['requires-python = ">=3.8"'], ['requires-python = ">=3.13"']]))
    lines += ['extras = ["x-y"]', 'dependency-groups = ["dev", "docs"]', 'created-by = "venvoy"']
    for name in draw(st.lists(st.sampled_from("abcdef"), max_size=4)):
        lines += ["", "[[packages]]", f'name = "{name}"', 'version = "1"']
        lines += draw(st.just([]) | CONDITIONS.map(lambda text: [f"marker = '{text}'"]))
        lines += draw(st.sampled_from([[], [], [], ['requires-python = ">=3.8"'], ['requires-python = "<3.12"']]))
        tags = draw(WHEELS)
        lines += [f'sdist = {{ name = "{name}-1.zip", url = "u", {HASH} }}'] if draw(st.booleans()) else []
        rows = [f'{{ name = "{name}-1-{tag}.whl", url = "https://f.example/{tag}", {HASH} }}' for tag in tags]
        lines += ["wheels = [", *(f"    {row}," for row in rows), "]"]
    return "\n".join([*lines, "", "[tool.venvoy]", INPUTS, ""])


@given(
    locks(),
    st.sets(st.sampled_from(["dev", "docs"])),
    st.sets(st.just("x-y")),
    st.sampled_from(["3.12.4", "3.12.4", "3.12.4", "3.12.4rc1", "3.12.4+", "3.11.9"]),
)
def test_what_is_selected_is_what_packaging_selects(text: str, groups: set[str], extras: set[str], python: str) -> None:
    lock = pylock_plain.read(text)
    if lock is None:
        assert "[[packages]]" not in text
        return
    markers = {**MARKERS, "python_full_version": python, "implementation_version": python, "python_version": python[:4]}
    known = pylock_plain.covers(lock, markers)
    assert known in {None, pylock_select.covers(lock.parsed(), markers)}
    requested = {NormalizedName("a")}
    found = pylock_plain.select(lock, markers=markers, tags=TAGS, groups=groups, extras=extras, requested=requested)
    if found is not None:
        assert found == pylock_select.select(
            lock.parsed(),
            markers=markers,
            tags=TAGS,
            groups=groups,
            extras=extras,
            requested=requested,
            where="pylock.toml",
        )


@pytest.mark.parametrize(
    ("groups", "tags", "filename"),
    [
        ((), TAGS, "C-2-cp312-abi3-manylinux_2_17_x86_64.whl"),
        (("docs",), TAGS, "C-2-cp312-abi3-manylinux_2_17_x86_64.whl"),
        ((), ("py2-none-any", "py3-none-any"), "C-2-py2.py3-none-any.whl"),
        ((), ("cp39-none-any",), None),  # no wheel fits
        (("dev",), TAGS, None),  # a source distribution comes with it
        (("test",), TAGS, None),  # there is no such group
    ],
)
def test_wheels_are_selected_without_packaging(
    groups: tuple[str, ...], tags: tuple[str, ...], filename: str | None
) -> None:
    lock = pylock_plain.read(WHOLE.replace('path = "w/C.whl"', 'url = "https://files.example/C.whl"'))
    assert lock is not None
    found = pylock_plain.select(lock, markers=MARKERS, tags=tags, groups=groups, extras=(), requested=())
    assert (None if found is None else [one.artifact.filename for one in found]) == (filename and [filename])
    whole = lock.parsed()
    assert pylock_plain.select(whole, markers=MARKERS, tags=tags, groups=groups, extras=(), requested=()) is None
