"""Small worlds for the resolver, a line a file.

    name version [words …] [-> requirement | requirement …]

Words: ``yanked``, ``sdist`` (a source distribution instead of a wheel), ``tags=py3-none-win_amd64,…`` (otherwise
py3-none-any), ``python=>=3.9,<4`` (Requires-Python of the file), ``metadata-python=>=3.9`` (in the metadata only),
``uploaded=2024-01-01T00:00:00Z``, ``extras=x,y`` (announced; those in ``extra == "x"`` markers are anyway), ``broken``
(metadata that cannot be read), ``claims=other-1.0`` (metadata that lies), ``url`` (found at https://files.example/name-version
only), ``build=1`` (a wheel's build tag), ``same=…`` (the hash that
the index announces for the metadata). Lines with the same name and version are files of one candidate.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from venvoy.errors import Problem
from venvoy.model.artifact import Artifact, Candidate, CoreMetadata, Project
from venvoy.model.requirement import Dependency, Origin, Root
from venvoy.model.resolution import Resolution
from venvoy.model.target import Target

_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")
_PLATFORMS = {
    "linux": ("posix", "linux", "Linux", "x86_64", "manylinux_2_17_x86_64"),
    "macos": ("posix", "darwin", "Darwin", "arm64", "macosx_11_0_arm64"),
    "windows": ("nt", "win32", "Windows", "AMD64", "win_amd64"),
}


class World:
    """A provider that answers from lines of text; ``asked`` remembers what was asked of it.

    It says that metadata has yet to come, or with ``at_hand`` that it need not be waited for.
    """

    def __init__(self, text: str, *, at_hand: bool = False) -> None:
        self.asked: list[str] = []
        self.at_hand = at_hand
        self._files: dict[tuple[NormalizedName, Version], list[Artifact]] = defaultdict(list)
        self._metadata: dict[str, CoreMetadata | None] = {}
        self._urls: dict[str, tuple[NormalizedName, Version]] = {}
        for line in text.splitlines():
            if line.strip() and not line.strip().startswith("#"):
                self._file(line.strip())

    def project(self, name: NormalizedName) -> Project:
        self.asked.append(name)
        urls = set(self._urls.values())
        found = [key for key in self._files if key[0] == name and key not in urls]
        if not found:
            raise Problem("project-unknown", f"There is no project {name!r}.")
        candidates = [Candidate(name, version, tuple(self._files[name, version])) for _, version in found]
        return Project(name, "", tuple(sorted(candidates, key=lambda each: each.version, reverse=True)))

    def metadata(self, candidate: Candidate, artifact: Artifact) -> CoreMetadata:
        self.asked.append(artifact.filename)
        found = self._metadata[artifact.filename]
        if found is None:
            raise Problem("metadata-invalid", f"The metadata of {artifact.filename} cannot be read.")
        return found

    def direct(self, name: NormalizedName, url: str) -> Candidate:
        found, version = self._urls[url]
        return Candidate(found, version, tuple(self._files[found, version]), direct_url=url)

    def want(self, names: Iterable[NormalizedName]) -> None:
        self.asked.extend(f"want {name}" for name in names)

    def want_metadata(self, candidate: Candidate, artifact: Artifact) -> bool:
        self.asked.append(f"want {artifact.filename}")
        return not self.at_hand

    def _file(self, line: str) -> None:
        head, _, tail = line.partition("->")
        first, second, *words = head.split()
        name, version = canonicalize_name(first), Version(second)
        facts = dict(word.partition("=")[::2] for word in words)
        requirements = tuple(text.strip() for text in tail.split(" | ") if text.strip())
        files = self._files[name, version]
        kind = "sdist" if "sdist" in facts else "wheel"
        tags = frozenset() if kind == "sdist" else frozenset(facts.get("tags", "py3-none-any").split(","))
        stem = f"{name.replace('-', '_')}-{version}"
        build = f"-{facts['build']}" if "build" in facts else ""
        filename = f"{stem}.tar.gz" if kind == "sdist" else f"{stem}{build}-{min(tags)}.whl"
        url = f"https://files.example/{filename}"
        if "url" in facts:
            url = f"https://files.example/{name}-{version}"
            self._urls[url] = name, version
        files.append(
            Artifact(
                filename=filename,
                url=url,
                kind=kind,
                name=name,
                version=version,
                upload_time=facts.get("uploaded"),
                requires_python=facts.get("python"),
                metadata={"sha256": facts["same"]} if "same" in facts else None,
                yanked="" if "yanked" in facts else None,
                tags=tags,
            )
        )
        claimed, _, claimed_version = facts.get("claims", f"{name}-{version}").rpartition("-")
        extras = {*_EXTRA.findall(tail), *facts.get("extras", "").split(",")} - {""}
        self._metadata[filename] = (
            None
            if "broken" in facts
            else CoreMetadata(
                canonicalize_name(claimed),
                Version(claimed_version),
                requirements,
                facts.get("metadata-python", facts.get("python")),
                frozenset(map(canonicalize_name, extras)),
            )
        )


def target(platform: str = "linux", python: str = "3.11.7") -> Target:
    """A CPython of this full version on ``linux``, ``macos`` or ``windows``."""
    os_name, sys_platform, system, machine, tag = _PLATFORMS[platform]
    minor = ".".join(python.split(".")[:2])
    short = f"cp{minor.replace('.', '')}"
    markers = {
        "implementation_name": "cpython",
        "implementation_version": python,
        "os_name": os_name,
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": system,
        "platform_version": "",
        "python_full_version": python,
        "python_version": minor,
        "sys_platform": sys_platform,
    }
    tags = (f"{short}-{short}-{tag}", f"{short}-abi3-{tag}", f"py3-none-{tag}", f"{short}-none-any", "py3-none-any")
    return Target(f"Python {python} on {platform}", python, markers, tags)


def root(*requirements: str, kind: str = "project", name: str = "") -> Root:
    """A root of the project with these requirements."""
    origin = Origin(kind, name)
    return Root(origin, tuple(Dependency(Requirement(text), origin) for text in requirements))


def pins(resolution: Resolution) -> dict[str, str]:
    """What was selected, as texts: with one target ``{name: version}``; else ``version@targets`` joined with commas."""
    found: dict[str, list[str]] = defaultdict(list)
    for selected in resolution.selected:
        where = (
            ""
            if len(resolution.targets) == 1
            else "@" + "".join(str(index) for index in range(len(resolution.targets)) if selected.targets >> index & 1)
        )
        found[selected.candidate.name].append(f"{selected.candidate.version}{where}")
    return {name: ", ".join(versions) for name, versions in found.items()}
