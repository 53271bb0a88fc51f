"""An ordinary interpreter, asked in few words: CPython on Linux that is installed, and not in an environment.

To load python-discovery, and what it runs, takes three times as long as to start the interpreter. It knows what is odd,
so whatever does not answer here like an ordinary interpreter is left to it.
"""

from __future__ import annotations

import os
import sys

from venvoy.errors import Problem
from venvoy.system import process
from venvoy.values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_BEGIN, _END = "venvoy-says<", ">venvoy-says"
# Without platform, sysconfig and site, which take longer than the interpreter itself.
_FACTS = """
import os, sys
v, i, u = sys.version_info, sys.implementation, os.uname()
def text(v):
    return "%d.%d.%d" % v[:3] + ("" if v[3] == "final" else v[3][0] + str(v[4]))
said = [
    sys.executable, getattr(sys, "_base_executable", ""), sys.prefix, sys.base_prefix, sys.exec_prefix,
    os.path.dirname(os.__file__), sys.abiflags, str(sys.maxsize), text(v),
    i.name, text(i.version), os.name, u.machine, u.release, u.sysname, u.version, sys.version.split()[0],
    "%d.%d" % v[:2], sys.platform,
]
"""
_PROGRAM = f'{_FACTS}sys.stdout.write("{_BEGIN}" + chr(0).join(said) + "{_END}")'
_MARKERS = (
    "implementation_name",
    "implementation_version",
    "os_name",
    "platform_machine",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_full_version",
    "python_version",
    "sys_platform",
)
_PROGRAM_MARK = b"\x7fELF"
_SETTLED = (3, 11)
"""From this version on an interpreter knows by itself what it belongs to."""


class Ordinary(NamedTuple):
    """What such an interpreter says about itself, under the names that python-discovery has for it."""

    executable: str
    original_executable: str
    system_executable: str
    system_stdlib: str
    sysconfig_platform: str
    architecture: int
    free_threaded: bool
    debug_build: bool
    implementation: str
    version_info: tuple[int, ...]
    version_str: str
    marker_environment: Mapping[str, str]
    pypy_version_info: tuple[int, ...] = ()


def ask(path: str, environ: Mapping[str, str] | None, patience: float) -> Ordinary | None:
    """Ask an interpreter what it is; None when it is not of the ordinary kind, or is none at all.

    Args:
        path: absolute.
        environ: the environment variables to run it with; None hands on our own.
        patience: for how many seconds to wait.
    """
    if sys.platform != "linux" or not _may_be(path):
        return None
    fields = _own(path) or _asked(path, environ, patience)
    if len(fields) != 9 + len(_MARKERS):
        return None
    executable, base, prefix, base_prefix, exec_prefix, stdlib, flags, largest, version, *rest = fields
    markers = dict(zip(_MARKERS, rest, strict=True))
    numbers = tuple(int(number) for number in markers["python_version"].split("."))
    plain = (
        markers["implementation_name"] == "cpython"
        and numbers >= _SETTLED
        and executable == base == path
        and prefix == base_prefix == exec_prefix
        and version == markers["python_full_version"]
    )
    if not plain:
        return None
    markers["platform_python_implementation"] = "CPython"
    return Ordinary(
        executable=executable,
        original_executable=executable,
        system_executable=executable,
        system_stdlib=stdlib,
        sysconfig_platform=f"linux-{markers['platform_machine']}",
        architecture=64 if int(largest) > 2**32 else 32,
        free_threaded="t" in flags,
        debug_build="d" in flags,
        implementation="CPython",
        version_info=numbers,
        version_str=version,
        marker_environment=markers,
    )


def _own(path: str) -> list[str]:
    """What the Python that runs this says of its own installation, if that is meant; else nothing."""
    # else PYTHONHOME may have led this process to another one's library
    at_home = os.path.dirname(path) == os.path.join(sys.base_prefix, "bin")
    if path != getattr(sys, "_base_executable", None) or not at_home:
        return []
    names: dict[str, list[str]] = {}
    exec(_FACTS, names)  # noqa: S102 - the text is above
    return [path, path, sys.base_prefix, sys.base_prefix, sys.base_exec_prefix, *names["said"][5:]]


def _asked(path: str, environ: Mapping[str, str] | None, patience: float) -> list[str]:
    try:
        said = process.run([path, "-I", "-S", "-c", _PROGRAM], environment=environ, timeout=patience)
    except Problem:
        return []
    _, _, answer = said.stdout.partition(_BEGIN)
    answer, end, _ = answer.partition(_END)
    return answer.split("\0") if end and not said.code else []


def _may_be(path: str) -> bool:
    """Whether it is a program, no script that starts one, and in no environment."""
    try:
        with open(path, "rb") as file:
            is_program = file.read(len(_PROGRAM_MARK)) == _PROGRAM_MARK
    except OSError:
        return False
    home = os.path.dirname(path)
    return is_program and not any(os.path.exists(f"{folder}/pyvenv.cfg") for folder in (home, os.path.dirname(home)))
