"""The ``pip`` of an environment that a project's lockfile fills: it holds none, and says what to type instead.

Without it, who types ``pip`` there would reach that of another Python, and change that one.
"""

from __future__ import annotations

import os

from venvoy.system import fs, placing
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from venvoy.environment.layout import Environment

_WORDS = (
    "pip is not used here: venvoy keeps this environment as the pylock.toml of its project says.",
    "  -> venvoy add NAME      in place of pip install NAME",
    "  -> venvoy import FILE   in place of pip install -r FILE",
    "  -> venvoy remove NAME   in place of pip uninstall NAME",
    "  -> venvoy pip fix       puts a real pip here after all",
)
_SHELL = "\n".join(("#!/bin/sh", "# made by venvoy", *(f"echo '{line}' >&2" for line in _WORDS), "exit 1", ""))
_BATCH = "\r\n".join(
    ("@echo off", "rem made by venvoy", *(f">&2 echo {line.replace('>', '^>')}" for line in _WORDS), "exit /b 1", "")
)
_NAMES = ("pip", "pip3")
_FORMS = {"": _SHELL, ".bat": _BATCH}


def put(environment: Environment) -> None:
    """Put it where there is no pip: on Windows in two forms, as Git Bash looks for one and the others for the other.

    Raises:
        Problem: ``permission-denied``, ``disk-full``, ``file-error``.
    """
    forms = _FORMS if environment.windows else {"": _SHELL}
    for name in _NAMES:
        if os.path.lexists(environment.scripts / f"{name}.exe"):
            continue
        for suffix, text in forms.items():
            path = environment.scripts / f"{name}{suffix}"
            try:
                placing.create(os.fspath(path), text.encode(), 0o777)
            except FileExistsError:
                continue
            except OSError as error:
                raise fs.problem(error, "make the environment", path) from error


def is_one(path: str) -> bool:
    """Whether a file is one of these, to the byte.

    Raises:
        OSError: it cannot be read.
    """
    name, suffix = os.path.splitext(os.path.basename(path))
    if name not in _NAMES or suffix not in _FORMS or not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.read() == _FORMS[suffix].encode()
