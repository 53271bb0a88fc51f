"""Editable installs without a backend: a path to where the code lies, and what ``[project]`` says. No code runs."""

from __future__ import annotations

import base64
import hashlib
import os

from packaging.version import InvalidVersion, Version

from venvoy.errors import Problem
from venvoy.formats import static_project, toml
from venvoy.model.names import canonicalize_name
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

_EPOCH = (1980, 1, 1, 0, 0, 0)
_WHEEL = "Wheel-Version: 1.0\nGenerator: venvoy\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def applies(tree: Path) -> bool:
    """Whether a folder is to be installed like this: it says so, and names no build backend nor has a setup.py."""
    path = tree / "pyproject.toml"
    if (tree / "setup.py").is_file() or not path.is_file():
        return False
    try:
        data = toml.loads(toml.decode(path.read_bytes(), str(path)), str(path))
    except (OSError, Problem):
        return False  # whoever reads it says what is wrong
    own = data.get("tool", {}).get("venvoy", {})
    return "build-system" not in data and isinstance(own, dict) and own.get("package") is True


def build(tree: Path, folder: Path) -> Path:
    """Write a wheel that leads to the code: to ``src`` where there is such a folder, else to the tree itself.

    Args:
        tree: a folder for which :func:`applies` is true.
        folder: an existing folder for the wheel.

    Raises:
        Problem: pyproject-invalid, when name or version are missing; toml-invalid, file-error.
    """
    import zipfile  # noqa: PLC0415 - 8 ms that only a build pays

    path = tree / "pyproject.toml"
    with fs.attempting("read this file", path):
        content = path.read_bytes()
    project = toml.loads(toml.decode(content, str(path)), str(path)).get("project", {})
    name, version = _identity(project, str(path))
    stem = f"{name.replace('-', '_')}-{version}"
    wheel = folder / f"{stem}-py3-none-any.whl"
    files = dict(_files(tree, content, project, stem, str(path)))
    rows = [f"{at},sha256={_digest(data)},{len(data)}\n" for at, data in files.items()]
    record = f"{stem}.dist-info/RECORD"
    files[record] = "".join([*rows, f"{record},,\n"]).encode()
    with zipfile.ZipFile(wheel, "w") as archive:
        for at, data in files.items():
            archive.writestr(zipfile.ZipInfo(at, _EPOCH), data)
    return wheel


def _identity(project: Mapping[str, Any], where: str) -> tuple[str, Version]:
    name, version = project.get("name"), project.get("version")
    try:
        if isinstance(name, str) and isinstance(version, str):
            return canonicalize_name(name), Version(version)
    except InvalidVersion:
        pass
    raise Problem(
        "pyproject-invalid",
        "This project cannot be installed: [project] must have a name and a version.",
        why="package = true in [tool.venvoy] says that it is a package, and nothing builds it but venvoy itself.",
        fix=('Write, for example, version = "0.1.0" in [project].', "Or take package = true out."),
        where=where,
    )


def _files(
    tree: Path, content: bytes, project: Mapping[str, Any], stem: str, where: str
) -> Iterator[tuple[str, bytes]]:
    name, _, version = stem.partition("-")
    source = tree / "src" if (tree / "src").is_dir() else tree
    yield f"__editable__.{stem}.pth", f"{os.fspath(source.resolve())}\n".encode()
    lines = ["Metadata-Version: 2.2", f"Name: {project['name']}", f"Version: {version}"]
    if isinstance(summary := project.get("description"), str):
        lines.append(f"Summary: {' '.join(summary.split())}")
    needs = static_project.of_tree(f"Name: {name}\nVersion: {version}\n".encode(), content, where)
    if needs is not None:
        lines += [f"Requires-Python: {needs.requires_python}"] if needs.requires_python else []
        lines += [f"Provides-Extra: {extra}" for extra in sorted(needs.provides_extra)]
        lines += [f"Requires-Dist: {text}" for text in needs.requires_dist]
    yield f"{stem}.dist-info/METADATA", "\n".join([*lines, ""]).encode()
    yield f"{stem}.dist-info/WHEEL", _WHEEL.encode()
    groups = {"console_scripts": project.get("scripts"), "gui_scripts": project.get("gui-scripts")}
    groups |= project.get("entry-points") or {}
    text = "\n".join(
        "\n".join([f"[{group}]", *(f"{key} = {target}" for key, target in points.items()), ""])
        for group, points in groups.items()
        if points
    )
    if text:
        yield f"{stem}.dist-info/entry_points.txt", text.encode()


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode("ascii")
