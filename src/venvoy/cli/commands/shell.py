"""``venvoy shell``."""

from __future__ import annotations

from pathlib import Path

from venvoy.cli import grammar, options, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.cli.shell_text import complete_shell
from venvoy.operations.shells import activate, shell


@options.command(
    "shell",
    examples="""
    venvoy shell                the project's environment, in another shell of the kind you type in
    venvoy shell ../other/.venv
    venvoy shell --shell fish
    """,
)
@grammar.argument("wanted", required=False, type=grammar.PLACE, metavar="[PATH|NAME]")
@grammar.option(
    "--shell",
    "name",
    metavar="NAME",
    shell_complete=complete_shell,
    help="The shell to start, if not the one that you type in.",
)
def command(request: Request, *, wanted: str | None, name: str | None) -> Outcome:
    """Start a shell in which the environment is active, after your own start-up files; exit leaves it."""
    context, located = request.project_if_any()
    made = activate.activation(activate.choose(context.settings, request.start, located, wanted))
    # Not with the project's own settings: what a shell reads when it starts lies where nobody else writes.
    cache = request.bare().settings.cache_dir
    started = shell.prepare(cache, context.environ, made, activate.find_shell(context.environ, name))
    program = started.shell if started.shell != "sh" else Path(started.command[0]).stem  # dash, ksh …
    place = words.shown(started.environment)
    request.output.note(f"Started {program} with the environment {place}; exit leaves it.")
    request.release()
    return Outcome({}, exit=shell.become(started))
