"""Environments stamped out from a skeleton: what virtualenv made once, with the paths put in.

On the fast path, like what it imports: ``os`` and ``errno`` only. How a skeleton comes to be is another matter, see
:mod:`venvoy.environment.skeleton`.

A skeleton is a folder with a model, an environment whose larger files are linked or copied, and a file of entries:
lines as below in UTF-8, folders before what is in them, an empty line, and all pieces one behind the other::

    venvoy-skeleton 1
    folder <path>
    link <length of its target> <path>                        the target is a piece
    shared <size> <modification time in ns> <path>            in the model: linked
    copied <size> <modification time in ns> <path>            in the model: copied
    text <x or -> <way> <lengths of its pieces> <path>        every second piece is "path" or "prompt"

A way is how a file writes down the two: see :data:`WAYS`.
"""

from __future__ import annotations

import os
import sys

from venvoy.environment import shebangs
from venvoy.system import native, placing, quoting

TYPE_CHECKING = False  # as type checkers want it, without the 9 ms of typing
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    # ("folder", path, [], []) · ("link", path, [], [target]) · ("text", path, [x or -, way], pieces)
    # · ("shared" or "copied", path, [size, modification time], [])
    Entry = tuple[str, str, list[str], list[bytes]]

MODEL = "it's a mødel-2f7a91c4"
"""The model's folder, a text that is found nowhere else."""

BUCKET = "skeletons-3"
"""The folder of the skeletons."""

OWN_FOLDER = ".venvoy"
"""The folder inside an environment where venvoy keeps its notes; there from the first moment of its making."""

_NOTES = "skeleton"
_FORMAT = "venvoy-skeleton 1"
_FACTS = {"folder": 0, "link": 1, "shared": 2, "copied": 2, "text": 3}
_WITH_PIECES = frozenset(("link", "text"))
_SIGNS = dict.fromkeys(map(ord, "_ /.,+@:=()~'\"-" + "\\" * native.WINDOWS))
_FRAMEWORK_LIMIT = 100


def _powershell(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _csh(text: str) -> str:
    return "'" + text.translate({ord("'"): "'\"'\"'", ord("\\"): r"'\\'"}) + "'"


def _fish(text: str) -> str:
    return "'" + text.translate({ord(sign): f"'\\{sign}'" for sign in "'\\"}) + "'"


WAYS: Mapping[str, Callable[[str], str]] = {
    "plain": str,
    "sh": quoting.sh,
    "csh": _csh,
    "fish": _fish,
    "nushell": lambda text: f"r#'{text}'#",
    "powershell": _powershell,
    "python": ascii,
}
"""How a file writes a path or a prompt down. There is one more, ``shebang``: the path as the first line of a script."""


def suits(cache: str, target: str, prompt: str) -> bool:
    """Whether a skeleton can serve: what shells, and virtualenv's own rules for scripts, take as it is."""
    if prompt == "." or (sys.platform == "darwin" and len(target) > _FRAMEWORK_LIMIT):
        # the name of the current folder to virtualenv; how long a script's first line may be is seen differently there
        return False
    return all((text.translate(_SIGNS) or "a").isalnum() for text in (cache, target, prompt))


def read(home: str) -> list[Entry] | None:
    """The entries of a skeleton; None when it is not there.

    Raises:
        ValueError: it is broken, or one of its files is not what it was.
    """
    try:
        with open(f"{home}/{_NOTES}", "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(home) from error
    head, end, pieces = data.partition(b"\n\n")
    first, *lines = head.decode().split("\n")
    if first != _FORMAT or not end:
        raise ValueError(home)
    entries: list[Entry] = []
    at = 0
    for line in lines:
        kind, _, rest = line.partition(" ")
        *facts, path = rest.split(" ", _FACTS.get(kind, 0))
        if len(facts) != _FACTS.get(kind):
            raise ValueError(line)
        parts: list[bytes] = []
        if kind in _WITH_PIECES:
            for length in map(int, facts.pop().split(",")):
                parts.append(pieces[at : at + length])
                at += length
        elif facts and not _is_same(f"{home}/{MODEL}/{path}", facts):
            raise ValueError(path)
        entries.append((kind, path, facts, parts))
    if at != len(pieces):
        raise ValueError(home)
    return entries


def write(home: str, entries: Iterable[Entry]) -> None:
    """Write down the entries of a skeleton.

    Raises:
        OSError: the file cannot be written.
    """
    lines, pieces = [_FORMAT], []
    for kind, path, facts, parts in entries:
        lengths = [",".join(str(len(part)) for part in parts)] if kind in _WITH_PIECES else []
        lines.append(" ".join((kind, *facts, *lengths, path)))
        pieces += parts
    with open(f"{home}/{_NOTES}", "xb") as file:
        file.write("\n".join(lines).encode() + b"\n\n" + b"".join(pieces))


def fill(target: str, home: str, entries: Iterable[Entry], prompt: str) -> None:
    """Make an environment of entries.

    Args:
        target: an existing folder; absolute, without links.
        home: where the skeleton is.
        entries: from :func:`read`.
        prompt: what the shell shows while it is active.

    Raises:
        OSError: a file cannot be written, or is there.
    """
    mode = placing.AUTO
    for kind, path, facts, parts in entries:
        place = f"{target}/{path}"
        if kind == "shared":
            mode = placing.place(f"{home}/{MODEL}/{path}", place, mode)
        elif kind == "copied":
            placing.place(f"{home}/{MODEL}/{path}", place, placing.COPY)
        elif kind == "folder":
            os.mkdir(place)
        elif kind == "link":
            os.symlink(os.fsdecode(parts[0]), place)
        else:
            executable, way = facts
            placing.create(place, render(way, parts, target, prompt), 0o777 if executable == "x" else 0o666)


def render(way: str, pieces: Iterable[bytes], path: str, prompt: str) -> bytes:
    """The content of a file with a path and a prompt put in."""
    values = {b"path": written(way, path), b"prompt": written(way, prompt)}
    return b"".join(values[piece] if at % 2 else piece for at, piece in enumerate(pieces))


def written(way: str, text: str) -> bytes:
    """A path or a prompt as a file writes it down."""
    if way != "shebang":
        return WAYS[way](text).encode("utf-8")
    return shebangs.shebang(os.path.join(text, "Scripts", "python.exe") if native.WINDOWS else f"{text}/bin/python")


def _is_same(path: str, facts: list[str]) -> bool:
    size, modified = facts
    try:
        status = os.stat(path)
    except OSError:
        return False
    return status.st_size == int(size) and status.st_mtime_ns == int(modified)
