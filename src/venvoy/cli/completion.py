"""Completion in PowerShell; click brings bash, zsh and fish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from click.shell_completion import ShellComplete, add_completion_class, get_completion_class, split_arg_string

from venvoy import settings

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

SHELLS = ("bash", "zsh", "fish", "powershell")

_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $env:COMP_WORDS = $commandAst.ToString()
    $env:COMP_INCOMPLETE = $wordToComplete
    $env:%(complete_var)s = 'powershell_complete'
    try {
        %(prog_name)s | ForEach-Object {
            $value, $help = $_ -split "`t", 2
            if (-not $help) { $help = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
        }
    } finally {
        Remove-Item Env:COMP_WORDS, Env:COMP_INCOMPLETE, Env:%(complete_var)s
    }
}
"""


@add_completion_class
class PowerShellComplete(ShellComplete):
    """What click needs to know about PowerShell: a script that registers a completer, and the lines it reads."""

    name: ClassVar[str] = "powershell"
    source_template: ClassVar[str] = _POWERSHELL

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is being typed, and that one as far as it goes."""
        variables = settings.environment()
        incomplete = variables.get("COMP_INCOMPLETE", "")
        words = split_arg_string(variables.get("COMP_WORDS", ""))[1:]
        return (words[:-1] if incomplete and words else words), incomplete

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """A line that the script takes apart: the value and, behind a tab, its help."""
        return f"{item.value}\t{item.help}" if item.help else str(item.value)


def script(shell: str, command: click.Command) -> str:
    """The text that, read by a shell at its start, completes venvoy's commands and options there."""
    complete = get_completion_class(shell)
    if complete is None:
        raise KeyError(shell)
    return complete(command, {}, "venvoy", "_VENVOY_COMPLETE").source()
