"""Changing an environment or a user site that has a lockfile of its own, in one step."""

from __future__ import annotations

import os

from venvoy.environment import installed
from venvoy.model.names import NormalizedName  # noqa: TC001 - dataclass fields name it
from venvoy.model.plan import Plan
from venvoy.model.source_tree import Python
from venvoy.operations.history import recording
from venvoy.operations.standalone import own_lock
from venvoy.operations.sync import last_selection
from venvoy.operations.wheels.fetch import compiled, fetch
from venvoy.operations.wheels.fetch import install as put
from venvoy.store import registry
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from venvoy.model.interpreter import Interpreter
    from venvoy.model.plan import Change, Installed, Wanted
    from venvoy.model.stored import StoredWheel
    from venvoy.operations.context import Context
    from venvoy.operations.standalone.own_lock import Own
    from venvoy.operations.standalone.sites import Site
    from venvoy.operations.standalone.user_site import Shadow


@dataclass(frozen=True, slots=True)
class Done:
    """What ``install`` or ``uninstall`` did, or with ``dry_run`` would do.

    ``environment`` is the folder that people know it by; ``project`` that of the project whose environment it is, or
    empty; ``lockfile`` is None then. ``adopted`` was another tool's before, ``left`` is so still although it is needed.
    ``skipped`` are requirements that do not count here. ``unneeded`` came along with something that is gone, and stays.
    ``broken`` says who needs what is gone, ``lost`` what undo cannot bring back. ``shadows`` says who hides whom.
    ``scripts`` is the folder of a user site's commands when it is not on PATH and something has put one there.
    """

    environment: Path
    python: str
    user: bool
    project: str
    lockfile: Path | None
    changes: tuple[Change, ...]
    dry_run: bool
    adopted: tuple[NormalizedName, ...] = ()
    left: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    unneeded: tuple[NormalizedName, ...] = ()
    broken: tuple[str, ...] = ()
    lost: tuple[NormalizedName, ...] = ()
    shadows: tuple[Shadow, ...] = ()
    scripts: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where it happens: what is there, and what is known about it."""

    context: Context
    site: Site
    interpreter: Interpreter
    present: tuple[Installed, ...]
    own: Own

    @classmethod
    def read(cls, context: Context, site: Site) -> Scene:
        """Look; the site's lock is held."""
        present = installed.read(site.layout)
        own = own_lock.read(site, present, context.reporter)
        return cls(context, site, site.interpreter(context), present, own)

    @property
    def python(self) -> Python:
        """What is built for here."""
        return Python(self.interpreter, None if self.site.layout.user else self.site.layout.root)

    def allow_builds(self) -> None:
        """Let be built what people have allowed here before."""
        settings = self.context.settings
        if self.own.builds:
            self.context.settings = replace(settings, build=(*settings.build, *self.own.builds))

    def carry_out(self, own: Own, changes: Sequence[Change], *, dry_run: bool) -> Done:
        """Change the environment and its lockfile as one step, which can be undone.

        Raises:
            Problem: whatever fetching and installing raise; nothing has changed then.
        """
        if not dry_run:
            changes = self._change(own, changes)
        site = self.site
        done = Done(
            site.shown,
            self.interpreter.version,
            site.layout.user,
            str(site.located.directory) if site.located else "",
            None if site.located else site.place.lockfile,
            tuple(changes),
            dry_run,
        )
        if not site.layout.user or dry_run:
            return done
        from venvoy.operations.standalone import user_site

        names = {change.name for change in changes if change.new}
        new = [one for one in installed.read(site.layout) if one.name in names]
        return replace(
            done,
            shadows=user_site.shadows(site, self.context.environ, new),
            scripts=user_site.scripts_off_path(site, self.context.environ, new),
        )

    def _change(self, own: Own, changes: Sequence[Change]) -> Sequence[Change]:
        """Do it; returns the changes, with the versions that only building has told."""
        context, site = self.context, self.site
        coming = [change.new for change in changes if change.new]
        wheels = fetch(context, coming, checked=False, python=self.python)
        if context.approved:
            own = own_lock.noted(replace(own, builds=tuple(sorted({*own.builds, *context.approved}))))
        bytecode = compiled(context, self.interpreter, wheels.values())
        files: tuple[tuple[Path, bytes | None], ...] = ()
        if site.located is None and own.lock is not None and own.text != self.own.text:
            files = ((site.place.lockfile, own.text.encode("utf-8")),)
        plan = Plan.of(changes, wheels, bytecode, files)
        if plan == Plan():
            return changes
        _make_folders(site)
        selection = last_selection(site.located) if site.located else None
        outcome = recording.Outcome(
            plan,
            own_lock.differences(self.own, own) if files else (),
            self.interpreter,
            selection.groups if selection else (),
            selection.extras if selection else (),
            _as_ours(self.present, coming, wheels),
            current=False,
        )
        with recording.recorded(context, site.place, outcome):
            put(context, site.layout, plan, coming, self.python)
        if (most := context.settings.max_store_size) is not None:
            from venvoy.operations.wheels import stores

            stores.keep_within(context, most)
        return [
            replace(one, new=replace(one.new, version=wheels[one.name].version)) if one.new else one for one in changes
        ]


def _as_ours(
    present: Sequence[Installed], coming: Sequence[Wanted], wheels: Mapping[NormalizedName, StoredWheel]
) -> list[Installed]:
    """What is there, for the history: what is taken over as it was can be had again, from the store."""
    taken = {(one.name, one.version): wheels[one.name].sha256 for one in coming}
    return [
        one if one.wheel_sha256 else replace(one, wheel_sha256=taken.get((one.name, one.version), ""))
        for one in present
    ]


def _make_folders(site: Site) -> None:
    """What a user site needs before anything can be moved there, and venvoy's own folder for it."""
    if not site.layout.user:
        return
    mark = site.place.directory / registry.USER_SITE
    for folder in (site.layout.purelib, site.layout.scripts, mark.parent):
        with fs.attempting("make this folder of your user site", folder):
            folder.mkdir(parents=True, exist_ok=True)
    fs.write_atomic(mark, os.fsencode(f"{site.layout.purelib}\n"))
