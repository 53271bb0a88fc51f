"""What a copy of the process fetches ahead: each thing once, nothing that must not be asked for, no fault without words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from support.command_line import CommandLine
from support.index_server import IndexServer
from support.wheels import WheelSpec

needs_copies = pytest.mark.skipif(
    sys.platform != "linux" or (os.cpu_count() or 1) == 1, reason="processes are copied on Linux only"
)
CHAIN = [f"chain{number:02}" for number in range(10)]


def require(project: Path, *requirements: str, more: str = "") -> None:
    """Write a project that has not been locked."""
    listed = ", ".join(f"'{one}'" for one in requirements)
    text = f'[project]\nname = "project"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = [{listed}]\n{more}'
    Path(project, "pyproject.toml").write_text(text, encoding="utf-8")
    Path(project, "pylock.toml").unlink(missing_ok=True)


@pytest.fixture
def chain(project: Path, wheels: Path) -> Path:
    """A project whose one dependency needs another one, and so on."""
    for name, needed in zip(CHAIN, [*CHAIN[1:], ""], strict=True):
        WheelSpec(name, requires=[needed] if needed else []).write(wheels)
        WheelSpec(name, "2.0rc1", requires=["nobody"]).write(wheels)
    require(project, CHAIN[0])
    return project


@pytest.mark.parametrize("roots", [1, len(CHAIN)], ids=["one copy", "several copies"])
def test_each_page_and_each_description_is_fetched_once(
    chain: Path, venvoy: CommandLine, index: IndexServer, roots: int
) -> None:
    require(chain, *CHAIN[:roots])
    index.behaviour.cache_control = "max-age=600"
    assert venvoy("lock").code == 0
    text = (chain / "pylock.toml").read_text(encoding="utf-8")
    assert [name for name in CHAIN if f'name = "{name}"' in text] == CHAIN
    assert sorted(index.arrived) == sorted(
        path for name in CHAIN for path in (f"/simple/{name}/", f"/files/{name}-1.0-py3-none-any.whl.metadata")
    )
    index.arrived.clear()
    (chain / "pylock.toml").unlink()
    assert venvoy("lock").code == 0
    assert index.arrived == []
    assert (chain / "pylock.toml").read_text(encoding="utf-8") == text


@needs_copies
def test_what_will_be_needed_is_fetched_before_anybody_has_chosen(
    chain: Path, venvoy: CommandLine, index: IndexServer
) -> None:
    # The last page is asked for although the first description, which says what to choose, has not come to the chooser.
    gate = index.behaviour.gates[f"/simple/{CHAIN[-1]}/"] = threading.Event()
    process = venvoy.start("lock")
    while f"/simple/{CHAIN[-1]}/" not in index.arrived:
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    copies = children(process)
    assert copies
    gate.set()
    assert venvoy.finish(process).code == 0
    for copy in copies:
        with pytest.raises(ProcessLookupError):
            os.kill(copy, 0)


@needs_copies
def test_the_copies_end_with_the_process_that_made_them(chain: Path, venvoy: CommandLine, index: IndexServer) -> None:
    require(chain, *CHAIN)
    gate = index.behaviour.gates[f"/simple/{CHAIN[5]}/"] = threading.Event()
    process = venvoy.start("lock")
    while f"/simple/{CHAIN[5]}/" not in index.arrived:
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    copies = children(process)
    assert len(copies) > 1
    process.kill()
    process.communicate()
    patience = time.monotonic() + 30
    while any(map(alive, copies)):
        assert time.monotonic() < patience
        time.sleep(0.01)
    gate.set()
    del index.behaviour.gates[f"/simple/{CHAIN[5]}/"]
    assert venvoy("lock").code == 0


@needs_copies
@pytest.mark.parametrize("roots", [1, len(CHAIN)], ids=["the only one", "one of several"])
def test_when_a_copy_is_killed_the_rest_is_fetched_without_it(
    chain: Path, venvoy: CommandLine, index: IndexServer, roots: int
) -> None:
    require(chain, *CHAIN[:roots])
    gate = index.behaviour.gates[f"/simple/{CHAIN[3]}/"] = threading.Event()
    process = venvoy.start("lock")
    while f"/simple/{CHAIN[3]}/" not in index.arrived:
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    os.kill(children(process)[0], signal.SIGKILL)
    gate.set()
    assert venvoy.finish(process).code == 0
    assert 'name = "chain09"' in (chain / "pylock.toml").read_text(encoding="utf-8")


@needs_copies
def test_ctrl_c_ends_the_copy(chain: Path, venvoy: CommandLine, index: IndexServer) -> None:
    gate = index.behaviour.gates[f"/simple/{CHAIN[0]}/"] = threading.Event()
    process = venvoy.start("lock")
    while not index.arrived:
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    copies = children(process)
    process.send_signal(signal.SIGINT)
    assert venvoy.finish(process).code == 130
    gate.set()
    for copy in copies:
        with pytest.raises(ProcessLookupError):
            os.kill(copy, 0)
    assert not (chain / "pylock.toml").exists()


def test_names_that_are_excluded_or_have_a_place_of_their_own_are_never_asked_for(
    project: Path, wheels: Path, venvoy: CommandLine, index: IndexServer
) -> None:
    WheelSpec("top", requires=["secret", "helper", 'other; extra == "x"', 'older; python_version < "3.5"']).write(
        wheels
    )
    require(project, "top", more='[tool.venvoy]\nexclude = ["secret"]\n')
    assert venvoy("lock").code == 0
    asked = {path for path in index.arrived if path.startswith("/simple/")}
    assert asked == {"/simple/top/", "/simple/helper/"}
    index.arrived.clear()
    (project / "own").mkdir()
    WheelSpec("secret").write(project / "own")
    place = "own/secret-1.0-py3-none-any.whl"
    require(project, "top", "secret", more=f'[tool.venvoy.sources]\nsecret = {{ path = "{place}" }}\n')
    assert venvoy("lock").code == 0
    assert "/simple/secret/" not in index.arrived


def test_what_must_not_be_kept_is_fetched_by_who_needs_it(
    chain: Path, venvoy: CommandLine, index: IndexServer, cache: Path
) -> None:
    index.behaviour.cache_control = "no-store"
    assert venvoy("lock").code == 0
    assert 'name = "chain09"' in (chain / "pylock.toml").read_text(encoding="utf-8")
    assert list(cache.glob("simple-*/*/*")) == []
    assert max(map(index.arrived.count, index.arrived)) <= 2


def test_a_passing_fault_is_tried_again_and_a_lasting_one_is_said(
    chain: Path, venvoy: CommandLine, index: IndexServer
) -> None:
    index.fail(f"/simple/{CHAIN[2]}/", 503, times=2)
    index.fail(f"/files/{CHAIN[4]}-1.0-py3-none-any.whl.metadata", 0, times=4)
    ran = venvoy("lock", "-v")
    assert ran.code == 0
    assert ran.stderr.count("Trying again") >= 2
    (chain / "pylock.toml").unlink()
    index.fail(f"/simple/{CHAIN[5]}/", 404, times=9)
    ran = venvoy("lock")
    assert ran.code != 0
    assert CHAIN[5] in ran.stderr


def test_an_index_that_asks_for_a_password_gets_it_from_its_address(
    chain: Path, venvoy: CommandLine, index: IndexServer
) -> None:
    index.behaviour.credentials = ("me", "s3cret")
    ran = venvoy("lock", PIP_INDEX_URL=index.url.replace("//", "//me:s3cret@"))
    assert ran.code == 0
    assert "s3cret" not in (chain / "pylock.toml").read_text(encoding="utf-8") + ran.stderr
    (chain / "pylock.toml").unlink()
    ran = venvoy("lock", VENVOY_CACHE_DIR=str(chain / "another"))
    assert "does not let you in (status 401)" in ran.stderr


def children(process: subprocess.Popen[str]) -> list[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(word) for word in listed.read_text(encoding="ascii").split()]


def alive(number: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2][:3]
    except OSError:
        return False
