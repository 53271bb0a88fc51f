"""The environment variables of a process that runs inside an environment.

``venvoy.entry`` imports this on its fast path: nothing but ``os`` here.
"""

from __future__ import annotations

import os


def activated(variables: dict[str, str], root: str, scripts: str) -> dict[str, str]:
    """Copy ``variables`` and activate the environment at ``root`` in them, as its activation scripts would.

    ``scripts`` (its ``bin`` or ``Scripts`` folder) comes first on PATH, once. PYTHONHOME would lead the interpreter
    away from the environment, so it goes.
    """
    old = [entry for entry in variables.get("PATH", os.defpath).split(os.pathsep) if entry != scripts]
    changed = {**variables, "VIRTUAL_ENV": root, "PATH": os.pathsep.join([scripts, *old])}
    changed.pop("PYTHONHOME", None)
    return changed
