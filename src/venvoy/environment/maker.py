"""virtualenv at work: its layouts, its activation scripts, its pip."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from venvoy.errors import Problem
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator, Mapping

    from venvoy.model.interpreter import Interpreter

_PATIENCE = 60.0
# No network, nothing written beside the environment, and setuptools only for those who ask for it.
_ALWAYS = ("--no-download", "--no-periodic-update", "--no-venv-redirect", "--no-setuptools")


class Wish(NamedTuple):
    """What an environment shall be like.

    ``prompt`` is what the shell shows while it is active; empty for the folder's name. ``seed`` puts that pip into it
    which virtualenv brings along: nothing is downloaded. With ``system_site_packages`` what is installed in the
    interpreter can be imported.
    """

    interpreter: Interpreter
    prompt: str = ""
    seed: bool = False
    system_site_packages: bool = False


def make(wish: Wish, target: Path, cache: Path | None, environ: Mapping[str, str] | None) -> None:
    """Make an environment with virtualenv.

    Args:
        wish: what it shall be like.
        target: its folder, which may be there already; absolute, without links.
        cache: where virtualenv keeps unpacked pips and what it learnt about interpreters; None keeps nothing.
        environ: the environment variables to run the interpreter with; None hands on our own.

    Raises:
        Problem: ``python-broken``, ``permission-denied``, ``disk-full``, ``file-error``.
    """
    import io  # with those below: 150 ms, and a skeleton answers nearly always

    from virtualenv import session_via_cli

    options = [*_ALWAYS, "--python", wish.interpreter.base_executable, f"--prompt={wish.prompt}"]
    options += [] if wish.seed else ["--no-seed"]
    options += ["--system-site-packages"] if wish.system_site_packages else []
    said = io.StringIO()
    with _data_folder(cache) as data, _quiet(said):
        try:
            session = session_via_cli(
                ["--app-data", str(data), *options, str(target)], setup_logging=False, env=variables(environ)
            )
            with session:
                session.run()
        except OSError as error:
            raise fs.problem(error, "make the environment", error.filename or target) from error
        except (RuntimeError, SystemExit, ValueError) as error:
            words = f"{said.getvalue()}\n{error}"
            raise _refused(words, data, target) or failed(wish.interpreter, words) from error


def _refused(words: str, *places: Path) -> Problem | None:
    """What the system refused to a thread of virtualenv, of which only a traceback is left; None for other faults."""
    import re
    import shutil

    found = re.findall(r"^\w+Error: \[Errno (\d+)\][^:\n]*(?:: '(.+)')?$", words, re.MULTILINE)
    if not found or int(found[-1][0]) not in fs.REFUSALS:
        return None
    number, path = found[-1]

    def room(place: Path) -> int:
        return shutil.disk_usage(next(folder for folder in (place, *place.parents) if folder.exists())).free

    fault = OSError(int(number), os.strerror(int(number)))
    return fs.problem(fault, "make the environment", path or min(places, key=room))


def make_plain(wish: Wish, target: Path, environ: Mapping[str, str] | None) -> None:
    """Make an environment with the interpreter's own ``venv``: for those that virtualenv no longer knows.

    It holds no pip, whatever the wish: ensurepip may be missing, and its pip too old.

    Raises:
        Problem: ``python-broken``.
    """
    from venvoy.system import process

    arguments = ["-m", "venv", "--without-pip", "--prompt", wish.prompt]
    arguments += ["--system-site-packages"] if wish.system_site_packages else []
    done = process.run(
        # -I: a venv.py in the current folder is not run
        [wish.interpreter.base_executable, "-I", *arguments, str(target)],
        environment=variables(environ),
        timeout=_PATIENCE,
    )
    if done.code:
        raise failed(wish.interpreter, done.stderr or done.stdout)


def version() -> list[str | int]:
    """What changes when another virtualenv is installed, or the Python that it runs with; empty when unknown.

    virtualenv is not imported for it.
    """
    import sys
    from importlib.machinery import PathFinder  # a third of what all of importlib takes

    found = PathFinder.find_spec("virtualenv")
    place = os.path.join(os.path.dirname(found.origin or ""), "version.py") if found else ""
    try:
        status = os.stat(place)
    except OSError:
        return []
    return [sys.executable, place, status.st_size, status.st_mtime_ns]


def variables(environ: Mapping[str, str] | None) -> dict[str, str] | None:
    """The environment variables without those that lead an interpreter or virtualenv astray."""
    if environ is None:
        return None
    # virtualenv takes every option from VIRTUALENV_… and from a file of its own too
    theirs = ("PYTHON", "VIRTUALENV_")
    kept = {name: value for name, value in environ.items() if not name.upper().startswith(theirs)}
    return {**kept, "VIRTUALENV_CONFIG_FILE": os.devnull}


def failed(interpreter: Interpreter, said: str) -> Problem:
    """The fault of an interpreter that cannot make an environment, with the last words of whoever tried."""
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


@contextlib.contextmanager
def _data_folder(cache: Path | None) -> Iterator[Path]:
    if cache is not None:
        folder = cache / "virtualenv"
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):  # else virtualenv takes folders for temporary files, and leaves some of them
            yield folder
            return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="venvoy-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextlib.contextmanager
def _quiet(said: io.StringIO) -> Iterator[None]:
    """Catch what virtualenv and python-discovery log or print; the last words explain a failure."""
    import io
    import logging

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
