"""Wheels as the store would keep them, and environments made of nothing but folders, for tests that need neither."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from support.notes import Notes
from support.wheels import WheelSpec
from venvoy.environment import installed, layout
from venvoy.environment.apply import apply
from venvoy.environment.layout import Environment
from venvoy.errors import Problem
from venvoy.model.plan import Placement, Plan
from venvoy.model.stored import Files, StoredFile, StoredWheel
from venvoy.store.unpack import FILE_MODE
from venvoy.system.fs import LinkMode


def stored(folder: Path, spec: WheelSpec) -> StoredWheel:
    """Unpack a wheel below ``folder`` as the store does, RECORD left out."""
    data = spec.content()
    sha256 = hashlib.sha256(data).hexdigest()
    root = folder / sha256
    files = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            if member.filename.endswith(".dist-info/RECORD"):
                continue
            path = root / member.filename
            executable = bool(member.external_attr >> 16 & 0o100)
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(member))
                path.chmod(FILE_MODE | (0o111 if executable else 0))
            files.append(_file(path, member.filename, executable=executable))
    dist_info = next(file.path.partition("/")[0] for file in files if ".dist-info/" in file.path)
    return StoredWheel(
        canonicalize_name(spec.name), spec.version, sha256, str(root), dist_info, spec.purelib, Files.of(files)
    )


def _file(path: Path, name: str, *, executable: bool) -> StoredFile:
    digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()
    status = path.stat()
    return StoredFile(name, status.st_size, status.st_mtime_ns, executable, digest)


def bare_environment(root: Path) -> Path:
    """An environment whose Python is an empty file: enough for everything that starts no process."""
    base = root.parent / "base" / "bin"
    base.mkdir(parents=True, exist_ok=True)
    (base / "python3.11").touch()
    (root / "bin").mkdir(parents=True)
    (root / "include").mkdir()
    (root / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    (root / "bin" / "python").touch()
    (root / "pyvenv.cfg").write_text(f"home = {base}\nversion_info = 3.11.7\n", encoding="utf-8")
    return root


def tree(root: Path, *, without: Callable[[str], bool] = lambda path: path.startswith(".venvoy")) -> dict[str, object]:
    """Everything below a folder: mode and content of each file, targets of links, folders as None."""
    found: dict[str, object] = {}
    for folder, folders, files in os.walk(root):
        for name in [*folders, *files]:
            path = Path(folder, name)
            relative = path.relative_to(root).as_posix()
            if without(relative):
                continue
            if path.is_symlink():
                found[relative] = str(path.readlink())
            elif path.is_dir():
                found[relative] = None
            else:
                found[relative] = (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
    return found


class World:
    """One environment, a place for stored wheels, and what was reported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment: Environment = layout.read(bare_environment(folder / "env"), windows=False)
        self.root = self.environment.root
        self.site = self.environment.purelib
        self.notes = Notes()

    def wheel(self, name: str, version: str = "1.0", **options: object) -> StoredWheel:
        return stored(self.folder / "store", WheelSpec(name, version, **options))  # type: ignore[arg-type]

    def apply(self, plan: Plan, step: Callable[[str], None] = lambda _: None, link: LinkMode = LinkMode.AUTO) -> None:
        apply(self.environment, plan, link=link, reporter=self.notes, step=step)

    def install(self, *wheels: StoredWheel) -> None:
        self.apply(Plan(install=tuple(map(Placement, wheels))))

    def remove(self, *names: str) -> None:
        self.apply(Plan(remove=tuple(d for d in installed.read(self.environment) if d.name in names)))

    def versions(self) -> list[tuple[str, str]]:
        return [(found.name, found.version) for found in installed.read(self.environment)]

    def tree(self) -> dict[str, object]:
        return tree(self.root)


def problem_of(action: Callable[[], object]) -> Problem:
    """Why it is refused."""
    with pytest.raises(Problem) as caught:
        action()
    return caught.value


class Killed(BaseException):
    """The process is gone."""


class Crash:
    """A step hook that lets ``after`` steps happen and none from then on: who was killed does nothing more."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, _step: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed
