"""``venvoy activate``, ``deactivate``, ``shell``, ``hook`` and ``trust``: what they say.

What they do to shells stands in tests/integration/activation.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from support.command_line import CommandLine

posix = pytest.mark.skipif(sys.platform == "win32", reason="paths and shells of POSIX")


@posix
def test_the_line_to_type_in_each_shell(venvoy: CommandLine, project: Path) -> None:
    lines = {}
    for shell in ("bash", "zsh", "dash", "fish", "csh", "powershell", "cmd", "nu", "xonsh"):
        lines[shell] = venvoy("activate", "--shell", shell).stdout.strip()
    assert lines == {
        "bash": "source .venv/bin/activate",
        "zsh": "source .venv/bin/activate",
        "dash": ". .venv/bin/activate",
        "fish": "source .venv/bin/activate.fish",
        "csh": "source .venv/bin/activate.csh",
        "powershell": "venvoy activate --script --shell powershell | Out-String | Invoke-Expression",
        "cmd": 'venvoy activate --script --shell cmd > "%TEMP%\\venvoy.cmd" && call "%TEMP%\\venvoy.cmd"',
        "nu": "overlay use .venv/bin/activate.nu",
        "xonsh": "execx($(venvoy activate --script --shell xonsh))",
    }


@posix
def test_the_line_comes_with_its_reason(venvoy: CommandLine, project: Path) -> None:
    venvoy("activate", "--shell", "bash").says("""
        exit 0
        out source .venv/bin/activate
        err Type this line in bash: no program can change the shell that started it.
        err venvoy hook --install   lets venvoy activate do it from now on
        err venvoy run COMMAND      needs no activation
    """)
    venvoy("activate", "--shell", "powershell").says("""
        exit 0
        out venvoy activate --script --shell powershell | Out-String | Invoke-Expression
        err Type this line in powershell: no program can change the shell that started it.
        err It runs no script file, so it also works where PowerShell forbids them.
        err venvoy hook --install   lets venvoy activate do it from now on
        err venvoy run COMMAND      needs no activation
    """)
    venvoy("activate", "--shell", "bash", VIRTUAL_ENV=str(project.parent / "other")).says("""
        exit 0
        out source .venv/bin/activate
        err Type this line in bash: no program can change the shell that started it.
        err It takes the place of [FOLDER]/other, which is active now.
        err venvoy hook --install   lets venvoy activate do it from now on
        err venvoy run COMMAND      needs no activation
    """)
    venvoy("activate", "--shell", "bash", VIRTUAL_ENV=f"{project / '.venv'}{os.sep}").says("""
        exit 0
        out source .venv/bin/activate
        err Type this line in bash: no program can change the shell that started it.
        err It is active already.
        err venvoy hook --install   lets venvoy activate do it from now on
        err venvoy run COMMAND      needs no activation
    """)


@posix
def test_an_odd_path_goes_through_our_own_text(venvoy: CommandLine) -> None:
    odd = venvoy.project / "it's $HOME"
    assert venvoy("venv", "--no-seed", str(odd)).code == 0
    assert venvoy("activate", "--shell", "zsh", "it's $HOME").stdout == (
        "eval \"$(venvoy activate --script --shell zsh '[PROJECT]/it'\\''s $HOME')\"\n"
    )
    spaced = venvoy.project / "my own"
    assert venvoy("venv", "--no-seed", str(spaced)).code == 0
    assert venvoy("activate", "--shell", "zsh", "my own").stdout == "source 'my own/bin/activate'\n"
    bare = venvoy.project / "bare"
    assert venvoy("venv", "--no-seed", str(bare)).code == 0
    assert venvoy("activate", "--shell", "zsh", "../bin/activate", directory=bare / "bin").stdout == (
        "source ./activate\n"
    )


def test_the_facts_are_there_as_json(venvoy: CommandLine, project: Path) -> None:
    result = json.loads(venvoy("activate", "--shell", "bash", "--json").stdout)["result"]
    script = result.pop("script")
    assert script.startswith("# venvoy bash\n")
    assert script == venvoy("activate", "--shell", "bash", "--script").stdout
    assert json.loads(venvoy("activate", "--shell", "bash", "--script", "--json").stdout)["result"]["script"] == script
    assert result.pop("line")
    assert result.pop("scripts").startswith("[PROJECT]/.venv")
    assert result == {"environment": "[PROJECT]/.venv", "name": "project", "shell": "bash", "previous": ""}


def test_what_is_not_there_is_said(venvoy: CommandLine) -> None:
    venvoy("activate", "--shell", "bash").says("""
        exit 30
        err error: There is no environment in [PROJECT], and no project either. [environment-missing]
        err   → venvoy venv   makes an environment here
        err   → venvoy init   makes this folder a project, with an environment
        err   → venvoy activate PATH   activates the one in the folder PATH
    """)
    assert venvoy("venv", "--no-seed", "first").code == 0
    assert venvoy("venv", "--no-seed", "second").code == 0
    venvoy("activate", "--shell", "bash", "third").says("""
        exit 30
        err error: There is no environment 'third'. [environment-missing]
        err   Those that are here: first, second.
        err   → venvoy activate PATH   takes the path of an environment's folder
        err   → venvoy venv PATH   makes one
    """)
    (venvoy.project / "plain").mkdir()
    venvoy("activate", "--shell", "bash", "plain").says("""
        exit 30
        err error: There is no environment 'plain'. [environment-missing]
        err   Those that are here: first, second.
        err   → venvoy activate PATH   takes the path of an environment's folder
        err   → venvoy venv PATH   makes one
    """)
    venvoy("activate", "--shell", "nosh", "first").says("""
        exit 2
        err error: venvoy does not know a shell 'nosh'. [usage]
        err   → It knows bash, zsh, fish, powershell, cmd, sh, tcsh, nushell, xonsh.
    """)


def test_a_copied_environment_is_not_activated(venvoy: CommandLine, project: Path) -> None:
    shutil.copytree(project, project.parent / "copy", symlinks=True)
    venvoy("activate", "--shell", "bash", directory=project.parent / "copy").says("""
        exit 30
        err error: This environment cannot be used. [environment-invalid]
        err   at [FOLDER]/copy/.venv
        err   It is a copy of [PROJECT]/.venv, and its commands still lead there.
        err   → Let them lead here: venvoy envs fix
        err   → Or make it anew: venvoy sync, or venvoy venv --force
    """)


def test_the_environment_of_a_folder_is_found_in_many_ways(venvoy: CommandLine, project: Path) -> None:
    scripts = "Scripts" if sys.platform == "win32" else "bin"
    (project / "below").mkdir()
    for wanted in (".venv", ".", str(project), f".venv/{scripts}", f".venv/{scripts}/activate"):
        found = json.loads(venvoy("activate", "--shell", "bash", "--json", wanted).stdout)["result"]
        assert found["environment"] == "[PROJECT]/.venv", wanted
    found = json.loads(venvoy("activate", "--json", "--shell", "bash", directory=project / "below").stdout)["result"]
    assert found["environment"] == "[PROJECT]/.venv"
    found = json.loads(venvoy("activate", "--json", "--shell", "bash", ".venv", directory=project / "below").stdout)
    assert found["result"]["environment"] == "[PROJECT]/.venv"


def test_leaving_without_the_hook(venvoy: CommandLine, project: Path) -> None:
    venvoy("deactivate").says("""
        exit 30
        err error: No environment is active in this shell, so there is none to leave. [environment-missing]
        err   → venvoy activate   activates the project's
    """)
    venvoy("deactivate", "--shell", "bash", VIRTUAL_ENV=str(project / ".venv")).says("""
        exit 0
        out deactivate
        err Type this line to leave [PROJECT]/.venv: no program can change the shell that started it.
    """)


@posix
def test_a_shell_that_is_not_installed_is_not_started(venvoy: CommandLine, project: Path) -> None:
    venvoy("shell", "--shell", "fish").says("""
        exit 2
        err Started fish with the environment .venv; exit leaves it.
        err error: The shell fish cannot be started. [command-not-found]
        err   It is not installed, or not on PATH.
        err   → venvoy shell   starts another shell of the kind that you type in
    """)


def on_path(folder: Path) -> None:
    (folder / "venvoy").touch(0o755)


@posix
def test_the_hook_is_installed_once_and_taken_out_again(venvoy: CommandLine, home: Path) -> None:
    on_path(home)
    startup = home / ".bashrc"
    startup.write_bytes(b"alias ll='ls -l'")
    venvoy("hook", "--install", "bash").says("""
        exit 2
        err error: Nothing was changed: this needs a person's consent. [consent-needed]
        err   [HOME]/.bashrc would get this line:
        err     command -v venvoy >/dev/null && eval "$(venvoy hook bash)"  # venvoy hook
        err   → Add --yes to the command if that is what you want.
    """)
    assert startup.read_bytes() == b"alias ll='ls -l'"
    venvoy("hook", "--install", "bash", "--yes").says("""
        exit 0
        err Put the hook into [HOME]/.bashrc:
        err   command -v venvoy >/dev/null && eval "$(venvoy hook bash)"  # venvoy hook
        err As it was before: [HOME]/.bashrc.before-venvoy
        err Open a new shell to use it.
    """)
    assert startup.read_bytes() == (
        b"alias ll='ls -l'\ncommand -v venvoy >/dev/null && eval \"$(venvoy hook bash)\"  # venvoy hook\n"
    )
    assert (home / ".bashrc.before-venvoy").read_bytes() == b"alias ll='ls -l'"
    venvoy("hook", "--install", "bash").says("""
        exit 0
        err Nothing to do: [HOME]/.bashrc is as it should be
    """)
    venvoy("hook", "--install", "--auto", "bash", "--yes").says("""
        exit 0
        err Put the hook into [HOME]/.bashrc:
        err   command -v venvoy >/dev/null && eval "$(venvoy hook bash --auto)"  # venvoy hook
        err As it was before: [HOME]/.bashrc.before-venvoy
        err Open a new shell to use it.
    """)
    venvoy("hook", "--uninstall", "bash", "--yes").says("""
        exit 0
        err Took the hook out of [HOME]/.bashrc:
        err   command -v venvoy >/dev/null && eval "$(venvoy hook bash --auto)"  # venvoy hook
        err As it was before: [HOME]/.bashrc.before-venvoy
        err Shells that are open keep it until they end.
    """)
    assert startup.read_bytes() == b"alias ll='ls -l'\n"
    venvoy("hook", "--uninstall", "bash", "--yes").says("""
        exit 0
        err Nothing to do: [HOME]/.bashrc is as it should be
    """)


@posix
def test_every_shell_has_its_own_file_and_line(venvoy: CommandLine, home: Path) -> None:
    on_path(home)
    files = {}
    for shell in ("zsh", "fish", "tcsh", "xonsh", "sh"):
        ran = venvoy("hook", "--install", shell, "--yes", "--json", ENV=str(home / ".shrc"))
        files[shell] = json.loads(ran.stdout)["result"]
    assert {
        shell: (result["file"], result["line"].removesuffix("  # venvoy hook")) for shell, result in files.items()
    } == {
        "zsh": ("[HOME]/.zshrc", 'command -v venvoy >/dev/null && eval "$(venvoy hook zsh)"'),
        "fish": ("[HOME]/.config/fish/config.fish", "command -q venvoy; and venvoy hook fish | source"),
        "tcsh": ("[HOME]/.cshrc", 'if ({ which venvoy >& /dev/null }) eval "`venvoy hook tcsh`"'),
        "xonsh": ("[HOME]/.xonshrc", "__import__('shutil').which('venvoy') and execx($(venvoy hook xonsh))"),
        "sh": ("[HOME]/.shrc", 'command -v venvoy >/dev/null && eval "$(venvoy hook sh)"'),
    }


def test_where_the_hook_cannot_be_installed_the_way_by_hand_is_shown(venvoy: CommandLine) -> None:
    venvoy("hook", "--install", "cmd").says(r"""
        exit 2
        err error: The hook for cmd has to be put in by hand. [hook-by-hand]
        err   cmd.exe reads no file when it starts.
        err   → venvoy hook cmd > "%USERPROFILE%\venvoy-hook.cmd"
        err   → "%USERPROFILE%\venvoy-hook.cmd"   in each window, before venvoy activate
    """)
    venvoy("hook", "--install", "nu").says("""
        exit 2
        err error: The hook for nushell has to be put in by hand. [hook-by-hand]
        err   nushell reads its files before any command runs, so the hook has to be a file of its own.
        err   → venvoy hook nushell | save --force ($nu.default-config-dir | path join venvoy.nu)
        err   → source venvoy.nu   as a line of config.nu, which `config nu` opens
    """)
    venvoy("hook", "--install", "dash").says("""
        exit 2
        err error: The hook for sh has to be put in by hand. [hook-by-hand]
        err   sh reads the file that the variable ENV names when it starts, and ENV is not set.
        err   → Put this line into ~/.profile, log in again, and try again: export ENV="$HOME/.shrc"
        err   → venvoy hook sh   prints the hook
    """)
    venvoy("hook", "--install", "cmd", "--auto").says("""
        exit 2
        err error: cmd cannot activate an environment by itself when you enter a folder. [usage]
        err   It has nothing that runs when the folder changes.
        err   → venvoy hook cmd   without --auto
    """)
    venvoy("hook", "--install", "--uninstall", "bash").says("""
        exit 2
        err error: --install and --uninstall cannot be used together. [usage]
        err   → Use one of them.
    """)


def test_a_project_is_trusted_until_its_settings_change(venvoy: CommandLine, project: Path) -> None:
    asked = ("activate", "--if-trusted", "--script", "--shell", "bash")
    venvoy(*asked).says("""
        exit 0
        err venvoy trust   lets entering this project activate its environment, from now on
    """)
    venvoy("trust").says("""
        exit 0
        err [PROJECT] is trusted: entering it activates its environment (with hook --auto).
    """)
    assert venvoy(*asked).stdout.startswith("# venvoy bash\n")
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("# a remark changes nothing\n")
    assert venvoy(*asked).stdout.startswith("# venvoy bash\n")
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("[tool.venvoy]\noffline = true\n")
    assert venvoy(*asked).stdout == ""
    assert venvoy("trust").code == 0
    assert venvoy(*asked).stdout.startswith("# venvoy bash\n")
    venvoy("trust", "--revoke").says("""
        exit 0
        err [PROJECT] is no longer trusted: entering it activates nothing.
    """)
    venvoy("trust", "--revoke").says("""
        exit 0
        err [PROJECT] is not trusted, as before: entering it activates nothing.
    """)
    assert venvoy(*asked).stdout == ""


def test_a_project_cannot_bring_its_own_trust_along(venvoy: CommandLine, project: Path) -> None:
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('[tool.venvoy]\ncache-dir = "cache"\n')
    assert venvoy("trust", "--cache-dir", str(project / "cache")).code == 0
    assert list((project / "cache").rglob("trust-v1/*")), "nothing was brought along: this test sees nothing"
    ran = venvoy("activate", "--if-trusted", "--script", "--shell", "bash")
    assert ran.stdout == ""


def test_trust_of_what_is_no_project(venvoy: CommandLine) -> None:
    venvoy("trust").says("""
        exit 3
        err error: There is no pyproject.toml in [PROJECT] or in any folder above it. [project-not-found]
        err   venvoy keeps what a project needs in that file.
        err   → venvoy init     makes this folder a project
        err   → --project DIR   behind any command: it works on the project in DIR
    """)
