"""Where the parts of an environment are, read from its files alone: no process is started.

Sources: PEP 405 for ``pyvenv.cfg``, and what ``python -m venv``, virtualenv and uv write into it; the schemes of
``sysconfig`` for the folders.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from venvoy.environment.place import displaced
from venvoy.errors import Problem
from venvoy.patterns import pattern
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from venvoy.model.interpreter import Interpreter

WINDOWS = os.name == "nt"

_VERSION = pattern(r"(\d+)\.(\d+)(?:\.(\d+))?(?:\.?(alpha|beta|candidate|rc|a|b)\.?(\d+))?")
_STAGES = {"alpha": "a", "a": "a", "beta": "b", "b": "b", "candidate": "rc", "rc": "rc"}
_LIBRARY = pattern(r"(?:python|pypy)(\d+\.\d+)t?")
_VERSIONED = pattern(r"^(python|pypy)[\d.]+t?$", re.IGNORECASE)
_EXECUTABLE = pattern(r"(?:python|pypy)(\d+\.\d+)t?(?:\.exe)?")


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment and its folders; all paths are absolute.

    ``version`` is the version of its Python as pyvenv.cfg has it (``3.13.0``, ``3.15.0b2``); only the first two numbers
    are certain to be there. ``base_python`` is the interpreter that it was made from. ``include`` is where headers go,
    one folder a distribution. ``windows`` tells which of the two layouts it has, ``Scripts`` or ``bin``,
    ``relocatable`` whether its commands are to work wherever it is put. ``user`` marks the user site of an interpreter
    (PEP 370): its root is the user base, whose folder of commands others use too.
    """

    root: Path
    python: Path
    purelib: Path
    platlib: Path
    scripts: Path
    data: Path
    include: Path
    version: str
    base_python: str
    implementation: str = "CPython"
    free_threaded: bool = False
    system_site_packages: bool = False
    prompt: str = ""
    windows: bool = False
    relocatable: bool = False
    user: bool = False

    @property
    def minor(self) -> str:
        """The first two numbers of the version: ``3.13``."""
        return ".".join(self.version.split(".")[:2])

    @property
    def site_packages(self) -> tuple[Path, ...]:
        """The folders that hold distributions: one, or two where platform-specific ones are kept apart."""
        return (self.purelib,) if self.purelib == self.platlib else (self.purelib, self.platlib)

    @property
    def siblings(self) -> tuple[Path, ...]:
        """The folders of modules of other Pythons in the same user base: their commands lie in the same folder."""
        if not self.user:
            return ()
        inside = self.purelib.relative_to(self.root)
        pattern = "/".join(_VERSIONED.sub(r"\1*", part) for part in inside.parts)
        return tuple(sorted(path for path in self.root.glob(pattern) if path != self.purelib))

    @property
    def watched(self) -> tuple[str, ...]:
        """What changes when somebody else changes the environment: paths for :mod:`venvoy.environment.stamp`."""
        paths = (self.root / "pyvenv.cfg", *self.site_packages, self.python)
        return (*map(str, paths), self.base_python)


def read(root: Path, *, windows: bool = WINDOWS, anywhere: bool = False) -> Environment:
    """Read an environment's layout.

    Args:
        root: its folder, the one that holds ``pyvenv.cfg``.
        windows: whether this system is Windows; the layout must be one that it can run.
        anywhere: whether it may lie elsewhere than where it was made for.

    Raises:
        Problem: ``environment-missing`` when nothing is there; ``environment-invalid`` when it is half-made, made for
            another system, moved or copied, or its base Python is gone or has become another minor version.
            ``data["finding"]`` says which.
    """
    root = Path(os.path.abspath(root))
    values = _configuration(root)
    version = _version(values.get("version_info", "") or values.get("version", ""))
    if not version:
        raise _invalid(root, "half-made", "Its pyvenv.cfg does not say which version of Python it is for.")
    python = _python(root, windows=windows)
    origin, there = ("", False) if anywhere else displaced(os.fspath(root))
    if origin:
        raise _displaced(root, origin, there=there)
    return _layout(python, _base(root, python, values, version), version, values)


def of_user(  # noqa: PLR0913 - the parts of a user site
    interpreter: Interpreter, *, base: Path, site: Path, scripts: Path, include: Path, windows: bool = WINDOWS
) -> Environment:
    """The user site of an interpreter as a layout like any other; its folders need not be there.

    The user base may be a link as a whole. Inside of it there must be none, and all of it must be on one file system:
    changes are renames.

    Raises:
        Problem: ``user-site-invalid``.
    """
    root = Path(os.path.realpath(base))
    for folder in (site, scripts, include):
        if base not in folder.parents:
            raise _scattered(root, folder, folder)
    purelib, commands, headers = (root / folder.relative_to(base) for folder in (site, scripts, include))
    for folder in (purelib, commands):
        real = Path(os.path.realpath(folder))
        if real != folder:
            raise _scattered(root, folder, real)
        if _device(folder) != _device(root):
            raise _scattered(root, folder, None)
    return Environment(
        root=root,
        python=Path(interpreter.base_executable),
        purelib=purelib,
        platlib=purelib,
        scripts=commands,
        data=root,
        include=headers,
        version=interpreter.version,
        base_python=interpreter.base_executable,
        implementation=interpreter.implementation,
        free_threaded=interpreter.free_threaded,
        windows=windows,
        user=True,
    )


def _device(path: Path) -> int:
    """The file system of a path, or of the nearest folder above it that is there."""
    there = next((folder for folder in (path, *path.parents) if folder.exists()), None)
    return there.stat().st_dev if there else 0


def _scattered(root: Path, folder: Path, real: Path | None) -> Problem:
    why = f"{folder} is on another disk than {root}." if real is None else f"{folder} is a link to {real}."
    if real == folder:
        why = f"{folder} is not inside of {root}."
    return Problem(
        "user-site-invalid",
        "Nothing can be installed into this user site: it does not lie in one place.",
        why=f"{why}\nA change there has to happen as a whole or not at all, which works within one folder only.",
        fix=(
            f"Move all of {root} to where there is room, and make {root} itself the link",
            "or name another folder for it: set PYTHONUSERBASE",
            "or make an environment: venvoy venv",
        ),
        where=str(folder),
    )


def _layout(python: Path, base: str, version: str, values: dict[str, str]) -> Environment:
    scripts = python.parent
    root = scripts.parent
    minor = ".".join(version.split(".")[:2])
    if scripts.name == "Scripts":
        purelib = platlib = root / "Lib" / "site-packages"
        free_threaded = (scripts / f"python{minor}t.exe").exists()
        if not purelib.is_dir():
            raise _invalid(root, "half-made", "Its folder Lib\\site-packages is missing.")
    else:
        folder = _library(root, minor)
        purelib = root / "lib" / folder / "site-packages"
        # python -m venv makes lib64 a link to lib; a few systems keep compiled modules in a lib64 of their own.
        second = root / "lib64" / folder / "site-packages"
        platlib = second if not (root / "lib64").is_symlink() and second.is_dir() else purelib
        free_threaded = folder.endswith("t")
    return Environment(
        root=root,
        python=python,
        purelib=purelib,
        platlib=platlib,
        scripts=scripts,
        data=root,
        include=root / "include" / "site" / f"python{minor}",
        version=version,
        base_python=base,
        implementation=values.get("implementation") or ("PyPy" if "pypy" in purelib.parent.name else "CPython"),
        free_threaded=free_threaded,
        system_site_packages=values.get("include-system-site-packages", "").lower() == "true",
        prompt=values.get("prompt", "").strip("'\""),
        windows=scripts.name == "Scripts",
        relocatable=values.get("relocatable", "").lower() == "true",
    )


def _configuration(root: Path) -> dict[str, str]:
    try:
        text = (root / "pyvenv.cfg").read_text(encoding="utf-8", errors="surrogateescape")
    except (FileNotFoundError, NotADirectoryError):  # Windows knows the first only
        if not os.path.lexists(root):
            raise Problem(
                "environment-missing",
                f"There is no environment at {root}.",
                fix=("Make it: venvoy sync",),
            ) from None
        if os.path.isfile(root):
            raise _invalid(root, "not-a-folder", "It is a file; an environment is a folder.") from None
        raise _invalid(
            root, "cfg-missing", "It holds no pyvenv.cfg: it is half-made, or it is not an environment at all."
        ) from None
    except OSError as error:
        raise fs.problem(error, "read this environment", root / "pyvenv.cfg") from error
    pairs = (line.partition("=") for line in text.removeprefix("\ufeff").splitlines())
    return {key.strip().lower(): value.strip() for key, equals, value in pairs if equals}


def _version(text: str) -> str:
    match = _VERSION.match(text)
    if not match:
        return ""
    major, minor, patch, stage, serial = match.groups()
    release = ".".join(part for part in (major, minor, patch) if part)
    return f"{release}{_STAGES[stage]}{serial}" if stage else release


def _python(root: Path, *, windows: bool) -> Path:
    native = root / "Scripts" / "python.exe"
    posix = root / "bin" / ("python.exe" if windows and not native.exists() else "python")
    if windows and os.path.lexists(native):
        return native
    if os.path.lexists(posix):
        return posix
    if os.path.lexists(native) or (windows and os.path.lexists(root / "bin" / "python")):
        made, here = ("Windows", "this system") if not windows else ("Linux or macOS", "Windows")
        raise _invalid(root, "foreign-venv", f"It was made on {made} and cannot run on {here}.")
    raise _invalid(root, "half-made", "It holds no Python: making it was interrupted, or files were deleted.")


def _base(root: Path, python: Path, values: dict[str, str], version: str) -> str:
    home = values.get("home", "")
    suffix = ".exe" if python.suffix == ".exe" else ""
    minor = ".".join(version.split(".")[:2])
    names = (f"python{minor}", "python3", "python", f"pypy{minor}", "pypy3", "pypy")
    places = [values.get("base-executable", ""), values.get("executable", "")]
    places.extend(os.path.join(home, name + suffix) for name in names if home)
    base = next((place for place in places if place and os.path.isfile(place)), "")
    # A link to a Python that is gone dangles; a copy still starts, and then does not find its standard library.
    if not base or not python.is_file():
        gone = next((place for place in places if place), "unknown")
        closed = fs.barrier(gone)
        why = f"you may not enter {closed}" if closed else "that Python is no longer there"
        raise _invalid(root, "base-closed" if closed else "base-gone", f"It was made from {gone}, and {why}.")
    now = _EXECUTABLE.fullmatch(os.path.basename(os.path.realpath(python)))
    if now and now[1] != minor:
        raise _changed(root, minor, now[1])
    return base


def _library(root: Path, minor: str) -> str:
    try:
        there = set(os.listdir(root / "lib"))
    except OSError:
        there = set()
    usable = [
        name
        for name in (f"python{minor}t", f"python{minor}", f"pypy{minor}")
        if name in there and (root / "lib" / name / "site-packages").is_dir()
    ]
    # Where both kinds of Python 3.13 and newer have been, the one that runs has its name among the executables.
    if len(usable) > 1 and usable[0].endswith("t") and not os.path.lexists(root / "bin" / usable[0]):
        usable = usable[1:]
    if usable:
        return usable[0]
    others = sorted(match[1] for match in map(_LIBRARY.fullmatch, there) if match and match[1] != minor)
    if others:
        raise _changed(root, others[-1], minor)
    raise _invalid(root, "half-made", f"Its folder lib/python{minor}/site-packages is missing.")


def _changed(root: Path, old: str, new: str) -> Problem:
    why = f"It was filled for Python {old}, but its Python is now {new}, which does not find what is in it."
    return _invalid(root, "base-minor-changed", why)


def _displaced(root: Path, origin: str, *, there: bool) -> Problem:
    how = "It is a copy of" if there else "It was moved here from"
    return Problem(
        "environment-invalid",
        "This environment cannot be used.",
        why=f"{how} {origin}, and its commands still lead there.",
        fix=("Let them lead here: venvoy envs fix", "Or make it anew: venvoy sync, or venvoy venv --force"),
        where=str(root),
        data={"finding": "venv-copied" if there else "venv-moved", "origin": origin},
    )


def _invalid(root: Path, finding: str, why: str) -> Problem:
    return Problem(
        "environment-invalid",
        "This environment cannot be used.",
        why=why,
        fix=("Delete this folder; nothing is lost that the lockfile names. Then make it anew: venvoy sync",),
        where=str(root),
        data={"finding": finding},
    )
