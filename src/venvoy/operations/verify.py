"""``verify``: is the environment, to the byte, what the lockfile and the wheels say? And mending what is not."""

from __future__ import annotations

import json
import os

from venvoy.environment import installed, repair, stamp
from venvoy.environment import verify as environments
from venvoy.environment.verify import Examined, Finding, Kind
from venvoy.errors import Exit, Problem
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.plan import Placement, Plan
from venvoy.model.source_tree import Python
from venvoy.operations import home as homes
from venvoy.operations import sync as syncs
from venvoy.operations.history import recording
from venvoy.operations.project import read_lockfile
from venvoy.operations.standalone import own_lock
from venvoy.operations.wheels.fetch import fetch, install, with_builds, with_itself
from venvoy.values import TYPE_CHECKING, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from venvoy.model.interpreter import Interpreter
    from venvoy.model.plan import Installed, Wanted
    from venvoy.model.stored import StoredWheel
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located
    from venvoy.operations.standalone.sites import Site

UNEQUAL = frozenset({Kind.ABSENT, Kind.DIFFERENT, Kind.EXTRANEOUS})
"""Kinds that are no damage: the environment is not what the lockfile says, and ``sync`` makes it so."""

_MENDED = frozenset(Kind) - {Kind.ADDED, Kind.DEBRIS, Kind.EXTRANEOUS}
_BY_RECORD = frozenset({Kind.RECORD, Kind.BROKEN})


@dataclass(frozen=True, slots=True)
class Verified:
    """What ``verify`` found, and what it did about it.

    ``found`` is what was wrong at first, ``left`` what still is. ``mended`` names the distributions that were put
    right; ``moved`` maps files that belong to nobody to where they are now, and ``deleted`` lists debris, all relative
    to the environment. ``fixes`` says what to do about what is left.
    """

    environment: Path
    distributions: int
    files: int
    found: tuple[Finding, ...]
    left: tuple[Finding, ...]
    mended: tuple[NormalizedName, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    deleted: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()

    @property
    def exit(self) -> Exit:
        """OK when nothing serious is left, INTEGRITY for damage, OUTDATED where only the lockfile says otherwise."""
        kinds = {finding.kind for finding in self.left if finding.serious}
        if kinds - UNEQUAL:
            return Exit.INTEGRITY
        return Exit.OUTDATED if kinds else Exit.OK


class _Scene:
    """An environment and what it shall hold; ``wanted`` is None where no lockfile says so."""

    def __init__(self, context: Context, site: Site) -> None:
        self.context = context
        self.site = site
        self.environment = site.layout
        self.wanted: Mapping[NormalizedName, Wanted] | None = None
        self.refused: list[Problem] = []
        self._interpreter: Interpreter | None = None
        self.python: Python | None = None
        self._selection = syncs.Selection()
        located = site.located
        if located is None:
            self._interpreter = site.interpreter(context)
            own = own_lock.read(site, installed.read(site.layout), context.reporter)
            chosen = own_lock.select(site, own, self._interpreter) if own.lock else None
            self.python = Python(self._interpreter, None if site.layout.user else site.layout.root)
            if chosen is not None:
                chosen = with_builds(context, self.python, chosen, installed.read(site.layout))
                self.wanted = {item.name: item for item in chosen}
        elif (lock := read_lockfile(located, context.reporter)) is not None:
            self._interpreter = _interpreter(context, located)
            known = stamp.selected(os.fspath(self.environment.root)) is not None
            self._selection = syncs.last_selection(located) if known else syncs.choose(context, located)
            wanted = syncs.wanted(context, located, lock, self._interpreter, self._selection)
            self.python = Python(self._interpreter, located.environment)
            present = installed.read(self.environment)
            wanted = with_itself(context, located, self.python, wanted, present)
            wanted = with_builds(context, self.python, wanted, present)
            self.wanted = {item.name: item for item in wanted}

    def examine(self) -> Examined:
        present = installed.read(self.environment)
        wheels = self._wheels(one.wheel_sha256 for one in present if one.wheel_sha256)
        right: dict[str, str] = {name: item.version for name, item in (self.wanted or {}).items()}
        examined = environments.examine(self.environment, wheels, right, self.context.pool.map)
        return Examined(
            (*examined.findings, *self._unequal(examined)), examined.distributions, examined.files, examined.present
        )

    def _wheels(self, digests: Iterable[str]) -> dict[str, StoredWheel]:
        read = self.context.store.read
        return {digest: wheel for digest in digests if (wheel := read(digest)) is not None}

    def change(self, plan: Plan, present: Sequence[Installed]) -> None:
        """Carry out a plan; where it leads to other versions, undo leads back."""
        context, chosen = self.context, self._selection
        outcome = recording.Outcome(
            plan, (), self._interpreter, chosen.groups, chosen.extras, present, current=self.site.located is not None
        )
        with recording.recorded(context, self.site.place, outcome):
            install(context, self.environment, plan, tuple((self.wanted or {}).values()), self.python)

    def _unequal(self, examined: Examined) -> tuple[Finding, ...]:
        if self.wanted is None:
            return ()
        twice = {finding.name for finding in examined.findings if finding.kind is Kind.DUPLICATE}
        present = examined.present
        if self.site.located is None:
            # What other tools installed there is nobody's business but theirs.
            present = tuple(one for one in present if one.wheel_sha256 or one.name in self.wanted)
        changes = syncs.difference(present, tuple(self.wanted.values()))
        return tuple(
            finding
            for change in changes
            if change.name not in twice and (finding := _finding(change.name, change.old, change.new))
        )


def _interpreter(context: Context, located: Located) -> Interpreter:
    home = homes.find(context, located)
    if home.environment is None:
        raise Problem(
            "environment-invalid",
            "This environment is not the one that the project needs.",
            why=f"{home.misfit[:1].upper()}{home.misfit[1:]}.",
            fix=("Make it anew: venvoy sync",),
            where=str(located.environment),
        )
    return home.interpreter


def _finding(name: NormalizedName, old: Installed | None, new: Wanted | None) -> Finding | None:
    if old is None and new is not None:
        return Finding(Kind.ABSENT, name=name, version=new.version, detail="is locked and not installed")
    if old is not None and new is None:
        return Finding(Kind.EXTRANEOUS, name=name, version=old.version, detail="is installed and not locked")
    if old is None or new is None:
        return None
    if not new.version:
        detail = "was made from files that have changed since"
    elif old.version != new.version:
        detail = f"is installed, and {new.version} is locked"
    elif old.wheel_sha256 == new.artifact.hashes.get("sha256", old.wheel_sha256):
        return None  # only a mark differs that says who asked for it
    else:
        detail = "was not installed from the file that is locked"
    return Finding(Kind.DIFFERENT, name=name, version=old.version, detail=detail)


def verify(context: Context, site: Site, *, mend: bool = False, clean: bool = False) -> Verified:
    """Check every file of the environment, whose lock is held; with ``mend`` put right what can be.

    Mending takes whole wheels from the store, after hashing them there, and installs them anew in one transaction. What
    the store does not hold intact is fetched, unless ``offline`` is set. Files that belong to no distribution stay,
    unless ``clean`` says to move them aside.

    Raises:
        Problem: environment-missing, environment-invalid, lockfile-invalid; when mending, whatever changing an
            environment raises.
    """
    scene = _Scene(context, site)
    before = scene.examine()
    if not mend:
        fixes = _fixes(scene, before.findings, tried=False)
        return Verified(
            site.shown,
            before.distributions,
            before.files,
            before.findings,
            before.findings,
            fixes=fixes,
        )
    _reinstall(scene, before)
    deleted = tuple(finding.path for finding in before.findings if finding.kind is Kind.DEBRIS)
    repair.delete(scene.environment, deleted)
    after = scene.examine()
    # Only now: what seemed to belong to nobody may be a file of a distribution whose list of files is there again.
    added = [finding.path for finding in after.findings if finding.kind is Kind.ADDED and finding.serious]
    moved = repair.set_aside(scene.environment, added, context.reporter) if clean else ()
    after = scene.examine() if moved else after
    bad = {finding.name for finding in after.findings}
    mended = sorted({one.name for one in before.findings if one.kind in _MENDED and one.name} - bad)
    return Verified(
        site.shown,
        after.distributions,
        after.files,
        before.findings,
        after.findings,
        tuple(map(canonicalize_name, mended)),
        moved,
        deleted,
        _fixes(scene, after.findings, tried=True),
    )


def _reinstall(scene: _Scene, examined: Examined) -> None:
    names = {finding.name for finding in examined.findings if finding.kind in _MENDED}
    here: dict[str, list[Installed]] = {}
    for one in examined.present:
        here.setdefault(one.name, []).append(one)
    placements: dict[str, Placement] = {}
    lacking: list[Wanted] = []
    for name in sorted(names):
        item = (scene.wanted or {}).get(canonicalize_name(name))
        digest = item.artifact.hashes.get("sha256", "") if item else _own_digest(here.get(name, ()))
        if wheel := _intact(scene.context, digest):
            placements[name] = _placement(wheel, item, here.get(name, ()))
        elif item is not None:
            lacking.append(item)
    for name, wheel in _fetched(scene, lacking).items():
        item = next(item for item in lacking if item.name == name)
        placements[name] = _placement(wheel, item, ())
        if item.is_source:  # what is built anew is right, though it need not be the same to the byte
            built = replace(item.artifact, hashes={"sha256": wheel.sha256})
            scene.wanted = {**(scene.wanted or {}), name: replace(item, artifact=built)}
    if not placements:
        return
    broken = {finding.name for finding in examined.findings if finding.kind in _BY_RECORD}
    for one in examined.present:
        if one.name in placements and (one.name in broken or not one.has_record):
            repair.write_record(scene.environment, one, scene.context.store.read)
    present = installed.read(scene.environment)
    remove = tuple(one for one in present if one.name in placements)
    scene.change(Plan(remove=remove, install=tuple(placements.values())), present)


def _own_digest(here: Sequence[Installed]) -> str:
    digests = {one.wheel_sha256 for one in here}
    return digests.pop() if len(digests) == 1 else ""


def _placement(wheel: StoredWheel, item: Wanted | None, here: Sequence[Installed]) -> Placement:
    if item is not None:
        return Placement(wheel, item.requested, item.direct_url)
    origin = next((one.direct_url for one in here if one.direct_url), "")
    try:
        direct_url = json.loads(origin) if origin else None
    except ValueError:
        direct_url = None
    return Placement(wheel, any(one.requested for one in here), direct_url)


def _intact(context: Context, digest: str) -> StoredWheel | None:
    """A wheel of the store whose files were hashed just now; a damaged entry is said and thrown away."""
    if not digest:
        return None
    wrong = context.store.verify(digest)
    if wrong:
        context.reporter.warn(f"{wrong[0]} was changed or deleted. That copy of the wheel is thrown away.")
        context.store.discard(digest)
    return context.store.get(digest) if wrong == () else None


def _fetched(scene: _Scene, lacking: Sequence[Wanted]) -> dict[NormalizedName, StoredWheel]:
    """What the store does not hold, as far as it can be had."""
    context = scene.context
    if context.settings.offline:
        return {}
    found = {}
    for item in lacking:
        try:
            found.update(fetch(context, [item], python=scene.python))
        except Problem as problem:  # noqa: PERF203 - one that fails is no reason to leave the others
            scene.refused.append(problem)
            context.reporter.warn(f"{item.name} {item.version} could not be fetched: {problem.what}")
    return found


def _fixes(scene: _Scene, findings: Sequence[Finding], *, tried: bool) -> tuple[str, ...]:
    serious = [finding for finding in findings if finding.serious]
    kinds = {finding.kind for finding in serious}
    damaged = [finding for finding in serious if finding.kind in _MENDED - UNEQUAL]
    fixes = []
    option = scene.site.option
    alone = scene.site.located is None
    damaged += [finding for finding in serious if alone and finding.kind in {Kind.ABSENT, Kind.DIFFERENT}]
    if (damaged or Kind.DEBRIS in kinds) and not tried:
        fixes.append(f"venvoy verify{option} --repair   puts right what is damaged")
    elif damaged:
        fixes += _fixes_elsewhere(scene, {(finding.name, finding.version) for finding in damaged})
    if kinds & UNEQUAL and not alone:
        fixes.append("venvoy sync   makes the environment equal to the lockfile")
    if Kind.EXTRANEOUS in kinds and alone:
        fixes.append(f"venvoy install{option} NAME   locks what is installed and not locked")
    elif Kind.EXTRANEOUS in kinds:
        fixes.append("venvoy add NAME   keeps what is installed and not locked")
    if Kind.ADDED in kinds:
        fixes.append(f"Look at what was added. If you do not need it: venvoy verify{option} --repair --clean")
    return tuple(fixes)


def _fixes_elsewhere(scene: _Scene, damaged: set[tuple[str, str]]) -> Iterable[str]:
    """What mends distributions whose wheels the store does not hold intact."""
    locked = {name for name, _ in damaged if canonicalize_name(name) in (scene.wanted or {})}
    if locked and scene.context.settings.offline:
        yield f"Without --offline: venvoy verify{scene.site.option} --repair   fetches {', '.join(sorted(locked))} anew"
    elif refused := [problem for problem in scene.refused if problem.exit is not Exit.NETWORK]:
        yield from dict.fromkeys(step for problem in refused for step in problem.fix[:1])
    elif locked:
        yield f"When the network is there again: venvoy verify{scene.site.option} --repair"
    others = [f"{name}=={version}" for name, version in sorted(damaged) if name not in locked]
    if others:
        python = scene.environment.python
        yield f'"{python}" -m pip install --force-reinstall --no-deps {" ".join(others)}'
