"""``venvoy venv`` with plain words, before anything is loaded: ``os`` and ``sys`` only, here and in what it imports.

Whatever is not plain, or takes more thought, is left to the long way (:mod:`venvoy.cli.commands.venv`), which says the
same words: a test compares the two.
"""

from __future__ import annotations

import os
import sys

from venvoy.cli import spelling
from venvoy.operations import at_once
from venvoy.system import program

TYPE_CHECKING = False  # as type checkers want it, without the 9 ms of typing
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FLAGS = {
    "--seed": ("seed", True),
    "--no-seed": ("seed", False),
    "--system-site-packages": ("sites", True),
    "--quiet": ("quiet", True),
    "-q": ("quiet", True),
}
_VALUES = ("--python", "--prompt")


def venv(words: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """Make an environment.

    Returns:
        What is to be said about it on standard error; None when nothing was made, and nothing is known to be wrong.
    """
    understood = read(words)
    cache = environ.get("VENVOY_CACHE_DIR") or program.cache_folder(environ)
    # any setting may change what is to be done; the place of the cache does not
    plain = not any(name.startswith("VENVOY_") and name != "VENVOY_CACHE_DIR" for name in environ)
    if understood is None or not plain or not os.path.isabs(cache):
        return None
    given, flags = understood
    try:
        path = os.path.abspath(given["path"])
    except OSError:  # the current folder is gone
        return None
    python = at_once.interpreter(cache, given["--python"] or _running(path), environ)
    known = python and at_once.recall(cache, python, seed=flags["seed"], system_site_packages=flags["sites"])
    if not known:
        return None
    skeleton, version, executable = known
    said = "".join(f"{line}\n" for line in spelling.made(path, version, executable, f"{path}/bin"))
    prompt = given["--prompt"] or os.path.basename(path)
    if not _can_be_said(said) or not at_once.make(cache, path, prompt, skeleton):
        return None
    return "" if flags["quiet"] else said


def read(words: Sequence[str]) -> tuple[dict[str, str], dict[str, bool]] | None:
    """The texts and the switches that words stand for; None when they need a closer look."""
    given = {"path": ".venv", "--python": "", "--prompt": ""}
    flags = {"seed": True, "sites": False, "quiet": False}
    left = iter(words)
    paths = 0
    for word in left:
        name, equals, value = word.partition("=")
        if word in _FLAGS:
            flag, wanted = _FLAGS[word]
            flags[flag] = wanted
        elif name in _VALUES:
            given[name] = value = value if equals else next(left, "")
            if not value or value.startswith("-"):
                return None
        elif word.startswith("-") or not word or ".." in word or paths:
            return None
        else:
            given["path"] = word
            paths += 1
    return given, flags


def _running(path: str) -> str:
    """The Python that runs venvoy, or its base; empty where a file may say which one it is to be."""
    folder = path
    while folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
        if os.path.lexists(os.path.join(folder, ".python-version")):
            return ""
    return program.python()


def _can_be_said(text: str) -> bool:
    if sys.stderr is None:
        return False
    try:
        text.encode(sys.stderr.encoding)
    except UnicodeError:
        return False
    return True
