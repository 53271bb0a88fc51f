"""What a lockfile wants in one environment: the steps of PEP 751, with a Problem where the standard wants an error."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.pylock import (
    Package,
    PackageArchive,
    PackageDirectory,
    PackageSdist,
    PackageVcs,
    PackageWheel,
    Pylock,
    PylockSelectError,
)
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import Version

from venvoy.errors import Problem
from venvoy.errors import near as near_words
from venvoy.formats import conflicts, filenames, locations, pylock_sources, sources
from venvoy.formats.pylock_files import Wheels
from venvoy.model.artifact import Artifact
from venvoy.model.names import canonicalize_name
from venvoy.model.plan import Wanted
from venvoy.model.requirement import Origin
from venvoy.values import TYPE_CHECKING, cast, replace

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from packaging.markers import Environment

    from venvoy.model.names import NormalizedName
    from venvoy.model.source import Pinned

# How platform tags begin.
_SYSTEMS = {"win": "win32", "mac": "darwin", "man": "linux", "mus": "linux", "lin": "linux"}
_AGAIN = "venvoy lock   makes it fit this one, or says why it cannot"


def selections(lock: Pylock) -> list[dict[str, frozenset[str]]]:
    """The extras and groups of a lockfile for its markers: all of them, or where some do not go together, each way."""
    recorded = conflicts.recorded(lock)
    held = conflicts.parts(recorded)
    groups = frozenset((*(lock.dependency_groups or ()), *(lock.default_groups or ())))
    return [
        {
            "extras": frozenset(lock.extras or ()) - {part.name for part in held - chosen if part.kind == "extra"},
            "dependency_groups": groups - {part.name for part in held - chosen if part.kind == "group"},
        }
        for chosen in conflicts.selections(recorded)
    ]


def covers(lock: Pylock, markers: Mapping[str, str]) -> bool:
    """Whether a lockfile says that it is for the environment with these markers (PEP 508)."""
    return _python_fits(lock, markers) and _environment_fits(lock, markers)


def select(  # noqa: PLR0913 - what a selection depends on
    lock: Pylock,
    *,
    markers: Mapping[str, str],
    tags: Sequence[str],
    groups: Collection[str],
    extras: Collection[str],
    requested: Collection[NormalizedName],
    where: str,
) -> tuple[Wanted, ...]:
    """As :func:`venvoy.formats.pylock.select`, by packaging's own selection."""
    chosen_groups = _known(groups, [*(lock.dependency_groups or ()), *(lock.default_groups or ())], "group", where)
    chosen_extras = _known(extras, lock.extras or (), "extra", where)
    chosen = [*(Origin("extra", name) for name in chosen_extras), *(Origin("group", name) for name in chosen_groups)]
    conflicts.refuse(conflicts.recorded(lock), chosen, where)
    supported = [Tag(*tag.split("-")) for tag in tags]
    texts = frozenset(tags)
    narrow = replace(lock, packages=[_narrowed(package, texts) for package in lock.packages])
    try:
        found = list(
            narrow.select(
                environment=cast("Environment", dict(markers)),
                tags=supported,
                extras=chosen_extras,
                dependency_groups=[*chosen_groups, *(lock.default_groups or ())],
            )
        )
    except (PylockSelectError, UndefinedComparison, UndefinedEnvironmentName) as error:
        raise refused(lock, markers, error, where, chosen) from error
    wanted = [_wanted(package, source, frozenset(supported), markers, requested, where) for package, source in found]
    return tuple(sorted(wanted, key=lambda item: item.name))


def _narrowed(package: Package, tags: frozenset[str]) -> Package:
    """A package with those of its wheels alone that may fit, if any: to take thousands of names apart takes long."""
    wheels = package.wheels
    if not isinstance(wheels, Wheels):
        return package
    fitting = [number for number, name in enumerate(wheels.filenames()) if _may_fit(name, tags)]
    return replace(package, wheels=wheels.only(fitting)) if fitting else package


def _may_fit(filename: str, tags: frozenset[str]) -> bool:
    parts = filename.removesuffix(".whl").rsplit("-", 3)[1:]
    return len(parts) < 3 or not tags.isdisjoint(filenames.expand("-".join(parts)))  # noqa: PLR2004 - what tags consist of


def _known(names: Collection[str], there: Sequence[str], word: str, where: str) -> list[str]:
    written = {canonicalize_name(name): name for name in there}
    for name in names:
        if canonicalize_name(name) not in written:
            near = near_words(canonicalize_name(name), written)
            fixes = [f"Did you mean {' or '.join(map(repr, near))}?"] if near else []
            raise Problem(
                f"{word}-unknown",
                f"The lockfile has no {word} called {name!r}.",
                why=f"It has: {', '.join(sorted(written.values()))}." if written else f"It has no {word}s at all.",
                fix=(*fixes, "If you have added it to pyproject.toml since the last lock, run `venvoy lock`."),
                where=where,
                data={"known": sorted(written.values())},
            )
    return [written[canonicalize_name(name)] for name in names]


def _python_fits(lock: Pylock, markers: Mapping[str, str]) -> bool:
    version = markers["python_full_version"].removesuffix("+")
    return not lock.requires_python or lock.requires_python.contains(version)


def _environment_fits(lock: Pylock, markers: Mapping[str, str]) -> bool:
    return not lock.environments or any(marker.evaluate(dict(markers)) for marker in lock.environments)


def refused(
    lock: Pylock, markers: Mapping[str, str], error: Exception, where: str, chosen: Sequence[Origin]
) -> Problem:
    """What is said when packaging cannot select from a lockfile for an environment; ``chosen`` was asked for."""
    here = _label(markers)
    if not _python_fits(lock, markers):
        return Problem(
            "lockfile-other-environment",
            f"This lockfile is not for {here}.",
            why=f"It needs Python {lock.requires_python}.",
            fix=(
                "Use another interpreter: venvoy sync --python VERSION",
                "or change requires-python in pyproject.toml and run `venvoy lock`.",
            ),
            where=where,
        )
    if not _environment_fits(lock, markers):
        return Problem(
            "lockfile-other-environment",
            f"This lockfile is not for {here}.",
            why="\n    ".join(
                ["It is for environments in which one of these is true:", *map(str, lock.environments or ())]
            ),
            fix=(_AGAIN,),
            where=where,
        )
    if "Multiple packages" in str(error) or not isinstance(error, PylockSelectError):
        return Problem(
            "lockfile-invalid",
            f"This lockfile contradicts itself on {here}.",
            why=f"{error}.",
            fix=("Run `venvoy lock` to write it anew.",),
            where=where,
        )
    return _does_not_fit(lock, str(error), here, where, chosen)


def _does_not_fit(lock: Pylock, message: str, here: str, where: str, chosen: Sequence[Origin]) -> Problem:
    """One package is in the way: packaging's message names it."""
    quoted = re.search(r"package '([^']+)' at packages\[(\d+)\]", message)
    package = lock.packages[int(quoted[2])] if quoted else None
    why, parts = f"{message}.", []
    if package is not None:
        parts = [str(one) for one in chosen if f'"{one.name}" in ' in str(package.marker)]
        named = f"{package.name} {package.version or ''}".rstrip()
        why = f"{named} is locked, and none of its files fits."
        if package.requires_python and "does not satisfy" in message:
            why = f"{named} is locked, and it needs Python {package.requires_python}."
    without = [f"Leave out {' and '.join(parts)}, which may be for other computers only."] if parts else []
    system = _only_system(package) if package and parts else ""
    if package and system:
        without.append(f"Or say in pyproject.toml where it is for, as in: {package.name}; sys_platform == '{system}'")
    what = f"This lockfile does not fit {here}."
    return Problem("lockfile-other-environment", what, why=why, fix=(*without, _AGAIN), where=where)


def _only_system(package: Package) -> str:
    """The ``sys_platform`` that all wheels of a package are for, empty when they are for several or for any."""
    platforms = (wheel.filename.removesuffix(".whl").rpartition("-")[2] for wheel in package.wheels or ())
    systems = {_SYSTEMS.get(platform[:3], "") for platform in platforms}
    return systems.pop() if len(systems) == 1 else ""


def _label(markers: Mapping[str, str]) -> str:
    implementation = markers.get("platform_python_implementation") or "Python"
    machine = f"{markers.get('platform_system', '')} {markers.get('platform_machine', '')}".strip()
    return f"{implementation} {markers['python_full_version']}" + (f" on {machine}" if machine else "")


def _wanted(  # noqa: PLR0913, PLR0917 - one step of a selection
    package: Package,
    source: PackageWheel | PackageArchive | PackageSdist | PackageDirectory | PackageVcs,
    supported: frozenset[Tag],
    markers: Mapping[str, str],
    requested: Collection[NormalizedName],
    where: str,
) -> Wanted:
    place = pylock_sources.pinned(package, where)
    if place is not None and not pylock_sources.is_wheel(place):
        return _of_place(package, place, requested)
    if isinstance(source, PackageSdist):
        return _of_sdist(package, source, requested, where)
    assert isinstance(source, (PackageWheel, PackageArchive))  # noqa: S101 - all others are places
    url = (
        source.url
        if source.url and not source.path
        else locations.url_of(source.path or "", locations.folder_of(where))
    )
    direct = isinstance(source, PackageArchive)
    filename = locations.file_name(url) if isinstance(source, PackageArchive) else source.filename
    try:
        name, version, _, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename as error:
        raise Problem(
            "lockfile-invalid",
            f"{filename}, which is locked for {package.name}, is not the name of a wheel.",
            fix=("Run `venvoy lock` to write it anew.",),
            where=where,
        ) from error
    if name != package.name or not tags & supported:
        raise Problem(
            "lockfile-other-environment",
            f"{filename}, the file that is locked for {package.name}, does not fit {_label(markers)}.",
            fix=(_AGAIN,),
            where=where,
        )
    artifact = Artifact(
        filename=filename,
        url=url,
        kind="wheel",
        name=package.name,
        version=version,
        hashes=dict(source.hashes),
        size=source.size,
        upload_time=_time(source.upload_time),
        tags=frozenset(map(str, tags)),
    )
    info = {"url": url, "archive_info": {"hashes": dict(source.hashes)}} if direct else None
    return Wanted(package.name, str(version), artifact, package.name in requested, info)


def _of_place(package: Package, place: Pinned, requested: Collection[NormalizedName]) -> Wanted:
    """What has to be built of the code that is at a place."""
    name, version = package.name, package.version
    filename = locations.file_name(place.url) or name
    artifact = Artifact(
        filename, place.url, "source", name, version or Version("0"), hashes=dict(place.hashes), size=place.size
    )
    info = sources.direct_url(place)
    return Wanted(name, str(version or ""), artifact, name in requested, info, place)


def _of_sdist(package: Package, source: PackageSdist, requested: Collection[NormalizedName], where: str) -> Wanted:
    """What has to be built of a source distribution."""
    path = locations.url_of(source.path or "", locations.folder_of(where)) if source.path else ""
    artifact = Artifact(
        filename=source.filename,
        url=path or source.url or "",
        kind="sdist",
        name=package.name,
        version=package.version or Version("0"),
        hashes=dict(source.hashes),
        size=source.size,
        upload_time=_time(source.upload_time),
    )
    return Wanted(package.name, str(package.version or ""), artifact, package.name in requested)


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    utc = moment.astimezone(timezone.utc) if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return utc.isoformat().replace("+00:00", "Z")
