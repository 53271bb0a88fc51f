"""cmd.exe. Its texts are batch files that are called.

The values that they keep have the names that virtualenv gives them, so that the environment's own ``deactivate.bat``,
which is then on PATH, restores them too.
"""

from __future__ import annotations

from venvoy.environment.activation.values import Activation, Shell

TYPE_CHECKING = False  # as type checkers want it, without the 9 ms of typing
if TYPE_CHECKING:
    from collections.abc import Callable

# A line each, no brackets: a bracket in PATH would end them. What is restored stands in variables, which the next
# program inherits.
_RESTORE = """\
@rem venvoy cmd
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
@rem venvoy cmd hook
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
@if not "%_VENVOY_MARK%"=="@rem venvoy cmd" goto show
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


def _lines(template: str) -> str:
    return template.replace("\n", "\r\n")  # with other line ends cmd does not find its labels


def _if_foreign(text: str) -> Callable[[Activation], str]:
    return lambda made: "" if f"{made.root}{made.name}".isascii() else _lines(text)


def _inside(text: str) -> str:
    return _checked(text).replace("%", "%%")  # as a batch file has it; in a line that is typed it stands for itself


def _checked(text: str) -> str:
    if set(text) & set('"\r\n'):
        raise ValueError(text)
    return text


CMD = Shell(
    "cmd",
    quote,
    _lines(_ACTIVATE.replace("<<restore>>", _RESTORE)),
    _lines(_RESTORE),
    _lines(_HOOK),
    "",
    evaluated='<<command>> > "%TEMP%\\venvoy.cmd" && call "%TEMP%\\venvoy.cmd"',
    script="activate.bat",
    source="<<path>>",
    installed="",
    inside=_inside,
    words={
        "name": lambda made: _inside(made.name.replace('"', "_")),
        "utf8": _if_foreign(_UTF8),
        "back": _if_foreign(_BACK),
    },
)
