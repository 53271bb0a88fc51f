"""Help, completion, colours, and how much is said."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from support.command_line import WINDOWS, CommandLine, expect
from venvoy.cli.table import COMMANDS


def test_help_lists_the_commands(venvoy: CommandLine) -> None:
    venvoy("--help").says("""
        exit 0
        out Usage: venvoy [OPTIONS] COMMAND [ARGS]...
        out
        out   Virtual environments and what goes into them.
        out
        out   A new project in three lines:
        out
        out     venvoy init
        out     venvoy add requests
        out     venvoy run python
        out
        out Options:
        out   -V, --version  Show the version and exit.
        out   -h, --help     Show this message and exit.
        out
        out Commands:
        out   init        Make a folder a project: pyproject.toml, environment, lockfile.
        out   add         Add dependencies, lock them, install them.
        out   remove      Remove dependencies.
        out   update      Take newer versions, lock them, install them.
        out   lock        Write pylock.toml: what exactly is to be installed.
        out   sync        Make the environment equal to the lockfile.
        out   install     Install into the active environment, or for you alone.
        out   uninstall   Take distributions out of the active environment.
        out   undo        Take back the last change of a project, or of an environment.
        out   redo        Do again what was undone.
        out   history     Show what changed the project, and when.
        out   run         Run a command in the project's environment.
        out   activate    Activate an environment in your shell, or say what to type
        out               there.
        out   deactivate  Leave the environment that is active in your shell.
        out   shell       Start a shell in which the environment is active.
        out   hook        Print or install what lets venvoy change your shell.
        out   trust       Let entering a project activate its environment.
        out   venv        Create an environment without a project.
        out   python      Look at the Pythons on this computer, and pin one.
        out   pip         Check whether pip fits its Python, and mend it.
        out   envs        List, clear away and mend the environments on this computer.
        out   freeze      Print what is installed, in pip's format.
        out   list        List what is installed in the environment.
        out   tree        Show who needs what.
        out   show        Show what is known about one installed distribution.
        out   why         Show why a distribution is locked: every path that leads to it.
        out   why-not     Show what keeps a version out, and what it would take to get it.
        out   verify      Check every file of the environment, and mend what is damaged.
        out   store       Look after the store: the wheels that environments are filled
        out               from.
        out   outdated    List what is newer than the lockfile, and what holds it back.
        out   import      Take over what pip, pipenv, Poetry, PDM, uv or conda keep in
        out               files.
        out   export      Write what is locked as a file for pip and other tools.
        out   completion  Print the script that completes venvoy's commands in your shell.
    """)
    assert venvoy("-h") == venvoy("--help")
    assert (venvoy().code, venvoy().stderr) == (2, venvoy("--help").stdout)


def test_help_of_a_command_shows_options_and_examples(venvoy: CommandLine) -> None:
    before, _, rest = str(venvoy("add", "--help")).partition("out Settings:")
    expect(
        before + rest[rest.index("out Examples:") :],  # the settings stand in docs/commands.md, which a test compares
        """
        exit 0
        out Usage: venvoy add [OPTIONS] REQUIREMENT...
        out
        out   Add dependencies to pyproject.toml, lock them and install them: all of that,
        out   or nothing.
        out
        out   A dependency without bounds gets the chosen version as its lower bound. A
        out   path or an address may stand for a dependency: a folder or an archive,
        out   https://…, git+https://….
        out
        out Options:
        out   --dev             Edit the group dev: what your work needs, not your
        out                     program.
        out   --group NAME      Edit a dependency group: [dependency-groups].
        out   --optional EXTRA  Edit an extra of the project: [project.optional-
        out                     dependencies].
        out   -e, --editable    Use the folders that are named where they lie.
        out   --dry-run         Change nothing; show what would change.
        out   --apply N         Where there is no solution: make the edit of
        out                     pyproject.toml that was proposed under this number.
        out   -h, --help        Show this message and exit.
        out
        out Options of every command:
        out   --offline                    Never use the network: only what is in the
        out                                cache.
        out   --python TEXT                The interpreter to use: a version, a command,
        out                                or a path.
        out   --env TEXT                   The environment of [tool.venvoy.environments]
        out                                to work with; unset: that in .venv.
        out   -q, --quiet                  Say only what went wrong.
        out   -v, --verbose                Say more about what is done.
        out   --color [auto|always|never]  When to colour the output; NO_COLOR and
        out                                FORCE_COLOR count too.
        out   --json                       Print one JSON document on the standard output.
        out   --no-color                   The same as --color never.
        out   --project DIR                Work on the project in DIR instead of the
        out                                current folder.
        out
        out Examples:
        out   venvoy add requests rich           the newest versions that fit, with them as lower bounds
        out   venvoy add "flask>=3,<4"           bounds of your own; the quotes keep < and > from the shell
        out   venvoy add "httpx[http2]"          with an extra of that distribution
        out   venvoy add --dev pytest ruff       for your work on the project
        out   venvoy add --optional plot matplotlib   for those who install your project with the extra plot
        out   venvoy add --editable ../demo      a folder, used where it lies
        out   venvoy add git+https://host.example/demo.git@v1   a branch, tag or commit of a git repository
        """,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_examples_that_can_be_read(venvoy: CommandLine, command: str) -> None:
    ran = venvoy(command, "-h")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"Usage: venvoy {command} ")
    examples = ran.stdout.partition("\nExamples:\n")[2].splitlines()
    assert examples
    assert all("venvoy" in line for line in examples)
    assert [line for line in ran.stdout.splitlines() if len(line) > 100] == []
    assert "\b" not in ran.stdout


def test_a_typing_mistake_leads_to_the_right_word(venvoy: CommandLine) -> None:
    venvoy("instal").says("""
        exit 2
        err error: There is no command 'instal'. [usage]
        err   Did you mean install?
        err   → venvoy --help   lists the commands
    """)
    venvoy("synk", "--json").says("""
        exit 2
        out {
        out   "schema": 1, "command": "", "ok": false,
        out   "error": {
        out     "code": "usage", "what": "There is no command 'synk'.", "why": "Did you mean sync?",
        out     "fix": ["venvoy --help   lists the commands"], "where": "", "exit": 2, "data": {}
        out   },
        out   "warnings": []
        out }
    """)
    venvoy("frobnicate").says("""
        exit 2
        err error: There is no command 'frobnicate'. [usage]
        err   → venvoy --help   lists the commands
    """)
    venvoy("sync", "--ofline").says("""
        exit 2
        err error: No such option '--ofline'. (Did you mean one of: '--link-mode', '--no-index', '--offline'?) [usage]
        err   → venvoy sync --help   shows how it is used, with examples
    """)
    venvoy("--offline", "sync").says("""
        exit 2
        err error: No such option '--offline'. [usage]
        err   → venvoy COMMAND --offline   options stand behind the command
    """)
    venvoy("add").says("""
        exit 2
        err error: Missing argument 'REQUIREMENT...'. [usage]
        err   → venvoy add --help   shows how it is used, with examples
    """)
    venvoy("lock", "--link-mode", "magic").says("""
        exit 2
        err error: Invalid value for '--link-mode': 'magic' is not one of 'clone', 'hardlink', 'copy', 'auto'. [usage]
        err   → venvoy lock --help   shows how it is used, with examples
    """)
    venvoy("completion", "tcsh").says("""
        exit 2
        err error: Invalid value for 'SHELL': 'tcsh' is not one of 'bash', 'zsh', 'fish', 'powershell'. [usage]
        err   → venvoy completion --help   shows how it is used, with examples
    """)


def test_quiet_says_only_what_went_wrong_and_what_was_asked_for(project: Path, venvoy: CommandLine) -> None:
    venvoy("add", "-q", "demo").says("""
        exit 0
    """)
    venvoy("list", "--quiet").says("""
        exit 0
        out demo    2.0
        out helper  1.6
    """)
    venvoy("add", "-q", "nope").says("""
        exit 11
        err error: There is no distribution called nope. [project-unknown]
        err   Asked: [INDEX]/simple/
        err   → Check the spelling.
    """)


def test_verbose_says_more(project: Path, venvoy: CommandLine) -> None:
    venvoy("add", "-v", "demo").says("""
        exit 0
        err Wrote pylock.toml (2 added)
        err  + demo 2.0
        err  + helper 1.6
        err Installed 2 in .venv
        err Added to your project: demo>=2.0
    """)


def test_colours_come_and_go_as_asked(project: Path, venvoy: CommandLine) -> None:
    assert "\x1b" not in str(venvoy("show", "demo"))
    expect(
        venvoy("show", "demo", FORCE_COLOR="1").stderr.replace("\x1b", "ESC"),
        """
        ESC[31mESC[1merror:ESC[0m demo is not installed in this environment. ESC[2m[not-installed]ESC[0m
          ESC[32m→ESC[0m venvoy list   shows what is installed
          ESC[32m→ESC[0m venvoy add demo   adds it to the project
        """,
    )
    assert "\x1b" not in str(venvoy("show", "demo", FORCE_COLOR="1", NO_COLOR="1"))
    assert "\x1b" not in str(venvoy("show", "demo", "--no-color", FORCE_COLOR="1"))
    assert "\x1b" in str(venvoy("show", "demo", "--color", "always", NO_COLOR="1"))
    assert "\x1b" not in str(venvoy("show", "demo", "--json", FORCE_COLOR="1"))


def test_settings_are_checked_with_their_source(project: Path, venvoy: CommandLine) -> None:
    venvoy("lock", VENVOY_CONCURRENCY="many").says("""
        exit 2
        err error: VENVOY_CONCURRENCY cannot be 'many'. [setting-invalid]
        err   It takes a whole number, 1 or more.
        err   → Correct the environment variable VENVOY_CONCURRENCY, or unset it.
    """)
    venvoy("lock", VENVOY_CONCURRENCY="many", VENVOY_JSON="1").says("""
        exit 2
        err error: VENVOY_CONCURRENCY cannot be 'many'. [setting-invalid]
        err   It takes a whole number, 1 or more.
        err   → Correct the environment variable VENVOY_CONCURRENCY, or unset it.
    """)
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    (project / "pyproject.toml").write_text(text + '[tool.venvoy]\nlink-mod = "copy"\n', encoding="utf-8")
    venvoy("lock").says("""
        exit 2
        err error: [tool.venvoy] has the key 'link-mod', which venvoy does not know. [setting-invalid]
        err   at [PROJECT]/pyproject.toml
        err   → Did you mean 'link-mode'?
    """)


def test_other_folders_projects_can_be_worked_on(project: Path, venvoy: CommandLine) -> None:
    venvoy("add", "--project", str(project), "paint", directory=project.parent).says("""
        exit 0
        err Wrote pylock.toml (1 added)
        err  + paint 4.1
        err Installed 1 in project/.venv
        err Added to your project: paint>=4.1
    """)
    venvoy("list", "--project", "nowhere", directory=project.parent).says("""
        exit 2
        err error: Invalid value for '--project': Directory 'nowhere' does not exist. [usage]
        err   → venvoy list --help   shows how it is used, with examples
    """)


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        ("env list", "Did you mean envs?"),
        ("upgrade", "Did you mean update?"),
        ("pip install demo", "Did you mean add?"),
        ("pip freeze", "Did you mean freeze?"),
        ("list --outdated", "→ venvoy outdated   lists what is newer"),
        ("add -r requirements.txt", "→ venvoy import FILE   takes over what a requirements file asks for"),
    ],
)
def test_words_of_other_tools_lead_to_ours(venvoy: CommandLine, words: str, instead: str) -> None:
    ran = venvoy(*words.split())
    assert (ran.code, ran.stderr.splitlines()[1].strip()) == (2, instead)


SHELLS = ("bash", "zsh", "fish", "powershell")


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_prints_a_script_for_each_shell(venvoy: CommandLine, shell: str) -> None:
    ran = venvoy("completion", shell)
    assert (ran.code, ran.stderr) == (0, "")
    assert "_VENVOY_COMPLETE" in ran.stdout
    document = json.loads(venvoy("completion", shell, "--json").stdout)
    assert document["result"]["script"].strip() == ran.stdout.strip()


@pytest.fixture
def on_path(venvoy: CommandLine, tmp_path: Path) -> CommandLine:
    """The ``venvoy`` command on PATH, as shells call it."""
    if WINDOWS:
        pytest.skip("the script that stands in for the command is one for POSIX shells")
    folder = tmp_path / "commands"
    folder.mkdir()
    command = folder / "venvoy"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m venvoy "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    venvoy.environ["PATH"] = f"{folder}:/usr/bin:/bin"
    return venvoy


def ask(command: CommandLine, shell: str, *arguments: str) -> list[str]:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"there is no {shell} on this machine")
    ran = command.finish(command.process([path, *arguments]))
    assert (ran.code, ran.stderr) == (0, "")
    return sorted(ran.stdout.split())


def test_bash_completes_commands_and_options(on_path: CommandLine) -> None:
    script = """
        eval "$(venvoy completion bash)"
        complete -p venvoy >/dev/null || exit 9
        COMP_WORDS=(venvoy %s) COMP_CWORD=%d
        _venvoy_completion venvoy
        printf '%%s\\n' "${COMPREPLY[@]}"
    """
    assert ask(on_path, "bash", "--norc", "-c", script % ("rem", 1)) == ["remove"]
    assert ask(on_path, "bash", "--norc", "-c", script % ("sync --no-d", 2)) == ["--no-dev"]
    assert ask(on_path, "bash", "--norc", "-c", script % ("completion f", 2)) == ["fish"]


def test_zsh_completes_commands_and_options(on_path: CommandLine) -> None:
    # Outside of its line editor zsh's helpers do not work: they are replaced by some that print what they are given.
    script = """
        compdef() { : }
        _describe() { print -l -- ${(P)${@[-2]}%%%%:*} }
        compadd() { print -l -- ${(P)${@[-1]}} }
        eval "$(venvoy completion zsh)"
        words=(venvoy %s) CURRENT=%d
        _venvoy_completion
    """
    assert ask(on_path, "zsh", "-f", "-c", script % ("rem", 2)) == ["remove"]
    assert ask(on_path, "zsh", "-f", "-c", script % ("sync --no-d", 3)) == ["--no-dev"]


def test_fish_completes_commands_and_options(on_path: CommandLine) -> None:
    script = 'venvoy completion fish | source; complete --do-complete "venvoy %s" | string split -f1 \\t'
    assert ask(on_path, "fish", "--no-config", "-c", script % "rem") == ["remove"]
    assert ask(on_path, "fish", "--no-config", "-c", script % "sync --no-d") == ["--no-dev"]


def test_powershell_completes_commands_and_options(on_path: CommandLine) -> None:
    script = (
        "venvoy completion powershell | Out-String | Invoke-Expression; "
        "(TabExpansion2 'venvoy %s' %d).CompletionMatches.CompletionText"
    )
    assert ask(on_path, "pwsh", "-NoProfile", "-Command", script % ("rem", 9)) == ["remove"]


@pytest.mark.parametrize(
    ("words", "number", "answer"),
    [
        ("venvoy rem", "1", ["remove"]),
        ("venvoy sync --no-d", "2", ["--no-dev"]),
        ("venvoy completion ", "2", ["bash", "fish", "powershell", "zsh"]),
    ],
)
def test_powershells_script_is_answered_without_powershell(
    venvoy: CommandLine, words: str, number: str, answer: list[str]
) -> None:
    ran = venvoy(_VENVOY_COMPLETE="powershell_complete", COMP_WORDS=words, COMP_CWORD=number)
    assert ran.code == 0
    assert sorted(ran.stdout.splitlines()[1::3]) == answer  # kind, value and help have a line each


@pytest.mark.skipif(WINDOWS, reason="a closed pipe is another fault there")
def test_a_reader_that_leaves_early_is_no_fault(project: Path, venvoy: CommandLine) -> None:
    with venvoy.start("completion", "bash") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""


@pytest.mark.skipif(WINDOWS, reason="its shells have no way to close a stream")
def test_a_command_works_when_nobody_can_be_told_or_asked(project: Path, venvoy: CommandLine) -> None:
    def run(*words: str) -> tuple[int, str]:
        quiet = ["/bin/sh", "-c", 'exec "$@" 0<&- 2>&-', "sh", sys.executable, "-m", "venvoy", *words]
        ran = venvoy.finish(venvoy.process(quiet))
        return ran.code, ran.stdout

    for _ in range(2):
        assert run("add", "demo")[0] == 0
        assert run("sync")[0] == 0
    assert run("list") == (0, "demo    2.0\nhelper  1.6\n")
    (project / "pyproject.toml").write_text("[project]\nname = 'by-hand'\nversion = '1'\n", encoding="utf-8")
    assert run("undo")[0] == run("undo", "--json")[0] != 0
    for name in ("one", "two"):
        assert run("venv", "--no-seed", name)[0] == 0
        assert (project / name / "pyvenv.cfg").is_file()
