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


def command(words: list[str]) -> list[str]:
    """What to start: a Python file that stands where a command stands is for the environment's Python.

    One that says itself what runs it is started as it is, where its path shows that it is no command's name.
    """
    first = words[0]
    itself = os.name == "posix" and os.sep in first and os.access(first, os.X_OK)
    script = first.lower().endswith((".py", ".pyw")) and os.path.isfile(first) and not itself
    return ["python", *words] if script else words
