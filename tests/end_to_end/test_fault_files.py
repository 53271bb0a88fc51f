"""Files that are not what they should be are never installed, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command_line import WINDOWS, CommandLine, tree
from support.index_server import IndexServer
from support.wheels import broken_wheels, unsafe_wheels

PAINT = "paint-4.1-py3-none-any.whl"


@pytest.fixture(autouse=True)
def untouched(project: Path, cache: Path, venvoy: CommandLine) -> Iterator[None]:
    venvoy.environ["PIP_RETRIES"] = "0"
    before = tree(project)
    yield
    assert tree(project) == before
    assert not (cache / "tmp").exists() or not list((cache / "tmp").iterdir())


def test_another_hash(venvoy: CommandLine, index: IndexServer) -> None:
    index.behaviour.wrong_hashes.add(PAINT)
    venvoy("add", "paint").says("""
        exit 22
        err error: paint-4.1-py3-none-any.whl is not the file that it should be: its sha256 hash is another one. [hash-mismatch]
        err   at [INDEX]/files/paint-4.1-py3-none-any.whl
        err   expected [DIGEST]
        err   received [DIGEST]
        err   → Run the command again: the file may have been damaged on the way.
        err   → If it happens again, do not install this file. Tell whoever runs the index: it may have been changed.
    """)
    venvoy("add", "paint", "--json").says(r"""
        exit 22
        out {
        out   "schema": 1, "command": "add", "ok": false,
        out   "error": {
        out     "code": "hash-mismatch",
        out     "what": "paint-4.1-py3-none-any.whl is not the file that it should be: its sha256 hash is another one.",
        out     "why": "expected [DIGEST]\nreceived [DIGEST]",
        out     "fix": [
        out       "Run the command again: the file may have been damaged on the way.",
        out       "If it happens again, do not install this file. Tell whoever runs the index: it may have been changed."
        out     ],
        out     "where": "[INDEX]/files/paint-4.1-py3-none-any.whl", "exit": 22,
        out     "data": {"algorithm": "sha256", "expected": "[DIGEST]", "received": "[DIGEST]"}
        out   },
        out   "warnings": []
        out }
    """)


def test_a_download_that_ends_early(venvoy: CommandLine, index: IndexServer) -> None:
    index.behaviour.truncate[f"/files/{PAINT}"] = [100] * 20
    venvoy("add", "paint").says("""
        exit 20
        err error: The download of paint-4.1-py3-none-any.whl broke off 4 times. [download-truncated]
        err   at [INDEX]/files/paint-4.1-py3-none-any.whl
        err   400 of 841 bytes came in.
        err   → Check your connection to the internet, then run the command again.
    """)


def test_a_file_that_is_gone(venvoy: CommandLine, index: IndexServer) -> None:
    index.fail(f"/files/{PAINT}", 404, times=9)
    venvoy("add", "paint").says("""
        exit 20
        err error: 127.0.0.1 does not have the file paint-4.1-py3-none-any.whl (status 404). [file-missing]
        err   at [INDEX]/files/paint-4.1-py3-none-any.whl
        err   The index has listed it, but it may have been deleted since.
        err   → Choose versions anew: venvoy update
        err   → If that chooses the same version, rule it out in pyproject.toml: [tool.venvoy] constraints = ["paint!=4.1"]
    """)


@pytest.mark.parametrize("trick", sorted(unsafe_wheels()))
def test_a_malicious_wheel(venvoy: CommandLine, wheels: Path, trick: str) -> None:
    if trick in {"alternate stream", "device name", "same path in other case"} and not WINDOWS:
        pytest.skip("such names are harmless here")
    unsafe_wheels()[trick].write(wheels)
    ran = venvoy("add", "evil")
    assert ran.code == 22
    lines = ran.stderr.splitlines()
    assert lines[0] == ("error: evil-1.0-py3-none-any.whl was not installed, because it is not safe. [wheel-unsafe]")
    assert lines[2:] == [
        '  → Choose another version: venvoy add "evil!=1.0"',
        "  → Tell the people who publish evil, so that they can put it right.",
    ]


def test_a_malicious_wheel_in_words(venvoy: CommandLine, wheels: Path) -> None:
    tricks = unsafe_wheels()
    tricks["parent folder"].write(wheels)
    venvoy("add", "evil").says("""
        exit 22
        err error: evil-1.0-py3-none-any.whl was not installed, because it is not safe. [wheel-unsafe]
        err   Its entry '../evil.py' leads out of its own folder.
        err   → Choose another version: venvoy add "evil!=1.0"
        err   → Tell the people who publish evil, so that they can put it right.
    """)
    tricks["script with slash"].write(wheels)
    venvoy("add", "evil", "--json").says(r"""
        exit 22
        out {
        out   "schema": 1, "command": "add", "ok": false,
        out   "error": {
        out     "code": "wheel-unsafe",
        out     "what": "evil-1.0-py3-none-any.whl was not installed, because it is not safe.",
        out     "why": "Its command 'sub/evil' would be written outside the folder for commands.",
        out     "fix": [
        out       "Choose another version: venvoy add \"evil!=1.0\"",
        out       "Tell the people who publish evil, so that they can put it right."
        out     ],
        out     "where": "", "exit": 22,
        out     "data": {"file": "evil-1.0-py3-none-any.whl", "entry": "entry_points.txt"}
        out   },
        out   "warnings": []
        out }
    """)


@pytest.mark.parametrize("fault", sorted(broken_wheels()))
def test_a_broken_wheel(venvoy: CommandLine, wheels: Path, fault: str) -> None:
    broken_wheels()[fault].write(wheels)
    ran = venvoy("add", "broken")
    assert ran.code in {10, 22}
    assert "Traceback" not in ran.stderr
    assert "[internal]" not in ran.stderr


def test_a_broken_wheel_in_words(venvoy: CommandLine, wheels: Path) -> None:
    broken = broken_wheels()
    broken["content differs from RECORD"].write(wheels)
    venvoy("add", "broken").says("""
        exit 22
        err error: broken-1.0-py3-none-any.whl was not installed, because it is not a correct wheel. [wheel-invalid]
        err   Its entry 'broken.py' is not what its RECORD says it is.
        err   → Choose another version: venvoy add "broken!=1.0"
        err   → Tell the people who publish broken, so that they can put it right.
    """)
    (wheels / "broken-1.0-py3-none-any.whl").write_bytes(b"<html>not found</html>")
    venvoy("add", "broken").says("""
        exit 10
        err error: No version of broken can be installed, and your project needs it. [no-version]
        err   1 version (1.0) cannot be used: The wheel broken-1.0-py3-none-any.whl is broken.
        err   → Use something else in its place.
    """)
