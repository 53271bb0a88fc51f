"""``venvoy deactivate``."""

from __future__ import annotations

from venvoy.cli import grammar, options
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.cli.shell_text import evaluated, shell_option
from venvoy.operations.shells import activate


@options.command(
    "deactivate",
    examples="""
    venvoy deactivate
    eval "$(venvoy deactivate --script)"    in bash and zsh, where the hook is not installed
    """,
)
@shell_option
@grammar.option("--script", is_flag=True, help="Print a text for the shell to evaluate, instead of a line to type.")
def command(request: Request, *, shell: str | None, script: bool) -> Outcome:
    """Leave the environment that is active in your shell, or say what to type there."""
    context = request.bare()
    result = activate.deactivate(context.environ, shell)
    if script:
        return evaluated(request.output, result, result.script)
    notes = [f"Type this line to leave {result.environment}: no program can change the shell that started it."]
    return Outcome(result, lines=[result.line], notes=notes)
