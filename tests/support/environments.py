"""Environments that cost nothing to make: what the standard library's venv writes, without its scripts; and scripts."""

from __future__ import annotations

import os
import sys
from pathlib import Path

MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.12.4",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6",
    "platform_system": "Linux",
    "platform_version": "1",
    "python_full_version": "3.12.4",
    "python_version": "3.12",
    "sys_platform": "linux",
}
"""Those of a Linux with Python 3.12 (PEP 508)."""


def script(path: Path, text: str) -> Path:
    """Write a script of the shell that can be run; POSIX only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def make_environment(root: Path, *, prompt: str = "") -> Path:
    """Make an environment of the running Python that can run Python; POSIX only."""
    base = os.path.realpath(sys.executable)
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    (root / "bin").mkdir(parents=True)
    for name in ("python", "python3", f"python{minor}"):
        (root / "bin" / name).symlink_to(base)
    (root / "lib" / f"python{minor}" / "site-packages").mkdir(parents=True)
    lines = [f"home = {Path(base).parent}", f"version = {minor}.{sys.version_info[2]}", f"executable = {base}"]
    lines += [f"prompt = {prompt!r}"] if prompt else []
    (root / "pyvenv.cfg").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root
