"""``venvoy hook``."""

from __future__ import annotations

import sys

from venvoy.cli import grammar, options
from venvoy.cli.consent import ask
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.cli.shell_text import complete_shell, evaluated
from venvoy.errors import Problem
from venvoy.operations.shells import activate, hook
from venvoy.system import program


@options.command(
    "hook",
    examples="""
    venvoy hook --install             into the start-up file of the shell that you type in
    venvoy hook --install --auto      entering a trusted project activates its environment, too
    venvoy hook --uninstall zsh
    eval "$(venvoy hook bash)"        in bash and zsh, for this shell only
    venvoy hook fish | source
    venvoy hook powershell | Out-String | Invoke-Expression
    """,
)
@grammar.argument("shell", required=False, metavar="[SHELL]", shell_complete=complete_shell)
@grammar.option("--install", is_flag=True, help="Write the line into the shell's start-up file, after asking.")
@grammar.option("--uninstall", is_flag=True, help="Take the line out again.")
@grammar.option(
    "--auto", is_flag=True, help="Entering a trusted project activates its environment, leaving deactivates."
)
@grammar.option("--yes", is_flag=True, help="Do not ask before a start-up file is changed.")
def command(request: Request, *, shell: str | None, install: bool, uninstall: bool, auto: bool, yes: bool) -> Outcome:
    """Print the function that lets "venvoy activate" and "venvoy deactivate" change your shell, or install it."""
    if install and uninstall:
        raise Problem("usage", "--install and --uninstall cannot be used together.", fix=("Use one of them.",))
    context = request.bare()
    spoken = activate.find_shell(context.environ, shell).shell
    own = program.path(sys.argv[0], sys.executable)
    if not install and not uninstall:
        text = hook.text(spoken, own, auto=auto)
        return evaluated(request.output, {"shell": spoken.name, "script": text}, text)
    environ = context.environ
    startup = hook.installing(spoken, environ, own, auto=auto) if install else hook.removing(spoken, environ)
    if not startup.changes:
        return Outcome(hook.carry_out(startup), notes=[f"Nothing to do: {startup.file} is as it should be"])
    if not yes:
        doing = "get this line" if install else "lose this line"
        ask(request.output, f"{startup.file} would {doing}:\n  {startup.line}", "Change the file?")
    result = hook.carry_out(startup)
    notes = [f"Put the hook into {result.file}:" if install else f"Took the hook out of {result.file}:"]
    notes.append(f"  {result.line}")
    if result.backup:
        notes.append(f"As it was before: {result.backup}")
    notes.append("Open a new shell to use it." if install else "Shells that are open keep it until they end.")
    if install and spoken.name == "powershell":
        notes.append(
            "If that says that running scripts is disabled: Set-ExecutionPolicy -Scope CurrentUser RemoteSigned"
        )
    return Outcome(result, notes=notes)
