"""The network, and what is between us and the index."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command_line import CommandLine, tree
from support.index_server import IndexServer

CERTIFICATE = Path(__file__).parents[1] / "support" / "loopback.pem"


@pytest.fixture(autouse=True)
def untouched(project: Path, venvoy: CommandLine) -> Iterator[None]:
    venvoy.environ["PIP_RETRIES"] = "0"
    before = tree(project)
    yield
    assert tree(project) == before


@pytest.fixture
def closed(venvoy: CommandLine) -> str:
    """An address where nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    venvoy.hide(address, "CLOSED")
    return address


def test_nobody_listens(venvoy: CommandLine, closed: str) -> None:
    venvoy("add", "demo", PIP_INDEX_URL=f"http://{closed}/simple/").says("""
        exit 20
        err error: Could not reach [CLOSED]. [network-unreachable]
        err   The connection was refused.
        err   → Check your connection to the internet, then run the command again.
        err   → If you work behind a proxy, set the variable HTTPS_PROXY to its address.
        err   → If everything needed is cached already, add --offline.
    """)
    venvoy("add", "demo", "--json", PIP_INDEX_URL=f"http://{closed}/simple/").says("""
        exit 20
        out {
        out   "schema": 1, "command": "add", "ok": false,
        out   "error": {
        out     "code": "network-unreachable", "what": "Could not reach [CLOSED].",
        out     "why": "The connection was refused.",
        out     "fix": [
        out       "Check your connection to the internet, then run the command again.",
        out       "If you work behind a proxy, set the variable HTTPS_PROXY to its address.",
        out       "If everything needed is cached already, add --offline."
        out     ],
        out     "where": "", "exit": 20, "data": {}
        out   },
        out   "warnings": []
        out }
    """)


def test_a_host_that_is_not_there(venvoy: CommandLine) -> None:
    venvoy("add", "demo", PIP_INDEX_URL="http://index.invalid/simple/").says("""
        exit 20
        err warning: The index index.invalid is used without protection (http): others could change what it sends.
        err error: Could not reach index.invalid. [network-unreachable]
        err   Its name was not found.
        err   → Check your connection to the internet, then run the command again.
        err   → If you work behind a proxy, set the variable HTTPS_PROXY to its address.
        err   → If everything needed is cached already, add --offline.
    """)


def test_a_proxy_that_does_not_answer(venvoy: CommandLine, closed: str) -> None:
    proxy = f"http://user:secret@{closed}"
    venvoy("add", "demo", PIP_INDEX_URL="http://index.example/simple/", PIP_PROXY=proxy, NO_PROXY="").says("""
        exit 20
        err warning: The index index.example is used without protection (http): others could change what it sends.
        err error: Could not reach index.example through the proxy http://[CLOSED]. [network-proxy]
        err   The connection was refused.
        err   → Check the proxy that PIP_PROXY sets.
        err   → If index.example is reached without it, add index.example to the variable NO_PROXY.
    """)
    venvoy("add", "demo", PIP_INDEX_URL="http://index.example/simple/", HTTP_PROXY=proxy, NO_PROXY="").says("""
        exit 20
        err warning: The index index.example is used without protection (http): others could change what it sends.
        err error: Could not reach index.example through the proxy http://[CLOSED]. [network-proxy]
        err   The connection was refused.
        err   → Check the proxy that HTTP_PROXY sets.
        err   → If index.example is reached without it, add index.example to the variable NO_PROXY.
    """)


def test_a_proxy_that_wants_to_know_who_asks(venvoy: CommandLine, index: IndexServer) -> None:
    index.fail("/simple/demo/", 407, times=9)
    index.fail("/simple/", 407, times=9)
    venvoy("add", "demo", PIP_INDEX_URL="http://index.example/simple/", PIP_PROXY=index.root, NO_PROXY="").says("""
        exit 20
        err warning: The index index.example is used without protection (http): others could change what it sends.
        err error: The proxy wants a user and a password. [network-proxy]
        err   at http://index.example/simple/demo/
        err   → Put them into the proxy's address: http://USER:PASSWORD@proxy.example:3128
    """)


def test_an_index_without_tls_behind_an_https_address(venvoy: CommandLine, index: IndexServer) -> None:
    venvoy("add", "demo", PIP_INDEX_URL=index.url.replace("http:", "https:")).says("""
        exit 20
        err error: Could not make a protected connection to 127.0.0.1. [network-tls]
        err   What answers there does not speak TLS: its address may begin with http:// and not with https://.
        err   → Check the address. Without TLS, others on the network can change what you receive.
    """)


def test_a_password_is_wanted(venvoy: CommandLine, index: IndexServer) -> None:
    index.behaviour.credentials = ("user", "right")
    venvoy("add", "demo").says("""
        exit 21
        err error: 127.0.0.1 does not let you in (status 401). [authentication-required]
        err   at [INDEX]/simple/demo/
        err   No user and password are known.
        err   → Add a line to the file netrc in your home folder: machine 127.0.0.1 login USER password PASSWORD
        err   → Or put them into the keyring: install the package keyring, then run keyring set 127.0.0.1 USER
    """)
    venvoy("add", "demo", "--json").says("""
        exit 21
        out {
        out   "schema": 1, "command": "add", "ok": false,
        out   "error": {
        out     "code": "authentication-required", "what": "127.0.0.1 does not let you in (status 401).",
        out     "why": "No user and password are known.",
        out     "fix": [
        out       "Add a line to the file netrc in your home folder: machine 127.0.0.1 login USER password PASSWORD",
        out       "Or put them into the keyring: install the package keyring, then run keyring set 127.0.0.1 USER"
        out     ],
        out     "where": "[INDEX]/simple/demo/", "exit": 21, "data": {}
        out   },
        out   "warnings": []
        out }
    """)


def test_a_password_is_wrong_and_never_shown(venvoy: CommandLine, index: IndexServer, cache: Path) -> None:
    index.behaviour.credentials = ("user", "right")
    wrong = index.url.replace("http://", "http://user:hunter2@")
    for ran in (venvoy("add", "demo", "-v", PIP_INDEX_URL=wrong), venvoy("add", "demo", "--json", PIP_INDEX_URL=wrong)):
        assert ran.code == 21
        assert "hunter2" not in f"{ran.stdout}{ran.stderr}"
    assert not [path for path in cache.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
    venvoy("add", "demo", PIP_INDEX_URL=wrong).says("""
        exit 21
        err error: 127.0.0.1 does not let you in (status 401). [authentication-required]
        err   at [INDEX]/simple/demo/
        err   The user and password that were sent are not accepted.
        err   → Add a line to the file netrc in your home folder: machine 127.0.0.1 login USER password PASSWORD
        err   → Or put them into the keyring: install the package keyring, then run keyring set 127.0.0.1 USER
    """)


def test_an_index_out_of_order(venvoy: CommandLine, index: IndexServer) -> None:
    index.fail("/simple/demo/", 503, times=9)
    venvoy("add", "demo").says("""
        exit 20
        err error: 127.0.0.1 answered with status 503. [index-error]
        err   at [INDEX]/simple/demo/
        err   The server has a problem of its own.
        err   → Try again in a few minutes.
    """)
    index.fail("/simple/demo/", 0, times=9)
    venvoy("add", "demo").says("""
        exit 20
        err error: 127.0.0.1 answered with status 503. [index-error]
        err   at [INDEX]/simple/demo/
        err   The server has a problem of its own.
        err   → Try again in a few minutes.
    """)


def test_an_index_that_talks_nonsense(venvoy: CommandLine, index: IndexServer) -> None:
    index.behaviour.pages["/simple/demo/"] = ("application/vnd.pypi.simple.v1+json", b"{'files': ]")
    venvoy("add", "demo").says("""
        exit 20
        err error: The answer is not a page of a package index. [index-invalid]
        err   at [INDEX]/simple/demo/
        err   Expecting property name enclosed in double quotes: line 1 column 2 (char 1)
        err   → Check the address of the index. It usually ends in /simple/.
        err   → If you are on a guest network, open a web page in your browser and sign in first.
    """)
    index.behaviour.pages["/simple/demo/"] = ("application/pdf", b"%PDF")
    venvoy("add", "demo").says("""
        exit 20
        err error: The answer is not a page of a package index. [index-invalid]
        err   at [INDEX]/simple/demo/
        err   Its content type is “application/pdf”.
        err   → Check the address of the index. It usually ends in /simple/.
        err   → If you are on a guest network, open a web page in your browser and sign in first.
    """)


def test_metadata_that_is_nonsense(venvoy: CommandLine, index: IndexServer) -> None:
    index.behaviour.pages["/files/paint-4.1-py3-none-any.whl.metadata"] = ("text/plain", b"\xff\xfe nonsense")
    venvoy("add", "paint").says("""
        exit 22
        err error: The description of paint-4.1-py3-none-any.whl is not the one that the index promises. [hash-mismatch]
        err   at [INDEX]/files/paint-4.1-py3-none-any.whl.metadata
        err   expected [DIGEST]
        err   received [DIGEST]
        err   → Run the command again. If it happens again, tell whoever runs the index: somebody may have changed it.
    """)


def test_pip_settings_that_make_no_sense(venvoy: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text("[global]\ntimeout = soon\n", encoding="utf-8")
    venvoy("add", "demo", PIP_CONFIG_FILE=str(tmp_path / "pip.conf")).says("""
        exit 2
        err error: pip's configuration is broken. [pip-config-invalid]
        err   at [FOLDER]/pip.conf [global]
        err   timeout must be a number of seconds, but it is “soon”.
        err   → Correct the file, then run the command again.
    """)


def test_a_certificate_that_nobody_vouches_for(venvoy: CommandLine, wheels: Path) -> None:
    with IndexServer(wheels, certificate=CERTIFICATE) as server:
        venvoy.hide(server.root, "TLS")
        venvoy("add", "demo", PIP_INDEX_URL=server.url).says("""
            exit 20
            err error: Could not make a protected connection to 127.0.0.1: the server could not prove who it is. [network-tls]
            err   The certificate was checked with the certificates of your system: self-signed certificate.
            err   → At work or school, ask for your network's file of certificates and name it in the variable PIP_CERT.
            err   → Check that the date and time of this computer are right.
        """)
        venvoy("add", "demo", PIP_INDEX_URL=server.url, PIP_CERT=str(wheels / "gone.pem")).says("""
            exit 20
            err error: The certificate bundle is not there: [FOLDER]/wheels/gone.pem [network-tls]
            err   It is set in PIP_CERT.
            err   → Correct PIP_CERT, or remove it to use the certificates of your system.
        """)
