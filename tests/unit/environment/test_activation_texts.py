"""Texts for shells: quoting that nothing gets out of, and texts that take back what they change.

What the shells themselves make of them stands in tests/integration/activation.
"""

from __future__ import annotations

import ast
import base64
import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venvoy.environment.activation import cmd, fish, nushell, posix, powershell, xonsh
from venvoy.environment.activation.shells import SHELLS, known
from venvoy.environment.activation.values import Activation, fill, plain_name

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
ODD = 'it\'s "50%" of $HOME & $(touch pwned); `touch pwned` \\ !here !! {x} <<root>> é日本\n\t|#~*?[a]'
HERE = Activation("/somewhere/.venv", "/somewhere/.venv/bin", "name")


@given(TEXTS)
def test_a_posix_shell_reads_one_word(text: str) -> None:
    assert shlex.split(posix.quote(text)) == [text]


@given(TEXTS)
def test_python_reads_the_string_that_xonsh_gets(text: str) -> None:
    assert ast.literal_eval(xonsh.quote(text)) == text
    assert xonsh.quote(text).isascii()


@given(TEXTS)
def test_fish_reads_one_word(text: str) -> None:
    quoted = fish.quote(text)
    assert re.fullmatch(r"'(?:[^'\\]|\\[\\'])*'", quoted)
    assert re.sub(r"\\([\\'])", r"\1", quoted[1:-1]) == text


@given(TEXTS)
def test_powershell_reads_one_string_whatever_the_code_page(text: str) -> None:
    quoted = powershell.quote(text)
    assert quoted.isascii()
    assert quoted.isprintable()
    string, letter = r"'(?:[^']|'')*'", r"\[char\]0x[0-9a-f]{4}"
    assert re.fullmatch(rf"{string}|\({string}(?: \+ (?:{string}|{letter}))+\)", quoted)
    units = b""
    for part in re.findall(f"{string}|{letter}", quoted):
        plain = part[1:-1].replace("''", "'") if part[0] == "'" else ""
        units += plain.encode("utf-16-le") if part[0] == "'" else int(part[-4:], 16).to_bytes(2, "little")
    assert units.decode("utf-16-le") == text


@given(TEXTS)
def test_nushell_reads_one_string(text: str) -> None:
    quoted = nushell.quote(text)
    assert re.fullmatch(r'"(?:[^"\\]|\\["\\]|\\u\{[0-9a-f]+\})*"', quoted)
    letters = re.sub(
        r"\\u\{([0-9a-f]+)\}|\\(.)", lambda found: chr(int(found[1], 16)) if found[1] else found[2], quoted[1:-1]
    )
    assert letters == text


@given(TEXTS)
def test_cmd_gets_what_it_can_hold_and_nothing_else(text: str) -> None:
    if set(text) & set('"\r\n'):
        with pytest.raises(ValueError, match=re.escape(text) or None):
            cmd.quote(text)
        return
    assert cmd.quote(text) == f'"{text}"'


@given(st.text())
def test_a_name_in_a_prompt_is_never_expanded(name: str) -> None:
    shown = plain_name(name)
    assert len(shown) == len(name)
    assert not set(shown) & set("$`\\\n\r\t\x1b\0")


def test_a_value_is_not_looked_at_again() -> None:
    assert fill("a <<one>> b <<two>> c <<one>>", one="<<two>>", two=">><<") == "a <<two>> b >><< c <<two>>"


@pytest.mark.parametrize("name", SHELLS)
def test_every_text_begins_with_the_mark_that_the_hook_looks_for(name: str) -> None:
    shell = SHELLS[name]
    hook = shell.hook("/bin/venvoy", auto=bool(shell.auto_hook))
    mark = shell.activate(HERE).splitlines()[0].partition(";")[0].strip()
    assert mark.endswith(f"venvoy {name}")
    assert shell.deactivate(HERE).startswith(mark)
    assert hook.startswith(f"{mark} hook")
    if name != "nushell":  # it asks for JSON
        assert hook.count(mark) >= 2


@pytest.mark.parametrize("name", SHELLS)
def test_every_text_names_what_it_sets_and_restores(name: str) -> None:
    shell = SHELLS[name]
    activate, deactivate = shell.activate(HERE), shell.deactivate(HERE)
    for variable in ("VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "PYTHONHOME", "PATH"):
        assert len(re.findall(rf"\b{variable}\b", activate)) >= 2, variable
    assert "VIRTUAL_ENV" in deactivate
    assert "<<" not in activate + deactivate + shell.hook("/bin/venvoy", auto=bool(shell.auto_hook))


@pytest.mark.parametrize("name", [name for name in SHELLS if name != "cmd"])
def test_nothing_of_a_path_stands_outside_of_quotes(name: str) -> None:
    shell = SHELLS[name]
    made = Activation(ODD, f"{ODD}/bin", "name", rest=f"/usr/bin:{ODD}")
    words = [shell.quote(text) for text in (made.root, made.scripts, made.rest)]
    for text in (
        shell.activate(made),
        shell.deactivate(made),
        shell.hook(f"/{ODD}/venvoy", auto=bool(shell.auto_hook)),
    ):
        left = text
        for word in (*words, shell.quote(f"/{ODD}/venvoy")):
            left = left.replace(word, "WORD")
        assert "pwned" not in left


def test_one_line_is_enough_for_csh() -> None:
    made = Activation("/a\nb", "/a\nb/bin", "a_b", rest="/usr/bin\n")
    shell = SHELLS["tcsh"]
    texts = (shell.activate(made), shell.deactivate(made), shell.hook("/a\nb", auto=False))
    assert [text.count("\n") for text in texts] == [1, 1, 1]


def test_powershell_gets_ascii_only() -> None:
    shell = SHELLS["powershell"]
    made = Activation("C:\\Prénom \u2019; calc; \u2018", "C:\\Prénom\\Scripts", "Prénom")
    assert shell.activate(made).isascii()
    assert shell.deactivate(made).isascii()
    assert shell.hook("C:\\Prénom\\venvoy.exe", auto=True).isascii()
    assert "[char]0x2019" in shell.activate(made)


def test_cmd_speaks_utf8_only_where_it_has_to() -> None:
    shell = SHELLS["cmd"]
    plain = Activation("C:\\100% & co\\.venv", "C:\\100% & co\\.venv\\Scripts", "100% & co")
    assert shell.activate(plain).split("\r\n") == [
        "@rem venvoy cmd",
        '@if defined _OLD_VIRTUAL_PATH set "PATH=%_OLD_VIRTUAL_PATH%"',
        '@if defined _OLD_VIRTUAL_PROMPT set "PROMPT=%_OLD_VIRTUAL_PROMPT%"',
        '@if defined _OLD_VIRTUAL_PYTHONHOME set "PYTHONHOME=%_OLD_VIRTUAL_PYTHONHOME%"',
        '@set "_OLD_VIRTUAL_PATH="',
        '@set "_OLD_VIRTUAL_PROMPT="',
        '@set "_OLD_VIRTUAL_PYTHONHOME="',
        '@set "VIRTUAL_ENV="',
        '@set "VIRTUAL_ENV_PROMPT="',
        '@set "_OLD_VIRTUAL_PATH=%PATH%"',
        '@set "_OLD_VIRTUAL_PYTHONHOME=%PYTHONHOME%"',
        '@set "PYTHONHOME="',
        '@set "VIRTUAL_ENV=C:\\100%% & co\\.venv"',
        '@set "VIRTUAL_ENV_PROMPT=100%% & co"',
        '@set "PATH=C:\\100%% & co\\.venv\\Scripts;%PATH%"',
        '@if not defined VIRTUAL_ENV_DISABLE_PROMPT if not defined PROMPT set "PROMPT=$P$G"',
        '@if not defined VIRTUAL_ENV_DISABLE_PROMPT set "_OLD_VIRTUAL_PROMPT=%PROMPT%"',
        '@if not defined VIRTUAL_ENV_DISABLE_PROMPT set "PROMPT=(100%% & co) %PROMPT%"',
        "",
    ]
    accented = shell.activate(Activation("C:\\é\\.venv", "C:\\é\\.venv\\Scripts", "é")).split("\r\n")
    assert [line for line in accented if "chcp" in line or "CODEPAGE" in line] == [
        '@for /f "tokens=2 delims=:." %%a in (\'chcp\') do @set "_VENVOY_CODEPAGE=%%a"',
        "@chcp 65001 > nul",
        "@chcp %_VENVOY_CODEPAGE% > nul",
        '@set "_VENVOY_CODEPAGE="',
    ]


def test_git_bash_gets_its_own_form_of_a_path() -> None:
    made = Activation("C:\\it's\\.venv", "C:\\it's\\.venv\\Scripts", "it's", windows=True)
    lines = SHELLS["bash"].activate(made).splitlines()
    assert "VIRTUAL_ENV=\"$(cygpath -u 'C:\\it'\\''s\\.venv')\"" in lines
    assert "_VENVOY_BIN=\"$(cygpath -u 'C:\\it'\\''s\\.venv\\Scripts')\"" in lines


@pytest.mark.parametrize("name", [name for name, shell in SHELLS.items() if shell.auto_hook and name != "tcsh"])
def test_a_prompt_starts_venvoy_only_behind_the_looks_at_folder_and_marker(name: str) -> None:
    text = SHELLS[name].hook("/bin/venvoy", auto=True)
    auto = text[text.index("_venvoy_auto") :]
    asked = auto.index("--if-trusted")
    for look in ("PWD" if name != "powershell" else "CurrentFileSystemLocation", "pyproject.toml"):
        assert auto.index(look) < asked, look
    assert "_venvoy_auto" not in SHELLS[name].hook("/bin/venvoy", auto=False)


@pytest.mark.parametrize(
    ("called", "name"),
    [
        *((name, name) for name in SHELLS),
        ("-bash", "bash"),
        ("bash.exe", "bash"),
        ("Git-Bash", "bash"),
        ("zsh-5.9", "zsh"),
        ("ksh93", "sh"),
        ("dash", "sh"),
        ("busybox", "sh"),
        ("csh", "tcsh"),
        ("pwsh-preview", "powershell"),
        ("PowerShell.EXE", "powershell"),
        ("CMD.EXE", "cmd"),
        ("nu", "nushell"),
        ("elvish", ""),
        ("python3", ""),
        ("", ""),
    ],
)
def test_shells_are_known_by_many_names(called: str, name: str) -> None:
    assert known(called) == name


def test_what_powershell_is_started_with_is_what_it_evaluates() -> None:
    from venvoy.operations.shells.shell import _WAYS

    text = SHELLS["powershell"].activate(HERE)
    *options, encoded = _WAYS["powershell"](HERE, text, "", {}).arguments
    assert options == ["-NoLogo", "-NoExit", "-EncodedCommand"]
    assert base64.b64decode(encoded).decode("utf-16-le") == text
