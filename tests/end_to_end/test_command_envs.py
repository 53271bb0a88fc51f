"""``venvoy envs``, and the environments of a project that have a name or lie elsewhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from support.command_line import CommandLine, Ran, expect

SIZES = [(r"\b[\d.]+ (?:bytes|[kMG]B)(?= |,|\?|$)", "[BYTES]"), (r"  +", "  ")]
NAMED = """
[dependency-groups]
test = ["tester"]

[tool.venvoy.environments]
test = { groups = ["test"] }
bare = {}
"""


def environments(ran: Ran) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ran.stdout.replace("[SIZE]", "0"))["result"]["environments"]
    return found


@pytest.fixture
def named(project: Path, venvoy: CommandLine) -> Path:
    """A project with a dependency, a group, and environments for it."""
    file = project / "pyproject.toml"
    text = file.read_text(encoding="utf-8").replace("dependencies = []", 'dependencies = ["paint"]')
    file.write_text(text + NAMED, encoding="utf-8")
    return project


def test_the_list_says_where_environments_are_and_whether_they_are_in_order(venvoy: CommandLine) -> None:
    venvoy("envs").says("""
        exit 0
        err venvoy knows no environment on this computer yet.
    """)
    for name in ("one", "two", "three"):
        assert venvoy("venv", "--no-seed", name).code == 0
    (venvoy.project / "two" / "pyvenv.cfg").write_text("home = /nowhere\nversion = 3.12.1\n", encoding="utf-8")
    shutil.rmtree(venvoy.project / "three")
    venvoy.filters += SIZES
    lines = sorted(str(venvoy("envs")).splitlines())
    expect(
        "\n".join(lines),
        """
        exit 0
        out [PROJECT]/one  [PYTHON]  [BYTES]  today
        out [PROJECT]/two  -  [BYTES]  today  base-gone
        out [PROJECT]/two: It was made from /nowhere/python3.12, and that Python is no longer there.
        out environment  Python  size  used
        """,
    )
    known = environments(venvoy("envs", "--json"))
    assert {(one["path"], one["finding"]) for one in known} == {("[PROJECT]/one", ""), ("[PROJECT]/two", "base-gone")}


def test_what_no_longer_works_is_cleared_away_when_a_person_says_so(venvoy: CommandLine) -> None:
    for name in ("one", "two"):
        assert venvoy("venv", "--no-seed", name).code == 0
    venvoy("envs", "prune").says("""
        exit 0
        err Nothing to delete.
    """)
    (venvoy.project / "two" / "pyvenv.cfg").write_text("home = /nowhere\nversion = 3.12.1\n", encoding="utf-8")
    venvoy.filters += SIZES
    venvoy("envs", "prune", "--dry-run").says("""
        exit 0
        err  - [PROJECT]/two  base-gone
        err Would delete 1 environment, [BYTES]
    """)
    venvoy("envs", "prune").says("""
        exit 2
        err error: Nothing was changed: this needs a person's consent. [consent-needed]
        err   - [PROJECT]/two  base-gone
        err   → Add --yes to the command if that is what you want.
    """)
    assert (venvoy.project / "two").is_dir()
    venvoy("envs", "prune", "--yes").says("""
        exit 0
        err  - [PROJECT]/two  base-gone
        err Deleted 1 environment, [BYTES]
    """)
    assert not (venvoy.project / "two").exists()
    assert (venvoy.project / "one").is_dir()


def test_what_venvoy_did_not_make_is_never_cleared_away(venvoy: CommandLine) -> None:
    assert venvoy("venv", "--no-seed", "mine").code == 0
    shutil.rmtree(venvoy.project / "mine" / ".venvoy")
    (venvoy.project / "mine" / "pyvenv.cfg").write_text("home = /nowhere\nversion = 3.12.1\n", encoding="utf-8")
    assert venvoy("envs", "prune", "--yes").code == 0
    assert (venvoy.project / "mine").is_dir()


def test_what_was_not_used_for_long_is_cleared_away_when_asked(venvoy: CommandLine) -> None:
    assert venvoy("venv", "--no-seed", "old").code == 0
    venvoy.filters += SIZES
    venvoy("envs", "prune", "--unused", "30", "--yes").says("""
        exit 0
        err Nothing to delete.
    """)
    long_ago = 1_000_000_000
    os.utime(venvoy.project / "old" / "pyvenv.cfg", (long_ago, long_ago))
    for note in Path(venvoy.environ["VENVOY_CACHE_DIR"], "environments-v1").iterdir():
        os.utime(note, (long_ago, long_ago))
    venvoy.filters += [(r"\d{4,5} days", "[MANY] days")]
    venvoy("envs", "prune", "--unused", "30", "--yes").says("""
        exit 0
        err  - [PROJECT]/old  used [MANY] days ago
        err Deleted 1 environment, [BYTES]
    """)


@pytest.mark.skipif(sys.platform == "win32", reason="a launcher there holds its path inside")
def test_a_moved_environment_works_again_after_its_paths_were_rewritten(venvoy: CommandLine) -> None:
    assert venvoy("venv", "here").code == 0
    venvoy("envs", "fix", "here").says("""
        exit 0
        err Nothing to do: here is where it was made
    """)
    (venvoy.project / "here").rename(venvoy.project / "there")
    venvoy.filters += [(r"Rewrote \d+ files", "Rewrote [N] files")]
    venvoy("envs", "fix", "there").says("""
        exit 0
        err Rewrote [N] files in there, which was made in [PROJECT]/here
    """)
    there = venvoy.project / "there"
    shown = venvoy.finish(venvoy.process([str(there / "bin" / "pip"), "--version"]))
    assert (shown.code, "[PROJECT]/there/" in shown.stdout) == (0, True)
    for path in (there / "bin").iterdir():
        assert path.is_symlink() or "project/here" not in path.read_text(encoding="utf-8"), path
    assert venvoy("pip", "check", "--python", "there").code == 0
    venvoy("list", VIRTUAL_ENV=str(there)).says("""
        exit 0
        out pip  26.3
    """)


@pytest.mark.skipif(sys.platform == "win32", reason="such a folder cannot be made there")
def test_paths_that_would_have_to_be_quoted_are_not_rewritten(venvoy: CommandLine) -> None:
    assert venvoy("venv", "--no-seed", "here").code == 0
    (venvoy.project / "here").rename(venvoy.project / "it's")
    venvoy("envs", "fix", "it's").says("""
        exit 30
        err error: The paths in this environment cannot be rewritten. [environment-path]
        err   at [PROJECT]/it's
        err   Its path, or the one that it was made for, holds letters that mean something to shells.
        err   → Make it anew: venvoy sync, or venvoy venv --force
    """)


def test_each_named_environment_has_its_own_groups(venvoy: CommandLine, named: Path) -> None:
    venvoy("sync", "--env", "test").says("""
        exit 0
        err Wrote pylock.toml (3 added)
        err Made an environment in .venv-test with Python [PYTHON]
        err  + helper 1.5
        err  + paint 4.1
        err  + tester 8.0
        err Installed 3 in .venv-test
    """)
    venvoy("sync", "--env", "bare").says("""
        exit 0
        err Made an environment in .venv-bare with Python [PYTHON]
        err  + paint 4.1
        err Installed 1 in .venv-bare
    """)
    venvoy("list", "--env", "test").says("""
        exit 0
        out helper  1.5
        out paint   4.1
        out tester  8.0
    """)
    venvoy("list", VENVOY_ENV="bare").says("""
        exit 0
        out paint  4.1
    """)
    prefix = venvoy("run", "--env", "test", "python", "-c", "import sys; print(sys.prefix)")
    assert prefix.stdout.strip().endswith(".venv-test")
    venvoy("sync", "--env", "docs").says("""
        exit 3
        err error: This project has no environment called 'docs'. [environment-unknown]
        err   at [PROJECT]/pyproject.toml
        err   It has: bare, test.
        err   → Add it to pyproject.toml: a table [tool.venvoy.environments.docs]
    """)
    assert re.search("prompt = .*project-test", (named / ".venv-test" / "pyvenv.cfg").read_text(encoding="utf-8"))


def test_what_is_written_about_environments_is_checked(venvoy: CommandLine, named: Path) -> None:
    file = named / "pyproject.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('["test"] }', '["tests"] }'), encoding="utf-8")
    venvoy("sync").says("""
        exit 3
        err error: This project has no group 'tests'. [group-unknown]
        err   at [PROJECT]/pyproject.toml:11:20
        err   It has: test.
    """)
    file.write_text(text.replace("bare = {}", "bare = { group = 3 }"), encoding="utf-8")
    venvoy("sync").says("""
        exit 3
        err error: tool.venvoy.environments.bare has the key 'group', which venvoy does not know. [pyproject-invalid]
        err   at [PROJECT]/pyproject.toml:12:18
        err   The keys are groups, extras and python.
    """)
    file.write_text(text.replace("bare = {}", "bare = 3"), encoding="utf-8")
    venvoy("sync").says("""
        exit 3
        err error: tool.venvoy.environments.bare must be a table, and it is a number. [pyproject-invalid]
        err   at [PROJECT]/pyproject.toml:12:8
        err   → Write it as a table: [tool.venvoy.environments.bare]
    """)


def test_environments_may_lie_in_one_place(venvoy: CommandLine, named: Path, tmp_path: Path) -> None:
    file = named / "pyproject.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(f"{text}[tool.venvoy]\nstore-environments = true\n", encoding="utf-8")
    place = str(tmp_path / "central")
    venvoy.filters += [(r"project-[0-9a-f]{8}", "project-[KEY]"), *SIZES]
    venvoy("sync", VENVOY_ENVIRONMENTS_DIR=place).says("""
        exit 0
        err Wrote pylock.toml (3 added)
        err Made an environment in [FOLDER]/central/project-[KEY]/default with Python [PYTHON]
        err  + paint 4.1
        err Installed 1 in [FOLDER]/central/project-[KEY]/default
    """)
    assert venvoy("sync", "--env", "bare", VENVOY_ENVIRONMENTS_DIR=place).code == 0
    venvoy("list", VENVOY_ENVIRONMENTS_DIR=place).says("""
        exit 0
        out paint  4.1
    """)
    ran = venvoy("run", "python", "-c", "import paint, sys; print(sys.prefix)", VENVOY_ENVIRONMENTS_DIR=place)
    ran.says("""
        exit 0
        out [FOLDER]/central/project-[KEY]/default
    """)
    known = environments(venvoy("envs", "--json", VENVOY_ENVIRONMENTS_DIR=place))
    central = [one for one in known if "central" in one["path"]]
    assert [one["project"] for one in central] == ["[PROJECT]", "[PROJECT]"]
    file.unlink()
    venvoy("envs", "prune", "--yes", directory=tmp_path, VENVOY_ENVIRONMENTS_DIR=place).says("""
        exit 0
        err  - [FOLDER]/central/project-[KEY]/bare  project-gone
        err  - [FOLDER]/central/project-[KEY]/default  project-gone
        err Deleted 2 environments, [BYTES]
    """)


def test_environments_in_the_one_place_are_found_by_their_names(venvoy: CommandLine, named: Path) -> None:
    file = named / "pyproject.toml"
    lines = '[tool.venvoy]\nstore-environments = true\nenvironments-dir = "../central"\n'
    file.write_text(file.read_text(encoding="utf-8") + lines, encoding="utf-8")
    venvoy.filters += [(r"project-[0-9a-f]{8}", "project-[KEY]")]
    for arguments in ([], ["--env", "bare"]):
        assert venvoy("sync", *arguments).code == 0
    (named / "src").mkdir()
    for folder in (named, named / "src"):
        for arguments, name in (([], "default"), (["bare"], "bare"), (["--env", "bare"], "bare")):
            ran = venvoy("activate", "--shell", "bash", "--json", *arguments, directory=folder)
            assert json.loads(ran.stdout)["result"]["environment"] == f"[FOLDER]/central/project-[KEY]/{name}"
            words = arguments if "--env" in arguments or not arguments else ["--env", *arguments]
            ran = venvoy("run", *words, "python", "-c", "import paint, sys; print(sys.prefix)", directory=folder)
            assert str(ran) == f"exit 0\nout [FOLDER]/central/project-[KEY]/{name}"
    venvoy("activate", "test").says("""
        exit 30
        err error: The environment 'test' of this project has not been made yet. [environment-missing]
        err   → Make it: venvoy sync --env test
    """)
    venvoy("shell", "--env", "test").says("""
        exit 30
        err error: The environment 'test' of this project has not been made yet. [environment-missing]
        err   → Make it: venvoy sync --env test
    """)
    venvoy("activate", "nothing").says("""
        exit 30
        err error: There is no environment 'nothing'. [environment-missing]
        err   Those that are here: .venv, bare, default.
        err   → venvoy activate PATH   takes the path of an environment's folder
        err   → venvoy venv PATH   makes one
    """)
    known = environments(venvoy("envs", "--json"))
    assert {(one["path"], one["project"]) for one in known} == {
        ("[PROJECT]/.venv", "[PROJECT]"),  # from before the settings were changed
        *((f"[FOLDER]/central/project-[KEY]/{name}", "[PROJECT]") for name in ("bare", "default")),
    }


def test_the_environment_of_another_project_is_found_by_the_project_s_folder(
    venvoy: CommandLine, project: Path, tmp_path: Path
) -> None:
    venvoy.environ |= {"VENVOY_STORE_ENVIRONMENTS": "1", "VENVOY_ENVIRONMENTS_DIR": str(tmp_path / "central")}
    venvoy.filters += [(r"project-[0-9a-f]{8}", "project-[KEY]")]
    assert venvoy("sync").code == 0
    shutil.rmtree(project / ".venv")
    for name in ("project", str(project)):
        ran = venvoy("activate", "--shell", "bash", "--json", name, directory=tmp_path)
        assert json.loads(ran.stdout)["result"]["environment"] == "[FOLDER]/central/project-[KEY]/default"


def test_an_active_environment_that_is_another_ones_is_said_so(venvoy: CommandLine, project: Path) -> None:
    assert venvoy("venv", "--no-seed", "other").code == 0
    venvoy("list", VIRTUAL_ENV=str(project / "other")).says("""
        exit 0
        err warning: The environment [PROJECT]/other is active in this shell, and it is not this project's. venvoy works on [PROJECT]/.venv; venvoy deactivate leaves the other one.
        err Nothing is installed in .venv yet
    """)
    venvoy("list", VIRTUAL_ENV=str(project / ".venv")).says("""
        exit 0
        err Nothing is installed in .venv yet
    """)
    assert venvoy("sync").code == 0
    for active, said in (("other", True), (".venv", False)):  # also where nothing is to be done
        ran = venvoy("run", "python", "-c", "", VIRTUAL_ENV=str(project / active))
        assert (ran.code, "is active in this shell" in ran.stderr) == (0, said)


def test_a_new_project_has_its_environment_in_the_one_place_from_the_start(venvoy: CommandLine, tmp_path: Path) -> None:
    venvoy.environ |= {"VENVOY_STORE_ENVIRONMENTS": "1", "VENVOY_ENVIRONMENTS_DIR": str(tmp_path / "central")}
    assert venvoy("init").code == 0
    assert not (venvoy.project / ".venv").exists()
    venvoy.filters += [(r"project-[0-9a-f]{8}", "project-[KEY]")]
    venvoy("sync").says("""
        exit 0
        err Nothing to do: [FOLDER]/central/project-[KEY]/default is up to date
    """)


def test_something_can_be_put_into_one_of_them_alone(venvoy: CommandLine, named: Path) -> None:
    active = str(venvoy.project / ".venv")
    venvoy("install", "paint", "--env", "bare", VIRTUAL_ENV=active).says("""
        exit 30
        err warning: The environment [PROJECT]/.venv is active in this shell, and it is not this project's. venvoy works on [PROJECT]/.venv-bare; venvoy deactivate leaves the other one.
        err error: There is no environment at [PROJECT]/.venv-bare. [environment-missing]
        err   → Make it: venvoy sync --env bare
    """)
    assert venvoy("sync", "--env", "bare").code == 0
    venvoy("install", "paint", "--env", "bare", VIRTUAL_ENV=active).says("""
        exit 0
        err warning: The environment [PROJECT]/.venv is active in this shell, and it is not this project's. venvoy works on [PROJECT]/.venv-bare; venvoy deactivate leaves the other one.
        err Nothing to do: all of it is in .venv-bare already
    """)
    assert "paint" in venvoy("list", "--env", "bare").stdout
    assert venvoy("uninstall", "paint", "--env", "bare").code == 0
    assert "paint" not in venvoy("list", "--env", "bare").stdout
