"""Environments that work wherever they are put: nothing in them names the place that they lie in.

Commands find their Python beside themselves, and so do those that venvoy installs later: ``relocatable = true`` in
pyvenv.cfg says so. What other installers put in names the place again. csh, nushell and xonsh give a script no way to
know where it is; there an environment that was moved is activated with ``venvoy activate``.
"""

from __future__ import annotations

import os

from venvoy.environment import rewrite, shebangs
from venvoy.system import fs, quoting
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from venvoy.environment.layout import Environment

# dash tells a sourced script nothing about itself: there the place where the environment was made has to do.
_POSIX = """\
if [ -n "${BASH_VERSION-}" ]; then
    _venvoy_here=$BASH_SOURCE
elif [ -n "${ZSH_VERSION-}" ]; then
    eval '_venvoy_here=${(%%):-%%x}'
else
    _venvoy_here=%s/bin/activate
fi
_venvoy_here=$(CDPATH= cd -- "$(dirname -- "$_venvoy_here")/.." > /dev/null && pwd)
"""
_FISH = "(realpath (dirname (status filename))/..)"
_CMD = '@for %%i in ("%~dp0..") do @set "VIRTUAL_ENV=%%~fi"'


def loosen(environment: Environment) -> None:
    """Take the place out of an environment's commands and activation scripts, and note it in pyvenv.cfg.

    Raises:
        Problem: ``permission-denied``, ``disk-full`` or ``file-error``.
    """
    root = os.fspath(environment.root)
    with fs.attempting("make this environment relocatable", root, inside=True):
        for path in sorted(environment.scripts.iterdir()):
            if path.is_file() and not path.is_symlink():
                data = path.read_bytes()
                text = _loosened(path, data, root)
                if text != data:
                    fs.write_atomic(path, text)
        configuration = environment.root / "pyvenv.cfg"
        fs.write_atomic(configuration, configuration.read_bytes() + b"relocatable = true\n")


def _loosened(path: Path, data: bytes, root: str) -> bytes:
    written = quoting.sh(root)
    if path.name == "activate":
        head = _POSIX % written
        return head.encode() + data.replace(os.fsencode(written), b'"$_venvoy_here"')
    if path.name == "activate.fish":
        return data.replace(b"'" + os.fsencode(root) + b"'", _FISH.encode())
    if path.name == "activate.bat":
        folder = f"{root}\\{path.parent.name}\\".encode()
        return data.replace(f'@set "VIRTUAL_ENV={root}"'.encode(), _CMD.encode()).replace(folder, b"%~dp0")
    return rewrite.with_python(data, root, lambda _: shebangs.BESIDE)
