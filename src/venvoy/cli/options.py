"""Making a command of a function, and the options that several commands have in common."""

from __future__ import annotations

import re

from venvoy.cli import grammar
from venvoy.cli.grammar import Usage
from venvoy.cli.output import quote
from venvoy.errors import Problem
from venvoy.operations.resolving.proposals import Wish
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from venvoy.cli.output import Outcome
    from venvoy.cli.request import Request
    from venvoy.model.requirement import Origin


def command(
    name: str,
    *,
    examples: str,
    also: tuple[str, ...] = (),
    **extra: Any,  # noqa: ANN401 - handed on to click
) -> Callable[[Callable[..., Outcome]], Usage]:
    """Make a command of a function that takes a :class:`Request` and its own parameters, and returns an Outcome.

    Args:
        name: what people type.
        examples: shown by ``--help``, as they are.
        also: names of settings in :data:`venvoy.cli.grammar.RUN_ONLY` that this command has flags for.
        extra: further arguments of ``click.command``.
    """

    def decorate(function: Callable[..., Outcome]) -> Usage:
        return Usage(name, function, grammar.own(function), also, examples, extra)

    return decorate


selection = grammar.together(
    grammar.option(
        "--group", "groups", multiple=True, metavar="NAME", help="Install this dependency group too; can be repeated."
    ),
    grammar.option("--extra", "extras", multiple=True, metavar="NAME", help="Install this extra too; can be repeated."),
    grammar.option("--no-dev", is_flag=True, help="Leave out the default groups, which are those of development."),
)
"""``--group``, ``--extra`` and ``--no-dev``."""

table = grammar.together(
    grammar.option("--dev", is_flag=True, help="Edit the group dev: what your work needs, not your program."),
    grammar.option("--group", metavar="NAME", help="Edit a dependency group: [dependency-groups]."),
    grammar.option(
        "--optional", metavar="EXTRA", help="Edit an extra of the project: [project.optional-dependencies]."
    ),
)
"""``--dev``, ``--group`` and ``--optional``, which say what part of pyproject.toml to edit: see :func:`origin`."""

apply = grammar.option(
    "--apply",
    "number",
    type=int,
    metavar="N",
    help="Where there is no solution: make the edit of pyproject.toml that was proposed under this number.",
)
"""``--apply``, which carries out a proposal that was shown where there is no solution: see :func:`wish`."""

dry_run = grammar.option("--dry-run", is_flag=True, help="Change nothing; show what would change.")
"""``--dry-run``."""

break_system_packages = grammar.option(
    "--break-system-packages",
    is_flag=True,
    help="With --user: go on although the Python belongs to the system (PEP 668).",
)
"""``--break-system-packages``, which is called as in pip."""


def user(text: str) -> Callable[[Callable[..., Outcome]], Callable[..., Outcome]]:
    """Add ``--user``, with what it means for this command."""
    return grammar.option("--user", is_flag=True, help=text)


def wish(request: Request, number: int | None) -> Wish:
    """What was typed without ``--apply``, so that a proposal can say how to carry it out, and the number if given."""
    words, rest = ["venvoy"], iter(request.output.typed)
    for word in rest:
        if word == "--apply":
            next(rest, None)
        elif word != "--json" and not word.startswith("--apply="):
            # Passwords are never shown, whoever typed them.
            words.append(re.sub(r"://[^/\s]*@", "://", word))
    return Wish(quote(words), number or 0)


def origin(*, dev: bool, group: str | None, optional: str | None) -> Origin:
    """The part of pyproject.toml that ``--dev``, ``--group`` and ``--optional`` name.

    Raises:
        Problem: usage, when more than one of them is given; name-invalid.
    """
    given = [
        option
        for option, value in (("--dev", dev or None), ("--group", group), ("--optional", optional))
        if value is not None
    ]
    if len(given) > 1:
        raise Problem(
            "usage",
            f"{' and '.join(given)} cannot be used together.",
            why="Each of them names one place in pyproject.toml.",
            fix=("Run the command once for each place.",),
        )
    from venvoy.formats import requirements
    from venvoy.model.requirement import Origin

    if optional is not None:
        return Origin("extra", requirements.name(optional, "an extra"))
    if dev or group is not None:
        return Origin("group", requirements.name("dev" if group is None else group, "a group"))
    return Origin("project")
