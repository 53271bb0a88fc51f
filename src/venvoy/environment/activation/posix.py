"""bash, zsh, and what understands POSIX sh: dash, ash, ksh. On Windows: Git Bash."""

from __future__ import annotations

from venvoy.environment.activation.values import Shell

_ACTIVATE = """\
<<mark>>
if [ -n "${VIRTUAL_ENV-}" ] && [ "$(command -v deactivate 2>/dev/null)" = deactivate ]; then deactivate ''; fi
_VENVOY_BIN=<<scripts>>
if [ -n "${VIRTUAL_ENV+x}" ]; then _VENVOY_OLD_ENV=$VIRTUAL_ENV; fi
if [ -n "${VIRTUAL_ENV_PROMPT+x}" ]; then _VENVOY_OLD_NAME=$VIRTUAL_ENV_PROMPT; fi
if [ -n "${PYTHONHOME+x}" ]; then _VENVOY_OLD_HOME=$PYTHONHOME; unset PYTHONHOME; fi
VIRTUAL_ENV=<<root>>
VIRTUAL_ENV_PROMPT=<<name>>
PATH="$_VENVOY_BIN${PATH:+:$PATH}"
export VIRTUAL_ENV VIRTUAL_ENV_PROMPT PATH
if [ -z "${VIRTUAL_ENV_DISABLE_PROMPT-}" ] && [ -n "${PS1-}" ]; then
    _VENVOY_PS1=<<prompt>>
    PS1=$_VENVOY_PS1$PS1
fi
deactivate() {<<options>>
<<restore>>
}
hash -r 2>/dev/null || :
"""

# The entry is taken out of PATH, the name out of the prompt: whatever else has been changed meanwhile stays.
_RESTORE = """\
    case ":${PATH-}:" in
        *":$_VENVOY_BIN:"*)
            _VENVOY_PATH=":$PATH:"
            _VENVOY_PATH=${_VENVOY_PATH%%":$_VENVOY_BIN:"*}:${_VENVOY_PATH#*":$_VENVOY_BIN:"}
            _VENVOY_PATH=${_VENVOY_PATH#:}
            PATH=${_VENVOY_PATH%:} ;;
    esac
    if [ -n "${PS1-}" ] && [ -n "${_VENVOY_PS1-}" ]; then PS1=${PS1#"$_VENVOY_PS1"}; fi
    if [ -n "${_VENVOY_OLD_HOME+x}" ]; then PYTHONHOME=$_VENVOY_OLD_HOME; export PYTHONHOME; fi
    if [ -n "${_VENVOY_OLD_ENV+x}" ]; then VIRTUAL_ENV=$_VENVOY_OLD_ENV; else unset VIRTUAL_ENV; fi
    if [ -n "${_VENVOY_OLD_NAME+x}" ]; then VIRTUAL_ENV_PROMPT=$_VENVOY_OLD_NAME; else unset VIRTUAL_ENV_PROMPT; fi
    unset _VENVOY_BIN _VENVOY_PATH _VENVOY_PS1 _VENVOY_OLD_ENV _VENVOY_OLD_NAME _VENVOY_OLD_HOME
    unset -f deactivate 2>/dev/null || :
    hash -r 2>/dev/null || :"""

_DEACTIVATE = """\
<<mark>>
if [ "$(command -v deactivate 2>/dev/null)" = deactivate ]; then
    deactivate ''
else
    _VENVOY_BIN=<<scripts>>
<<restore>>
fi
"""

# PYTHONHOME, which an environment does without, keeps venvoy itself from starting; an empty one counts as none.
_HOOK = """\
<<mark>> hook
venvoy() {<<options>>
    case "${1-}" in
        activate | deactivate)
            if [ "$*" = deactivate ] && [ "$(command -v deactivate 2>/dev/null)" = deactivate ]; then
                deactivate ''
                return
            fi
            _venvoy_word=$1
            shift
            _venvoy_text=$(PYTHONHOME= <<program>> "$_venvoy_word" --script --shell <<shell>> "$@") || return
            case $_venvoy_text in
                '<<mark>>'*) eval "$_venvoy_text" ;;
                *) printf '%s\\n' "$_venvoy_text" ;;
            esac
            unset _venvoy_word _venvoy_text ;;
        init | sync | trust)
            <<program>> "$@" || return
            if [ -z "${VIRTUAL_ENV-}" ]; then _VENVOY_SEEN= _VENVOY_PROJECT=; fi<<again>> ;;
        *) <<program>> "$@" ;;
    esac
}
"""

# Runs at each prompt, so it must cost nothing: venvoy is asked only in the folder of another project than before.
_AUTO = """\
_venvoy_auto() {
    _venvoy_status=$?<<options>>
    case $- in *e*) _venvoy_status=0 ;; esac
    if [ "${PWD-}" = "${_VENVOY_SEEN-}" ]; then return "$_venvoy_status"; fi
    _VENVOY_SEEN=${PWD-}
    _venvoy_folder=$_VENVOY_SEEN
    while [ -n "$_venvoy_folder" ] && [ ! -f "$_venvoy_folder/pyproject.toml" ]; do
        case $_venvoy_folder in
            */*) _venvoy_folder=${_venvoy_folder%/*} ;;
            *) _venvoy_folder= ;;
        esac
    done
    if [ "$_venvoy_folder" = "${_VENVOY_PROJECT-}" ]; then return "$_venvoy_status"; fi
    _VENVOY_PROJECT=$_venvoy_folder
    if [ -n "${_VENVOY_AUTO-}" ] && [ "$_VENVOY_AUTO" = "${VIRTUAL_ENV-}" ]; then deactivate ''; fi
    _VENVOY_AUTO=
    if [ -n "$_venvoy_folder" ] && [ -z "${VIRTUAL_ENV-}" ]; then
        _venvoy_text=$(PYTHONHOME= <<program>> activate --if-trusted --script --shell <<shell>>) || _venvoy_text=
        case $_venvoy_text in
            '<<mark>>'*) eval "$_venvoy_text"; _VENVOY_AUTO=$VIRTUAL_ENV ;;
        esac
    fi
    return "$_venvoy_status"
}
"""

_BEGIN = {
    "bash": """\
case ";${PROMPT_COMMAND-};" in
    *';_venvoy_auto;'*) ;;
    *) PROMPT_COMMAND="_venvoy_auto${PROMPT_COMMAND:+;$PROMPT_COMMAND}" ;;
esac
""",
    "zsh": """\
autoload -Uz add-zsh-hook
add-zsh-hook precmd _venvoy_auto
""",
    "sh": """\
cd() {
    command cd "$@" || return
    _venvoy_auto
}
_venvoy_auto
""",
}
# Options that somebody has set change what a line of zsh means; for the time of a function they are as usual.
_OPTIONS = {"zsh": "\n    emulate -L zsh"}


def quote(text: str) -> str:
    """One word in single quotes; ``!`` stands outside of them, as history expansion looks into double quotes around."""
    return "'" + text.replace("'", "'\\''").replace("!", "'\\!'") + "'"


def _path(text: str, *, windows: bool) -> str:
    return f'"$(cygpath -u {quote(text)})"' if windows else quote(text)


def _shell(name: str) -> Shell:
    def settled(template: str, again: str = "") -> str:
        parts = {"options": _OPTIONS.get(name, ""), "restore": _RESTORE, "shell": name, "again": again}
        for part, text in parts.items():
            template = template.replace(f"<<{part}>>", text)
        return template

    again = "\n            _venvoy_auto" if name == "sh" else ""  # which has nothing that runs at each prompt
    return Shell(
        name,
        quote,
        settled(_ACTIVATE),
        settled(_DEACTIVATE),
        settled(_HOOK),
        settled(_HOOK + _AUTO + _BEGIN[name], again),
        evaluated='eval "$(<<command>>)"',
        script="activate",
        source=". <<path>>" if name == "sh" else "source <<path>>",
        installed='command -v <<venvoy>> >/dev/null && eval "$(<<venvoy>> <<words>>)"',
        words={
            "root": lambda made: _path(made.root, windows=made.windows),
            "scripts": lambda made: _path(made.scripts, windows=made.windows),
            **({"prompt": lambda made: quote(f"({made.name}) ".replace("%", "%%"))} if name == "zsh" else {}),
        },
    )


BASH, ZSH, SH = _shell("bash"), _shell("zsh"), _shell("sh")
