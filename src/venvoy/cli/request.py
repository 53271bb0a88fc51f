"""What a command gets besides its own arguments: the settings, the parts to work with, the project it is about."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path

from venvoy import __version__, settings
from venvoy.cli.progress import Terminal
from venvoy.errors import Problem
from venvoy.operations.context import Context
from venvoy.settings import Color
from venvoy.system import answers, observed, quoting
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from venvoy.cli.output import Output
    from venvoy.operations.approval import Ask
    from venvoy.operations.project import Located, Place
    from venvoy.operations.standalone.sites import Site


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
        from venvoy.operations.project import locate, mind_active

        located = locate(self.start)
        context = self._context(located.file.settings, located.file.where)
        context.addresses = tuple(source.url for source in located.file.sources.values() if "@" in source.url)
        located = located.placed(context.settings)
        if located.file.needs_backend:
            from venvoy.operations import own

            located = own.complete(context, located)
        if self.output.command not in _ABOUT_SHELLS:
            mind_active(context, located)
        return context, located

    def project_if_any(self) -> tuple[Context, Located | None]:
        """The parts, and the project when there is one."""
        from venvoy.operations.project import nearest

        return (self.bare(), None) if nearest(self.start) is None else self.project()

    def project_to_change(self, *, needed: bool = True) -> tuple[Context, Located]:
        """The parts and the project, read while no other command changes it: the lock is held until this run ends.

        With ``needed`` false the lock may be missing where nothing can be written, and there may be nothing to do.
        """
        from venvoy.operations import guard

        context, located = self.project()
        return context, self._held.enter_context(guard.project(context, located, needed=needed))

    def project_as_it_is(self) -> tuple[Context, Place]:
        """The parts, and the project with its environment, whatever is wrong with the files in it."""
        from venvoy.operations.history import log as history
        from venvoy.operations.project import ENVIRONMENT, Place, nearest

        directory = nearest(self.start)
        try:
            context, located = self.project()
        except Problem:
            context = self.bare()
            directory = directory or history.remembered(context.settings.cache_dir, self.start)
            if directory is None:
                raise
            return context, Place(directory, directory / ENVIRONMENT)
        return context, located.place

    def site(self, *, user: bool, change: bool = False, needed: bool = True) -> tuple[Context, Site]:
        """The parts and what is to be looked at: the user site or the environment that is named, or what is here.

        That is the project's environment, outside of a project the active one. With ``change`` no other command changes
        it until this run ends; ``needed`` as in :meth:`project_to_change`.
        """
        from venvoy.operations.project import nearest
        from venvoy.operations.standalone import sites

        chosen = self._named(user=user)
        if chosen is None and nearest(self.start):
            context, located = self.project_to_change(needed=needed) if change else self.project()
            return context, sites.of_project(located)
        context, site = chosen or self._active()
        if change:
            self._keep(context, site, needed=needed)
        return context, site

    def site_to_install_into(self, words: str, *, user: bool, lasting: str = "") -> tuple[Context, Site]:
        """The environment that is named or active, or the user site; no other command changes it until this run ends.

        Args:
            words: what is to be installed or taken out, for the refusal.
            user: whether it is to be the user site.
            lasting: what to type in a project instead, for the refusal.
        """
        from venvoy.operations.project import locate, nearest
        from venvoy.operations.standalone import sites

        chosen = self._named(user=user, change=True)
        if chosen is None and self.bare().settings.env:  # one of the project's own
            context, project = self.project()
            chosen = self._at(context, project.environment, f" --env {quoting.typed(context.settings.env or '')}")
        if chosen is None:
            context = self.bare()
            if sites.active(context.environ) is None:
                located = locate(self.start) if nearest(self.start) else None
                if self.output.command == "uninstall":
                    raise sites.none_to_take_out_of(words, located)
                raise sites.none_to_install_into(context, words, located, lasting)
            chosen = self._active()
        self._keep(*chosen)
        return chosen

    def past(self, *, user: bool, change: bool = False) -> tuple[Context, Place]:
        """The parts and what has a history: the user site or the environment that is named, or what is here.

        A project counts whatever is wrong with its files. With ``change`` no other command changes it until this run
        ends.
        """
        from venvoy.operations.history import log as history
        from venvoy.operations.project import nearest
        from venvoy.operations.standalone import sites

        context = self.bare()
        chosen = self._named(user=user) if user or context.settings.env or context.settings.python else None
        here = nearest(self.start) or history.remembered(context.settings.cache_dir, self.start)
        if chosen is None and (here or sites.active(context.environ) is None):
            context, place = self.project_as_it_is()
            if change:
                from venvoy.operations import guard

                self._held.enter_context(guard.changing(context, place.directory))
            return context, place
        context, site = chosen or self._active()
        if change:
            self._keep(context, site)
        return context, site.place

    def _keep(self, context: Context, site: Site, *, needed: bool = True) -> None:
        """Let no other command change it until this run ends."""
        from venvoy.operations import guard

        self._held.enter_context(guard.site(context, site, needed=needed))

    def _named(self, *, user: bool, change: bool = False) -> tuple[Context, Site] | None:
        """The user site, or the environment that ``--env`` or ``--python`` names."""
        from venvoy.operations.project import locate, nearest

        context = self.bare()
        if user and self._flags.get("env"):
            raise Problem(
                "usage",
                "--user and --env cannot be used together.",
                why="What is installed for you alone lies beside all environments.",
                fix=("Leave one of the two out.",),
            )
        if user:
            from venvoy.operations.standalone import user_site

            return context, user_site.find(context, self.start, change=change)
        if not (context.settings.env or context.settings.python):
            return None
        from venvoy.operations.standalone import sites

        located = locate(self.start) if nearest(self.start) else None
        root = sites.asked(context.settings, self.start, located)
        named = next((name for name in ("env", "python") if self._flags.get(name)), "")
        option = f" --{named} {quoting.typed(str(self._flags[named]))}" if named else ""
        return self._at(context, root, option) if root else None

    def _active(self) -> tuple[Context, Site]:
        from venvoy.operations.standalone import sites

        context = self.bare()
        return self._at(context, sites.environment_root(context, None))

    def _at(self, context: Context, root: Path, option: str = "") -> tuple[Context, Site]:
        """An environment, with the settings of the project that it belongs to."""
        from venvoy.operations.standalone import sites

        site = sites.at(root, option)
        located = site.located
        return (self._context(located.file.settings, located.file.where) if located else context), site

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
        if chosen.no_editable:  # any file of the project may have changed
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

    def renewed(self, located: Located) -> Context:
        """The parts as the settings of a project have them after an edit of its pyproject.toml."""
        return self._context(located.file.settings, located.file.where)

    def _context(self, table: Mapping[str, object], where: str) -> Context:
        environ = settings.environment()
        chosen = settings.load(environ, table, self._flags, where or "pyproject.toml")
        self.output.json = chosen.json
        self.output.quiet = chosen.quiet
        self.output.color = {Color.ALWAYS: True, Color.NEVER: False}.get(chosen.color)
        bars = sys.stderr is not None and sys.stderr.isatty() and not (chosen.quiet or chosen.json)
        reporter = Terminal(self.output, bars=bars, verbose=chosen.verbose)
        self._held.callback(reporter.close)
        context = self._held.enter_context(Context(chosen, environ, reporter, self.output.typed))
        if bars and sys.stdin is not None and sys.stdin.isatty():
            context.ask = self._asking(reporter)
        return context

    def _asking(self, reporter: Terminal) -> Ask:
        def ask(why: str, question: str) -> bool:
            from venvoy.cli.consent import confirmed

            reporter.close()
            return confirmed(self.output, why, question)

        return ask
