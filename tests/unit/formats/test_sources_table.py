"""[tool.venvoy.sources] and addresses of requirements: what they mean, and what is wrong with them."""

from __future__ import annotations

import textwrap

import pytest

from venvoy.errors import Problem
from venvoy.formats import pylock, pyproject, sources
from venvoy.model.source import ARCHIVE, DIRECTORY, GIT, INDEX, Pinned, Source

WHERE = "/home/me/app/pyproject.toml"


def read(table: str) -> dict[str, Source]:
    found = pyproject.parse(f"[tool.venvoy.sources]\n{table}\n", WHERE).sources
    return {str(name): source for name, source in found.items()}


def refused(table: str) -> str:
    with pytest.raises(Problem) as caught:
        read(table)
    assert caught.value.code == "pyproject-invalid"
    return str(caught.value)


@pytest.mark.parametrize(
    ("table", "source"),
    [
        ('demo = { path = "../demo" }', Source(DIRECTORY, "file:///home/me/demo")),
        ('demo = { path = "..\\\\demo" }', Source(DIRECTORY, "file:///home/me/demo")),
        ('demo = { path = "C:/demo", editable = true }', Source(DIRECTORY, "file:///C:/demo", editable=True)),
        (
            'demo = { path = "/opt/a b", subdirectory = "./py/" }',
            Source(DIRECTORY, "file:///opt/a%20b", subdirectory="py"),
        ),
        (
            'demo = { path = "dist/demo-1.0.tar.gz" }',
            Source(ARCHIVE, "file:///home/me/app/dist/demo-1.0.tar.gz"),
        ),
        ('demo = { git = "https://host.example/x.git" }', Source(GIT, "https://host.example/x.git")),
        (
            'demo = { git = "ssh://git@host.example/x.git", tag = "v1", subdirectory = "py" }',
            Source(GIT, "ssh://git@host.example/x.git", "v1", "tag", "py"),
        ),
        (
            'demo = { git = "git@host.example:me/x.git", branch = "feature/y" }',
            Source(GIT, "ssh://git@host.example/me/x.git", "feature/y", "branch"),
        ),
        ('demo = { git = "../x", rev = "0123abcd" }', Source(GIT, "file:///home/me/x", "0123abcd", "rev")),
        (
            'demo = { url = "https://host.example/d-1.zip#sha256=AB&subdirectory=py" }',
            Source(ARCHIVE, "https://host.example/d-1.zip", subdirectory="py", hashes={"sha256": "ab"}),
        ),
        ('demo = { index = "https://host.example/simple" }', Source(INDEX, "https://host.example/simple/")),
    ],
)
def test_an_entry_names_one_place(table: str, source: Source) -> None:
    assert read(table) == {"demo": source}


def test_names_are_compared_in_their_normalized_form() -> None:
    assert list(read('My_Demo = { path = "../demo" }')) == ["my-demo"]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (
            'demo = "../demo"',
            """
            /home/me/app/pyproject.toml:2:8: The source of demo cannot be used.
            What is said about demo must be a table.
            → Write it as in: demo = { path = "../demo" }
            """,
        ),
        (
            'demo = { path = "../demo", git = "https://host.example/x" }',
            """
            /home/me/app/pyproject.toml:2:8: The source of demo cannot be used.
            It names path and git: one place only can be right.
            → Write one of path, git, url and index.
            """,
        ),
        (
            'demo = { git = "https://host.example/x", tga = "v1" }',
            """
            /home/me/app/pyproject.toml:2:48: The source of demo cannot be used.
            It has the key 'tga', which venvoy does not know.
            → Did you mean 'tag'?
            """,
        ),
        (
            'demo = { url = "https://host.example/x.zip", editable = true }',
            """
            /home/me/app/pyproject.toml:2:57: The source of demo cannot be used.
            editable does not go together with url.
            → Beside url there can be: subdirectory.
            """,
        ),
        (
            'demo = { git = "https://host.example/x", tag = "v1", rev = "abcdef" }',
            """
            /home/me/app/pyproject.toml:2:8: The source of demo cannot be used.
            It names tag and rev: one of them only can be right.
            """,
        ),
        (
            'demo = { git = "https://host.example/x", rev = "--upload-pack=x" }',
            """
            /home/me/app/pyproject.toml:2:48: The source of demo cannot be used.
            '--upload-pack=x' cannot be the name of a branch, a tag or a commit.
            """,
        ),
        (
            'demo = { git = "ext::sh -c x% ://" }',
            """
            /home/me/app/pyproject.toml:2:16: The source of demo cannot be used.
            git cannot be asked for an address that begins with ext:.
            → Write an address that begins with https://, ssh:// or file:///.
            """,
        ),
        (
            'demo = { path = "../demo", editable = "yes" }',
            """
            /home/me/app/pyproject.toml:2:39: The source of demo cannot be used.
            editable must be true or false.
            """,
        ),
        (
            'demo = { git = "https://host.example/x", subdirectory = "../../etc" }',
            """
            /home/me/app/pyproject.toml:2:57: The source of demo cannot be used.
            '../../etc' is no subdirectory: it has to lie below the top folder.
            → Write it as in: packages/demo
            """,
        ),
        (
            'demo = { index = "host.example/simple" }',
            """
            /home/me/app/pyproject.toml:2:18: The source of demo cannot be used.
            index must be an address that begins with https://, http:// or file:.
            """,
        ),
        (
            'de_mo = { path = "a" }\nDe-Mo = { path = "b" }',
            """
            /home/me/app/pyproject.toml:3:9: The source of De-Mo cannot be used.
            There are two entries for de-mo.
            → Leave one of them.
            """,
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(table: str, told: str) -> None:
    assert refused(table) == textwrap.dedent(told).strip()


@pytest.mark.parametrize(
    "url",
    [
        "git+https://host.example/x.git@v1#subdirectory=py/demo",
        "git+ssh://git@host.example/x.git@feature/y",
        "git+file:///home/me/x@0123456789",
        "https://host.example/d-1.0.tar.gz#subdirectory=py&sha256=ab",
        "https://host.example/demo-1.0-py3-none-any.whl",
        "file:///home/me/demo#editable=true",
        "file:///home/me/demo-1.0.zip",
    ],
)
def test_an_address_and_what_it_means_are_the_same_thing(url: str) -> None:
    assert sources.to_url(sources.from_url(url)) == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("hg+https://host.example/x", "venvoy can fetch from git only, and this address is for hg."),
        ("ftp://host.example/x.zip", "venvoy cannot fetch from addresses that begin with ftp:."),
        (
            "https://host.example/x",
            "It leads neither to a wheel nor to an archive: such an address ends in .whl, .tar.gz or .zip.",
        ),
        ("file:../demo", "A file: address needs the whole path, from the root on."),
        ("git+https://host.example/x@a..b", "'a..b' cannot be the name of a branch, a tag or a commit."),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(url: str, why: str) -> None:
    with pytest.raises(sources.InvalidSourceError) as caught:
        sources.from_url(url)
    assert caught.value.why == why


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://me:secret@host.example/x", "https://host.example/x"),
        ("https://token@host.example/x", "https://host.example/x"),
        ("ssh://git@host.example/x", "ssh://git@host.example/x"),
        ("ssh://git:secret@host.example/x", "ssh://git@host.example/x"),
        ("git+ssh://git@host.example/x", "git+ssh://git@host.example/x"),
        ("https://host.example/x", "https://host.example/x"),
    ],
)
def test_what_is_shown_holds_no_secret(url: str, clean: str) -> None:
    assert sources.without_secrets(url) == clean
    assert sources.has_secret(url) == (url != clean)


def test_a_lockfile_rests_on_the_sources_but_not_on_passwords() -> None:
    def digest(url: str) -> str:
        return pylock.inputs_digest(pyproject.parse(f'[tool.venvoy.sources]\ndemo = {{ git = "{url}" }}', WHERE))

    assert digest("https://host.example/x") == digest("https://me:secret@host.example/x")
    assert digest("https://host.example/x") != digest("https://host.example/y")
    assert pylock.inputs_digest(pyproject.parse("", WHERE)) == pylock.inputs_digest(
        pyproject.parse("[tool.venvoy.sources]", WHERE)
    )


def test_direct_url_json_says_what_the_standard_wants() -> None:
    commit = "a" * 40
    assert sources.direct_url(Pinned(GIT, "https://host.example/x", "v1", commit, "py")) == {
        "url": "https://host.example/x",
        "subdirectory": "py",
        "vcs_info": {"vcs": "git", "requested_revision": "v1", "commit_id": commit},
    }
    assert sources.direct_url(Pinned(DIRECTORY, "file:///home/me/demo")) == {
        "url": "file:///home/me/demo",
        "dir_info": {},
    }
    assert sources.direct_url(Pinned(DIRECTORY, "file:///home/me/demo", editable=True)) == {
        "url": "file:///home/me/demo",
        "dir_info": {"editable": True},
    }
    assert sources.direct_url(Pinned(ARCHIVE, "https://host.example/x.zip", hashes={"sha256": "ab"})) == {
        "url": "https://host.example/x.zip",
        "archive_info": {"hashes": {"sha256": "ab"}},
    }


def test_a_name_has_one_place_only() -> None:
    text = """\
[project]
name = "app"
dependencies = ["demo @ https://host.example/demo-1.0.zip"]
[tool.venvoy.sources]
Demo = { path = "../demo" }
"""
    with pytest.raises(Problem) as caught:
        pyproject.parse(text, WHERE)
    assert str(caught.value) == (
        f"{WHERE}:4:1: demo has two places: one here, and an address behind @ in a requirement of your project.\n"
        "→ Take one of the two out."
    )
