"""``venv``: an environment without a project."""

from __future__ import annotations

import os

from venvoy.environment import create, maker, skeleton, stamping
from venvoy.environment.maker import Wish
from venvoy.errors import Problem
from venvoy.operations import at_once
from venvoy.python import discover, probe
from venvoy.store import registry
from venvoy.system import program
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from venvoy.model.interpreter import Interpreter
    from venvoy.operations.context import Context
    from venvoy.python.facts import Facts


@dataclass(frozen=True, slots=True)
class Created:
    """The environment that was made: where, with which Python, and the folder of its commands."""

    path: Path
    python: str
    interpreter: str
    scripts: Path
    seeded: bool


def venv(  # noqa: PLR0913 - the choices that somebody who makes an environment has
    context: Context,
    path: Path,
    *,
    seed: bool,
    system_site_packages: bool,
    prompt: str | None,
    force: bool,
    relocatable: bool = False,
) -> Created:
    """Make an environment at ``path``, with a pip that fits unless ``seed`` is false.

    Pythons 3.6 to 3.8 make it themselves; they get the last pip that works on them, which is tried.

    Raises:
        Problem: python-not-found, python-too-old, environment-exists, pip-broken, and whatever writing files raises.
    """
    spec = context.settings.python or _pinned(path.parent)
    interpreter = _interpreter(context, spec)
    wish = Wish(interpreter, prompt or "", seed, system_site_packages)
    with create.creating(path, wish, force=force, cache=context.skeletons, environ=context.environ) as made:
        if seed and not interpreter.tags:
            from venvoy.operations.pips import mend as pip_mend
            from venvoy.python import facts

            said = facts.ask(str(made.python), cache=context.interpreters, environ=context.environ)
            pip_mend.put(context, said, pip_mend.fitting(context, said))
        if relocatable:
            from venvoy.environment import relocatable as relocation

            relocation.loosen(made)
        registry.note(context.settings.cache_dir, made.root)
        _remember(context, spec, wish._replace(prompt=made.prompt))
        return Created(made.root, interpreter.version, interpreter.executable, made.scripts, seed)


def _interpreter(context: Context, spec: str | None) -> Interpreter:
    try:
        return discover.find(spec, requires=None, environ=context.environ, cache=context.interpreters)
    except Problem as problem:
        executable = problem.data.get("executable")
        if problem.code != "python-too-old" or not executable:
            raise
        from venvoy.operations.pythons import FULL, OLDEST
        from venvoy.python import listing

        said = listing.choose(str(executable), environ=context.environ, cache=context.interpreters)
        if not OLDEST <= said.release < FULL:
            raise
        return _plain(said)


def _path(spec: str | None, interpreter: Interpreter) -> str:
    """The path of an interpreter that was named by a path, by a version, or not at all."""
    if not spec:
        return program.python()
    return spec if os.path.dirname(spec) else interpreter.executable


def _pinned(folder: Path) -> str | None:
    from venvoy.operations.project import pinned_python

    return pinned_python(folder)


def _plain(said: Facts) -> Interpreter:
    """One that is too old for projects: known well enough to make an environment, with no wheel tags."""
    from venvoy.model.interpreter import Interpreter

    return Interpreter(
        said.base,
        said.base,
        said.version,
        said.implementation,
        said.bits,
        said.free_threaded,
        {},
        (),
        said.externally_managed,
    )


def _remember(context: Context, spec: str | None, wish: Wish) -> None:
    """Let the next environment of this interpreter be made at once."""
    python, cache = os.path.abspath(_path(spec, wish.interpreter)), str(context.settings.cache_dir)
    skeletons = context.skeletons / stamping.BUCKET
    known = at_once.recall(cache, python, seed=wish.seed, system_site_packages=wish.system_site_packages)
    if known and (skeletons / known[0]).is_dir():
        return
    name = skeleton.name(wish)
    try:
        same = os.path.samefile(python, wish.interpreter.executable)  # no shim, whose answer may change
    except OSError:
        return
    if not same or not name or not (skeletons / name).is_dir():
        return
    at_once.remember(
        cache,
        python,
        seed=wish.seed,
        system_site_packages=wish.system_site_packages,
        skeleton=name,
        version=wish.interpreter.version,
        executable=wish.interpreter.executable,
        rests_on=(
            python,
            *probe.configurations(python),
            wish.interpreter.executable,
            wish.interpreter.base_executable,
            str(maker.version()[1]),
        ),
    )
