from __future__ import annotations

import pytest
import tomli
from packaging.markers import Marker
from packaging.pylock import Pylock
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from venvoy.errors import Problem
from venvoy.formats import pylock, pyproject
from venvoy.model.artifact import Artifact, Candidate, CoreMetadata
from venvoy.model.requirement import Origin
from venvoy.model.resolution import Edge, Resolution, Selected
from venvoy.model.target import Target
from venvoy.values import replace

PROJECT, DEV, DOCS, CLI = Origin("project"), Origin("group", "dev"), Origin("group", "docs"), Origin("extra", "cli")
TEXT = """
[project]
name = "demo"
requires-python = ">=3.10"
dependencies = ["a"]
[project.optional-dependencies]
cli = ["b"]
[dependency-groups]
docs = ["b"]
dev = ["b"]
"""


def target(python: str = "3.11.7", system: str = "linux", **more: str) -> Target:
    machine = {"linux": "x86_64", "win32": "AMD64", "darwin": "arm64"}[system]
    markers = {
        "python_version": ".".join(python.split(".")[:2]),
        "python_full_version": python,
        "implementation_name": "cpython",
        "implementation_version": python,
        "platform_python_implementation": "CPython",
        "os_name": "nt" if system == "win32" else "posix",
        "sys_platform": system,
        "platform_system": {"linux": "Linux", "win32": "Windows", "darwin": "Darwin"}[system],
        "platform_machine": machine,
        "platform_release": "6.1",
        "platform_version": "#1 SMP",
    }
    return Target(f"{python} {system}", python, markers | more, ("py3-none-any",))


def artifact(name: str, version: str, suffix: str = "-py3-none-any.whl", **more: object) -> Artifact:
    filename = f"{name.replace('-', '_')}-{version}{suffix}"
    kind = "wheel" if suffix.endswith(".whl") else "sdist"
    values: dict[str, object] = {"url": f"https://f.example/{filename}", "hashes": {"sha256": "ab"}, "size": 3, **more}
    return Artifact(filename=filename, kind=kind, name=canonicalize_name(name), version=Version(version), **values)  # type: ignore[arg-type]


def selected(  # noqa: PLR0917
    name: str,
    reach: dict[Origin, int] | None = None,
    version: str = "1",
    artifacts: tuple[Artifact, ...] | None = None,
    requires_dist: tuple[str, ...] = (),
    requires_python: str | None = None,
    direct_url: str = "",
) -> Selected:
    reach = {PROJECT: 1} if reach is None else reach
    key = canonicalize_name(name)
    files = (artifact(name, version),) if artifacts is None else artifacts
    index = "" if direct_url else "https://u:p@index.example/simple"
    candidate = Candidate(key, Version(version), files, index, direct_url)
    metadata = CoreMetadata(key, Version(version), requires_dist, requires_python)
    everywhere = 0
    for mask in reach.values():
        everywhere |= mask
    return Selected(candidate, metadata, frozenset(), everywhere, reach)


def lock(
    *items: Selected, targets: tuple[Target, ...] = (target(),), edges: tuple[Edge, ...] = (), text: str = TEXT
) -> str:
    project = pyproject.parse(text, "/home/me/demo/pyproject.toml")
    draft = pylock.draft(Resolution(targets, items, edges), project, "venvoy")
    made, text = draft.parsed(), pylock.render(draft)
    assert pylock.render(made) == text
    assert Pylock.from_dict(tomli.loads(text)) == made
    return text


def edge(parent: str, child: str, targets: int = 1, version: str = "1") -> Edge:
    return Edge(Origin("distribution", parent), Version(version), child, NormalizedName(child), frozenset(), targets)


def test_a_whole_lockfile() -> None:
    wheels = (
        artifact("a", "1", "-py3-none-any.whl", upload_time="2025-01-25T11:30:10.16Z"),
        artifact("a", "1", "-cp311-cp311-win_amd64.whl", upload_time="nonsense"),
        artifact("a", "1", ".zip"),
        artifact("a", "1", ".tar.gz", size=None, url="https://u:p@f.example/a-1.tar.gz#sha256=ab"),
    )
    text = lock(
        selected("a", artifacts=wheels, requires_python=">=3.8"),
        selected("b", {PROJECT: 0, DEV: 1, DOCS: 1, CLI: 1}),
        edges=(edge("a", "b"), Edge(PROJECT, None, "a", NormalizedName("a"), frozenset(), 1)),
    )
    assert (
        text
        == """\
lock-version = "1.0"
environments = [
    'sys_platform == "linux" and platform_machine == "x86_64" and implementation_name == "cpython" \
and python_version == "3.11"',
]
requires-python = ">=3.10"
extras = ["cli"]
dependency-groups = ["dev", "docs"]
created-by = "venvoy"

[[packages]]
name = "a"
version = "1"
requires-python = ">=3.8"
dependencies = [
    { name = "b" },
]
index = "https://index.example/simple"
sdist = { name = "a-1.tar.gz", url = "https://f.example/a-1.tar.gz", hashes = { sha256 = "ab" } }
wheels = [
    { name = "a-1-cp311-cp311-win_amd64.whl", url = "https://f.example/a-1-cp311-cp311-win_amd64.whl", size = 3, \
hashes = { sha256 = "ab" } },
    { name = "a-1-py3-none-any.whl", upload-time = 2025-01-25T11:30:10.160000Z, \
url = "https://f.example/a-1-py3-none-any.whl", size = 3, hashes = { sha256 = "ab" } },
]

[[packages]]
name = "b"
version = "1"
marker = '"cli" in extras or "dev" in dependency_groups or "docs" in dependency_groups'
index = "https://index.example/simple"
wheels = [
    { name = "b-1-py3-none-any.whl", url = "https://f.example/b-1-py3-none-any.whl", size = 3, \
hashes = { sha256 = "ab" } },
]

[tool.venvoy]
inputs = "sha256:29dcd18126680b0196874fb9f10455cba5e5bb5ecdece44a050ea57acd8c58b8"
"""
    )


TARGETS = (target("3.11.7"), target("3.11.7", "win32"), target("3.12.1"))


@pytest.mark.parametrize(
    ("reach", "marker"),
    [
        ({PROJECT: 7}, None),
        ({PROJECT: 7, DEV: 7}, None),
        ({Origin("command"): 7}, None),
        (
            {PROJECT: 2},
            'sys_platform == "win32"',
        ),
        ({DEV: 7}, '"dev" in dependency_groups'),
        ({DEV: 7, CLI: 0}, '"dev" in dependency_groups'),
        ({PROJECT: 2, CLI: 4}, 'sys_platform == "win32" or "cli" in extras and python_version == "3.12"'),
        ({PROJECT: 2, CLI: 7}, 'sys_platform == "win32" or "cli" in extras'),
        ({DEV: 5}, '"dev" in dependency_groups and sys_platform == "linux"'),
        (
            {DEV: 5, CLI: 5},
            '("cli" in extras or "dev" in dependency_groups) and (sys_platform == "linux")',
        ),
    ],
)
def test_a_marker_says_for_whom_and_where(reach: dict[Origin, int], marker: str | None) -> None:
    project = pyproject.parse(TEXT, "pyproject.toml")
    draft = pylock.draft(Resolution(TARGETS, (selected("a", reach),), ()), project, "venvoy")
    found = draft.parsed().packages[0].marker
    assert draft.packages[0].marker == (None if found is None else str(found))
    assert (None if found is None else str(found)) == (None if marker is None else str(Marker(marker)))
    sets: dict[Origin, dict[str, frozenset[str]]] = {
        DEV: {"dependency_groups": frozenset({"dev"}), "extras": frozenset()},
        CLI: {"dependency_groups": frozenset(), "extras": frozenset({"cli"})},
    }
    for origin, chosen in sets.items():
        mask = reach.get(PROJECT, 0) | reach.get(Origin("command"), 0) | reach.get(origin, 0)
        for index, one in enumerate(TARGETS):
            holds = found is None or found.evaluate({**one.markers, **chosen}, context="lock_file")
            assert holds == bool(mask >> index & 1)


def test_two_versions_are_told_apart_where_somebody_depends_on_them() -> None:
    text = lock(
        selected("a", {PROJECT: 3}),
        selected("b", {PROJECT: 1}, "1"),
        selected("b", {PROJECT: 2}, "2"),
        targets=TARGETS[:2],
        edges=(edge("a", "b", 3), edge("a", "a", 3)),
    )
    assert 'dependencies = [\n    { name = "b", version = "1" },\n    { name = "b", version = "2" },\n]\n' in text


def test_a_requires_python_that_an_installer_would_refuse_is_left_out() -> None:
    # Installers compare 3.15.0b2 with >=3.15 and say no, although the distribution supports it.
    item = selected("a", requires_python=">=3.15")
    assert '\nrequires-python = ">=3.15"' not in lock(item, targets=(target("3.15.0b2"),))
    assert '\nrequires-python = ">=3.15"' in lock(item, targets=(target("3.15.0"),))


def test_a_direct_wheel_is_an_archive() -> None:
    url = "https://me:word@f.example/a-1-py3-none-any.whl#sha256=ab"
    text = lock(selected("a", artifacts=(artifact("a", "1", url=url),), direct_url=url))
    expected = 'archive = { url = "https://f.example/a-1-py3-none-any.whl", size = 3, hashes = { sha256 = "ab" } }\n'
    assert f'name = "a"\nversion = "1"\n{expected}' in text


def test_local_files_are_recorded_by_their_path() -> None:
    local = "file:///home/me/demo/wheels/a-1-py3-none-any.whl"
    assert '{ path = "wheels/a-1-py3-none-any.whl", size' in lock(
        selected("a", artifacts=(artifact("a", "1", url=local),), direct_url=local)
    )
    far = (artifact("a", "1", url="file:///srv/a-1-py3-none-any.whl"),)
    assert '{ name = "a-1-py3-none-any.whl", path = "/srv/a-1-py3-none-any.whl", size' in lock(
        selected("a", artifacts=far)
    )


def test_yanked_and_strangely_named_files_are_left_out_where_others_are_there() -> None:
    files = (
        artifact("a", "1", "-py3-none-any.whl"),
        artifact("a", "1", "-py2-none-any.whl", yanked="broken"),
        artifact("a", "1", "-x-py3-none-any.whl"),
        artifact("a", "1", "-cp39-none-any.whl", hashes={}),
    )
    text = lock(selected("a", artifacts=files))
    assert [line for line in text.splitlines() if ".whl" in line] == [
        (
            '    { name = "a-1-py3-none-any.whl", url = "https://f.example/a-1-py3-none-any.whl", size = 3, '
            'hashes = { sha256 = "ab" } },'
        )
    ]
    assert "a-1-py2-none-any.whl" in lock(selected("a", artifacts=(files[1],)))


def test_files_without_hashes_cannot_be_locked() -> None:
    with pytest.raises(Problem) as caught:
        lock(selected("a", artifacts=(artifact("a", "1", hashes={}),)))
    assert caught.value.code == "index-invalid"
    assert str(caught.value) == (
        "a 1 cannot be locked: its index gives no hash for any of its files.\n"
        "A lockfile holds the hash of every file, so that what is installed is what was locked.\n"
        "→ Ask whoever runs the index to publish hashes, or take the distribution from another index."
    )


def test_files_with_names_that_only_some_can_read_cannot_be_locked() -> None:
    odd = replace(artifact("a", "1.post1"), filename="a-1_1-py3-none-any.whl")
    with pytest.raises(Problem) as caught:
        lock(selected("a", version="1.post1", artifacts=(odd,)))
    assert caught.value.what == "a 1.post1 cannot be locked: a-1_1-py3-none-any.whl is no name for a file of it."
