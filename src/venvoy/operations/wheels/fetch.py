"""Bring wheels into the store: downloaded, checked, unpacked, several at once; and from there into an environment."""

from __future__ import annotations

import os
from functools import partial

from venvoy.events import Phase
from venvoy.model.plan import Placement
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from venvoy.environment.layout import Environment
    from venvoy.model.interpreter import Interpreter
    from venvoy.model.names import NormalizedName
    from venvoy.model.plan import Installed, Plan, Wanted
    from venvoy.model.source_tree import Python
    from venvoy.model.stored import StoredWheel
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located


def fetch(
    context: Context,
    wanted: Sequence[Wanted],
    *,
    checked: bool = True,
    python: Python | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> dict[NormalizedName, StoredWheel]:
    """Every wanted wheel from the store; what is not there yet is downloaded or built and added, several at once.

    ``checked`` compares the files of what is in the store with its manifest; not needed before :func:`install`.
    ``meanwhile`` is done while others download, if it comes to that; it must leave no threads behind.

    Raises:
        Problem: what the index, the store and building raise.
    """
    if not wanted:
        return {}
    ready: dict[NormalizedName, StoredWheel] = {}
    look_up = context.store.get if checked else context.store.find
    for item in wanted:
        sha256 = item.artifact.hashes.get("sha256")
        if sha256 and (wheel := look_up(sha256)):
            ready[item.name] = wheel
    missing = [item for item in wanted if item.name not in ready]
    sources = [item for item in missing if item.is_source]
    if sources:
        from venvoy.operations.building import making  # most projects build nothing

        ready.update(making.make(context, python, sources))
        missing = [item for item in missing if item not in sources]
    if not missing:
        return ready
    from venvoy.operations.wheels import downloads

    sizes = [item.artifact.size for item in missing]
    context.reporter.begin(Phase.DOWNLOAD, sum(size or 0 for size in sizes) if all(sizes) else None)
    try:
        return {**ready, **downloads.download(context, missing, meanwhile)}
    finally:
        context.reporter.end(Phase.DOWNLOAD)


def with_builds(
    context: Context, python: Python, wanted: Sequence[Wanted], present: Sequence[Installed] = ()
) -> tuple[Wanted, ...]:
    """As :func:`venvoy.operations.building.making.known`, which is loaded only where there is a source."""
    if not any(item.is_source for item in wanted):
        return tuple(wanted)
    from venvoy.operations.building import making  # most projects build nothing

    return making.known(context, python, wanted, present)


def with_itself(
    context: Context, located: Located, python: Python, wanted: Sequence[Wanted], present: Sequence[Installed] = ()
) -> tuple[Wanted, ...]:
    """As :func:`venvoy.operations.own.joined`, where the project is a package."""
    if not located.file.is_package(context.settings.package):
        return tuple(wanted)
    from venvoy.operations import own  # most projects are no packages

    return own.joined(context, located, python, wanted, present)


def compiled(context: Context, interpreter: Interpreter, wheels: Iterable[StoredWheel]) -> dict[str, StoredWheel]:
    """What an interpreter compiles from wheels, by their SHA-256: from the store or made now, if asked for.

    Raises:
        Problem: what the store raises, and the start of a process.
    """
    if not context.settings.compile_bytecode:
        return {}
    flag = "t" if interpreter.free_threaded else ""
    label = f"{interpreter.implementation.lower()}-{interpreter.version}{flag}"
    ready: dict[str, StoredWheel] = {}
    missing: list[StoredWheel] = []
    for wheel in wheels:
        found = context.store.bytecode(wheel, label)
        if found is None:
            missing.append(wheel)
        else:
            ready[wheel.sha256] = found
    if missing:
        from venvoy.store.bytecode import compile_with

        compiler = partial(
            compile_with,
            executable=interpreter.base_executable,
            scratch=context.scratch,
            environ=context.environ,
            work=context.pool.map,
            shares=os.cpu_count() or 1,
        )
        ready.update(context.store.add_bytecode(missing, label, compiler))
    return ready


def install(
    context: Context, environment: Environment, plan: Plan, wanted: Sequence[Wanted], python: Python | None = None
) -> None:
    """Change an environment. A wheel that turns out to have been edited in the store is fetched again, and said.

    Raises:
        Problem: as :func:`venvoy.environment.apply.apply` and :func:`fetch`.
    """
    from venvoy.store import registry

    sources = {item.name: item for item in wanted}
    while (altered := _attempt(context, environment, plan)) is not None:
        placements = list(plan.install)
        for at, placement in enumerate(placements):
            if placement.wheel.sha256 == altered:
                name = placement.wheel.name
                context.store.discard_bytecode(altered)  # it may be what was edited, and is made anew in any case
                placements[at] = replace(
                    placement, wheel=fetch(context, [sources[name]], python=python)[name], bytecode=None
                )
        plan = replace(plan, install=tuple(placements))
    registry.note(context.settings.cache_dir, environment.root, (one.wheel.sha256 for one in plan.install))


def _attempt(context: Context, environment: Environment, plan: Plan) -> str | None:
    """Try it; returns the SHA-256 of a wheel whose files in the store are not as they must be."""
    from venvoy.environment.apply import apply
    from venvoy.environment.stage import AlteredError

    try:
        apply(
            environment,
            plan,
            link=context.settings.link_mode,
            reporter=context.reporter,
            again=partial(placed_again, context),
        )
    except AlteredError as fault:
        return fault.sha256
    return None


def placed_again(context: Context, one: Installed) -> Placement | None:
    """What puts a distribution back as its wheel in the store is; None, and a warning, where that is not there."""
    wheel = context.store.get(one.wheel_sha256) if one.wheel_sha256 else None
    if wheel is None:
        context.reporter.warn(
            f"{one.name} has lost files to a distribution that is taken out now. venvoy verify --repair puts them back."
        )
        return None
    import json  # few have a direct_url.json

    return Placement(wheel, one.requested, json.loads(one.direct_url) if one.direct_url else None)
