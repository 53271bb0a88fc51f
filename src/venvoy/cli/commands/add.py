"""``venvoy add``."""

from __future__ import annotations

from pathlib import Path

from venvoy.cli import grammar, options, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.operations import edit


@options.command(
    "add",
    examples="""
    venvoy add requests rich           the newest versions that fit, with them as lower bounds
    venvoy add "flask>=3,<4"           bounds of your own; the quotes keep < and > from the shell
    venvoy add "httpx[http2]"          with an extra of that distribution
    venvoy add --dev pytest ruff       for your work on the project
    venvoy add --optional plot matplotlib   for those who install your project with the extra plot
    venvoy add --editable ../demo      a folder, used where it lies
    venvoy add git+https://host.example/demo.git@v1   a branch, tag or commit of a git repository
    """,
)
@grammar.argument("requirements", nargs=-1, required=True, metavar="REQUIREMENT...")
@options.table
@grammar.option("-e", "--editable", is_flag=True, help="Use the folders that are named where they lie.")
@options.dry_run
@options.apply
def command(
    request: Request,
    *,
    requirements: tuple[str, ...],
    dev: bool,
    group: str | None,
    optional: str | None,
    editable: bool,
    dry_run: bool,
    number: int | None,
) -> Outcome:
    """Add dependencies to pyproject.toml, lock them and install them: all of that, or nothing.

    A dependency without bounds gets the chosen version as its lower bound. A path or an address may stand for a
    dependency: a folder or an archive, https://…, git+https://….
    """
    table = options.origin(dev=dev, group=group, optional=optional)
    context, located = request.project_to_change()
    result = edit.add(
        context,
        located,
        requirements,
        table,
        options.wish(request, number),
        start=Path.cwd(),
        editable=editable,
        dry_run=dry_run,
    )
    notes = list(words.synced(result.sync))
    if result.added:
        notes.append(f"{'Would add' if dry_run else 'Added'} to {table}: {', '.join(result.added)}")
    if result.kept:
        notes.append(f"In {table} already, with the bounds it has: {', '.join(result.kept)}")
    return Outcome(result, notes=notes)
