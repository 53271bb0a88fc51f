"""Folders of this machine that distributions come from: what is in them, and what to look at to see a change.

A folder that is installed editable is used where it lies: it has to be installed again only when the files have changed
that its metadata rests on. Of any other folder all files count, by name, size and modification time; what tools leave
there (caches, environments, results of builds, what version control keeps) does not.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from venvoy.digests import sha256
from venvoy.errors import Problem
from venvoy.formats import locations, pylock, pyproject, toml
from venvoy.model.source import DIRECTORY, GIT, INDEX
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from packaging.pylock import PackageArchive

    from venvoy.formats.pylock_draft import Lock
    from venvoy.model.names import NormalizedName
    from venvoy.model.plan import Installed, Wanted
    from venvoy.model.project import ProjectFile
    from venvoy.model.source import Source

SETUP = ("pyproject.toml", "setup.py", "setup.cfg")
"""The files that a folder's metadata rests on."""

_LEFT_BY_TOOLS = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        "__pycache__",
        "node_modules",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
    }
)
_RESULTS = frozenset({"build", "dist"})


def came_from(present: Installed, direct_url: Mapping[str, object] | None) -> bool:
    """Whether a distribution was installed from the very place: another commit may make the same wheel."""
    try:
        return bool(json.loads(present.direct_url) == direct_url)
    except ValueError:
        return False


def is_project(folder: Path) -> bool:
    """Whether something could be built of a folder."""
    return (folder / "pyproject.toml").is_file() or (folder / "setup.py").is_file()


def inputs(folder: Path) -> str:
    """A digest of what a folder's metadata rests on: the same on every machine, whatever its order and style.

    Raises:
        Problem: permission-denied, file-error.
    """
    parts: list[object] = []
    for name in SETUP:
        data = _content(folder / name)
        parts.append(_facts(data) if name == "pyproject.toml" else data.replace(b"\r\n", b"\n").decode("latin-1"))
    return "sha256:" + sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise fs.problem(error, "read this file", path) from error


def _facts(data: bytes) -> object:
    try:
        table = toml.loads(toml.decode(data, ""), "")
    except Problem:
        return data.decode("latin-1")
    tools = table.get("tool", {})
    own = {name: tools.get(name) for name in ("setuptools", "poetry", "hatch", "flit", "pdm")}
    mine = tools.get("venvoy", {})
    sources = mine.get("sources") if isinstance(mine, dict) else None
    return [table.get("project"), table.get("build-system"), own, sources]


def fingerprint(folder: Path) -> str:
    """What changes when any file of a folder does that may belong to the project, as hex digits.

    Raises:
        Problem: permission-denied, file-error.
    """
    digest = sha256()
    root = os.fspath(folder)
    for path, status in _entries(root):
        if status is not None:
            digest.update(f"{os.path.relpath(path, root)}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def watched(lock: Lock, where: str) -> list[str]:
    """The paths that a lockfile's folders and archives rest on: when one changes, it has to be looked at again."""
    found: list[str] = []
    for package in lock.packages:
        if package.archive is not None and package.archive.path:
            found.append(os.fspath(path_of(package.archive.path, None, where)))
        if package.directory is None:
            continue
        folder = path_of(package.directory.path, package.directory.subdirectory, where)
        if package.directory.editable:
            found += (os.fspath(folder / name) for name in SETUP)
        elif folder.is_dir():
            found += (path for path, _ in _entries(os.fspath(folder)))
        else:
            found.append(os.fspath(folder))
    return found


def watched_of_text(text: str | None, where: str) -> list[str]:
    """As :func:`watched`, from the lockfile's text; a lockfile without places on this machine is not read."""
    local = text and ("directory" in text or "archive = { path" in text)
    return watched(pylock.parse(text, where), where) if text and local else []


def path_of(path: str, subdirectory: str | None, where: str) -> Path:
    """The folder that a lockfile names."""
    url = locations.url_of(path, locations.folder_of(where))
    return Path(locations.path_of(url) or "", subdirectory or "")


def changed(lock: Lock, where: str) -> str:
    """The first folder of a lockfile whose metadata rests on something else than when it was locked; empty: none.

    Or the first archive in whose place another one lies; its bytes are compared if it is newer than the lockfile.
    """
    for package in lock.packages:
        if package.archive is not None and package.archive.path and _replaced(package.archive, where):
            return package.archive.path
        if package.directory is None:
            continue
        noted = ((package.tool or {}).get("venvoy") or {}).get("inputs")
        folder = path_of(package.directory.path, package.directory.subdirectory, where)
        if noted and folder.is_dir() and inputs(folder) != noted:
            return package.directory.path
    return ""


def _replaced(archive: PackageArchive, where: str) -> bool:
    path = path_of(archive.path or "", None, where)
    try:
        status = path.stat()
        if status.st_size == archive.size and status.st_mtime_ns <= Path(where).stat().st_mtime_ns:
            return False
        from hashlib import sha256  # noqa: PLC0415 - fast on large files, 4 ms to load

        digest = sha256()
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    except OSError:
        return False  # whoever needs it says so
    return digest.hexdigest() != archive.hashes.get("sha256")


def named(file: ProjectFile) -> frozenset[NormalizedName]:
    """The names that a project itself names a place for, so that to build them is what was asked for."""
    parts = (file.dependencies, *file.extras.values(), *file.groups.values())
    urls = {one.name for part in parts for one in part if one.written.url}
    return frozenset(urls | {name for name, source in file.sources.items() if source.kind != INDEX})


def with_owner(wanted: Sequence[Wanted], file: ProjectFile, lock: Lock | None = None) -> tuple[Wanted, ...]:
    """What is wanted, with a note at what the user has named himself.

    What a folder of this machine names counts as well, and all of a repository that the user has named. In a lockfile
    of another tool, which has a way of its own to name places, everything counts that the project requires itself.
    """
    placed = {item.name: item.pinned for item in wanted if item.pinned is not None}
    if not placed:
        return tuple(wanted)
    names = set(named(file))
    if lock is not None and not pylock.recorded_digest(lock):
        parts = (file.dependencies, *file.extras.values(), *file.groups.values())
        names |= {one.name for part in parts for one in part}
    for name, pinned in placed.items():
        if pinned.kind == DIRECTORY:
            names |= {name, *_named_in(Path(locations.path_of(pinned.url) or "", pinned.subdirectory))}
    repositories = {pinned.url for name, pinned in placed.items() if name in names and pinned.kind == GIT}
    names |= {name for name, pinned in placed.items() if pinned.kind == GIT and pinned.url in repositories}
    return tuple(
        replace(item, pinned=replace(item.pinned, own=True)) if item.pinned is not None and item.name in names else item
        for item in wanted
    )


def _named_in(folder: Path) -> frozenset[NormalizedName]:
    path = folder / "pyproject.toml"
    try:
        return named(pyproject.parse(toml.decode(_content(path), str(path)), str(path)))
    except Problem:
        return frozenset()  # whoever builds it says what is wrong


def sources(folder: Path) -> Mapping[NormalizedName, Source]:
    """What the pyproject.toml of a folder says about where names come from.

    Raises:
        Problem: toml-invalid, pyproject-invalid.
    """
    path = folder / "pyproject.toml"
    data = _content(path)
    return pyproject.parse(toml.decode(data, str(path)), str(path)).sources if b"venvoy" in data else {}


def _entries(root: str) -> Iterator[tuple[str, os.stat_result | None]]:
    """The paths of a folder, sorted: files with what the system says about them, folders with None."""
    yield root, None
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        with fs.attempting("see what is in this folder", folder), os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not _is_left(entry, top=folder == root):
                    yield entry.path, None
                    waiting.append(entry.path)
            elif not entry.name.endswith((".pyc", ".pyo")):
                try:
                    yield entry.path, entry.stat()
                except OSError:  # a link that leads nowhere
                    yield entry.path, None


def _is_left(entry: os.DirEntry[str], *, top: bool) -> bool:
    """Whether a folder is what tools leave."""
    if entry.name in _LEFT_BY_TOOLS or entry.name.endswith(".egg-info") or (top and entry.name in _RESULTS):
        return True
    return Path(entry.path, "pyvenv.cfg").exists()
