"""``pip check``: whether the pip of an environment, or of every interpreter, fits its Python. Nothing is changed."""

from __future__ import annotations

import os
from pathlib import Path

from venvoy.errors import Problem
from venvoy.operations.pips import releases as pip_releases
from venvoy.operations.pips.releases import MISSING
from venvoy.python import discover, facts, listing, pips
from venvoy.python.fitness import Fit
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvoy.operations.context import Context
    from venvoy.operations.project import Located
    from venvoy.python.facts import Facts
    from venvoy.python.fitness import Matrix, Span
    from venvoy.python.listing import Found
    from venvoy.python.pips import Command

_NAMES = ("python", "python3", "pip", "pip3")


@dataclass(frozen=True, slots=True)
class Checked:
    """An interpreter or environment and its pip.

    ``status`` is ``fits``, ``old`` (works, but leaves newer wheels unseen), ``too old``, ``too new``, ``broken`` (half
    installed) or ``missing``; ``why`` gives the reason. ``runs`` are the pips that this Python can run, ``best`` is the
    newest of them. ``bundled`` is what its ensurepip holds. ``commands`` are pip's own commands beside this Python;
    ``strangers`` those of them that start another one. ``scripts`` is the folder that pip puts commands into,
    ``scripts_missed`` that it is not on PATH although somebody may count on it: it is the user's own, or this is the
    Python that ``python`` runs.
    ``fix`` is the command that mends it, word by word; empty where nothing needs mending or venvoy must not.
    """

    executable: str
    version: str
    implementation: str
    environment: bool
    pip: str
    location: str
    in_user_site: bool
    status: str
    why: str
    runs: Span | None
    best: str
    bundled: str
    commands: tuple[Command, ...]
    strangers: tuple[Command, ...]
    scripts: str
    scripts_missed: bool
    externally_managed: str
    fix: tuple[str, ...]

    @property
    def healthy(self) -> bool:
        """Whether pip can be used, or is not there to be used wrongly."""
        return self.status in (Fit.FITS.value, Fit.OLD.value, MISSING)


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and what is no Python that works.

    ``typed`` is what ``python``, ``python3``, ``pip`` and ``pip3`` run when somebody types them; ``strange_pip`` tells
    that ``pip`` is that of another Python than the one that ``python`` runs.
    """

    checked: tuple[Checked, ...]
    typed: tuple[Command, ...]
    strange_pip: bool
    broken: tuple[Found, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether every pip that is there can be used."""
        return all(one.healthy for one in self.checked)


def check(context: Context, located: Located | None, *, everything: bool) -> Report:
    """Look at the pip of one Python, or of all.

    Args:
        context: ``--python`` names an interpreter or the folder of an environment.
        located: the project whose environment is meant when nothing is named.
        everything: every interpreter of the machine.

    Raises:
        Problem: environment-missing, python-not-found, python-broken.
    """
    matrix = pip_releases.matrix(context, refresh=True)
    typed = tuple(_typed(context))
    strange = _is_strange(typed)
    if not everything:
        return Report((checked(context, matrix, target(context, located)),), typed, strange)
    found = listing.every(environ=context.environ, cache=context.interpreters, spread=context.pool.map)
    known = [one.facts for one in found if one.facts]
    broken = tuple(one for one in found if not one.facts)
    return Report(tuple(checked(context, matrix, one) for one in known), typed, strange, broken)


def target(context: Context, located: Located | None) -> Facts:
    """The Python that a command about pip is for: what ``--python`` names, else the project's, else the active one.

    Raises:
        Problem: environment-missing, python-not-found, python-broken.
    """
    if context.settings.python and context.settings.sources["python"].startswith("flag"):
        return listing.choose(context.settings.python, environ=context.environ, cache=context.interpreters)
    root = os.fspath(located.environment) if located else context.environ.get("VIRTUAL_ENV", "")
    python = listing.python_in(root) if root else ""
    if not python:
        where = (
            f"There is no environment in {root}." if root else "There is no project here, and no environment is active."
        )
        raise Problem(
            "environment-missing",
            where,
            fix=(
                "venvoy pip check --all             looks at every Python of this computer",
                "venvoy pip check --python 3.12     at one of them, or at the environment in a folder",
            ),
        )
    return facts.ask(python, cache=context.interpreters, environ=context.environ)


def checked(context: Context, matrix: Matrix, said: Facts) -> Checked:
    """Judge the pip of one Python."""
    pip = pips.installed(said)
    status, why = pip_releases.status(matrix, said, pip)
    beside = pips.commands(os.fspath(Path(said.executable).parent))
    strangers = tuple(
        one for one in beside if one.python and not pips.same(one.python, said.executable, context.environ)
    )
    scripts = said.user_scripts if pip and pip.user else said.scripts
    path = discover.search_path(context.environ)
    on_path = os.path.normcase(scripts) in map(os.path.normcase, path.split(os.pathsep))
    typed = (pips.on_path(name, path) for name in ("python", "python3"))
    counted_on = (pip is not None and pip.user) or any(
        one and pips.identity(one.path) == pips.identity(said.executable) for one in typed
    )
    mendable = status not in (Fit.FITS.value, MISSING) or strangers
    return Checked(
        executable=said.executable,
        version=said.version,
        implementation=said.implementation,
        environment=said.in_environment,
        pip=pip.version if pip else "",
        location=pip.location if pip else "",
        in_user_site=bool(pip and pip.user),
        status=status,
        why=why,
        runs=matrix.span(said.version),
        best=matrix.best(said.version),
        bundled=said.bundled,
        commands=tuple(beside),
        strangers=strangers,
        scripts=scripts,
        scripts_missed=counted_on and not on_path,
        externally_managed=said.externally_managed,
        fix=fix_command(said) if mendable and not said.externally_managed else (),
    )


def fix_command(said: Facts) -> tuple[str, ...]:
    """What to type so that a Python gets a pip that fits."""
    return ("venvoy", "pip", "fix", "--python", said.prefix if said.in_environment else said.executable)


def _typed(context: Context) -> Iterator[Command]:
    path = discover.search_path(context.environ)
    for name in _NAMES:
        found = pips.on_path(name, path)
        if found:
            yield found


def _is_strange(typed: tuple[Command, ...]) -> bool:
    by_name = {command.name: command for command in typed}
    pip, python = by_name.get("pip"), by_name.get("python") or by_name.get("python3")
    return bool(pip and python and pip.python and pips.identity(pip.python) != pips.identity(python.path))
