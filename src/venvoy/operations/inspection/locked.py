"""What is locked, and who needs what of it with which bounds: the lockfile, joined with the metadata of its files.

A lockfile says which distribution needs which, but not the bounds. Those stand in the metadata, which locking has put
into the cache, and the environment holds it too: so this works without any index. Where neither has it, the bounds are
unknown, and the names remain.
"""

from __future__ import annotations

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from venvoy.environment import installed, layout
from venvoy.errors import Problem
from venvoy.formats import locations, pylock
from venvoy.formats.pythons import Range, dotted, full, marker_cuts, python_of
from venvoy.model.artifact import Artifact, Candidate
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.requirement import Origin, condition_of
from venvoy.operations import home as homes
from venvoy.operations import lock as locks
from venvoy.operations.project import read_lockfile
from venvoy.operations.resolving import claims, held
from venvoy.operations.standalone import others
from venvoy.resolver import platforms as all_platforms
from venvoy.resolver import targets as all_targets
from venvoy.resolver.markers import MarkerMasks
from venvoy.resolver.words import listed
from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from packaging.pylock import Package, PackageArchive, PackageWheel, Pylock

    from venvoy.model.artifact import CoreMetadata
    from venvoy.model.interpreter import Interpreter
    from venvoy.model.plan import Installed
    from venvoy.model.requirement import Root
    from venvoy.model.target import Target
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located


@dataclass(frozen=True, slots=True)
class Locking:
    """A project's lockfile together with whom it is for: ``here`` is the number of the target at hand, if it is one.

    The targets are divided where the lockfile tells patch releases apart. The last ones may be with PyPy, for which a
    lockfile can be although nobody asks for it; ``claimed`` are those that the project asks for.
    """

    lock: Pylock
    interpreter: Interpreter
    targets: tuple[Target, ...]
    claimed: tuple[Target, ...]
    here: int | None


@dataclass(frozen=True, slots=True)
class Need:
    """One requirement: ``parent`` (a part of the project, or a distribution with this version) needs ``child``.

    ``extra`` is the extra of the parent that brings it, empty for the parent itself; ``extras`` are those of the child
    that are asked for. ``targets`` is the mask of the targets on which it applies.
    """

    parent: Origin
    version: Version | None
    extra: str
    requirement: Requirement
    child: NormalizedName
    extras: frozenset[str]
    targets: int

    def leads_to(self, other: Need) -> bool:
        """Whether the other need is one that this one brings: of the same distribution, with an extra asked for."""
        return other.parent == Origin("distribution", self.child) and (not other.extra or other.extra in self.extras)


@dataclass(frozen=True, slots=True)
class Graph:
    """Who needs what, on which targets.

    ``versions`` holds for each locked name its versions (None: it has none), each with the mask of the targets that
    it is locked for. ``unknown`` are the names whose metadata is nowhere at hand: their needs have no bounds.
    ``places`` says of names without a version where they come from.
    """

    targets: tuple[Target, ...]
    versions: Mapping[NormalizedName, tuple[tuple[Version | None, int], ...]]
    needs: tuple[Need, ...]
    unknown: frozenset[NormalizedName]
    places: Mapping[NormalizedName, str] = field(default_factory=dict)

    def called(self, name: str, version: object) -> str:
        """A version in words; for what has none, where it comes from."""
        return str(version or self.places.get(canonicalize_name(name), "URL"))

    def on(self, mask: int) -> list[Target]:
        """The targets of a mask."""
        return [target for index, target in enumerate(self.targets) if mask >> index & 1]

    def where(self, mask: int) -> str:
        """The targets of a mask in words, as in ``on Windows with Python 3.10``; empty for all of them."""
        return targets_in_words(self.on(mask), self.targets)


def platforms(name: str, besides: str) -> tuple[str, ...]:
    """The platforms that a name of a target stands for; ``besides`` is one more name that the command understands.

    Raises:
        Problem: usage, when there is no such target.
    """
    try:
        return all_platforms.platforms([name])
    except all_platforms.UnknownTargetError as error:
        raise Problem(
            "usage",
            f"There is no target {name!r}.",
            why=f"Did you mean {' or '.join(error.near)}?" if error.near else "",
            fix=(f"Name one of: {', '.join([besides, *all_platforms.DEFAULT])}",),
        ) from error


def targets_in_words(some: Sequence[Target], every: Sequence[Target]) -> str:
    """What tells some of the targets from the others: systems, versions of Python, or both; empty for all of them."""
    if every and not some:
        return "on other targets"  # of a lockfile that is out of date, or not venvoy's
    chosen = {_place(target) for target in some}
    places = [_place(target) for target in every]
    systems = list(dict.fromkeys(system for system, _ in places))
    pythons = list(dict.fromkeys(python for _, python in places))
    some_systems = [one for one in systems if any(one == system for system, _ in chosen)]
    some_pythons = [one for one in pythons if any(one == python for _, python in chosen)]
    if chosen != {place for place in places if place[0] in some_systems and place[1] in some_pythons}:
        return f"on {all_targets.described(some)}"
    parts = [f"on {_systems(some_systems, systems)}"] if some_systems != systems else []
    parts += [f"with {_pythons(some_pythons, pythons)}"] if some_pythons != pythons else []
    return " ".join(parts)


_Python = tuple[str, Range]


def _place(target: Target) -> tuple[str, _Python]:
    """The system with its machine, and the Python: ``("Windows on AMD64", ("Python", 3.10))``."""
    system, _, python = target.label.partition(" with ")
    versions = python_of(target)
    return system, (python.removesuffix(str(versions)).rstrip(), versions)


def _systems(some: Sequence[str], every: Sequence[str]) -> str:
    words: dict[str, None] = {}
    for one in some:
        system = one.partition(" on ")[0]
        whole = all(other in some for other in every if other.partition(" on ")[0] == system)
        words[system if whole else one] = None
    return listed(list(words))


def _pythons(some: Sequence[_Python], every: Sequence[_Python]) -> str:
    """``Python 3.10``, ``Python 3.10 to 3.12``, ``Python 3.12 and newer``; PyPy only where it differs."""
    known: dict[str, list[Range]] = {}
    chosen: dict[str, list[Range]] = {}
    for found, pythons in ((known, every), (chosen, some)):
        for kind, versions in pythons:
            found.setdefault(kind, []).append(versions)
    alike = chosen.keys() == known.keys() and len(set(map(tuple, chosen.values()))) == 1
    kinds = [*chosen][: 1 if alike else None]
    return listed([f"{kind} {_versions(chosen[kind], sorted(known[kind]))}".rstrip() for kind in kinds])


def _versions(some: Sequence[Range], every: Sequence[Range]) -> str:
    """Some of the Python versions that there are; nothing for all of them."""
    runs: list[list[Range]] = []
    for number, versions in enumerate(every):
        if versions in some:
            if not runs or runs[-1][-1] != every[number - 1]:
                runs.append([])
            runs[-1].append(versions)
    return "" if runs == [[*every]] else listed([_run(run[0], run[-1], newest=run[-1] == every[-1]) for run in runs])


def _run(first: Range, last: Range, *, newest: bool) -> str:
    if first == last:
        return str(first)
    minor, patch = first.since
    low = full(first.since) if patch else dotted(minor)
    if newest:
        return f"{low} and newer"
    whole = Range(first.since, last.before)
    if len(whole.minors()) == 1:
        return str(whole)
    minor, patch = last.before or (last.since[0] + 1, 0)
    return f"{low} to {full((minor, patch - 1)) if patch else dotted(minor - 1)}"


def find(context: Context, located: Located) -> Locking:
    """The lockfile of a project, to look at.

    Raises:
        Problem: lockfile-missing, lockfile-invalid, python-not-found.
    """
    lock = read_lockfile(located, context.reporter)
    if lock is None:
        raise Problem(
            "lockfile-missing",
            "This project has no lockfile yet.",
            why="The answer would stand in it.",
            fix=("venvoy lock   writes it; put it under version control",),
            where=str(located.lockfile),
        )
    interpreter = homes.find(context, located).interpreter
    if not locks.is_current(context, lock, located, interpreter, anywhere=True):
        context.reporter.warn("pylock.toml is out of date: this is what it says now. venvoy lock brings it up to date.")
    own = [condition_of(one.written) for root in located.file.roots() for one in root.dependencies]
    edges = held.edges(lock).union(*map(marker_cuts, own))

    def covered(wanted: Sequence[Target]) -> tuple[Target, ...]:
        return tuple(target for target in all_targets.split(wanted, edges) if pylock.covers(lock, target.markers))

    wanted = claims.claim(context.settings, located, interpreter).targets
    claimed = covered(wanted) or wanted
    targets = claimed + covered(claims.implied(context.settings, located))
    return Locking(pylock.whole(lock), interpreter, targets, claimed, all_targets.at_hand(interpreter, targets))


def graph(context: Context, located: Located, found: Locking) -> Graph:
    """Follow the requirements of the project through what is locked."""
    return _Walk(context, located, found).run(located.file.roots())


class _Walk:
    def __init__(self, context: Context, located: Located, found: Locking) -> None:
        self._context = context
        self._folder = locations.folder_of(str(located.lockfile))
        self._targets = found.targets
        self._markers = MarkerMasks(found.targets)
        self._packages = _by_name(found.lock, found.targets)
        self._present = _present(located)
        self._needs: dict[int, list[Requirement] | None] = {}
        self._found: dict[tuple[Origin, Version | None, str, str], Need] = {}
        self._reached: dict[tuple[NormalizedName, str], int] = {}
        self._todo: list[tuple[NormalizedName, str, int]] = []

    def run(self, roots: Sequence[Root]) -> Graph:
        for root in roots:
            for one in root.dependencies:
                self._follow(root.origin, None, "", one.requirement, self._markers.mask(one.requirement.marker))
        while self._todo:
            self._expand(*self._todo.pop())
        versions = {
            name: tuple((package.version, mask) for package, mask in packages)
            for name, packages in sorted(self._packages.items())
        }
        unread = {key for key, needs in self._needs.items() if needs is None}
        unknown = {name for name, packages in self._packages.items() for one, _ in packages if id(one) in unread}
        places = {
            name: f"from {package.directory.path}"
            for name, packages in self._packages.items()
            for package, _ in packages
            if package.directory
        }
        return Graph(self._targets, versions, tuple(self._found.values()), frozenset(unknown), places)

    def _follow(self, parent: Origin, version: Version | None, extra: str, requirement: Requirement, mask: int) -> None:
        name = canonicalize_name(requirement.name)
        if not mask or name not in self._packages:
            return
        extras = frozenset(map(canonicalize_name, requirement.extras))
        key = parent, version, extra, str(requirement)
        known = self._found.get(key)
        where = mask | (known.targets if known else 0)
        self._found[key] = Need(parent, version, extra, requirement, name, extras, where)
        for wanted in ("", *sorted(extras)):
            fresh = mask & ~self._reached.get((name, wanted), 0)
            if fresh:
                self._reached[name, wanted] = self._reached.get((name, wanted), 0) | fresh
                self._todo.append((name, wanted, fresh))

    def _expand(self, name: NormalizedName, extra: str, mask: int) -> None:
        for package, where in self._packages[name]:
            if not mask & where:
                continue
            needs = self._read(package)
            parent = Origin("distribution", name)
            if needs is None and not extra:
                for one in package.dependencies or ():
                    if "name" in one:
                        self._follow(parent, package.version, "", Requirement(str(one["name"])), mask & where)
            for requirement in needs or ():
                applies = self._mask(requirement, extra)
                if extra:
                    applies &= ~self._mask(requirement, "")
                self._follow(parent, package.version, extra, requirement, mask & where & applies)

    def _mask(self, requirement: Requirement, extra: str) -> int:
        try:
            return self._markers.mask(requirement.marker, extra)
        except ValueError:
            return 0  # a marker that nobody can evaluate: the resolver leaves such a candidate out

    def _read(self, package: Package) -> list[Requirement] | None:
        """The requirements in the metadata of a package; None when it is nowhere at hand."""
        if id(package) not in self._needs:
            metadata = self._metadata(package)
            self._needs[id(package)] = (
                None if metadata is None else list(filter(None, map(_parsed, metadata.requires_dist)))
            )
        return self._needs[id(package)]

    def _metadata(self, package: Package) -> CoreMetadata | None:
        files = [file for file in (*(package.wheels or ()), package.archive) if file is not None]
        wheels = [artifact(package, file, self._folder) for file in files]
        known = next(filter(None, map(self._context.index.known_metadata, wheels)), None)
        if known:
            return known
        there = self._present.get((package.name, str(package.version or "")))
        said = others.metadata(there) if there else None
        if said:
            return said
        candidate = Candidate(package.name, package.version or Version("0"), tuple(wheels))
        return next(filter(None, (self._asked(candidate, wheel) for wheel in wheels)), None)

    def _asked(self, candidate: Candidate, wheel: Artifact) -> CoreMetadata | None:
        try:
            return self._context.index.metadata(candidate, wheel)
        except Problem:
            return None


def _by_name(lock: Pylock, targets: Sequence[Target]) -> dict[NormalizedName, list[tuple[Package, int]]]:
    """The packages under each name, with the targets that each is locked for, whatever the groups and extras."""
    found: dict[NormalizedName, list[tuple[Package, int]]] = {}
    for package in lock.packages:
        found.setdefault(package.name, []).append((package, 0))
    every = pylock.selections(lock)
    for packages in found.values():
        for number, (package, _) in enumerate(packages):
            mask = sum(
                1 << index
                for index, target in enumerate(targets)
                if package.marker is None
                or any(package.marker.evaluate({**target.markers, **sets}, context="lock_file") for sets in every)
            )
            packages[number] = package, mask
    return found


def _present(located: Located) -> dict[tuple[NormalizedName, str], Installed]:
    try:
        there = installed.read(layout.read(located.environment))
    except Problem:
        return {}
    # without a version, too, as some things are locked
    return {(one.name, version): one for one in there for version in (one.version, "")}


def _parsed(text: str) -> Requirement | None:
    """A requirement of a distribution; None when it cannot be understood."""
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def sources(text: str, where: str) -> dict[str, Artifact]:
    """Where the wheels of a lockfile come from, by SHA-256; nothing when somebody who edited it made a fault."""
    try:
        lock = pylock.parse(text, where)
    except Problem:
        return {}
    files = ((package, file) for package in lock.packages for file in (*(package.wheels or ()), package.archive))
    folder = locations.folder_of(where)
    return {file.hashes.get("sha256", ""): artifact(package, file, folder) for package, file in files if file}


def artifact(package: Package, file: PackageWheel | PackageArchive, folder: str) -> Artifact:
    """A wheel of a lockfile that lies in ``folder``."""
    url = file.url if file.url and not file.path else locations.url_of(file.path or "", folder)
    filename, version = locations.file_name(url), package.version or Version("0")
    return Artifact(filename, url, "wheel", package.name, version, hashes=dict(file.hashes), size=file.size)
