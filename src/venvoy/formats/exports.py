"""A lockfile in the forms of other tools: requirements and constraints files of pip, a lockfile for one target.

The same lockfile always gives the same text, whatever the machine.
"""

from __future__ import annotations

from packaging.markers import Marker
from packaging.pylock import (
    Package,
    PackageArchive,
    PackageDirectory,
    PackageSdist,
    PackageVcs,
    PackageWheel,
    Pylock,
)
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag
from packaging.version import Version

from venvoy.formats import bounds, locations
from venvoy.formats.marker_parts import settled
from venvoy.values import TYPE_CHECKING, cast, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from packaging.markers import Environment


_ALGORITHMS = ("sha256", "sha384", "sha512")


@dataclass(frozen=True, slots=True)
class Export:
    """The text of a file, the number of distributions in it, and sentences about what it cannot say."""

    text: str
    count: int
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """What of a lockfile is exported: groups and extras by normalized name; options for the head of a pip file.

    ``folder`` is where the lockfile lies, an absolute path.
    """

    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    folder: str = ""


def requirements(lock: Pylock, parts: Parts, *, hashes: bool = True, constraints: bool = False) -> Export:
    """A requirements file for pip, with the hash of every file; as a constraints file it only bounds versions.

    The lockfile may also be its part for one target, from :func:`only_for`.
    """
    lines = [f"# made by venvoy from pylock.toml: {'constraints' if constraints else 'requirements'} for pip"]
    if lock.requires_python:
        lines.append(f"# Python {bounds.ordered(str(lock.requires_python))}")
    lines += parts.options
    remarks: list[str] = []
    count = 0
    default = lock.default_groups or ()
    for package in sorted(
        lock.packages, key=lambda one: (one.name, one.version or Version("0"), str(one.marker or ""))
    ):
        marker = settled(package.marker, parts.extras, (*parts.groups, *default))
        if marker is None:
            continue
        said = _requirement(package, parts.folder)
        if constraints and said.startswith(("-e ", ".", "/")):
            remarks.append(f"{package.name} is left out: a constraints file cannot name a folder or a file.")
            continue
        if marker and package.directory is not None and package.directory.editable:
            said = _folder(package.directory)
            remarks.append(f"{package.name} is not editable there: pip takes no condition behind -e.")
        count += 1
        words = [f"{said}{' ' if '://' in said or said[0] in './-' else ''}{f'; {marker}' if marker else ''}".rstrip()]
        if package.vcs is not None and package.vcs.url is None:
            remarks.append(f"{package.name} lies on this computer: the file is of use here only.")
        if hashes and not constraints:
            found = _hashes(package)
            words += [f"--hash={one}" for one in found]
            if not found:
                remarks.append(
                    f"{package.name} can have no hash, as it is {_kind(package)}. pip refuses a file in which only some"
                    " have hashes: leave them out of all with --no-hashes."
                )
        lines.append(" \\\n    ".join(words))
    return Export("\n".join(lines) + "\n", count, tuple(remarks))


def _requirement(package: Package, folder: str) -> str:
    """What pip understands: a pinned name, or where else the distribution lies."""
    if package.vcs is not None:
        vcs = package.vcs
        place = vcs.url or locations.url_of(vcs.path or "", folder)
        below = f"#subdirectory={vcs.subdirectory}" if vcs.subdirectory else ""
        return f"{package.name} @ {vcs.type}+{place}@{vcs.commit_id}{below}"
    if package.directory is not None:
        path = _folder(package.directory)
        return f"-e {option_value(path)}" if package.directory.editable else path
    if package.archive is not None:
        archive = package.archive
        if archive.url is None:
            return _path(archive.path or "")
        below = f"#subdirectory={archive.subdirectory}" if archive.subdirectory else ""
        return f"{package.name} @ {archive.url}{below}"
    return f"{package.name}=={package.version}"


def option_value(text: str) -> str:
    """What stands behind an option, in quotes where pip, which reads it as a shell does, would take it apart."""
    if not any(character in text for character in " \t#\"'\\"):
        return text
    return f'"{text}"' if "'" in text else f"'{text}'"


def _folder(directory: PackageDirectory) -> str:
    return _path("/".join(filter(None, (directory.path, directory.subdirectory))))


def _path(path: str) -> str:
    return path if path.startswith(("/", "./", "../")) or path[1:2] == ":" or path in {".", ".."} else f"./{path}"


def _kind(package: Package) -> str:
    return "in version control" if package.vcs is not None else "a folder"


def _hashes(package: Package) -> list[str]:
    files = [*(package.wheels or ()), package.sdist, package.archive]
    found = {
        f"{name}:{digest}" for file in files if file for name, digest in file.hashes.items() if name in _ALGORITHMS
    }
    return sorted(found)


def only_for(
    lock: Pylock, parts: Parts, *, markers: Mapping[str, str], tags: Sequence[str]
) -> list[tuple[Package, PackageWheel | PackageSdist | PackageArchive | PackageDirectory | PackageVcs]]:
    """What a lockfile selects on one target, with the one file or place of each, by name.

    Raises:
        PylockSelectError: the lockfile is not for this target.
    """
    return sorted(
        lock.select(
            environment=cast("Environment", dict(markers)),
            tags=[Tag(*tag.split("-")) for tag in tags],
            extras=list(parts.extras),
            dependency_groups=[*parts.groups, *(lock.default_groups or ())],
        ),
        key=lambda pair: pair[0].name,
    )


def single(
    chosen: Sequence[tuple[Package, PackageWheel | PackageSdist | PackageArchive | PackageDirectory | PackageVcs]],
    *,
    markers: Mapping[str, str],
) -> Pylock:
    """A lockfile for one target (PEP 751, single use): one file a distribution, no extras, groups nor markers."""
    minor = markers["python_version"]
    names = {str(package.name) for package, _ in chosen}
    place = [f'{name} == "{markers[name]}"' for name in ("sys_platform", "platform_machine", "implementation_name")]
    return Pylock(
        lock_version=Version("1.0"),
        environments=[Marker(" and ".join((*place, f'python_version == "{minor}"')))],
        requires_python=SpecifierSet(f"=={minor}.*"),
        created_by="venvoy",
        packages=[_single(package, source, names) for package, source in chosen],
    )


def _single(
    package: Package,
    source: PackageWheel | PackageSdist | PackageArchive | PackageDirectory | PackageVcs,
    names: set[str],
) -> Package:
    needs = [{"name": one["name"]} for one in package.dependencies or () if one.get("name") in names]
    wheels = [source] if isinstance(source, PackageWheel) else None
    sdist = source if isinstance(source, PackageSdist) else None
    return replace(package, marker=None, dependencies=needs or None, wheels=wheels, sdist=sdist, tool=None)
