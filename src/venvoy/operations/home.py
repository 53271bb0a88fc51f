"""The environment of a project: which interpreter it is for, whether it is there and fit, and making it."""

from __future__ import annotations

import os
from contextlib import contextmanager

from venvoy.environment import layout, stamp
from venvoy.errors import Problem
from venvoy.operations.asked import asked_in, asked_python
from venvoy.operations.building import folders
from venvoy.operations.project import OWNER, pin_file, read_text
from venvoy.python import probe
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvoy.environment.layout import Environment
    from venvoy.environment.maker import Wish
    from venvoy.model.interpreter import Interpreter
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located


@dataclass(frozen=True, slots=True)
class Home:
    """The interpreter of a project, and its environment if there is one that fits.

    ``misfit`` says in words why an environment that is there cannot stay; it is then replaced.
    """

    interpreter: Interpreter
    environment: Environment | None
    misfit: str = ""


def find(context: Context, located: Located) -> Home:
    """Choose the interpreter of a project: what was asked for, else what its environment has, else what fits.

    Asked for is, in this order: ``--python``, VENVOY_PYTHON, ``python`` in [tool.venvoy], ``.python-version``.

    Raises:
        Problem: python-pin-conflict, python-not-found, python-too-old, python-broken.
    """
    requires = located.file.python
    asked = asked_python(context, located)
    try:
        environment = layout.read(located.environment)
    except Problem as problem:
        misfit = "" if problem.code == "environment-missing" else (problem.why or problem.what).rstrip(".")
        return Home(_search(context, located, asked), None, misfit)
    if not stamp.belongs(os.fspath(located.environment)):
        misfit = "it was copied or moved here, and its commands still lead to its old place"
        return Home(_search(context, located, asked), None, misfit)
    if requires is not None and not requires.contains(environment.version, prereleases=True):
        misfit = f"it has Python {environment.version}, and the project needs {requires}"
        return Home(_search(context, located, asked), None, misfit)
    present = probe.describe(environment.base_python, cache=context.interpreters)
    if not asked:
        return Home(present, environment)
    wished = _search(context, located, asked, first=present.executable)
    if os.path.realpath(wished.base_executable) == os.path.realpath(present.base_executable):
        return Home(present, environment)
    return Home(wished, None, f"it has Python {present.version}, and {asked} is asked for")


def rests_on(context: Context, located: Located) -> tuple[str, ...]:
    """The paths that "nothing to do" rests on in a project that is up to date: its files, environment, interpreter."""
    home = find(context, located)
    root = located.environment
    lock_text = read_text(located.lockfile) if located.lockfile.is_file() else None  # it may have been written just now
    paths = [located.pyproject, located.lockfile, pin_file(located.directory), root / "pyvenv.cfg"]
    paths += located.setup_files
    paths += [root / stamp.PLACE, root / stamp.TRANSACTION]
    watched = (
        *(home.environment.watched if home.environment else ()),
        *folders.watched_of_text(lock_text, str(located.lockfile)),
    )
    return (*map(os.fspath, paths), home.interpreter.executable, home.interpreter.base_executable, *watched)


@contextmanager
def opened(context: Context, located: Located, home: Home) -> Iterator[Environment]:
    """The project's environment, made (or, where it does not fit, made anew) if need be.

    When what is done with a new environment fails, it goes again, and the one that it replaced comes back.
    """
    if home.environment is not None:
        yield home.environment
        return
    context.mind_lock()
    from venvoy.environment import create, stand_in, unsettled

    with create.creating(
        located.environment,
        _wish(context, located, home),
        force=bool(home.misfit),
        cache=context.skeletons,
        environ=context.environ,
    ) as environment:
        if home.misfit:
            context.reporter.warn(
                f"The environment in {located.environment} is made anew: {home.misfit[:1].lower()}{home.misfit[1:]}."
            )
        if located.directory not in environment.root.parents:
            fs.write_atomic(environment.root / OWNER, f"{located.directory}\n".encode())
        stand_in.put(environment)
        unsettled.made(environment.root)
        yield environment


def prepare(context: Context, located: Located, home: Home) -> None:
    """Learn ahead what it takes to make the environment, while there is nothing else to do."""
    from venvoy.environment import create

    wish = _wish(context, located, home)
    create.prepare(located.environment, wish, cache=context.skeletons, environ=context.environ)


def _wish(context: Context, located: Located, home: Home) -> Wish:
    from venvoy.environment.maker import Wish

    name = located.file.written_name or located.directory.name
    return Wish(home.interpreter, f"{name}-{context.settings.env}" if located.named else name)


def _search(context: Context, located: Located, asked: str | None, first: str | None = None) -> Interpreter:
    from venvoy.python import discover

    preferred = (first,) if first else ()
    try:
        return discover.find(
            asked,
            requires=located.file.python,
            environ=context.environ,
            cache=context.interpreters,
            first=preferred,
        )
    except Problem as problem:
        if asked and problem.code == "python-not-found":
            problem.where = asked_in(context, located)
        raise
