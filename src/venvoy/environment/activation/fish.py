"""fish."""

from __future__ import annotations

from venvoy.environment.activation.values import Shell

_ACTIVATE = """\
<<mark>>
if set -q VIRTUAL_ENV; and functions -q deactivate
    deactivate
end
set -g _venvoy_bin <<scripts>>
set -q VIRTUAL_ENV; and set -g _venvoy_old_env $VIRTUAL_ENV
set -q VIRTUAL_ENV_PROMPT; and set -g _venvoy_old_name $VIRTUAL_ENV_PROMPT
set -q PYTHONHOME; and set -g _venvoy_old_home $PYTHONHOME
set -e PYTHONHOME
set -gx VIRTUAL_ENV <<root>>
set -gx VIRTUAL_ENV_PROMPT <<name>>
set -gx PATH $_venvoy_bin $PATH
if test -z "$VIRTUAL_ENV_DISABLE_PROMPT"; and functions -q fish_prompt; and not functions -q _venvoy_old_prompt
    functions -c fish_prompt _venvoy_old_prompt
    set -g _venvoy_prompt <<prompt>>
    function _venvoy_return
        return $argv[1]
    end
    function fish_prompt
        set -l _venvoy_status $status
        printf '%s' $_venvoy_prompt
        _venvoy_return $_venvoy_status
        _venvoy_old_prompt
    end
end
function deactivate -d 'Leave the environment that is active'
<<restore>>
    functions -e deactivate
end
"""

_RESTORE = """\
    if set -l _venvoy_index (contains -i -- $_venvoy_bin $PATH)
        set -e PATH[$_venvoy_index]
    end
    if functions -q _venvoy_old_prompt
        if functions fish_prompt | string match -q '*_venvoy_prompt*'
            functions -e fish_prompt
            functions -c _venvoy_old_prompt fish_prompt
        end
        functions -e _venvoy_old_prompt _venvoy_return
    end
    set -e VIRTUAL_ENV
    set -e VIRTUAL_ENV_PROMPT
    set -q _venvoy_old_env; and set -gx VIRTUAL_ENV $_venvoy_old_env
    set -q _venvoy_old_name; and set -gx VIRTUAL_ENV_PROMPT $_venvoy_old_name
    set -q _venvoy_old_home; and set -gx PYTHONHOME $_venvoy_old_home
    for _venvoy_variable in _venvoy_bin _venvoy_prompt _venvoy_old_env _venvoy_old_name _venvoy_old_home
        set -e -g $_venvoy_variable
    end"""

_DEACTIVATE = """\
<<mark>>
if functions -q deactivate
    deactivate
else
    set -g _venvoy_bin <<scripts>>
<<restore>>
end
"""

# PYTHONHOME, which an environment does without, keeps venvoy itself from starting; an empty one counts as none.
_HOOK = """\
<<mark>> hook
function venvoy
    switch "$argv[1]"
        case activate deactivate
            if test "$argv" = deactivate; and functions -q deactivate
                deactivate
                return
            end
            set -l text (PYTHONHOME= <<program>> $argv[1] --script --shell fish $argv[2..-1] | string collect)
            or return
            if string match -q '<<mark>>*' -- $text
                eval $text
            else
                printf '%s\\n' $text
            end
        case init sync trust
            <<program>> $argv
            or return
            if test -z "$VIRTUAL_ENV"
                set -g _venvoy_seen
                set -g _venvoy_project
            end
        case '*'
            <<program>> $argv
    end
end
"""

# Runs at each prompt, so it must cost nothing: venvoy is asked only in the folder of another project than before.
_AUTO = """\
function _venvoy_auto --on-event fish_prompt
    test "$PWD" = "$_venvoy_seen"; and return
    set -g _venvoy_seen $PWD
    set -l folder $PWD
    while test -n "$folder"; and not test -f "$folder/pyproject.toml"
        set folder (string replace -r '/[^/]*\\z' '' -- $folder | string collect)
    end
    test "$folder" = "$_venvoy_project"; and return
    set -g _venvoy_project $folder
    if test -n "$_venvoy_active"; and test "$_venvoy_active" = "$VIRTUAL_ENV"
        deactivate
    end
    set -g _venvoy_active
    if test -n "$folder"; and test -z "$VIRTUAL_ENV"
        set -l text (PYTHONHOME= <<program>> activate --if-trusted --script --shell fish | string collect)
        if string match -q '<<mark>>*' -- $text
            eval $text
            set -g _venvoy_active $VIRTUAL_ENV
        end
    end
end
"""


def quote(text: str) -> str:
    """One word in single quotes, in which fish knows a backslash and a quote behind a backslash."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


FISH = Shell(
    "fish",
    quote,
    _ACTIVATE.replace("<<restore>>", _RESTORE),
    _DEACTIVATE.replace("<<restore>>", _RESTORE),
    _HOOK,
    _HOOK + _AUTO,
    evaluated="<<command>> | source",
    script="activate.fish",
    source="source <<path>>",
    installed="command -q <<venvoy>>; and <<venvoy>> <<words>> | source",
)
