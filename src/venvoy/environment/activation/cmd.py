"""cmd.exe. Its texts are batch files that are called.

The values that they keep have the names that virtualenv gives them, so that the environment's own ``deactivate.bat``,
which is then on PATH, restores them too.
"""

from __future__ import annotations

from venvoy.environment.activation.values import Activation, Shell, fill

_MARK = "@rem venvoy cmd"

# A line each, no brackets: a bracket in PATH would end them.
_RESTORE = """\
@if defined _OLD_VIRTUAL_PATH set "PATH=%_OLD_VIRTUAL_PATH%"
@if defined _OLD_VIRTUAL_PROMPT set "PROMPT=%_OLD_VIRTUAL_PROMPT%"
@if defined _OLD_VIRTUAL_PYTHONHOME set "PYTHONHOME=%_OLD_VIRTUAL_PYTHONHOME%"
@set "_OLD_VIRTUAL_PATH="
@set "_OLD_VIRTUAL_PROMPT="
@set "_OLD_VIRTUAL_PYTHONHOME="
@set "VIRTUAL_ENV="
@set "VIRTUAL_ENV_PROMPT="
"""

_ACTIVATE = """\
<<mark>>
<<restore>><<utf8>>@set "_OLD_VIRTUAL_PATH=%PATH%"
@set "_OLD_VIRTUAL_PYTHONHOME=%PYTHONHOME%"
@set "PYTHONHOME="
@set "VIRTUAL_ENV=<<root>>"
@set "VIRTUAL_ENV_PROMPT=<<name>>"
@set "PATH=<<scripts>>;%PATH%"
@if not defined VIRTUAL_ENV_DISABLE_PROMPT if not defined PROMPT set "PROMPT=$P$G"
@if not defined VIRTUAL_ENV_DISABLE_PROMPT set "_OLD_VIRTUAL_PROMPT=%PROMPT%"
@if not defined VIRTUAL_ENV_DISABLE_PROMPT set "PROMPT=(<<name>>) %PROMPT%"
<<back>>"""

# cmd reads a batch file line by line in the code page of the moment; this one is written in UTF-8.
_UTF8 = """\
@for /f "tokens=2 delims=:." %%a in ('chcp') do @set "_VENVOY_CODEPAGE=%%a"
@chcp 65001 > nul
"""
_BACK = """\
@chcp %_VENVOY_CODEPAGE% > nul
@set "_VENVOY_CODEPAGE="
"""

_HOOK = """\
<<mark>> hook
@if "%~1"=="" if not defined _VENVOY_HOOK goto define
@if /i "%~1"=="activate" goto evaluate
@if /i "%~1"=="deactivate" goto evaluate
@"<<program>>" %*
@exit /b
:define
@set "_VENVOY_HOOK=1"
@doskey venvoy=call "%~f0" $*
@exit /b 0
:evaluate
@set "_VENVOY_TEXT=%TEMP%\\venvoy-%RANDOM%%RANDOM%.cmd"
@"<<program>>" %* --script --shell cmd > "%_VENVOY_TEXT%"
@set "_VENVOY_MARK="
@set /p "_VENVOY_MARK=" < "%_VENVOY_TEXT%"
@if not "%_VENVOY_MARK%"=="<<mark>>" goto show
@call "%_VENVOY_TEXT%"
@goto finish
:show
@type "%_VENVOY_TEXT%"
:finish
@del "%_VENVOY_TEXT%"
@set "_VENVOY_TEXT="
@set "_VENVOY_MARK="
"""


def quote(text: str) -> str:
    """A word of a line that is typed, in double quotes.

    Raises:
        ValueError: the text has a double quote or a line end. No path of Windows has, and cmd knows no way to say it.
    """
    return f'"{_checked(text)}"'


def activate(made: Activation) -> str:
    """The text that activates."""
    utf8 = not f"{made.root}{made.name}".isascii()
    return _text(
        _ACTIVATE,
        restore=_RESTORE,
        root=_inside(made.root),
        scripts=_inside(made.scripts),
        name=_inside(made.name.replace('"', "_")),
        utf8=_UTF8 if utf8 else "",
        back=_BACK if utf8 else "",
    )


def deactivate(made: Activation) -> str:  # noqa: ARG001 - the signature of all shells
    """The text that leaves an environment: what is restored stands in variables, which the next program inherits."""
    return _text("<<mark>>\n" + _RESTORE)


def hook(program: str, auto: bool) -> str:  # noqa: ARG001, FBT001 - the signature of all shells
    """The batch file that stands in for venvoy: it defines a macro that leads to itself."""
    return _text(_HOOK, program=_inside(program))


def _text(template: str, **values: str) -> str:
    # with other line ends cmd does not find its labels
    return fill(template, mark=_MARK, **values).replace("\n", "\r\n")


def _inside(text: str) -> str:
    return _checked(text).replace("%", "%%")  # as a batch file has it; in a line that is typed it stands for itself


def _checked(text: str) -> str:
    if set(text) & set('"\r\n'):
        raise ValueError(text)
    return text


CMD = Shell(
    "cmd",
    quote,
    activate,
    deactivate,
    hook,
    evaluated='<<command>> > "%TEMP%\\venvoy.cmd" && call "%TEMP%\\venvoy.cmd"',
    script="activate.bat",
    source="<<path>>",
    installed="",
    automatic=False,
)
