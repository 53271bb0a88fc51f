"""``venvoy store``: ``info``, ``verify`` and ``prune``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from venvoy.cli import clicked, grammar, options, paint, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.operations.wheels import stores


@options.command(
    "store info",
    examples="""
    venvoy store info
    venvoy store info --json
    """,
)
def _info(request: Request) -> Outcome:
    """Show where the store is, how large it is, and which environments use it."""
    result = stores.info(request.bare())
    return Outcome(result, lines=list(_info_lines(result)))


@options.command(
    "store verify",
    examples="""
    venvoy store verify           hash every file of the store
    venvoy store verify --json    for a program; exit code 22 when something was damaged
    """,
)
def _verify(request: Request) -> Outcome:
    """Hash every file of the store; throw away what was damaged. It is fetched again when it is needed."""
    result = stores.verify(request.bare())
    return Outcome(result, lines=list(_damage(result)), notes=[_checked(result)], exit=result.exit)


@options.command(
    "store prune",
    also=("max_store_size",),
    examples="""
    venvoy store prune --dry-run        only show what would go
    venvoy store prune                  delete what no environment and no history needs
    venvoy store prune --max-size 2GB   only until the store is that small, least recently used first
    venvoy store prune --all            all wheels: environments keep theirs, undo needs the network
    """,
)
@grammar.option(
    "--all", "everything", is_flag=True, help="Also what living environments and their histories need, and all pages."
)
@grammar.option("--bucket", default="", metavar="NAME", help="Delete this bucket of another version of venvoy instead.")
@grammar.option("--dry-run", is_flag=True, help="Delete nothing; show what would go.")
def _prune(request: Request, *, everything: bool, bucket: str, dry_run: bool) -> Outcome:
    """Delete from the store what no living environment needs, least recently used first.

    Pages of indexes that nobody has asked for in a month go as well.
    """
    result = stores.prune(request.bare(), everything=everything, bucket=bucket, dry_run=dry_run)
    lines = [
        f" {paint.style('-', fg='red')} {one.name} {one.version}  {words.size(one.size)}" for one in result.deleted
    ]
    return Outcome(result, lines=lines, notes=list(_pruned(result)))


command = clicked.group(
    "store",
    help="Look after the store: the wheels that environments are filled from.",
    examples="""
    venvoy store info
    venvoy store prune --dry-run
    """,
    commands=(_info, _verify, _prune),
)


def _info_lines(result: stores.Info) -> Iterator[str]:
    yield f"Store: {result.place}"
    limit = f", at most {words.size(result.limit)}" if result.limit is not None else ""
    yield f"Wheels: {result.wheels}, {words.size(result.size)}{limit}"
    yield f"Needed: {result.needed_wheels}, {words.size(result.needed_size)}; venvoy store prune deletes the others"
    yield ""
    rows = [
        (one.name, words.size(one.size), str(one.files), "of another version of venvoy" if one.other else "")
        for one in result.buckets
    ]
    yield from words.table(("folder", "size", "files", ""), rows)
    if result.environments:
        yield ""
        used = [
            (str(one.path), str(one.wheels), datetime.fromtimestamp(one.changed).astimezone().strftime("%Y-%m-%d"))
            for one in result.environments
        ]
        yield from words.table(("environment", "wheels", "changed"), used)


def _damage(result: stores.Checked) -> Iterator[str]:
    for one in result.damaged:
        yield f"{one.name} {one.version}".strip() or one.sha256
        yield from (f"  {path}" for path in one.files)


def _checked(result: stores.Checked) -> str:
    size = f"{words.count(result.wheels, 'wheel')}, {words.count(result.files, 'file')}"
    if not result.damaged:
        return f"The store is intact ({size})"
    number = len(result.damaged)
    verb = "was" if number == 1 else "were"
    return (
        f"{words.count(number, 'wheel')} of {result.wheels} {verb} damaged and thrown away, to be fetched again when "
        "needed. Environments that were filled from them may have the same fault: venvoy verify"
    )


def _pruned(result: stores.Pruned) -> Iterator[str]:
    verb = "Would delete" if result.dry_run else "Deleted"
    if result.bucket:
        yield f"{verb} {result.bucket}, {words.size(result.freed)}"
    elif result.deleted:
        yield f"{verb} {words.count(len(result.deleted), 'wheel')}, {words.size(result.freed)}"
    elif not result.pages:
        yield "Nothing to delete"
    if result.pages:
        yield f"{verb} {words.count(result.pages, 'page')} of indexes, {words.size(result.pages_size)}"
    left = "would be left" if result.dry_run else "left"
    yield f"{words.count(result.kept, 'wheel')} {left}, {words.size(result.size)}"
    if result.limit is not None and result.size > result.limit:
        yield f"That is more than {words.size(result.limit)}, and environments need it: --all deletes it too"
    if result.others:
        yield f"Left alone, of other versions of venvoy: {', '.join(result.others)}. --bucket NAME deletes one"
