from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from support.index_server import IndexServer
from support.notes import Notes
from support.wheels import WheelSpec
from venvoy.errors import Problem
from venvoy.index.auth import Credential, Credentials
from venvoy.index.client import Index
from venvoy.index.connection import Settings
from venvoy.index.http import Http
from venvoy.index.pip_config import Sourced

DEMO = canonicalize_name("demo")
CERTIFICATE = Path(__file__).parents[2] / "support" / "loopback.pem"


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of this machine that nobody listens on, and nobody else gets meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def problem_of(index: Index) -> Problem:
    with pytest.raises(Problem) as caught:
        index.project(DEMO)
    return caught.value


@pytest.mark.parametrize("status", [0, 429, 500, 502, 503, 504])
def test_a_passing_fault_is_tried_again(
    server: IndexServer, wheels: Path, make: Callable[..., Index], told: Notes, status: int
) -> None:
    WheelSpec("demo").write(wheels)
    server.fail("/simple/demo/", status, times=2)
    assert len(make(server.url).project(DEMO).candidates) == 1
    assert len(server.log) == 3
    assert len(told.remarks) == 2


def test_a_lasting_fault_ends_after_the_tries_that_are_set(server: IndexServer, make: Callable[..., Index]) -> None:
    server.fail("/simple/demo/", 503, times=9)
    problem = problem_of(make(server.url))
    assert problem.code == "index-error"
    assert str(problem) == (
        f"{server.url}demo/: 127.0.0.1 answered with status 503.\n"
        "The server has a problem of its own.\n"
        "→ Try again in a few minutes."
    )
    assert len(server.log) == 3


def test_a_server_may_say_how_long_to_wait_within_bounds(server: IndexServer) -> None:
    waited: list[float] = []
    server.behaviour.pages["/x"] = ("text/html", b"")
    for wish in ("3", "86400", "Wed, 21 Oct 2015 07:28:00 GMT", "soon"):
        server.fail("/x", 429, headers={"Retry-After": wish})
    http = Http(Settings(retries=4), sleep=waited.append)
    assert http.get(f"{server.root}/x").status == 200
    http.close()
    assert waited[:3] == [3.0, 30.0, 0.0]
    assert 1.5 <= waited[3] <= 2.5


def test_another_status_is_said(server: IndexServer, make: Callable[..., Index]) -> None:
    server.fail("/simple/demo/", 418)
    problem = problem_of(make(server.url))
    assert str(problem) == (
        f"{server.url}demo/: 127.0.0.1 answered with status 418.\n→ Check the address of the index."
    )


def test_a_refused_connection_is_said(make: Callable[..., Index], closed_port: int) -> None:
    problem = problem_of(make(f"http://127.0.0.1:{closed_port}/simple/"))
    assert problem.code == "network-unreachable"
    assert str(problem) == (
        f"Could not reach 127.0.0.1:{closed_port}.\n"
        "The connection was refused.\n"
        "→ Check your connection to the internet, then run the command again.\n"
        "→ If you work behind a proxy, set the variable HTTPS_PROXY to its address.\n"
        "→ If everything needed is cached already, add --offline."
    )


def test_a_file_of_a_server_that_cannot_be_reached_is_named(make: Callable[..., Index], closed_port: int) -> None:
    url = f"http://127.0.0.1:{closed_port}/files/demo-1.0-py3-none-any.whl"
    with pytest.raises(Problem) as caught:
        make().direct(canonicalize_name("demo"), f"{url}?token=secret")
    assert (caught.value.code, caught.value.where) == ("network-unreachable", url)


def test_an_unknown_host_is_said(make: Callable[..., Index]) -> None:
    problem = problem_of(make("https://nowhere.invalid/simple/"))
    assert problem.code == "network-unreachable"
    assert str(problem).startswith("Could not reach nowhere.invalid.\nIts name was not found.\n")


def test_a_silent_server_is_said(server: IndexServer, make: Callable[..., Index]) -> None:
    server.behaviour.delay = 1.0
    problem = problem_of(make(server.url, settings=Settings(retries=0, timeout=0.1)))
    assert problem.code == "network-unreachable"
    assert str(problem).startswith(f"Could not reach {server.url.split('/')[2]}.\nIt did not answer in time.\n")


def test_a_proxy_that_does_not_answer_is_said_without_its_password(
    make: Callable[..., Index], closed_port: int
) -> None:
    proxy = Sourced(f"http://me:secret@127.0.0.1:{closed_port}", "HTTPS_PROXY")
    problem = problem_of(make("https://a.example/simple/", settings=Settings(proxies={"https": proxy}, retries=0)))
    assert problem.code == "network-proxy"
    assert str(problem) == (
        f"Could not reach a.example through the proxy http://127.0.0.1:{closed_port}.\n"
        "The connection was refused.\n"
        "→ Check the proxy that HTTPS_PROXY sets.\n"
        "→ If a.example is reached without it, add a.example to the variable NO_PROXY."
    )


def test_a_proxy_is_used_with_its_credential(server: IndexServer, wheels: Path, make: Callable[..., Index]) -> None:
    WheelSpec("demo").write(wheels)
    proxy = Sourced(server.root.replace("//", "//me:secret@"), "HTTP_PROXY")
    index = make("http://a.example/simple/", settings=Settings(proxies={"http": proxy}))
    assert len(index.project(DEMO).candidates) == 1
    assert server.log[0].headers["host"] == "a.example"
    assert server.log[0].headers["proxy-authorization"] == "Basic bWU6c2VjcmV0"


def test_a_server_that_cannot_prove_who_it_is_is_refused(wheels: Path, make: Callable[..., Index]) -> None:
    with IndexServer(wheels, certificate=CERTIFICATE) as server:
        problem = problem_of(make(server.url))
    assert problem.code == "network-tls"
    assert problem.what == "Could not make a protected connection to 127.0.0.1: the server could not prove who it is."
    assert problem.why.startswith("The certificate was checked with the certificates of your system: ")
    assert problem.fix == (
        "At work or school, ask for your network's file of certificates and name it in the variable PIP_CERT.",
        "Check that the date and time of this computer are right.",
    )


def test_a_bundle_that_vouches_for_the_server_is_used(wheels: Path, make: Callable[..., Index]) -> None:
    WheelSpec("demo").write(wheels)
    with IndexServer(wheels, certificate=CERTIFICATE) as server:
        index = make(server.url, settings=Settings(bundle=Sourced(str(CERTIFICATE), "PIP_CERT")))
        assert len(index.project(DEMO).candidates) == 1


def test_a_host_that_pip_trusts_need_not_prove_who_it_is(wheels: Path, make: Callable[..., Index]) -> None:
    WheelSpec("demo").write(wheels)
    with IndexServer(wheels, certificate=CERTIFICATE) as server:
        assert len(make(server.url, settings=Settings(trusted_hosts=("127.0.0.1",))).project(DEMO).candidates) == 1


def test_credentials_of_the_address_are_sent_and_never_shown(
    server: IndexServer, wheels: Path, make: Callable[..., Index], tmp_path: Path
) -> None:
    WheelSpec("demo").write(wheels)
    server.behaviour.credentials = ("me", "s@cret")
    url = server.url.replace("//", "//me:s%40cret@")
    index = make(url)
    project = index.project(DEMO)
    artifact = project.candidates[0].artifacts[0]
    index.metadata(project.candidates[0], artifact)
    path = index.download(artifact, tmp_path / "out", lambda _: None)
    shown = repr([project, tuple(project.candidates), artifact, path])
    kept = b"".join(p.read_bytes() + str(p).encode() for p in (tmp_path / "cache").rglob("*") if p.is_file())
    assert "cret" not in shown
    assert b"cret" not in kept
    wrong = problem_of(make(server.url.replace("//", "//me:other@"), cache="elsewhere"))
    assert wrong.code == "authentication-required"
    assert str(wrong) == (
        f"{server.url}demo/: 127.0.0.1 does not let you in (status 401).\n"
        "The user and password that were sent are not accepted.\n"
        "→ Add a line to the file netrc in your home folder: machine 127.0.0.1 login USER password PASSWORD\n"
        "→ Or put them into the keyring: install the package keyring, then run keyring set 127.0.0.1 USER"
    )


def test_without_credentials_the_refusal_says_so(server: IndexServer, make: Callable[..., Index]) -> None:
    server.behaviour.credentials = ("me", "secret")
    problem = problem_of(make(server.url))
    assert problem.code == "authentication-required"
    assert problem.why == "No user and password are known."


def test_the_keyring_is_asked_when_the_server_asks(
    server: IndexServer, wheels: Path, make: Callable[..., Index]
) -> None:
    WheelSpec("demo").write(wheels)
    server.behaviour.credentials = ("me", "secret")
    asked: list[tuple[str, str]] = []

    def keyring(service: str, user: str) -> Credential | None:
        asked.append((service, user))
        return Credential("me", "secret")

    assert len(make(server.url, keyring=keyring).project(DEMO).candidates) == 1
    assert asked == [(server.url, "")]


def test_a_redirect_is_followed_but_takes_no_credential_along(
    wheels: Path, server: IndexServer, tmp_path: Path
) -> None:
    with IndexServer(tmp_path) as other:
        other.behaviour.pages["/there"] = ("text/html", b"here")
        server.behaviour.redirects["/x"] = f"{other.root}/there"
        url = f"{server.root}/x".replace("//", "//me:secret@")
        http = Http(Settings(), Credentials([url]))
        answer = http.get(url)
        http.close()
        assert (answer.body, answer.url) == (b"here", f"{other.root}/there")
        assert "authorization" in server.log[0].headers
        assert "authorization" not in other.log[0].headers


def test_a_redirect_without_end_is_a_problem(server: IndexServer, make: Callable[..., Index]) -> None:
    server.behaviour.redirects["/simple/demo/"] = "/simple/demo/"
    problem = problem_of(make(server.url))
    assert str(problem) == (
        f"{server.url}demo/: 127.0.0.1 sends every request on to another address, without end.\n"
        "→ Check the address of the index."
    )


def test_a_redirect_out_of_protection_is_refused(wheels: Path, server: IndexServer, make: Callable[..., Index]) -> None:
    with IndexServer(wheels, certificate=CERTIFICATE) as safe:
        safe.behaviour.redirects["/simple/demo/"] = f"{server.url}demo/?token=secret"
        problem = problem_of(make(safe.url, settings=Settings(bundle=Sourced(str(CERTIFICATE), "PIP_CERT"))))
    assert str(problem) == (
        f"{safe.url}demo/: 127.0.0.1 sends the request on to an address that is not protected.\n"
        f"The address is {server.url}demo/\n"
        "→ Check the address of the index."
    )
    assert server.log == []


def test_pages_are_asked_for_packed_and_with_a_name(
    server: IndexServer, wheels: Path, make: Callable[..., Index]
) -> None:
    WheelSpec("demo").write(wheels)
    make(server.url).project(DEMO)
    headers = server.log[0].headers
    assert headers["accept-encoding"] == "gzip"
    assert headers["user-agent"].startswith("venvoy/")
    assert headers["accept"].startswith("application/vnd.pypi.simple.v1+json")
