"""Activation in real shells in a pseudo-terminal, typed as a person does."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from support.desk import Desk
from support.environments import make_environment
from support.terminal import PROMPT, Terminal
from venvoy.environment.activation.shells import SHELLS, known

PREFIX = 'python -c "import sys; print(ascii(sys.prefix))"'
ODD = (
    'it\'s "50%" of $HOME & $(touch pwned)',
    "`touch pwned`; \\ !here !! {env_name} <<root>> é日本",
    "new\nline\ttab -dash ~ #[a]*?(b)<c>|",
    "x" * 200,
)
_VOLATILE = {"_", "OLDPWD", "SHLVL", "LAST_RETURN_CODE", "XONSH_CAPTURE_ALWAYS"}


def exported(terminal: Terminal) -> dict[str, str]:
    """All environment variables, apart from those that change by themselves."""
    lines = (line.partition("=") for line in terminal.type("env"))
    return {name: value for name, _, value in lines if name not in _VOLATILE}


def state(terminal: Terminal) -> list[str]:
    """The shell's own variables and functions that are ours, besides what the hook itself keeps."""
    lines = terminal.type("set")
    return [line for line in lines if "_old_" in line.lower() or "_VENVOY_BIN" in line or "_venvoy_bin" in line]


def test_everything_is_as_before_after_deactivate(desk: Desk) -> None:
    with desk.open(hook=desk.dialect.name) as terminal:
        if desk.dialect.name in {"bash", "zsh", "sh"}:
            assert terminal.type("set -eu") == []
        assert terminal.type(desk.dialect.assign.format("PYTHONHOME", "/nowhere")) == []
        before = exported(terminal)
        assert before["PYTHONHOME"] == "/nowhere"

        assert terminal.type("venvoy activate") == []
        root = str(desk.project / ".venv")
        assert terminal.prompt == f"(app) {PROMPT}"
        assert terminal.type(PREFIX) == [ascii(root)]
        active = exported(terminal)
        name = "(app) " if desk.dialect.name == "xonsh" else "app"  # its prompt shows it as it stands
        changed = {"VIRTUAL_ENV": root, "VIRTUAL_ENV_PROMPT": name, "PATH": f"{root}/bin:{before['PATH']}"}
        assert active == {**{name: before[name] for name in before if name != "PYTHONHOME"}, **changed}

        assert terminal.type("venvoy deactivate") == []
        assert terminal.prompt == PROMPT
        assert exported(terminal) == before
        if desk.dialect.name != "xonsh":
            assert state(terminal) == []


def test_another_environment_takes_the_place_of_the_first(desk: Desk) -> None:
    other = make_environment(desk.home / "other", prompt="second one")
    with desk.open(hook=desk.dialect.name) as terminal:
        before = exported(terminal)
        assert terminal.type("venvoy activate") == []
        assert terminal.type("venvoy activate ../other") == [
            f"It takes the place of {desk.project}/.venv, which is active now."
        ]
        assert terminal.prompt == f"(second one) {PROMPT}"
        assert exported(terminal)["PATH"] == f"{other}/bin:{before['PATH']}"
        assert terminal.type("deactivate") == []
        assert terminal.prompt == PROMPT
        assert exported(terminal) == before


def test_what_is_added_to_the_path_meanwhile_stays(desk: Desk) -> None:
    if desk.dialect.name == "tcsh":
        pytest.skip("tcsh gets the PATH of before back as a whole")
    with desk.open(hook=desk.dialect.name) as terminal:
        before = exported(terminal)["PATH"]
        assert terminal.type("venvoy activate") == []
        assert terminal.type(desk.dialect.append) == []
        assert terminal.type("venvoy deactivate") == []
        assert exported(terminal)["PATH"] == f"{before}:/appended"


def test_what_is_no_script_is_shown_and_not_evaluated(desk: Desk) -> None:
    with desk.open(hook=desk.dialect.name) as terminal:
        assert terminal.type("venvoy activate --help")[0] == "Usage: venvoy activate [OPTIONS] [PATH|NAME]"
        assert terminal.type("venvoy activate nowhere")[0] == (
            "error: There is no environment 'nowhere'. [environment-missing]"
        )
        assert terminal.type("venvoy deactivate")[0] == (
            "error: No environment is active in this shell, so there is none to leave. [environment-missing]"
        )
        assert terminal.type("venvoy --version")[0].startswith("venvoy ")
        assert terminal.prompt == PROMPT


def test_without_the_hook_the_line_that_is_shown_works(desk: Desk) -> None:
    for name, text in (("activate", "export VIRTUAL_ENV=mine"), ("activate.fish", "set -gx VIRTUAL_ENV mine")):
        (desk.project / ".venv" / "bin" / name).write_text(f"{text}\n", encoding="utf-8")
    (desk.project / ".venv" / "bin" / "activate.csh").write_text("setenv VIRTUAL_ENV mine\n", encoding="utf-8")
    with desk.open() as terminal:
        line, why, *_ = terminal.type("venvoy activate")
        assert why == f"Type this line in {desk.dialect.name}: no program can change the shell that started it."
        assert terminal.type(line) == []
        expected = f"{desk.project}/.venv" if desk.dialect.name == "xonsh" else "mine"
        assert exported(terminal)["VIRTUAL_ENV"] == expected


def test_without_the_hook_a_script_can_be_evaluated(desk: Desk) -> None:
    with desk.open() as terminal:
        before = exported(terminal)
        assert terminal.type(desk.dialect.script) == []
        assert terminal.prompt == f"(app) {PROMPT}"
        assert terminal.type(PREFIX) == [ascii(str(desk.project / ".venv"))]
        assert terminal.type("deactivate") == []
        assert terminal.prompt == PROMPT
        assert exported(terminal) == before


def test_an_environment_that_was_active_before_the_shell_started_can_be_left(desk: Desk) -> None:
    root = make_environment(desk.home / "outer")
    path = desk.environ["PATH"]
    with desk.open(hook=desk.dialect.name, VIRTUAL_ENV=str(root), PATH=f"{root}/bin:{path}") as terminal:
        assert terminal.type("venvoy deactivate") == []
        after = exported(terminal)
        assert "VIRTUAL_ENV" not in after
        assert after["PATH"] == path


@pytest.mark.parametrize("name", ODD, ids=("substitution", "backtick", "newline", "long"))
def test_odd_paths_work_and_run_nothing(desk: Desk, name: str) -> None:
    folder = desk.home / name
    shutil.copytree(desk.project, folder, symlinks=True)
    with desk.open(folder=folder, hook=desk.dialect.name) as terminal:
        before = exported(terminal)["PATH"]
        said = terminal.type("venvoy activate")
        if desk.dialect.name == "xonsh" and "$HOME" in name:
            assert said[0] == "xonsh reads a variable in the path of this environment, so it cannot stand in $PATH:"
            assert terminal.prompt == PROMPT
            return
        assert said == []
        assert terminal.prompt.endswith(f") {PROMPT}")
        assert terminal.type(PREFIX) == [ascii(str(folder / ".venv"))]
        assert terminal.type("venvoy deactivate") == []
        assert terminal.prompt == PROMPT
        assert exported(terminal)["PATH"] == before
    assert list(desk.home.rglob("pwned")) == []


def test_an_odd_path_elsewhere_works_and_runs_nothing(desk: Desk) -> None:
    make_environment(desk.home / "it's `touch pwned` $(touch pwned) !x %HOME% {x}", prompt="odd")
    # a pattern, as Tab would complete it: the shell itself puts the name in
    pattern = "g`../it*`" if desk.dialect.name == "xonsh" else "../it*"
    with desk.open() as terminal:
        line = terminal.type(f"venvoy activate {pattern}")[0]
        assert terminal.type(line) == []
        assert terminal.prompt == f"(odd) {PROMPT}"
        assert terminal.type("deactivate") == []
    with desk.open(hook=desk.dialect.name) as terminal:
        assert terminal.type(f"venvoy activate {pattern}") == []
        assert terminal.prompt == f"(odd) {PROMPT}"
    assert list(desk.home.rglob("pwned")) == []


def test_entering_a_trusted_project_activates_it_and_leaving_deactivates(desk: Desk) -> None:
    advice = "venvoy trust   lets entering this project activate its environment, from now on"
    (desk.project / "below").mkdir()
    with desk.open(folder=desk.home, hook=f"{desk.dialect.name} --auto") as terminal:
        assert terminal.type("cd app") == [advice]
        assert terminal.prompt == PROMPT
        assert terminal.type("venvoy trust") == [
            f"{desk.project} is trusted: entering it activates its environment (with hook --auto)."
        ]
        shown = [terminal.prompt]
        for line in (
            "cd below",
            "cd ..",
            "cd ..",
            "cd app/below",
            "venvoy deactivate",
            "cd ..",
            "cd /",
            f"cd {desk.project}",
        ):
            assert terminal.type(line) == []
            shown.append(terminal.prompt)
        inside, outside = f"(app) {PROMPT}", PROMPT
        assert shown == [inside, inside, inside, outside, inside, outside, outside, outside, inside]

        with (desk.project / "pyproject.toml").open("a", encoding="utf-8") as file:
            file.write("[tool.venvoy]\noffline = true\n")
        assert terminal.type("cd /") == []
        assert terminal.type(f"cd {desk.project}") == [advice]
        assert terminal.prompt == PROMPT


def test_a_prompt_starts_nothing_where_the_folder_is_the_same_or_no_project(desk: Desk, tmp_path: Path) -> None:
    # what would be started is gone by then, so starting it would be seen
    home = desk.home / "gone"
    home.mkdir()
    scripts = home / "venvoy"
    scripts.symlink_to(shutil.which("venvoy", path=desk.environ["PATH"]) or "")
    with desk.open(folder=desk.home, PATH=f"{home}:{desk.environ['PATH']}") as terminal:
        assert terminal.type(desk.dialect.hook.format(f"{desk.dialect.name} --auto")) == []
        scripts.unlink()
        (desk.home / "plain").mkdir()
        for line in ("cd plain", "cd ..", "env", "cd /", f"cd {desk.home}"):
            said = terminal.type(line)
            assert line == "env" or said == []


def test_a_sub_shell_reads_the_own_files_first_and_hands_its_exit_code_back(desk: Desk) -> None:
    assign = desk.dialect.assign.format("FROM_STARTUP", "seen")
    with (desk.home / desk.dialect.startup).open("a", encoding="utf-8") as file:
        file.write(f"{assign}\n{desk.dialect.append}\n")
    with desk.open() as terminal:
        name = Path(desk.program).name
        assert terminal.type("venvoy shell") == [f"Started {name} with the environment .venv; exit leaves it."]
        assert terminal.prompt == f"(app) {PROMPT}"
        assert terminal.type(PREFIX) == [ascii(str(desk.project / ".venv"))]
        inside = exported(terminal)
        assert inside["FROM_STARTUP"] == "seen"
        assert inside["HOME"] == str(desk.home)
        assert inside["PATH"].startswith(f"{desk.project}/.venv/bin:")
        assert {name for name in inside if "VENVOY" in name} == {"VENVOY_CACHE_DIR", "_VENVOY_SHELL"}

        said = terminal.type("venvoy shell")
        assert said[0] == (
            "error: You are in a shell that venvoy shell started, and one in another only confuses. [shell-nested]"
        )
        terminal.type(desk.dialect.leave)
        assert terminal.prompt == PROMPT
        status = terminal.type("echo $status" if desk.dialect.name in {"fish", "tcsh"} else "echo $?")
        if desk.dialect.name != "xonsh":
            assert status == ["7"]


@pytest.mark.parametrize("found", ["on PATH", "elsewhere"])
def test_a_hook_that_was_installed_works_in_the_next_shell(desk: Desk, found: str) -> None:
    startup = desk.home / desk.dialect.startup
    before = startup.read_bytes()
    scripts, _, others = desk.environ["PATH"].partition(":")
    called, path = "venvoy", desk.environ["PATH"]
    if found == "elsewhere":
        link = desk.home / "my tools" / "venvoy"
        link.parent.mkdir()
        link.symlink_to(f"{scripts}/venvoy")
        called, path = f"@('{link}')" if desk.dialect.name == "xonsh" else f'"{link}"', others
    with desk.open(PATH=path) as terminal:
        said = terminal.type(f"{called} hook --install --yes")
        assert said[0] == f"Put the hook into {startup}:"
        assert said[1].endswith("  # venvoy hook")
    with desk.open(PATH=path) as terminal:
        assert terminal.type("venvoy activate") == []
        assert terminal.prompt == f"(app) {PROMPT}"
        assert terminal.type("venvoy hook --uninstall --yes")[0] == f"Took the hook out of {startup}:"
    assert startup.read_bytes() == before


def test_a_person_is_asked_before_a_file_is_changed(desk: Desk) -> None:
    startup = desk.home / desk.dialect.startup
    before = startup.read_bytes()
    with desk.open() as terminal:
        no = terminal.type("venvoy hook --install", question="Change the file? [y/N]: ", reply="n")
        assert no[0] == f"{startup} would get this line:"
        assert no[1].endswith("  # venvoy hook")
        assert no[3:] == ["error: Nothing was changed. [consent-needed]"]
        assert startup.read_bytes() == before
        yes = terminal.type("venvoy hook --install", question="Change the file? [y/N]: ", reply="y")
        assert yes[3] == f"Put the hook into {startup}:"
        assert startup.read_bytes().startswith(before)
        assert startup.read_bytes().endswith(b"  # venvoy hook\n")


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
EVALUATE = {"fish": "source quoted", "tcsh": 'eval "`cat quoted`"'}


@pytest.mark.parametrize("name", ["bash", "zsh", "dash", "fish", "tcsh"])
def test_a_shell_reads_back_what_is_quoted_for_it(name: str, home: Path) -> None:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed here")
    quote = SHELLS[known(name)].quote

    @given(st.lists(TEXTS, min_size=1, max_size=50))
    @example([*ODD, "'", "''", "!", "\\!", "a\\", "\n", "\t", "$x", "%s", "-e", "~", "{a,b}", "!!", "^a^b", "é\u2019"])
    @examples(max_examples=30)
    def check(texts: list[str]) -> None:
        words = " ".join(map(quote, texts))
        (home / "quoted").write_bytes(f"printf '%s\\0' {words}\n".encode())
        done = subprocess.run(
            [program, "-c", EVALUATE.get(name, 'eval "$(cat quoted)"')],
            cwd=home,
            env={"PATH": os.defpath, "HOME": str(home), "LANG": "C.UTF-8"},
            check=False,
            capture_output=True,
        )
        assert done.stdout.decode().split("\0")[:-1] == texts, done.stderr

    check()
