"""After a power cut: what an environment lost is put into it again.

What was not on the disk yet when the machine went down is known from the note in the environment
(:mod:`venvoy.environment.unsettled`). It comes from the store, where that has it whole, else from where the lockfile
says; what cannot be had just now is taken out, so that nothing stays that is there by half.
"""

from __future__ import annotations

import os

from venvoy.environment import apply, lost, repair, unsettled
from venvoy.errors import Problem
from venvoy.model.names import canonicalize_name
from venvoy.model.plan import Placement, Plan, Wanted
from venvoy.operations.inspection import locked
from venvoy.operations.project import read_text
from venvoy.operations.wheels.fetch import fetch
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from venvoy.environment.layout import Environment
    from venvoy.environment.unsettled import Put
    from venvoy.model.artifact import Artifact
    from venvoy.model.stored import StoredWheel
    from venvoy.operations.context import Context


def settle(context: Context, environment: Environment, lockfile: Path) -> None:
    """See to it that an environment is what it was when the machine went down; costs a look where there is nothing.

    The environment's lock is held, and it has been recovered. ``lockfile`` need not be there.

    Raises:
        Problem: environment-invalid, and whatever changing an environment raises.
    """
    note = unsettled.pending(environment.root)
    if note is None:
        return
    if not lost.is_whole(environment.root, note):
        lost.give_up(environment.root)
        context.reporter.warn(
            f"The environment in {environment.root} had only just been made when the machine went down, and a part of "
            "it was lost. It is made anew."
        )
        return
    missing = lost.lost(environment, note)
    if missing:
        _bring_back(context, environment, lockfile, missing)
    else:
        unsettled.drop(environment.root)


def _bring_back(context: Context, environment: Environment, lockfile: Path, missing: Sequence[Put]) -> None:
    there = [lost.installed_as(environment, one) for one in missing]
    manifests = {one.wheel: context.store.read(one.wheel) for one in missing}
    wheels = _wheels(context, lockfile, missing)
    for one, distribution in zip(missing, there, strict=True):
        if not lost.has_record(environment, one):
            wheel = manifests[one.wheel] or wheels.get(one.name)
            repair.write_record(environment, distribution, {one.wheel: wheel}.get)
    placed = [Placement(wheels[one.name], one.requested, one.direct_url) for one in missing if one.name in wheels]
    plan = Plan(remove=tuple(there), install=tuple(placed))
    apply.apply(environment, plan, link=context.settings.link_mode, reporter=context.reporter)
    gone = [one for one in missing if one.name not in wheels]
    words = "The machine went down before this had reached the disk, so it"
    if placed:
        context.reporter.warn(f"{words} was installed again: {_names(one for one in missing if one.name in wheels)}")
    if gone:
        context.reporter.warn(f"{words} was taken out: {_names(gone)}. venvoy sync brings it back.")


def _wheels(context: Context, lockfile: Path, missing: Sequence[Put]) -> dict[str, StoredWheel]:
    """What can be had of it."""
    found: dict[str, StoredWheel] = {}
    sources = None
    for one in missing:
        wheel = context.store.get(one.wheel)
        if wheel is None and not context.settings.offline:
            if sources is None:
                sources = locked.sources(read_text(lockfile), os.fspath(lockfile)) if lockfile.is_file() else {}
            wheel = _fetched(context, one, sources.get(one.wheel))
        if wheel is not None:
            found[one.name] = wheel
    return found


def _fetched(context: Context, one: Put, artifact: Artifact | None) -> StoredWheel | None:
    if artifact is None or not artifact.url:
        return None
    name = canonicalize_name(one.name)
    try:
        return fetch(context, [Wanted(name, one.version, artifact)])[name]
    except Problem as problem:
        context.reporter.warn(f"{one.name} {one.version} could not be fetched: {problem.what}")
        return None


def _names(some: Iterable[Put]) -> str:
    return ", ".join(f"{one.name} {one.version}" for one in some)
