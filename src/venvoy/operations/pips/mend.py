"""``pip fix``: give a Python a pip that works there. What goes and what comes is told before anything is touched."""

from __future__ import annotations

from pathlib import Path

from venvoy.errors import Problem
from venvoy.operations.pips import fit as pip_fit
from venvoy.operations.pips import releases as pip_releases
from venvoy.operations.project import key
from venvoy.python import pips, seed
from venvoy.python.fitness import Fit
from venvoy.system.lock import Lock
from venvoy.values import TYPE_CHECKING, dataclass, field, replace

if TYPE_CHECKING:
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located
    from venvoy.python.facts import Facts
    from venvoy.python.fitness import Matrix

# virtualenv brings the newest pip for each Python from this one on, so there is nothing to fetch
_BROUGHT_ALONG = (3, 9)


@dataclass(frozen=True, slots=True)
class Mend:
    """What is to be done about one Python's pip, or, with ``done``, what was.

    ``action`` is ``nothing``, ``seed`` (there is none), ``raise``, ``lower`` or ``renew`` (half installed, or its
    commands start another Python). ``outside`` tells that it is no environment: a person is to be asked first.
    """

    executable: str
    python: str
    action: str
    old: str
    new: str
    why: str
    outside: bool
    done: bool = False
    facts: Facts | None = field(default=None, repr=False)


def plan(context: Context, located: Located | None) -> Mend:
    """Say what it takes; nothing is changed yet.

    Raises:
        Problem: externally-managed where PEP 668 forbids it, pip-unavailable when no pip fits, environment-missing,
            python-not-found, python-broken.
    """
    matrix = pip_releases.matrix(context, refresh=True)
    facts = pip_fit.target(context, located)
    checked = pip_fit.checked(context, matrix, facts)
    if checked.status == Fit.FITS.value and not checked.strangers:
        return Mend(facts.executable, facts.version, "nothing", checked.pip, checked.pip, "", outside=False)
    if facts.externally_managed or _is_the_systems(facts):
        raise managed(facts)
    new = _chosen(context, matrix, facts)
    actions = {
        pip_releases.MISSING: "seed",
        pip_releases.BROKEN: "renew",
        Fit.FITS.value: "renew",
        Fit.OLD.value: "raise",
        Fit.TOO_OLD.value: "raise",
        Fit.TOO_NEW.value: "lower",
    }
    outside = not facts.in_environment
    action = actions[checked.status]
    return Mend(facts.executable, facts.version, action, checked.pip, new, checked.why, outside, facts=facts)


def carry_out(context: Context, mend: Mend) -> Mend:
    """Do it: the old pip goes, the new one comes and is tried; if any of that fails, the old one is there again.

    Raises:
        Problem: pip-broken, and whatever fetching and writing raise.
    """
    facts = mend.facts
    if facts is None:
        return mend
    path = context.settings.cache_dir / "locks" / key(Path(facts.prefix))
    with Lock(path, "this Python", context.reporter, context.settings.lock_timeout):
        put(context, facts, mend.new)
    return replace(mend, done=True)


def put(context: Context, facts: Facts, version: str) -> None:
    """Put a version of pip into a Python in place of whatever is there, and try it.

    Raises:
        Problem: pip-broken, and whatever fetching and writing raise.
    """
    wheel = seed.at_hand(facts, _kept(context)).get(version) or _fetched(context, version)
    before = pips.installed(facts, thorough=False)
    with seed.replacing(facts):
        user = before is not None and before.user and not facts.in_environment
        seed.install(facts, wheel, environ=context.environ, user=user)
        said = seed.attempt(facts, environ=context.environ)
        if said:
            raise seed.refused(facts, said)


def fitting(context: Context, facts: Facts) -> str:
    """The version of pip that a Python shall get: the newest that fits and can be had."""
    return _chosen(context, pip_releases.matrix(context), facts)


def managed(facts: Facts) -> Problem:
    """Say that the system keeps this Python to itself (PEP 668)."""
    return Problem(
        "externally-managed",
        f"The pip of {facts.executable} is not changed: this Python belongs to your system.",
        why="Tools of the system run on it, and its package manager keeps it up to date (PEP 668).",
        fix=(
            "Make an environment, which has a pip of its own: venvoy venv",
            "Or change it with the package manager of your system, for instance: apt install python3-pip",
        ),
        where=facts.externally_managed,
    )


def _is_the_systems(facts: Facts) -> bool:
    pip = pips.installed(facts, thorough=False)
    return pip is not None and not facts.in_environment and pip.location not in (facts.site_packages, facts.user_site)


def _chosen(context: Context, matrix: Matrix, facts: Facts) -> str:
    local = seed.at_hand(facts, _kept(context))
    here = matrix.best(facts.version, local)
    best = matrix.best(facts.version)
    if here and (here == best or context.settings.offline or facts.release >= _BROUGHT_ALONG):
        return here
    if not best:
        raise Problem(
            "pip-unavailable",
            f"No pip is known that works on Python {facts.version}.",
            fix=("Take another Python: venvoy python list   shows those of this computer",),
        )
    try:
        _fetched(context, best)
    except Problem as problem:
        if not here:
            raise
        context.reporter.warn(f"pip {here} is taken, though pip {best} would fit better: {problem.what}")
        return here
    return best


def _fetched(context: Context, version: str) -> Path:
    project = context.index.project(pip_releases.PIP)
    for candidate in project.candidates:
        for artifact in candidate.artifacts:
            if str(candidate.version) == version and artifact.kind == "wheel":
                return context.index.download(artifact, _kept(context), lambda _: None)
    raise Problem(
        "no-version",
        f"pip {version} is not on the index.",
        fix=("Name an index that has it: --index-url",),
    )


def _kept(context: Context) -> Path:
    return context.settings.cache_dir / "pips-v1"
