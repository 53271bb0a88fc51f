"""The tables ``directory``, ``vcs`` and ``archive`` of a lockfile: written, read, and what they want installed."""

from __future__ import annotations

import pytest
from packaging.pylock import Package, Pylock
from packaging.utils import NormalizedName
from packaging.version import Version

from support.environments import MARKERS
from venvoy.errors import Problem
from venvoy.formats import pylock, pylock_sources
from venvoy.model.source import ARCHIVE, DIRECTORY, GIT, Pinned

FOLDER = "/home/me/app"
WHERE = f"{FOLDER}/pylock.toml"
COMMIT = "0123456789" * 4
PLACES = [
    (
        Pinned(DIRECTORY, "file:///home/me/demo", subdirectory="py", editable=True, inputs="sha256:ab"),
        (
            'directory = { path = "../demo", editable = true, subdirectory = "py" }\n'
            'tool = { venvoy = { inputs = "sha256:ab" } }'
        ),
    ),
    (
        Pinned(GIT, "ssh://git@host.example/x.git", "main", COMMIT, "py"),
        (
            'version = "1.0"\n'
            'vcs = { type = "git", url = "ssh://git@host.example/x.git", requested-revision = "main", '
            f'commit-id = "{COMMIT}", subdirectory = "py" }}'
        ),
    ),
    (
        Pinned(GIT, "file:///home/me/x", commit=COMMIT),
        f'version = "1.0"\nvcs = {{ type = "git", path = "../x", commit-id = "{COMMIT}" }}',
    ),
    (
        Pinned(ARCHIVE, "https://host.example/d-1.0.tar.gz", subdirectory="py", hashes={"sha256": "ab"}, size=7),
        (
            'version = "1.0"\n'
            'archive = { url = "https://host.example/d-1.0.tar.gz", size = 7, hashes = { sha256 = "ab" }, '
            'subdirectory = "py" }'
        ),
    ),
]


@pytest.mark.parametrize(("pinned", "text"), PLACES)
def test_a_place_is_written_as_the_standard_wants_it_and_read_again(pinned: Pinned, text: str) -> None:
    fields = {"name": NormalizedName("demo"), "version": Version("1.0"), **pylock_sources.table(pinned, FOLDER)}
    lock = Pylock(lock_version=Version("1.0"), created_by="venvoy", packages=[Package(**fields)])
    written = pylock.render(lock)
    assert written.partition('name = "demo"\n')[2].rstrip() == text
    assert pylock_sources.pinned(pylock.parse(written, WHERE).packages[0], WHERE) == pinned


def test_credentials_are_not_written() -> None:
    url = "https://me:secret@host.example/x.git"
    table = pylock_sources.table(Pinned(GIT, url, commit=COMMIT), FOLDER)
    assert table["vcs"].url == "https://host.example/x.git"


def test_what_is_at_a_place_is_wanted_with_its_direct_url() -> None:
    text = f"""
lock-version = "1.0"
created-by = "another tool"
[[packages]]
name = "demo"
vcs = {{ type = "git", url = "git+https://host.example/x.git", requested-revision = "v1", commit-id = "{COMMIT}" }}
[[packages]]
name = "folder"
[packages.directory]
path = "packages/folder"
"""
    demo, folder = pylock.select(pylock.parse(text, WHERE), markers=MARKERS, tags=(), where=WHERE)
    assert (demo.version, demo.pinned) == ("", Pinned(GIT, "https://host.example/x.git", "v1", COMMIT))
    assert demo.direct_url == {
        "url": "https://host.example/x.git",
        "vcs_info": {"vcs": "git", "requested_revision": "v1", "commit_id": COMMIT},
    }
    assert folder.pinned == Pinned(DIRECTORY, f"file://{FOLDER}/packages/folder")
    assert folder.direct_url == {"url": f"file://{FOLDER}/packages/folder", "dir_info": {}}
    assert demo.is_source
    assert folder.is_source


def test_another_kind_of_repository_is_refused() -> None:
    text = """
lock-version = "1.0"
created-by = "x"
packages = [{ name = "demo", vcs = { type = "hg", url = "https://host.example/x", commit-id = "1" } }]
"""
    with pytest.raises(Problem) as caught:
        pylock.select(pylock.parse(text, WHERE), markers=MARKERS, tags=(), where=WHERE)
    assert str(caught.value) == (f"{WHERE}: demo is locked to a hg repository, and venvoy can fetch from git only.")
