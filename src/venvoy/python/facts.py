"""What an interpreter of any age says about itself: asked once with a few lines that Python 2.7 understands too.

:mod:`venvoy.python.probe` describes the Pythons that projects are locked for, wheel tags included; this module answers
for every interpreter of the machine, down to 2.7, what a person wants to know of it.
"""

from __future__ import annotations

import json
import os
import re
import time

from venvoy.errors import Problem
from venvoy.python.probe import configurations, missing_at
from venvoy.system import kept, observed, process
from venvoy.values import TYPE_CHECKING, dataclass, plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

PATIENCE = 10.0
"""Seconds that an interpreter may take to say what it is."""

# To be raised when what a record holds changes.
_KIND = "venvoy-facts-2"
# Seconds for which a fault is believed: its cause (a missing library) may be mended without touching the interpreter.
_FAULT_KEEPS = 600
_BEGIN, _END = "venvoy-facts<", ">venvoy-facts"
# -I is unknown to 2.7, so it is said in two options, and the current folder is taken off sys.path before any import.
_OPTIONS = ("-E", "-s", "-B", "-c")
_PROGRAM = f"""
import sys
sys.path[:] = [p for p in sys.path if p]
import json, os, site, sysconfig
v = sys.version_info
stage = {{"alpha": "a", "beta": "b", "candidate": "rc"}}.get(v[3])
two = "__pypy__" in sys.builtin_module_names and "pypy" or "cpython"
name = getattr(getattr(sys, "implementation", None), "name", two)
def lacks(module):
    try:
        __import__(module)
    except Exception:
        return True
    return False
stdlib = sysconfig.get_path("stdlib") or os.path.dirname(os.__file__)
def absent(package):
    return not os.path.exists(os.path.join(stdlib, package, "__init__.py"))
user = os.name + "_user"
if sys.platform == "darwin" and sysconfig.get_config_var("PYTHONFRAMEWORK"):
    user = "osx_framework_user"
get = sysconfig.get_path
facts = dict(
    executable=sys.executable,
    version=".".join(map(str, v[:3])) + (stage and stage + str(v[4]) or ""),
    implementation=name,
    bits=sys.maxsize > 2**32 and 64 or 32,
    platform=sysconfig.get_platform(),
    free_threaded=bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    prefix=sys.prefix,
    base_prefix=getattr(sys, "base_prefix", getattr(sys, "real_prefix", sys.prefix)),
    base_executable=getattr(sys, "_base_executable", None) or "",
    stdlib=stdlib,
    modules=sysconfig.get_config_var("DESTSHARED") or "",
    paths=sys.path,
    site_packages=get("purelib"),
    scripts=get("scripts"),
    user_site=site.getusersitepackages() or "",
    user_scripts=user in sysconfig.get_scheme_names() and get("scripts", user) or "",
    missing=[m for m in ("ssl", "sqlite3", "tkinter") if lacks("_" + m)]
    + [m for m in ("ensurepip", "venv") if absent(m) and not (m == "venv" and v[0] == 2)],
)
sys.stdout.write("{_BEGIN}" + json.dumps(facts) + "{_END}\\n")
"""
_HOME = "USERPROFILE" if os.name == "nt" else "HOME"
_BUNDLED = re.compile(r"""^_PIP_VERSION\s*=\s*["']([^"']+)["']""", re.MULTILINE)
_NAMES = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalPy", "ironpython": "IronPython"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What an interpreter said about itself; paths are absolute.

    ``executable`` is the path by which it was asked, ``prefix`` its installation or its environment, ``base_prefix``
    the installation in both cases. ``platform`` is as :func:`sysconfig.get_platform` has it (``linux-x86_64``).
    ``paths`` is its ``sys.path`` without the user's own site, which is ``user_site`` (empty where it does not count).
    ``externally_managed`` is the path of the PEP 668 marker file, ``bundled`` the version of pip that its ensurepip
    holds; both may be empty. ``missing`` names the parts of the standard library that it lacks, of ensurepip, ssl,
    sqlite3, tkinter and venv.
    """

    executable: str
    version: str
    implementation: str
    bits: int
    platform: str
    free_threaded: bool
    prefix: str
    base_prefix: str
    base_executable: str
    stdlib: str
    paths: tuple[str, ...]
    site_packages: str
    scripts: str
    user_site: str
    user_scripts: str
    missing: tuple[str, ...]
    externally_managed: str
    bundled: str

    @property
    def release(self) -> tuple[int, ...]:
        """The numbers of the version: ``(3, 13, 0)``."""
        return tuple(int(number) for number in re.findall(r"\d+", self.version)[:3])

    @property
    def minor(self) -> str:
        """The first two numbers of the version: ``3.13``."""
        return ".".join(map(str, self.release[:2]))

    @property
    def base(self) -> str:
        """The interpreter of the installation that an environment's Python comes from; outside of one, its own."""
        if not self.in_environment:
            return self.executable
        inside = ("python.exe",) if os.name == "nt" else ("bin", f"python{self.minor}")
        return self.base_executable or os.path.join(self.base_prefix, *inside)

    @property
    def in_environment(self) -> bool:
        """Whether it belongs to a virtual environment."""
        return os.path.isfile(os.path.join(self.prefix, "pyvenv.cfg")) or self.prefix != self.base_prefix


def ask(executable: str, *, cache: Path, environ: Mapping[str, str]) -> Facts:
    """Ask an interpreter what it is, or remember what it said: by its path, its size and its time.

    Args:
        executable: its path; links are followed by the system only, so one in an environment answers for that.
        cache: the folder of the records; made if need be. That it cannot be written to is no fault.
        environ: the environment variables to run it with.

    Raises:
        Problem: ``python-not-found`` when nothing is there, ``python-broken`` when it crashes, does not end, or does
            not answer like a Python.
    """
    path = os.path.abspath(executable)
    record, home = os.path.join(cache, f"facts-{kept.name(path)}"), environ.get(_HOME, "")
    known = _recall(record, home)
    if isinstance(known, Facts):
        return known
    if known:
        raise _broken(path, known)
    if not os.path.exists(path):
        raise missing_at(path, "venvoy python list   shows the Pythons of this computer")
    try:
        facts = _question(path, environ)
    except Problem as problem:
        if problem.code == "python-broken":
            _remember(record, home, {"fault": problem.why, "when": time.time()}, path, *configurations(path))
        raise
    # a package of the system may bring a missing part (python3-tk, python3-venv): the folders change then
    parts = [os.path.join(facts.stdlib, name) for name in ("", "lib-dynload", "ensurepip")]
    _remember(record, home, {"facts": plain(facts)}, path, *configurations(path), *parts)
    return facts


def _question(path: str, environ: Mapping[str, str]) -> Facts:
    variables = {name: value for name, value in environ.items() if not name.upper().startswith("PYTHON")}
    try:
        done = process.run([path, *_OPTIONS, _PROGRAM], environment=variables, timeout=PATIENCE)
    except Problem as problem:
        late = problem.code == "command-timeout"
        why = f"It was asked what it is, and gave no answer within {PATIENCE:g} seconds." if late else problem.why
        raise _broken(path, why) from None
    begin, end = done.stdout.find(_BEGIN), done.stdout.rfind(_END)
    try:
        return _facts(path, json.loads(done.stdout[begin + len(_BEGIN) : end]))
    except (ValueError, KeyError, TypeError):
        said = "\n".join(line for line in (done.stderr or done.stdout).splitlines()[-3:] if line.strip())
        failed = f"failed (code {done.code})" if done.code else "did not answer as a Python does"
        raise _broken(path, f"It was asked what it is, and {failed}{':' if said else '.'}\n{said}".strip()) from None


def _facts(path: str, said: Mapping[str, Any]) -> Facts:
    stdlib, prefix = said["stdlib"], said["prefix"]
    managed = os.path.join(stdlib, "EXTERNALLY-MANAGED")
    environment = prefix != said["base_prefix"]
    bare = environment and not _sees_system(prefix)
    return Facts(
        executable=path,
        version=said["version"],
        implementation=_NAMES.get(said["implementation"], said["implementation"]),
        bits=said["bits"],
        platform=said["platform"],
        free_threaded=said["free_threaded"],
        prefix=prefix,
        base_prefix=said["base_prefix"],
        base_executable=said["base_executable"],
        stdlib=stdlib,
        paths=tuple(said["paths"]),
        site_packages=said["site_packages"],
        scripts=said["scripts"],
        user_site="" if bare else said["user_site"],
        user_scripts="" if bare else said["user_scripts"],
        missing=tuple(said["missing"]),
        externally_managed=managed if not environment and os.path.isfile(managed) else "",
        bundled=_bundled(stdlib),
    )


def _sees_system(prefix: str) -> bool:
    try:
        with open(os.path.join(prefix, "pyvenv.cfg"), encoding="utf-8", errors="replace") as file:
            return bool(re.search(r"(?im)^include-system-site-packages\s*=\s*true\s*$", file.read()))
    except OSError:
        return False


def _bundled(stdlib: str) -> str:
    # the folder _bundled can hold two pips; this line says which one is put in
    try:
        with open(os.path.join(stdlib, "ensurepip", "__init__.py"), encoding="utf-8", errors="replace") as file:
            found = _BUNDLED.search(file.read())
    except OSError:
        return ""
    return found[1] if found else ""


def _recall(record: str, home: str) -> Facts | str:
    """What is known: facts, the reason why there are none, or an empty text."""
    found = kept.recall(record, _KIND, home)
    try:
        data = json.loads(found[0]) if found else {}
        if "fault" in data:
            return str(data["fault"]) if 0 <= time.time() - data["when"] < _FAULT_KEEPS else ""
        fields = data["facts"]
        return Facts(**{**fields, "paths": tuple(fields["paths"]), "missing": tuple(fields["missing"])})
    except (ValueError, KeyError, TypeError):
        return ""


def _remember(record: str, home: str, content: Mapping[str, object], *rests_on: str) -> None:
    kept.remember(record, _KIND, home, [json.dumps(content)], observed.observe(rests_on))


def _broken(path: str, why: str) -> Problem:
    return Problem(
        "python-broken",
        f"{path} is not a Python that works.",
        why=why,
        fix=(
            f'See what it says: {path} -c "print(1)"',
            "venvoy python list   shows the Pythons that work",
        ),
        data={"executable": path},
    )
