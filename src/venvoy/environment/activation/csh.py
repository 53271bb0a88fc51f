"""tcsh, and csh where that is tcsh.

``eval`` gets what a command printed as one line, so every text here is one: a command behind the other. A variable in
the branch of an ``if`` is looked up even when the branch is not taken, hence ``eval`` with single quotes there.
"""

from __future__ import annotations

from venvoy.environment.activation.values import Shell, fill

# Behind a "#" everything would be a comment, and there is but one line.
_MARK = ": venvoy tcsh"

_RESTORE = (
    "if ($?_venvoy_old_path) eval 'setenv PATH $_venvoy_old_path:q'",
    "if ($?_venvoy_old_prompt) eval 'set prompt = $_venvoy_old_prompt:q'",
    "if ($?_venvoy_old_home) eval 'setenv PYTHONHOME $_venvoy_old_home:q'",
    "unsetenv VIRTUAL_ENV VIRTUAL_ENV_PROMPT",
    "if ($?_venvoy_old_env) eval 'setenv VIRTUAL_ENV $_venvoy_old_env:q'",
    "if ($?_venvoy_old_name) eval 'setenv VIRTUAL_ENV_PROMPT $_venvoy_old_name:q'",
    "unset _venvoy_old_path _venvoy_old_prompt _venvoy_old_home _venvoy_old_env _venvoy_old_name",
    "unalias deactivate",
    "rehash",
)

_ACTIVATE = (
    _MARK,
    "set _venvoy_alias = (`alias deactivate`)",
    "if ($?VIRTUAL_ENV && $#_venvoy_alias) eval deactivate",
    "unset _venvoy_alias",
    "if ($?VIRTUAL_ENV) eval 'set _venvoy_old_env = $VIRTUAL_ENV:q'",
    "if ($?VIRTUAL_ENV_PROMPT) eval 'set _venvoy_old_name = $VIRTUAL_ENV_PROMPT:q'",
    "if ($?PYTHONHOME) eval 'set _venvoy_old_home = $PYTHONHOME:q'",
    "unsetenv PYTHONHOME",
    "set _venvoy_old_path = $PATH:q",
    "setenv VIRTUAL_ENV <<root>>",
    "setenv VIRTUAL_ENV_PROMPT <<name>>",
    "setenv PATH <<scripts>>:$PATH:q",
    "set _venvoy_prompt = <<prompt>>",
    "set _venvoy_show = 'set _venvoy_old_prompt = $prompt:q; set prompt = $_venvoy_prompt:q$prompt:q'",
    "if ($?prompt && ! $?VIRTUAL_ENV_DISABLE_PROMPT) eval $_venvoy_show:q",
    "unset _venvoy_prompt _venvoy_show",
    "alias deactivate <<restore>>",
    "rehash",
)

_DEACTIVATE = (
    _MARK,
    "set _venvoy_alias = (`alias deactivate`)",
    "if ($#_venvoy_alias) eval deactivate",
    "if (! $#_venvoy_alias) setenv PATH <<rest>>",
    "if (! $#_venvoy_alias) unsetenv VIRTUAL_ENV VIRTUAL_ENV_PROMPT",
    "unset _venvoy_alias",
    "rehash",
)

# Between backquotes a variable's value would be read as commands, so a file takes what venvoy prints.
_TAKE = (
    'set _venvoy_file = "`mktemp`"',
    "env PYTHONHOME= $_venvoy_program:q $_venvoy_words:q --script --shell tcsh >! $_venvoy_file:q",
    f"if ({{ grep -q '^{_MARK}' $_venvoy_file:q }}) source $_venvoy_file:q",
    f"if (! {{ grep -q '^{_MARK}' $_venvoy_file:q }}) cat $_venvoy_file:q",
    "rm -f $_venvoy_file:q",
    "unset _venvoy_file",
)
_CALL = (
    "set _venvoy_first = ''",
    "if ($#_venvoy_words) eval 'set _venvoy_first = $_venvoy_words[1]:q'",
    "if ($_venvoy_first:q == activate || $_venvoy_first:q == deactivate) eval $_venvoy_take:q",
    "if ($_venvoy_first:q != activate && $_venvoy_first:q != deactivate) $_venvoy_program:q $_venvoy_words:q",
)
_HOOK = (
    f"{_MARK} hook",
    "set _venvoy_program = <<program>>",
    "set _venvoy_take = <<take>>",
    "set _venvoy_hook = <<call>>",
    "alias venvoy 'set _venvoy_words = (\\!*); eval $_venvoy_hook:q'",
)

# Runs when the folder changes, and starts venvoy only in that of another project than before. tcsh has no way to look
# upwards in one line, so sh does; its answer has neither spaces at the ends nor signs that mean something.
_WALK = (
    'd=$PWD; until [ -z "$d" ] || [ -f "$d/pyproject.toml" ]; do d=${d%/*}; done; '
    'if [ -n "$d" ]; then printf %s "$d" | cksum; else echo none; fi'
)
_ENTER = (
    "set _venvoy_words = (activate --if-trusted)",
    "eval $_venvoy_take:q",
    "if ($?VIRTUAL_ENV) eval 'set _venvoy_active = $VIRTUAL_ENV:q'",
)
_SWITCH = (
    "set _venvoy_project = $_venvoy_now:q",
    "if ($?VIRTUAL_ENV && $?_venvoy_active) eval 'if ($VIRTUAL_ENV:q == $_venvoy_active:q) eval deactivate'",
    "unset _venvoy_active",
    "if ($_venvoy_now:q != none && ! $?VIRTUAL_ENV) eval $_venvoy_enter:q",
)
_LOOK = (
    "setenv _VENVOY_WALK $_venvoy_walk:q",
    'set _venvoy_now = "`printenv _VENVOY_WALK | sh`"',
    "unsetenv _VENVOY_WALK",
    "if ($_venvoy_now:q != $_venvoy_project:q) eval $_venvoy_switch:q",
)
_AUTO = (
    "set _venvoy_walk = <<walk>>",
    "set _venvoy_enter = <<enter>>",
    "set _venvoy_switch = <<switch>>",
    "set _venvoy_look = <<look>>",
    "set _venvoy_project = none",
    'if (! $?_venvoy_before) set _venvoy_before = "`alias cwdcmd`"',
    "alias cwdcmd 'if ($#_venvoy_before) eval $_venvoy_before:q; eval $_venvoy_look:q'",
    "eval $_venvoy_look:q",
)
_AGAIN = (
    "if ($_venvoy_first:q =~ {init,sync,trust} && ! $?VIRTUAL_ENV) set _venvoy_project = none",
    "if ($_venvoy_first:q =~ {init,sync,trust} && ! $?VIRTUAL_ENV) eval $_venvoy_look:q",
)


def quote(text: str) -> str:
    """One word: what is special even in single quotes stands outside of them, behind a backslash."""
    outside = {"'": "'\\''", "!": "'\\!'", "\\": "'\\\\'", "\n": "'$'\\n''"}
    return "'" + "".join(outside.get(letter, letter) for letter in text) + "'"


def _quoted(commands: tuple[str, ...]) -> str:
    return quote("; ".join(commands))


def _text(*commands: str) -> str:
    return "; ".join(commands) + "\n"


def _hook(commands: tuple[str, ...], call: tuple[str, ...]) -> str:
    return fill(_text(*commands), program="<<program>>", call=_quoted(call), **_PARTS)


_PARTS = {
    "take": _quoted(_TAKE),
    "walk": quote(_WALK),
    "enter": _quoted(_ENTER),
    "switch": _quoted(_SWITCH),
    "look": _quoted(_LOOK),
}

TCSH = Shell(
    "tcsh",
    quote,
    _text(*_ACTIVATE).replace("<<restore>>", _quoted(_RESTORE)),
    _text(*_DEACTIVATE),
    _hook(_HOOK, _CALL),
    _hook((*_HOOK, *_AUTO), (*_CALL, *_AGAIN)),
    evaluated='eval "`<<command>>`"',
    elsewhere='pushd <<path>> > /dev/null; eval "`<<command>> .`"; popd > /dev/null',
    script="activate.csh",
    source="source <<path>>",
    installed='if ({ which <<venvoy>> >& /dev/null }) eval "`<<venvoy>> <<words>>`"',
    words={"prompt": lambda made: quote(f"({made.name}) ".replace("%", "%%").replace("!", "\\!"))},
)
