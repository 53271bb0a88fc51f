"""Results, warnings and problems, for people or as one JSON document: the one place that renders them."""

from __future__ import annotations

import codecs
import enum
import io
import os
from collections.abc import Mapping
from pathlib import PurePath

from venvoy import values
from venvoy.cli import paint
from venvoy.errors import Exit, Problem
from venvoy.patterns import pattern
from venvoy.system import quoting
from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TextIO

SCHEMA = 1
"""Version of the JSON documents: raised when a field changes its meaning or goes, not when one is added."""

# Help is the same everywhere.
_ABOUT_PROJECTS = pattern(
    r"\bvenvoy (?:add|envs fix|history|list|lock|redo|remove|run|sync|tree|undo|update|verify|why|why-not)"
    r"(?![\w-]| --help)"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command hands back.

    ``data`` is the result of the operation, shown with ``--json``. ``lines`` are for people who asked for data
    (standard output); ``notes`` tell people what was done (standard error). ``exit`` is the exit code.
    """

    data: object
    lines: Sequence[str] = ()
    notes: Sequence[str] = ()
    exit: int = Exit.OK


@dataclass(slots=True)
class Output:
    """Where a command's words go: ``quiet`` keeps only data and problems, ``color`` None means "if a terminal".

    ``typed`` are the arguments of this run, for a message that says how to run it again.
    """

    command: str = ""
    typed: Sequence[str] = ()
    json: bool = False
    quiet: bool = False
    color: bool | None = None
    warnings: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Tell a person what happened, on standard error."""
        if not self.quiet and not self.json:
            paint.echo(text, err=True, color=self.color)

    def warn(self, text: str) -> None:
        """Tell a person what deserves attention, once; in JSON it stands in ``warnings``."""
        if text in self.warnings:
            return
        self.warnings.append(text)
        if not self.json:
            paint.echo(f"{paint.style('warning:', fg='yellow', bold=True)} {text}", err=True, color=self.color)

    def outcome(self, outcome: Outcome) -> int:
        """Show a result and return the exit code."""
        if self.json:
            self._document(ok=outcome.exit == Exit.OK, result=plain(outcome.data))
        else:
            for line in outcome.lines:
                paint.echo(line, color=self.color)
            for line in outcome.notes:
                self.note(line)
        return int(outcome.exit)

    def problem(self, problem: Problem) -> int:
        """Show what went wrong and return the exit code."""
        problem.fix = tuple(_elsewhere(step, self.typed) for step in problem.fix)
        if self.json:
            error = {
                "code": problem.code,
                "what": problem.what,
                "why": problem.why,
                "fix": list(problem.fix),
                "where": problem.where,
                "exit": int(problem.exit),
                "data": plain(problem.data),
            }
            self._document(ok=False, error=error)
        else:
            paint.echo(_for_people(problem), err=True, color=self.color)
        return int(problem.exit)

    def _document(self, *, ok: bool, **content: object) -> None:
        import json  # only this branch needs it

        # Letters beyond ASCII stay escaped: what a pipe on Windows holds depends on the machine's code page.
        document = {"schema": SCHEMA, "command": self.command, "ok": ok, **content, "warnings": self.warnings}
        paint.echo(json.dumps(document, indent=2), color=False)


def _elsewhere(step: str, typed: Sequence[str]) -> str:
    """A step with the ``--project`` and ``--env`` that were typed: the same words without them are about others."""
    for option in ("--project", "--env"):
        # Behind run it may be an option of the command that is run.
        if option in typed[:-1] and option not in step and typed[0] != "run":
            step = _with(step, quote(typed[typed.index(option) :][:2]))
    return step


def _with(step: str, words: str) -> str:
    return _ABOUT_PROJECTS.sub(lambda found: f"{found[0]} {words}", step)


def _for_people(problem: Problem) -> str:
    lines = [
        f"{paint.style('error:', fg='red', bold=True)} {problem.what} {paint.style(f'[{problem.code}]', dim=True)}"
    ]
    if problem.where:
        lines.append(f"  {paint.style('at', dim=True)} {problem.where}")
    lines.extend(f"  {line}" if line else "" for line in problem.why.splitlines())
    lines.extend(f"  {paint.style('→', fg='green')} {step}" for step in problem.fix)
    return "\n".join(lines)


def plain(value: object) -> Any:  # noqa: ANN401, PLR0911 - JSON; a case for each of its kinds
    """Turn a result into what JSON knows: mappings, lists, strings, numbers, booleans and null."""
    if isinstance(value, enum.Enum):
        return value.value
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if values.is_value(value):
        return {name: plain(item) for name, item in values.plain(value).items()}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, PurePath):
        return os.fspath(value)
    return str(value)


_PLAIN = {ord(sign): plain for sign, plain in zip("→└├│─…", ("->", "`", "|", "|", "-", "..."), strict=True)}


def spell_out(*streams: TextIO | None) -> None:
    """Let streams that do not know a letter (a Windows code page) write the nearest thing to it instead of failing."""
    codecs.register_error("venvoy-plain", _nearest)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):  # a windowed program has none, and somebody may have put another
            stream.reconfigure(errors="venvoy-plain")


def _nearest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end].translate(_PLAIN)
    return letters.encode("ascii", "replace").decode("ascii"), error.end


def quote(words: Sequence[str]) -> str:
    """A command as it has to be typed in this platform's usual shell."""
    return " ".join(map(quoting.typed, words))
