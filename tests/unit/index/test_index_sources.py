from __future__ import annotations

import os
from pathlib import Path

import pytest
from distlib.index import DEFAULT_INDEX

from venvoy.index import sources
from venvoy.index.pip_config import PipConfig, Sourced

PUBLIC = DEFAULT_INDEX.rpartition("/")[0] + "/simple/"


def config(
    index_url: str = "", extra: tuple[str, ...] = (), links: tuple[str, ...] = (), no_index: bool = False
) -> PipConfig:
    return PipConfig(
        index_url=Sourced(index_url),
        extra_index_url=Sourced(extra),
        find_links=Sourced(links),
        no_index=Sourced(no_index),
    )


def test_the_default_is_the_hub_that_distlib_names() -> None:
    assert sources.default_index() == PUBLIC
    assert sources.arrange(config()).indexes == (PUBLIC,)


@pytest.mark.parametrize(
    ("given", "order"),
    [
        (config("https://a.example/simple"), ["https://a.example/simple/"]),
        (config(extra=("https://p.example/s/",)), ["https://p.example/s/", PUBLIC]),
        (config(extra=("file:///srv/s", "https://p.example/s")), ["https://p.example/s/", PUBLIC, "file:///srv/s/"]),
        (config("https://p.example/s", (PUBLIC.rstrip("/"),)), ["https://p.example/s/", PUBLIC]),
        (config("https://p.example/s", ("https://q.example/s",)), ["https://q.example/s/", "https://p.example/s/"]),
        (config("file:///srv/a", ("file:///srv/b",)), ["file:///srv/a/", "file:///srv/b/"]),
        (config("https://a.example/s", ("https://a.example/s/",)), ["https://a.example/s/"]),
        (config("https://a.example/s", no_index=True), []),
    ],
)
def test_private_indexes_come_first_and_local_ones_last(given: PipConfig, order: list[str]) -> None:
    assert list(sources.arrange(given).indexes) == order


def test_find_links_may_start_at_home() -> None:
    found = sources.arrange(config(links=("~/wheels", "~", "https://a.example/~me/", "~other/x")), "/home/me").links
    assert found == ("/home/me/wheels", "/home/me", "https://a.example/~me/", "~other/x")


@pytest.mark.parametrize(
    ("place", "local"),
    [("file:///x", True), ("/x", True), ("x/y", True), ("C:\\x", True), ("https://a.example", False)],
)
def test_paths_and_file_addresses_are_local(place: str, local: bool) -> None:
    assert sources.is_local(place) is local


@pytest.mark.skipif(os.name == "nt", reason="paths of POSIX")
def test_paths_and_addresses_translate(tmp_path: Path) -> None:
    place = tmp_path / "ein Ordner ü"
    assert sources.as_path(sources.as_address(str(place))) == place
    assert sources.as_path("file://localhost/a%20b") == Path("/a b")
