"""Plain words mean to the quick way what they mean to click, and what is not plain is left to click."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from venvoy.cli import at_once, clicked, main, quick
from venvoy.cli.grammar import Usage
from venvoy.cli.output import Output
from venvoy.errors import Problem
from venvoy.system import native

USAGES: dict[str, Usage] = {
    name: importlib.import_module(f"venvoy.cli.commands.{name}").command for name in sorted(main._PLAIN)
}
VALUES = ["requests", "3.12", "a b", "", "-", "-x", "7", "007", "x7", ".", "no-such-folder", "auto", "hardlink", "é"]


def words_of(usage: Usage) -> st.SearchStrategy[list[str]]:
    names = [part for one in usage.parameters for name in one.declared for part in name.split("/")]
    options = st.sampled_from([name for name in names if name.startswith("-")])
    values = st.sampled_from(VALUES)
    return st.lists(
        st.one_of(
            options.map(lambda name: [name]),
            st.builds(lambda name, value: [name, value], options, values),
            st.builds(lambda name, value: [f"{name}={value}"], options, values),
            st.builds(lambda name: [name[:-1]], options),
            values.map(lambda value: [value]),
            st.sampled_from([["--"], ["--help"], ["-h"], ["-qv"], ["-Ux"], ["--nonsense"]]),
        ),
        max_size=5,
    ).map(lambda parts: [word for part in parts for word in part])


def by_click(usage: Usage, words: list[str]) -> dict[str, Any]:
    context = clicked.command(usage).make_context("venvoy", list(words), resilient_parsing=False)
    return {name: value for name, value in context.params.items() if name != "help"}


@pytest.mark.parametrize("name", USAGES)
@given(data=st.data())
def test_what_is_understood_at_once_is_what_click_understands(name: str, data: st.DataObject) -> None:
    usage = USAGES[name]
    words = data.draw(words_of(usage))
    try:
        understood = quick.parse(usage, words)
    except quick.NotPlainError:
        return
    assert understood == by_click(usage, words)


@given(words_of(USAGES["venv"]))
def test_what_makes_an_environment_at_once_is_what_click_understands(words: list[str]) -> None:
    read = at_once.read(words)
    if read is None:
        return
    given, flags = read
    understood = by_click(USAGES["venv"], words)
    nothing = by_click(USAGES["venv"], [])
    assert understood == nothing | {
        "path": Path(given["path"]),
        "python": given["--python"] or None,
        "prompt": given["--prompt"] or None,
        "seed": flags["seed"],
        "system_site_packages": flags["sites"],
        "quiet": flags["quiet"] or nothing["quiet"],
    }


PLAIN = {
    "activate": [[], ["--shell", "fish", "./there"], ["--script", "--if-trusted"]],
    "add": [["requests", "--dev"], ["a", "b>=1", "--group", "docs", "--dry-run"]],
    "deactivate": [[], ["--shell", "fish", "--script"]],
    "freeze": [[], ["--user", "--all"]],
    "history": [[], ["-v", "--user"]],
    "init": [[], ["there", "--python=3.12"]],
    "install": [["a", "b>=1", "-r", "c.txt", "--user"], ["--upgrade", "--env", "x"]],
    "list": [[], ["--json", "-q"]],
    "lock": [[], ["-U", "-P", "a", "--upgrade-package", "b", "--pre", "--project", "."], ["--check", "--apply", "2"]],
    "remove": [["a", "--optional", "x"]],
    "run": [["python", "-c", "print()", "--help"], ["--no-sync", "--group", "docs", "make", "--", "-h"]],
    "show": [["a"], ["--user", "a", "--json"]],
    "sync": [["--frozen", "--python", "3.12"], ["--group", "a", "--group", "b", "--no-dev", "--link-mode", "copy"]],
    "tree": [[], ["--depth", "1", "--invert", "a", "b"]],
    "uninstall": [["a", "--yes"], ["--user", "a", "b"]],
    "update": [[], ["a", "b", "--latest", "--dry-run", "--apply=1"]],
    "venv": [[], ["--no-seed", "x"], ["--seed", "--force", "--prompt", "p"]],
    "why": [["a"]],
}


@pytest.mark.parametrize(("name", "words"), [(name, words) for name, cases in PLAIN.items() for words in cases])
def test_usual_words_are_understood_at_once(name: str, words: list[str]) -> None:
    assert quick.parse(USAGES[name], words) == by_click(USAGES[name], words)


def test_every_command_that_counts_as_plain_is_tested_to_be() -> None:
    assert PLAIN.keys() == main._PLAIN


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("add", []),
        ("lock", ["--chec"]),
        ("lock", ["--check=yes"]),
        ("lock", ["--apply", "two"]),
        ("lock", ["extra"]),
        ("lock", ["-Pa"]),
        ("sync", ["--python"]),
        ("sync", ["--link-mode", "nonsense"]),
        ("sync", ["--project", "no-such-folder"]),
        ("venv", ["a", "b"]),
        ("run", ["--", "python"]),
        ("list", ["--help"]),
    ],
)
def test_what_is_not_plain_is_left_to_click(name: str, words: list[str]) -> None:
    with pytest.raises(quick.NotPlainError):
        quick.parse(USAGES[name], words)


def test_a_path_is_a_path() -> None:
    assert quick.parse(USAGES["venv"], ["there"])["path"] == Path("there")


def test_plain_words_do_not_load_click(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "a"\nversion = "1"\n', encoding="utf-8")
    code = (
        "import sys; from venvoy.cli.main import main; code = main(['lock', '--offline']); "
        "print(code, 'click' in sys.modules, 'inspect' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.split()[:2] == ["0", "False"], ran.stderr


def test_a_command_made_for_click_alone_still_is_one() -> None:
    made = clicked.cli.get_command(click.Context(clicked.cli), "why")
    assert isinstance(made, clicked.Command)
    assert [parameter.name for parameter in made.params if isinstance(parameter, click.Argument)]


def test_a_path_of_windows_is_shown_as_it_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "WINDOWS", True)
    with pytest.raises(Problem) as caught:
        clicked.run(["list", "--project", r"no\where"], Output())
    assert caught.value.what == r"Invalid value for '--project': Directory 'no\where' does not exist."
