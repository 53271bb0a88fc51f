from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from support.index_server import IndexServer
from support.wheels import SdistSpec, WheelSpec
from venvoy import values
from venvoy.errors import Problem
from venvoy.index.client import Index
from venvoy.index.connection import Settings
from venvoy.model.artifact import Artifact

DEMO = canonicalize_name("demo")
NAME = "demo-1.0-py3-none-any.whl"
FILE = f"/files/{NAME}"
LARGE = WheelSpec("demo", "1.0", files={"demo/noise.bin": random.Random(1).randbytes(1_000_000)})
SIZE = len(LARGE.content())


def artifact_of(index: Index) -> Artifact:
    return index.project(DEMO).candidates[0].artifacts[0]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


class Counter:
    """Adds up what a download reports."""

    def __init__(self) -> None:
        self.total = 0
        self.lowest = 0

    def __call__(self, amount: int) -> None:
        self.total += amount
        self.lowest = min(self.lowest, amount)


def test_a_file_is_downloaded_counted_and_checked(
    server: IndexServer, wheels: Path, make: Callable[..., Index], out: Path
) -> None:
    LARGE.write(wheels)
    index, counter = make(server.url), Counter()
    path = index.download(artifact_of(index), out, counter)
    assert (path, counter.total) == (out / NAME, SIZE)
    assert path.read_bytes() == LARGE.content()
    assert [p.name for p in out.iterdir()] == [NAME]
    index.download(artifact_of(index), out, counter)
    assert (len(server.paths(FILE)), counter.total) == (1, 2 * SIZE), "what is there and right is not fetched again"
    path.write_bytes(b"damaged")
    assert index.download(artifact_of(index), out, counter).read_bytes() == LARGE.content()


def test_a_broken_connection_goes_on_where_it_broke(
    server: IndexServer, wheels: Path, make: Callable[..., Index], out: Path
) -> None:
    LARGE.write(wheels)
    index, counter = make(server.url), Counter()
    artifact = artifact_of(index)
    server.behaviour.truncate[FILE] = [300_000, 400_000]
    assert index.download(artifact, out, counter).read_bytes() == LARGE.content()
    assert (counter.total, counter.lowest) == (SIZE, 0)
    asked = [request.headers.get("range") for request in server.log if request.path == FILE]
    assert asked == [None, "bytes=300000-", "bytes=700000-"]


def test_without_ranges_a_broken_download_starts_again(
    server: IndexServer, wheels: Path, make: Callable[..., Index], out: Path
) -> None:
    LARGE.write(wheels)
    server.behaviour.ranges = False
    index, counter = make(server.url), Counter()
    artifact = artifact_of(index)
    server.behaviour.truncate[FILE] = [300_000]
    assert index.download(artifact, out, counter).read_bytes() == LARGE.content()
    assert (counter.total, counter.lowest) == (SIZE, -300_000)


def test_a_download_that_keeps_breaking_ends(
    server: IndexServer, wheels: Path, make: Callable[..., Index], out: Path
) -> None:
    LARGE.write(wheels)
    index = make(server.url)
    artifact = artifact_of(index)
    server.behaviour.truncate[FILE] = [300_000, 10, 10, 10]
    with pytest.raises(Problem) as caught:
        index.download(artifact, out, Counter())
    assert caught.value.code == "download-truncated"
    assert str(caught.value) == (
        f"{server.root}{FILE}: The download of {NAME} broke off 4 times.\n"
        f"300030 of {SIZE} bytes came in.\n"
        "→ Check your connection to the internet, then run the command again."
    )
    assert list(out.iterdir()) == []


AGAIN = (
    "→ Run the command again: the file may have been damaged on the way.\n"
    "→ If it happens again, do not install this file. Tell whoever runs the index: it may have been changed."
)


def test_another_hash_is_refused(server: IndexServer, wheels: Path, make: Callable[..., Index], out: Path) -> None:
    LARGE.write(wheels)
    server.behaviour.wrong_hashes.add(NAME)
    index = make(server.url)
    with pytest.raises(Problem) as caught:
        index.download(artifact_of(index), out, Counter())
    assert caught.value.code == "hash-mismatch"
    assert str(caught.value) == (
        f"{server.root}{FILE}: {NAME} is not the file that it should be: its sha256 hash is another one.\n"
        f"expected {hashlib.sha256(b'other').hexdigest()}\n"
        f"received {hashlib.sha256(LARGE.content()).hexdigest()}\n"
        f"{AGAIN}"
    )
    assert list(out.iterdir()) == []


def test_another_size_is_refused_unless_a_hash_says_that_the_file_is_right(
    server: IndexServer, wheels: Path, make: Callable[..., Index], out: Path
) -> None:
    LARGE.write(wheels)
    server.behaviour.wrong_sizes.add(NAME)
    index = make(server.url)
    artifact = artifact_of(index)
    md5 = hashlib.md5(LARGE.content(), usedforsecurity=False).hexdigest()
    for hashes in ({}, {"md5": md5}, {"sha256": "0" * 64}):
        with pytest.raises(Problem) as caught:
            index.download(values.replace(artifact, hashes=hashes), out, Counter())
        assert caught.value.code == "size-mismatch"
        assert str(caught.value) == (
            f"{server.root}{FILE}: {NAME} has {SIZE} bytes, and it should have {SIZE + 7}.\n{AGAIN}"
        )
    assert index.download(artifact, out, Counter()).read_bytes() == LARGE.content()


def test_offline_names_the_missing_file(
    server: IndexServer, wheels: Path, make: Callable[..., Index], out: Path
) -> None:
    LARGE.write(wheels)
    artifact = artifact_of(make(server.url))
    with pytest.raises(Problem) as caught:
        make(server.url, settings=Settings(offline=True)).download(artifact, out, Counter())
    assert str(caught.value) == (
        f"Working offline, and the file {NAME} is not in the cache.\n→ Run the command again without --offline."
    )


def test_a_local_file_is_copied_and_checked(wheels: Path, make: Callable[..., Index], out: Path) -> None:
    original = LARGE.write(wheels)
    index, counter = make(links=(str(wheels),), settings=Settings(offline=True)), Counter()
    assert index.download(artifact_of(index), out, counter).read_bytes() == LARGE.content()
    assert counter.total == SIZE
    assert original.exists()


def test_a_local_file_that_is_gone_is_named(wheels: Path, make: Callable[..., Index], out: Path) -> None:
    path = LARGE.write(wheels)
    index = make(links=(str(wheels),))
    artifact = artifact_of(index)
    path.unlink()
    with pytest.raises(Problem) as caught:
        index.download(artifact, out, Counter())
    assert caught.value.code == "file-error"
    assert str(caught.value) == (
        f"{path}: The file {NAME} is not where it should be.\n"
        "→ Put it back, or run venvoy lock to choose anew from what is there."
    )


def test_an_artifact_without_hash_gets_one_from_the_file(
    server: IndexServer, wheels: Path, make: Callable[..., Index], out: Path
) -> None:
    LARGE.write(wheels)
    server.behaviour.hashes = server.behaviour.sizes = False
    for index in (make(server.url), make(links=(str(wheels),))):
        artifact = index.described(artifact_of(index))
        assert artifact.hashes == {"sha256": hashlib.sha256(LARGE.content()).hexdigest()}
        assert artifact.size == SIZE
        index.download(artifact, out, Counter())
    assert server.paths(FILE) == [FILE]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_missing_size_alone_is_asked_from_the_server(
    server: IndexServer, wheels: Path, make: Callable[..., Index], *, ranges: bool
) -> None:
    LARGE.write(wheels)
    server.behaviour.sizes = False
    server.behaviour.ranges = ranges
    index = make(server.url)
    found = artifact_of(index)
    assert found.size is None
    assert index.described(found) == values.replace(found, size=SIZE)
    server.behaviour.credentials = ("somebody", "secret")
    assert index.described(found) == found


def test_a_wheel_named_by_its_address_is_fetched_once_and_hashed(
    server: IndexServer, wheels: Path, make: Callable[..., Index], out: Path
) -> None:
    WheelSpec("demo", "1.0", requires=["other"]).write(wheels)
    content = (wheels / NAME).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    url = f"{server.file_url(NAME)}#sha256={digest}"
    index = make()
    candidate = index.direct(DEMO, url.replace("//", "//me:secret@", 1))
    (artifact,) = candidate.artifacts
    assert (candidate.name, str(candidate.version), candidate.index) == ("demo", "1.0", "")
    assert candidate.direct_url == url
    assert (artifact.url, artifact.hashes, artifact.size) == (server.file_url(NAME), {"sha256": digest}, len(content))
    assert artifact.tags == {"py3-none-any"}
    assert index.metadata(candidate, artifact).requires_dist == ("other",)
    assert index.download(artifact, out, Counter()).read_bytes() == content
    assert make(settings=Settings(offline=True)).direct(DEMO, url) == candidate
    assert make().direct(DEMO, url) == candidate
    assert server.paths() == [FILE]


def test_a_local_wheel_can_be_named_by_its_address(wheels: Path, make: Callable[..., Index], out: Path) -> None:
    path = WheelSpec("demo", "1.0", requires=["other"]).write(wheels)
    index = make(settings=Settings(offline=True))
    candidate = index.direct(DEMO, path.as_uri())
    assert index.metadata(candidate, candidate.artifacts[0]).requires_dist == ("other",)
    assert index.download(candidate.artifacts[0], out, Counter()).read_bytes() == path.read_bytes()


def test_a_wheel_that_is_not_the_named_one_is_refused(
    server: IndexServer, wheels: Path, make: Callable[..., Index]
) -> None:
    WheelSpec("demo", "1.0").write(wheels)
    with pytest.raises(Problem) as caught:
        make().direct(DEMO, f"{server.file_url(NAME)}#sha256={'0' * 64}")
    assert caught.value.code == "hash-mismatch"
    with pytest.raises(Problem) as caught:
        make().direct(canonicalize_name("other"), server.file_url(NAME))
    assert caught.value.code == "requirement-invalid"
    assert str(caught.value) == (
        f"The address given for other does not lead to a wheel of it: {server.root}{FILE}\n"
        "It is a wheel of demo.\n"
        "→ Correct the address, or ask for other without one."
    )


@pytest.mark.parametrize("url", ["git+https://a.example/demo", "https://a.example/demo-1.0.tar.gz", "file:///srv/demo"])
def test_what_is_no_wheel_needs_building(make: Callable[..., Index], url: str) -> None:
    with pytest.raises(Problem) as caught:
        make().direct(DEMO, url)
    assert caught.value.code == "needs-build"
    assert caught.value.what == f"{url} tells only when it is built what it needs."


def test_a_source_distribution_is_downloaded_too(
    server: IndexServer, wheels: Path, make: Callable[..., Index], out: Path
) -> None:
    SdistSpec("demo", "1.0").write(wheels)
    index = make(server.url)
    assert index.download(artifact_of(index), out, Counter()).name == "demo-1.0.tar.gz"
