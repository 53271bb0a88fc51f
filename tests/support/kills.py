"""A command that is killed just before its nth change to the file system, in a child process, where there is fork."""

from __future__ import annotations

import builtins
import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from support import power
from venvoy.cli.main import main
from venvoy.system import boot

_CHANGES = ("replace", "rename", "unlink", "remove", "mkdir", "rmdir", "link", "symlink", "chmod", "utime", "fsync")


def run(
    arguments: Sequence[str],
    directory: Path,
    environ: Mapping[str, str],
    kill_at: int | None = None,
    *,
    flushed: Path | None = None,
    boot_name: str = "",
) -> int:
    """Run venvoy in a child process.

    Args:
        arguments: of the command.
        directory: where.
        environ: its environment variables.
        kill_at: before which change it is to end at once, as with ``kill -9``; None lets it end by itself.
        flushed: where to note what it flushes to the disk, for :class:`support.power.Disk`.
        boot_name: which run of the machine this is; empty for the real one.

    Returns:
        Its exit code; -9 when it was killed.
    """
    child = os.fork()
    if not child:
        code = 1
        with contextlib.suppress(BaseException):
            os.environ.clear()
            os.environ.update(environ)
            os.chdir(directory)
            sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until the process ends
            if boot_name:
                boot.name = lambda: boot_name
            if flushed is not None:
                power.noting(flushed)
            if kill_at is not None:
                _arm(kill_at)
            code = main(arguments)
        os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return -9 if code == _KILLED else code


_KILLED = 99


def _arm(kill_at: int) -> None:
    left = kill_at

    def counted(function: Callable[..., Any], counts: Callable[..., bool]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            if counts(*args, **kwargs):
                if not left:
                    os._exit(_KILLED)
                left -= 1
            return function(*args, **kwargs)

        return call

    for name in _CHANGES:
        setattr(os, name, counted(getattr(os, name), lambda *_, **__: True))
    os.open = counted(os.open, lambda _, flags, *__, **___: bool(flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR)))
    builtins.open = counted(builtins.open, lambda _, mode="r", *__, **___: not {"w", "x", "a", "+"}.isdisjoint(mode))
