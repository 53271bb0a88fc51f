"""``undo``, ``redo`` and ``history``: there and back again, byte for byte, without the network."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from support.command_line import PYTHON, WINDOWS, CommandLine, expect, state, tree
from support.index_server import IndexServer
from venvoy import __version__
from venvoy.environment import stamp

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d"


@pytest.fixture(autouse=True)
def no_times(venvoy: CommandLine) -> None:
    venvoy.filters += [(TIME, "[TIME]"), (r"\d{4}-\d\d-\d\dT[\d:]+Z", "[TIME]")]
    venvoy.filters += [(r"(?<=history-v2[/\\])[0-9a-f]{24}", "[KEY]")]


def test_undo_and_redo_restore_every_byte_without_the_network(
    project: Path, venvoy: CommandLine, index: IndexServer
) -> None:
    states = [state(project)]
    for command in (("add", "demo[color]", "helper<1.6"), ("add", "--dev", "native"), ("remove", "helper")):
        assert venvoy(*command).code == 0
        states.append(state(project))
    assert len({json.dumps(one) for one in states}) == 4
    asked = len(index.log)
    venvoy.environ["VENVOY_OFFLINE"] = "1"
    for expected in reversed(states[:-1]):
        assert venvoy("undo").code == 0
        assert state(project) == expected
    for expected in states[1:]:
        assert venvoy("redo").code == 0
        assert state(project) == expected
    assert venvoy("undo", "3").code == 0
    assert state(project) == states[0]
    assert venvoy("redo", "2").code == 0
    assert state(project) == states[2]
    assert len(index.log) == asked


def test_what_undo_redo_and_history_say(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "demo", "helper<1.6").code == 0
    assert venvoy("add", "helper<2").code == 0
    venvoy("history").says("""
        exit 0
        out undo 1   [TIME]  venvoy add "helper<2"
        out          pyproject.toml  - "helper<1.6", + "helper<2"
        out          pylock.toml     ~ helper 1.5 → 1.6
        out          environment     ~ helper 1.5 → 1.6
        out undo 2   [TIME]  venvoy add demo "helper<1.6"
        out          pyproject.toml  + "demo>=2.0", + "helper<1.6"
        out          pylock.toml     + demo 2.0, + helper 1.5
        out          environment     + demo 2.0, + helper 1.5
        out          [TIME]  venvoy init
        out          pyproject.toml  + [project], + name = "project", + version = "0.1.0", + requires-python = ">=[MINOR]"
    """)
    venvoy("undo", "2").says("""
        exit 0
        err Undone: venvoy add "helper<2"
        err Undone: venvoy add demo "helper<1.6"
        err Restored pyproject.toml and pylock.toml
        err  - demo 2.0
        err  - helper 1.6
        err Removed 2 in .venv
    """)
    venvoy("redo").says("""
        exit 0
        err Done again: venvoy add demo "helper<1.6"
        err Restored pyproject.toml and pylock.toml
        err  + demo 2.0
        err  + helper 1.5
        err Installed 2 in .venv
    """)
    venvoy("history", "-v").says("""
        exit 0
        out redo 1   [TIME]  venvoy add "helper<2"  (undone)
        out          pyproject.toml  - "helper<1.6", + "helper<2"
        out          pylock.toml     ~ helper 1.5 → 1.6
        out          environment     ~ helper 1.5 → 1.6
        out undo 1   [TIME]  venvoy add demo "helper<1.6"
        out          pyproject.toml  + "demo>=2.0", + "helper<1.6"
        out          pylock.toml     + demo 2.0, + helper 1.5
        out          environment     + demo 2.0, + helper 1.5
        out          [TIME]  venvoy init
        out          pyproject.toml  + [project], + name = "project", + version = "0.1.0", + requires-python = ">=[MINOR]"
    """)
    venvoy("history", "--json").says(r"""
        exit 0
        out {
        out   "schema": 1, "command": "history", "ok": true,
        out   "result": {
        out     "steps": [
        out       {
        out         "number": 1, "undone": true, "time": "[TIME]", "command": ["add", "helper<2"],
        out         "pyproject": ["-    \"helper<1.6\",", "+    \"helper<2\","],
        out         "lockfile": [{"name": "helper", "old": "1.5", "new": "1.6"}],
        out         "environment": [{"name": "helper", "old": "1.5", "new": "1.6"}], "python": null,
        out         "edited": []
        out       },
        out       {
        out         "number": 1, "undone": false, "time": "[TIME]", "command": ["add", "demo", "helper<1.6"],
        out         "pyproject": [
        out           "-dependencies = []", "+dependencies = [", "+    \"demo>=2.0\",", "+    \"helper<1.6\",",
        out           "+]"
        out         ],
        out         "lockfile": [
        out           {"name": "demo", "old": "", "new": "2.0"}, {"name": "helper", "old": "", "new": "1.5"}
        out         ],
        out         "environment": [
        out           {"name": "demo", "old": "", "new": "2.0"}, {"name": "helper", "old": "", "new": "1.5"}
        out         ],
        out         "python": null, "edited": []
        out       },
        out       {
        out         "number": 0, "undone": false, "time": "[TIME]", "command": ["init"],
        out         "pyproject": [
        out           "+[project]", "+name = \"project\"", "+version = \"0.1.0\"",
        out           "+requires-python = \">=[MINOR]\"", "+dependencies = []"
        out         ],
        out         "lockfile": [], "environment": [], "python": null, "edited": []
        out       }
        out     ]
        out   },
        out   "warnings": []
        out }
    """)


def test_after_add_and_undo_git_sees_nothing(project: Path, venvoy: CommandLine) -> None:
    git = shutil.which("git")
    if git is None:
        pytest.skip("there is no git")

    def run(*arguments: str) -> str:
        names = ["-c", "user.name=x", "-c", "user.email=x@x.example"]
        return subprocess.run([git, *names, *arguments], cwd=project, check=True, capture_output=True, text=True).stdout

    run("init", "-q")
    run("add", "-A")
    run("commit", "-qm", "start")
    assert venvoy("add", "demo").code == 0
    assert run("status", "--short") != ""
    assert venvoy("undo").code == 0
    assert run("status", "--short") == ""


def test_a_file_that_did_not_exist_goes_again(project: Path, venvoy: CommandLine) -> None:
    (project / "pylock.toml").unlink()
    assert venvoy("lock").code == 0
    venvoy("undo").says("""
        exit 0
        err Undone: venvoy lock
        err Deleted pylock.toml
    """)
    assert not (project / "pylock.toml").exists()
    assert venvoy("redo").code == 0
    assert (project / "pylock.toml").is_file()


def test_what_was_edited_by_hand_is_shown_and_comes_back(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "demo", "helper<1.6").code == 0
    file = project / "pyproject.toml"
    edited = file.read_text(encoding="utf-8").replace('"0.1.0"', '"9"')
    file.write_text(edited, encoding="utf-8")
    before = tree(project)
    venvoy("undo").says("""
        exit 3
        err error: pyproject.toml was edited by hand since. [edited-by-hand]
        err   pyproject.toml:
        err      name = "project"
        err     -version = "0.1.0"
        err     +version = "9"
        err      requires-python = ">=[MINOR]"
        err   → venvoy undo --force   takes that back too; venvoy redo brings it back
    """)
    assert tree(project) == before
    venvoy("undo", "--dry-run").says("""
        exit 0
        err Would undo: venvoy add demo "helper<1.6"
        err Would also take back what was edited by hand:
        err pyproject.toml:
        err    name = "project"
        err   -version = "0.1.0"
        err   +version = "9"
        err    requires-python = ">=[MINOR]"
        err Would restore pyproject.toml and pylock.toml
        err  - demo 2.0
        err  - helper 1.5
        err Would remove 2 in .venv
    """)
    assert tree(project) == before
    assert venvoy("undo", "--force").code == 0
    assert '"0.1.0"' in file.read_text(encoding="utf-8")
    assert venvoy("redo").code == 0
    assert file.read_text(encoding="utf-8") == edited
    assert state(project) == {place: text for place, text in before.items() if not place.startswith(".venv/.venvoy")}
    venvoy("undo", "--json").says(r"""
        exit 3
        out {
        out   "schema": 1, "command": "undo", "ok": false,
        out   "error": {
        out     "code": "edited-by-hand", "what": "pyproject.toml was edited by hand since.",
        out     "why": "pyproject.toml:\n   name = \"project\"\n  -version = \"0.1.0\"\n  +version = \"9\"\n   requires-python = \">=[MINOR]\"",
        out     "fix": ["venvoy undo --force   takes that back too; venvoy redo brings it back"], "where": "",
        out     "exit": 3, "data": {"files": ["pyproject.toml"]}
        out   },
        out   "warnings": []
        out }
    """)


def test_an_edit_between_two_commands_stays_until_the_first_of_them_is_undone(
    project: Path, venvoy: CommandLine
) -> None:
    assert venvoy("add", "helper<1.6").code == 0
    file = project / "pyproject.toml"
    edited = file.read_text(encoding="utf-8").replace("helper<1.6", "helper<2")
    file.write_text(edited, encoding="utf-8")
    assert venvoy("sync").code == 0
    venvoy("history").says("""
        exit 0
        out undo 1   [TIME]  venvoy sync
        out          by hand         pyproject.toml, before that
        out undo 2   [TIME]  venvoy add "helper<1.6"
        out          pyproject.toml  + "helper<1.6"
        out          pylock.toml     + helper 1.5
        out          environment     + helper 1.5
        out          [TIME]  venvoy init
        out          pyproject.toml  + [project], + name = "project", + version = "0.1.0", + requires-python = ">=[MINOR]"
    """)
    assert venvoy("undo").code == 0
    assert file.read_text(encoding="utf-8") == edited
    venvoy("undo").says("""
        exit 3
        err error: pyproject.toml was edited by hand since. [edited-by-hand]
        err   pyproject.toml:
        err      dependencies = [
        err     -    "helper<1.6",
        err     +    "helper<2",
        err      ]
        err   → venvoy undo --force   takes that back too; venvoy redo brings it back
    """)
    # In between one edits again: that is not lost either, and the newer step is what it was.
    again = edited.replace('"0.1.0"', '"9"')
    file.write_text(again, encoding="utf-8")
    venvoy("redo").says("""
        exit 3
        err error: pyproject.toml was edited by hand since. [edited-by-hand]
        err   pyproject.toml:
        err      name = "project"
        err     -version = "0.1.0"
        err     +version = "9"
        err      requires-python = ">=[MINOR]"
        err   → venvoy redo --force   takes that back too; venvoy undo brings it back
    """)
    assert venvoy("undo", "--force").code == 0
    assert venvoy("redo").code == 0
    assert file.read_text(encoding="utf-8") == again
    assert venvoy("redo", "--force").code == 0
    assert file.read_text(encoding="utf-8") == edited


def test_a_file_that_was_broken_or_deleted_by_hand(project: Path, venvoy: CommandLine) -> None:
    file = project / "pyproject.toml"
    first = file.read_bytes()
    assert venvoy("add", "demo").code == 0
    second = file.read_bytes()
    file.write_bytes(second + b"x = [\n")
    assert venvoy("undo", "--force").code == 0
    assert file.read_bytes() == first
    file.unlink()
    venvoy("redo").says("""
        exit 3
        err error: pyproject.toml was edited by hand since. [edited-by-hand]
        err   pyproject.toml:
        err     -[project]
        err     -name = "project"
        err     -version = "0.1.0"
        err     -requires-python = ">=[MINOR]"
        err     -dependencies = []
        err   → venvoy redo --force   takes that back too; venvoy undo brings it back
    """)
    assert venvoy("redo", "--force").code == 0
    assert file.read_bytes() == second + b"x = [\n"
    assert venvoy("history").code == 0


def test_an_environment_that_was_deleted_is_made_anew(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "helper<1.6").code == 0
    before = state(project)
    assert venvoy("add", "paint").code == 0
    shutil.rmtree(project / ".venv")
    venvoy("undo").says("""
        exit 0
        err Undone: venvoy add paint
        err Restored pyproject.toml and pylock.toml
        err Made an environment in .venv with Python [PYTHON]
        err  + helper 1.5
        err Installed 1 in .venv
    """)
    assert state(project) == before
    shutil.rmtree(project / ".venv")
    assert venvoy("sync").code == 0
    assert state(project) == before
    assert "sync" not in venvoy("history").stdout, "making it anew is no step"
    assert venvoy("redo").code == 0
    assert "paint" in venvoy("list").stdout
    shutil.rmtree(project / ".venv")
    assert venvoy("remove", "paint").code == 0
    assert venvoy("undo").code == 0
    assert "paint" in venvoy("list").stdout


def test_the_first_command_in_a_fresh_clone_is_undone(project: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    assert venvoy("add", "helper").code == 0
    clone = tmp_path / "clone"
    shutil.copytree(project, clone, ignore=shutil.ignore_patterns(".venv"))
    venvoy.hide(clone, "CLONE")
    before = {path.name: path.read_bytes() for path in clone.iterdir()}
    assert venvoy("add", "paint", directory=clone).code == 0
    venvoy("undo", directory=clone).says("""
        exit 0
        err Undone: venvoy add paint
        err Restored pyproject.toml and pylock.toml
        err  - helper 1.6
        err  - paint 4.1
        err Removed 2 in .venv
    """)
    assert {path.name: path.read_bytes() for path in clone.iterdir() if path.is_file()} == before
    assert venvoy("list", directory=clone).stdout == ""
    assert venvoy("sync", directory=clone).code == 0


def test_a_wheel_that_was_pruned_is_fetched_again_or_named(
    project: Path, venvoy: CommandLine, cache: Path, index: IndexServer
) -> None:
    assert venvoy("add", "helper<1.6").code == 0
    before = state(project)
    assert venvoy("remove", "helper").code == 0
    for bucket in cache.glob("wheels-v*"):
        shutil.rmtree(bucket)
    here = state(project)
    venvoy("undo", "--offline").says("""
        exit 1
        err error: That cannot be undone or done again from here: the store no longer holds helper 1.5. [history-incomplete]
        err   Fetching again what is missing failed: Working offline, and the file helper-1.5-py3-none-any.whl is not in the cache.
        err   → Run the command again when the index can be reached.
        err   → Or take pyproject.toml and pylock.toml from version control, and then: venvoy sync
    """)
    assert state(project) == here
    venvoy("undo").says("""
        exit 0
        err warning: No longer in the store, so it was fetched again: helper 1.5
        err Undone: venvoy remove helper
        err Restored pyproject.toml and pylock.toml
        err  + helper 1.5
        err Installed 1 in .venv
    """)
    assert state(project) == before


def test_what_venvoy_did_not_install_stays(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "helper").code == 0
    site = next((project / ".venv").rglob("site-packages"))
    foreign = site / "foreign-1.0.dist-info"
    foreign.mkdir()
    (foreign / "METADATA").write_text("Metadata-Version: 2.1\nName: foreign\nVersion: 1.0\n", encoding="utf-8")
    (foreign / "RECORD").write_text("", encoding="utf-8")
    assert venvoy("undo").code == 0
    assert "foreign" in venvoy("list").stdout


def test_a_new_change_after_an_undo_is_a_new_beginning(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "helper").code == 0
    assert venvoy("undo").code == 0
    assert venvoy("add", "paint").code == 0
    venvoy("redo").says("""
        exit 1
        err error: There is nothing to redo. [nothing-to-undo]
        err   Nothing has been undone, or another change was made since.
        err   → venvoy history   shows the changes
    """)
    venvoy("undo", "3").says("""
        exit 1
        err error: Only 1 change can be undone. [nothing-to-undo]
        err   → venvoy undo 1
        err   → venvoy history   shows them
    """)
    assert venvoy("undo").code == 0
    venvoy("undo").says("""
        exit 1
        err error: There is nothing to undo. [nothing-to-undo]
        err   venvoy init made this project, and that stays.
        err   → venvoy redo   does again what was undone
    """)


def test_where_nothing_has_happened(venvoy: CommandLine) -> None:
    (venvoy.project / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n', encoding="utf-8")
    venvoy("undo").says("""
        exit 1
        err error: There is nothing to undo. [nothing-to-undo]
        err   No command has changed this project yet, or the history was deleted along with the cache.
    """)
    venvoy("history").says("""
        exit 0
        err No command has changed this project yet.
    """)


def test_only_so_many_changes_are_kept(project: Path, venvoy: CommandLine, cache: Path) -> None:
    venvoy.environ["VENVOY_HISTORY_DEPTH"] = "2"
    for name in ("helper", "paint", "native"):
        assert venvoy("add", name).code == 0
    (history,) = (cache / "history-v2").iterdir()
    # before and after each of two steps: three of each file, and of what was installed
    assert len(list((history / "blobs").iterdir())) == 9
    assert venvoy("undo", "2").code == 0
    assert venvoy("list").stdout == "helper  1.6\n"
    assert venvoy("undo").code == 1


def test_the_environment_names_the_wheels_that_are_to_be_kept(project: Path, venvoy: CommandLine, cache: Path) -> None:
    def named() -> set[str]:
        return set((project / ".venv/.venvoy/wheels").read_text(encoding="ascii").split())

    def stored() -> set[str]:
        return {path.name for path in cache.glob("wheels-v*/??/*")}

    assert venvoy("add", "helper<1.6").code == 0
    assert named() == stored()
    assert venvoy("add", "helper<2").code == 0
    assert venvoy("remove", "helper").code == 0
    assert named() == stored()
    assert len(stored()) == 2


def test_nothing_is_left_to_do_after_an_undo(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "demo", "--group", "docs").code == 0
    assert venvoy("sync", "--group", "docs").code == 0
    assert venvoy("remove", "demo", "--group", "docs").code == 0
    assert venvoy("undo").code == 0
    root = str(project / ".venv")
    assert stamp.matches(root, __version__)
    assert stamp.selected(root) == (("docs",), ())


def test_passwords_are_not_kept(project: Path, venvoy: CommandLine, index: IndexServer, cache: Path) -> None:
    url = index.url.replace("://", "://somebody:secret@")
    assert venvoy("add", "helper", "--index-url", url).code == 0
    assert "secret" not in venvoy("history", "--json").stdout
    assert not [path for path in (cache / "history-v2").rglob("*") if path.is_file() and b"secret" in path.read_bytes()]


def test_a_damaged_history_is_said(project: Path, venvoy: CommandLine, cache: Path) -> None:
    assert venvoy("add", "helper").code == 0
    before = state(project)
    for path in cache.glob("history-v2/*/blobs/*"):
        path.write_bytes(b"damaged")
    venvoy("undo").says("""
        exit 1
        err error: The history of this project is damaged: a part of it is missing. [history-incomplete]
        err   at [CACHE]/history-v2/[KEY]/blobs/[DIGEST]
        err   It lies with the cache, and somebody or something deleted or changed files there.
        err   → If the project is under version control, take pyproject.toml and pylock.toml from there.
    """)
    assert state(project) == before


def test_sync_and_undo_only_show_what_they_would_do(project: Path, venvoy: CommandLine, cache: Path) -> None:
    assert venvoy("add", "helper<1.6").code == 0
    file = project / "pyproject.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("helper<1.6", "helper>=1.6"), encoding="utf-8")
    before, history = tree(project), tree(cache / "history-v2")
    venvoy("sync", "--dry-run").says("""
        exit 0
        err Would write pylock.toml (1 changed)
        err  ~ helper 1.5 → 1.6
        err Would replace 1 in .venv
    """)
    assert venvoy("undo", "--dry-run").code == 0
    assert (tree(project), tree(cache / "history-v2")) == (before, history)


@pytest.mark.skipif(WINDOWS, reason="there is no such terminal")
def test_on_a_terminal_it_asks(project: Path, venvoy: CommandLine) -> None:
    assert venvoy("add", "helper").code == 0
    file = project / "pyproject.toml"
    edited = file.read_text(encoding="utf-8").replace('"0.1.0"', '"9"')
    file.write_text(edited, encoding="utf-8")

    ran = venvoy.on_terminal("n", "undo")
    assert ran.code == 130
    expect(
        ran.stderr,
        """
        pyproject.toml was edited by hand since.
        pyproject.toml:
           name = "project"
          -version = "0.1.0"
          +version = "9"
           requires-python = ">=[MINOR]"
        Take that back too? (venvoy redo brings it back) [y/N]: error: Stopped. [interrupted]
          Nothing was changed.
        """,
    )
    assert file.read_text(encoding="utf-8") == edited
    assert venvoy.on_terminal("y", "undo").code == 0
    assert venvoy("list").stdout == ""


def test_the_python_of_that_time_is_found_or_missed(project: Path, venvoy: CommandLine, cache: Path) -> None:
    assert venvoy("add", "helper<1.6").code == 0
    before = state(project)
    assert venvoy("add", "helper<2").code == 0
    # An environment that has become unusable is made anew with the Python that it had.
    (project / ".venv" / "pyvenv.cfg").write_text("", encoding="utf-8")
    venvoy("undo").says("""
        exit 0
        err warning: The environment in [PROJECT]/.venv is made anew: its pyvenv.cfg does not say which version of Python it is for.
        err Undone: venvoy add "helper<2"
        err Restored pyproject.toml and pylock.toml
        err Made an environment in .venv with Python [PYTHON]
        err  + helper 1.5
        err Installed 1 in .venv
    """)
    assert state(project) == before
    (log,) = cache.glob("history-v2/*/log")
    log.write_text(
        log.read_text(encoding="utf-8").replace(f'"python":"{PYTHON}"', '"python":"3.99.0"'), encoding="utf-8"
    )
    venvoy("redo").says("""
        exit 30
        err error: The environment had Python 3.99.0 at that time, and no Python 3.99 was found. [python-not-found]
        err   These were found:
        err     [PYTHON]  [BASE]: it is not 3.99
        err   → Install Python 3.99, then run the command again.
        err   → Or take pyproject.toml and pylock.toml from version control, and then: venvoy sync
    """)
    assert state(project) == before


def test_an_environment_with_a_name_goes_back_by_itself(project: Path, venvoy: CommandLine) -> None:
    file = project / "pyproject.toml"
    with file.open("a", encoding="utf-8") as text:
        text.write("\n[tool.venvoy.environments.docs]\n")
    assert venvoy("add", "helper").code == 0
    assert venvoy("add", "paint", "--env", "docs").code == 0
    assert venvoy("undo", "--env", "docs").code == 0
    assert venvoy("list", "--env", "docs").stdout == ""
    assert venvoy("list").stdout == "helper  1.6\n"
    assert "paint" not in venvoy("history").stdout
    assert venvoy("redo", "--env", "docs").code == 0
    assert "paint" in venvoy("list", "--env", "docs").stdout


def test_a_project_that_is_moved_takes_its_history_along(project: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    assert venvoy("add", "demo").code == 0
    there, copy = tmp_path / "there", tmp_path / "copy"
    project.rename(there)
    shutil.copytree(there, copy, symlinks=True)
    assert venvoy("undo", "--dry-run", directory=there).code == 0
    assert venvoy("sync", directory=there).code == 0
    assert venvoy("undo", directory=there).code == 0
    assert venvoy("redo", directory=there).code == 0
    there.rename(project)
    assert venvoy("envs", "fix", directory=project).code == 0
    venvoy("undo", directory=project).says("""
        exit 0
        err Undone: venvoy add demo
        err Restored pyproject.toml and pylock.toml
        err  - demo 2.0
        err  - helper 1.6
        err Removed 2 in .venv
    """)
    assert venvoy("history", directory=copy).stderr == "No command has changed this project yet.\n"


def test_an_environment_that_is_moved_takes_its_history_along(venvoy: CommandLine) -> None:
    assert venvoy("venv", "here").code == 0
    here, there = venvoy.project / "here", venvoy.project / "there"
    assert venvoy("install", "demo", VIRTUAL_ENV=str(here)).code == 0
    here.rename(there)
    assert venvoy("envs", "fix", "there").code == 0
    venvoy("undo", VIRTUAL_ENV=str(there)).says("""
        exit 0
        err Undone: venvoy install demo
        err Deleted pylock.toml
        err  - demo 2.0
        err  - helper 1.6
        err Removed 2 in there
    """)
