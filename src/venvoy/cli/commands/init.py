"""``venvoy init``."""

from __future__ import annotations

from pathlib import Path

from venvoy.cli import grammar, options, words
from venvoy.cli.output import Outcome, quote
from venvoy.cli.request import Request
from venvoy.operations import init


@options.command(
    "init",
    examples="""
    venvoy init                    the current folder
    venvoy init my-project         a new folder
    venvoy init --python 3.12 app  with this Python, now and for whoever works on it
    """,
)
@grammar.argument("directory", required=False, type=grammar.PATH, metavar="[DIR]")
def command(request: Request, *, directory: Path | None) -> Outcome:
    """Make a folder a project: pyproject.toml, an environment, a lockfile, and a line in .gitignore.

    What is there already is kept: an existing pyproject.toml is locked and installed as it is.
    """
    place = request.start / directory if directory else request.start
    context = request.folder_to_change(place)
    result = init.init(context, place)
    where = words.shown(place)
    notes = [f"Wrote {', '.join(result.written)}"] if result.written else []
    notes += [line for line in words.synced(result.sync) if not line.startswith("Wrote pylock.toml")]
    following = "venvoy run python" if result.sync.changes else "venvoy add requests"
    if result.importable:
        following = f"venvoy import {result.importable[0]}"  # which says already what is needed
    notes += [f"{result.name} is ready. Next: {following}"]
    if where != ".":  # a line of its own: Windows PowerShell knows no &&
        go = "cd" if place.drive == place.cwd().drive else "pushd"  # in cmd, cd stays on its drive
        notes[-1:] = [f"{result.name} is ready. Next:", f"  {quote([go, where])}", f"  {following}"]
    return Outcome(result, notes=notes)
