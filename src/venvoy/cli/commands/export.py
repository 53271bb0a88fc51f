"""``venvoy export``."""

from __future__ import annotations

from pathlib import Path

from venvoy.cli import grammar, options, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.operations import exporting
from venvoy.operations.sync import choose


@options.command(
    "export",
    examples="""
    venvoy export -o requirements.txt             for pip: every version with its hashes
    venvoy export --no-dev -o requirements.txt    without what only development needs
    venvoy export --format constraints            versions only, for pip install -c
    venvoy export --target linux-x86_64           what one kind of computer installs, without markers
    venvoy export --format pylock --target windows-amd64 -o pylock.windows.toml
    """,
)
@grammar.option(
    "--format",
    "form",
    type=exporting.FORMATS,
    default=exporting.REQUIREMENTS,
    show_default=True,
    help="What to write: a requirements or a constraints file of pip, or a lockfile for one target (PEP 751).",
)
@grammar.option("--group", "groups", multiple=True, metavar="NAME", help="With this group too; can be repeated.")
@grammar.option("--extra", "extras", multiple=True, metavar="NAME", help="With this extra too; can be repeated.")
@grammar.option("--no-dev", is_flag=True, help="Without the default groups, which are those of development.")
@grammar.option("--target", default="", metavar="NAME", help="For one target only: linux-x86_64 and so on, or current.")
@grammar.option("--no-hashes", is_flag=True, help="Leave the hashes of files out.")
@grammar.option("-o", "--output", type=grammar.PATH, metavar="FILE", help="Write to FILE, not to standard output.")
def command(
    request: Request,
    *,
    form: str,
    groups: tuple[str, ...],
    extras: tuple[str, ...],
    no_dev: bool,
    target: str,
    no_hashes: bool,
    output: Path | None,
) -> Outcome:
    """Write what is locked in the form of another tool.

    It reads pylock.toml and asks no index; the same lockfile always gives the same text.
    """
    context, located = request.project()
    selection = choose(context, located, groups, extras, dev=not no_dev)
    wanted = exporting.Form(form, target, not no_hashes)
    path = Path.cwd() / output if output else None
    result = exporting.export(context, located, selection, wanted, path)
    for remark in result.remarks:
        request.output.warn(remark)
    if path is None:
        return Outcome(result, lines=result.text.splitlines())
    place = f" for {result.target}" if result.target else ""
    return Outcome(result, notes=[f"Wrote {words.shown(path)}: {words.count(result.count, 'distribution')}{place}"])
