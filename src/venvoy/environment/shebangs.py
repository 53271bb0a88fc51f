"""First lines of scripts: what starts them with an environment's Python. On the fast path: ``os`` only."""

from __future__ import annotations

import os

from venvoy.system import native, quoting

BESIDE = "<launcher_dir>"
"""In place of the path of an interpreter: the one in the same folder as the script. Windows launchers know the word."""

_BESIDE = b"""\
#!/bin/sh
'''exec' "$(dirname -- "$(realpath -- "$0")")"/python "$0" "$@"
' '''
"""
_WINDOWS_BESIDE = b"#!<launcher_dir>\\python.exe\r\n"
# The kernel reads 127 bytes of the first line; a line of this length with its "#!" and its end still fits.
_LIMIT = 127


def shebang(python: str, arguments: bytes = b"") -> bytes:
    """The first line, or lines, that start a script with ``python``, the end of line included.

    A path with a space, or too long for the kernel, goes through ``/bin/sh``: the shell sees a command, and Python
    a string literal in the same lines. Launchers of Windows know quotes, and lines of any length.
    """
    if python == BESIDE:
        return _WINDOWS_BESIDE if native.WINDOWS else _BESIDE
    executable = os.fsencode(python)
    line = b"#!" + executable + (b" " + arguments if arguments else b"") + b"\n"
    windows = python.endswith(".exe")
    if (windows or len(line) <= _LIMIT) and executable.split() == [executable]:
        return line
    if windows:
        return b'#!"' + executable + b'"' + line[2 + len(executable) :]
    quoted = os.fsencode(quoting.sh(python)) + (b" " + arguments if arguments else b"")
    return b"#!/bin/sh\n'''exec' " + quoted + b" \"$0\" \"$@\"\n' '''\n"
