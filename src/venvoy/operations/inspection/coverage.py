"""What a lockfile means on each of its targets: where something has to be built, and where nothing fits."""

from __future__ import annotations

from venvoy.formats import filenames, pylock
from venvoy.operations import home as homes
from venvoy.operations.resolving import claims, held
from venvoy.resolver import targets as all_targets
from venvoy.resolver.wheels import Wheels
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from packaging.pylock import Package

    from venvoy.formats.pylock_draft import Lock
    from venvoy.model.target import Target
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located

BUILD, NOTHING = "build", "nothing"


@dataclass(frozen=True, slots=True)
class Gap:
    """A distribution without a wheel on some targets; ``kind`` says whether its source is there to be built.

    ``where`` names the ``targets`` in few words.
    """

    name: str
    version: str
    kind: str
    where: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The gaps of a lockfile, by name, and the targets that it is for and that it is not for."""

    gaps: tuple[Gap, ...]
    targets: tuple[str, ...]
    left_out: tuple[str, ...]
    left_out_where: str


def coverage(context: Context, located: Located, lock: Lock) -> Coverage:
    """Look at a lockfile on every target that the project asks for, with all of its extras and groups."""
    whole = pylock.whole(lock)
    wanted = claims.claim(context.settings, located, homes.find(context, located).interpreter).targets
    every = all_targets.split(wanted, held.edges(lock))
    covered = [target for target in every if pylock.covers(lock, target.markers)]
    missing = [target for target in every if target not in covered]
    wheels = Wheels(covered)
    sets = pylock.selections(whole)
    gaps = [gap for package in whole.packages for gap in _gaps(package, covered, wheels, sets)]
    return Coverage(
        tuple(gaps),
        tuple(target.label for target in covered),
        tuple(target.label for target in missing),
        all_targets.described(missing),
    )


def _gaps(
    package: Package, targets: Sequence[Target], wheels: Wheels, sets: Sequence[Mapping[str, frozenset[str]]]
) -> Iterator[Gap]:
    if package.archive:
        return
    found = wheels.best([filenames.expand(filenames.parse(wheel.filename).tags) for wheel in package.wheels or ()])
    without = [target for index, target in enumerate(targets) if index not in found]
    marker = package.marker
    if marker is not None:
        without = [
            one
            for one in without
            if any(marker.evaluate({**one.markers, **chosen}, context="lock_file") for chosen in sets)
        ]
    if without:
        kind = BUILD if package.sdist or package.vcs or package.directory else NOTHING
        labels = tuple(target.label for target in without)
        yield Gap(package.name, str(package.version or ""), kind, all_targets.described(without), labels)
