"""``venvoy uninstall``, ``undo`` and ``verify`` in an environment without a project."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from support.alone import locked, put_by_another_tool
from support.command_line import WINDOWS, CommandLine, Ran, expect


def test_undo_and_redo_work_in_an_environment_alone(active: Callable[..., Ran], tools: Path) -> None:
    assert active("install", "helper<1.6").code == 0
    assert active("install", "demo", "paint").code == 0
    active("history").says("""
        exit 0
        out undo 1   [TIME]  venvoy install demo paint
        out          pylock.toml     + demo 2.0, + paint 4.1
        out          environment     + demo 2.0, + paint 4.1
        out undo 2   [TIME]  venvoy install "helper<1.6"
        out          pylock.toml     + helper 1.5
        out          environment     + helper 1.5
    """)
    active("undo").says("""
        exit 0
        err Undone: venvoy install demo paint
        err Restored pylock.toml
        err  - demo 2.0
        err  - paint 4.1
        err Removed 2 in tools
    """)
    assert locked(tools) == ["helper 1.5"]
    active("undo").says("""
        exit 0
        err Undone: venvoy install "helper<1.6"
        err Deleted pylock.toml
        err  - helper 1.5
        err Removed 1 in tools
    """)
    assert not (tools / "pylock.toml").exists()
    active("undo").says("""
        exit 1
        err error: There is nothing to undo. [nothing-to-undo]
        err   No command has changed this environment yet, or the history was deleted along with the cache.
        err   → venvoy redo   does again what was undone
    """)
    assert active("redo", "2").code == 0
    assert locked(tools) == ["demo 2.0", "helper 1.5", "paint 4.1"]


@pytest.mark.skipif(WINDOWS, reason="its folders come in another order")
def test_verify_knows_the_environments_own_lockfile(active: Callable[..., Ran], tools: Path) -> None:
    assert active("install", "demo").code == 0
    put_by_another_tool(tools, "stranger", "1.0")
    site = next(tools.rglob("site-packages"))
    (site / "helper.py").unlink()
    shutil.rmtree(site / "demo-2.0.dist-info")
    active("verify").says("""
        exit 22
        out demo 2.0
        out   absent      is locked and not installed
        out helper 1.6
        out   missing     [SITE]/helper.py
        out belongs to no distribution
        out   added       [SCRIPTS]/demo  it runs when its name is typed in this environment
        out   added       [SITE]/demo.py  programs can import it
        err 4 faults in tools (2 distributions, 5 files)
        err   missing: it was deleted, and programs that need it fail
        err   added: no distribution brought it; venvoy does not know who did
        err   → venvoy verify --repair   puts right what is damaged
        err   → Look at what was added. If you do not need it: venvoy verify --repair --clean
    """)
    assert active("verify", "--repair", "--offline").code == 0
    active("verify").says("""
        exit 0
        err tools is as it should be (3 distributions, 13 files)
    """)


def test_uninstalling_asks_nobody_without_a_terminal(active: Callable[..., Ran], tools: Path) -> None:
    assert active("install", "demo", "paint").code == 0
    active("uninstall", "demo").says("""
        exit 0
        err  - demo 2.0
        err Removed 1 in tools
        err Came along, and nothing needs it now: helper
        err   → venvoy uninstall helper
    """)
    assert locked(tools) == ["helper 1.6", "paint 4.1"]
    assert active("verify").code == 0
    active("uninstall", "--yes", "paint").says("""
        exit 0
        err  - helper 1.6
        err  - paint 4.1
        err Removed 2 in tools
    """)
    assert locked(tools) == []
    assert active("undo", "2").code == 0
    active("list").says("""
        exit 0
        out demo    2.0
        out helper  1.6
        out paint   4.1
    """)


def test_what_others_need_is_not_taken_out_by_mistake(active: Callable[..., Ran], tools: Path) -> None:
    assert active("install", "demo").code == 0
    active("uninstall", "helper").says("""
        exit 2
        err error: helper cannot go: others need it. [still-needed]
        err   demo 2.0 needs helper>=1.5
        err   → Take them out too: venvoy uninstall helper demo
        err   → or take it out all the same: venvoy uninstall --force helper
    """)
    active("uninstall", "--force", "helper").says("""
        exit 0
        err  - helper 1.6
        err Removed 1 in tools
        err Without what it needs now: demo 2.0 needs helper>=1.5
    """)
    assert locked(tools) == ["demo 2.0"]


def test_a_name_that_is_not_there(active: Callable[..., Ran]) -> None:
    assert active("install", "demo").code == 0
    active("uninstall", "helpr").says("""
        exit 2
        err error: helpr is not installed in this environment. [not-installed]
        err   → Did you mean helper?
        err   → venvoy list   shows what is installed
    """)
    active("show", "nothing").says("""
        exit 2
        err error: nothing is not installed in this environment. [not-installed]
        err   → venvoy list   shows what is installed
    """)


def test_outside_of_an_environment_it_says_what_is_right(venvoy: CommandLine) -> None:
    venvoy("uninstall", "demo").says("""
        exit 30
        err error: No environment is active here. [environment-missing]
        err   → venvoy uninstall demo --env DIR   takes it out of the environment in that folder
        err   → venvoy uninstall demo --user   takes it out of what is installed for you alone
    """)


@pytest.mark.skipif(WINDOWS, reason="there is no such terminal")
def test_on_a_terminal_it_asks(active: Callable[..., Ran], tools: Path, venvoy: CommandLine) -> None:
    assert active("install", "demo").code == 0

    def answer(letters: str, *words: str) -> tuple[int, str]:
        ran = venvoy.on_terminal(letters, "uninstall", *words, VIRTUAL_ENV=str(tools))
        return ran.code, ran.stderr

    code, said = answer("n", "helper")
    assert code == 130
    expect(
        said,
        """
        demo 2.0 needs helper>=1.5
        Take it out all the same? [y/N]: error: Stopped. [interrupted]
          Nothing was changed.
        """,
    )
    assert locked(tools) == ["demo 2.0", "helper 1.6"]
    code, said = answer("y", "demo")
    assert code == 0
    expect(
        said,
        """
        helper came along, and nothing needs that now.
        Take that out too? [Y/n]:  - demo 2.0
         - helper 1.6
        Removed 2 in tools
        """,
    )
    assert locked(tools) == []
    assert active("undo").code == 0
    assert answer("n", "demo")[0] == 0
    assert locked(tools) == ["helper 1.6"]
