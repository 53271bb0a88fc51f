"""Files in an environment that belong to nobody: which of them Python runs, and which do no harm."""

from __future__ import annotations

import os
import re

from venvoy.environment import stand_in
from venvoy.environment.moves import with_parents
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from venvoy.environment.layout import Environment

_CACHE = "__pycache__"
_CODE = (".py", ".pyc", ".pyw", ".so", ".pyd", ".dll", ".dylib")
# What the interpreter looks for by itself when it starts: the site module, and PEP 829 beside .pth.
_LISTS = (".pth", ".start")
_CUSTOMIZE = pattern(r"(?:sitecustomize|usercustomize)(?:\..+)?", re.IGNORECASE)
# What makes an environment: virtualenv, python -m venv and others, on every system; links and launchers of Python.
_MAKERS = pattern(
    r"(?:de)?activate(?:_this)?(?:\.\w+)?|(?:python|pypy|venvwlauncher|venvlauncher)[\w.]*|pydoc\.bat|.*\.dll|vcruntime.*",
    re.IGNORECASE,
)
# virtualenv's mend for distutils, on Pythons that have that.
_VIRTUALENV = {"_virtualenv.pth", "_virtualenv.py"}


class Stranger(NamedTuple):
    """A file or folder that no RECORD names; ``path`` is relative to the environment, ``why`` says what it can do."""

    path: str
    why: str
    serious: bool


def strangers(environment: Environment, known: set[str]) -> list[Stranger]:
    """What lies in site-packages and among the commands and belongs to no distribution, sorted by path.

    What Python compiled is nobody's as well: it counts only where its source is not there.

    Raises:
        OSError: a folder cannot be read.
    """
    root = os.fspath(environment.root)
    folders = with_parents(known)
    found: list[Stranger] = []
    for site in filter(os.path.isdir, environment.site_packages):
        home = os.path.relpath(site, root).replace(os.sep, "/")
        found += _walk(root, home, known, folders, top=True)
    if not environment.user:  # there the folder of commands is everybody's
        found += _commands(root, os.path.relpath(environment.scripts, root).replace(os.sep, "/"), known | folders)
    return sorted(found)


def _walk(root: str, folder: str, known: set[str], folders: Container[str], *, top: bool = False) -> Iterator[Stranger]:
    with os.scandir(f"{root}/{folder}") as entries:
        there = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
    for name, is_folder in there.items():
        path = f"{folder}/{name}"
        if is_folder and path in folders:
            yield from _walk(root, path, known, folders)
        elif is_folder and name == _CACHE:
            yield from _compiled(root, folder, path)
        elif path not in known and not (top and _told_elsewhere(name)):
            yield from _folder(root, path, top=top) if is_folder else [Stranger(path, *_harm(name, top=top))]


def _told_elsewhere(name: str) -> bool:
    """What an interrupted pip left, distributions without a list of their files, and what made the environment."""
    return name.startswith("~") or name.endswith((".dist-info", ".egg-info", ".egg-link")) or name in _VIRTUALENV


def _harm(name: str, *, top: bool) -> tuple[str, bool]:
    if top and name.lower().endswith(_LISTS):
        return "Python reads it each time it starts, and runs code that it holds", True
    if top and _CUSTOMIZE.fullmatch(name):
        return "Python runs it each time it starts", True
    if name.lower().endswith(_CODE):
        return "programs can import it", True
    return "", False


def _folder(root: str, path: str, *, top: bool) -> Iterator[Stranger]:
    """A folder in which nothing belongs to a distribution; nothing at all where it holds no file."""
    names = [name for _, _, names in os.walk(f"{root}/{path}") for name in names]
    if any(name.lower().endswith(_CODE) for name in names):
        yield Stranger(f"{path}/", *_harm(f"{path.rpartition('/')[2]}.py", top=top))
    elif names:
        yield Stranger(f"{path}/", "", serious=False)


def _compiled(root: str, folder: str, cache: str) -> Iterator[Stranger]:
    with os.scandir(f"{root}/{cache}") as entries:
        for entry in entries:
            source = f"{root}/{folder}/{entry.name.partition('.')[0]}.py"
            if not entry.name.endswith(".pyc") or not os.path.lexists(source):
                # Python does not import what lies in __pycache__ without its source (PEP 3147).
                yield Stranger(f"{cache}/{entry.name}", "", serious=False)


def _commands(root: str, folder: str, known: Container[str]) -> Iterator[Stranger]:
    with os.scandir(f"{root}/{folder}") as entries:
        for entry in entries:
            path = f"{folder}/{entry.name}"
            ours = entry.name == _CACHE or _MAKERS.fullmatch(entry.name)
            if not (ours or path in known or stand_in.is_one(entry.path)):
                yield Stranger(path, "it runs when its name is typed in this environment", serious=True)
