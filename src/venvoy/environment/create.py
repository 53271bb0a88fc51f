"""Making an environment, with virtualenv: its layouts, its activation scripts, its pip."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from venvoy.environment import layout
from venvoy.errors import Problem
from venvoy.system import fs, process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from venvoy.environment.layout import Environment
    from venvoy.model.interpreter import Interpreter

OWN_FOLDER = ".venvoy"
"""The folder inside an environment where venvoy keeps its notes; there from the first moment of its making."""

_PATIENCE = 60.0
# No network, nothing written beside the environment, and setuptools only for those who ask for it.
_ALWAYS = ("--no-download", "--no-periodic-update", "--no-venv-redirect", "--no-setuptools")


@contextlib.contextmanager
def creating(  # noqa: PLR0913 - the choices that somebody who makes an environment has
    path: Path,
    interpreter: Interpreter,
    *,
    seed: bool,
    prompt: str | None,
    system_site_packages: bool,
    force: bool = False,
    cache: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Environment]:
    """Make an environment to work with; when that or the work fails, what was there before is there again.

    Args:
        path: its folder; missing, empty or, with ``force``, an environment. Missing parents are made.
        interpreter: what it is made from.
        seed: whether to put pip into it: the one that virtualenv brings along, nothing is downloaded.
        prompt: what the shell's prompt shows while it is active; None is the folder's name.
        system_site_packages: whether what is installed in the interpreter can be imported.
        force: replace the environment that is there.
        cache: where virtualenv keeps unpacked pips and what it learnt about interpreters; None keeps nothing.
        environ: the environment variables to run the interpreter with; None hands on our own.

    Yields:
        The environment; its Python has been run once.

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
        options = [*_ALWAYS, "--python", interpreter.base_executable, f"--prompt={prompt or path.name}"]
        options += [] if seed else ["--no-seed"]
        options += ["--system-site-packages"] if system_site_packages else []
        _run_virtualenv(options, target, interpreter, cache, environ)
        _check_runs(path, interpreter, environ)
        yield layout.read(path)
    except BaseException:
        _restore(target, made, old)
        raise
    if old is not None:
        # what is still in use on Windows goes the next time
        with contextlib.suppress(Problem):
            fs.remove_tree(old)


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
    try:
        target.rename(aside)
    except OSError as error:
        raise fs.problem(error, "set the old environment aside", path) from error
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
    try:
        # first of all, so that a half-made environment can be told from somebody's folder
        (target / OWN_FOLDER).mkdir(parents=True)
    except OSError as error:
        raise fs.problem(error, "make the environment", target) from error


def _restore(target: Path, made: Path | None, old: Path | None) -> None:
    # the fault that led here is the one to tell about
    with contextlib.suppress(Problem, OSError):
        if made is not None:
            fs.remove_tree(made)
        else:
            for name in os.listdir(target):
                fs.remove_tree(target / name)
    if old is not None:
        with contextlib.suppress(OSError):
            old.rename(target)


def _run_virtualenv(
    options: list[str], target: Path, interpreter: Interpreter, cache: Path | None, environ: Mapping[str, str] | None
) -> None:
    from virtualenv import session_via_cli  # noqa: PLC0415 - 95 ms, and only those who make an environment pay it

    said = io.StringIO()
    with _data_folder(cache) as data, _quiet(said):
        try:
            session = session_via_cli(
                ["--app-data", str(data), *options, str(target)], setup_logging=False, env=_variables(environ)
            )
            with session:
                session.run()
        except OSError as error:
            raise fs.problem(error, "make the environment", error.filename or target) from error
        except (RuntimeError, SystemExit, ValueError) as error:
            raise _failed(interpreter, f"{said.getvalue()}\n{error}") from error


@contextlib.contextmanager
def _data_folder(cache: Path | None) -> Iterator[Path]:
    if cache is not None:
        yield cache / "virtualenv"
        return
    with tempfile.TemporaryDirectory(prefix="venvoy-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextlib.contextmanager
def _quiet(said: io.StringIO) -> Iterator[None]:
    """Catch what virtualenv and python-discovery log or print; the last words explain a failure."""
    handler = logging.StreamHandler(said)
    handler.setLevel(logging.WARNING)
    loggers = [logging.getLogger(name) for name in ("virtualenv", "python_discovery", "filelock")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
            yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


def _variables(environ: Mapping[str, str] | None) -> dict[str, str] | None:
    if environ is None:
        return None
    # virtualenv takes every option from VIRTUALENV_… and from a file of its own too
    theirs = ("PYTHON", "VIRTUALENV_")
    kept = {name: value for name, value in environ.items() if not name.upper().startswith(theirs)}
    return {**kept, "VIRTUALENV_CONFIG_FILE": os.devnull}


def _check_runs(path: Path, interpreter: Interpreter, environ: Mapping[str, str] | None) -> None:
    python = next((file for file in _pythons(path) if file.exists()), path / "bin" / "python")
    done = process.run(
        [str(python), "-I", "-c", "import encodings, site"], environment=_variables(environ), timeout=_PATIENCE
    )
    if done.code:
        raise _failed(interpreter, done.stderr)


def _pythons(path: Path) -> list[Path]:
    return [path / "Scripts" / "python.exe", path / "bin" / "python.exe", path / "bin" / "python"]


def _failed(interpreter: Interpreter, said: str) -> Problem:
    lines = [line for line in said.splitlines() if line.strip()]
    return Problem(
        "python-broken",
        f"No environment could be made from {interpreter.base_executable} (Python {interpreter.version}).",
        why="\n".join(lines[-5:]),
        fix=(
            "Take another Python: --python 3.12, or the path of one",
            "Or install that Python again: it may be incomplete.",
        ),
        data={"executable": interpreter.base_executable},
    )
