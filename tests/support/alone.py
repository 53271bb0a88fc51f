"""An environment without a project: what its own lockfile says, and what another tool puts into it."""

from __future__ import annotations

from pathlib import Path

import tomli
from packaging.pylock import Pylock


def lock_of(folder: Path) -> Pylock:
    """The lockfile in a folder, read and judged by the standard's own reader."""
    return Pylock.from_dict(tomli.loads((folder / "pylock.toml").read_text(encoding="utf-8")))


def locked(folder: Path) -> list[str]:
    return [f"{one.name} {one.version}" for one in lock_of(folder).packages]


def put_by_another_tool(environment: Path, name: str, version: str, *requires: str) -> Path:
    """What an installer leaves that is not ours."""
    site = next(environment.rglob("site-packages"))
    (site / f"{name}.py").write_text(f"VERSION = {version!r}\n", encoding="utf-8")
    information = site / f"{name}-{version}.dist-info"
    information.mkdir()
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    (information / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}", encoding="utf-8"
    )
    (information / "INSTALLER").write_text("pip\n", encoding="utf-8")
    (information / "REQUESTED").write_text("", encoding="utf-8")
    names = ("METADATA", "INSTALLER", "REQUESTED", "RECORD")
    lines = [f"{name}.py,,", *(f"{information.name}/{file},," for file in names)]
    (information / "RECORD").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return information
