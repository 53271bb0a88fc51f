"""``python list``, ``find`` and ``pin``: the interpreters of this machine, and which one a project gets."""

from __future__ import annotations

from datetime import datetime, timezone

from venvoy.errors import Problem
from venvoy.operations.asked import asked_python, conflict
from venvoy.operations.pips import releases as pip_releases
from venvoy.operations.project import PYTHON_VERSION, pin_file, pin_in, pin_text, pinned_python
from venvoy.python import discover, listing, pins, pips
from venvoy.python.lifetimes import END_OF_LIFE
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from venvoy.operations.context import Context
    from venvoy.operations.project import Located
    from venvoy.python.facts import Facts
    from venvoy.python.fitness import Matrix
    from venvoy.python.listing import Found

OLDEST, FULL = (3, 6), (3, 9)
"""From which Python on environments can be made at all, and from which on projects can be locked for them."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An interpreter; ``fault`` says why an executable that claims to be one is none, the rest is then empty.

    ``names`` are the commands that run it when somebody types them, ``source`` tells who put it there. ``end_of_life``
    is an ISO date, empty when it is not known; ``supported`` tells whether that is still to come. ``pip_status`` is as
    in ``pip check``. ``usable`` is ``projects``, ``environments`` (too old for projects) or empty.
    """

    path: str
    source: str
    names: tuple[str, ...] = ()
    version: str = ""
    implementation: str = ""
    free_threaded: bool = False
    bits: int = 0
    platform: str = ""
    end_of_life: str = ""
    supported: bool = False
    pip: str = ""
    pip_status: str = ""
    pip_why: str = ""
    externally_managed: str = ""
    missing: tuple[str, ...] = ()
    usable: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The interpreter that was found; ``usable`` as for :class:`Listed`."""

    path: str
    version: str
    implementation: str
    usable: str


@dataclass(frozen=True, slots=True)
class Pinned:
    """What ``.python-version`` says, or said before, and the interpreter that this leads to (empty: none here)."""

    file: Path
    version: str
    before: str
    path: str


def every(context: Context) -> tuple[Listed, ...]:
    """Every interpreter of this machine, in the order of PATH; no network is used."""
    found = listing.every(environ=context.environ, cache=context.interpreters, spread=context.pool.map)
    matrix = pip_releases.matrix(context)
    today = datetime.now(timezone.utc).date().isoformat()
    return tuple(_listed(one, matrix, today) for one in found)


def find(context: Context, directory: Path, located: Located | None, spec: str | None) -> Wanted:
    """The interpreter that a specification means; without one, what an environment would be made from here.

    Raises:
        Problem: python-not-found with what there is instead, python-broken, python-pin-conflict.
    """
    requires = None
    asked = spec or context.settings.python
    if not asked:
        requires = located.file.python if located else None
        asked = asked_python(context, located) if located else pinned_python(directory)
    try:
        found = discover.find(asked, requires=requires, environ=context.environ, cache=context.interpreters)
    except Problem as problem:
        if problem.code != "python-too-old" or not problem.data.get("executable"):
            raise
        old = listing.choose(str(problem.data["executable"]), environ=context.environ, cache=context.interpreters)
        return Wanted(old.executable, old.version, old.implementation, _usable(old))
    return Wanted(found.executable, found.version, found.implementation, "projects")


def pinned(directory: Path) -> Pinned | None:
    """What ``.python-version`` says for a folder; None when there is no such file."""
    path = pin_file(directory)
    said = pinned_python(directory)
    return Pinned(path, said, said, "") if said else None


def pin(context: Context, directory: Path, located: Located | None, spec: str) -> Pinned:
    """Write ``.python-version`` into the project's folder; a range or a path is written as the version it leads to.

    Raises:
        Problem: python-pin-conflict when the project requires something else, python-not-found when a range or a path
            leads to no Python, and what writing a file can raise.
    """
    version, where = spec, ""
    requires = located.file.python if located else None
    if located and requires is not None and not pins.agree(spec, requires):
        raise conflict(spec, requires, located.pyproject)
    try:
        found = discover.find(spec, requires=requires, environ=context.environ, cache=context.interpreters)
        where = found.executable
        if not pins.version(spec):
            version = found.markers["python_version"]
    except Problem as problem:
        if not pins.version(spec):
            raise
        context.reporter.warn(f"{problem.what} The pin is written all the same.")
    path = (located.directory if located else directory) / PYTHON_VERSION
    text = pin_text(path) if path.is_file() else ""
    before = pin_in(text)
    lines = text.splitlines() if before else []
    at = next((number for number, line in enumerate(lines) if pin_in(line)), 0)
    lines[at : at + 1] = [version]
    fs.write_atomic(path, "".join(f"{line}\n" for line in lines).encode())
    return Pinned(path, version, before, where)


def _listed(found: Found, matrix: Matrix, today: str) -> Listed:
    facts = found.facts
    if facts is None:
        return Listed(found.path, found.source, found.names, fault=found.fault)
    pip = pips.installed(facts, thorough=False)
    status, why = pip_releases.status(matrix, facts, pip)
    end = END_OF_LIFE.get(facts.minor, "")
    return Listed(
        path=found.path,
        source=found.source,
        names=found.names,
        version=facts.version,
        implementation=facts.implementation,
        free_threaded=facts.free_threaded,
        bits=facts.bits,
        platform=facts.platform,
        end_of_life=end,
        supported=end >= today or (not end and facts.release >= FULL),
        pip=pip.version if pip else "",
        pip_status=status,
        pip_why=why,
        externally_managed=facts.externally_managed,
        missing=facts.missing,
        usable=_usable(facts),
    )


def _usable(facts: Facts) -> str:
    if facts.release >= FULL:
        return "projects"
    return "environments" if facts.release >= OLDEST and "venv" not in facts.missing else ""
