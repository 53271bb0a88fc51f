from __future__ import annotations

import gzip
import io
import random
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from support.index_server import IndexServer
from support.wheels import SdistSpec, WheelSpec, broken_wheels, core_metadata
from venvoy.errors import Problem
from venvoy.index import sdists
from venvoy.index.client import Index
from venvoy.index.connection import Settings
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
    SdistSpec("demo", "1.0", files={"PKG-INFO": core_metadata("demo", "1.0"), "pyproject.toml": ""}).write(wheels)
    with pytest.raises(Problem) as caught:
        read(make(server.url))
    assert caught.value.code == "needs-build"
    assert str(caught.value) == (
        "demo-1.0.tar.gz tells only when it is built what it needs.\n"
        "It is source code, and building it runs its code.\n"
        "→ Choose a version, or a Python, for which there is a wheel."
    )


def test_a_local_wheel_is_just_opened(wheels: Path, make: Callable[..., Index]) -> None:
    LARGE.write(wheels)
    index = make(links=(str(wheels),), settings=Settings(offline=True))
    assert read(index).requires_dist == ("other>=2",)


SDIST = "/files/demo-1.0.tar.gz"
STATIC = core_metadata("demo", "1.0", requires=["other>=2"], requires_python=">=3.9").replace("2.1", "2.2", 1)


def test_a_source_distribution_says_what_it_needs_when_building_cannot_change_it(
    server: IndexServer, wheels: Path, make: Callable[..., Index]
) -> None:
    SdistSpec("demo", requires=["other>=2"], requires_python=">=3.9", files={"noise.bin": NOISE}).write(wheels)
    found = read(make(server.url))
    assert (found.requires_dist, found.requires_python) == (("other>=2",), ">=3.9")
    server.forget()
    assert read(make(server.url)) == found
    assert server.paths("/files/") == []


@pytest.mark.parametrize(
    "text",
    [
        STATIC.replace("2.2", "2.1", 1),
        STATIC.replace("Name:", "Dynamic: Requires-Dist\nName:", 1),
        STATIC.replace("Name:", "dynamic:requires-python\nName:", 1),
        STATIC.replace("Name:", "Dynamic: Provides-Extra\nName:", 1),
        STATIC.replace("2.2", "soon", 1),
    ],
)
def test_what_a_build_may_change_is_not_believed_and_asked_for_once(
    server: IndexServer, wheels: Path, make: Callable[..., Index], text: str
) -> None:
    SdistSpec("demo", files={"PKG-INFO": text, "pyproject.toml": "[build-system]\nrequires = []\n"}).write(wheels)
    for _ in range(2):
        with pytest.raises(Problem) as caught:
            read(make(server.url))
        assert caught.value.code == "needs-build"
    assert server.paths("/files/") == [SDIST]


PROJECT = """
[project]
name = "demo"
version = "1.0"
requires-python = ">=3.8"
dependencies = ["other >=2", 'win; sys_platform == "win32"']
[project.optional-dependencies]
Fast_One = ["speed", 'arm; platform_machine == "arm64" or python_version < "3.10"']
"""


def test_a_project_table_says_it_as_well(server: IndexServer, wheels: Path, make: Callable[..., Index]) -> None:
    SdistSpec("demo", files={"PKG-INFO": core_metadata("demo", "1.0"), "pyproject.toml": PROJECT}).write(wheels)
    found = read(make(server.url))
    assert found.requires_dist == (
        "other>=2",
        'win; sys_platform == "win32"',
        'speed; extra == "fast-one"',
        'arm; (platform_machine == "arm64" or python_version < "3.10") and extra == "fast-one"',
    )
    assert (found.requires_python, found.provides_extra) == (">=3.8", frozenset({"fast-one"}))


@pytest.mark.parametrize(
    "text",
    [
        PROJECT.replace("version =", 'dynamic = ["dependencies"]\nversion =', 1),
        PROJECT.replace("version =", 'dynamic = ["requires-python"]\nversion =', 1),
        PROJECT.replace("other >=2", "other >= two"),
        PROJECT.replace('name = "demo"', ""),
        PROJECT.replace("[project]", "[project"),
        "project = 1",
        "",
    ],
)
def test_a_project_table_that_leaves_it_to_the_backend_does_not(
    server: IndexServer, wheels: Path, make: Callable[..., Index], text: str
) -> None:
    SdistSpec("demo", files={"PKG-INFO": core_metadata("demo", "1.0"), "pyproject.toml": text}).write(wheels)
    with pytest.raises(Problem) as caught:
        read(make(server.url))
    assert caught.value.code == "needs-build"


def test_other_dynamic_fields_make_no_difference(server: IndexServer, wheels: Path, make: Callable[..., Index]) -> None:
    SdistSpec("demo", files={"PKG-INFO": STATIC.replace("Name:", "Dynamic: License\nName:", 1)}).write(wheels)
    assert read(make(server.url)).requires_dist == ("other>=2",)


def test_only_the_file_in_the_top_folder_counts(server: IndexServer, wheels: Path, make: Callable[..., Index]) -> None:
    other = STATIC.replace("other>=2", "wrong")
    files = {"vendored/PKG-INFO": other, "demo.egg-info/PKG-INFO": other, "PKG-INFO": STATIC}
    SdistSpec("demo", files=files).write(wheels)
    assert read(make(server.url)).requires_dist == ("other>=2",)


@pytest.mark.parametrize("ranges", [True, False])
def test_a_zip_will_do(server: IndexServer, wheels: Path, make: Callable[..., Index], ranges: bool) -> None:
    server.behaviour.ranges = ranges
    with zipfile.ZipFile(wheels / "demo-1.0.zip", "w") as archive:
        archive.writestr("demo-1.0/noise.bin", NOISE)
        archive.writestr("demo-1.0/PKG-INFO", STATIC)
    assert read(make(server.url)).requires_dist == ("other>=2",)
    status = 206 if ranges else 200
    assert [request.status for request in server.log if request.path.endswith(".zip")] == [status]


def test_a_source_distribution_on_this_machine_is_just_opened(wheels: Path, make: Callable[..., Index]) -> None:
    SdistSpec("demo", requires=["other>=2"]).write(wheels)
    assert read(make(links=(str(wheels),), settings=Settings(offline=True))).requires_dist == ("other>=2",)


def _tar(*members: tuple[str, bytes], lie: int = 0) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = lie or len(content)
            buffer_of = io.BytesIO(content)
            if lie:
                archive.fileobj.write(member.tobuf())
            else:
                archive.addfile(member, buffer_of)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no archive at all", "It is no whole .tar.gz file: "),
        (_tar(("demo-1.0/PKG-INFO", STATIC.encode()))[:-60], "It is no whole .tar.gz file: it ends too early"),
        (gzip.compress(b"x" * 4096), "It is no whole .tar.gz file: "),
        (_tar(("demo-1.0/PKG-INFO", b""), lie=1 << 30), "Its PKG-INFO is too large to be one."),
        (_tar(("demo-1.0/hole", b""), lie=1 << 30), "It is no whole .tar.gz file: it ends too early"),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",  # a gzip file holds the time: no name
)
def test_a_broken_source_distribution_is_named(
    server: IndexServer, wheels: Path, make: Callable[..., Index], content: bytes, why: str
) -> None:
    (wheels / "demo-1.0.tar.gz").write_bytes(content)
    with pytest.raises(Problem) as caught:
        read(make(server.url))
    assert caught.value.code == "metadata-invalid"
    assert caught.value.what == "The source distribution demo-1.0.tar.gz is broken."
    assert caught.value.why.startswith(why)


def test_what_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdists, "_MOST", 1 << 20)
    bomb = _tar(("demo-1.0/zeros", bytes(1 << 22)), ("demo-1.0/PKG-INFO", STATIC.encode()))
    taken: list[bytes] = []

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(bomb), 256):
            taken.append(bomb[start : start + 256])
            yield taken[-1]

    artifact = Artifact("demo-1.0.tar.gz", "https://files.example/demo-1.0.tar.gz", "sdist", DEMO, Version("1.0"))
    with pytest.raises(Problem, match="its content never seems to end"):
        list(sdists.from_tar(pieces(), artifact))
    assert sum(map(len, taken)) < len(bomb)
