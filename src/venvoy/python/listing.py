"""Every interpreter of the machine, of any age: where people and their tools put them, each once.

Looked at in this order: PATH, the shims of version managers on it replaced by what they stand for; what the managers
installed besides; the usual places that PATH may lack; the Windows registry (PEP 514, which ``py`` reads too).
"""

from __future__ import annotations

import os
import re
import sys

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from venvoy.errors import Problem
from venvoy.patterns import pattern
from venvoy.python import facts as probing
from venvoy.python.discover import Seen, missing, search_path
from venvoy.python.probe import configurations
from venvoy.python.registry import registered
from venvoy.system import program
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from venvoy.python.facts import Facts

_NAME = pattern(r"(?:python|pypy|graalpy)(\d+(?:\.\d+)?)?t?d?(?:\.exe)?", re.IGNORECASE)
_SPEC = pattern(r"([a-z]+)?(\d+(?:\.\d+){0,2})(t)?")
_MANAGERS = (
    ("pyenv", "PYENV_ROOT", (".pyenv",)),
    ("asdf", "ASDF_DATA_DIR", (".asdf",)),
    ("mise", "MISE_DATA_DIR", (".local", "share", "mise")),
    ("uv", "UV_PYTHON_INSTALL_DIR", (".local", "share", "uv", "python")),
    ("Homebrew", "HOMEBREW_PREFIX", ()),
)
_BREWS = ("/opt/homebrew", "/home/linuxbrew/.linuxbrew", "/usr/local")
_USUAL = ("/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin", "/home/linuxbrew/.linuxbrew/bin")
_FRAMEWORKS = "/Library/Frameworks/Python.framework/Versions"
_PLACEHOLDER = "It is the placeholder that offers the Microsoft Store: no Python is installed behind it."


@dataclass(frozen=True, slots=True)
class Found:
    """An interpreter, or an executable that only claims to be one: then ``facts`` is None and ``fault`` says why.

    ``source`` tells where it is known from (``PATH``, ``pyenv``, ``Homebrew``, ``registry`` …), ``names`` are the
    commands that start it when somebody types them.
    """

    path: str
    source: str
    facts: Facts | None = None
    fault: str = ""
    names: tuple[str, ...] = ()


def every(
    *, environ: Mapping[str, str], cache: Path, spread: Callable[..., Iterable[Found]] = map
) -> tuple[Found, ...]:
    """Find every interpreter, in the order in which PATH and then its managers name them.

    Args:
        environ: the environment variables; PATH and those of version managers matter.
        cache: the folder in which interpreters are remembered.
        spread: as ``map``, or that of a thread pool: asks several at once.
    """
    path = search_path(environ)
    first = _first_on_path(path)
    seen = set[object]()
    found: list[Found] = []
    candidates = list(_candidates(path, environ))
    for one in spread(lambda item: _asked(item[0], item[1], cache, environ), candidates):
        # copies and wrappers of one installation are one interpreter; what is broken is known by its path alone
        broken = os.path.dirname(one.path) if one.fault == _PLACEHOLDER else one.path  # python and python3 are alike
        key = (os.path.realpath(one.facts.prefix), one.facts.version) if one.facts else broken
        if key in seen or (one.facts and one.facts.in_environment):
            continue
        seen.add(key)
        names = tuple(name for name, real in first.items() if real == os.path.realpath(one.path))
        found.append(Found(one.path, one.source, one.facts, one.fault, names))
    return tuple(found)


def _asked(path: str, source: str, cache: Path, environ: Mapping[str, str]) -> Found:
    try:
        return Found(path, source, probing.ask(path, cache=cache, environ=environ))
    except Problem as problem:
        why = problem.why or problem.what
        if "WindowsApps" in path:
            why = _PLACEHOLDER
        return Found(path, source, None, why)


def _candidates(path: str, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Executables to ask, each file once, with the source that they are known from."""
    known = {_normal(entry) for entry in environ.get("PATH", os.defpath).split(os.pathsep) if entry}
    seen: set[str] = set()
    folders = [*path.split(os.pathsep), *_usual(environ)]
    listed = ((file, _source(folder, known, environ)) for folder in dict.fromkeys(folders) for file in _in(folder))
    rest = [*((file, "registry") for file in registered()), (os.path.realpath(program.python()), "runs venvoy")]
    for file, source in (*listed, *rest):
        real = os.path.normcase(os.path.realpath(file))
        # an environment that is active stands on PATH too: its file is a link to its base, which comes later
        if real not in seen and not _in_environment(file) and not _is_lure(file):
            seen.add(real)
            yield file, source


def _is_lure(file: str) -> bool:
    # without Apple's developer tools this one is no Python: it opens a window that offers to install them
    tools = ("/Library/Developer/CommandLineTools", "/Applications/Xcode.app")
    return sys.platform == "darwin" and file.startswith("/usr/bin/") and not any(map(os.path.isdir, tools))


def _in(folder: str) -> list[str]:
    """The interpreters in a folder, one name each file: the name with the version wherever there is one."""
    try:
        names = [name for name in os.listdir(folder) if _NAME.fullmatch(name)]
    except OSError:
        return []  # missing, unreadable, a loop of links, or no folder at all
    by_file: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (-len(name), name)):
        path = os.path.join(folder, name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            by_file.setdefault(os.path.normcase(os.path.realpath(path)), path)
    return sorted(by_file.values(), key=_newest_first)


def _newest_first(path: str) -> tuple[bool, tuple[int, ...], str]:
    name = os.path.basename(path)
    numbers = tuple(-int(number) for number in re.findall(r"\d+", name))
    return not name.startswith("python"), numbers, name


def _source(folder: str, known: set[str], environ: Mapping[str, str]) -> str:
    home = environ.get("USERPROFILE" if os.name == "nt" else "HOME", "")
    for name, variable, default in _MANAGERS:
        roots = [environ.get(variable, ""), os.path.join(home, *default) if home and default else ""]
        roots += _BREWS[:2] if name == "Homebrew" else ()
        if any(root and _normal(folder).startswith(_normal(root) + os.sep) for root in roots):
            return name
    return "PATH" if _normal(folder) in known else "usual place"


def _usual(environ: Mapping[str, str]) -> Iterator[str]:
    if os.name == "nt":
        return
    home = environ.get("HOME", "")
    for brew in (environ.get("HOMEBREW_PREFIX", ""), *_BREWS):
        # a version that is not linked into bin has its own folder
        kegs = os.path.join(brew, "opt") if brew else ""
        yield from (os.path.join(kegs, name, "bin") for name in _listed(kegs) if name.startswith("python@"))
    yield from (os.path.join(_FRAMEWORKS, name, "bin") for name in _listed(_FRAMEWORKS) if name != "Current")
    if home:
        managed = environ.get("UV_PYTHON_INSTALL_DIR") or os.path.join(home, ".local", "share", "uv", "python")
        yield from (os.path.join(managed, name, "bin") for name in _listed(managed))
    yield from _USUAL


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder), reverse=True) if folder else []
    except OSError:
        return []


def _first_on_path(path: str) -> dict[str, str]:
    import shutil  # noqa: PLC0415 - 8 ms that other commands save

    names = ("python", "python3", "py")
    found = {name: shutil.which(name, path=path) for name in names}
    return {name: os.path.realpath(where) for name, where in found.items() if where and not _in_environment(where)}


def _in_environment(path: str) -> bool:
    return any(map(os.path.isfile, configurations(path)))


def _normal(path: str) -> str:
    return os.path.normcase(os.path.normpath(path))


def choose(spec: str, *, environ: Mapping[str, str], cache: Path) -> Facts:
    """The interpreter or environment, of any age, that a person named.

    Args:
        spec: a version (``3.12``, ``pypy3.10``, ``3.13t``), a range, a command, or the path of an interpreter or of an
            environment's folder.
        environ: the environment variables.
        cache: the folder in which interpreters are remembered.

    Raises:
        Problem: ``python-not-found`` with what there is instead, or ``python-broken``.
    """
    path = os.path.expanduser(spec)
    if os.path.isdir(path):
        path = python_in(path) or os.path.join(path, "bin", "python")
    if os.path.dirname(path):
        return probing.ask(path, cache=cache, environ=environ)
    found = every(environ=environ, cache=cache)
    match = next((one.facts for one in found if one.facts and _is(one.facts, spec)), None)
    if match:
        return match
    import shutil  # noqa: PLC0415 - 8 ms that other commands save

    command = shutil.which(spec, path=search_path(environ))
    if command:
        return probing.ask(command, cache=cache, environ=environ)
    seen = [Seen(one.facts.version, one.path, f"it is not {spec}") for one in found if one.facts]
    raise missing(spec, None, sorted(seen, key=lambda one: Version(one.version), reverse=True))


def python_in(folder: str) -> str:
    """The interpreter in the folder of an environment or an installation; empty when there is none."""
    names = (("Scripts", "python.exe"), ("python.exe",), ("bin", "python.exe"), ("bin", "python"), ("bin", "python3"))
    return next((path for path in (os.path.join(folder, *name) for name in names) if os.path.exists(path)), "")


def _is(facts: Facts, spec: str) -> bool:
    exact = _SPEC.fullmatch(spec.strip().lower())
    if exact:
        kind, numbers, threads = exact.groups()
        if kind not in (None, "python", facts.implementation.lower()) or bool(threads) != facts.free_threaded:
            return False
        return f"{facts.version}.".startswith(f"{numbers}.")
    try:
        return SpecifierSet(spec).contains(facts.version, prereleases=True)
    except InvalidSpecifier:
        return False
