from __future__ import annotations

import pytest

from venvoy.formats import locations


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://f.example/a.whl", None),
        ("file:///home/me/a%20b.whl", "/home/me/a b.whl"),
        ("file:/home/me/a.whl", "/home/me/a.whl"),
        ("file://localhost/home/a.whl", "/home/a.whl"),
        ("file:///C:/Users/%C3%A9.whl", "C:/Users/é.whl"),
        ("file://server/share/a.whl", "//server/share/a.whl"),
    ],
)
def test_a_file_url_names_a_path(url: str, path: str | None) -> None:
    assert locations.path_of(url) == path


@pytest.mark.parametrize(
    ("path", "folder", "url"),
    [
        ("wheels/a b.whl", "/home/me/p", "file:///home/me/p/wheels/a%20b.whl"),
        ("./../w/a.whl", "/home/me/p", "file:///home/me/w/a.whl"),
        ("/srv/é.whl", "/home/me/p", "file:///srv/%C3%A9.whl"),
        ("../w/a.whl", "C:\\Users\\me", "file:///C:/Users/w/a.whl"),
        ("C:\\w\\a.whl", "C:\\Users\\me", "file:///C:/w/a.whl"),
        ("\\\\server\\share\\a.whl", "C:\\Users\\me", "file://server/share/a.whl"),
    ],
)
def test_a_path_becomes_a_url(path: str, folder: str, url: str) -> None:
    assert locations.url_of(path, folder) == url


@pytest.mark.parametrize(
    ("path", "folder", "written"),
    [
        ("/home/me/p/wheels/a.whl", "/home/me/p", "wheels/a.whl"),
        ("/home/me/wheels/a.whl", "/home/me/p", "../wheels/a.whl"),
        ("/srv/a.whl", "/home/me/p", "/srv/a.whl"),
        ("/home/me/p", "/home/me/p", "."),
        ("/home/me", "/home/me/p", ".."),
        ("C:/w/a.whl", "C:\\Users\\me", "C:/w/a.whl"),
        ("C:/Users/w/a.whl", "C:\\Users\\me", "../w/a.whl"),
        ("D:/a.whl", "C:\\Users\\me", "D:/a.whl"),
    ],
)
def test_a_near_path_is_written_relative_and_found_again(path: str, folder: str, written: str) -> None:
    assert locations.relative(path, folder) == written
    assert locations.path_of(locations.url_of(written, folder)) == path


def test_secrets_and_fragments_do_not_get_into_a_lockfile() -> None:
    url = "https://me:word@f.example:8443/a.whl?x=1#sha256=00"
    assert locations.without_secrets(url) == "https://f.example:8443/a.whl?x=1"
    assert locations.without_secrets("https://f.example/a.whl") == "https://f.example/a.whl"


def test_the_file_name_is_decoded() -> None:
    assert locations.file_name("https://f.example/x/a-1%2Bcpu-py3-none-any.whl?y#z") == "a-1+cpu-py3-none-any.whl"
