"""The command line as ``click`` has it: parsing, help pages, completion."""

from __future__ import annotations

import importlib
import inspect
import keyword
from pathlib import Path

import click

from venvoy import __version__
from venvoy.cli import grammar, paint
from venvoy.cli.grammar import Usage
from venvoy.cli.invoke import invoke
from venvoy.cli.output import Outcome, Output
from venvoy.cli.table import COMMANDS, ELSEWHERE, OPTIONS_ELSEWHERE
from venvoy.errors import Exit, Problem
from venvoy.system import native
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from venvoy.cli.grammar import Parameter

_TYPES = {
    grammar.PATH: click.Path(path_type=Path),
    grammar.FOLDER: click.Path(exists=True, file_okay=False, path_type=Path),
    grammar.PLACE: click.Path(),
    grammar.COUNT: click.IntRange(1),
    grammar.WORDS: click.UNPROCESSED,
}


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
            there = f"There is: {', '.join(f'{self.name} {name}' for name in self.commands)}."
            known = ELSEWHERE.get(f"{self.name} {args[0]}")
            raise Problem(
                "usage",
                f"There is no command '{self.name} {args[0]}'.",
                why=f"Did you mean {known}?" if known else there,
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


class _Option(click.Option):
    """An option, and the part of the help page that lists it."""

    def __init__(self, *args: Any, section: str, **kwargs: Any) -> None:  # noqa: ANN401 - click's signature
        super().__init__(*args, **kwargs)
        self.section = section


def command(usage: Usage) -> Command:
    """The command that ``click`` makes of a description."""

    def callback(**values: Any) -> Outcome:  # noqa: ANN401 - whatever the command's parameters are
        return invoke(usage, click.get_current_context().ensure_object(Output), values)

    settled = {"help": usage.function.__doc__, "params": [*map(_parameter, usage.parameters)], **usage.extra}
    return Command(usage.name, callback=callback, examples=usage.examples, **settled)


def _parameter(one: Parameter) -> click.Parameter:
    attributes = dict(one.attributes)
    kind = attributes.pop("type", None)
    if kind is not None:
        attributes["type"] = click.Choice(kind) if isinstance(kind, tuple) else _TYPES.get(kind, kind)
    if one.is_option:
        return _Option(one.declared, section=one.section, **attributes)
    return click.Argument(one.declared, **attributes)


def group(name: str, *, help: str, examples: str, commands: Sequence[Usage], usual: str = "") -> Group:  # noqa: A002 - as click has it
    """Put commands under a first word; each was made with ``options.command`` under its whole name (``pip check``).

    ``usual`` names the one that the first word alone stands for.
    """
    by_name = {one.name.removeprefix(f"{name} "): command(one) for one in commands}
    return Group(name, help=help, examples=examples, commands=by_name, usual=usual)


class CommandTable(click.Group):
    """A group whose commands live in ``venvoy.cli.commands``, one module each."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module = f"{cmd_name.replace('-', '_')}{'_' * keyword.iskeyword(cmd_name)}"
        found = importlib.import_module(f"venvoy.cli.commands.{module}").command
        return command(found) if isinstance(found, Usage) else found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List the commands from the table, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which ones are near what was typed."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib  # only for a typing mistake

            near = difflib.get_close_matches(args[0], [*COMMANDS, *ELSEWHERE], n=1, cutoff=0.6)
            raise Problem(
                "usage",
                f"There is no command {args[0]!r}.",
                why=f"Did you mean {ELSEWHERE.get(near[0], near[0])}?" if near else "",
                fix=("venvoy --help   lists the commands",),
            )
        return super().resolve_command(ctx, args)


_HELP = """Virtual environments and what goes into them.

A new project in three lines:

\b
  venvoy init
  venvoy add requests
  venvoy run python
"""


@click.group(
    cls=CommandTable,
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", message="venvoy %(version)s")
def cli() -> None:
    """Stand for the whole command line."""


def run(arguments: Sequence[str], output: Output) -> int:
    """Let ``click`` understand the arguments and carry them out; returns the exit code.

    Raises:
        Problem: whatever the command raises, and usage for what cannot be understood.
        KeyboardInterrupt: also where ``click`` was asking something.
    """
    try:
        outcome: Any = cli.main(list(arguments), prog_name="venvoy", standalone_mode=False, obj=output)
        return output.outcome(outcome) if isinstance(outcome, Outcome) else int(outcome or Exit.OK)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        paint.echo(error.format_message(), err=True)
        return int(Exit.USAGE)
    except click.ClickException as error:
        raise _usage(error) from error
    except click.Abort as error:
        raise KeyboardInterrupt from error.__cause__  # None where a question was open: then click has ended no line


def _usage(error: click.ClickException) -> Problem:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "venvoy"
    known = None
    if isinstance(error, click.NoSuchOption):
        behind = f"venvoy COMMAND {error.option_name}   options stand behind the command" if path == "venvoy" else None
        known = OPTIONS_ELSEWHERE.get(f"{path} {error.option_name}", behind)
    # click writes values as Python does, where each backslash of a path stands twice
    said = error.format_message().replace("\\\\", "\\") if native.WINDOWS else error.format_message()
    return Problem("usage", said, fix=(known or f"{path} --help   shows how it is used, with examples",))
