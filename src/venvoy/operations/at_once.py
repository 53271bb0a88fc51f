"""``venv`` before anything is loaded: by what an earlier run found out, while nothing of that has changed.

On the fast path, with all that it imports: ``os`` and ``sys`` only. The long way is :mod:`venvoy.operations.venv`.

A recipe (:mod:`venvoy.system.kept`) lies beside the skeletons, under the path of an interpreter and the options: the
name of the skeleton, the version of the interpreter, its path as it is shown. It holds for one version of venvoy, of
the Python that runs it, and one place of virtualenv.
"""

from __future__ import annotations

import os
import sys

from venvoy import __version__
from venvoy.environment import stamping
from venvoy.store import noting
from venvoy.system import kept, native, observed

TYPE_CHECKING = False  # as type checkers want it, without the 9 ms of typing
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_KIND = "venvoy-recipe-1"
_FOLDER = "recipes-1"
_SKELETONS, _INTERPRETERS = "virtualenv-v1", "interpreters-v1"


def interpreter(cache: str, wanted: str, environ: Mapping[str, str]) -> str:
    """The path of the interpreter that is meant by a path or a version; empty when that takes more thought."""
    if "/" in wanted and wanted == wanted.strip() and wanted[0] != "~":
        return os.path.abspath(wanted)
    if not wanted.replace(".", "").isalnum() or wanted == "system" or os.path.isdir(wanted):
        return ""
    from venvoy.python import remembered  # not for who names it by its path, or not at all

    return remembered.recall(os.path.join(cache, _INTERPRETERS), (wanted, ""), environ) or ""


def recall(cache: str, python: str, *, seed: bool, system_site_packages: bool) -> tuple[str, str, str] | None:
    """What is known about environments of an interpreter; None when that is nothing, or no longer true.

    Returns:
        The name of the skeleton, the version of the interpreter, its path as it is shown.
    """
    facts = kept.recall(_place(cache, python, seed, system_site_packages), _KIND, _same())
    if facts is None:
        return None
    name, version, executable = facts
    return name, version, executable


def remember(  # noqa: PLR0913 - the question has four parts, the answer four
    cache: str,
    python: str,
    *,
    seed: bool,
    system_site_packages: bool,
    skeleton: str,
    version: str,
    executable: str,
    rests_on: Iterable[str],
) -> None:
    """Keep what :func:`recall` gives back, until one of the paths in ``rests_on`` changes; fine when that cannot be."""
    facts = (skeleton, version, executable)
    kept.remember(_place(cache, python, seed, system_site_packages), _KIND, _same(), facts, observed.observe(rests_on))


def make(cache: str, path: str, prompt: str, skeleton: str) -> bool:
    """Make an environment at an absolute path, where there is nothing yet, of a skeleton that :func:`recall` named.

    Returns:
        Whether it was made; when not, everything is as it was, and the long way says why.
    """
    folder, target = os.path.join(cache, _SKELETONS), os.path.realpath(path)
    home = f"{folder}/{stamping.BUCKET}/{skeleton}"
    if not stamping.suits(folder, target, prompt) or os.pathsep in path + target or os.path.lexists(path):
        return False
    try:
        entries = stamping.read(home)
        if entries is None or native.noexec(os.path.dirname(target)):
            return False
    except (OSError, ValueError):
        return False
    try:
        os.mkdir(target)
        # first of all, so that a half-made environment can be told from somebody's folder
        os.mkdir(f"{target}/{stamping.OWN_FOLDER}")
        stamping.fill(target, home, entries, prompt)
        noting.note(cache, target)
    except BaseException as fault:
        if not (isinstance(fault, FileExistsError) and fault.filename == target):
            _remove(target)
        if isinstance(fault, OSError):
            return False
        raise
    return True


def _remove(target: str) -> None:
    from contextlib import suppress
    from pathlib import Path

    from venvoy.errors import Problem
    from venvoy.system import fs

    with suppress(Problem):  # the fault that led here is the one to tell about
        fs.remove_tree(Path(target))


def _place(cache: str, *question: object) -> str:
    return os.path.join(cache, _SKELETONS, _FOLDER, kept.name(question))


def _same() -> object:
    return __version__, sys.executable, sys.version, sys.path
