"""Finding interpreters: the one that was asked for, the one that fits, or all of them."""

from __future__ import annotations

import os
import re

from venvoy.errors import Problem
from venvoy.patterns import pattern
from venvoy.python import probe, remembered
from venvoy.system import program
from venvoy.values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from packaging.version import Version
    from python_discovery import PythonInfo, PythonSpec

    from venvoy.model.interpreter import Interpreter
    from venvoy.model.plain import Bounds

WINDOWS = os.name == "nt"

# Version managers: the variable that names their folder, where it is otherwise, and the folder of installed versions.
_MANAGERS = (
    ("PYENV_ROOT", (".pyenv",), ("versions",)),
    ("PYENV", (".pyenv", "pyenv-win"), ("versions",)),
    ("ASDF_DATA_DIR", (".asdf",), ("installs", "python")),
    ("MISE_DATA_DIR", (".local", "share", "mise"), ("installs", "python")),
)
# As pyenv and others write it into .python-version: pypy3.10-7.3.17, cpython-3.12, python@3.12
_MANAGED_NAME = pattern(r"(cpython|pypy|python|graalpy|)[-@]?(\d+(?:\.\d+)*)(?:-\d+[\w.]*)?")
_EXACT = pattern(r"[a-z]*3\.\d+(\.\d+)?t?d?(-\w+)*", re.IGNORECASE)


class Seen(NamedTuple):
    """An interpreter that was looked at and passed over: why, and whether it is at least the version asked for."""

    version: str
    executable: str
    reason: str
    wanted: bool = False


def find(
    spec: str | None,
    *,
    requires: Bounds | None,
    environ: Mapping[str, str],
    cache: Path,
    first: Sequence[str] = (),
) -> Interpreter:
    """Find the interpreter to make an environment from.

    Looked at in this order: ``first``, the Python that runs venvoy, the Windows registry, PATH, what version managers
    installed. A version (``3.12``) takes the first that matches. A range takes the newest stable one that fits, so that
    the answer does not depend on the order of files in a folder. Nothing asked for takes the first of the former two
    that fits, then what a range would.

    Args:
        spec: ``3.12``, ``>=3.11,<3.13``, ``pypy3.10``, ``cpython3.13t``, a path, the name of a command; None or empty:
            any that fits.
        requires: the project's requires-python, or None.
        environ: the environment variables; PATH and those of version managers matter.
        cache: the folder in which interpreters are remembered.
        first: executables to prefer where they fit.

    Returns:
        An interpreter that belongs to no environment: for one inside an environment, the one that it was made from.

    Raises:
        Problem: ``python-not-found``, ``python-too-old``, or ``python-broken`` when a path was given.
    """
    wanted = _plain(spec)
    if os.path.dirname(wanted) or os.path.isdir(wanted):
        return _at(wanted, requires, environ, cache)
    for executable in () if wanted else (*first, program.python()):
        interpreter = _described(executable, environ, cache)
        if interpreter and _fits(interpreter.version, requires):
            return interpreter
    question = (wanted, str(requires or ""), *first)
    known = remembered.recall(os.fspath(cache), question, environ)
    interpreter = _described(known, environ, cache) if known else None
    if interpreter is not None:
        return interpreter
    fitting = _matching(wanted, requires, environ, cache, first)
    found = next(fitting, None) if _EXACT.fullmatch(wanted) else max(fitting, key=_rank, default=None)
    if found is None:
        seen = sorted(
            _passed_over(wanted, requires, environ, cache), key=lambda one: _by_version(one.version), reverse=True
        )
        if not seen:
            _at(program.python(), None, environ, cache)  # that one is there: what kept it from answering is the reason
        raise missing(wanted, requires, seen)
    if _described(found.executable, environ, cache) == found:
        _remember(question, found.executable, environ, cache)
    return found


def search_path(environ: Mapping[str, str]) -> str:
    """Return PATH with the shims of version managers replaced by what they stand for.

    A shim is a script that starts whatever version is chosen in the current folder, or fails. In place of a folder of
    shims stand the folders of the versions that are chosen for everywhere; those of all other versions follow at the
    end, newest first, whether the manager is on PATH or not.
    """
    entries = [entry for entry in environ.get("PATH", os.defpath).split(os.pathsep) if entry]
    behind: list[str] = []
    for root, versions in _managers(entries, environ).items():
        folders = _installed(versions)
        chosen = [folders.pop(name) for name in _chosen(root, environ) if name in folders]
        shims = os.path.normcase(os.path.join(root, "shims"))
        at = next((i for i, entry in enumerate(entries) if os.path.normcase(entry.rstrip("/\\")) == shims), None)
        if at is None:
            behind += chosen
        else:
            entries[at : at + 1] = chosen
        behind += folders.values()
    return os.pathsep.join(dict.fromkeys([*entries, *behind]))


def _remember(question: Sequence[str], executable: str, environ: Mapping[str, str], cache: Path) -> None:
    """Keep what was found, with the folders and files, there or not, that it depends on."""
    spec = _parsed(question[0])
    if WINDOWS or spec is None or spec.path is not None:
        return  # nothing tells when the registry has changed, or what a command of another name stands for
    folders = search_path(environ).split(os.pathsep)
    entries = [entry for entry in environ.get("PATH", os.defpath).split(os.pathsep) if entry]
    for root, versions in _possible(entries, environ):
        folders += (versions, os.path.join(root, "version"))
    home = environ.get("HOME", "")
    folders += (
        environ.get("UV_PYTHON_INSTALL_DIR")
        or os.path.join(environ.get("XDG_DATA_HOME") or f"{home}/.local/share", "uv", "python"),
        os.path.join(home, "Library", "Application Support", "uv", "python"),
    )
    remembered.remember(os.fspath(cache), question, environ, executable, (*question[2:], program.python(), *folders))


def _managers(entries: Sequence[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Map the folders of version managers to their folders of versions: named, usual, or given away by PATH."""
    return {root: versions for root, versions in _possible(entries, environ) if os.path.isdir(versions)}


def _possible(entries: Sequence[str], environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    home = environ.get("USERPROFILE" if WINDOWS else "HOME", "")
    shims = [os.path.dirname(path) for path in (entry.rstrip("/\\") for entry in entries) if path.endswith("shims")]
    for variable, default, versions in _MANAGERS:
        usual = os.path.join(home, *default) if home else ""
        for root in filter(None, (environ.get(variable, ""), usual, *shims)):
            yield os.path.normpath(root), os.path.join(root, *versions)


def _plain(spec: str | None) -> str:
    text = (spec or "").strip()
    if text == "system":
        return ""
    name = _MANAGED_NAME.fullmatch(re.sub(r"\.[*x]$", "", text))  # 3.12.* is 3.12
    return os.path.expanduser(f"{name[1]}{name[2]}" if name else text)


def _at(path: str, requires: Bounds | None, environ: Mapping[str, str], cache: Path) -> Interpreter:
    place = os.path.abspath(path)
    if os.path.isdir(place):
        names = (
            ("Scripts", "python.exe"),
            ("python.exe",),
            ("bin", "python.exe"),
            ("bin", "python3"),
            ("bin", "python"),
        )
        inside = (os.path.join(place, *name) for name in names)
        place = next(
            (file for file in inside if os.path.isfile(file)), os.path.join(place, *names[0 if WINDOWS else -1])
        )
    interpreter = probe.describe(place, cache=cache, environ=probe.variables(environ))
    base = _versioned(interpreter.base_executable, interpreter.version, free_threaded=interpreter.free_threaded)
    if base != interpreter.executable:
        interpreter = probe.describe(base, cache=cache, environ=probe.variables(environ))
    if not _fits(interpreter.version, requires):
        raise missing(
            path, requires, [Seen(interpreter.version, interpreter.executable, _unfit(requires), wanted=True)]
        )
    return interpreter


def _versioned(base: str, version: str, *, free_threaded: bool) -> str:
    # python3 may be another version tomorrow, and by which of its names a Python is found is chance
    name = f"python{'.'.join(version.split('.')[:2])}{'t' if free_threaded else ''}"
    versioned = os.path.join(os.path.dirname(base), name)
    try:
        return versioned if not WINDOWS and os.path.samefile(versioned, base) else base
    except OSError:
        return base


def _described(executable: str, environ: Mapping[str, str], cache: Path) -> Interpreter | None:
    try:
        return _at(executable, None, environ, cache)
    except Problem:
        return None


def _matching(
    wanted: str, requires: Bounds | None, environ: Mapping[str, str], cache: Path, first: Iterable[str]
) -> Iterator[Interpreter]:
    spec = _parsed(wanted)
    if spec is None or spec.path is not None:
        # not a version: the name of a command
        from shutil import which

        command = which(wanted, path=search_path(environ))
        interpreter = _described(command, environ, cache) if command else None
        if interpreter and _fits(interpreter.version, requires):
            yield interpreter
        return
    for info in _walk(wanted or "python", environ, cache, first):
        if info.version_info[:2] < probe.MINIMUM or (info.free_threaded and not spec.free_threaded):
            continue
        if _fits(info.marker_environment["python_full_version"].rstrip("+"), requires):
            interpreter = _described(info.system_executable or info.executable, environ, cache)
            if interpreter:
                yield interpreter


def _walk(
    wanted: str | None, environ: Mapping[str, str], cache: Path, first: Iterable[str] = ()
) -> Iterator[PythonInfo]:
    from python_discovery import iter_interpreters

    variables = {**(probe.variables(environ) or {}), "PATH": search_path(environ)}
    found = iter_interpreters(wanted, first, probe.disk_cache(cache), variables)
    while True:
        try:
            with probe.quiet():
                info = next(found)
        except StopIteration:
            return
        except RuntimeError:
            # the Python that runs venvoy, or one of ``first``, cannot be asked; a generator that raised is over
            return
        yield info


def _parsed(wanted: str) -> PythonSpec | None:
    from python_discovery import PythonSpec

    try:
        return PythonSpec.from_string_spec(wanted or "python")
    except ValueError:
        return None


def _fits(version: str, requires: Bounds | None) -> bool:
    return requires is None or requires.contains(version, prereleases=True)


def _rank(interpreter: Interpreter) -> tuple[bool, Version, bool]:
    from packaging.version import Version

    version = Version(interpreter.version)
    return not version.is_prerelease, version, interpreter.implementation == "CPython"


def _installed(versions: str) -> dict[str, str]:
    try:
        names = sorted(os.listdir(versions), key=_by_version, reverse=True)
    except OSError:
        return {}
    folders = {}
    for name in names:
        scripts = os.path.join(versions, name, "bin")
        folder = scripts if os.path.isdir(scripts) else os.path.join(versions, name)
        if os.path.isdir(folder):
            folders[name] = folder
    return folders


def _by_version(name: str) -> tuple[bool, Version]:
    from packaging.version import InvalidVersion, Version

    try:
        return True, Version(name)
    except InvalidVersion:
        return False, Version("0")


def _chosen(root: str, environ: Mapping[str, str]) -> list[str]:
    if environ.get("PYENV_VERSION"):
        return environ["PYENV_VERSION"].split(":")
    try:
        with open(os.path.join(root, "version"), encoding="utf-8", errors="replace") as file:
            return file.read(4096).split()
    except OSError:
        return []


def _passed_over(wanted: str, requires: Bounds | None, environ: Mapping[str, str], cache: Path) -> Iterator[Seen]:
    spec = _parsed(wanted)
    minimum = ".".join(map(str, probe.MINIMUM))
    for info in _walk(None, environ, cache):
        version = info.marker_environment["python_full_version"].rstrip("+")
        is_wanted = spec is not None and spec.path is None and info.satisfies(spec, impl_must_match=True)
        if info.version_info[:2] < probe.MINIMUM:
            reason = f"venvoy works with Python {minimum} and newer"
        elif wanted and not is_wanted:
            reason = f"it is not {wanted}"
        elif not _fits(version, requires):
            reason = _unfit(requires)
        else:
            reason = f"it is free-threaded, which must be asked for: --python {version}t"
        kind = "" if info.implementation == "CPython" else f"{info.implementation} "
        flag = "t" if info.free_threaded else ""
        base = _versioned(info.system_executable or info.executable, version, free_threaded=info.free_threaded)
        yield Seen(f"{kind}{version}{flag}", base, reason, wanted=is_wanted)


def _unfit(requires: Bounds | None) -> str:
    return f"this project needs {requires}"


def missing(wanted: str, requires: Bounds | None, seen: Sequence[Seen]) -> Problem:
    """Put into words that no interpreter will do: what was looked for, what is there instead, what to do.

    Args:
        wanted: what was asked for; empty when nothing was.
        requires: the project's requires-python, or None.
        seen: what is there, each with the reason against it.
    """
    number = re.fullmatch(r"(?:c?python)?(\d+)\.(\d+)(\.\d+)?", wanted)
    if number and (int(number[1]), int(number[2])) < probe.MINIMUM:
        old = next((one for one in seen if one.wanted), None)
        return (
            probe.too_old(old.version, old.executable)
            if old
            else probe.too_old(".".join(filter(None, number.groups())))
        )
    unfit = bool(wanted and requires) and any(one.wanted for one in seen)
    if unfit:
        what = f"Python {wanted} is not what this project needs ({requires})."
    elif wanted:
        what = f"No Python {wanted} was found on this computer." if number else f"No Python {wanted!r} was found here."
    else:
        needed = f"that this project needs ({requires})" if requires else "that venvoy can use"
        what = f"No Python {needed} was found on this computer."
    width = max((len(one.version) for one in seen), default=0)
    lines = [f"  {one.version:<{width}}  {one.executable}: {one.reason}" for one in seen]
    usable = [one.version for one in seen if one.reason == f"it is not {wanted}" and _fits_text(one.version, requires)]
    fix = [f"Take one that is here: --python {usable[0]}"] if usable else []
    fitting = "Python " + wanted if number and not unfit else "a Python that fits"
    fix += _slip(requires) or [f"Install {fitting}, then run the command again."]
    return Problem(
        "python-not-found",
        what,
        why="\n".join(["These were found:", *lines]) if lines else "None was found on PATH or in the usual places.",
        fix=fix,
        data={"wanted": wanted, "requires": str(requires or ""), "found": [one._asdict() for one in seen]},
    )


def _slip(requires: Bounds | None) -> list[str]:
    """What to do about a range that next to no Python is in, which nobody means."""
    from venvoy.python import pins

    if requires is not None and not pins.agree("3", requires) and not pins.agree("2", requires):
        return ["Correct requires-python: no Python is in that range."]
    one = re.fullmatch(r"==(3\.\d+)", str(requires))
    return [f'Write requires-python = "=={one[1]}.*", which any {one[1]} is: =={one[1]} is {one[1]}.0.'] if one else []


def _fits_text(version: str, requires: Bounds | None) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        return _fits(str(Version(version)), requires)
    except InvalidVersion:
        return False
