"""Where a Python keeps what is installed for one person alone (PEP 370); variables decide, so it is always asked."""

from __future__ import annotations

import json
import os

from venvoy.errors import Problem
from venvoy.system import process
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_PATIENCE = 20.0
_BEGIN, _END = "venvoy-user<", ">venvoy-user"
# The current folder is taken off sys.path before anything is imported from there. Older Pythons have no
# get_preferred_scheme; what it answers is what their own pip worked out in this way.
_PROGRAM = f"""
import sys
sys.path[:] = [p for p in sys.path if p]
import json, os, site, sysconfig
preferred = getattr(sysconfig, "get_preferred_scheme", None)
framework = sys.platform == "darwin" and sysconfig.get_config_var("PYTHONFRAMEWORK")
name = preferred("user") if preferred else "osx_framework_user" if framework else os.name + "_user"
paths = sysconfig.get_paths(name)
said = dict(
    base=site.getuserbase(),
    site=site.getusersitepackages(),
    scripts=paths["scripts"],
    include=paths["include"],
    enabled=site.ENABLE_USER_SITE,
    refused=bool(sys.flags.no_user_site),
    paths=sys.path,
)
sys.stdout.write("{_BEGIN}" + json.dumps(said) + "{_END}\\n")
"""


@dataclass(frozen=True, slots=True)
class UserScheme:
    """What an interpreter says about its user site; paths are absolute, and need not be there.

    ``base`` holds all of it, ``site`` the modules, ``scripts`` the commands, ``include`` headers. ``enabled`` tells
    whether this Python looks there; ``why`` says why not: ``asked`` (PYTHONNOUSERSITE), ``security`` (it runs for
    somebody else than who started it) or empty. ``paths`` is sys.path.
    """

    base: str
    site: str
    scripts: str
    include: str
    enabled: bool
    why: str
    paths: tuple[str, ...]


def ask(executable: str, environ: Mapping[str, str]) -> UserScheme:
    """Ask an interpreter for its user scheme.

    Args:
        executable: its path; not one in an environment.
        environ: the environment variables; PYTHONUSERBASE and PYTHONNOUSERSITE count.

    Raises:
        Problem: ``python-broken`` when it does not answer.
    """
    done = process.run([executable, "-c", _PROGRAM], environment=environ, timeout=_PATIENCE)
    begin, end = done.stdout.find(_BEGIN), done.stdout.rfind(_END)
    try:
        return read(json.loads(done.stdout[begin + len(_BEGIN) : end]))
    except (ValueError, KeyError, TypeError):
        said = "\n".join(line for line in (done.stderr or done.stdout).splitlines()[-3:] if line.strip())
        raise Problem(
            "python-broken",
            f"{executable} did not say where its user site is.",
            why=said,
            fix=(f"See what it says: {executable} -m site",),
            data={"executable": executable},
        ) from None


def read(said: Mapping[str, Any]) -> UserScheme:
    """Understand what an interpreter answered.

    Raises:
        KeyError: something is missing.
        TypeError: there is no user site at all.
    """
    enabled = said["enabled"]
    why = "" if enabled else "asked" if said["refused"] else "security" if enabled is None else ""
    site, base, scripts, include = (os.path.abspath(said[name]) for name in ("site", "base", "scripts", "include"))
    return UserScheme(base, site, scripts, include, bool(enabled), why, tuple(said["paths"]))
