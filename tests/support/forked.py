"""Many runs of venvoy in little time: a process that has everything loaded and forks for each command.

What is forked is killed in the midst of its work, not while it is being loaded. POSIX only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import venvoy

if TYPE_CHECKING:
    from typing_extensions import Self

_PATHS = [str(Path(__file__).resolve().parents[1]), str(Path(venvoy.__file__).parents[1])]
_SERVE = f"import sys; sys.path[:0] = {_PATHS!r}; from support import forked; forked.serve()"


class Forker:
    """Starts commands in a folder; :meth:`start` gives the process id, :meth:`finish` waits for the end."""

    def __init__(self, directory: Path, environ: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVE],
            cwd=directory,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._process:
            assert self._process.stdin
            self._process.stdin.close()

    def start(self, *arguments: str) -> int:
        """The process id of a command that has just begun."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        return int(self._answer())

    def finish(self) -> tuple[int, str]:
        """The exit code of the command, or the negative number of the signal that ended it, and its words."""
        code, words = self._answer()
        return code, words

    def run(self, *arguments: str) -> tuple[int, str]:
        """A command from its beginning to its end."""
        self.start(*arguments)
        return self.finish()

    def _answer(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the forking process has ended"
        return json.loads(line)


def serve() -> None:
    """Fork for each line of the standard input."""
    import gc

    import virtualenv  # noqa: F401 - what commands load late, loaded once

    from venvoy.cli import main
    from venvoy.cli.commands import add, lock, remove, sync, verify  # noqa: F401

    gc.freeze()
    for line in sys.stdin:
        arguments = json.loads(line)
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            os.dup2(writer, 1)
            os.dup2(writer, 2)
            sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))
            sys.argv = ["venvoy", *arguments]
            os._exit(_run(main.main, arguments))
        os.close(writer)
        print(child, flush=True)
        with os.fdopen(reader, encoding="utf-8", errors="replace") as pipe:
            words = pipe.read()
        _, status = os.waitpid(child, 0)
        print(json.dumps([os.waitstatus_to_exitcode(status), words]), flush=True)


def _run(main: Any, arguments: list[str]) -> int:
    try:
        code = int(main(arguments))
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - whatever it was is told to the test
        import traceback

        traceback.print_exc()
        return 99
    return code
