"""Answers: what a command said when it found nothing to do, so that it can say it again before anything is loaded.

``venvoy.entry`` imports this before all else: ``os`` and ``sys`` only, here and in what it takes to get here.

An answer is a text file under ``<cache>/answers-v1``, named after the question::

    venvoy-answer 1
    <digest of the question: version, run of the machine, interpreter, folders, words, variables (may hold secrets)>
    <size> <modification time in ns> <inode> <path>      as venvoy.system.observed has it
    …
    (an empty line)
    <what was said, on standard error>

It is given again while the question is the same and all that was observed is as it was. Whoever
leaves an answer names everything that it rests on; the cache may be deleted at any time.
"""

from __future__ import annotations

import os
import sys

from venvoy.digests import blake2b
from venvoy.system import boot, observed, program

TYPE_CHECKING = False  # as type checkers want it, without the 9 ms of typing
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_FORMAT = "venvoy-answer 1"
_FOLDER = "answers-v1"
_MOST = 1000
_COUNTS = ("PATH", "HOME", "USERPROFILE", "XDG_CONFIG_HOME", "VIRTUAL_ENV", "CONDA_PREFIX", "PYENV_VERSION")
"""Variables that may change what a command does, besides our own and pip's."""


def recall(folder: str, words: Sequence[str], environ: Mapping[str, str], version: str) -> str | None:
    """What was said to these words in this folder; None when something has changed or nobody asked before."""
    cache = environ.get("VENVOY_CACHE_DIR") or program.cache_folder(environ)
    question = _question(folder, words, environ, version)
    try:
        with open(_place(cache, question), encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            text = file.read()
    except OSError:
        return None
    head = f"{_FORMAT}\n{question}\n"
    if not text.startswith(head):
        return None
    lines, _, said = text[len(head) :].partition("\n\n")
    return said if observed.holds(lines.split("\n")) else None


def remember(  # noqa: PLR0913, PLR0917 - the question has four parts, the answer two
    cache: str,
    folder: str,
    words: Sequence[str],
    environ: Mapping[str, str],
    version: str,
    lines: Iterable[str],
    said: str,
) -> None:
    """Keep an answer, ``said`` to these words in this folder, while ``lines`` hold, from :func:`observed.observe`."""
    question = _question(folder, words, environ, version)
    place = _place(cache, question)
    body = "\n".join((_FORMAT, question, *lines)) + f"\n\n{said}"
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        temporary = f"{place}.{os.getpid()}"
        with open(temporary, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            file.write(body)
        os.replace(temporary, place)
        _tidy(os.path.dirname(place))
    except OSError:
        return  # the next time merely takes a little longer


def _tidy(folder: str) -> None:
    """Forget the older half of the answers when there are too many: most are never asked for again."""
    names = os.listdir(folder)
    if len(names) > _MOST:
        places = sorted((os.path.join(folder, name) for name in names), key=os.path.getmtime)
        for place in places[: -_MOST // 2]:
            os.unlink(place)


def _question(folder: str, words: Sequence[str], environ: Mapping[str, str], version: str) -> str:
    counted = {
        name: value for name, value in environ.items() if name in _COUNTS or name.startswith(("VENVOY_", "PIP_"))
    }
    text = repr((version, boot.name(), sys.executable, folder, os.getcwd(), tuple(words), sorted(counted.items())))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _place(cache: str, question: str) -> str:
    return os.path.join(cache, _FOLDER, question)
