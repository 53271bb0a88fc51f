"""Is an environment what it was made to be? Every file is hashed and compared; nothing is changed.

What a file must be is known from the wheel in the store (its manifest, and what venvoy makes of it: scripts, RECORD),
else from RECORD alone. Names that neither knows are strangers: Python runs some of them each time it starts.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
from enum import Enum

from venvoy.environment import installed, moves, record
from venvoy.environment.contents import Scheme, Tree
from venvoy.environment.strangers import strangers
from venvoy.errors import Problem
from venvoy.events import Silent
from venvoy.model.plan import Placement
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from venvoy.environment.layout import Environment
    from venvoy.model.plan import Installed
    from venvoy.model.stored import StoredWheel

    Work = Callable[[Callable[[list[str]], list[str]], list[list[str]]], Iterable[list[str]]]

_PIECE = 1 << 18
_JOBS = 16
# They are written from what was asked for, not from the wheel: only RECORD says what they hold.
_ASKED = frozenset({"REQUESTED", "direct_url.json"})


class Kind(Enum):
    """What is wrong; the value is the word in JSON and for people."""

    EDITED = "edited"
    MISSING = "missing"
    OUTDATED = "outdated"
    RECORD = "record"
    BROKEN = "broken"
    DUPLICATE = "duplicate"
    DEBRIS = "debris"
    ADDED = "added"
    ABSENT = "absent"
    DIFFERENT = "different"
    EXTRANEOUS = "extraneous"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    ``path`` is relative to the environment, with forward slashes; empty when it is about a distribution as a whole.
    ``name`` and ``version`` are those of the distribution, empty for what belongs to none. ``detail`` continues the
    kind in words. ``serious`` is false for what does no harm.
    """

    kind: Kind
    path: str = ""
    name: str = ""
    version: str = ""
    detail: str = ""
    serious: bool = True


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found, how many distributions and files were looked at, and what was found to be installed."""

    findings: tuple[Finding, ...]
    distributions: int
    files: int
    present: tuple[Installed, ...] = field(repr=False)


def examine(
    environment: Environment, wheels: Mapping[str, StoredWheel], right: Mapping[str, str], work: Work
) -> Examined:
    """Compare every file of an environment with what it must be.

    Args:
        environment: the environment; nobody changes it meanwhile.
        wheels: the wheels that are at hand, by SHA-256.
        right: the version that counts of each name, for a distribution that is there more than once.
        work: like ``map``, but may do several pieces at once.

    Raises:
        Problem: ``permission-denied`` or ``file-error``.
    """
    scanned = installed.scan(environment)
    chosen, surplus = _choose(scanned.installed, right)
    root = os.fspath(environment.root)
    findings = [
        Finding(Kind.DUPLICATE, _relative(root, one.dist_info), one.name, one.version, "is there more than once")
        for one in surplus
    ]
    known = _Known(environment, wheels)
    for one in chosen:
        findings += known.add(one)
    for one in surplus:
        known.add(one, only_names=True)
    with fs.attempting("check this environment", root, inside=True):
        theirs = moves.Owners(environment, ()).elsewhere
        found = [one for one in _compare(known, root, work) if one.kind is Kind.MISSING or one.path not in theirs]
        more = strangers(environment, known.paths)
    findings += [*found, *(Finding(Kind.ADDED, one.path, detail=one.why, serious=one.serious) for one in more)]
    debris = (_relative(root, path) for path in scanned.debris)
    findings += [Finding(Kind.DEBRIS, path) for path in debris if not known.names(path)]
    findings.sort(key=lambda one: (one.name, one.kind.value, one.path))
    return Examined(tuple(findings), len(chosen), len(known.wanted), scanned.installed)


def _choose(present: Sequence[Installed], right: Mapping[str, str]) -> tuple[list[Installed], list[Installed]]:
    """Of each name the distribution that counts, and the others."""
    chosen: dict[str, Installed] = {}
    surplus: list[Installed] = []
    for one in present:
        other = chosen.setdefault(one.name, one)
        if other is not one:
            better = right.get(one.name) == one.version or (right.get(one.name) != other.version and one.has_record)
            chosen[one.name], loser = (one, other) if better else (other, one)
            surplus.append(loser)
    return list(chosen.values()), surplus


class _Known:
    """What each file must be: ``wanted[path]`` is the digests that are right, as RECORD writes them."""

    def __init__(self, environment: Environment, wheels: Mapping[str, StoredWheel]) -> None:
        self._environment = environment
        self._root = os.fspath(environment.root)
        self._scheme = Scheme.of(environment)
        self._wheels = wheels
        self.wanted: dict[str, tuple[str, ...]] = {}
        self.owners: dict[str, Installed] = {}
        self.paths: set[str] = set()
        self.generated: set[str] = set()

    def add(self, one: Installed, *, only_names: bool = False) -> list[Finding]:
        """Take in a distribution; says what is wrong with the list of its files."""
        home = _relative(self._root, one.dist_info)
        own = f"{home}/RECORD"
        rows = self._rows(one)
        self.paths.update(rows or (), (own,))
        if rows is None and os.path.isdir(one.dist_info):
            self.paths.update(f"{home}/{name}" for name in os.listdir(one.dist_info))
        if only_names:
            return []
        wheel = self._wheels.get(one.wheel_sha256)
        made = self._made(one, wheel) if wheel else {}
        if rows is None:
            self._take(one, made)
            legacy = one.dist_info.endswith((".egg-info", ".egg-link"))
            what = "was installed in an old way, without a list of its files" if legacy else "has no list of its files"
            return [Finding(Kind.BROKEN, home, one.name, one.version, what, serious=not legacy)]
        asked = {f"{home}/{name}" for name in _ASKED}
        lost = [path for path in made if path not in rows and path != own]
        more = [path for path in rows if made and path not in made and path not in asked and not path.endswith(".pyc")]
        other = [path for path, digest in made.items() if path in rows and rows[path] != digest]
        wrong = min((path for path in (*lost, *more, *other) if path not in self.generated), default="")
        self._take(one, {**{path: digest for path, digest in rows.items() if not made or path in asked}, **made})
        if wrong:
            return [Finding(Kind.RECORD, own, one.name, one.version, f"differs from the wheel about {wrong}")]
        # What was made here and agrees with its RECORD was made by another venvoy, or for another place.
        for path in other:
            self.wanted[path] = (rows[path],)
        return [
            Finding(Kind.OUTDATED, path, one.name, one.version, "was made by another venvoy, or for another place")
            for path in sorted({*other, *lost, *more})
        ]

    def names(self, path: str) -> bool:
        """Whether a distribution has something at this path or below it."""
        return path in self.paths or any(one.startswith(f"{path}/") for one in self.paths)

    def _take(self, one: Installed, digests: Mapping[str, str]) -> None:
        self.paths.update(digests)
        for path, digest in digests.items():
            if digest:
                self.wanted[path] = (*self.wanted.get(path, ()), digest)
                self.owners[path] = one

    def _made(self, one: Installed, wheel: StoredWheel) -> dict[str, str]:
        """What venvoy makes of a wheel: a digest for each path, empty for RECORD."""
        tree = Tree(Silent())
        try:
            tree.add(Placement(wheel, one.requested), self._scheme)
        except (OSError, Problem):
            return {}  # the store's copy is damaged itself: RECORD has to do
        made = {}
        for folder, leaves in tree.folders.items():
            for name, leaf in leaves.items():
                path = f"{folder}/{name}" if folder else name
                if name in _ASKED and folder.endswith(".dist-info") and not leaf.source:
                    continue
                made[path] = leaf.digest
                if not leaf.source:
                    self.generated.add(path)
        return made

    def _rows(self, one: Installed) -> dict[str, str] | None:
        """RECORD: a digest for each path; None when it is missing or cannot be read."""
        try:
            rows = record.rows(record.read(one.dist_info))
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        site = os.path.dirname(one.dist_info)
        found = {}
        for path, digest in rows:
            place = f"{site}/{path}" if ".." not in path else os.path.normpath(os.path.join(site, path))
            found[_relative(self._root, place)] = digest
        return found


def _compare(known: _Known, root: str, work: Work) -> Iterator[Finding]:
    paths = list(known.wanted)
    pieces = [[f"{root}/{path}" for path in paths[start::_JOBS]] for start in range(_JOBS)]
    for start, digests in enumerate(work(hashed, pieces)):
        for path, digest in zip(paths[start::_JOBS], digests, strict=True):
            wanted = known.wanted[path]
            # Two distributions may bring one file: whichever of the two contents is in place.
            if digest not in wanted and not any(_same(f"{root}/{path}", other, digest) for other in wanted):
                owner = known.owners[path]
                kind = Kind.EDITED if digest else Kind.MISSING
                yield Finding(kind, path, owner.name, owner.version, _LINK if digest == _NO_FILE else "")


_NO_FILE = "-"
_LINK = "is a link or a folder now"


def hashed(paths: list[str]) -> list[str]:
    """The SHA-256 of files as RECORD writes it; empty for a missing one, ``-`` for what is no file."""
    found = []
    sha256, encode, binary = hashlib.sha256, base64.urlsafe_b64encode, os.O_RDONLY | getattr(os, "O_BINARY", 0)
    flags = binary | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    for path in paths:
        try:
            descriptor = os.open(path, flags)
        except (FileNotFoundError, NotADirectoryError):
            found.append("")
            continue
        except OSError:
            if stat.S_ISREG(os.lstat(path).st_mode):
                raise
            found.append(_NO_FILE)
            continue
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                found.append(_NO_FILE)
                continue
            data = os.read(descriptor, _PIECE)
            digest = sha256(data)
            while len(data) == _PIECE:
                data = os.read(descriptor, _PIECE)
                digest.update(data)
            found.append(encode(digest.digest()).decode("ascii").rstrip("="))
        finally:
            os.close(descriptor)
    return found


def _same(path: str, wanted: str, found: str) -> bool:
    """Whether a file is what a digest of another kind than ``sha256`` says; RECORD may use any that hashlib knows."""
    algorithm, equals, encoded = wanted.partition("=")
    if not found or not equals or found == _NO_FILE:
        return False
    try:
        digest = hashlib.new(algorithm)
        raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (ValueError, binascii.Error):
        return False
    with open(path, "rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.digest() == raw


def _relative(root: str, path: str) -> str:
    if path.startswith(root + os.sep):
        return path[len(root) + 1 :].replace(os.sep, "/")
    return os.path.relpath(path, root).replace(os.sep, "/")
