"""``venvoy lock``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from packaging.utils import canonicalize_name

from venvoy.cli import options, words
from venvoy.cli.output import Outcome
from venvoy.operations import lock as locks

if TYPE_CHECKING:
    from venvoy.cli.request import Request


@options.command(
    "lock",
    examples="""
    venvoy lock                             write pylock.toml, or leave it when nothing changed
    venvoy lock --check                     only look whether it is up to date (exit code 4 when not)
    venvoy lock --upgrade                   take the newest versions that pyproject.toml allows
    venvoy lock --upgrade-package requests  move one, keep the others where they can stay
    """,
)
@click.option("--check", is_flag=True, help="Write nothing; fail when the lockfile is out of date.")
@click.option("--dry-run", is_flag=True, help="Write nothing; show what would change.")
@click.option("-U", "--upgrade", is_flag=True, help="Look for newer versions of everything.")
@click.option(
    "-P", "--upgrade-package", "names", multiple=True, metavar="NAME", help="Look for newer versions of NAME."
)
@options.apply
def command(
    request: Request, *, check: bool, dry_run: bool, upgrade: bool, names: tuple[str, ...], number: int | None
) -> Outcome:
    """Write pylock.toml: the exact versions and files that pyproject.toml asks for.

    The lockfile is the standard one (PEP 751): pip and other installers can install from it too.
    """
    context, located = request.project_to_change()
    if check:
        locks.check(context, located)
        return Outcome({"changed": False}, notes=["pylock.toml is up to date"])
    result = locks.lock(
        context,
        located,
        locks.Upgrade(upgrade, frozenset(map(canonicalize_name, names))),
        options.wish(request, number),
        dry_run=dry_run,
    )
    if not result.changed:
        first = "pylock.toml is up to date"
    else:
        first = "Would write pylock.toml" if dry_run else "Wrote pylock.toml"
    packages = words.count(len(result.lock.packages), "distribution")
    data: dict[str, object] = {"changed": result.changed, "dry_run": dry_run, "packages": len(result.lock.packages), "moved": result.moved}
    if result.applied:
        data["applied"] = result.applied
    notes = [*words.applied(result.applied, dry_run=dry_run), *words.moved(result.moved), f"{first}: {packages}"]
    return Outcome(data, notes=notes)
