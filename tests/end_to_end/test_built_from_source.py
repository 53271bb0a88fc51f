"""Source distributions and the project itself, from the lockfile into the environment, as people see it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from support.command_line import CommandLine
from support.index_server import IndexServer
from support.sources import TinySource

PROJECT = """\
[project]
name = "mine"
version = "0.1"
requires-python = ">=3.10"
dependencies = [{dependencies}]
"""
FORBIDDEN = dict.fromkeys(("get_requires", "prepare_metadata", "build_wheel"), "raise SystemExit('code has run')")


def project(venvoy: CommandLine, *dependencies: str, more: str = "") -> Path:
    file = venvoy.project / "pyproject.toml"
    names = ", ".join(f'"{name}"' for name in dependencies)
    file.write_text(PROJECT.format(dependencies=names) + more, encoding="utf-8")
    return file


def test_what_comes_as_source_only_is_refused_with_the_line_that_allows_it(venvoy: CommandLine, wheels: Path) -> None:
    TinySource("crafted", "1.0", requires=["helper"], scripts=FORBIDDEN).write(wheels)
    project(venvoy, "crafted")
    venvoy("sync").says("""
        exit 10
        err error: crafted 1.0 would have to be built on this computer, and nobody has allowed that yet. [needs-build]
        err   What it needs is known only when its code has run. Building a source distribution runs its code.
        err   → build = ["crafted"]   in [tool.venvoy] of pyproject.toml allows it
        err   → --only-binary crafted   behind the command takes versions that need not be built, if there are any
    """)
    assert not (venvoy.project / ".venv").exists()


def test_what_is_allowed_is_built_installed_and_not_built_again(venvoy: CommandLine, wheels: Path) -> None:
    TinySource("crafted", "1.0", requires=["helper"]).write(wheels)
    project(venvoy, "crafted", more='\n[tool.venvoy]\nbuild = ["crafted"]\n')
    venvoy("sync").says("""
        exit 0
        err Wrote pylock.toml (2 added)
        err Made an environment in .venv with Python [PYTHON]
        err  + crafted 1.0
        err  + helper 1.6
        err Installed 2 in .venv
    """)
    venvoy("run", "python", "-c", "import crafted, helper; print(crafted.VERSION)").says("""
        exit 0
        out 1.0
    """)
    venvoy("verify").says("""
        exit 0
        err .venv is as it should be (2 distributions, 11 files)
    """)
    for path in wheels.glob("crafted*"):
        path.unlink()
    (venvoy.project / "pyproject.toml").touch()
    venvoy("sync", "--locked").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)
    (venvoy.project / ".venv").rename(venvoy.project / "old")
    venvoy("sync", "--frozen", "--offline").says("""
        exit 0
        err Made an environment in .venv with Python [PYTHON]
        err  + crafted 1.0
        err  + helper 1.6
        err Installed 2 in .venv
    """)


def test_what_is_to_be_built_is_built_though_there_is_a_wheel(venvoy: CommandLine, wheels: Path) -> None:
    TinySource("helper", "1.6").write(wheels)
    project(venvoy, "helper", more='\n[tool.venvoy]\nno-binary = ["helper"]\n')
    venvoy("sync").says("""
        exit 0
        err Wrote pylock.toml (1 added)
        err Made an environment in .venv with Python [PYTHON]
        err  + helper 1.6
        err Installed 1 in .venv
    """)
    assert "helper-1.6-py3-none-any.whl" in (venvoy.project / "pylock.toml").read_text(encoding="utf-8")
    venvoy("run", "python", "-c", "import helper; print(helper.VERSION)").says("""
        exit 0
        out 1.6
    """)
    venvoy("verify").says("""
        exit 0
        err .venv is as it should be (1 distribution, 6 files)
    """)


def test_everything_is_to_be_built_allows_nothing(venvoy: CommandLine, wheels: Path) -> None:
    TinySource("helper", "1.6", scripts=FORBIDDEN).write(wheels)
    project(venvoy, "helper", more='\n[tool.venvoy]\nno-binary = [":all:"]\n')
    venvoy("sync").says("""
        exit 10
        err error: helper 1.6 would have to be built on this computer, and nobody has allowed that yet. [needs-build]
        err   Wheels do not count: no-binary says so. Building a source distribution runs its code.
        err   → build = ["helper"]   in [tool.venvoy] of pyproject.toml allows it
        err   → --only-binary helper   behind the command takes versions that need not be built, if there are any
    """)


def test_what_the_resolver_can_read_is_preferred_to_what_would_have_to_be_built(
    venvoy: CommandLine, wheels: Path
) -> None:
    TinySource("helper", "9.0", scripts=FORBIDDEN).write(wheels)
    project(venvoy, "helper")
    venvoy("sync").says("""
        exit 0
        err warning: helper 9.0 cannot be used and is passed over: helper 9.0 would have to be built on this computer, and nobody has allowed that yet.
        err → build = ["helper"]   in [tool.venvoy] of pyproject.toml allows it
        err → --only-binary helper   behind the command takes versions that need not be built, if there are any
        err Wrote pylock.toml (1 added)
        err Made an environment in .venv with Python [PYTHON]
        err  + helper 1.6
        err Installed 1 in .venv
    """)
    venvoy("why-not", "helper").says("""
        exit 0
        out helper 9.0 cannot be chosen: 1.6 is locked.
        out   1 version (9.0) cannot be used: it would have to be built on this computer, and nobody has allowed that yet.
        out To have it, in pyproject.toml:
        out   1. Write build = ["helper"] in [tool.venvoy]: what it needs is known only when its code has run, which that allows
        out then: venvoy update helper
    """)


def test_leave_that_was_given_on_the_command_line_holds_for_that_command(venvoy: CommandLine, wheels: Path) -> None:
    TinySource("crafted", "1.0").write(wheels)
    file = project(venvoy, "helper")
    venvoy("add", "crafted", "--build", "crafted").says("""
        exit 0
        err Wrote pylock.toml (2 added)
        err Made an environment in .venv with Python [PYTHON]
        err  + crafted 1.0
        err  + helper 1.6
        err Installed 2 in .venv
        err Added to your project: crafted>=1.0
    """)
    assert "build" not in file.read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminal there")
@pytest.mark.parametrize("answer", ["y", "n"])
def test_at_a_terminal_it_is_asked_once_and_written_down(venvoy: CommandLine, wheels: Path, answer: str) -> None:
    from support.terminal import PROMPT, Terminal  # POSIX only

    TinySource("crafted", "1.0").write(wheels)
    file = project(venvoy, "helper")
    before = file.read_text(encoding="utf-8")
    with Terminal(["/bin/sh", "-i"], {**venvoy.environ, "PS1": PROMPT}, venvoy.project) as terminal:
        command = f"{shlex.quote(sys.executable)} -m venvoy add crafted; echo code $?"
        said = terminal.type(command, question="Build crafted from now on? [y/N]: ", reply=answer)
    code = int(said[-1].removeprefix("code "))
    after = file.read_text(encoding="utf-8")
    if answer == "n":
        assert (code, after) == (10, before)
        return
    assert code == 0
    assert after == before.replace('"helper"]', '"crafted>=1.0", "helper"]') + '\n[tool.venvoy]\nbuild = ["crafted"]\n'
    assert "crafted" in str(venvoy("list"))
    venvoy("undo").says("""
        exit 0
        err Undone: venvoy add crafted
        err Restored pyproject.toml
        err Deleted pylock.toml
        err  - crafted 1.0
        err  - helper 1.6
        err Removed 2 in .venv
    """)
    assert file.read_text(encoding="utf-8") == before


def test_a_failed_build_says_what_is_missing_and_changes_nothing(venvoy: CommandLine, wheels: Path) -> None:
    script = "print(\"error: command 'gcc' failed: No such file or directory\")\nraise SystemExit(1)"
    TinySource("crafted", "1.0", scripts={"build_wheel": script}).write(wheels)
    file = project(venvoy, "helper")
    before = file.read_text(encoding="utf-8")
    venvoy("add", "crafted", "--build", "crafted").says("""
        exit 12
        err error: crafted 1.0 could not be built. [build-failed]
        err   It holds code in C or C++, and the compiler gcc is not on this computer.
        err       error: command 'gcc' failed: No such file or directory
        err   → Debian, Ubuntu: sudo apt install build-essential python3-dev
        err   → Fedora: sudo dnf install gcc gcc-c++ make python3-devel
        err   → Alpine: sudo apk add build-base python3-dev
        err   → macOS: xcode-select --install
        err   → Windows: install the Build Tools for Visual Studio, with “Desktop development with C++”
        err   → Or choose a version, or a Python, for which there is a ready-made wheel.
        err   → The whole output is in [CACHE]/builds-v1/logs/crafted-1.0.log
    """)
    assert file.read_text(encoding="utf-8") == before
    failed = venvoy("add", "crafted", "--build", "crafted", "--json")
    assert json.loads(failed.stdout)["error"]["data"]["cause"] == "compiler-missing"


def test_a_source_that_is_not_what_it_says_is_refused(venvoy: CommandLine, wheels: Path) -> None:
    TinySource("crafted", "1.0", says=("other", "1.0")).write(wheels)
    project(venvoy, "crafted", more='\n[tool.venvoy]\nbuild = ["crafted"]\n')
    venvoy("sync").says("""
        exit 10
        err error: No version of crafted can be installed, and your project needs it. [no-version]
        err   1 version (1.0) cannot be used: The metadata of crafted-1.0.tar.gz is that of other 1.0.
        err   → 1. Leave out crafted (your project): venvoy sync --apply 1
    """)


PACKAGE = """
[build-system]
requires = []
build-backend = "tiny"
backend-path = ["backend"]
"""


def package(venvoy: CommandLine, source: TinySource, more: str = "") -> Path:
    """The project itself as a package with a backend of its own."""
    for name, text in source.contents().items():
        if name.startswith("backend/"):
            path = venvoy.project / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return project(venvoy, "helper", more=PACKAGE + more)


def test_a_lockfile_of_another_tool_may_hold_the_project_itself(venvoy: CommandLine) -> None:
    package(venvoy, TinySource("mine", "0.1"))
    (venvoy.project / "pylock.toml").write_text(
        'lock-version = "1.0"\ncreated-by = "other"\n[[packages]]\nname = "mine"\n'
        'directory = { path = ".", editable = true }\n',
        encoding="utf-8",
    )
    venvoy("sync", "--frozen").says("""
        exit 0
        err Made an environment in .venv with Python [PYTHON]
        err  + mine 0.1
        err Installed 1 in .venv
    """)
    venvoy("sync", "--frozen", "--no-install-project").says("""
        exit 0
        err  - mine 0.1
        err Removed 1 in .venv
    """)


def test_the_project_itself_is_installed_editable(venvoy: CommandLine) -> None:
    package(venvoy, TinySource("mine", "0.1"))
    (venvoy.project / "inside.py").write_text("print('from the project')\n", encoding="utf-8")
    venvoy("sync").says("""
        exit 0
        err Wrote pylock.toml (1 added)
        err Made an environment in .venv with Python [PYTHON]
        err  + helper 1.6
        err  + mine 0.1
        err Installed 2 in .venv
    """)
    venvoy("run", "python", "-c", "import inside").says("""
        exit 0
        out from the project
    """)
    venvoy("sync").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)
    (venvoy.project / "setup.cfg").write_text("[metadata]\n", encoding="utf-8")
    venvoy("sync").says("""
        exit 0
        err  ~ mine 0.1 (again)
        err Replaced 1 in .venv
    """)
    venvoy("verify").says("""
        exit 0
        err .venv is as it should be (2 distributions, 13 files)
    """)
    assert "mine" not in (venvoy.project / "pylock.toml").read_text(encoding="utf-8"), (
        "other tools install the lockfile"
    )
    venvoy("sync", "--no-install-project").says("""
        exit 0
        err  - mine 0.1
        err Removed 1 in .venv
    """)
    venvoy("sync", "--no-editable").says("""
        exit 0
        err  + mine 0.1
        err Installed 1 in .venv
    """)
    venvoy("verify").says("""
        exit 0
        err .venv is as it should be (2 distributions, 13 files)
    """)
    with (venvoy.project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    venvoy("verify").says("""
        exit 4
        out mine 0.1
        out   different   was made from files that have changed since
        err 1 fault in .venv (2 distributions, 13 files)
        err   → venvoy sync   makes the environment equal to the lockfile
    """)


def test_a_package_without_a_backend_is_installed_when_it_says_so(venvoy: CommandLine) -> None:
    (venvoy.project / "src").mkdir()
    (venvoy.project / "src" / "inside.py").write_text("def main():\n    print('hello')\n", encoding="utf-8")
    project(venvoy, "helper", more='scripts = { hello = "inside:main" }\n\n[tool.venvoy]\npackage = true\n')
    venvoy("sync").says("""
        exit 0
        err Wrote pylock.toml (1 added)
        err Made an environment in .venv with Python [PYTHON]
        err  + helper 1.6
        err  + mine 0.1
        err Installed 2 in .venv
    """)
    venvoy("run", "hello").says("""
        exit 0
        out hello
    """)


def test_a_project_without_a_table_of_its_own_is_what_its_backend_says(venvoy: CommandLine) -> None:
    file = package(venvoy, TinySource("mine", "0.1", requires=["demo"]))
    file.write_text(PACKAGE, encoding="utf-8")
    venvoy("sync").says("""
        exit 0
        err Wrote pylock.toml (2 added)
        err Made an environment in .venv with Python [PYTHON]
        err  + demo 2.0
        err  + helper 1.6
        err  + mine 0.1
        err Installed 3 in .venv
    """)
    venvoy("init").says("""
        exit 3
        err error: This folder is a project already: its build backend knows what it needs. [pyproject-invalid]
        err   at [PROJECT]/pyproject.toml
        err   A new [project] table would hide what stands elsewhere.
        err   → venvoy sync   installs what it needs, as it is
    """)


def test_dependencies_that_only_the_backend_knows_are_computed(venvoy: CommandLine) -> None:
    file = package(venvoy, TinySource("mine", "0.1", requires=["demo", 'paint; extra == "color"']))
    text = file.read_text(encoding="utf-8").replace('dependencies = ["helper"]\n', 'dynamic = ["dependencies"]\n')
    file.write_text(text, encoding="utf-8")
    venvoy("sync").says("""
        exit 0
        err Wrote pylock.toml (2 added)
        err Made an environment in .venv with Python [PYTHON]
        err  + demo 2.0
        err  + helper 1.6
        err  + mine 0.1
        err Installed 3 in .venv
    """)
    venvoy("lock", "--check").says("""
        exit 0
        err pylock.toml is up to date
    """)
    venvoy("tree").says("""
        exit 0
        out your project
        out └─ demo 2.0
        out    └─ helper 1.6  [helper>=1.5]
    """)


def test_a_backend_that_fails_on_the_project_itself_is_told(venvoy: CommandLine) -> None:
    package(venvoy, TinySource("mine", "0.1", scripts={"build_editable": "raise ValueError('no luck today')"}))
    venvoy("sync").says("""
        exit 12
        err error: mine could not be built. [build-failed]
        err         File "[PROJECT]/backend/tiny.py", line 58, in build_editable
        err           _run("build_editable", config_settings)
        err         File "[PROJECT]/backend/tiny.py", line 15, in _run
        err           exec(SPEC["scripts"].get(hook, ""), {"settings": settings})
        err         File "<string>", line 1, in <module>
        err       ValueError: no luck today
        err   → Look at what the build of your project says above.
        err   → The whole output is in [CACHE]/builds-v1/logs/mine.log
        err   → --no-install-project   leaves the project out; so does package = false in [tool.venvoy]
    """)
    assert not (venvoy.project / ".venv").exists()


def test_no_index_is_asked_again_when_nothing_has_changed(venvoy: CommandLine, index: IndexServer) -> None:
    package(venvoy, TinySource("mine", "0.1"))
    assert venvoy("sync").code == 0
    asked = len(index.paths())
    assert venvoy("sync").code == 0
    assert len(index.paths()) == asked


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT there")
def test_ctrl_c_ends_a_build_with_all_that_it_has_started(venvoy: CommandLine, wheels: Path, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    sleep = "import time; time.sleep(600)"
    script = (
        "import os, subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {sleep!r}])\n"
        f"with open({str(begun)!r} + '.new', 'w') as file:\n    print(os.getpid(), child.pid, file=file)\n"
        f"os.rename({str(begun)!r} + '.new', {str(begun)!r})\nchild.wait()"
    )
    TinySource("crafted", "1.0", scripts={"build_wheel": script}).write(wheels)
    file = project(venvoy, "helper")
    before = file.read_text(encoding="utf-8")
    process = venvoy.start("add", "crafted", "--build", "crafted")
    while not begun.exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    ran = venvoy.finish(process)
    assert ran.code == 130
    for number in begun.read_text(encoding="ascii").split():
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(int(number)).wait(60)
    assert file.read_text(encoding="utf-8") == before
    assert not (venvoy.project / ".venv").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="copies are made there where links cannot be")
def test_what_was_built_and_damaged_even_in_the_store_is_built_again(venvoy: CommandLine, wheels: Path) -> None:
    TinySource("crafted", "1.0").write(wheels)
    allowed = '\n[tool.venvoy]\nbuild = ["crafted"]\n'
    file = project(venvoy, "crafted", more=allowed)
    assert venvoy("sync", "--link-mode", "hardlink").code == 0

    def damage() -> None:
        module = next((venvoy.project / ".venv").rglob("crafted.py"))
        assert module.stat().st_nlink > 1, "this test is about hard links"
        module.chmod(0o644)
        with module.open("ab") as content:
            content.write(b"raise SystemExit('poisoned')\n")

    damage()
    repaired = venvoy("verify", "--repair", "--link-mode", "hardlink")
    assert (repaired.code, "Mended 1 distribution: crafted" in repaired.stderr) == (0, True), repaired
    assert venvoy("verify").code == 0
    damage()
    file.write_text(file.read_text(encoding="utf-8").replace(allowed, ""), encoding="utf-8")
    refused = venvoy("verify", "--repair")
    assert (refused.code, 'build = ["crafted"]   in [tool.venvoy]' in refused.stderr) == (22, True), refused


def test_a_build_that_writes_outside_of_its_folder_is_told(venvoy: CommandLine, wheels: Path) -> None:
    mark = venvoy.project / "planted.txt"
    TinySource("crafted", "1.0", scripts={"build_wheel": f"open({str(mark)!r}, 'w').close()"}).write(wheels)
    project(venvoy, "crafted", more='\n[tool.venvoy]\nbuild = ["crafted"]\n')
    venvoy("sync").says("""
        exit 0
        err warning: While crafted 1.0 was built, [PROJECT]/planted.txt appeared, outside of the folder for that. If nobody else has put it there, look at what it is before you go on.
        err Wrote pylock.toml (1 added)
        err Made an environment in .venv with Python [PYTHON]
        err  + crafted 1.0
        err Installed 1 in .venv
    """)
    assert mark.exists()
