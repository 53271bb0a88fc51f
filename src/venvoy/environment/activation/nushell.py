"""nushell, which evaluates no text that was made a moment ago: its hook asks venvoy for data instead.

The one text that can be evaluated, by ``nu --execute`` in a sub-shell, sets what the hook sets.
"""

from __future__ import annotations

from venvoy.environment.activation.values import Shell

_FUNCTIONS = """\
export def --env _venvoy_enter [root: string, scripts: string, name: string] {
    if ("_VENVOY_SAVED" in $env) { deactivate }
    let path_name = (if ("Path" in $env) { "Path" } else { "PATH" })
    $env._VENVOY_SAVED = {
        scripts: $scripts
        root: ($env.VIRTUAL_ENV? | default "")
        name: ($env.VIRTUAL_ENV_PROMPT? | default "")
        home: ($env.PYTHONHOME? | default "")
        prompt: ($env.PROMPT_COMMAND? | default "")
    }
    load-env {VIRTUAL_ENV: $root, VIRTUAL_ENV_PROMPT: $name}
    load-env {$path_name: ($env | get $path_name | prepend $scripts)}
    if ("PYTHONHOME" in $env) { hide-env PYTHONHOME }
    if ("VIRTUAL_ENV_DISABLE_PROMPT" not-in $env) {
        let before = $env._VENVOY_SAVED.prompt
        $env.PROMPT_COMMAND = {||
            $"\\(($name)\\) (if (($before | describe) == 'closure') { do $before } else { $before })"
        }
    }
}
export def --env deactivate [] {
    if ("_VENVOY_SAVED" not-in $env) { return }
    let saved = $env._VENVOY_SAVED
    let path_name = (if ("Path" in $env) { "Path" } else { "PATH" })
    let entries = ($env | get $path_name)
    load-env {$path_name: (if ($entries | first) == $saved.scripts { $entries | skip 1 } else {
        $entries | where {|entry| $entry != $saved.scripts}
    })}
    $env.PROMPT_COMMAND = $saved.prompt
    hide-env --ignore-errors VIRTUAL_ENV
    if ($saved.root != "") { $env.VIRTUAL_ENV = $saved.root }
    hide-env --ignore-errors VIRTUAL_ENV_PROMPT
    if ($saved.name != "") { $env.VIRTUAL_ENV_PROMPT = $saved.name }
    if ($saved.home != "") { $env.PYTHONHOME = $saved.home }
    hide-env --ignore-errors _VENVOY_SAVED
}
"""

_ACTIVATE = """\
<<mark>>
<<functions>>_venvoy_enter <<root>> <<scripts>> <<name>>
"""

_HOOK = """\
<<mark>> hook
<<functions>>export def --env --wrapped venvoy [...words: string] {
    let first = ($words | get 0? | default "")
    let help = ($words | any {|word| $word in ["-h" "--help" "--json" "--script" "--shell"]})
    if ($words == ["deactivate"]) {
        deactivate
    } else if $first == "activate" and not $help {
        let said = (^<<program>> ...$words --json --shell nushell | complete | get stdout | from json)
        if $said.ok {
            _venvoy_enter $said.result.environment $said.result.scripts $said.result.name
        } else {
            error make --unspanned {msg: ([$said.error.what $said.error.why] ++ $said.error.fix | str join "\\n")}
        }
    } else {
        ^<<program>> ...$words
    }
}
<<auto>>"""

_AUTO = """\
export def --env _venvoy_auto [] {
    mut folder = $env.PWD
    while $folder != "" and not ($folder | path join "pyproject.toml" | path exists) {
        let above = ($folder | path dirname)
        $folder = (if $above == $folder { "" } else { $above })
    }
    let project = $folder
    if $project == ($env._VENVOY_PROJECT? | default "") { return }
    $env._VENVOY_PROJECT = $project
    if ($env._VENVOY_AUTO? | default "") == ($env.VIRTUAL_ENV? | default "") { deactivate }
    $env._VENVOY_AUTO = ""
    if ($project != "" and "VIRTUAL_ENV" not-in $env) {
        let said = (^<<program>> activate --if-trusted --json --shell nushell | complete | get stdout | from json)
        if ($said.ok and $said.result != null) {
            _venvoy_enter $said.result.environment $said.result.scripts $said.result.name
            $env._VENVOY_AUTO = $env.VIRTUAL_ENV
        }
    }
}
$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt? | default [] | append {|| _venvoy_auto })
"""

# What is restored stands in a variable that only this shell has.
_DEACTIVATE = """\
<<mark>>
hide-env --ignore-errors VIRTUAL_ENV VIRTUAL_ENV_PROMPT
"""


def quote(text: str) -> str:
    """A string in double quotes, with the escapes that nushell shares with JSON."""
    escaped = {'"': '\\"', "\\": "\\\\"}
    letters = (
        escaped.get(letter) or (letter if letter.isprintable() else f"\\u{{{ord(letter):x}}}") for letter in text
    )
    return f'"{"".join(letters)}"'


NUSHELL = Shell(
    "nushell",
    quote,
    _ACTIVATE.replace("<<functions>>", _FUNCTIONS),
    _DEACTIVATE,
    _HOOK.replace("<<functions>>", _FUNCTIONS).replace("<<auto>>", ""),
    _HOOK.replace("<<functions>>", _FUNCTIONS).replace("<<auto>>", _AUTO),
    evaluated="",
    script="activate.nu",
    source="overlay use <<path>>",
    installed="",
    leave="overlay hide activate",
)
