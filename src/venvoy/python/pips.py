"""The pip of an interpreter, read from its files: what is there, whether it is whole, what its commands start.

``pip --version`` takes 210 ms and says nothing where pip is broken; the files take one.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import zipfile

from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvoy.python.facts import Facts

_VERSION = pattern(r"""^__version__\s*=\s*["']([^"']+)["']""", re.MULTILINE)
_METADATA = pattern(r"pip-([^-]+)(?:-py[\d.]+)?\.(?:dist|egg)-info")
# pip itself renames what it is about to delete, and leaves it so when it is interrupted: ~ip, -ip
_PIECE = pattern(r"[p~-]ip(?:-\d[^-]*(?:-py[\d.]+)?\.(?:dist-info|egg-info|egg))?")
_NAME = pattern(r"pip(?:-?\d+(?:\.\d+)*)?(?:\.exe)?")
_SHEBANG = pattern(rb"#!\s*(?:\"([^\"\r\n]+)\"|([^\s\r\n]+))([^\r\n]*)")
# What pip, distlib and venvoy write for a path with a space or one that is too long.
_THROUGH_SHELL = pattern(rb"^'''exec'\s+(?:\"([^\"\n]+)\"|'([^'\n]+)'|(\S+))", re.MULTILINE)

# A command of a relocatable environment, as uv and venvoy write it.
_BESIDE = pattern(rb"^'''exec'\s+\"\$\(dirname[^\n]*\)\"/'?([\w.]+)'?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Pip:
    """The pip that ``python -m pip`` runs.

    ``version`` is that of its code. ``location`` is the folder that it is in. ``fault`` says in words why it is no
    whole pip; empty for one that is. ``user`` tells that it lies in the user's own site.
    """

    version: str
    location: str
    fault: str = ""
    user: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A command as people type it: the file that it is, and the Python that this file starts (empty: not known)."""

    name: str
    path: str
    python: str = ""


def installed(facts: Facts, *, thorough: bool = True) -> Pip | None:
    """Find the pip of an interpreter, ``thorough`` by each file that its RECORD names; None when it has none."""
    # an environment that sees what is installed for its base looks into its own folder first
    first = [facts.site_packages] if facts.in_environment else []
    for place in dict.fromkeys(filter(None, (*first, facts.user_site, *facts.paths))):
        folder = os.path.join(place, "pip")
        names = _listed(place) if os.path.isdir(folder) else []
        described = [found[1] for found in map(_METADATA.fullmatch, names) if found]
        version = _version(folder)
        if not version and (described or _listed(folder)):
            fault = "its folder is there, and its code is not"
            return Pip(described[0] if described else "", place, fault, user=place == facts.user_site)
        if version:
            fault = _fault(place, version, described, names, thorough=thorough)
            return Pip(version, place, fault, user=place == facts.user_site)
    return None


def leftovers(site_packages: str) -> list[str]:
    """The names of all that belongs to pip in a folder, whole or in pieces."""
    return sorted(name for name in _listed(site_packages) if _PIECE.fullmatch(name))


def commands(folder: str) -> list[Command]:
    """The commands of pip in a folder of commands: ``pip``, ``pip3``, ``pip3.12``."""
    paths = {name.removesuffix(".exe"): os.path.join(folder, name) for name in _listed(folder) if _NAME.fullmatch(name)}
    return [Command(name, path, starts(path)) for name, path in sorted(paths.items())]


def on_path(name: str, search_path: str) -> Command | None:
    """What typing a name runs; None when there is no such command."""
    path = shutil.which(name, path=search_path)
    if path is None:
        return None
    return Command(name, path, path if name.startswith("python") else starts(path))


def starts(script: str) -> str:
    """The Python that a script starts: from its first line, or from the script inside a Windows launcher."""
    try:
        with open(script, "rb") as file:
            data = file.read(1024)
            if data[:2] == b"MZ":
                data = _inside(data + file.read())
    except OSError:
        return ""
    match = _SHEBANG.match(data)
    if not match:
        return ""
    interpreter, arguments = os.fsdecode(match[1] or match[2]), match[3]
    beside = _BESIDE.search(data)
    if beside or interpreter.startswith("<launcher_dir>"):
        name = os.fsdecode(beside[1]) if beside else interpreter.rpartition("\\")[2]
        return os.path.join(os.path.dirname(os.path.realpath(script)), name)
    if os.path.basename(interpreter) in {"sh", "bash"}:
        through = _THROUGH_SHELL.search(data)
        return os.fsdecode(through[1] or through[2] or through[3]) if through else ""
    if os.path.basename(interpreter) == "env":
        return os.fsdecode(arguments.strip())
    return interpreter


def identity(python: str) -> str:
    """What tells one Python from another: the folder of its environment, or the file of its installation."""
    folder = os.path.dirname(python)
    for place in (folder, os.path.dirname(folder)):
        if os.path.isfile(os.path.join(place, "pyvenv.cfg")):
            return os.path.normcase(os.path.realpath(place))
    return os.path.normcase(os.path.realpath(python))


def same(one: str, other: str, environ: Mapping[str, str]) -> bool:
    """Whether two paths of Pythons lead to the same one; a bare name is looked for on PATH."""
    paths = [path if os.path.dirname(path) else shutil.which(path, path=environ.get("PATH")) for path in (one, other)]
    return all(paths) and len({identity(path) for path in paths if path}) == 1


def _inside(launcher: bytes) -> bytes:
    # a launcher is a program, then a line with the interpreter, then a ZIP archive with the script
    try:
        with zipfile.ZipFile(io.BytesIO(launcher)) as archive:
            end = min(one.header_offset for one in archive.infolist())
    except (zipfile.BadZipFile, ValueError):
        return b""
    start = launcher.rfind(b"#!", 0, end)
    return launcher[start:] if start >= 0 else b""


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _version(folder: str) -> str:
    try:
        with open(os.path.join(folder, "__init__.py"), encoding="utf-8", errors="replace") as file:
            found = _VERSION.search(file.read())
    except OSError:
        return ""
    return found[1] if found else ""


def _fault(place: str, version: str, described: list[str], names: list[str], *, thorough: bool) -> str:
    others = sorted(set(described) - {version})
    if others:
        return f"its code is that of {version}, and it is registered as {' and '.join(others)}"
    if not thorough:
        return ""
    record = next((name for name in names if _METADATA.fullmatch(name) and name.endswith(".dist-info")), "")
    missing, folders = 0, dict[str, set[str]]()
    with contextlib.suppress(OSError), open(os.path.join(place, record, "RECORD"), encoding="utf-8") as file:
        for line in file:
            folder, _, name = line.partition(",")[0].rpartition("/")
            if line.startswith("pip/") and name.endswith(".py"):
                if folder not in folders:
                    folders[folder] = set(_listed(os.path.join(place, folder)))
                missing += name not in folders[folder]
    if not missing and not os.path.isdir(os.path.join(place, "pip", "_vendor")) and _needs_vendor(version):
        missing = 1
    if missing:
        return f"{missing} of its files {'is' if missing == 1 else 'are'} missing"
    return ""


def _needs_vendor(version: str) -> bool:
    return int(re.match(r"\d*", version)[0] or 0) >= 2  # type: ignore[index] # noqa: PLR2004 - matches always
