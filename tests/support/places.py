"""Projects that others depend on by path or address, and rows of [tool.venvoy.sources]."""

from __future__ import annotations

import json
import os
from pathlib import Path

from support.command_line import CommandLine
from support.repositories import VARIABLES, git_path
from support.sources import TinySource

PROJECT = """\
[project]
name = "{name}"
version = "{version}"
dependencies = {requires}

[build-system]
requires = []
build-backend = "tiny"
backend-path = ["backend"]
{more}
"""


def with_git(venvoy: CommandLine, tmp_path: Path) -> CommandLine:
    """With git, and nobody's configuration of it."""
    venvoy.environ |= {**VARIABLES, "VENVOY_TARGETS": "current"}
    venvoy.environ["PATH"] += f"{os.pathsep}{git_path()}"
    venvoy.hide(tmp_path, "HERE")
    venvoy.filters.append((r"\b[0-9a-f]{40}\b", "[COMMIT]"))
    venvoy.filters.append((r"\b[0-9a-f]{12}\b", "[COMMIT]"))
    return venvoy


def contents(name: str, version: str = "1.0", requires: list[str] | None = None, more: str = "") -> dict[str, str]:
    """The files of a project that says of itself what it needs, and builds with a backend of its own."""
    files = TinySource(name, version, requires=requires or []).contents()
    del files["PKG-INFO"]
    text = PROJECT.format(name=name, version=version, requires=json.dumps(requires or []), more=more)
    return {**files, "pyproject.toml": text}


def put(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def depend(project: Path, sources: str, *names: str) -> None:
    path = project / "pyproject.toml"
    text = path.read_text(encoding="utf-8").partition("[tool.venvoy.sources]")[0]
    text = text.replace("dependencies = []", f"dependencies = {json.dumps(names)}")
    path.write_text(f"{text}[tool.venvoy.sources]\n{sources}\n", encoding="utf-8")
