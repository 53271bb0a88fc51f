from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from support.index_server import Behaviour, IndexServer
from support.notes import Notes
from support.wheels import SdistSpec, WheelSpec
from venvoy.errors import Problem
from venvoy.index.client import Index
from venvoy.index.connection import Settings
from venvoy.index.sources import as_address

DEMO = canonicalize_name("demo")
OFFLINE = Settings(offline=True)
FILE = "demo-1.0-py3-none-any.whl"


def versions(index: Index, name: str = "demo") -> list[str]:
    return [str(candidate.version) for candidate in index.project(canonicalize_name(name)).candidates]


@pytest.mark.parametrize("json", [True, False])
def test_a_project_is_read_with_all_facts(
    server: IndexServer, wheels: Path, make: Callable[..., Index], json: bool
) -> None:
    WheelSpec("Demo", "1.0", requires_python=">=3.8").write(wheels)
    WheelSpec("demo", "2.0").write(wheels)
    sdist = SdistSpec("demo", "2.0").write(wheels)
    server.behaviour = Behaviour(json=json, yanked={FILE: "broken"})
    project = make(server.url).project(DEMO)
    assert (project.name, project.index) == ("demo", server.url)
    assert [(str(c.version), c.index, [a.kind for a in c.artifacts]) for c in project.candidates] == [
        ("2.0", server.url, ["wheel", "sdist"]),
        ("1.0", server.url, ["wheel"]),
    ]
    old = project.candidates[1].artifacts[0]
    assert (old.yanked, old.requires_python, old.url) == ("broken", ">=3.8", server.file_url(FILE))
    assert set(old.hashes) == {"sha256"}
    assert set(old.metadata or ()) == {"sha256"}
    assert project.candidates[0].artifacts[1].filename == sdist.name


def test_a_page_is_asked_for_once_however_often_it_is_wanted(
    server: IndexServer, wheels: Path, make: Callable[..., Index]
) -> None:
    names = [canonicalize_name(f"demo{number}") for number in range(12)]
    for name in names:
        WheelSpec(name).write(wheels)
    index = make(server.url)
    index.want([*names, *names])
    assert [len(index.project(name).candidates) for name in [*names, *names]] == [1] * 24
    assert sorted(server.paths()) == sorted(f"/simple/{name}/" for name in names)


def test_a_fresh_page_is_not_asked_for_again(server: IndexServer, wheels: Path, make: Callable[..., Index]) -> None:
    server.behaviour.cache_control = "max-age=600"
    WheelSpec("demo").write(wheels)
    first = make(server.url).project(DEMO)
    again = make(server.url)
    again.want([DEMO])
    assert again.project(DEMO) == first
    assert server.paths() == ["/simple/demo/"]


def test_an_old_page_is_confirmed_with_its_etag(server: IndexServer, wheels: Path, make: Callable[..., Index]) -> None:
    WheelSpec("demo").write(wheels)
    assert versions(make(server.url)) == ["1.0"]
    assert versions(make(server.url)) == ["1.0"]
    assert [request.status for request in server.log] == [200, 304]
    WheelSpec("demo", "2.0").write(wheels)
    assert versions(make(server.url)) == ["2.0", "1.0"]
    assert [request.status for request in server.log] == [200, 304, 200]


@pytest.mark.parametrize(("control", "asked"), [("no-store", 2), ("no-cache", 2), ("", 1)])
def test_the_server_says_how_long_a_page_is_kept(
    server: IndexServer, wheels: Path, make: Callable[..., Index], control: str, asked: int
) -> None:
    WheelSpec("demo").write(wheels)
    server.behaviour.etag = False
    server.behaviour.cache_control = control
    assert versions(make(server.url)) == versions(make(server.url)) == ["1.0"]
    assert len(server.log) == asked


def test_a_damaged_page_in_the_cache_is_fetched_anew(
    server: IndexServer, wheels: Path, make: Callable[..., Index], tmp_path: Path
) -> None:
    server.behaviour.cache_control = "max-age=600"
    WheelSpec("demo").write(wheels)
    make(server.url).project(DEMO)
    next((tmp_path / "cache").glob("simple-v3/*/demo.page")).write_bytes(b"venvoy page 3\nnonsense")
    assert versions(make(server.url)) == ["1.0"]
    assert len(server.log) == 2


def test_offline_serves_what_is_there_however_old(
    server: IndexServer, wheels: Path, make: Callable[..., Index]
) -> None:
    WheelSpec("demo").write(wheels)
    make(server.url).project(DEMO)
    server.forget()
    index = make(server.url, settings=OFFLINE)
    index.want([DEMO, canonicalize_name("other")])
    assert versions(index) == ["1.0"]
    with pytest.raises(Problem) as caught:
        index.project(canonicalize_name("other"))
    assert caught.value.code == "offline"
    assert str(caught.value) == (
        "Working offline, and the list of versions of other is not in the cache.\n"
        "→ Run the command again without --offline."
    )
    assert server.log == []


def test_an_unknown_name_is_answered_with_names_that_were_seen(
    server: IndexServer, wheels: Path, make: Callable[..., Index]
) -> None:
    WheelSpec("frobnicate").write(wheels)
    index = make(server.url)
    index.project(canonicalize_name("frobnicate"))
    with pytest.raises(Problem) as caught:
        index.project(canonicalize_name("frobncate"))
    assert caught.value.code == "project-unknown"
    assert str(caught.value) == (
        f"There is no distribution called frobncate.\nAsked: {server.url}\n→ Did you mean frobnicate?"
    )


def test_the_first_index_that_knows_a_name_owns_it(
    server: IndexServer, wheels: Path, tmp_path: Path, make: Callable[..., Index]
) -> None:
    WheelSpec("demo", "1.0").write(wheels)
    public = tmp_path / "public"
    WheelSpec("demo", "99.0").write(public)
    WheelSpec("other", "1.0").write(public)
    with IndexServer(public) as second:
        index = make(server.url, second.url)
        assert versions(index) == ["1.0"]
        assert index.project(DEMO).index == server.url
        assert index.project(canonicalize_name("other")).index == second.url
        assert second.paths() == ["/simple/other/"]


@pytest.mark.parametrize("status", [401, 403, 500])
def test_an_index_that_refuses_is_never_passed_over(
    server: IndexServer, wheels: Path, tmp_path: Path, make: Callable[..., Index], status: int
) -> None:
    WheelSpec("demo", "1.0").write(tmp_path / "public")
    with IndexServer(tmp_path / "public") as second:
        server.fail("/simple/demo/", status, times=9)
        with pytest.raises(Problem) as caught:
            make(server.url, second.url).project(DEMO)
        assert second.log == []
    assert caught.value.code == ("index-error" if status == 500 else "authentication-required")


@pytest.mark.parametrize("status", [404, 410])
def test_an_index_that_does_not_know_a_name_is_passed_over(
    server: IndexServer, wheels: Path, tmp_path: Path, make: Callable[..., Index], status: int
) -> None:
    WheelSpec("demo", "1.0").write(tmp_path / "public")
    with IndexServer(tmp_path / "public") as second:
        server.fail("/simple/demo/", status)
        assert versions(make(server.url, second.url)) == ["1.0"]


def test_garbage_in_place_of_a_page_is_a_problem(server: IndexServer, make: Callable[..., Index]) -> None:
    server.behaviour.pages["/simple/demo/"] = ("application/vnd.pypi.simple.v1+json", b"{oops")
    with pytest.raises(Problem) as caught:
        make(server.url).project(DEMO)
    assert caught.value.code == "index-invalid"
    assert str(caught.value).startswith(f"{server.url}demo/: The answer is not a page of a package index.\n")


def test_a_folder_can_be_an_index(tmp_path: Path, make: Callable[..., Index]) -> None:
    root = tmp_path / "ein Index" / "simple"
    wheel = WheelSpec("demo", "1.0").write(tmp_path / "ein Index" / "files")
    WheelSpec("listed", "2.0").write(root / "listed")
    page = root / "demo" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text(f'<a href="../../files/{wheel.name}">{wheel.name}</a>', encoding="utf-8")
    index = make(as_address(str(root)) + "/")
    assert index.project(DEMO).candidates[0].artifacts[0].url == wheel.as_uri()
    assert versions(index, "listed") == ["2.0"]
    with pytest.raises(Problem, match="There is no distribution called missing"):
        index.project(canonicalize_name("missing"))


@pytest.mark.parametrize("kind", ["path", "file", "page", "local page"])
def test_find_links_are_merged_into_what_the_owner_offers(
    server: IndexServer, wheels: Path, tmp_path: Path, make: Callable[..., Index], kind: str
) -> None:
    WheelSpec("demo", "1.0").write(wheels)
    more = tmp_path / "more"
    WheelSpec("demo", "1.0").write(more)
    WheelSpec("demo", "2.0").write(more)
    WheelSpec("only-linked", "3.0").write(more)
    (tmp_path / "links.html").write_text(
        "".join(f'<a href="{path.as_uri()}">x</a>' for path in more.iterdir()), encoding="utf-8"
    )
    with IndexServer(more) as second:
        places = {
            "path": str(more),
            "file": more.as_uri(),
            "page": second.links,
            "local page": str(tmp_path / "links.html"),
        }
        index = make(server.url, links=(places[kind],))
        assert versions(index) == ["2.0", "1.0"]
        assert [a.url for a in index.project(DEMO).candidates[1].artifacts] == [server.file_url(FILE)]
        assert versions(index, "only-linked") == ["3.0"]
        assert len(second.paths("/links/")) == (1 if kind == "page" else 0)


def test_a_missing_place_of_links_is_said_and_passed_over(
    server: IndexServer, wheels: Path, tmp_path: Path, make: Callable[..., Index], told: Notes
) -> None:
    WheelSpec("demo", "1.0").write(wheels)
    index = make(server.url, links=(str(tmp_path / "none"), f"{server.root}/none/"))
    assert versions(index) == ["1.0"]
    assert told.warnings == [
        f"There is no folder {tmp_path / 'none'} (find-links).",
        f"There is no page of links at {server.root}/none/ (find-links).",
    ]
