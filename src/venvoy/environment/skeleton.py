"""What virtualenv makes, remembered: stamped out again in milliseconds, with the paths put in.

One skeleton for each interpreter, virtualenv and choice of options::

    <cache>/skeletons-1/<key>/
      skeleton.json     [kind, path, ...] of everything in an environment, see _Entry
      <model>/          an environment that virtualenv made, whose larger files are linked or copied from here

Which parts of a file are paths, and how it quotes them, is not written down anywhere here but found out: virtualenv
makes two environments whose paths and prompts are nothing alike, one of them full of what needs quoting. A way of
quoting is a file's own when the one file becomes the other by putting the other's path in that way. Where that cannot
be found for every file, or a path has characters that shells treat in ways of their own, there is no skeleton and
virtualenv does the work.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from venvoy.environment import launchers, maker
from venvoy.system import fs, native
from venvoy.system.digests import sha256
from venvoy.system.fs import LinkMode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from venvoy.environment.maker import Wish

    # ["folder", path] · ["link", path, target] · ["shared" or "copied", path, size, modification time]
    # · ["text", path, executable, way, pieces]: pieces as Latin-1, every second one is "path" or "prompt"
    _Entry = list[str | int | bool | list[str]]

_BUCKET = "skeletons-1"
_NOTES = "skeleton.json"
_TEMPORARY = "tmp-"
_STALE = 3600.0
_INLINE = 16 << 10
_EXECUTABLE = 0o111
# What every shell, and virtualenv's own rules for leaving scripts out, treat in the ways below.
_SUITABLE = re.compile(r"[\w /.,+@:=()~'\"\\-]*" if native.WINDOWS else r"[\w /.,+@:=()~'\"-]*")
# Each holds a text that is found nowhere else.
_MODEL, _OTHER = "it's a mødel-2f7a91c4", "plain-8d03be65"
_PROMPTS = {_MODEL: "somebody's prømpt-2f7a91c4", _OTHER: "prompt-8d03be65"}
_MARKS = (b"2f7a91c4", b"8d03be65")
_FRAMEWORK_LIMIT = 100


def _enclosed(text: str) -> str:
    return "'" + text.replace("'", "'\"'\"'") + "'"


_WAYS: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    "sh": quote,
    "csh": _enclosed,
    "fish": lambda text: "'" + text.replace("'", r"'\''") + "'",
    "nushell": lambda text: f"r#'{text}'#",
    "powershell": lambda text: "'" + text.replace("'", "''") + "'",
    "python": ascii,
}
"""How a file writes a path down. The first line of a script is another matter, see _first_line."""


def stamp(folder: Path, wish: Wish, target: Path) -> bool:
    """Make an environment from a skeleton.

    Args:
        folder: the cache.
        wish: what the environment shall be like.
        target: an existing folder; absolute, without links.

    Returns:
        Whether there was a skeleton that serves; when not, nothing has been written.

    Raises:
        OSError: a file cannot be written.
    """
    home = _place(folder, wish, str(target))
    if home is None:
        return False
    try:
        with open(home / _NOTES, encoding="utf-8") as file:
            entries: list[_Entry] = json.load(file)
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        entries = [["shared", _NOTES, -1, -1]]  # broken
    model = f"{home}/{_MODEL}"
    if not all(_intact(model, entry) for entry in entries):
        fs.remove_tree(home)
        return False
    mode = LinkMode.AUTO
    for kind, path, *rest in entries:
        place = f"{target}/{path}"
        if kind == "folder":
            os.makedirs(place, exist_ok=True)
        elif kind == "link":
            os.symlink(str(rest[0]), place)
        elif kind == "text":
            executable, way, pieces = rest
            _write(place, _render(str(way), pieces, str(target), wish.prompt), executable=bool(executable))  # type: ignore[arg-type]
        else:
            mode = _bring(f"{model}/{path}", place, kind, mode)
    return True


def learn(folder: Path, wish: Wish, target: Path, environ: Mapping[str, str] | None) -> None:
    """Have virtualenv make what :func:`stamp` needs; fine when that cannot be, and when others do it as well.

    Args:
        folder: the cache.
        wish: what the environment shall be like.
        target: for which folder.
        environ: the environment variables to run the interpreter with; None hands on our own.

    Raises:
        Problem: as :func:`venvoy.environment.maker.make`.
    """
    home = _place(folder, wish, str(target))
    if home is None:
        return
    _sweep(home.parent)
    temporary = home.with_name(f"{_TEMPORARY}{os.urandom(6).hex()}")
    try:
        for name in (_MODEL, _OTHER):
            (temporary / name).mkdir(parents=True)
            maker.make(wish._replace(prompt=_PROMPTS[name]), temporary / name, folder, environ)
        entries = _entries(temporary)
        if entries is not None:
            fs.remove_tree(temporary / _OTHER)
            (temporary / _NOTES).write_text(json.dumps(entries), encoding="utf-8")
            temporary.rename(home)
    except OSError:
        return  # a cache that cannot be written to, or another process was faster
    finally:
        fs.remove_tree(temporary)


def _place(folder: Path, wish: Wish, target: str) -> Path | None:
    """Where the skeleton is or would be; None when none can serve."""
    if not all(_SUITABLE.fullmatch(text) for text in (str(folder), target, wish.prompt)) or wish.prompt == ".":
        return None  # virtualenv takes "." for the current folder's name
    if sys.platform == "darwin" and len(target) > _FRAMEWORK_LIMIT:
        return None  # how long a script's first line may be is seen differently there
    made_with = maker.version()
    base = wish.interpreter.base_executable
    try:
        status = os.stat(base)
    except OSError:
        return None
    if not made_with:
        return None

    facts = [*made_with, base, status.st_size, status.st_mtime_ns, wish.interpreter.version]
    facts += [wish.seed, wish.system_site_packages]
    return folder / _BUCKET / sha256(json.dumps(facts).encode()).hexdigest()[:32]


def _sweep(bucket: Path) -> None:
    """Delete what a process left behind that was ended while it learnt."""
    bucket.mkdir(parents=True, exist_ok=True)
    for name in os.listdir(bucket):
        if name.startswith(_TEMPORARY) and os.stat(bucket / name).st_mtime < time.time() - _STALE:
            fs.remove_tree(bucket / name)


def _intact(model: str, entry: _Entry) -> bool:
    if entry[0] not in ("shared", "copied"):
        return True
    try:
        status = os.stat(f"{model}/{entry[1]}")
    except OSError:
        return False
    return [status.st_size, status.st_mtime_ns] == entry[2:]


def _bring(source: str, place: str, kind: object, mode: LinkMode) -> LinkMode:
    if kind == "shared":
        return fs.place(source, place, mode)
    fs.place(source, place, LinkMode.COPY)
    return mode


def _write(place: str, data: bytes, *, executable: bool) -> None:
    descriptor = os.open(
        place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o777 if executable else 0o666
    )
    with open(descriptor, "wb") as file:
        file.write(data)


def _entries(temporary: Path) -> list[_Entry] | None:
    """Everything in the model, or None where the two environments differ in more than paths."""
    entries: list[_Entry] = []
    model, other = temporary / _MODEL, temporary / _OTHER
    for folder, folders, files in os.walk(model):
        for name in sorted([*folders, *files]):
            path = Path(folder, name)
            entry = _entry(path.relative_to(model).as_posix(), path, other / path.relative_to(model), temporary)
            if entry is None:
                return None
            entries.append(entry)
    return entries


def _entry(relative: str, path: Path, twin: Path, temporary: Path) -> _Entry | None:
    if path.is_symlink():
        target = os.readlink(path)
        alike = twin.is_symlink() and os.readlink(twin) == target
        return ["link", relative, target] if alike and not _marks(os.fsencode(target)) else None
    if path.is_dir():
        return ["folder", relative]
    if not twin.is_file():
        return None
    data, expected = path.read_bytes(), twin.read_bytes()
    status = path.stat()
    executable = bool(status.st_mode & _EXECUTABLE)
    shared = "/site-packages/" in relative
    if data == expected and not _marks(data) and (shared or len(data) > _INLINE):
        if shared and not native.WINDOWS:  # as in the store: an edit through one environment is stopped
            path.chmod(0o555 if executable else 0o444)
        return ["shared" if shared else "copied", relative, status.st_size, status.st_mtime_ns]
    for way in ("first line", *_WAYS):
        pieces = _pieces(way, data, temporary)
        if not _marks("".join(pieces[::2]).encode("latin-1")) and expected == _render(
            way, pieces, str(temporary / _OTHER), _PROMPTS[_OTHER]
        ):
            return ["text", relative, executable, way, pieces]
    return None


def _marks(data: bytes) -> bool:
    return any(mark in data for mark in _MARKS)


def _pieces(way: str, data: bytes, temporary: Path) -> list[str]:
    values = {_written(way, str(temporary / _MODEL)): "path", _written(way, _PROMPTS[_MODEL]): "prompt"}
    parts = re.split(b"(" + b"|".join(map(re.escape, values)) + b")", data)
    return [values[part] if at % 2 else part.decode("latin-1") for at, part in enumerate(parts)]


def _render(way: str, pieces: list[str], path: str, prompt: str) -> bytes:
    values = {"path": _written(way, path), "prompt": _written(way, prompt)}
    return b"".join(values[piece] if at % 2 else piece.encode("latin-1") for at, piece in enumerate(pieces))


def _written(way: str, text: str) -> bytes:
    return _first_line(text) if way == "first line" else _WAYS[way](text).encode("utf-8")


def _first_line(root: str) -> bytes:
    return launchers.shebang(os.path.join(root, "Scripts", "python.exe") if native.WINDOWS else f"{root}/bin/python")
