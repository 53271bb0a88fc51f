from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from support.index_server import IndexServer
from support.notes import Notes
from support.wheels import WheelSpec
from venvoy.errors import Problem
from venvoy.events import Silent
from venvoy.index.auth import Credential
from venvoy.index.client import Index
from venvoy.index.factory import open_index
from venvoy.index.keyring import Keyring

DEMO = canonicalize_name("demo")


@contextmanager
def opened(tmp_path: Path, told: Notes, environ: dict[str, str], **more: Any) -> Iterator[Index]:
    # The null device keeps the machine's own configuration of pip out.
    alone = {"PIP_CONFIG_FILE": os.devnull, "HOME": str(tmp_path), "USERPROFILE": str(tmp_path), **environ}
    with ThreadPoolExecutor(2) as pool:
        index = open_index(
            environ=alone, platform=sys.platform, prefix="", cache=tmp_path / "cache", pool=pool, reporter=told, **more
        )
        yield index
        index.close()


def found(index: Index) -> list[str]:
    return [str(candidate.version) for candidate in index.project(DEMO).candidates]


def test_pips_variables_say_where_to_look(server: IndexServer, wheels: Path, tmp_path: Path, told: Notes) -> None:
    WheelSpec("demo", "1.0").write(wheels)
    WheelSpec("demo", "2.0").write(tmp_path / "more")
    environ = {"PIP_INDEX_URL": server.url, "PIP_FIND_LINKS": str(tmp_path / "more")}
    with opened(tmp_path, told, environ) as index:
        assert found(index) == ["2.0", "1.0"]
    assert told.warnings == []


def test_a_file_of_pip_says_where_to_look(server: IndexServer, wheels: Path, tmp_path: Path, told: Notes) -> None:
    WheelSpec("demo", "1.0").write(wheels)
    path = tmp_path / "pip.conf"
    path.write_text(f"[global]\nindex-url = {server.url}\n", encoding="utf-8")
    with opened(tmp_path, told, {"PIP_CONFIG_FILE": str(path)}) as index:
        # The machine's global file may name further indexes and places; they cannot take away what this one has.
        assert "1.0" in found(index)


def test_venvoys_own_settings_win(server: IndexServer, wheels: Path, tmp_path: Path, told: Notes) -> None:
    WheelSpec("demo", "1.0").write(wheels)
    environ = {"PIP_INDEX_URL": "http://pip.example/simple"}
    with opened(tmp_path, told, environ, index_url=server.url) as index:
        assert found(index) == ["1.0"]
    with opened(tmp_path, told, environ, no_index=True, find_links=(str(wheels),)) as index:
        assert found(index) == ["1.0"]
        with pytest.raises(Problem) as caught:
            index.project(canonicalize_name("zzzzzz"))
        assert caught.value.why == "No index is configured."


def test_netrc_lets_us_in(server: IndexServer, wheels: Path, tmp_path: Path, told: Notes) -> None:
    WheelSpec("demo", "1.0").write(wheels)
    server.behaviour.credentials = ("me", "secret")
    netrc = tmp_path / "my-netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n", encoding="utf-8")
    with opened(tmp_path, told, {"PIP_INDEX_URL": server.url, "NETRC": str(netrc)}) as index:
        assert found(index) == ["1.0"]


def test_an_index_without_protection_is_pointed_out(tmp_path: Path, told: Notes) -> None:
    environ = {"PIP_INDEX_URL": "http://me:secret@a.example/simple", "PIP_EXTRA_INDEX_URL": "http://b.example/simple"}
    with opened(tmp_path, told, {**environ, "PIP_TRUSTED_HOST": "b.example"}):
        assert told.warnings == [
            "The index a.example is used without protection (http): others could change what it sends."
        ]
        assert told.remarks == ["b.example need not prove who it is: PIP_TRUSTED_HOST says so (trusted-host)."]


@pytest.mark.skipif(os.name == "nt", reason="a script stands in for the command")
def test_the_keyring_command_is_asked_each_question_once(tmp_path: Path) -> None:
    program = tmp_path / "keyring.py"
    program.write_text(
        "import pathlib, sys\n"
        f"log = pathlib.Path({str(tmp_path / 'log')!r})\n"
        "log.write_text((log.read_text() if log.exists() else '') + ' '.join(sys.argv[1:]) + '\\n')\n"
        "known = {'get a.example me': 'secret', '--mode creds get a.example': 'me\\nsecret'}\n"
        "answer = known.get(' '.join(sys.argv[1:]))\n"
        "print(answer) if answer else sys.exit(1)\n",
        encoding="utf-8",
    )
    command = tmp_path / "keyring"
    # A first line with the interpreter's path would break where that path holds a space.
    start = shlex.join([sys.executable, "-I", str(program)])
    command.write_text(f'#!/bin/sh\nexec {start} "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    keyring = Keyring({"PATH": str(tmp_path)}, Silent())
    me = Credential("me", "secret")
    questions = [("a.example", "me"), ("a.example", ""), ("b.example", ""), ("a.example", "me")]
    assert [keyring(*question) for question in questions] == [me, me, None, me]
    assert (tmp_path / "log").read_text(encoding="utf-8").splitlines() == [
        "get a.example me",
        "--mode creds get a.example",
        "--mode creds get b.example",
    ]
    assert Keyring({"PATH": ""}, Silent())("a.example", "me") is None

    command.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    listener = Notes()
    keyring = Keyring({"PATH": f"{tmp_path}{os.pathsep}{os.defpath}"}, listener, patience=0.2)
    assert [keyring("a.example", user) for user in ("me", "you")] == [None, None]
    assert [text.partition(",")[0] for text in listener.warnings] == ["The keyring did not answer within 0.2 seconds"]
