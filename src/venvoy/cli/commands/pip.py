"""``venvoy pip check`` and ``venvoy pip fix``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from venvoy.cli import clicked, consent, grammar, options, paint, words
from venvoy.cli.output import Outcome, quote
from venvoy.cli.request import Request
from venvoy.errors import Exit
from venvoy.operations.pips import fit as pip_fit
from venvoy.operations.pips import mend as pip_mend

_COLORS = {"fits": "green", "old": "yellow", "missing": "yellow"}


@options.command(
    "pip check",
    examples="""
    venvoy pip check                   the pip of the project's environment, or of the active one
    venvoy pip check --all             that of every Python on this computer
    venvoy pip check --python 3.12     that of one of them
    venvoy pip check --python try-it   that of the environment in a folder
    """,
)
@grammar.option("--all", "everything", is_flag=True, help="Look at every Python on this computer.")
def check(request: Request, *, everything: bool) -> Outcome:
    """Say whether pip fits its Python, and what fits if it does not. Nothing is changed."""
    context, located = (request.bare(), None) if everything else request.project_if_any()
    report = pip_fit.check(context, located, everything=everything)
    lines = [*_table(report), *_details(report)] if everything else [*_one(report.checked[0]), *_details(report)]
    return Outcome(report, lines=lines, exit=Exit.OK if report.healthy else Exit.FAILURE)


@options.command(
    "pip fix",
    examples="""
    venvoy pip fix                   the pip of the project's environment, or of the active one
    venvoy pip fix --python try-it   that of the environment in a folder
    venvoy pip fix --dry-run         only say what would be done
    """,
)
@grammar.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@grammar.option("-y", "--yes", is_flag=True, help="Do not ask, not even outside of an environment.")
def fix(request: Request, *, dry_run: bool, yes: bool) -> Outcome:
    """Put a pip into a Python that has none, or one that fits in place of one that does not; then try it."""
    context, located = request.project_if_any()
    mend = pip_mend.plan(context, located)
    if mend.action == "nothing":
        return Outcome(mend, notes=[f"Nothing to do: pip {mend.old} fits Python {mend.python}"])
    old = f" in place of {mend.old}" if mend.old not in {"", mend.new} else " anew" if mend.old else ""
    what = f"pip {mend.new}{old}"
    where = f"Python {mend.python} in {words.home(mend.executable)}"
    if dry_run:
        return Outcome(mend, notes=[f"Would put {what} into {where}"])
    if mend.outside and not yes:
        consent.ask(
            request.output,
            f"{where} is no environment: every project that uses it sees the change.",
            f"Put {what} into it?",
        )
    done = pip_mend.carry_out(context, mend)
    return Outcome(done, notes=[f"Put {what} into {where}, and tried it: it works"])


def _one(one: pip_fit.Checked) -> Iterator[str]:
    yield f"Python {one.version}  {words.home(one.executable)}"
    yield f"pip {one.pip or '-':<10} {_status(one)}  {words.home(one.location)}".rstrip()
    yield f"It can run pip {one.runs}." if one.runs else "No pip is known that it can run."
    if one.commands and not one.strangers and one.pip:
        yield f"{', '.join(command.name for command in one.commands)} and python -m pip are the same."


def _table(report: pip_fit.Report) -> Iterator[str]:
    head = ("Python", "pip", "", "can run", "bundled", "where")
    rows = [
        (
            _named(one),
            one.pip or "-",
            _status(one),
            str(one.runs or "-"),
            one.bundled or "-",
            words.home(one.executable),
        )
        for one in report.checked
    ]
    yield from words.table(head, rows)


def _details(report: pip_fit.Report) -> Iterator[str]:
    for one in report.checked:
        findings = list(_findings(one))
        if findings:
            yield ""
            yield f"{_named(one)}  {words.home(one.executable)}"
            yield from (f"  {line}" for line in findings)
    for broken in report.broken:
        yield ""
        yield f"{words.home(broken.path)} is not a Python that works."
        yield from (f"  {line}" for line in broken.fault.splitlines())
    yield from _typed(report)


def _findings(one: pip_fit.Checked) -> Iterator[str]:
    if one.why:
        yield f"pip {one.pip}: {one.why}."
    for command in one.strangers:
        there = "another Python" if Path(command.python).exists() else "a Python that is gone"
        yield f"{command.name} starts {there}, {words.home(command.python)}: type python -m pip instead."
    if one.scripts_missed:
        yield f"The commands of what it installs go into {words.home(one.scripts)}, which is not on PATH."
    if one.status not in ("fits", "missing") and one.externally_managed:
        yield "It belongs to the system, which forbids to change it (PEP 668): make an environment, venvoy venv"
    if one.fix:
        yield f"→ {quote(one.fix)}"


def _typed(report: pip_fit.Report) -> Iterator[str]:
    """What people reach who type ``pip``: of which Python it is, and whether that is the Python they reach."""
    if report.typed:
        yield ""
    for command in report.typed:
        starts = f" of {words.home(command.python)}" if command.name.startswith("pip") and command.python else ""
        yield f"{command.name:<8} is {words.home(command.path)}{starts}"
    if report.strange_pip:
        python = next(command.name for command in report.typed if command.name.startswith("python"))
        yield f"pip installs for another Python than {python} runs: type {python} -m pip instead."


def _named(one: pip_fit.Checked) -> str:
    return one.version if one.implementation == "CPython" else f"{one.implementation} {one.version}"


def _status(one: pip_fit.Checked) -> str:
    return paint.style(one.status, fg=_COLORS.get(one.status, "red"))


command = clicked.group(
    "pip",
    help="Look at pip and the Python that it belongs to, and mend what does not fit.",
    examples="""
    venvoy pip check --all   which pip each Python has, and whether it works there
    venvoy pip fix           give the project's environment a pip that works
    """,
    commands=(check, fix),
)
