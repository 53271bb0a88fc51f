"""``venvoy completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from venvoy.cli import grammar, options
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request

SHELLS = ("bash", "zsh", "fish", "powershell")


@options.command(
    "completion",
    examples="""
    eval "$(venvoy completion bash)"           in ~/.bashrc
    eval "$(venvoy completion zsh)"            in ~/.zshrc, after compinit
    venvoy completion fish | source            in ~/.config/fish/config.fish
    venvoy completion powershell | Out-String | Invoke-Expression    in the file that $PROFILE names
    """,
)
@grammar.argument("shell", type=SHELLS, metavar="SHELL")
def command(request: Request, *, shell: str) -> Outcome:
    """Print the script that completes venvoy's commands and options in your shell when you press Tab."""
    request.bare()
    complete = get_completion_class(shell)
    if complete is None:
        raise KeyError(shell)
    made = complete(click.get_current_context().find_root().command, {}, "venvoy", "_VENVOY_COMPLETE")
    # Not source(): for bash it starts one to ask for its version, and complains where there is none.
    text = made.source_template % made.source_vars()
    return Outcome({"shell": shell, "script": text}, lines=text.splitlines())
