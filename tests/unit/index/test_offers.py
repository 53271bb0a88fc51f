from __future__ import annotations

from functools import partial

from packaging.utils import canonicalize_name
from packaging.version import Version

from venvoy.formats import simple_api
from venvoy.index.offers import Lazy, merged, project
from venvoy.model.artifact import Artifact, Candidate, LazyArtifacts, Project
from venvoy.values import replace

NAME = canonicalize_name("demo")


def artifact(filename: str, version: str, host: str = "a.example") -> Artifact:
    return Artifact(filename, f"https://{host}/{filename}", "sdist", NAME, Version(version))


def page(*versions: str) -> simple_api.Page:
    files = [{"filename": f"demo-{v}.tar.gz", "url": f"https://a.example/demo-{v}.tar.gz"} for v in versions]
    found = simple_api.select("https://a.example/", files, NAME)
    return replace(found, rejected={"why": 1})


def test_items_are_made_once_and_only_when_looked_at() -> None:
    made: list[int] = []

    def make(position: int) -> int:
        made.append(position)
        return position * 10

    items = Lazy(4, make)
    assert (len(items), made) == (4, [])
    assert (items[1], items[-1], items[1]) == (10, 30, 10)
    assert made == [1, 3]
    assert items[1:3] == (10, 20)
    assert list(items) == [0, 10, 20, 30]
    assert sorted(made) == [0, 1, 2, 3]
    assert items == Lazy(4, lambda position: position * 10)
    assert hash(items) == hash(Lazy(4, str))


def test_a_project_is_made_of_its_page() -> None:
    found = project(page("2.0", "1.0"), NAME, "https://a.example/")
    assert [candidate.version for candidate in found.candidates] == [Version("2.0"), Version("1.0")]
    assert tuple(found.candidates[0].artifacts) == (artifact("demo-2.0.tar.gz", "2.0"),)
    assert found.rejected == {"why": 1}
    assert found == project(page("2.0", "1.0"), NAME, "https://a.example/")
    assert len({found.candidates[0], project(page("2.0"), NAME, "https://a.example/").candidates[0]}) == 1


def test_artifacts_compare_by_content() -> None:
    one = LazyArtifacts(lambda: (artifact("demo-1.tar.gz", "1"),))
    assert one == LazyArtifacts(lambda: (artifact("demo-1.tar.gz", "1"),))
    assert one != LazyArtifacts(partial(tuple, ()))
    assert (len(one), one[0].filename, one[0:1], list(one)) == (1, "demo-1.tar.gz", one.all, list(one.all))


def test_what_a_glance_tells_is_told_without_making_the_files() -> None:
    made: list[str] = []

    def make() -> tuple[Artifact, ...]:
        made.append("all")
        return (artifact("demo-1.tar.gz", "1"),)

    one = LazyArtifacts(make, lambda: frozenset({">=3.9"}))
    assert [one.glance(), one.glance()] == [frozenset({">=3.9"})] * 2
    assert not made
    assert len(one) == len(made) == 1


def test_links_are_merged_into_what_the_owner_offers() -> None:
    owner = project(page("2.0", "1.0"), NAME, "https://a.example/")
    same, other = artifact("demo-2.0.tar.gz", "2.0", "b.example"), artifact("demo-2.0.zip", "2.0", "b.example")
    newer = artifact("demo-3.0.tar.gz", "3.0", "b.example")
    found = merged(owner, NAME, [same, other, newer])
    assert [(str(c.version), [a.url for a in c.artifacts]) for c in found.candidates] == [
        ("3.0", ["https://b.example/demo-3.0.tar.gz"]),
        ("2.0", ["https://a.example/demo-2.0.tar.gz", "https://b.example/demo-2.0.zip"]),
        ("1.0", ["https://a.example/demo-1.0.tar.gz"]),
    ]


def test_links_alone_make_a_project() -> None:
    only = artifact("demo-1.0.tar.gz", "1.0")
    assert merged(None, NAME, [only]) == Project(NAME, "", (Candidate(NAME, Version("1.0"), (only,), ""),), {})
