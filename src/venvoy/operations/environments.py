"""``envs``: the environments of this machine that venvoy knows, the care of them, and their mending."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from venvoy.environment import layout, place, rewrite
from venvoy.environment.stamping import OWN_FOLDER
from venvoy.errors import Problem
from venvoy.operations.history.log import follow
from venvoy.operations.project import ENVIRONMENT, PYPROJECT, Place, central, owner
from venvoy.operations.standalone import sites
from venvoy.store import registry
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvoy.operations.context import Context
    from venvoy.operations.project import Located

_USELESS = frozenset({"base-gone", "half-made", "cfg-missing", "base-minor-changed"})


@dataclass(frozen=True, slots=True)
class Known:
    """An environment that venvoy knows.

    ``project`` is the folder of the project that it belongs to, or empty. ``size`` is in bytes, with the files that it
    shares with the store. ``used`` is when its Python was started or it was changed last, in seconds since the epoch
    (to the day on most systems). ``finding`` is empty for one in order, else what is wrong with it; ``why`` says it in
    words.
    """

    path: Path
    project: str
    python: str
    size: int
    used: float
    finding: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Pruned:
    """The environments that were deleted, or would be, and the bytes that they took."""

    environments: tuple[Known, ...]
    size: int
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Mended:
    """An environment that works again where it is; ``origin`` is where it was made, ``files`` what was rewritten."""

    path: Path
    origin: str
    files: tuple[str, ...]


def known(context: Context) -> tuple[Known, ...]:
    """Every environment that venvoy made or changed and that is still there, the last used first."""
    living = registry.living(context.settings.cache_dir)
    roots = {one.path: one.changed for one in living if (one.path / "pyvenv.cfg").is_file()}
    for path in _central(context):
        roots.setdefault(path, 0.0)
    return tuple(sorted((_known(path, changed) for path, changed in roots.items()), key=lambda one: -one.used))


def superfluous(context: Context, unused: float | None) -> Pruned:
    """What ``prune`` deletes: nothing but what venvoy made, and of that only what nobody can or will use.

    Args:
        context: knows the environments.
        unused: also those that were not used for so many seconds; None: none of them.
    """
    now = time.time()
    found = [one for one in known(context) if _is_superfluous(one, now, unused)]
    return Pruned(tuple(found), sum(one.size for one in found), dry_run=True)


def prune(found: Pruned) -> Pruned:
    """Delete them.

    Raises:
        Problem: permission-denied or file-error.
    """
    for one in found.environments:
        fs.remove_tree(one.path)
        if one.finding == "project-gone":
            with suppress(OSError):  # others of that project are still there
                one.path.parent.rmdir()
    return Pruned(found.environments, found.size, dry_run=False)


def fix(context: Context, located: Located | None, path: Path | None) -> Mended:
    """Rewrite the paths in an environment that was moved or copied.

    Raises:
        Problem: environment-missing, environment-invalid for any other fault, environment-path, permission-denied,
            file-error.
    """
    root = path.absolute() if path else sites.environment_root(context, located)
    environment = layout.read(root, anywhere=True)
    origin, _ = place.displaced(os.fspath(root))
    homes = environment.site_packages
    project = root.parent if (root.parent / PYPROJECT).is_file() else root
    follow(context.settings.cache_dir, Place(project, root, alone=project == root))
    files = rewrite.rewrite(environment.root, environment.scripts, origin, homes) if origin else ()
    return Mended(root, origin, files)


def _known(path: Path, changed: float) -> Known:
    finding = why = python = ""
    with _unread(path / "pyvenv.cfg") as started:
        try:
            python = layout.read(path).version
        except Problem as problem:
            finding, why = str(problem.data.get("finding", problem.code)), problem.why or problem.what
    project = owner(path)
    if project and fs.is_gone(Path(project, PYPROJECT)):
        finding, why = "project-gone", f"Its project, {project}, is no longer there."
    usual = path.name == ENVIRONMENT or path.name.startswith(f"{ENVIRONMENT}-")
    if not project and usual and (path.parent / PYPROJECT).is_file():
        project = os.fspath(path.parent)
    return Known(path, project, python, sum(_sizes(os.fspath(path))), max(changed, started), finding, why)


@contextmanager
def _unread(path: Path) -> Iterator[float]:
    """When a file was read last, which it keeps saying afterwards: a Python that starts reads it, and so do we."""
    try:
        status = path.stat()
    except OSError:
        yield 0.0
        return
    yield status.st_atime
    with suppress(OSError):
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _is_superfluous(one: Known, now: float, unused: float | None) -> bool:
    if not (one.path / OWN_FOLDER).is_dir():
        return False
    if one.finding in _USELESS or one.finding == "project-gone":
        return True
    return unused is not None and now - one.used > unused


def _central(context: Context) -> Iterator[Path]:
    folder = central(context.settings)
    for project in _folders(folder):
        yield from _folders(project)


def _folders(folder: Path) -> Sequence[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return ()


def _sizes(folder: str) -> Iterator[int]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _sizes(entry.path)
        else:
            with suppress(OSError):  # somebody deletes it just now
                yield entry.stat(follow_symlinks=False).st_size
