"""Environments that cost nothing to make: what the standard library's venv writes, without its scripts."""

from __future__ import annotations

import os
import sys
from pathlib import Path


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
