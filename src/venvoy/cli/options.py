"""What every command has: the flags of the settings, made from their one table, and a help page with examples."""

from __future__ import annotations

import functools
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from venvoy import settings
from venvoy.cli.output import Output, quote
from venvoy.cli.request import Request
from venvoy.errors import Problem
from venvoy.operations.proposals import Wish
from venvoy.settings import Color

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from venvoy.cli.output import Outcome
    from venvoy.model.requirement import Origin

RUN_ONLY = frozenset({"locked", "frozen", "max_store_size"})
"""Settings that only some commands have a flag for; they name them in ``also``."""

_COMMON = ("json", "quiet", "verbose", "offline", "python", "env", "color")


class Command(click.Command):
    """A command whose help shows examples, and its own options apart from those that every command has."""

    def __init__(self, *args: Any, examples: str = "", **kwargs: Any) -> None:  # noqa: ANN401 - click's signature
        super().__init__(*args, **kwargs)
        self.examples = inspect.cleandoc(examples)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the options: the command's own, the usual ones, then the settings that seldom matter."""
        sections: dict[str, list[tuple[str, str]]] = {"Options": [], "Options of every command": [], "Settings": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                sections[getattr(parameter, "section", "Options")].append(record)
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Show the examples as they are written."""
        _write_examples(self.examples, formatter)


class Group(click.Group):
    """Commands with a common first word, such as ``pip check``; its help lists them and shows examples.

    ``usual`` is the command that the first word alone stands for, if there is one.
    """

    def __init__(self, *args: Any, examples: str = "", usual: str = "", **kwargs: Any) -> None:  # noqa: ANN401 - click's signature
        super().__init__(*args, **{"no_args_is_help": not usual, **kwargs})
        self.examples = inspect.cleandoc(examples)
        self.usual = usual

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the usual command in where none is named."""
        if self.usual and (not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names)):
            args = [self.usual, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order in which they were given."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which ones there are."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            raise Problem(
                "usage",
                f"There is no command '{self.name} {args[0]}'.",
                why=f"There is: {', '.join(f'{self.name} {name}' for name in self.commands)}.",
                fix=(f"{ctx.command_path} --help   says what they do",),
            )
        return super().resolve_command(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Show the examples as they are written."""
        _write_examples(self.examples, formatter)


def _write_examples(examples: str, formatter: click.HelpFormatter) -> None:
    if examples:
        with formatter.section("Examples"):
            for line in examples.splitlines():
                formatter.write(f"  {line}\n" if line else "\n")


class SharedOption(click.Option):
    """An option that every command has."""

    def __init__(self, *args: Any, section: str, **kwargs: Any) -> None:  # noqa: ANN401 - click's signature
        super().__init__(*args, **kwargs)
        self.section = section


def command(
    name: str,
    *,
    examples: str,
    also: tuple[str, ...] = (),
    **extra: Any,  # noqa: ANN401 - handed on to click
) -> Callable[[Callable[..., Outcome]], Command]:
    """Make a command of a function that takes a :class:`Request` and its own parameters, and returns an Outcome.

    Args:
        name: what people type.
        examples: shown by ``--help``, as they are.
        also: names of settings in :data:`RUN_ONLY` that this command has flags for.
        extra: further arguments of ``click.command``.
    """

    def decorate(function: Callable[..., Outcome]) -> Command:
        @functools.wraps(function)
        def invoke(**values: Any) -> Outcome:  # noqa: ANN401 - whatever the command's parameters are
            flags = {setting.name: values.pop(setting.name) for setting in settings.TABLE if setting.name in values}
            if values.pop("no_color"):
                flags["color"] = Color.NEVER.value
            start = (values.pop("project") or Path()).absolute()
            output = click.get_current_context().ensure_object(Output)
            output.command = name
            with Request(output, {key: value for key, value in flags.items() if value}, start) as request:
                return function(request, **values)

        made: Command = click.command(name, cls=Command, examples=examples, **extra)(invoke)
        own = {word for parameter in made.params for word in parameter.opts}
        made.params.extend(option for option in _shared(also) if own.isdisjoint(option.opts))
        return made

    return decorate


def group(name: str, *, help: str, examples: str, commands: Sequence[Command], usual: str = "") -> Group:  # noqa: A002 - as click has it
    """Put commands under a first word; each was made with :func:`command` under its whole name (``pip check``).

    ``usual`` names the one that the first word alone stands for.
    """
    by_name = {str(one.name).removeprefix(f"{name} "): one for one in commands}
    return Group(name, help=help, examples=examples, commands=by_name, usual=usual)


def _shared(also: tuple[str, ...]) -> list[click.Option]:
    made: list[click.Option] = []
    for setting in settings.TABLE:
        if setting.name in RUN_ONLY and setting.name not in also:
            continue
        if setting.name in also:
            section = "Options"
        else:
            section = "Options of every command" if setting.name in _COMMON else "Settings"
        kind = setting.kind
        value: dict[str, Any] = {"metavar": kind.metavar}
        if kind.choices:
            value = {"type": click.Choice(kind.choices)}
        elif not kind.metavar:
            value = {"is_flag": True, "default": None}
        made.append(
            SharedOption(
                [*setting.flag.split(", "), setting.name],
                section=section,
                help=setting.help,
                multiple=kind.many,
                **value,
            )
        )
    made.append(
        SharedOption(
            ["--no-color"], section="Options of every command", is_flag=True, help="The same as --color never."
        )
    )
    made.append(
        SharedOption(
            ["--project"],
            section="Options of every command",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            metavar="DIR",
            help="Work on the project in DIR instead of the current folder.",
        )
    )
    return made


def selection(function: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """Add ``--group``, ``--extra`` and ``--no-dev``."""
    for option in (
        click.option("--no-dev", is_flag=True, help="Leave out the default groups, which are those of development."),
        click.option(
            "--extra", "extras", multiple=True, metavar="NAME", help="Install this extra too; can be repeated."
        ),
        click.option(
            "--group",
            "groups",
            multiple=True,
            metavar="NAME",
            help="Install this dependency group too; can be repeated.",
        ),
    ):
        function = option(function)
    return function


def apply(function: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """Add ``--apply``, which carries out a proposal that was shown where there is no solution."""
    return click.option(
        "--apply",
        "number",
        type=int,
        metavar="N",
        help="Where there is no solution: make the edit of pyproject.toml that was proposed under this number.",
    )(function)


def wish(request: Request, number: int | None) -> Wish:
    """What was typed without ``--apply``, so that a proposal can say how to carry it out, and the number if given."""
    words, rest = ["venvoy"], iter(request.output.typed)
    for word in rest:
        if word == "--apply":
            next(rest, None)
        elif word != "--json" and not word.startswith("--apply="):
            # Passwords are never shown, whoever typed them.
            words.append(re.sub(r"://[^/\s]*@", "://", word))
    return Wish(quote(words), number or 0)


def table(function: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """Add ``--dev``, ``--group`` and ``--optional``, which say what part of pyproject.toml to edit."""
    for option in (
        click.option(
            "--optional", metavar="EXTRA", help="Edit an extra of the project: [project.optional-dependencies]."
        ),
        click.option("--group", metavar="NAME", help="Edit a dependency group: [dependency-groups]."),
        click.option("--dev", is_flag=True, help="Edit the group dev: what your work needs, not your program."),
    ):
        function = option(function)
    return function


def origin(*, dev: bool, group: str | None, optional: str | None) -> Origin:
    """The part of pyproject.toml that ``--dev``, ``--group`` and ``--optional`` name.

    Raises:
        Problem: usage, when more than one of them is given; name-invalid.
    """
    given = [
        option
        for option, value in (("--dev", dev or None), ("--group", group), ("--optional", optional))
        if value is not None
    ]
    if len(given) > 1:
        raise Problem(
            "usage",
            f"{' and '.join(given)} cannot be used together.",
            why="Each of them names one place in pyproject.toml.",
            fix=("Run the command once for each place.",),
        )
    from venvoy.formats import requirements
    from venvoy.model.requirement import Origin

    if optional is not None:
        return Origin("extra", requirements.name(optional, "an extra"))
    if dev or group is not None:
        return Origin("group", requirements.name("dev" if group is None else group, "a group"))
    return Origin("project")
