"""pip from an index, by hand; and the whole set-up of a fresh checkout."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import bootstrap

WHEEL = b"not really a wheel"


@contextmanager
def index(pages: Mapping[str, bytes], credentials: str = "") -> Iterator[str]:
    """Serve pages on loopback; return the address of the index."""
    expected = "Basic " + base64.b64encode(credentials.encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = pages.get(self.path)
            allowed = not credentials or self.headers["Authorization"] == expected
            self.send_response(401 if not allowed else 404 if known is None else 200)
            self.end_headers()
            self.wfile.write(known or b"")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        before = f"{credentials.replace('@', '%40')}@" if credentials else ""
        yield f"http://{before}127.0.0.1:{server.server_port}/simple"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def setup_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bootstrap, "SETUP", tmp_path)
    return tmp_path


def page(*anchors: str) -> dict[str, bytes]:
    files = {f"/files/pip-{version}-py3-none-any.whl": WHEEL for version in ("24.0", "25.10", "26.1", "27.0", "99.0")}
    return {"/simple/pip/": "\n".join(anchors).encode(), **files}


def anchor(version: str, extra: str = "", digest: str = "") -> str:
    name = f"pip-{version}-py3-none-any.whl"
    fragment = f"#sha256={digest}" if digest else ""
    return f'<a href="../../files/{name}{fragment}" {extra}>{name}</a>'


def test_the_newest_pip_that_fits_is_fetched(setup_folder: Path) -> None:
    good = hashlib.sha256(WHEEL).hexdigest()
    pages = page(
        anchor("24.0"),
        anchor("25.10", 'data-requires-python="&gt;=3.9"', good),
        anchor("27.0", 'data-yanked="broken"'),
        anchor("99.0", 'data-requires-python="&gt;=3.99"'),
        '<a href="../../files/pip-100.0.tar.gz">pip-100.0.tar.gz</a>',
    )
    with index(pages, "name:p@ss") as url:
        wheel = bootstrap.downloaded_pip_wheel({"PIP_INDEX_URL": url})
    assert wheel == str(setup_folder / "pip-25.10-py3-none-any.whl")
    assert Path(wheel).read_bytes() == WHEEL


@pytest.mark.parametrize(
    ("anchors", "words"),
    [
        ([anchor("26.1", digest="0" * 64)], "arrived damaged: its hash does not match"),
        (["<p>nothing</p>"], "offers no pip that fits this Python"),
        ([anchor("1.0")], "cannot be fetched: HTTP Error 404"),
    ],
)
def test_a_pip_that_cannot_be_had_is_told(anchors: list[str], words: str, setup_folder: Path) -> None:
    with index(page(*anchors)) as url, pytest.raises(bootstrap.StepFailedError, match=words):
        bootstrap.downloaded_pip_wheel({"PIP_INDEX_URL": url})
    assert list(setup_folder.iterdir()) == []


def test_no_password_is_ever_shown() -> None:
    with index({}, "name:secret") as url, pytest.raises(bootstrap.StepFailedError) as caught:
        bootstrap.downloaded_pip_wheel({"PIP_INDEX_URL": url})
    assert "secret" not in str(caught.value)
    assert "404" in str(caught.value)


@pytest.mark.parametrize("variables", [{}, {"PIP_NO_INDEX": "1", "PIP_INDEX_URL": "http://127.0.0.1:1/"}])
def test_without_an_index_nothing_is_fetched(variables: dict[str, str]) -> None:
    with pytest.raises(bootstrap.StepFailedError, match="names no index"):
        bootstrap.downloaded_pip_wheel(variables)


@pytest.mark.network
def test_a_fresh_checkout_sets_itself_up_once(tmp_path: Path, machine: Mapping[str, str]) -> None:
    checkout = tmp_path / "a chéckout"
    shutil.copytree(
        bootstrap.ROOT,
        checkout,
        ignore=shutil.ignore_patterns(".git", ".setup", ".*_cache", "__pycache__", ".hypothesis"),
    )
    command = [getattr(sys, "_base_executable", sys.executable), "tests/bootstrap.py", "examples"]
    first, second = (
        subprocess.run(command, cwd=checkout, env=dict(machine), capture_output=True, encoding="utf-8", check=True)
        for _ in range(2)
    )
    assert first.stderr.startswith("Setting up a private environment in ")
    assert second.stderr == ""
    assert first.stdout == second.stdout
    python = first.stdout.strip()
    assert Path(python).is_relative_to(checkout)
    shown = subprocess.run([python, "-m", "venvoy", "--version"], capture_output=True, encoding="utf-8", check=True)
    assert shown.stdout.startswith("venvoy ")
