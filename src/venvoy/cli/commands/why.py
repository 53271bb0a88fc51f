"""``venvoy why``."""

from __future__ import annotations

from venvoy.cli import grammar, options, paint, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.formats import requirements
from venvoy.operations.inspection import why


@options.command(
    "why",
    examples="""
    venvoy why urllib3          who needs it, with which bounds, from your project down
    venvoy why urllib3 --json
    """,
)
@grammar.argument("name", metavar="NAME")
def command(request: Request, *, name: str) -> Outcome:
    """Show why a distribution is in the lockfile: every path that leads to it, with the bounds on each step."""
    result = why.why(*request.project(), requirements.name(name, "a distribution"))
    lines = [
        f"{paint.style(result.name, bold=True)} {one.version}{words.where(one.where)} is locked, because"
        for one in result.versions
    ]
    lines += [f"  {_told(path)}{words.where(path.where)}" for path in result.paths]
    notes = []
    if result.more:
        notes.append(f"There are more paths. venvoy tree --invert {result.name}   shows everything that needs it")
    if result.unknown:
        unknown = ", ".join(result.unknown)
        notes.append(f"The bounds of {unknown} are not known here. venvoy sync   brings them")
    return Outcome(result, lines=lines, notes=notes)


def _told(path: why.Path) -> str:
    return ", ".join(f"{f'{step.name} {step.version}'.strip()} needs {step.requirement}" for step in path.steps)
