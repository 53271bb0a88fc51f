"""``venvoy activate``."""

from __future__ import annotations

import os

from venvoy.cli import grammar, options
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.cli.shell_text import evaluated, shell_option
from venvoy.environment.activation.shells import SHELLS
from venvoy.operations.shells import activate, trust


@options.command(
    "activate",
    examples="""
    venvoy activate                       the project's environment
    venvoy activate ../other/.venv        another one
    eval "$(venvoy activate --script)"    in bash and zsh, where the hook is not installed
    venvoy activate --shell fish          the line for another shell than the one you type in
    """,
)
@grammar.argument("wanted", required=False, type=grammar.PLACE, metavar="[PATH|NAME]")
@shell_option
@grammar.option("--script", is_flag=True, help="Print a text for the shell to evaluate, instead of a line to type.")
@grammar.option("--if-trusted", is_flag=True, hidden=True, help="Do nothing unless the project is trusted.")
def command(request: Request, *, wanted: str | None, shell: str | None, script: bool, if_trusted: bool) -> Outcome:
    """Activate an environment in your shell, or say what to type there.

    Where the hook is installed (venvoy hook --install) this changes the shell at once. Without it, venvoy prints the
    one line to type: no program can change the shell that started it.
    """
    context, located = request.project_if_any()
    if if_trusted:
        if located is None or not (located.environment / "pyvenv.cfg").is_file():
            return Outcome(None)
        # Not with the project's own settings: they may name a cache that says what the project likes.
        if not trust.is_trusted(request.bare().settings.cache_dir, located):
            advice = "venvoy trust   lets entering this project activate its environment, from now on"
            return Outcome(None, notes=[advice])
    result = activate.activate(context, request.start, located, wanted, shell)
    notes = []
    if result.previous:
        same = os.path.realpath(result.previous) == os.path.realpath(result.environment)
        taken = f"It takes the place of {result.previous}, which is active now."
        notes.append("It is active already." if same else taken)
    if script:
        return evaluated(request.output, result, result.script, notes)
    notes.insert(0, f"Type this line in {result.shell}: no program can change the shell that started it.")
    if result.shell == "powershell":
        notes.insert(1, "It runs no script file, so it also works where PowerShell forbids them.")
    does = "lets venvoy activate do it from now on" if SHELLS[result.shell].installed else "says what lets it do so"
    notes.append(f"venvoy hook --install   {does}")
    notes.append("venvoy run COMMAND      needs no activation")
    return Outcome(result, lines=[result.line], notes=notes)
