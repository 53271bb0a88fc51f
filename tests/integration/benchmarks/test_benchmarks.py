"""The benchmarks run, on a made-up index and without a peer; what they measure is looked at by people."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from support.index_server import Behaviour, IndexServer
from support.wheels import WheelSpec

ROOT = Path(__file__).resolve().parents[3]
BENCHMARKS = [sys.executable, str(ROOT / "benchmarks")]
JSON_TYPE = "application/vnd.pypi.simple.v1+json"
# The plainest of indexes: pages in HTML, without sizes and metadata.
PLAIN = Behaviour(json=False, metadata="absent", sizes=False, cache_control="no-store")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes are accounted for with wait4")


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """One connection, which stays open."""

    def __init__(self, index: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(index).netloc, timeout=30)

    def close(self) -> None:
        self._connection.close()

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        self._connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
        answer = self._connection.getresponse()
        return Answer(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read())

    def files(self, name: str) -> list[dict[str, object]]:
        files: list[dict[str, object]] = json.loads(self.ask(f"/simple/{name}/").body)["files"]
        return files


@contextmanager
def mirror(folder: Path, *options: str, index: str = "") -> Iterator[tuple[Client, Path]]:
    log = folder.with_suffix(".log")
    variables = {**os.environ, "PIP_INDEX_URL": index, "PYTHONPATH": str(ROOT / "src")}
    command = [*BENCHMARKS, "mirror", "--folder", str(folder), *options]
    with (
        log.open("wb") as said,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=variables) as process,
    ):
        assert process.stdout
        client = Client(process.stdout.readline().decode().strip())
        try:
            yield client, log
        finally:
            client.close()
            process.terminate()


def path_of(file: Mapping[str, object]) -> str:
    return urlsplit(str(file["url"])).path


def test_a_mirror_fetches_once_and_then_serves_without_the_index_beyond(tmp_path: Path) -> None:
    wheel = WheelSpec("demo", files={"demo.py": os.urandom(400_000)}).write(tmp_path / "wheels").read_bytes()
    other = WheelSpec("demo", "2.0", requires=["more>=1"]).write(tmp_path / "wheels").read_bytes()
    kept = tmp_path / "kept"
    with IndexServer(tmp_path / "wheels", PLAIN) as index:
        with mirror(kept, index=index.url) as (client, _):
            first, second = client.files("demo")
            assert "size" not in first
            assert first["core-metadata"] is True
            assert client.ask(path_of(first)).body == wheel
            assert b"Requires-Dist: more>=1" in client.ask(f"{path_of(second)}.metadata").body
            assert client.ask("/simple/nothing/").status == 404
        asked = len(index.log)
        with mirror(kept, index=index.url) as (client, _):
            assert [file["size"] for file in client.files("demo")] == [len(wheel), len(other)]
            assert client.ask("/simple/nothing/").status == 404
            assert client.ask(path_of(first)).body == wheel
        assert len(index.log) == asked
    with mirror(kept, "--offline", index="http://beyond.example/simple/") as (client, log):
        first, second = client.files("demo")
        assert [file["size"] for file in (first, second)] == [len(wheel), len(other)]
        metadata = client.ask(f"{path_of(second)}.metadata").body
        assert second["core-metadata"] == {"sha256": hashlib.sha256(metadata).hexdigest()}
        assert client.ask(path_of(first)).body == wheel
        assert log.read_text("utf-8") == ""
        assert client.ask(path_of(second)).status == 404
        assert log.read_text("utf-8").split() == ["not", "there:", path_of(second)]


def test_a_mirror_learns_the_sizes_of_a_version_that_is_asked_about(tmp_path: Path) -> None:
    WheelSpec("demo", "0.9").write(tmp_path / "wheels")
    sizes = [
        WheelSpec("demo", tag=f"{tag}-none-any").write(tmp_path / "wheels").stat().st_size for tag in ("py2", "py3")
    ]
    with IndexServer(tmp_path / "wheels", PLAIN) as index:
        with mirror(tmp_path / "kept", index=index.url) as (client, _):
            _, _, file = client.files("demo")
            answer = client.ask(path_of(file), Range="bytes=0-0")
            assert (answer.status, answer.headers["content-range"]) == (206, f"bytes 0-0/{sizes[1]}")
            assert client.ask(path_of(file), "HEAD").headers["content-length"] == str(sizes[1])
        asked = [request.headers["range"] for request in index.log if request.path.startswith("/files/")]
        assert asked == ["bytes=0-0"] * len(sizes)
    with mirror(tmp_path / "kept", "--offline") as (client, _):
        assert [file.get("size") for file in client.files("demo")] == [None, *sizes]


def test_a_mirror_speaks_http_as_clients_need_it(tmp_path: Path) -> None:
    wheel = WheelSpec("demo").write(tmp_path / "wheels").read_bytes()
    with IndexServer(tmp_path / "wheels", PLAIN) as index, mirror(tmp_path / "kept", index=index.url) as (client, _):
        page = client.ask("/simple/demo/")
        assert (page.headers["content-type"], page.headers["cache-control"]) == (JSON_TYPE, "max-age=600, public")
        zipped = client.ask("/simple/demo/", Accept_Encoding="br, gzip")
        assert zipped.headers["content-encoding"] == "gzip"
        assert gzip.decompress(zipped.body) == page.body
        assert client.ask("/simple/demo/", If_None_Match=page.headers["etag"])[::2] == (304, b"")
        path = path_of(client.files("demo")[0])
        assert client.ask(path).headers["accept-ranges"] == "bytes"
        for asked, part in (("2-5", wheel[2:6]), ("10-", wheel[10:]), ("-7", wheel[-7:]), ("0-99999999", wheel)):
            answer = client.ask(path, Range=f"bytes={asked}")
            assert (answer.status, answer.body) == (206, part), asked
        assert client.ask(path, Range=f"bytes={len(wheel)}-").status == 416
        assert client.ask("/files/../../etc/passwd").status == 404


@pytest.fixture
def venvoy(tmp_path: Path) -> Path:
    """A command beside an interpreter, as an installation has them."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, arguments in (("venvoy", " -m venvoy"), ("python", "")):
        path = folder / name
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}"{arguments} "$@"\n', "utf-8")
        path.chmod(0o755)
    return folder / "venvoy"


def table(venvoy: Path, *words: str, **variables: str) -> list[list[str]]:
    """The words of each line that a benchmark prints."""
    options = ["--venvoy", str(venvoy), "--uv=", "--python", sys.executable, "--folder", str(venvoy.parent.parent)]
    source = os.pathsep.join((str(ROOT / "src"), os.environ.get("PYTHONPATH", "")))
    environment = {**os.environ, "PYTHONPATH": source, **variables}
    command = [*BENCHMARKS, *words, *options, "--rounds", "1"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == "There is no uv on PATH, so its lines stay empty: give --uv PATH.\n"
    return [line.split() for line in done.stdout.splitlines()]


def test_growth_is_measured(tmp_path: Path, venvoy: Path) -> None:
    lines = table(venvoy, "growth", "--sizes", "2", "--environments", "2")
    rows = [line for line in lines if line[1:2] == ["venvoy"]]
    assert [row[0] for row in rows] == ["2", "1", "2"]
    first, second = rows[1:]
    assert first[3:7] == second[3:7]  # disk, folders and files: a further environment costs what the first one did
    assert int(second[7]) == int(first[7]) + 1  # links
    assert list((tmp_path / "runs").iterdir()) == []


def test_projects_are_measured_job_by_job(tmp_path: Path, venvoy: Path) -> None:
    for name in ("requests", "flask", "rich", "click", "tqdm"):
        WheelSpec(name).write(tmp_path / "wheels")
    jobs = ["lock_cold", "lock_noop", "import_compiled"]
    with IndexServer(tmp_path / "wheels", PLAIN) as index:
        words = ("--set", "small", "--jobs", ",".join(jobs), "--json", str(tmp_path / "figures.json"))
        lines = table(venvoy, "projects", *words, PIP_INDEX_URL=index.url)
    assert [line[0] for line in lines if line[1:2] == ["venvoy"]] == jobs
    figures = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    rows = figures["sets"]["small"]
    assert [row["job"] for row in rows] == jobs
    assert [run["code"] for row in rows for run in row["runs"]] == [0] * len(jobs)
    assert not any("asked for in vain" in " ".join(line) for line in lines)
