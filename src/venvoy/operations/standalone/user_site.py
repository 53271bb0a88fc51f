"""The user site of an interpreter (``--user``, PEP 370): which one, whether anything may go there, who shadows whom."""

from __future__ import annotations

import os
from pathlib import Path

from venvoy.environment import installed, layout, record
from venvoy.errors import Problem
from venvoy.formats import externally_managed
from venvoy.operations.project import Place, key
from venvoy.operations.standalone import sites
from venvoy.operations.standalone.sites import Site
from venvoy.python import discover, probe, user_scheme
from venvoy.system import quoting
from venvoy.values import TYPE_CHECKING, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from venvoy.model.interpreter import Interpreter
    from venvoy.model.names import NormalizedName
    from venvoy.model.plan import Installed
    from venvoy.operations.context import Context


@dataclass(frozen=True, slots=True)
class Shadow:
    """Two of a name: programs get ``wins`` and not ``loses``, each with its version and the folder that it is in."""

    name: NormalizedName
    wins: str
    winner: str
    loses: str
    loser: str


def find(context: Context, start: Path, *, change: bool = False) -> Site:
    """The user site that is meant: of ``--python``, else of the Python that ``python3`` starts.

    If it is to ``change``, it has to be one that counts here.

    Raises:
        Problem: user-site-hidden in an environment that does not see it; user-site-invalid; python-not-found.
    """
    interpreter = _interpreter(context, start, change=change)
    scheme = user_scheme.ask(interpreter.base_executable, context.environ)
    found = layout.of_user(
        interpreter,
        base=Path(scheme.base),
        site=Path(scheme.site),
        scripts=Path(scheme.scripts),
        include=Path(scheme.include),
    )
    folder = _folder(context, interpreter, found.purelib)
    named = context.settings.python if context.settings.sources.get("python", "").startswith("flag") else ""
    option = f" --user --python {quoting.typed(named)}" if named else " --user"
    place = Place(folder, folder, alone=True, site=found, option=option)
    return Site(place, found, None, scheme.paths, scheme.enabled, scheme.why)


def _interpreter(context: Context, start: Path, *, change: bool) -> Interpreter:
    asked = context.settings.python
    root = sites.of_python(asked, start) if asked else sites.active(context.environ)
    if root is not None:
        environment = layout.read(root)
        if change and not environment.system_site_packages:
            raise _hidden(root, active=not asked)
        return probe.describe(environment.base_python, cache=context.interpreters)
    return discover.find(asked or _usual(context), requires=None, environ=context.environ, cache=context.interpreters)


def _usual(context: Context) -> str | None:
    """The Python that people get when they type its name: it is the one that shall find what is installed."""
    from shutil import which  # noqa: PLC0415 - 8 ms

    names = ("python", "py") if os.name == "nt" else ("python3", "python")
    path = discover.search_path(context.environ)
    return next(filter(None, (which(name, path=path) for name in names)), None)


def _folder(context: Context, interpreter: Interpreter, site: Path) -> Path:
    import platformdirs  # noqa: PLC0415 - 24 ms, and only --user needs it

    flag = "t" if interpreter.free_threaded else ""
    name = f"{interpreter.implementation.lower()}-{interpreter.markers['python_version']}{flag}"
    if context.environ.get("PYTHONUSERBASE"):
        name += f"-{key(site)[:8]}"
    return Path(platformdirs.user_config_dir("venvoy", appauthor=False, roaming=False)) / "user" / name


def _hidden(root: Path, *, active: bool) -> Problem:
    return Problem(
        "user-site-hidden",
        f"--user installs for all of your shells, and the environment {root} would not see it.",
        why="An environment is closed: it finds what is installed in itself, not what is installed for you (PEP 370).",
        fix=(
            "Install into the environment: the same command without --user",
            "or leave the environment first: venvoy deactivate"
            if active
            else "or name a Python that belongs to no environment: --python 3.12",
        ),
        where=str(root),
    )


def allow(context: Context, site: Site, command: str, *, given: bool) -> None:
    """See that its distributor lets people install into a Python (PEP 668), and say where it would not be seen.

    ``command`` is what was to be done, without ``venvoy``; ``given`` says that somebody knows better.

    Raises:
        Problem: externally-managed.
    """
    interpreter = site.interpreter(context)
    marker = interpreter.externally_managed
    if marker and not given:
        languages = [context.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
        raise managed(interpreter, command, languages, verbose=context.settings.verbose)
    if not site.enabled:
        because = {
            "asked": "PYTHONNOUSERSITE is set",
            "security": "this process runs for another user than the one who started it",
        }.get(site.why, "its user site is switched off")
        context.reporter.warn(
            f"{interpreter.executable} does not look into {site.layout.purelib} now, because {because}: "
            "what is installed there cannot be imported."
        )


def managed(interpreter: Interpreter, command: str, languages: Sequence[str], *, verbose: bool) -> Problem:
    """Say that the system keeps a Python to itself, and what its distributor says.

    ``languages`` are those that the person reads, as in ``LANG``; with ``verbose`` all is shown that was said.
    """
    try:
        text = Path(interpreter.externally_managed).read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    said = externally_managed.parse(text, languages)
    why = "Its package manager looks after it, and what is installed beside that can break programs of the system,"
    why += "\neven in your user site (PEP 668)."
    if said:
        first = said.split("\n\n")[0].strip()
        shown = said if verbose else first
        why += "\nIts distributor says:\n" + "\n".join(f"  {line}".rstrip() for line in shown.splitlines())
        why += "" if verbose or first == said.strip() else "\n  … (all of it with -v)"
    words = command.removeprefix("install").replace(" --user", "", 1).strip()
    return Problem(
        "externally-managed",
        f"{interpreter.executable} belongs to your system, which keeps it to itself.",
        why=why,
        fix=(
            f"Use an environment, which is your own: venvoy venv; venvoy activate; venvoy install {words}",
            f"or a Python that is not your system's: venvoy {command} --python VERSION",
            f"If you know that nothing breaks: venvoy {command} --break-system-packages",
        )
        if command.startswith("install")
        else (f"If you know that nothing breaks: venvoy {command} --break-system-packages",),
        where=interpreter.externally_managed,
        data={"message": said},
    )


def beside(site: Site) -> tuple[Installed, ...]:
    """What the interpreter of a user site finds elsewhere: installed for everybody, by the system as a rule."""
    return tuple(one for _, there in _elsewhere(site, site.paths) for one in there)


def shadows(site: Site, environ: Mapping[str, str], present: Iterable[Installed]) -> tuple[Shadow, ...]:
    """The distributions of a user site of which there is another version elsewhere, and which of the two counts.

    Args:
        site: the user site.
        environ: the environment variables: what PYTHONPATH names comes first of all.
        present: what is in the user site, or as much of it as is of interest.
    """
    mine = {one.name: one for one in present}
    own = os.fspath(site.layout.purelib)
    first = [path for path in environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    order = [*first, *(path for path in site.paths if path not in first)]
    at = next((number for number, path in enumerate(order) if _same(path, own)), len(order))
    found: list[Shadow] = []
    seen: set[str] = set()
    for path, there in _elsewhere(site, order):
        before = path in first or (at < len(order) and order.index(path) < at)
        for other in there:
            one = mine.get(other.name)
            if one is None or other.name in seen or other.version == one.version:
                continue
            seen.add(other.name)
            sides = ((other.version, path), (one.version, own))
            (wins, winner), (loses, loser) = sides if before else sides[::-1]
            found.append(Shadow(one.name, wins, winner, loses, loser))
    return tuple(sorted(found, key=lambda each: each.name))


def scripts_off_path(site: Site, environ: Mapping[str, str], present: Iterable[Installed]) -> str:
    """The folder of a user site's commands when it is not on PATH and one of these distributions has put one there."""
    folders = [path for path in environ.get("PATH", "").split(os.pathsep) if path]
    scripts = os.fspath(site.layout.scripts)
    if any(_same(path, scripts) for path in folders):
        return ""
    inside = os.path.normcase(scripts) + os.sep
    for one in present:
        try:
            text = record.read(one.dist_info)
        except OSError:
            continue
        home = Path(one.dist_info).parent
        if any(os.path.normcase(os.path.normpath(home / path)).startswith(inside) for path in record.paths(text)):
            return scripts
    return ""


def _elsewhere(site: Site, paths: Sequence[str]) -> Iterable[tuple[str, tuple[Installed, ...]]]:
    own = os.fspath(site.layout.purelib)
    for path in dict.fromkeys(paths):
        folder = Path(path)
        if folder.is_dir() and not _same(path, own):
            try:
                yield path, installed.read(replace(site.layout, purelib=folder, platlib=folder))
            except Problem:  # a folder that may not be read is of no use to Python either
                continue


def _same(path: str, other: str) -> bool:
    return os.path.normcase(os.path.realpath(path)) == os.path.normcase(os.path.realpath(other))
