"""tcsh, and csh where that is tcsh.

``eval`` gets what a command printed as one line, so every text here is one: a command behind the other. A variable in
the branch of an ``if`` is looked up even when the branch is not taken, hence ``eval`` with single quotes there.
"""

from __future__ import annotations

from venvoy.environment.activation.values import Activation, Shell, fill

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

_ASKED = "`env PYTHONHOME= $_venvoy_program:q $_venvoy_words:q --script --shell tcsh`"

_CALL = (
    "set _venvoy_first = ''",
    "if ($#_venvoy_words) eval 'set _venvoy_first = $_venvoy_words[1]:q'",
    "set _venvoy_text = ()",
    f"set _venvoy_ask = 'set _venvoy_text = \"{_ASKED}\"'",
    "if ($_venvoy_first:q == activate || $_venvoy_first:q == deactivate) eval $_venvoy_ask:q",
    f"if ($#_venvoy_text) eval 'if ($_venvoy_text[1]:q =~ \"{_MARK}*\") eval $_venvoy_text:q'",
    f'if ($#_venvoy_text) eval \'if ($_venvoy_text[1]:q !~ "{_MARK}*") printf "%s\\n" $_venvoy_text:q\'',
    "if ($_venvoy_first:q != activate && $_venvoy_first:q != deactivate) $_venvoy_program:q $_venvoy_words:q",
)

_HOOK = (
    f"{_MARK} hook",
    "set _venvoy_program = <<program>>",
    "set _venvoy_hook = <<call>>",
    "alias venvoy 'set _venvoy_words = (\\!*:q); eval $_venvoy_hook:q'",
)


def quote(text: str) -> str:
    """One word: what is special even in single quotes stands outside of them, behind a backslash."""
    outside = {"'": "'\\''", "!": "'\\!'", "\\": "'\\\\'", "\n": "'$'\\n''"}
    return "'" + "".join(outside.get(letter, letter) for letter in text) + "'"


def activate(made: Activation) -> str:
    """The text that activates."""
    return _text(
        _ACTIVATE,
        restore=quote("; ".join(_RESTORE)),
        root=quote(made.root),
        scripts=quote(made.scripts),
        name=quote(made.name),
        prompt=quote(f"({made.name}) ".replace("%", "%%").replace("!", "\\!")),
    )


def deactivate(made: Activation) -> str:
    """The text that leaves an environment which came from the program that started this shell."""
    return _text(_DEACTIVATE, rest=quote(made.rest))


def hook(program: str, auto: bool) -> str:  # noqa: ARG001, FBT001 - the signature of all shells
    """The alias that stands in for venvoy."""
    return _text(_HOOK, program=quote(program), call=quote("; ".join(_CALL)))


def _text(commands: tuple[str, ...], **values: str) -> str:
    return fill("; ".join(commands), **values) + "\n"


TCSH = Shell(
    "tcsh",
    quote,
    activate,
    deactivate,
    hook,
    evaluated='eval "`<<command>>`"',
    script="activate.csh",
    source="source <<path>>",
    installed='if ({ which venvoy >& /dev/null }) eval "`<<command>>`"',
    automatic=False,
)
