"""``venvoy venv``."""

from __future__ import annotations

from pathlib import Path

from venvoy.cli import grammar, options, spelling
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.operations import venv


@options.command(
    "venv",
    examples="""
    venvoy venv                        .venv in the current folder, with pip in it
    venvoy venv --python 3.12 try-it   another name, another Python
    venvoy venv --no-seed bare         without pip
    """,
)
@grammar.argument("path", required=False, default=Path(".venv"), type=grammar.PATH, metavar="[PATH]")
@grammar.option("--seed/--no-seed", default=True, help="Put pip into it (the usual), or leave it empty.")
@grammar.option("--system-site-packages", is_flag=True, help="Let it see what is installed for its base Python.")
@grammar.option("--prompt", metavar="TEXT", help="What the shell shows while it is active; usually the folder's name.")
@grammar.option("--relocatable", is_flag=True, help="Let it work wherever it is moved to.")
@grammar.option("--force", is_flag=True, help="Replace an environment that is there.")
def command(
    request: Request,
    *,
    path: Path,
    seed: bool,
    system_site_packages: bool,
    prompt: str | None,
    relocatable: bool,
    force: bool,
) -> Outcome:
    """Make an environment without a project."""
    context = request.bare()
    result = venv.venv(
        context,
        request.start / path,
        seed=seed,
        system_site_packages=system_site_packages,
        prompt=prompt,
        force=force,
        relocatable=relocatable,
    )
    notes = spelling.made(str(result.path), result.python, result.interpreter, str(result.scripts))
    return Outcome(result, notes=notes)
