"""What ``undo`` and ``redo`` share: their options, the question about edits made by hand, and the words."""

from __future__ import annotations

from venvoy.cli import grammar, paint, words
from venvoy.cli.consent import confirmed
from venvoy.cli.options import dry_run
from venvoy.cli.output import Outcome, quote
from venvoy.errors import Problem
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from venvoy.cli.request import Request
    from venvoy.operations.undo import Edit, Travelled

_COLOURS = {"+": "green", "-": "red"}


options = grammar.together(
    grammar.option(
        "--force", is_flag=True, help="Do not ask when a file was edited by hand; redo or undo brings the edit back."
    ),
    dry_run,
)
"""``--force`` and ``--dry-run``."""


def asking(request: Request, *, force: bool) -> Callable[[Sequence[Edit]], None]:
    """Ask whether what was edited by hand may be taken back; without a terminal the answer is no."""

    def agree(edits: Sequence[Edit]) -> None:
        if force:
            return
        what = f"{' and '.join(dict.fromkeys(edit.file for edit in edits))} was edited by hand since."
        if request.output.json or not paint.interactive():
            back = "redo" if request.output.command == "undo" else "undo"
            again = quote(["venvoy", *(word for word in request.output.typed if word != "--json"), "--force"])
            raise Problem(
                "edited-by-hand",
                what,
                why="\n".join(shown(edits, colour=False)),
                fix=(f"{again}   takes that back too; venvoy {back} brings it back",),
                data={"files": [edit.file for edit in edits]},
            )
        why = "\n".join((what, *shown(edits)))
        if not confirmed(request.output, why, "Take that back too? (venvoy redo brings it back)"):
            raise Problem("interrupted", "Stopped.", why="Nothing was changed.")

    return agree


def shown(edits: Sequence[Edit], *, colour: bool = True) -> Iterator[str]:
    """The difference that each edit made, in short."""
    for edit in edits:
        yield f"{edit.file}:" if edit.lines else f"{edit.file}: only the ends of its lines"
        for line in edit.lines:
            yield f"  {paint.style(line, fg=_COLOURS[line[0]])}" if colour and line[0] in _COLOURS else f"  {line}"
        if edit.more:
            yield f"  … and {words.count(edit.more, 'more line')}"


def told(result: Travelled, done: str, verb: str) -> Outcome:
    """The result in words: what was taken back, what changed in the files and in the environment."""
    would = result.dry_run
    notes = [f"{f'Would {verb}' if would else done}: {quote(['venvoy', *command])}" for command in result.commands]
    if would and result.edits:
        notes += ["Would also take back what was edited by hand:", *shown(result.edits)]
    for names, word in ((result.written, "restore"), (result.deleted, "delete")):
        if names:
            notes.append(f"{f'Would {word}' if would else word.capitalize() + 'd'} {' and '.join(names)}")
    if result.created:
        place = words.shown(result.environment)
        notes.append(f"{'Would make' if would else 'Made'} an environment in {place} with Python {result.python}")
    notes += words.changes(result.changes)
    if result.changes:
        notes.append(words.counted(result.changes, words.shown(result.environment), dry_run=would))
    return Outcome(result, notes=notes)
