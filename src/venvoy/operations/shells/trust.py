"""``trust``: which folders may activate their environment when somebody enters them.

Trust lies with the cache, one small file a project, so that no project can bring it along. Whoever reads or writes it
must know the cache's place from flags and variables alone: a project's own settings may name another one.
"""

from __future__ import annotations

import hashlib
import json
import os

from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from venvoy.operations.project import Located


@dataclass(frozen=True, slots=True)
class Trusted:
    """A project and whether it is trusted now, and was before."""

    project: Path
    trusted: bool
    before: bool


def is_trusted(cache: Path, located: Located) -> bool:
    """Whether somebody trusted this folder, with the settings that it has now."""
    try:
        return _place(cache, located).read_bytes() == _statement(located)
    except OSError:
        return False


def trust(cache: Path, located: Located) -> Trusted:
    """Trust a project from now on, until its settings change.

    Raises:
        Problem: whatever writing a file raises.
    """
    before, place = is_trusted(cache, located), _place(cache, located)
    with fs.attempting("write down what is trusted", place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
    fs.write_atomic(place, _statement(located))
    return Trusted(located.directory, trusted=True, before=before)


def distrust(cache: Path, located: Located) -> Trusted:
    """Take trust back.

    Raises:
        Problem: whatever deleting a file raises.
    """
    before, place = is_trusted(cache, located), _place(cache, located)
    with fs.attempting("take back what is trusted", place):
        place.unlink(missing_ok=True)
    return Trusted(located.directory, trusted=False, before=before)


def _place(cache: Path, located: Located) -> Path:
    key = hashlib.sha256(os.fsencode(os.path.realpath(located.directory))).hexdigest()[:32]
    return cache / "trust-v1" / key


def _statement(located: Located) -> bytes:
    """What is trusted: the folder, for people who look into the file, and a digest of its settings."""
    settings = json.dumps(located.file.settings, sort_keys=True, default=str)
    digest = hashlib.sha256(settings.encode("utf-8", "surrogatepass")).hexdigest()
    return os.fsencode(os.path.realpath(located.directory)) + b"\n" + digest.encode() + b"\n"
