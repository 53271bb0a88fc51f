"""The ``venvoy`` command: a table of commands, loaded one at a time, and the one place where a run ends."""

from __future__ import annotations

import gc
import importlib
import sys
from typing import TYPE_CHECKING, Any

import click

from venvoy import __version__
from venvoy.cli.output import Outcome, Output, spell_out
from venvoy.errors import Exit, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "init": "Make a folder a project: pyproject.toml, environment, lockfile.",
    "add": "Add dependencies, lock them, install them.",
    "remove": "Remove dependencies.",
    "lock": "Write pylock.toml: what exactly is to be installed.",
    "sync": "Make the environment equal to the lockfile.",
    "undo": "Take back the last change of a project: its files and its environment.",
    "redo": "Do again what was undone.",
    "history": "Show what changed the project, and when.",
    "run": "Run a command in the project's environment.",
    "activate": "Activate an environment in your shell, or say what to type there.",
    "deactivate": "Leave the environment that is active in your shell.",
    "shell": "Start a shell in which the environment is active.",
    "hook": "Print or install what lets venvoy change your shell.",
    "trust": "Let entering a project activate its environment.",
    "venv": "Create an environment without a project.",
    "python": "Look at the Pythons on this computer, and pin one.",
    "pip": "Check whether pip fits its Python, and mend it.",
    "envs": "List, clear away and mend the environments on this computer.",
    "list": "List what is installed in the environment.",
    "tree": "Show who needs what.",
    "show": "Show what is known about one installed distribution.",
    "why": "Show why a distribution is locked: every path that leads to it.",
    "why-not": "Show what keeps a version out, and what it would take to get it.",
    "verify": "Check every file of the environment, and mend what is damaged.",
    "store": "Look after the store: the wheels that environments are filled from.",
    "outdated": "List what is newer than the lockfile, and what holds it back.",
    "completion": "Print the script that completes venvoy's commands in your shell.",
}
"""Every command with its one line of help, in the order people meet them. Its code is imported when it is used."""


_ELSEWHERE = {
    "install": "add or sync",
    "uninstall": "remove",
    "new": "init",
    "create": "init",
    "exec": "run",
    "freeze": "lock",
    "compile": "lock",
}
"""What people know from other tools, and what it is here."""


class CommandTable(click.Group):
    """A group whose commands live in ``venvoy.cli.commands``, one module each."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"venvoy.cli.commands.{cmd_name.replace('-', '_')}").command
        return command

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

            near = difflib.get_close_matches(args[0], [*COMMANDS, *_ELSEWHERE], n=1, cutoff=0.6)
            raise Problem(
                "usage",
                f"There is no command {args[0]!r}.",
                why=f"Did you mean {_ELSEWHERE.get(near[0], near[0])}?" if near else "",
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


def main(arguments: Sequence[str]) -> int:  # noqa: PLR0911 - the one place where a run ends, however it does
    """Run the command line and return its exit code; never raises for anything foreseeable."""
    # A lock makes hundreds of thousands of objects that live to its end: looking for cycles among them took a tenth of
    # its time, and found next to none.
    gc.set_threshold(200_000, 20, 100)
    spell_out(sys.stdout, sys.stderr)
    output = Output(json="--json" in _before_separator(arguments), typed=arguments)
    try:
        outcome: Any = cli.main(list(arguments), prog_name="venvoy", standalone_mode=False, obj=output)
        return output.outcome(outcome) if isinstance(outcome, Outcome) else int(outcome or Exit.OK)
    except Problem as problem:
        return output.problem(problem)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return int(Exit.USAGE)
    except click.ClickException as error:
        return output.problem(_usage(error))
    except (KeyboardInterrupt, click.Abort):
        return output.problem(
            Problem("interrupted", "Stopped.", why="Your project and its environment are as they were before.")
        )
    except BrokenPipeError:
        # The reader of our output went away (venvoy list | head): nothing to say, and nobody to say it to.
        sys.stderr.close()
        return int(Exit.FAILURE)
    except Exception as error:  # noqa: BLE001 - the last place before a person would see a traceback
        return output.problem(_internal(error))


def _before_separator(arguments: Sequence[str]) -> Sequence[str]:
    """Our own arguments: not those of the command that ``run`` starts."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if "run" in own:
        rest = own[own.index("run") + 1 :]
        options = next((index for index, word in enumerate(rest) if not word.startswith("-")), len(rest))
        return [*own[: own.index("run")], *rest[:options]]
    return own


def _internal(error: Exception) -> Problem:
    """A mistake of ours: what was going on is kept in a file, so that it can be told to those who can mend it."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="venvoy-", suffix=".txt", delete=False) as report:
        report.write(f"venvoy {__version__}, Python {sys.version}, {sys.platform}\n{' '.join(sys.argv)}\n\n")
        traceback.print_exception(error, file=report)
    return Problem(
        "internal",
        f"venvoy made a mistake of its own ({type(error).__name__}: {error}).",
        why=f"What it was doing is written down in {report.name}",
        fix=("Please report it, with that file; have a look first whether it says something private.",),
    )


def _usage(error: click.ClickException) -> Problem:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "venvoy"
    return Problem("usage", error.format_message(), fix=(f"{path} --help   shows how it is used, with examples",))
