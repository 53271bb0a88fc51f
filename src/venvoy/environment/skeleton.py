"""What virtualenv makes, remembered: stamped out again in milliseconds, with the paths put in.

One skeleton for each interpreter, virtualenv and choice of options, in ``<cache>/skeletons-3/<key>/``. What lies there
is said by :mod:`venvoy.environment.stamping`, which makes environments of it.

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
import time
from pathlib import Path

from venvoy.digests import sha256
from venvoy.environment import launchers, maker, stamping
from venvoy.system import fs, native
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvoy.environment.maker import Wish
    from venvoy.environment.stamping import Entry

_TEMPORARY = "tmp-"
_STALE = 3600.0
_INLINE = 16 << 10
_EXECUTABLE = 0o111
_END_OF_ZIP = b"PK\5\6"  # 22 bytes with it when there is no comment
# Each holds a text that is found nowhere else.
_MODEL, _OTHER = stamping.MODEL, "plain-8d03be65"
_PROMPTS = {_MODEL: "somebody's prømpt-2f7a91c4", _OTHER: "prompt-8d03be65"}
_MARKS = (b"2f7a91c4", b"8d03be65")


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
        entries = stamping.read(str(home))
    except ValueError:
        fs.remove_tree(home)
        return False
    if entries is None:
        return False
    stamping.fill(str(target), str(home), entries, wish.prompt)
    return True


def is_known(folder: Path, wish: Wish, target: Path) -> bool:
    """Whether there is a skeleton, or there cannot be one; see :func:`stamp`."""
    home = _place(folder, wish, str(target))
    return home is None or home.is_dir()


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
    temporary = home.with_name(f"{_TEMPORARY}{os.urandom(6).hex()}")
    try:
        _sweep(home.parent)
        for name in (_MODEL, _OTHER):
            (temporary / name).mkdir(parents=True)
            maker.make(wish._replace(prompt=_PROMPTS[name]), temporary / name, folder, environ)
        entries = _entries(temporary)
        if entries is not None:
            fs.remove_tree(temporary / _OTHER)
            stamping.write(str(temporary), entries)
            # It is made once, and later only looked at in passing.
            kept = [f"{temporary}/{_MODEL}/{path}" for kind, path, *_ in entries if kind in ("shared", "copied")]
            fs.flush([*kept, *(entry.path for entry in os.scandir(temporary) if entry.is_file())])
            temporary.rename(home)
    except OSError:
        return  # a cache that cannot be written to, or another process was faster
    finally:
        fs.remove_tree(temporary)


def _place(folder: Path, wish: Wish, target: str) -> Path | None:
    """Where the skeleton is or would be; None when none can serve."""
    key = name(wish) if stamping.suits(str(folder), target, wish.prompt) else ""
    return folder / stamping.BUCKET / key if key else None


def name(wish: Wish) -> str:
    """What a skeleton is called, whether it is there or not; empty when there cannot be one."""
    made_with = maker.version()
    base = wish.interpreter.base_executable
    try:
        status = os.stat(base)
    except OSError:
        return ""
    if not made_with:
        return ""
    facts = [*made_with, base, status.st_size, status.st_mtime_ns, wish.interpreter.version]
    facts += [wish.seed, wish.system_site_packages]
    return sha256(json.dumps(facts).encode()).hexdigest()[:32]


def _sweep(bucket: Path) -> None:
    """Delete what a process left behind that was ended while it learnt."""
    bucket.mkdir(parents=True, exist_ok=True)
    for name in os.listdir(bucket):
        if name.startswith(_TEMPORARY) and os.stat(bucket / name).st_mtime < time.time() - _STALE:
            fs.remove_tree(bucket / name)


def _entries(temporary: Path) -> list[Entry] | None:
    """Everything in the model, or None where the two environments differ in more than paths."""
    entries: list[Entry] = []
    model, other = temporary / _MODEL, temporary / _OTHER
    for folder, folders, files in os.walk(model):
        for name in sorted([*folders, *files]):
            path = Path(folder, name)
            relative = path.relative_to(model).as_posix()
            entry = _entry(relative, path, other / relative, temporary) if "\n" not in relative else None
            if entry is None:
                return None
            entries.append(entry)
    # last of all: an environment without it is a half-made one, which is replaced without a question
    return sorted(entries, key=lambda entry: entry[1] == "pyvenv.cfg")


def _entry(relative: str, path: Path, twin: Path, temporary: Path) -> Entry | None:
    if path.is_symlink():
        target = os.readlink(path)
        alike = twin.is_symlink() and os.readlink(twin) == target
        return ("link", relative, [], [os.fsencode(target)]) if alike and not _marks(os.fsencode(target)) else None
    if path.is_dir():
        return "folder", relative, [], []
    if not twin.is_file():
        return None
    data, expected = _content(path), _content(twin)
    status = path.stat()
    executable = bool(status.st_mode & _EXECUTABLE)
    shared = "/site-packages/" in relative
    if data == expected and not _marks(data) and (shared or len(data) > _INLINE):
        if shared and not native.WINDOWS:  # as in the store: an edit through one environment is stopped
            path.chmod(0o555 if executable else 0o444)
        return "shared" if shared else "copied", relative, [str(status.st_size), str(status.st_mtime_ns)], []
    for way in ("shebang", *stamping.WAYS):
        pieces = _pieces(way, data, temporary)
        if not _marks(b"".join(pieces[::2])) and expected == stamping.render(
            way, pieces, str(temporary / _OTHER), _PROMPTS[_OTHER]
        ):
            return "text", relative, ["x" if executable else "-", way], pieces
    return None


def _content(path: Path) -> bytes:
    data = path.read_bytes()
    return launchers.without_time(data) if path.suffix == ".exe" and data[-22:].startswith(_END_OF_ZIP) else data


def _marks(data: bytes) -> bool:
    return any(mark in data for mark in _MARKS)


def _pieces(way: str, data: bytes, temporary: Path) -> list[bytes]:
    values = {
        stamping.written(way, str(temporary / _MODEL)): b"path",
        stamping.written(way, _PROMPTS[_MODEL]): b"prompt",
    }
    parts = re.split(b"(" + b"|".join(map(re.escape, values)) + b")", data)
    return [values[part] if at % 2 else part for at, part in enumerate(parts)]
