"""``venvoy lock``."""

from __future__ import annotations

from venvoy.cli import grammar, options, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.model.names import canonicalize_name
from venvoy.operations import lock as locks
from venvoy.operations.context import Context
from venvoy.operations.project import Located
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from venvoy.formats.pylock_draft import Lock  # which is a name for type checkers only


@options.command(
    "lock",
    examples="""
    venvoy lock                             write pylock.toml, or leave it when nothing changed
    venvoy lock --check                     only look whether it is up to date (exit code 4 when not)
    venvoy lock --upgrade                   take the newest versions that pyproject.toml allows
    venvoy lock --upgrade-package requests  move one, keep the others where they can stay
    venvoy lock --check --coverage          where something would have to be built, or cannot be had
    """,
)
@grammar.option("--check", is_flag=True, help="Write nothing; fail when the lockfile is out of date.")
@grammar.option("--dry-run", is_flag=True, help="Write nothing; show what would change.")
@grammar.option(
    "--coverage", is_flag=True, help="Show on which targets something has to be built from source, or nothing fits."
)
@grammar.option("-U", "--upgrade", is_flag=True, help="Look for newer versions of everything.")
@grammar.option(
    "-P", "--upgrade-package", "names", multiple=True, metavar="NAME", help="Look for newer versions of NAME."
)
@options.apply
def command(
    request: Request,
    *,
    check: bool,
    dry_run: bool,
    coverage: bool,
    upgrade: bool,
    names: tuple[str, ...],
    number: int | None,
) -> Outcome:
    """Write pylock.toml: the exact versions and files that pyproject.toml asks for.

    The lockfile is the standard one (PEP 751): pip and other installers can install from it too.
    """
    context, located = request.project_to_change(needed=False)
    if check:
        lock = locks.check(context, located)
        data: dict[str, object] = {"changed": False}
        lines = _covered(data, context, located, lock) if coverage else []
        notes = ["pylock.toml is up to date"]
        if not coverage:
            request.settle(context, located, notes)
        return Outcome(data, lines=lines, notes=notes)
    result = locks.lock(
        context,
        located,
        locks.Upgrade(upgrade, frozenset(map(canonicalize_name, names)), along=bool(names)),
        options.wish(request, number),
        dry_run=dry_run,
    )
    if not result.changed:
        first = "pylock.toml is up to date"
    else:
        first = "Would write pylock.toml" if dry_run else "Wrote pylock.toml"
    count = len(result.found.packages)
    packages = words.count(count, "distribution")
    if not (upgrade or names or coverage or result.applied or (dry_run and result.changed)):
        request.settle(context, located, [f"pylock.toml is up to date: {packages}"])
    data = {
        "changed": result.changed,
        "dry_run": dry_run,
        "packages": len(result.found.packages),
        "moved": result.moved,
    }
    if result.applied:
        data["applied"] = result.applied
    notes = [*words.applied(result.applied, dry_run=dry_run), *words.moved(result.moved), f"{first}: {packages}"]
    lines = _covered(data, context, located, result.found) if coverage else []
    return Outcome(data, lines=lines, notes=notes)


def _covered(data: dict[str, object], context: Context, located: Located, lock: Lock) -> list[str]:
    """The table of what has no wheel where; the facts go into the data."""
    from venvoy.operations.inspection import coverage

    data["coverage"] = found = coverage.coverage(context, located, lock)
    kinds = {coverage.BUILD: "is built from source on", coverage.NOTHING: "has nothing that fits on"}
    rows = [(f"{gap.name} {gap.version}".rstrip(), f"{kinds[gap.kind]} {gap.where}") for gap in found.gaps]
    if found.left_out:
        rows.append(("not locked for", found.left_out_where))
    width = max((len(left) for left, _ in rows), default=0)
    return [f"{left:<{width}}  {right}" for left, right in rows] or ["everything has a wheel on every target"]
