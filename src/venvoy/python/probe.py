"""What an interpreter is: asked once, by python-discovery where it is not an ordinary one, then remembered."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys

from venvoy.digests import sha256
from venvoy.errors import Problem
from venvoy.model.interpreter import Interpreter
from venvoy.patterns import pattern
from venvoy.system import fs, kept, observed
from venvoy.values import TYPE_CHECKING, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from python_discovery import PythonInfo

    from venvoy.python.ordinary import Ordinary

MINIMUM = (3, 9)
"""The oldest Python that environments are made for."""

_PATIENCE = 10
# To be raised when what a record holds, or how tags are worked out, changes.
_KIND = "venvoy-python-4"
_OLD = pattern(r"is Python ([\d.]+), older than the minimum")
_FAILED = pattern(r"with code (-?\d+)(?: out: (?P<out>.*?))?(?: err: (?P<err>.*))?$", re.DOTALL)


def describe(
    executable: str | os.PathLike[str], *, cache: Path, environ: Mapping[str, str] | None = None
) -> Interpreter:
    """Describe an interpreter, from memory when neither it nor the machine has changed since it was asked.

    Args:
        executable: its path; one inside an environment is described as such, with its base.
        cache: the folder of the records; made if need be. That it cannot be written to is no fault.
        environ: the environment variables to run it with; None hands on our own.

    Raises:
        Problem: ``python-not-found`` when nothing is there, ``python-too-old`` below :data:`MINIMUM`, ``python-broken``
            when it crashes, does not end, or does not answer like a Python.
    """
    path = os.path.abspath(executable)
    # sys.version too: which wheels fit is worked out by this Python
    record, same = os.path.join(cache, f"python-{kept.name(path)}"), (*_machine(), sys.version, sys.maxsize)
    known = _recall(record, same)
    if known is not None:
        return known
    # an environment that was made anew has the same launcher and another pyvenv.cfg
    lines = observed.observe((path, *configurations(path)))
    from venvoy.python import ordinary

    info = ordinary.ask(path, variables(environ), _PATIENCE) or query(path, cache=cache, environ=environ, resolve=False)
    if info.version_info[:2] < MINIMUM:
        raise too_old(info.version_str, path)
    # before Python 3.11 an interpreter in an environment does not know its base: python-discovery then looks for it
    base = info.system_executable or query(path, cache=cache, environ=environ, resolve=True).system_executable
    interpreter = from_info(info, base or info.executable)
    if _is_same_file(path, info.original_executable):
        kept.remember(record, _KIND, same, [json.dumps(plain(interpreter))], lines)
    return interpreter


def missing_at(path: str, fix: str) -> Problem:
    """There is no Python at a path, as far as we may look."""
    if closed := fs.barrier(path):
        what, why = f"The Python at {path} is out of your reach.", f"You may not enter {closed}."
    else:
        what, why = f"There is no Python at {path}.", ""
    return Problem("python-not-found", what, why=why, fix=(fix,))


def query(path: str, *, cache: Path, environ: Mapping[str, str] | None, resolve: bool) -> PythonInfo:
    """Ask an interpreter about itself with python-discovery, which keeps its answer as well.

    Args:
        path: absolute.
        cache: as for :func:`describe`.
        environ: as for :func:`describe`.
        resolve: describe the interpreter that an environment was made from, in place of the environment's.

    Raises:
        Problem: ``python-not-found``, ``python-too-old`` (older than python-discovery can ask) or ``python-broken``.
    """
    if not os.path.exists(path):
        raise missing_at(path, "Check the path, or leave it out and name a version: --python 3.12")
    from python_discovery import PythonInfo

    try:
        with quiet():
            info = PythonInfo.from_exe(path, disk_cache(cache), resolve_to_host=resolve, env=variables(environ))
    except Exception as error:
        raise _broken(path, error) from error
    if info is None:
        raise _broken(path, RuntimeError("no answer"))
    return info


def disk_cache(cache: Path) -> Any:  # noqa: ANN401 - the library's type is not imported before it is needed
    """Return python-discovery's own memory, one for each kernel and C library: they show in its answers."""
    from python_discovery import DiskCache

    machine = sha256("\0".join(_machine()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return DiskCache(cache / machine)


def variables(environ: Mapping[str, str] | None) -> dict[str, str] | None:
    """Take out of the environment variables what would lead an interpreter away from its own standard library."""
    if environ is None:
        return None
    kept = {name: value for name, value in environ.items() if not name.upper().startswith("PYTHON")}
    return {"PY_DISCOVERY_TIMEOUT": str(_PATIENCE), **kept}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep python-discovery from writing: it logs what it passes over, and hands on what an interpreter prints."""
    import io
    import logging

    logger = logging.getLogger("python_discovery")
    handler = logging.NullHandler()
    logger.addHandler(handler)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.removeHandler(handler)


def from_info(info: PythonInfo | Ordinary, base: str) -> Interpreter:
    """Turn python-discovery's description into ours; ``base`` is the executable of the installation."""
    markers: dict[str, str] = {**info.marker_environment}  # type: ignore[dict-item]
    version = markers["python_full_version"]
    if version.endswith("+"):
        # a Python built from a checkout; "+" alone is no version (packaging does the same)
        markers["python_full_version"] = version + "local"
        version = version[:-1]
    managed = os.path.join(info.system_stdlib, "EXTERNALLY-MANAGED")
    return Interpreter(
        executable=info.executable,
        base_executable=base,
        version=version,
        implementation=info.implementation,
        bits=info.architecture,
        free_threaded=info.free_threaded,
        markers=markers,
        tags=wheel_tags(info),
        externally_managed=managed if os.path.isfile(managed) else "",
    )


def wheel_tags(info: PythonInfo | Ordinary) -> tuple[str, ...]:
    """Work out the tags of the wheels that an interpreter can install (PEP 425), best first.

    Equal to what ``packaging.tags.sys_tags`` gives inside it, without running it: it is on the same system as we are.
    """
    from packaging import tags

    version = info.version_info[:2]
    platforms = _platforms(info)
    nodot = f"{version[0]}{version[1]}"
    if info.implementation == "CPython":
        interpreter = f"cp{nodot}"
        abi = interpreter + "t" * info.free_threaded
        # a debug build loads ordinary extension modules too
        abis = [abi + "d", abi] if info.debug_build else [abi]
        own = tags.cpython_tags(version, abis, platforms)
        rest = tags.compatible_tags(version, interpreter, platforms)
    elif info.implementation == "PyPy":
        major, minor = info.pypy_version_info[:2]
        own = tags.generic_tags(f"pp{nodot}", [f"pypy{nodot}_pp{major}{minor}"], platforms)
        rest = tags.compatible_tags(version, "pp3", platforms)
    else:
        # its binary interface is in no standard place: wheels without compiled code only
        own = tags.generic_tags(f"{info.marker_environment['implementation_name']}{nodot}", ["none"], platforms)
        rest = tags.compatible_tags(version, None, platforms)
    return tuple(dict.fromkeys(map(str, (*own, *rest))))


def too_old(version: str, path: str = "") -> Problem:
    """Say that a Python is older than those that environments are made for; ``path`` is where it is, if it is there."""
    minimum = ".".join(map(str, MINIMUM))
    fix = ["Ask for a newer one, for instance: --python 3.12"]
    if path and not version.startswith("2."):
        fix.append(f"If it must be this one, make an environment without a project: venvoy venv --python {path}")
    return Problem(
        "python-too-old",
        f"Python {version} is too old for venvoy.",
        why=f"venvoy locks and installs for Python {minimum} and newer. Older ones get no security fixes any more, and "
        "new packages no longer run on them.",
        fix=fix,
        where=path,
        data={"version": version, "executable": path},
    )


def _broken(path: str, error: Exception) -> Problem:
    text = str(error)
    old = _OLD.search(text)
    if old:
        return too_old(old[1], path)
    failed = _FAILED.search(text)
    if "timed out" in text:
        why = f"It was started to ask what it is, and gave no answer within {_PATIENCE} seconds."
    elif failed:
        said = (failed["err"] or failed["out"] or "").strip("'\"").replace("\\n", "\n").strip()
        why = f"It was started to ask what it is, and failed (code {failed[1]})" + (f":\n{said}" if said else ".")
    else:
        why = "It was started to ask what it is, and what it answered is not what a Python answers."
    return Problem(
        "python-broken",
        f"{path} is not a Python that works.",
        why=why,
        fix=(
            f'See what it says: {path} -c "print(1)"',
            "Name another one: --python 3.12, or the path of another Python.",
        ),
        data={"executable": path},
    )


def _platforms(info: PythonInfo | Ordinary) -> list[str]:
    import sysconfig

    from packaging import tags

    if sys.platform == "darwin":
        return list(tags.mac_platforms(arch=info.marker_environment["platform_machine"]))
    theirs = _platform(info.sysconfig_platform or "", info.architecture)
    if sys.platform != "linux":
        return [theirs]
    ours = _platform(sysconfig.get_platform(), 64 if sys.maxsize > 2**32 else 32)
    platforms = list(tags.platform_tags())
    if theirs == ours:
        return platforms
    # a 32-bit Python on a 64-bit system, or the other way round: the C library has the same version for both
    old, new = ours.partition("_")[2], theirs.partition("_")[2]
    return [name.removesuffix(old) + new if name.endswith(old) else name for name in platforms]


def _platform(name: str, bits: int) -> str:
    plain = name.replace(".", "_").replace("-", "_").replace(" ", "_")
    return {"linux_x86_64": "linux_i686", "linux_aarch64": "linux_armv8l"}.get(plain, plain) if bits == 32 else plain  # noqa: PLR2004 - bits


def _machine() -> list[str]:
    if sys.platform == "win32":
        import platform

        there = platform.uname()
        return [there.system, there.release, there.version, there.machine]
    uname = os.uname()
    libc = ""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
    return [uname.sysname, uname.release, uname.version, uname.machine, libc]


def configurations(path: str) -> tuple[str, str]:
    """Where pyvenv.cfg may be that makes an interpreter one of an environment (PEP 405)."""
    scripts = os.path.dirname(path)
    return os.path.join(scripts, "pyvenv.cfg"), os.path.join(os.path.dirname(scripts), "pyvenv.cfg")


def _is_same_file(path: str, reported: str) -> bool:
    # a shim of a version manager answers with another file: what it stands for changes without it
    try:
        return os.path.samefile(path, reported)
    except (OSError, TypeError):
        return False


def _recall(record: str, same: object) -> Interpreter | None:
    facts = kept.recall(record, _KIND, same)
    try:
        fields = json.loads(facts[0]) if facts else {}
        known = Interpreter(**{**fields, "tags": tuple(fields["tags"])})
    except (ValueError, KeyError, TypeError):
        return None
    return known if os.path.exists(known.base_executable) else None
