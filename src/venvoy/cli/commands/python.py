"""``venvoy python list``, ``find`` and ``pin``."""

from __future__ import annotations

from collections.abc import Iterator

from venvoy.cli import clicked, grammar, options, paint, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.errors import Problem
from venvoy.operations import pythons

_COLORS = {"fits": "green", "old": "yellow", "missing": "yellow"}
_BITS = 32


@options.command(
    "python list",
    examples="""
    venvoy python list
    venvoy python list --json
    """,
)
def list_(request: Request) -> Outcome:
    """List every Python on this computer, whoever installed it, with its pip and what is wrong with it."""
    found = pythons.every(request.bare())
    head = ("Python", "pip", "", "fixes until", "from", "where")
    rows = [_row(one) for one in found if not one.fault]
    lines = [*words.table(head, rows)] if rows else []
    for one in found:
        notes = list(_notes(one))
        if notes:
            lines.append(f"{words.home(one.path)}: {'; '.join(notes)}")
    notes = [] if rows else ["No Python was found on PATH or in the usual places."]
    return Outcome({"interpreters": found}, lines=lines, notes=notes)


@options.command(
    "python find",
    examples="""
    venvoy python find                  what an environment would be made from here
    venvoy python find 3.12
    venvoy python find ">=3.11,<3.13"   the newest one in a range
    venvoy python find pypy3.10
    """,
)
@grammar.argument("spec", required=False)
def find(request: Request, *, spec: str | None) -> Outcome:
    """Print the path of the Python that a version, a range or a name means on this computer."""
    context, located = request.project_if_any()
    result = pythons.find(context, request.start, located, spec)
    notes = []
    if result.usable != "projects":
        can = "environments can be made from it, but no project" if result.usable else "nothing can be made from it"
        notes.append(f"Python {result.version} is too old for venvoy: {can}.")
    return Outcome(result, lines=[result.path], notes=notes)


@options.command(
    "python pin",
    examples="""
    venvoy python pin 3.12     writes .python-version, which pyenv and other tools read too
    venvoy python pin          says what is pinned
    """,
)
@grammar.argument("spec", required=False)
def pin(request: Request, *, spec: str | None) -> Outcome:
    """Write down which Python the project is worked on with, in .python-version."""
    context, located = request.project_if_any()
    if spec is None:
        said = pythons.pinned(located.directory if located else request.start)
        if said is None:
            raise Problem(
                "python-not-found",
                "No Python is pinned here: there is no .python-version.",
                fix=("venvoy python pin 3.12   writes one",),
            )
        return Outcome(said, lines=[said.version], notes=[f"It stands in {words.shown(said.file)}"])
    result = pythons.pin(context, request.start, located, spec)
    instead = f" in place of {result.before}" if result.before not in {"", result.version} else ""
    notes = [f"Pinned Python {result.version}{instead} in {words.shown(result.file)}"]
    notes += [f"Here it is {words.home(result.path)}"] if result.path else []
    return Outcome(result, notes=notes)


def _row(one: pythons.Listed) -> tuple[str, ...]:
    name = one.version + "t" * one.free_threaded
    return (
        name if one.implementation == "CPython" else f"{one.implementation} {name}",
        one.pip or "-",
        paint.style(one.pip_status, fg=_COLORS.get(one.pip_status, "red")),
        paint.style(one.end_of_life or "-", fg=None if one.supported else "yellow"),
        one.source,
        f"{words.home(one.path)}{' (' + ', '.join(one.names) + ')' if one.names else ''}",
    )


def _notes(one: pythons.Listed) -> Iterator[str]:
    if one.fault:
        yield " ".join(one.fault.split())
        return
    if one.missing:
        yield f"lacks {', '.join(one.missing)}"
    if one.externally_managed:
        yield "belongs to the system, pip may not change it (PEP 668)"
    if one.bits == _BITS:
        yield "is a 32-bit program, for which there are few wheels"
    if one.usable == "environments":
        yield "is too old for projects; venvoy venv can make an environment of it"
    elif not one.usable:
        yield "is too old for venvoy"


command = clicked.group(
    "python",
    help="Look at the Pythons on this computer, and say which one a project is worked on with.",
    examples="""
    venvoy python list        every Python there is
    venvoy python find 3.12   where it is
    venvoy python pin 3.12    work on this project with it
    """,
    commands=(list_, find, pin),
)
