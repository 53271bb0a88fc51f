"""A folder of wheels behind a server, and the parts of an index put together over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.index_server import IndexServer
from support.notes import Notes
from venvoy.index.auth import Credentials, Keyring
from venvoy.index.cache import Cache
from venvoy.index.client import Index
from venvoy.index.connection import Settings
from venvoy.index.http import Http
from venvoy.index.sources import Sources


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    return folder


@pytest.fixture
def server(wheels: Path) -> Iterator[IndexServer]:
    with IndexServer(wheels) as running:
        yield running


@pytest.fixture
def told() -> Notes:
    return Notes()


@pytest.fixture
def make(tmp_path: Path, told: Notes) -> Iterator[Callable[..., Index]]:
    """Makes indexes that share one cache; waiting between tries takes no time."""
    made: list[Index] = []
    with ThreadPoolExecutor(4) as pool:

        def make(
            *indexes: str,
            links: tuple[str, ...] = (),
            settings: Settings | None = None,
            keyring: Keyring | None = None,
            cache: str = "cache",
        ) -> Index:
            http = Http(
                settings or Settings(retries=2, timeout=5),
                Credentials([*indexes, *links]),
                keyring=keyring,
                reporter=told,
                sleep=lambda _: None,
            )
            index = Index(
                sources=Sources(indexes, links),
                http=http,
                cache=Cache(tmp_path / cache, told),
                pool=pool,
                reporter=told,
            )
            made.append(index)
            return index

        yield make
        for index in made:
            index.close()
