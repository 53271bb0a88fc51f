"""Recognise a file of another tool by its name and its contents, and read it with what lies beside it."""

from __future__ import annotations

import json
import posixpath
import re

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename

from venvoy.errors import Problem
from venvoy.formats import requirements_txt_lines, toml
from venvoy.formats.foreign import conda, pdm, pipfile, poetry, requirements_files, setuptools, uv, yaml_subset
from venvoy.formats.foreign.found import PROJECT, Found
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Any

    from venvoy.model.requirement import Origin

    Read = Callable[[str], bytes]

KNOWN = (
    "requirements.txt and requirements.in of pip",
    "constraints.txt",
    "Pipfile and Pipfile.lock of pipenv",
    "pyproject.toml with [tool.poetry], [tool.pdm] or [tool.uv]",
    "poetry.lock, pdm.lock and uv.lock",
    "setup.cfg and setup.py",
    "environment.yml of conda",
)
"""What can be imported, for people."""

_LOCKS = {"poetry.lock": "poetry", "pdm.lock": "pdm", "uv.lock": "uv"}
_TOOLS = ("poetry", "pdm", "uv")
_READERS = {"poetry": poetry, "pdm": pdm, "uv": uv}
_NEWEST = {"poetry": ("2", "metadata.lock-version"), "pdm": ("4", "metadata.lock_version"), "uv": ("1", "version")}
_OLDEST = {"poetry": 1, "pdm": 3, "uv": 1}


def read(path: str, read_file: Read, group: Origin | None = None, named: Collection[str] = ()) -> Found:
    """What a file of another tool says, with the lockfile beside it.

    Args:
        path: the file, relative to the project's folder where it lies in there, with forward slashes.
        read_file: gives the bytes of a path; raises OSError.
        group: the part of the project that its dependencies are for; None: what the file says.
        named: all the files that are taken over.

    Raises:
        Problem: import-unknown, import-invalid, toml-invalid, requirements-file-…; file-error from ``read_file``.
    """
    data = _bytes(path, read_file)
    found = _Reading(path, read_file, data, group, named).read()
    if group is not None:
        entries = tuple(replace(entry, table=group) if entry.table == PROJECT else entry for entry in found.entries)
        found = replace(found, entries=entries)
    return found


class _Reading:
    def __init__(
        self, path: str, read_file: Read, data: bytes, group: Origin | None, named: Collection[str] = ()
    ) -> None:
        self.path, self.read_file, self.data, self.group, self.named = path, read_file, data, group, named
        self.name = posixpath.basename(path)

    def read(self) -> Found:  # noqa: PLR0911 - a line for each kind of file
        name = self.name.lower()
        if name == "pyproject.toml":
            return self._pyproject()
        if name in _LOCKS:
            return self._lock(_LOCKS[name])
        if name == "pipfile":
            found = pipfile.read(self._toml(), self.path)
            return self._with_versions(found, "Pipfile.lock")
        if name == "pipfile.lock" or (self.data.lstrip()[:1] == b"{" and b'"_meta"' in self.data):
            return self._pipfile_lock()
        if name == "setup.cfg":
            return setuptools.read_cfg(self._text(), self.path, self.read_file)
        if name == "setup.py":
            return setuptools.read_py(self._text(), self.path)
        if name.endswith((".yml", ".yaml")):
            return conda.read(
                yaml_subset.loads(self._text(), self.path), self.path, self.read_file, self.group or PROJECT
            )
        if name.endswith((".txt", ".in", ".pip", ".req")):
            return self._requirements()
        if name.endswith((".toml", ".lock")):
            return self._unnamed()
        raise self._unknown()

    def _text(self) -> str:
        return requirements_txt_lines.decode(self.data, self.path)[0]

    def _toml(self) -> dict[str, Any]:
        return toml.loads(toml.decode(self.data, self.path), self.path)

    def _requirements(self) -> Found:
        if "constraint" in self.name.lower():
            return requirements_files.constraints(self.path, self.read_file)
        source = requirements_files.compiled_from(self._text(), self.path)
        beside = posixpath.join(posixpath.dirname(self.path), posixpath.basename(source)) if source else ""
        if beside and beside != self.path and self._there(beside):
            pinned = requirements_files.read(self.path, self.read_file, self.group, self.named)
            found = requirements_files.read(beside, self.read_file, self.group, self.named)
            remark = f"{self.path} was made from {beside}: the names come from there, the versions from {self.path}."
            return replace(found, versions=pinned.versions, remarks=(*found.remarks, remark))
        found = requirements_files.read(self.path, self.read_file, self.group, self.named)
        if self.name.endswith(".in"):
            compiled = f"{self.path[:-3]}.txt"
            if self._there(compiled):
                pinned = requirements_files.read(compiled, self.read_file, self.group, self.named)
                found = replace(found, versions={**pinned.versions, **found.versions})
        return found

    def _pyproject(self) -> Found:
        data = self._toml()
        for tool in _TOOLS:
            if isinstance(_table(data, "tool").get(tool), dict):
                found: Found = _READERS[tool].read(data, self.path)
                return self._with_versions(found, f"{tool}.lock")
        for tool in _TOOLS:
            if self._there(self._beside(f"{tool}.lock")):
                return self._with_versions(Found(tool, self.path), f"{tool}.lock")
        raise Problem(
            "import-unknown",
            f"There is nothing to import in {self.path}.",
            why="It has none of the tables [tool.poetry], [tool.pdm] and [tool.uv], and no lockfile beside it.",
            fix=("venvoy lock   is enough for a project that keeps to the standard tables",),
            where=self.path,
        )

    def _with_versions(self, found: Found, name: str) -> Found:
        """The same with the versions of the lockfile beside it, if there is one that can be read."""
        path = self._beside(name)
        if not self._there(path):
            return found
        try:
            reading = _Reading(path, self.read_file, self.read_file(path), self.group)
            locked = reading._pipfile_lock() if name == "Pipfile.lock" else reading._only_lock(_LOCKS[name])
        except Problem as problem:
            remark = f"{path} was left out of account: {problem.what}"
            return replace(found, remarks=(*found.remarks, remark))
        return replace(found, versions=locked.versions, forks=locked.forks)

    def _lock(self, tool: str) -> Found:
        """A lockfile that is named itself: what the project asks for stands in the pyproject.toml beside it."""
        locked = self._only_lock(tool)
        path = self._beside("pyproject.toml")
        if not self._there(path):
            return locked
        data = toml.loads(toml.decode(self.read_file(path), path), path)
        if isinstance(_table(data, "tool").get(tool), dict):
            found: Found = _READERS[tool].read(data, path)
            return replace(found, versions=locked.versions, forks=locked.forks)
        if isinstance(data.get("project"), dict):
            return Found(locked.tool, self.path, versions=locked.versions, forks=locked.forks)
        return locked

    def _only_lock(self, tool: str) -> Found:
        data = self._toml()
        newest, key = _NEWEST[tool]
        value: object = data
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        major = re.match(r"\d+", str(value))
        if not major or not _OLDEST[tool] <= int(major[0]) <= int(newest):
            raise self._newer(tool, key, value, newest)
        found: Found = _READERS[tool].lock(data, self.path)
        return found

    def _pipfile_lock(self) -> Found:
        try:
            data = json.loads(self.data.decode("utf-8-sig"))
        except ValueError as error:
            line = getattr(error, "lineno", 1)
            raise Problem(
                "import-invalid",
                f"{self.path} is no JSON.",
                why=f"{getattr(error, 'msg', error)}.",
                fix=("Let pipenv write it anew, or import the Pipfile alone.",),
                where=f"{self.path}:{line}",
            ) from error
        spec = _table(data if isinstance(data, dict) else {}, "_meta").get("pipfile-spec")
        if spec != 6:  # noqa: PLR2004 - the only one since 2017
            raise self._newer("pipenv", "_meta.pipfile-spec", spec, "6")
        beside = self._beside("Pipfile")
        found = pipfile.lock(data, self.path)
        if self.name.lower() == "pipfile.lock" and self._there(beside):
            asked = pipfile.read(toml.loads(toml.decode(self.read_file(beside), beside), beside), beside)
            return replace(asked, versions=found.versions)
        return found

    def _unnamed(self) -> Found:
        """A TOML file with a name of its own: the tables tell whose it is."""
        data = self._toml()
        if any(tool in _table(data, "tool") for tool in _TOOLS):
            return self._pyproject()
        if "packages" in data and "dev-packages" in data:
            return pipfile.read(data, self.path)
        raise self._unknown()

    def _beside(self, name: str) -> str:
        return posixpath.join(posixpath.dirname(self.path), name)

    def _there(self, path: str) -> bool:
        try:
            self.read_file(path)
        except OSError:
            return False
        return True

    def _newer(self, tool: str, key: str, value: object, newest: str) -> Problem:
        return Problem(
            "import-unknown",
            f"{self.path} has a format that venvoy does not know: {key} is {value}.",
            why=f"It knows those of {tool} up to {newest}.",
            fix=("Import the file that it was made from, without the lockfile beside it.",),
            where=self.path,
        )

    def _unknown(self) -> Problem:
        own = self.name.startswith("pylock.") and self.name.endswith(".toml")
        return Problem(
            "import-unknown",
            f"venvoy does not know what kind of file {self.path} is.",
            why="" if own else "\n".join(("It knows:", *(f"  {line}" for line in KNOWN))),
            fix=("This is a lockfile already: rename it to pylock.toml, and venvoy sync --frozen installs from it.",)
            if own
            else ("Give the file its usual name, and try again.",),
            where=self.path,
        )


def archive_name(path: str) -> str:
    """The name in the file name of a wheel or a source distribution; empty for anything else."""
    name = posixpath.basename(path)
    try:
        return str(parse_wheel_filename(name)[0] if name.endswith(".whl") else parse_sdist_filename(name)[0])
    except (InvalidWheelFilename, InvalidSdistFilename):
        return ""


def project_name(folder: str, read_file: Read) -> str:
    """The name of the project in a folder, as far as it is written down there; else empty."""
    try:
        data = toml.loads(toml.decode(read_file(posixpath.join(folder, "pyproject.toml")), folder), folder)
    except (OSError, Problem):
        data = {}
    poetry_table = _table(_table(data, "tool"), "poetry")
    for table in (_table(data, "project"), poetry_table):
        if isinstance(table.get("name"), str):
            return str(table["name"])
    for name in ("setup.cfg", "setup.py"):
        try:
            text = read_file(posixpath.join(folder, name)).decode("utf-8", "replace")
            found = (
                setuptools.read_cfg(text, name, read_file) if name == "setup.cfg" else setuptools.read_py(text, name)
            )
        except (OSError, Problem):
            continue
        if found.name:
            return found.name
    return ""


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _bytes(path: str, read_file: Read) -> bytes:
    try:
        data = read_file(path)
    except FileNotFoundError as error:
        raise Problem(
            "import-missing",
            f"There is no file {path}.",
            fix=("Check the name, and the folder that you are in.",),
            where=path,
        ) from error
    except OSError as error:
        raise Problem(
            "file-error",
            f"{path} cannot be read: {error.strerror or error}.",
            fix=("Name a file that may be read, not a folder.",),
            where=path,
        ) from error
    if b"\0" in data[:4096] and not requirements_txt_lines.is_utf_16(data):
        raise Problem("import-invalid", f"{path} is not a text file.", fix=("Name a text file.",), where=path)
    if not data.strip():
        raise Problem("import-invalid", f"{path} is empty.", fix=("Name a file that says something.",), where=path)
    return data
