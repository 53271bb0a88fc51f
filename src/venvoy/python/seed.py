"""Putting a pip into a Python of any age, and trying whether it works there.

The pip that is to come installs itself: a wheel of pip can be run where it lies, which is what ensurepip does too. So
its files, its RECORD and its commands are as pip makes them, and no Python needs a working pip before.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import zipfile
from pathlib import Path

from venvoy.errors import Problem
from venvoy.patterns import pattern
from venvoy.python import pips
from venvoy.system import fs, process
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from venvoy.python.facts import Facts

_PATIENCE = 120.0
# As ensurepip runs it: on Windows pip does not change itself when what was started is called pip.
_OUT_OF_WHEEL = """\
import sys
sys.path[0] = sys.argv.pop(1)
import runpy
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""
_WHEEL = pattern(r"pip-([^-]+)-[^-]+-none-any\.whl")
_PROBE = "venvoy_probe-1.0.dist-info"
_PROBE_FILES = {
    "venvoy_probe.py": "",
    f"{_PROBE}/METADATA": "Metadata-Version: 2.1\nName: venvoy-probe\nVersion: 1.0\n",
    f"{_PROBE}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2-none-any\nTag: py3-none-any\n",
    f"{_PROBE}/RECORD": f"venvoy_probe.py,,\n{_PROBE}/METADATA,,\n{_PROBE}/WHEEL,,\n{_PROBE}/RECORD,,\n",
}


def at_hand(facts: Facts, kept: Path) -> dict[str, Path]:
    """The wheels of pip that need no network, by version: venvoy's own, those fetched before, the interpreter's."""
    import virtualenv.seed.wheels.embed as embedded  # noqa: PLC0415 - 90 ms, and only those who put a pip in pay it

    ours = Path(str(embedded.BUNDLE_FOLDER))
    folders = (Path(facts.stdlib, "ensurepip", "_bundled"), kept, ours)
    files = [file for folder in folders if folder.is_dir() for file in sorted(folder.iterdir())]
    return {match[1]: file for file in files if (match := _WHEEL.fullmatch(file.name))}


@contextlib.contextmanager
def replacing(facts: Facts) -> Iterator[None]:
    """Take the pip of a Python out of the way; when what is done meanwhile fails, it is there again as it was.

    Raises:
        Problem: ``permission-denied`` or ``file-error``.
    """
    pip = pips.installed(facts, thorough=False)
    if facts.in_environment:
        # the pip that it has may be that of its base, or the user's: those are not its own to change
        site, scripts = facts.site_packages, os.path.dirname(facts.executable)
    else:
        site = pip.location if pip else facts.site_packages
        scripts = facts.user_scripts if pip and pip.user else facts.scripts
    aside = os.path.join(site, f".venvoy-pip-{os.getpid()}")
    moved: list[tuple[Path, Path]] = []
    try:
        os.makedirs(aside)
        for source in _own(site, scripts):
            moved.append((Path(source), Path(aside, f"{len(moved)}-{os.path.basename(source)}")))
            fs.move_tree(*moved[-1])
        yield
    except BaseException as error:
        with contextlib.suppress(OSError, Problem):
            for path in _own(site, scripts) if moved or os.path.isdir(aside) else ():
                fs.remove_tree(Path(path))
            for place, waiting in moved:
                fs.move_tree(waiting, place)
            fs.remove_tree(Path(aside))
        if isinstance(error, OSError):
            raise fs.problem(error, "change the pip of this Python", site) from error
        raise
    # what is still in use on Windows goes the next time
    with contextlib.suppress(Problem):
        fs.remove_tree(Path(aside))


def install(facts: Facts, wheel: Path, *, environ: Mapping[str, str], user: bool = False) -> None:
    """Let a wheel of pip install itself, with ``user`` into the user's own site.

    Raises:
        Problem: ``pip-broken`` with what it said.
    """
    wheel = Path(os.path.abspath(wheel))
    arguments = [
        str(wheel),
        "install",
        "--no-index",
        "--no-deps",
        "--ignore-installed",
        "--no-cache-dir",
        "--no-warn-script-location",
    ]
    arguments += ["--disable-pip-version-check", *(["--user"] if user else []), str(wheel)]
    with _folder() as folder:
        done = process.run(
            [facts.executable, "-E", *([] if user else ["-s"]), "-c", _OUT_OF_WHEEL, *arguments],
            environment=_variables(environ, folder),
            directory=Path(folder),
            timeout=_PATIENCE,
        )
    if done.code:
        version = wheel.name.split("-")[1]
        raise _broken(f"pip {version} could not be put into {facts.executable}.", done.stderr or done.stdout)


def attempt(facts: Facts, *, environ: Mapping[str, str]) -> str:
    """Try the pip of a Python: its version, a list, and the install of a wheel that is made for it.

    Returns:
        The last line of what it said when it failed; empty when it works.
    """
    with _folder() as folder:
        wheel = Path(folder, "venvoy_probe-1.0-py2.py3-none-any.whl")
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, text in _PROBE_FILES.items():
                archive.writestr(name, text)
        target = os.path.join(folder, "target")
        local = ("install", "--no-index", "--no-deps", "--no-cache-dir", "--target", target, str(wheel))
        for arguments in (("--version",), ("list",), local):
            done = process.run(
                [facts.executable, "-E", "-m", "pip", *arguments, "--disable-pip-version-check"],
                environment=_variables(environ, folder),
                directory=Path(folder),
                timeout=_PATIENCE,
            )
            if done.code:
                lines = (done.stderr or done.stdout).strip().splitlines()
                return lines[-1] if lines else f"exit code {done.code}"
    return ""


def refused(facts: Facts, said: str) -> Problem:
    """Say that a pip was put in, does not work there, and that things are as they were."""
    return _broken(f"The pip that was put into {facts.executable} does not work there; it was taken out again.", said)


def _own(site: str, scripts: str) -> list[str]:
    pieces = [os.path.join(site, name) for name in pips.leftovers(site)]
    return pieces + [command.path for command in pips.commands(scripts)]


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="venvoy-pip-", ignore_cleanup_errors=True)


def _variables(environ: Mapping[str, str], folder: str) -> dict[str, str]:
    # some pips, run from their wheel, leave files in the folder for temporary ones
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder)
    kept = {name: value for name, value in environ.items() if not name.upper().startswith(("PIP_", "PYTHON"))}
    return {**kept, **temporary, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INPUT": "1"}


def _broken(what: str, said: str) -> Problem:
    # of a traceback only what it ends in
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith((" ", "Traceback"))]
    return Problem(
        "pip-broken",
        what,
        why="\n".join(lines[-3:]),
        fix=("Take another Python: this one may be incomplete.", "venvoy python list   shows what each of them lacks"),
    )
