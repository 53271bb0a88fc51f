"""A shell in a pseudo-terminal, and somebody who types in it.

    with Terminal(["bash", "-i"], environ, folder) as terminal:
        assert terminal.type("echo hello") == ["hello"]

The shell's prompt has to end in :data:`PROMPT`: that is how the end of an answer is seen. POSIX only.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

PROMPT = "ready> "
_PATIENCE = 60.0
_QUIET = 0.05
# Makes the terminal its own, as a terminal program does for the shell in it, and becomes the shell.
_STARTER = """
import os, sys
os.setsid()
terminal = os.open(sys.argv[1], os.O_RDWR)
for number in (0, 1, 2):
    os.dup2(terminal, number)
os.close(terminal)
os.execvp(sys.argv[2], sys.argv[2:])
"""
_CONTROL = re.compile(r"\x1b(?:\[[0-9;?<>=!]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])|[\x00\x07\x0e\x0f]")


class Terminal:
    """A program in a pseudo-terminal, started with these arguments; ``prompt`` is the last one that it showed."""

    def __init__(self, arguments: Sequence[str], environ: Mapping[str, str], folder: Path) -> None:
        self._mine, self._theirs = os.openpty()
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 1000, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _STARTER, os.ttyname(self._theirs), *arguments],
            stdin=subprocess.DEVNULL,
            env={"TERM": "dumb", "COLUMNS": "1000", **environ},
            cwd=folder,
        )
        self.prompt = ""

    def __enter__(self) -> Self:
        try:
            self._answer(0)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def type(self, line: str, *, question: str = "", reply: str = "") -> list[str]:
        """Type a line, and wait for the next prompt: the lines that were answered, without the one that was typed.

        When a question is expected, it is waited for, and the reply is typed.
        """
        os.write(self._mine, line.encode("utf-8", "surrogateescape") + b"\r")
        if question:
            before = self._answer(1, question)
            os.write(self._mine, reply.encode() + b"\r")
            return _lines([*before.split("\n")[1:], *self._answer(1).split("\n")[1:-1]])
        # the line itself is echoed, by the terminal or by the shell's editor
        typed = line.count("\n") + 1
        return _lines(self._answer(typed).split("\n")[typed:-1])

    def leave(self, line: str = "exit") -> int:
        """Type a line that ends the shell, and return its exit code."""
        os.write(self._mine, line.encode() + b"\r")
        return self._process.wait(_PATIENCE)

    def _answer(self, lines: int, ending: str = PROMPT) -> str:
        data, text, end = b"", "", time.monotonic() + _PATIENCE
        while True:
            # An editor that paints its line anew shows the prompt too, and goes on at once.
            complete = text.endswith(ending) and text.count("\n") >= lines
            wait = _QUIET if complete else max(0.0, end - time.monotonic())
            if not select.select([self._mine], [], [], wait)[0]:
                if complete:
                    break
                raise AssertionError(f"no prompt came: {text!r}")
            data += os.read(self._mine, 65536)
            text = re.sub(r"\r+\n", "\n", _CONTROL.sub("", data.decode("utf-8", "replace")))
        self.prompt = re.split(r"[\r\n]", text)[-1]
        return text

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._mine)
        os.close(self._theirs)


def _lines(texts: list[str]) -> list[str]:
    # zsh and fish clear a line before they show a prompt, in case something stands there
    return [text.rpartition("\r")[2] for text in texts]
