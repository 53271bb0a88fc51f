"""An environment's own lockfile: pylock.toml beside pyvenv.cfg, or in venvoy's folder for a user site.

It is a lockfile like any other (PEP 751), for the one interpreter of the environment. ``[tool.venvoy]`` holds besides::

    asked = ["flask>=3", "rich"]    what people asked for; all else came along
    kept = ["idna"]                 what nothing needs any more, and what people wanted to stay all the same
    build = ["old-thing"]           what people have allowed to be built of source that is not their own

Where that is missing, because another tool wrote the file, what is marked REQUESTED counts as asked for.
"""

from __future__ import annotations

import contextlib

from venvoy.errors import Problem
from venvoy.formats import pylock, requirements
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.project import ProjectFile
from venvoy.model.requirement import Dependency, Origin, Root
from venvoy.operations.building import folders
from venvoy.operations.lock import moved
from venvoy.operations.project import read_text
from venvoy.values import TYPE_CHECKING, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from venvoy.events import Reporter
    from venvoy.formats.pylock_draft import Lock
    from venvoy.model.interpreter import Interpreter
    from venvoy.model.plan import Installed, Moved, Wanted
    from venvoy.model.requirement import Written
    from venvoy.model.resolution import Resolution
    from venvoy.operations.standalone.sites import Site


@dataclass(frozen=True, slots=True)
class Own:
    """What an environment's own lockfile says; ``lock`` is None where there is none, ``text`` is that of the file."""

    lock: Lock | None = None
    text: str = ""
    asked: tuple[Written, ...] = ()
    kept: tuple[NormalizedName, ...] = ()
    builds: tuple[NormalizedName, ...] = ()

    @property
    def names(self) -> frozenset[NormalizedName]:
        """The names that people asked for."""
        return frozenset(canonicalize_name(one.name) for one in self.asked)

    def roots(self, origin: Origin) -> tuple[Root, ...]:
        """What is asked for, and what was kept, as something to resolve."""
        every = [*self.asked, *(requirements.understood(name) for name in self.kept if name not in self.names)]
        return (Root(origin, tuple(Dependency(one, origin) for one in every)),)

    def file(self, where: Path) -> ProjectFile:
        """The same as what a pyproject.toml could say; ``where`` is the lockfile."""
        origin = Origin("environment")
        return ProjectFile(str(where), dependencies=tuple(Dependency(one, origin) for one in self.asked))

    def asking(self, wanted: Iterable[Written]) -> Own:
        """The same with more that is asked for; a name alone keeps the bounds and extras that were asked for before."""
        new = list(wanted)
        bare = {name for one in new if str(one) == one.name and (name := canonicalize_name(one.name)) in self.names}
        fresh = {canonicalize_name(one.name) for one in new} - bare
        staying = [one for one in self.asked if canonicalize_name(one.name) not in fresh]
        coming = [one for one in new if canonicalize_name(one.name) in fresh]
        asked = tuple(sorted({str(one): one for one in (*staying, *coming)}.values(), key=str))
        return replace(self, asked=asked, kept=tuple(name for name in self.kept if name not in fresh))

    def without(self, names: Iterable[NormalizedName], kept: Iterable[NormalizedName]) -> Own:
        """The same after some have gone, and others, which nothing needs now, have stayed."""
        gone = set(names)
        asked = tuple(one for one in self.asked if canonicalize_name(one.name) not in gone)
        return replace(self, asked=asked, kept=tuple(sorted({*self.kept, *kept} - gone)))


def read(site: Site, present: Sequence[Installed], reporter: Reporter) -> Own:
    """What is locked and asked for; a file that cannot be read is said, and counts as none.

    Raises:
        Problem: permission-denied, file-error.
    """
    marked = tuple(requirements.understood(one.name) for one in present if one.requested and one.wheel_sha256)
    path = site.place.lockfile
    if site.located is not None or not path.is_file():
        return Own(asked=marked)
    text = read_text(path)
    try:
        lock = pylock.read(text, str(path), warn=reporter.warn)
    except Problem as problem:
        reporter.warn(f"{problem.where}: {problem.what} It is written anew.")
        return Own(text=text, asked=marked)
    noted = (lock.tool or {}).get("venvoy")
    table = noted if isinstance(noted, dict) else {}
    asked = _requirements(table["asked"]) if "asked" in table else marked
    kept, builds = (
        tuple(canonicalize_name(one.name) for one in _requirements(table.get(key, ()))) for key in ("kept", "build")
    )
    return Own(lock, text, asked, kept, builds)


def select(site: Site, own: Own, interpreter: Interpreter, more: Iterable[NormalizedName] = ()) -> tuple[Wanted, ...]:
    """The files to install; what people asked for, and ``more``, is marked so.

    Raises:
        Problem: lockfile-other-environment, lockfile-invalid.
    """
    if own.lock is None:
        return ()
    found = pylock.select(
        own.lock,
        markers=interpreter.markers,
        tags=interpreter.tags,
        requested=own.names.union(more),
        where=str(site.place.lockfile),
    )
    return folders.with_owner(found, own.file(site.place.lockfile), own.lock)


def write(site: Site, resolution: Resolution, own: Own, takes_wheels: Callable[[NormalizedName], bool]) -> Own:
    """The lockfile that records a resolution, without the wheels that do not count.

    Raises:
        Problem: index-invalid.
    """
    lock = pylock.draft(resolution, own.file(site.place.lockfile), "venvoy")
    return noted(replace(own, lock=pylock.to_build(lock, takes_wheels)))


def reduced(site: Site, own: Own, names: Iterable[NormalizedName]) -> Own:
    """The lockfile without some distributions."""
    if own.lock is None:
        return own
    gone = set(names)
    packages = [one for one in own.lock.packages if one.name not in gone]
    table = {"inputs": pylock.inputs_digest(own.file(site.place.lockfile))}
    return noted(replace(own, lock=pylock.changed(own.lock, packages=packages, tool={"venvoy": table})))


def differences(old: Own, new: Own) -> tuple[Moved, ...]:
    """What is different in the lockfile."""
    return moved(old.lock, new.lock) if new.lock else ()


def noted(own: Own) -> Own:
    """The lockfile with what people asked for and allowed, and its text."""
    if own.lock is None:
        return own
    table = dict((own.lock.tool or {}).get("venvoy", {}))
    table["asked"] = [str(one) for one in own.asked]
    for key, names in (("kept", own.kept), ("build", own.builds)):
        if names:
            table[key] = sorted(names)
    lock = pylock.changed(own.lock, tool={"venvoy": table})
    return replace(own, lock=lock, text=pylock.render(lock))


def _requirements(texts: object) -> tuple[Written, ...]:
    found = []
    for text in texts if isinstance(texts, (list, tuple)) else ():
        with contextlib.suppress(ValueError):  # somebody has edited it; the rest counts
            found.append(requirements.understood(str(text)))
    return tuple(found)
