"""PowerShell 5.1, which comes with Windows, and 7.

The texts are evaluated, never run as a file: what forbids script files (the execution policy) does not hold here. They
are ASCII, because 5.1 reads what a program prints in the code page of the console.
"""

from __future__ import annotations

from venvoy.environment.activation.values import Shell

_ACTIVATE = """\
<<mark>>
if ($env:VIRTUAL_ENV -and (Test-Path Function:\\deactivate)) { deactivate }
$global:_VenvoySaved = @{
    Scripts = <<scripts>>
    Environment = $env:VIRTUAL_ENV
    Name = $env:VIRTUAL_ENV_PROMPT
    Home = $env:PYTHONHOME
    Label = <<prompt>>
    Prompt = $null
}
$env:VIRTUAL_ENV = <<root>>
$env:VIRTUAL_ENV_PROMPT = <<name>>
$env:PYTHONHOME = $null
$env:PATH = $global:_VenvoySaved.Scripts + [IO.Path]::PathSeparator + $env:PATH
if (-not $env:VIRTUAL_ENV_DISABLE_PROMPT) {
    $global:_VenvoySaved.Prompt = $function:prompt
    function global:prompt {
        Write-Host -NoNewline -ForegroundColor Green $global:_VenvoySaved.Label
        & $global:_VenvoySaved.Prompt
    }
}
function global:deactivate {
    $saved = $global:_VenvoySaved
<<leave>>
    $env:VIRTUAL_ENV = $saved.Environment
    $env:VIRTUAL_ENV_PROMPT = $saved.Name
    $env:PYTHONHOME = $saved.Home
    if ($saved.Prompt -and "$function:prompt".Contains('_VenvoySaved.Label')) {
        Set-Item -Path Function:global:prompt -Value $saved.Prompt
    }
    Remove-Variable -Scope Global -Name _VenvoySaved
    Remove-Item Function:\\deactivate
}
"""

_LEAVE = """\
    $entries = [Collections.ArrayList]@($env:PATH -split [regex]::Escape([IO.Path]::PathSeparator))
    $entries.Remove($saved.Scripts)
    $env:PATH = $entries -join [IO.Path]::PathSeparator"""

_DEACTIVATE = """\
<<mark>>
if (Test-Path Function:\\deactivate) { deactivate } else {
    $saved = @{ Scripts = <<scripts>> }
<<leave>>
    $env:VIRTUAL_ENV = $null
    $env:VIRTUAL_ENV_PROMPT = $null
}
"""

_HOOK = """\
<<mark>> hook
$global:_VenvoyHook = @{ Program = <<program>>; Seen = ''; Project = ''; Active = ''; Prompt = $null }
function global:venvoy {
    $program = $global:_VenvoyHook.Program
    if ($args.Count -eq 1 -and $args[0] -eq 'deactivate' -and (Test-Path Function:\\deactivate)) {
        deactivate
    } elseif ($args.Count -and @('activate', 'deactivate') -contains $args[0]) {
        $rest = @($args | Select-Object -Skip 1)
        $text = @(& $program $args[0] --script --shell powershell @rest) -join "`n"
        if ($text.StartsWith('<<mark>>')) { Invoke-Expression $text } elseif ($text) { $text }
    } else {
        if ($MyInvocation.ExpectingInput) { $input | & $program @args } else { & $program @args }
        if ($args.Count -and @('init', 'sync', 'trust') -contains $args[0] -and -not $env:VIRTUAL_ENV) {
            $global:_VenvoyHook.Seen = ''
            $global:_VenvoyHook.Project = ''
        }
    }
}
"""

# Runs at each prompt, so it must cost nothing: venvoy is asked only in the folder of another project than before. When
# it has put another prompt in place of the one that is running, that one is shown at once.
_AUTO = """\
function global:_venvoy_auto {
    $hook = $global:_VenvoyHook
    $place = $executionContext.SessionState.Path.CurrentFileSystemLocation.ProviderPath
    if ($place -eq $hook.Seen) { return $false }
    $hook.Seen = $place
    $folder = $place
    while ($folder -and -not (Test-Path -PathType Leaf -LiteralPath ([IO.Path]::Combine($folder, 'pyproject.toml')))) {
        $folder = [IO.Path]::GetDirectoryName($folder)
    }
    if ("$folder" -eq $hook.Project) { return $false }
    $hook.Project = "$folder"
    $before = $env:VIRTUAL_ENV
    if ($hook.Active -and $hook.Active -eq $before -and (Test-Path Function:\\deactivate)) { deactivate }
    $hook.Active = ''
    if ($folder -and -not $env:VIRTUAL_ENV) {
        $text = @(& $hook.Program activate --if-trusted --script --shell powershell) -join "`n"
        if ($text.StartsWith('<<mark>>')) {
            Invoke-Expression $text
            $hook.Active = $env:VIRTUAL_ENV
        }
    }
    return $before -ne $env:VIRTUAL_ENV
}
if (-not "$function:prompt".Contains('_venvoy_auto')) {
    $global:_VenvoyHook.Prompt = $function:prompt
    function global:prompt {
        if (_venvoy_auto) { & $function:prompt } else { & $global:_VenvoyHook.Prompt }
    }
}
"""


def quote(text: str) -> str:
    """A string in single quotes; what is not ASCII, such as quotes that PowerShell takes for its own, as numbers."""
    parts, plain = [], ""
    units = text.encode("utf-16-le", "surrogatepass")
    for low, high in zip(units[::2], units[1::2], strict=True):
        unit = low + 256 * high
        if 0x20 <= unit < 0x7F:  # noqa: PLR2004 - the letters of ASCII
            plain += chr(unit) * (2 if unit == ord("'") else 1)
        else:
            parts += [f"'{plain}'", f"[char]0x{unit:04x}"]
            plain = ""
    words = [*parts, f"'{plain}'"]
    return f"({' + '.join(words)})" if parts else words[0]


POWERSHELL = Shell(
    "powershell",
    quote,
    _ACTIVATE.replace("<<leave>>", _LEAVE),
    _DEACTIVATE.replace("<<leave>>", _LEAVE),
    _HOOK,
    _HOOK + _AUTO,
    evaluated="<<command>> | Out-String | Invoke-Expression",
    script="Activate.ps1",
    source="",
    installed="if (Get-Command <<venvoy>> -EA Ignore) { & <<venvoy>> <<words>> | Out-String | Invoke-Expression }",
)
