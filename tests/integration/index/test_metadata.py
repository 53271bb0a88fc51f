from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from packaging.utils import canonicalize_name

from support.wheels import SdistSpec, WheelSpec, broken_wheels
from venvoy.errors import Problem
from venvoy.index.connection import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.index_server import IndexServer
    from venvoy.index.client import Index
    from venvoy.model.artifact import Artifact, Candidate, CoreMetadata

DEMO = canonicalize_name("demo")
FILE = "/files/demo-1.0-py3-none-any.whl"
NOISE = random.Random(1).randbytes(400_000)
LARGE = WheelSpec("demo", "1.0", requires=["other>=2"], files={"demo/noise.bin": NOISE})


def only(index: Index, name: str = "demo") -> tuple[Candidate, Artifact]:
    candidate = index.project(canonicalize_name(name)).candidates[0]
    return candidate, candidate.artifacts[0]


def read(index: Index, name: str = "demo") -> CoreMetadata:
    return index.metadata(*only(index, name))


@pytest.mark.parametrize("hashed", [True, False])
def test_announced_metadata_is_fetched_beside_the_wheel(
    server: IndexServer, wheels: Path, make: Callable[..., Index], hashed: bool
) -> None:
    server.behaviour.metadata_hash = hashed
    LARGE.write(wheels)
    assert read(make(server.url)).requires_dist == ("other>=2",)
    assert server.paths("/files/") == [f"{FILE}.metadata"]


def test_unannounced_metadata_is_tried(server: IndexServer, wheels: Path, make: Callable[..., Index]) -> None:
    server.behaviour.metadata = "served"
    LARGE.write(wheels)
    assert read(make(server.url)).requires_dist == ("other>=2",)
    assert server.paths("/files/") == [f"{FILE}.metadata"]


def test_where_there_is_none_the_end_of_the_wheel_is_read_and_no_second_try_made(
    server: IndexServer, wheels: Path, make: Callable[..., Index]
) -> None:
    server.behaviour.metadata = "absent"
    LARGE.write(wheels)
    WheelSpec("second").write(wheels)
    index = make(server.url)
    assert read(index).requires_dist == ("other>=2",)
    assert read(index, "second").name == "second"
    assert server.paths("/files/") == [f"{FILE}.metadata", FILE, "/files/second-1.0-py3-none-any.whl"]
    assert [request.status for request in server.log if request.path == FILE] == [206]


def test_metadata_far_from_the_end_takes_another_range(
    server: IndexServer, wheels: Path, make: Callable[..., Index]
) -> None:
    server.behaviour.metadata = "absent"
    WheelSpec("demo", requires=["x"], files={}, data={"data/noise": NOISE}, entries=()).write(wheels)
    path = wheels / "demo-1.0-py3-none-any.whl"
    spec = WheelSpec("demo", requires=["x"], files={f"demo/{n}.txt": "x" for n in range(1500)}, compress=False)
    path.write_bytes(spec.content())
    assert read(make(server.url)).requires_dist == ("x",)
    assert {request.status for request in server.log if request.path == FILE} == {206}
    assert len(server.paths(FILE)) > 2


def test_a_server_without_ranges_sends_the_whole_wheel_once(
    server: IndexServer, wheels: Path, make: Callable[..., Index]
) -> None:
    server.behaviour.metadata = "absent"
    server.behaviour.ranges = False
    LARGE.write(wheels)
    assert read(make(server.url)).requires_dist == ("other>=2",)
    assert server.paths("/files/") == [f"{FILE}.metadata", FILE]


@pytest.mark.parametrize("status", [400, 416, 501])
def test_a_server_that_refuses_ranges_sends_the_whole_wheel(
    server: IndexServer, wheels: Path, make: Callable[..., Index], status: int
) -> None:
    server.behaviour.metadata = "absent"
    LARGE.write(wheels)
    server.fail(FILE, status)
    assert read(make(server.url)).requires_dist == ("other>=2",)
    assert [request.status for request in server.log if request.path == FILE] == [status, 200]


def test_a_polite_page_is_not_taken_for_metadata(server: IndexServer, wheels: Path, make: Callable[..., Index]) -> None:
    server.behaviour.metadata = "served"
    server.behaviour.pages[f"{FILE}.metadata"] = ("text/html", b"<html>Sorry, nothing here.</html>")
    LARGE.write(wheels)
    assert read(make(server.url)).requires_dist == ("other>=2",)


def test_metadata_is_kept_for_good(server: IndexServer, wheels: Path, make: Callable[..., Index]) -> None:
    LARGE.write(wheels)
    first = read(make(server.url))
    server.forget()
    index = make(server.url)
    candidate, artifact = only(index)
    index.want_metadata(candidate, artifact)
    assert index.metadata(candidate, artifact) == first
    assert server.paths("/files/") == []
    offline = make(server.url, settings=Settings(offline=True))
    assert offline.metadata(*only(offline)) == first


def test_metadata_that_is_wanted_early_is_fetched_once(
    server: IndexServer, wheels: Path, make: Callable[..., Index]
) -> None:
    for number in range(8):
        WheelSpec("demo", f"{number}.0").write(wheels)
    index = make(server.url)
    candidates = index.project(DEMO).candidates
    for candidate in candidates:
        index.want_metadata(candidate, candidate.artifacts[0])
    assert [index.metadata(c, c.artifacts[0]).version for c in candidates] == [c.version for c in candidates]
    assert len(server.paths("/files/")) == 8


def test_offline_says_what_is_missing(server: IndexServer, wheels: Path, make: Callable[..., Index]) -> None:
    LARGE.write(wheels)
    only(make(server.url))
    offline = make(server.url, settings=Settings(offline=True))
    with pytest.raises(Problem) as caught:
        read(offline)
    assert str(caught.value) == (
        "Working offline, and the description of demo-1.0-py3-none-any.whl is not in the cache.\n"
        "→ Run the command again without --offline."
    )


def test_metadata_that_is_not_the_announced_one_is_refused(
    server: IndexServer, wheels: Path, make: Callable[..., Index]
) -> None:
    LARGE.write(wheels)
    server.behaviour.pages[f"{FILE}.metadata"] = ("text/plain", b"Name: demo\nVersion: 1.0\n")
    index = make(server.url)
    candidate, artifact = only(index)
    with pytest.raises(Problem) as caught:
        index.metadata(candidate, artifact)
    assert caught.value.code == "hash-mismatch"
    assert caught.value.what == "The description of demo-1.0-py3-none-any.whl is not the one that the index promises."
    assert caught.value.why.startswith(f"expected {(artifact.metadata or {})['sha256']}\nreceived ")


@pytest.mark.parametrize("kind", ["other name", "other version"])
def test_a_wheel_that_says_it_is_another_is_refused(
    server: IndexServer, wheels: Path, make: Callable[..., Index], kind: str
) -> None:
    broken_wheels("demo")[kind].write(wheels)
    with pytest.raises(Problem) as caught:
        read(make(server.url))
    assert caught.value.code == "metadata-invalid"
    inside = {"other name": "something-else 1.0", "other version": "demo 9.9"}[kind]
    assert str(caught.value) == (
        f"demo-1.0-py3-none-any.whl: The file says that it holds {inside}, but its name promises demo 1.0.\n"
        "→ Choose another version of it, or tell its maintainers."
    )


def test_a_wheel_without_metadata_is_refused(server: IndexServer, wheels: Path, make: Callable[..., Index]) -> None:
    broken_wheels("demo")["no METADATA"].write(wheels)
    with pytest.raises(Problem) as caught:
        read(make(server.url))
    assert caught.value.code == "wheel-invalid"
    assert str(caught.value) == (
        f"{server.root}{FILE}: The wheel demo-1.0-py3-none-any.whl is broken.\n"
        "It holds no METADATA file for this distribution.\n"
        "→ Choose another version of it, or tell its maintainers."
    )


def test_a_file_that_is_no_zip_is_refused(server: IndexServer, wheels: Path, make: Callable[..., Index]) -> None:
    (wheels / "demo-1.0-py3-none-any.whl").write_bytes(NOISE)
    with pytest.raises(Problem) as caught:
        read(make(server.url))
    assert caught.value.why == "It is no whole zip file: File is not a zip file"


def test_a_source_distribution_needs_building(server: IndexServer, wheels: Path, make: Callable[..., Index]) -> None:
    SdistSpec("demo", "1.0").write(wheels)
    with pytest.raises(Problem) as caught:
        read(make(server.url))
    assert caught.value.code == "needs-build"
    assert str(caught.value) == (
        "demo-1.0.tar.gz would have to be built on this computer, and venvoy cannot do that yet.\n"
        "It is a source distribution: building it runs its code. This comes in a later version of venvoy.\n"
        "→ Choose a version, or a Python, for which there is a wheel."
    )


def test_a_local_wheel_is_just_opened(wheels: Path, make: Callable[..., Index]) -> None:
    LARGE.write(wheels)
    index = make(links=(str(wheels),), settings=Settings(offline=True))
    assert read(index).requires_dist == ("other>=2",)
