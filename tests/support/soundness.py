"""Is a lockfile right? An answer that owes nothing to venvoy's own code: only ``packaging`` and the files' METADATA.

Of a list of real-life environments, each that the lockfile claims is looked at for every selection of extras and
groups: what is selected, whether each has a file, and the closure of the project's requirements over the METADATA of
these files.
"""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging import tags as wheel_tags
from packaging.metadata import Metadata
from packaging.pylock import Package, Pylock
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import Version

SYSTEMS = {
    "linux": ("posix", "linux", "Linux"),
    "macos": ("posix", "darwin", "Darwin"),
    "windows": ("nt", "win32", "Windows"),
}


@dataclass(frozen=True)
class Machine:
    """An environment as it is found in real life, with what PEP 508 and PEP 425 say of it."""

    system: str
    machine: str
    python: str
    platforms: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.system}-{self.machine} Python {self.python}"

    @property
    def minor(self) -> tuple[int, int]:
        major, minor, *_ = self.python.split(".")
        return int(major), int(minor)

    @property
    def markers(self) -> dict[str, str]:
        os_name, sys_platform, platform_system = SYSTEMS[self.system]
        return {
            "implementation_name": "cpython",
            "implementation_version": self.python,
            "os_name": os_name,
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "6.1.0",
            "platform_system": platform_system,
            "platform_version": "#1",
            "python_full_version": self.python,
            "python_version": ".".join(map(str, self.minor)),
            "sys_platform": sys_platform,
        }

    @property
    def tags(self) -> list[Tag]:
        name = f"cp{self.minor[0]}{self.minor[1]}"
        found = list(wheel_tags.cpython_tags(self.minor, [name], self.platforms))
        return [*found, *wheel_tags.compatible_tags(self.minor, name, self.platforms)]


def machines(*pythons: str) -> list[Machine]:
    """Six usual machines, with each of these full versions of Python."""
    glibc = [f"manylinux_2_{minor}" for minor in range(36, 16, -1)] + ["manylinux2014"]
    older = [f"manylinux_2_{minor}" for minor in range(16, 4, -1)] + ["manylinux2010", "manylinux1"]
    kinds: list[tuple[str, str, Iterable[str]]] = [
        ("linux", "x86_64", [f"{one}_x86_64" for one in [*glibc, *older]]),
        ("linux", "aarch64", [f"{one}_aarch64" for one in glibc]),
        ("macos", "arm64", wheel_tags.mac_platforms((14, 0), "arm64")),
        ("macos", "x86_64", wheel_tags.mac_platforms((14, 0), "x86_64")),
        ("windows", "AMD64", ["win_amd64"]),
        ("windows", "ARM64", ["win_arm64"]),
    ]
    fixed = [(system, machine, tuple(platforms)) for system, machine, platforms in kinds]
    return [Machine(system, machine, python, platforms) for python in pythons for system, machine, platforms in fixed]


def claims(lock: Pylock, machine: Machine) -> bool:
    """Whether the lockfile says that it is for a machine."""
    if lock.requires_python and not lock.requires_python.contains(machine.python):
        return False
    return not lock.environments or any(marker.evaluate(machine.markers) for marker in lock.environments)


def faults(
    lock: Pylock,
    roots: Mapping[str, Sequence[str]],
    every: Iterable[Machine],
    metadata: Callable[[str], Metadata],
    apart: Iterable[set[str]] = (),
) -> list[str]:
    """What is wrong with a lockfile, a sentence each.

    Args:
        lock: the lockfile.
        roots: the project's requirements: under the empty text its own, under ``extra NAME`` and ``group NAME`` theirs.
        every: the machines to look at; those that the lockfile does not claim are left out.
        metadata: the METADATA of the file with a name; for a source distribution its PKG-INFO.
        apart: pairs of extras or groups that are never selected together.
    """
    selections = [{""}, *({"", name} for name in roots if name)]
    for pair in apart:
        selections = [*selections, *(set(roots) - {name} for name in pair)]
    selections = [one for one in [*selections, set(roots)] if not any(pair <= one for pair in apart)]
    return [
        f"{machine}, {' + '.join(sorted(filter(None, chosen))) or 'the project'}: {fault}"
        for machine in every
        if claims(lock, machine)
        for chosen in selections
        for fault in _faults(lock, {name: roots[name] for name in chosen}, machine, metadata)
    ]


def files_of(lock: Pylock, every: Iterable[Machine]) -> set[str]:
    """The files that some of the machines that a lockfile claims would install."""
    found = {_file(package, machine.tags) for machine in every if claims(lock, machine) for package in lock.packages}
    return {name for name in found if name}


def _faults(
    lock: Pylock, roots: Mapping[str, Sequence[str]], machine: Machine, metadata: Callable[[str], Metadata]
) -> Iterator[str]:
    sets = {
        "extras": frozenset(name.removeprefix("extra ") for name in roots if name.startswith("extra ")),
        "dependency_groups": frozenset(name.removeprefix("group ") for name in roots if name.startswith("group ")),
    }
    selected = [
        package
        for package in lock.packages
        if not package.marker or package.marker.evaluate({**machine.markers, **sets}, context="lock_file")
    ]
    versions = {package.name: package.version for package in selected}
    if len(versions) < len(selected):
        yield f"a name is selected twice: {', '.join(f'{one.name} {one.version}' for one in selected)}"
    needs: dict[NormalizedName, Metadata] = {}
    for package in selected:
        file = _file(package, machine.tags)
        if file is None:
            yield f"{package.name} {package.version} has no file"
            continue
        needs[package.name] = metadata(file)
        for said in (package.requires_python, needs[package.name].requires_python):
            if said and machine.python not in SpecifierSet(str(said)):
                yield f"{file} needs Python {said}"
    first = [("the project", Requirement(text), "") for texts in roots.values() for text in texts]
    yield from _closure(first, versions, needs, machine.markers)


def _closure(
    todo: list[tuple[str, Requirement, str]],
    versions: Mapping[NormalizedName, Version | None],
    needs: Mapping[NormalizedName, Metadata],
    markers: Mapping[str, str],
) -> Iterator[str]:
    """Walk from requirements (who asks, what, for which extra of who asks) to all that they lead to."""
    reached: set[tuple[NormalizedName, str]] = set()
    while todo:
        parent, requirement, extra = todo.pop()
        if requirement.marker and not requirement.marker.evaluate({**markers, "extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        version = versions.get(name)
        if name not in versions:
            yield f"{parent} needs {requirement}, and {name} is not selected"
        elif version and not requirement.specifier.contains(version, prereleases=True):
            yield f"{parent} needs {requirement}, and {name} {version} is selected"
        for wanted in {"", *requirement.extras} - {of for each, of in reached if each == name}:
            reached.add((name, wanted))
            todo += [(name, one, wanted) for one in needs[name].requires_dist or ()] if name in needs else []
    for unneeded in versions.keys() - {name for name, _ in reached}:
        yield f"nobody needs {unneeded}"


def _file(package: Package, tags: Sequence[Tag]) -> str | None:
    """The name of the file that an installer takes: the first wheel of those with the best tag, else the source."""
    if package.archive:
        return str(package.archive.url or package.archive.path).rpartition("/")[2]
    ranks = {tag: rank for rank, tag in enumerate(tags)}
    found = [
        (min(ranks[tag] for tag in fitting), place, wheel.filename)
        for place, wheel in enumerate(package.wheels or ())
        if (fitting := [tag for tag in parse_wheel_filename(wheel.filename)[3] if tag in ranks])
    ]
    if found:
        return min(found)[-1]
    return package.sdist.filename if package.sdist else None


def metadata_in(folder: Path) -> Callable[[str], Metadata]:
    """Reads METADATA and PKG-INFO from the files of a folder."""

    def read(name: str) -> Metadata:
        if name.endswith(".whl"):
            with zipfile.ZipFile(folder / name) as archive:
                path = next(each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
                return Metadata.from_email(archive.read(path), validate=False)
        with tarfile.open(folder / name) as archive:
            member = archive.extractfile(f"{name.removesuffix('.tar.gz')}/PKG-INFO")
            assert member is not None
            return Metadata.from_email(member.read(), validate=False)

    return read
