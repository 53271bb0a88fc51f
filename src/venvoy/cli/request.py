"""What a command gets besides its own arguments: the settings, the parts to work with, the project it is about."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from venvoy import __version__, settings
from venvoy.cli.progress import Terminal
from venvoy.errors import Problem
from venvoy.operations.context import Context
from venvoy.settings import Color
from venvoy.system import answers, observed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from venvoy.cli.output import Output
    from venvoy.operations.project import Located


_ABOUT_SHELLS = frozenset({"activate", "deactivate", "shell", "hook", "trust"})
"""Commands for which it is no surprise that another environment is active."""


class Request:
    """One run of a command; a context manager that gives back what the run took hold of.

    Args:
        output: where its words go.
        flags: the settings given on the command line, by name.
        start: the folder that the command is about (``--project``, else the current one).
    """

    def __init__(self, output: Output, flags: Mapping[str, object], start: Path) -> None:
        self.output = output
        self.start = start
        self._flags = flags
        self._held = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.__exit__(kind, value, trace)

    def release(self) -> None:
        """Give everything back now: another program is about to take this process over."""
        self._held.close()

    def bare(self) -> Context:
        """The parts, for a command that needs no project."""
        return self._context({}, "")

    def project(self) -> tuple[Context, Located]:
        """The parts and the project, for a command that only looks."""
        from venvoy.operations.project import locate

        located = locate(self.start)
        context = self._context(located.file.settings, located.file.where)
        located = located.placed(context.settings)
        if self.output.command not in _ABOUT_SHELLS:
            from venvoy.operations import home as homes

            homes.mind_active(context, located)
        return context, located

    def project_if_any(self) -> tuple[Context, Located | None]:
        """The parts, and the project when there is one."""
        from venvoy.operations.project import nearest

        return (self.bare(), None) if nearest(self.start) is None else self.project()

    def project_to_change(self) -> tuple[Context, Located]:
        """The parts and the project, read while no other command changes it: the lock is held until this run ends."""
        from venvoy.operations import guard

        context, located = self.project()
        return context, self._held.enter_context(guard.project(context, located.directory))

    def project_as_it_is(self) -> tuple[Context, Path, Path]:
        """The parts, the project's folder and that of its environment, whatever is wrong with the files in it."""
        from venvoy.operations import history
        from venvoy.operations.project import ENVIRONMENT, nearest

        directory = nearest(self.start)
        try:
            context, located = self.project()
        except Problem:
            context = self.bare()
            directory = directory or history.remembered(context.settings.cache_dir, self.start)
            if directory is None:
                raise
            return context, directory, directory / ENVIRONMENT
        return context, located.directory, located.environment

    def project_to_restore(self) -> tuple[Context, Path, Path]:
        """The same, while no other command changes it."""
        from venvoy.operations import guard

        context, directory, environment = self.project_as_it_is()
        self._held.enter_context(guard.changing(context, directory))
        return context, directory, environment

    def folder_to_change(self, directory: Path) -> Context:
        """The parts, for a command that makes a project of a folder."""
        from venvoy.operations import guard

        context = self.bare()
        self._held.enter_context(guard.changing(context, directory))
        return context

    def settle(self, context: Context, located: Located, said: Sequence[str]) -> None:
        """Let the same words be answered with ``said`` before anything is loaded, until something has changed.

        Only for a project that is up to date, and for plain words: no JSON, no remarks, nothing to be warned of.
        """
        from venvoy.operations import home as homes
        from venvoy.operations.project import nearest, read_text

        chosen = context.settings
        if chosen.json or chosen.verbose or self.output.warnings or nearest(Path.cwd()) != located.directory:
            return
        lines = observed.observe(homes.rests_on(context, located))
        if read_text(located.pyproject) == located.text:  # else somebody edited it meanwhile
            answers.remember(
                os.fspath(chosen.cache_dir),
                os.fspath(located.directory),
                self.output.typed,
                context.environ,
                __version__,
                lines,
                "" if chosen.quiet else "".join(f"{line}\n" for line in said),
            )

    def _context(self, table: Mapping[str, object], where: str) -> Context:
        environ = settings.environment()
        chosen = settings.load(environ, table, self._flags, where or "pyproject.toml")
        self.output.json = chosen.json
        self.output.quiet = chosen.quiet
        self.output.color = {Color.ALWAYS: True, Color.NEVER: False}.get(chosen.color)
        bars = sys.stderr.isatty() and not (chosen.quiet or chosen.json)
        reporter = Terminal(self.output, bars=bars, verbose=chosen.verbose)
        self._held.callback(reporter.close)
        return self._held.enter_context(Context(chosen, environ, reporter, self.output.typed))
