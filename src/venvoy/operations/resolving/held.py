"""What a lockfile holds, and the next one keeps where it can: versions, where they apply, where targets are divided."""

from __future__ import annotations

from functools import partial

from venvoy.formats import marker_parts, pythons
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.pylock import Package
    from packaging.version import Version

    from venvoy.formats.pylock_draft import DraftPackage, Lock
    from venvoy.formats.pythons import Bound
    from venvoy.model.names import NormalizedName
    from venvoy.model.target import Target
    from venvoy.resolver.task import Fork


def versions(lock: Lock) -> dict[NormalizedName, tuple[Version, ...]]:
    """The versions that a lockfile holds, by name."""
    found: dict[NormalizedName, tuple[Version, ...]] = {}
    for package in lock.packages:
        if package.version is not None:
            found[package.name] = (*found.get(package.name, ()), package.version)
    return found


def forks(lock: Lock) -> dict[NormalizedName, list[Fork]]:
    """The names of which a lockfile holds several versions, each with the targets that it is for."""
    several = {name for name, found in versions(lock).items() if len(found) > 1}
    found: dict[NormalizedName, list[Fork]] = {}
    for package in lock.packages:
        if package.name in several and package.version is not None:
            found.setdefault(package.name, []).append((package.version, partial(_applies, lock, package)))
    return found


def divisions(lock: Lock) -> set[Bound]:
    """Where the packages of a lockfile tell patch releases of Python apart."""
    markers = {str(package.marker) for package in lock.packages if package.marker}
    return {cut for marker in markers for cut in pythons.marker_cuts(marker)}


def edges(lock: Lock) -> set[Bound]:
    """Where a lockfile tells patch releases of Python apart in any way: what it says of the parts is true of each."""
    markers = {str(marker) for marker in lock.environments or ()}
    requires = {str(package.requires_python) for package in lock.packages if package.requires_python}
    found = divisions(lock).union(*map(pythons.marker_cuts, markers))
    return found.union(*map(pythons.cuts, requires))


def speaks_of_pypy(lock: Lock) -> bool:
    """Whether a lockfile is for PyPy, too."""
    return any("pypy" in str(marker) for marker in lock.environments or ())


def _applies(lock: Lock, package: Package | DraftPackage, target: Target) -> bool:
    extras = frozenset(lock.extras or ()) - {part.name for part in target.without if part.kind == "extra"}
    groups = frozenset((*(lock.dependency_groups or ()), *(lock.default_groups or ())))
    groups -= {part.name for part in target.without if part.kind == "group"}
    left = marker_parts.settled(package.marker, extras, groups, target.markers)
    if not left:
        return left is not None
    from packaging.markers import (  # noqa: PLC0415 - 20 ms that plain comparisons save
        Marker,
        UndefinedComparison,
        UndefinedEnvironmentName,
    )

    environment: dict[str, str | frozenset[str]] = {**target.markers, "extras": extras, "dependency_groups": groups}
    try:
        return Marker(str(package.marker)).evaluate(environment, context="lock_file")
    except (UndefinedComparison, UndefinedEnvironmentName):  # another tool's
        return False
