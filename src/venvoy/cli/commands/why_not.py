"""``venvoy why-not``."""

from __future__ import annotations

from collections.abc import Iterator

from venvoy.cli import grammar, options, paint, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.formats import requirements
from venvoy.model.requirement import full
from venvoy.operations.inspection import why_not


@options.command(
    "why-not",
    examples="""
    venvoy why-not numpy           why the newest numpy is not the one that is locked
    venvoy why-not numpy==2.1.0    why this version is not
    """,
)
@grammar.argument("wanted", metavar="NAME[==VERSION]")
def command(request: Request, *, wanted: str) -> Outcome:
    """Show what keeps a version out, and what it would take to get it. Every answer was tried; nothing is changed."""
    result = why_not.why_not(*request.project(), full(requirements.parse(wanted)))
    return Outcome(result, lines=list(_forbidden(result) if result.forbidden else _allowed(result)))


def _allowed(result: why_not.WhyNot) -> Iterator[str]:
    one = f"{result.name} {result.version}"
    if not result.command:
        yield f"{one} is what is locked."
    elif result.kept_by_lockfile:
        yield f"Nothing forbids {one}: it is only that the lockfile keeps {_locked(result)}."
        yield f"To have it: {result.command}"
    else:
        usual = f"{result.preferred} is chosen where nobody asks for another version"
        yield f"Nothing forbids {one}, but {usual if result.preferred else 'nothing needs it when all is chosen anew'}."
        if result.changes:
            yield "With it there would be"
            yield from (f"  {change}" for change in result.changes)
        yield f"To have it: {result.command}"


def _forbidden(result: why_not.WhyNot) -> Iterator[str]:
    one = f"{result.name} {result.version}"
    yield f"{paint.style(one, bold=True)} cannot be chosen{words.where(result.where)}: {_locked(result)} is locked."
    yield from (f"  {sentence}" for sentence in result.chain)
    if result.obstacles:
        bounds = " and ".join(f"{one.requirement} ({one.parent})" for one in result.obstacles)
        those = "that bound" if len(result.obstacles) == 1 else "those bounds"
        yield f"What binds is {bounds}: without {those} {one} would be chosen."
    if result.proposals:
        yield "To have it, in pyproject.toml:"
        yield from (f"  {number}. {text}" for number, text in enumerate(result.proposals, 1))
        yield f"then: venvoy update {result.name}"
    else:
        yield "No change of pyproject.toml that was tried gives it."


def _locked(result: why_not.WhyNot) -> str:
    return " and ".join(f"{one.version}{words.where(one.where)}" for one in result.locked)
