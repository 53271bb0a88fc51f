"""Which interpreter was found for a version, remembered until anything that was looked at has changed.

To look takes as long as all the rest of a command. What is remembered (:mod:`venvoy.system.kept`) rests on the folders
that were looked into, which change when something comes or goes, and on what may be an interpreter in them. On the fast
path of ``venv``: ``os`` and ``sys`` only, here and in what it imports.
"""

from __future__ import annotations

import os
import sys

from venvoy import __version__
from venvoy.system import kept, observed

TYPE_CHECKING = False  # as type checkers want it, without the 9 ms of typing
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_KIND = "venvoy-found-1"
_COUNTS = (
    *("PATH", "HOME", "PYENV_ROOT", "PYENV", "PYENV_VERSION", "ASDF_DATA_DIR", "MISE_DATA_DIR"),
    *("UV_PYTHON_INSTALL_DIR", "XDG_DATA_HOME"),
)
_SHIMS = "shims"
_NAMES = ("python", "pypy", "graalpy", "cpython")


def recall(cache: str, question: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """The path of the interpreter that was found; None when nobody asked before, or something has changed since."""
    facts = kept.recall(_place(cache, question), _KIND, _same(environ))
    return facts[0] if facts else None


def remember(
    cache: str, question: Sequence[str], environ: Mapping[str, str], executable: str, folders: Iterable[str]
) -> None:
    """Keep what :func:`recall` gives back, by the folders looked into, there or not; fine when that cannot be."""
    looked_at = dict.fromkeys((executable, *_looked_at(folders)))
    if any(os.path.basename(os.path.dirname(path)) == _SHIMS for path in looked_at):
        return  # what a script in there stands for may be another one in the next folder
    kept.remember(_place(cache, question), _KIND, _same(environ), [executable], observed.observe(looked_at))


def _looked_at(folders: Iterable[str]) -> Iterator[str]:
    for folder in folders:
        yield folder
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue
        yield from (os.path.join(folder, name) for name in names if name.startswith(_NAMES))


def _place(cache: str, question: Sequence[str]) -> str:
    return os.path.join(cache, f"found-{kept.name(tuple(question))}")


def _same(environ: Mapping[str, str]) -> object:
    return __version__, sys.executable, sys.version, [environ.get(name) for name in _COUNTS]
