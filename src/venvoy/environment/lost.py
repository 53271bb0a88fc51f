"""What a power cut took from an environment: see :mod:`venvoy.environment.unsettled`."""

from __future__ import annotations

import contextlib
import os

from venvoy.environment import installed
from venvoy.environment.moves import digests
from venvoy.environment.unsettled import checksum
from venvoy.environment.verify import hashed
from venvoy.model.names import canonicalize_name
from venvoy.model.plan import Installed
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from venvoy.environment.layout import Environment
    from venvoy.environment.unsettled import Note, Put


def is_whole(root: Path, note: Note) -> bool:
    """Whether an environment is as it was made."""
    if note.made is None:
        return False
    since, sums = note.made
    return all(_same(os.path.join(root, path), since, right) for path, right in sums.items())


def give_up(root: Path) -> None:
    """Make an environment one that nobody takes for whole: half-made, as after a kill."""
    fs.discard(os.fspath(root / "pyvenv.cfg"))


def lost(environment: Environment, note: Note) -> list[Put]:
    """The distributions of which something is not on the disk."""
    return [one for one in note.put if _is_lost(environment, one)]


def has_record(environment: Environment, one: Put) -> bool:
    """Whether its RECORD is what was written, or what somebody has written since."""
    return _same(os.fspath(environment.root / one.dist_info / "RECORD"), one.time, one.record)


def installed_as(environment: Environment, one: Put) -> Installed:
    """A distribution as it was installed, whatever of it is still there."""
    folder = os.fspath(environment.root / one.dist_info)
    return Installed(canonicalize_name(one.name), one.version, folder, requested=one.requested, wheel_sha256=one.wheel)


def _is_lost(environment: Environment, one: Put) -> bool:
    folder = environment.root / one.dist_info
    if not folder.is_dir():
        return False  # somebody took it out, or nothing of it arrived: either way it is not there
    if not has_record(environment, one):
        return True
    root = os.fspath(environment.root)
    wanted = dict(_digests(root, installed_as(environment, one)))
    found = hashed([f"{root}/{path}" for path in wanted])
    wrong = {path: digest for (path, right), digest in zip(wanted.items(), found, strict=True) if digest != right}
    suspects = {path: digest for path, digest in wrong.items() if _is_older(f"{root}/{path}", one.time)}
    return bool(suspects) and not all(_is_anothers(environment, one, *suspect) for suspect in suspects.items())


def _is_anothers(environment: Environment, one: Put, path: str, digest: str) -> bool:
    """Whether another distribution brought this file with this content."""
    others = (other for other in installed.read(environment) if other.name != one.name)
    return any((path, digest) in _digests(os.fspath(environment.root), other) for other in others)


def _digests(root: str, distribution: Installed) -> Iterator[tuple[str, str]]:
    with contextlib.suppress(OSError):
        yield from digests(root, distribution)


def _same(path: str, since: int, right: int) -> bool:
    """Whether a file is what it was, or somebody has changed it since."""
    try:
        return not _is_older(path, since) or checksum(path) == right
    except FileNotFoundError:
        return False


def _is_older(path: str, since: int) -> bool:
    try:
        return os.lstat(path).st_mtime_ns <= since
    except (FileNotFoundError, NotADirectoryError):
        return True
