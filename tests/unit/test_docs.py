"""The pages under docs/ say what the program says."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from venvoy.cli.clicked import cli
from venvoy.cli.table import COMMANDS
from venvoy.errors import CODES, Exit

DOCS = Path(__file__).parents[2] / "docs"


def every_command() -> list[str]:
    """The names of all commands; those of a group follow it: ``pip``, ``pip check``."""
    names = []
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        names += [name, *(f"{name} {below}" for below in getattr(command, "commands", ()))]
    return names


def help_page(name: str) -> str:
    command: click.Command | None = cli
    for word in name.split():
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), word)
    assert command is not None
    context = click.Context(command, info_name=f"venvoy {name}", terminal_width=100, help_option_names=["-h", "--help"])
    return command.get_help(context)


SHARED = re.compile(r"^Options of every command:\n.*?(?=^Examples:)", re.MULTILINE | re.DOTALL)


def render_commands() -> str:
    """The text of docs/commands.md: write it there when a command has changed."""
    parts = ["# Commands\n", "What `venvoy COMMAND --help` prints; the options of every command stand at the end.\n"]
    shared = ""
    for name in every_command():
        page = help_page(name)
        shared = "".join(SHARED.findall(page)) or shared
        parts += [f"## {name}\n", "```text", SHARED.sub("", page).rstrip(), "```\n"]
    parts += ["## Options of every command\n", "```text", shared.rstrip(), "```\n"]
    return "\n".join(parts)


def test_the_page_of_commands_is_what_help_prints() -> None:
    assert (DOCS / "commands.md").read_text(encoding="utf-8") == render_commands(), "write render_commands() there"


@pytest.mark.parametrize("name", every_command())
def test_every_command_explains_itself_with_examples_that_fit_a_terminal(name: str) -> None:
    page = help_page(name)
    assert "Examples:" in page
    assert [line for line in page.splitlines() if len(line) > 100] == []


def test_every_code_and_exit_code_has_its_place_in_the_page_of_errors() -> None:
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    headings = re.findall(r"^### `([a-z0-9-]+)`$", page, re.MULTILINE)
    assert sorted(headings) == sorted(CODES)
    table = {int(number) for number in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    assert table == {int(code) for code in Exit}
