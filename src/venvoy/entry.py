"""The console script: answers at once what needs no thinking, and hands everything else to the command line.

Bare Python starts in 10 ms, click alone takes 26 more. So ``venvoy --version``, and ``venvoy run`` with nothing to do,
get by with ``os`` and ``sys``; a test looks into ``sys.modules`` to keep it so.
"""

from __future__ import annotations

import os
import sys

_INTERRUPTED = 130  # errors.Exit.INTERRUPTED, without the import


def main() -> int:
    """Run venvoy with the arguments of this process; returns its exit code."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        from venvoy import __version__

        sys.stdout.write(f"venvoy {__version__}\n")
        return 0
    if arguments[:1] == ["run"] and os.name == "posix":
        _run(arguments[1:])
    from venvoy.cli.main import main as command_line

    code = command_line(arguments)
    if code == _INTERRUPTED:
        # Threads may still wait for an answer of the network, up to its time limit: nobody wants it any more.
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(code)
    return code


def _run(words: list[str]) -> None:
    """Become the command if the environment is known to be up to date; return when there is anything to think about."""
    if words[:1] == ["--"]:
        words = words[1:]
    if not words or words[0].startswith("-"):
        return
    # Any setting may change what is to be done; the place of the cache does not.
    if any(name.startswith("VENVOY_") and name != "VENVOY_CACHE_DIR" for name in os.environ):
        return
    folder = os.getcwd()
    while not os.path.isfile(os.path.join(folder, "pyproject.toml")):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return
    from venvoy import __version__
    from venvoy.environment import stamp
    from venvoy.environment.variables import activated

    root = os.path.join(folder, ".venv")
    if not stamp.matches(root, __version__):
        return
    try:
        os.execvpe(words[0], words, activated(dict(os.environ), root, os.path.join(root, "bin")))
    except OSError:
        return  # the long way says why, in words
