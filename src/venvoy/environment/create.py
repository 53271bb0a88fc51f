"""Making an environment: whole, or what was there before is there again."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from venvoy.environment import layout, maker, skeleton
from venvoy.environment.stamping import OWN_FOLDER
from venvoy.errors import Problem
from venvoy.system import fs, native
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from venvoy.environment.layout import Environment
    from venvoy.environment.maker import Wish
    from venvoy.model.interpreter import Interpreter

_PATIENCE = 60.0
_VIRTUALENV = (3, 9)  # the oldest Python that it makes environments for


@contextlib.contextmanager
def creating(
    path: Path,
    wish: Wish,
    *,
    force: bool = False,
    cache: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Environment]:
    """Make an environment to work with; when that or the work fails, what was there before is there again.

    Args:
        path: its folder; missing, empty or, with ``force``, an environment. Missing parents are made.
        wish: what it shall be like. One for a Python older than 3.9 never gets a pip here.
        force: replace the environment that is there.
        cache: where skeletons are kept, and what virtualenv learnt about interpreters; None keeps nothing.
        environ: the environment variables to run the interpreter with; None hands on our own.

    Yields:
        The environment. Its Python has been run once, in it or in an earlier one of the same making.

    Raises:
        Problem: ``environment-exists`` when something is in the way, ``environment-path`` when the path cannot be that
            of an environment, ``python-broken`` when the interpreter cannot make one, ``permission-denied``,
            ``disk-full``, ``file-error``.
    """
    path = Path(os.path.abspath(path))
    _check_path(path)
    # a link stays one, and what it points to is replaced
    target = Path(os.path.realpath(path))
    old = _set_aside(target, path, force=force)
    made = _first_missing(target)
    try:
        _make_folder(target)
        _fill(wish._replace(prompt=wish.prompt or path.name), target, cache, environ)
        yield layout.read(path, anywhere=True)  # it was made for this place just now
    except BaseException:
        _restore(target, made, old)
        raise
    if old is not None:
        # what is still in use on Windows goes the next time
        with contextlib.suppress(Problem):
            fs.remove_tree(old)


def prepare(path: Path, wish: Wish, *, cache: Path, environ: Mapping[str, str] | None = None) -> None:
    """Learn ahead what :func:`creating` will need, if that is not known yet; only the cache is written to.

    What is wrong is left for :func:`creating` to find.
    """
    target = Path(os.path.realpath(path))
    old = tuple(map(int, wish.interpreter.version.split(".")[:2])) < _VIRTUALENV
    with contextlib.suppress(Problem, OSError):
        if not old and not skeleton.is_known(cache, wish, target):
            skeleton.learn(cache, wish, target, environ)


def _check_path(path: Path) -> None:
    for text in (str(path), os.path.realpath(path)):
        if os.pathsep in text:
            raise Problem(
                "environment-path",
                f"No environment can be made in {text}.",
                why=f"The path contains {os.pathsep!r}, which separates the folders in PATH: the environment could not "
                "be activated.",
                fix=("Choose or rename the folder so that its path does without it.",),
            )
        encoding = sys.getfilesystemencoding()
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            raise Problem(
                "environment-path",
                f"No environment can be made in {text}.",
                why=f"The path contains something that is no letter in {encoding}, in which your settings (LC_ALL, "
                "LC_CTYPE or LANG) say that names are written.",
                fix=(
                    *(() if encoding == "utf-8" else ("Try it with the environment variable PYTHONUTF8=1.",)),
                    "Choose or rename the folder so that its path does without it.",
                ),
            ) from None


def _set_aside(target: Path, path: Path, *, force: bool) -> Path | None:
    """Look at what is in the way; return where an environment that is to be replaced waits for the outcome."""
    try:
        names = os.listdir(target)
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        raise Problem(
            "environment-exists",
            f"No environment can be made in {path}: it is a file.",
            fix=("Choose another path, or move that file away.",),
        ) from None
    except OSError as error:
        raise fs.problem(error, "look into this folder", path) from error
    if not names:
        return None
    if "pyvenv.cfg" not in names and OWN_FOLDER not in names:
        raise Problem(
            "environment-exists",
            f"No environment can be made in {path}: the folder is not empty, and it is no environment.",
            why=f"It holds {_some(names)}. venvoy never deletes what it did not make.",
            fix=("Choose another path, or move what is in that folder away.",),
        )
    if not force and "pyvenv.cfg" in names:
        raise Problem(
            "environment-exists",
            f"There is an environment in {path} already.",
            fix=("Use it as it is, or choose another path.", "Replace it with a new one: add --force"),
        )
    aside = target.with_name(f".{target.name}.venvoy-old")
    fs.remove_tree(aside)
    with fs.attempting("set the old environment aside", path):
        fs.move_tree(target, aside)
    return aside


def _some(names: list[str]) -> str:
    shown = sorted(names)[:3]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _first_missing(target: Path) -> Path | None:
    missing = None
    for folder in (target, *target.parents):
        if folder.exists():
            break
        missing = folder
    return missing


def _make_folder(target: Path) -> None:
    with fs.attempting("make the environment", target):
        # first of all, so that a half-made environment can be told from somebody's folder
        (target / OWN_FOLDER).mkdir(parents=True)


def _restore(target: Path, made: Path | None, old: Path | None) -> None:
    # the fault that led here is the one to tell about
    with contextlib.suppress(Problem, OSError):
        if made is not None:
            fs.remove_tree(made)
        else:
            for name in os.listdir(target):
                fs.remove_tree(target / name)
    if old is not None:
        with contextlib.suppress(OSError, Problem):
            fs.move_tree(old, target)


def _fill(wish: Wish, target: Path, cache: Path | None, environ: Mapping[str, str] | None) -> None:
    if native.noexec(target):
        raise Problem(
            "environment-path",
            f"No environment can be made in {target}.",
            why="The disk that this folder is on lets no program start (it is mounted with noexec).",
            fix=(fs.ELSEWHERE[0],),
            data={"path": os.fspath(target)},
        )
    with fs.attempting("make the environment", target, inside=True):
        if tuple(map(int, wish.interpreter.version.split(".")[:2])) < _VIRTUALENV:
            maker.make_plain(wish, target, environ)
            _check_runs(target, wish.interpreter, environ)
            return
        if cache is not None and skeleton.stamp(cache, wish, target):
            return
        if cache is not None:
            skeleton.learn(cache, wish, target, environ)
        if cache is None or not skeleton.stamp(cache, wish, target):
            maker.make(wish, target, cache, environ)
    _check_runs(target, wish.interpreter, environ)


def _check_runs(path: Path, interpreter: Interpreter, environ: Mapping[str, str] | None) -> None:
    names = ("Scripts/python.exe", "bin/python.exe", "bin/python")
    python = next((path / name for name in names if (path / name).exists()), path / "bin" / "python")
    from venvoy.system import process

    done = process.run(
        [str(python), "-I", "-c", "import encodings, site"], environment=maker.variables(environ), timeout=_PATIENCE
    )
    if done.code:
        ended = f"Its Python ended with code {done.code:{'#x' if done.code > 255 else ''}}."  # noqa: PLR2004 - a byte
        raise maker.failed(interpreter, done.stderr or ended)
