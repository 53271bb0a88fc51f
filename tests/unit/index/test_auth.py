from __future__ import annotations

import pytest

from venvoy.index.auth import Attempt, Credential, Credentials, Lookup, read_netrc, split

ME = Credential("me", "secret")
KEPT = Credential("kept", "word")


def played(credentials: Credentials, url: str, answers: list[int | Credential | None]) -> list[Attempt | Lookup]:
    """The steps of a flow when the world answers so."""
    flow = credentials.flow(url)
    steps: list[Attempt | Lookup] = []
    answer: int | Credential | None = None
    try:
        while True:
            steps.append(flow.send(answer))
            answer = answers.pop(0)
    except StopIteration:
        return steps


def test_an_open_server_is_asked_once() -> None:
    assert played(Credentials(), "https://a.example/x", [200]) == [Attempt(None)]


def test_a_configured_address_brings_its_credential() -> None:
    known = Credentials(["https://me:secret@a.example/simple/"])
    assert played(known, "https://a.example/files/x.whl", [200]) == [Attempt(ME)]
    assert played(known, "https://b.example/x", [200]) == [Attempt(None)]
    assert played(known, "http://a.example/x", [200]) == [Attempt(None)]
    assert played(known, "https://a.example:8443/x", [200]) == [Attempt(None)]


def test_two_indexes_of_one_host_keep_theirs_apart() -> None:
    known = Credentials(["https://me:secret@a.example/one/", "https://kept:word@a.example/two/"])
    assert played(known, "https://a.example/one/x/", [200]) == [Attempt(ME)]
    assert played(known, "https://a.example/two/x/", [200]) == [Attempt(KEPT)]


def test_netrc_comes_after_the_address() -> None:
    netrc = {"a.example": KEPT}
    assert played(Credentials([], netrc), "https://a.example/x", [200]) == [Attempt(KEPT)]
    assert played(Credentials(["https://me:secret@a.example/"], netrc), "https://a.example/x", [200]) == [Attempt(ME)]


def test_a_user_in_an_address_finds_the_password_in_netrc() -> None:
    known = Credentials(["https://me@a.example/"], {"a.example": ME})
    assert played(known, "https://a.example/x", [200]) == [Attempt(ME)]
    known = Credentials(["https://other@a.example/"], {"a.example": ME})
    assert played(known, "https://a.example/x", [None, None, 401])[0] == Lookup("https://a.example/", "other")


def test_a_refused_credential_is_not_tried_again() -> None:
    assert played(Credentials([], {"a.example": ME}), "https://a.example/x", [401]) == [Attempt(ME)]


def test_the_keyring_is_asked_when_the_server_asks() -> None:
    known = Credentials(["https://a.example/simple/"])
    steps = played(known, "https://a.example/simple/x/", [401, None, KEPT, 200])
    assert steps == [
        Attempt(None),
        Lookup("https://a.example/simple/", ""),
        Lookup("a.example", ""),
        Attempt(KEPT),
    ]
    assert played(known, "https://a.example/simple/y/", [200]) == [Attempt(KEPT)], "what worked is remembered"


def test_a_user_without_password_asks_the_keyring_first() -> None:
    known = Credentials(["https://me@a.example/simple/"])
    assert played(known, "https://a.example/simple/x/", [ME, 200]) == [
        Lookup("https://a.example/simple/", "me"),
        Attempt(ME),
    ]


def test_a_user_without_password_is_sent_when_the_keyring_has_none() -> None:
    steps = played(Credentials(["https://token@a.example/simple/"]), "https://a.example/simple/x/", [None, None, 200])
    assert steps[-1] == Attempt(Credential("token", ""))


def test_a_credential_never_shows_itself() -> None:
    assert "secret" not in repr(ME)
    assert "me" not in repr(ME).replace("Credential", "")
    assert "secret" not in repr(Attempt(ME))


def test_header_and_address() -> None:
    assert ME.header == "Basic bWU6c2VjcmV0"
    assert split("https://me:s%40cret@a.example:1/x?y#z") == ("https://a.example:1/x?y#z", Credential("me", "s@cret"))
    assert split("https://a.example/a@b") == ("https://a.example/a@b", None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("machine a.example login me password secret", {"a.example": ME}),
        ("machine a.example\n  login me\n  password secret\n", {"a.example": ME}),
        ("# a remark\nmachine a.example login me password secret # so\n", {"a.example": ME}),
        ("machine b.example login x password y\nmachine a.example login me password secret\n", {"a.example": ME}),
        ("default login me password secret", {}),
        ("machine a.example login me", {}),
        ("machine a.example login me password", {}),
        ('machine a.example login me password "secret"', {"a.example": ME}),
        ("machine a.example login me account x password se\\\\#cret", {"a.example": Credential("me", "se\\#cret")}),
        ('machine a.example login me password "a \\"b\\" #c"', {"a.example": Credential("me", 'a "b" #c')}),
        ("macdef x\nmachine z\n\nmachine a.example login me password secret", {"a.example": ME}),
        ("", {}),
    ],
)
def test_netrc_is_read(text: str, found: dict[str, Credential]) -> None:
    result = read_netrc(text)
    result.pop("b.example", None)
    assert result == found
