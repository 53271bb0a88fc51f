"""What another tool installed: alone in its version, and what it asks of those that come."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from packaging.utils import NormalizedName

from venvoy.model.artifact import Artifact, Candidate, CoreMetadata, Project
from venvoy.model.plan import Installed
from venvoy.operations.standalone import others

MARKERS = {"python_version": "3.12", "sys_platform": "linux"}


def put(folder: Path, name: str, version: str, *requires: str, ours: bool = False) -> Installed:
    information = folder / f"{name}-{version}.dist-info"
    information.mkdir()
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}", "utf-8")
    return Installed(NormalizedName(name), version, str(information), wheel_sha256="0" * 64 if ours else "")


class Index:
    """An index that has everything, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def project(self, name: NormalizedName) -> Project:
        self.asked.append(name)
        return Project(name, "https://index.example/", ())

    def metadata(self, candidate: Candidate, artifact: Artifact) -> CoreMetadata:
        raise AssertionError(candidate, artifact)

    def direct(self, name: NormalizedName, url: str) -> Candidate:
        raise AssertionError(name, url)

    def want(self, names: Iterable[NormalizedName]) -> None:
        self.asked += names

    def want_metadata(self, candidate: Candidate, artifact: Artifact) -> bool:
        raise AssertionError(candidate, artifact)


def test_it_is_there_in_one_version_and_no_index_is_asked_for_it(tmp_path: Path) -> None:
    found = others.find([put(tmp_path, "a", "1.0", "b>=2"), put(tmp_path, "c", "3", ours=True)], ())
    index = Index()
    provider = others.Beside(index, found)
    provider.want([NormalizedName("a"), NormalizedName("b")])
    project = provider.project(NormalizedName("a"))
    assert [str(one.version) for one in project.candidates] == ["1.0"]
    candidate = project.candidates[0]
    provider.want_metadata(candidate, candidate.artifacts[0])
    assert provider.metadata(candidate, candidate.artifacts[0]).requires_dist == ("b>=2",)
    provider.project(NormalizedName("c"))
    assert index.asked == ["b", "c"]
    assert others.find([found[NormalizedName("a")].installed], {NormalizedName("a")}) == {}


def test_what_it_asks_counts_unless_nobody_minds_now(tmp_path: Path) -> None:
    asking = put(
        tmp_path, "a", "1", "b<2", "c<2", 'd<2; sys_platform == "win32"', 'e<2; extra == "x"', "f", "g<2", "nonsense <"
    )
    present = [asking, put(tmp_path, "c", "5", ours=True), put(tmp_path, "g", "1")]
    found = others.find(present, ())
    bounds = others.bounds(found.values(), found, present, MARKERS)
    assert [str(one.requirement) for one in bounds] == ["b<2"]
    assert bounds[0].holder.installed is asking
