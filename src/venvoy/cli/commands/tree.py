"""``venvoy tree``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from venvoy.cli import grammar, options, paint, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.errors import Problem
from venvoy.formats import requirements
from venvoy.operations.inspection import trees
from venvoy.operations.inspection.trees import View


@options.command(
    "tree",
    examples="""
    venvoy tree
    venvoy tree --depth 1           only what the project itself asks for
    venvoy tree --invert urllib3    upside down: who needs urllib3, up to the project
    venvoy tree --target windows    as it is on Windows; all shows every target at once
    """,
)
@grammar.argument("names", nargs=-1, metavar="[NAME...]")
@grammar.option("--invert", is_flag=True, help="Turn the tree upside down: who needs NAME (none given: everything).")
@grammar.option("--depth", type=int, default=0, metavar="N", help="Show N levels.")
@grammar.option("--target", default="", metavar="NAME", help="Show what is locked for this target, or for all.")
def command(request: Request, *, names: tuple[str, ...], invert: bool, depth: int, target: str) -> Outcome:
    """Show who needs what, from the project's own requirements down.

    It shows what is locked; without a lockfile, or outside of a project, what is installed.
    """
    if names and not invert:
        raise Problem("usage", "Names go with --invert.", fix=(f"venvoy tree --invert {' '.join(names)}",))
    context, located = request.project_if_any()
    wanted = tuple(requirements.name(name, "a distribution") for name in names)
    branches = trees.tree(context, located, View(target, max(depth, 0), invert, wanted))
    lines: list[str] = []
    for branch in branches:
        if branch.nodes and branch.label:
            lines.append(paint.style(branch.label, bold=True))
        if branch.nodes:
            lines += _draw(branch.nodes, "", invert=invert) if branch.label else _tops(branch.nodes)
    notes = _legend([node for branch in branches for node in branch.nodes])
    if not lines:
        in_project = located is not None
        nothing = (
            "This project asks for nothing yet: venvoy add NAME" if in_project else "Nothing is installed here yet"
        )
        notes = [nothing]
    return Outcome(branches, lines=lines, notes=notes)


def _tops(nodes: Sequence[trees.Node]) -> Iterator[str]:
    for node in nodes:
        yield _line(node, asked="")
        yield from _draw(node.needs, "", invert=True)


def _draw(nodes: Sequence[trees.Node], indent: str, *, invert: bool) -> Iterator[str]:
    for number, node in enumerate(nodes):
        last = number == len(nodes) - 1
        asked = "" if node.requirement == node.name and not invert else node.requirement
        yield f"{indent}{'└─' if last else '├─'} {_line(node, asked)}"
        yield from _draw(node.needs, indent + ("   " if last else "│  "), invert=invert)


def _line(node: trees.Node, asked: str) -> str:
    missing = "" if node.own else paint.style("not installed", fg="yellow")
    text = f"{node.name} {node.version or missing}".rstrip()
    if node.version and not node.installed:
        text += f", {paint.style('not installed', fg='yellow')}"
    if asked:
        text += paint.style(f"  [{asked}]", dim=True)
    return text + words.where(node.where) + " (above)" * node.repeated + " …" * node.cut


def _legend(nodes: Sequence[trees.Node]) -> list[str]:
    every = list(_all(nodes))
    notes = []
    if any(node.repeated for node in every):
        notes.append("(above): it is shown in full at its first place")
    if any(node.cut for node in every):
        notes.append("…: there is more below")
    return notes


def _all(nodes: Sequence[trees.Node]) -> Iterator[trees.Node]:
    for node in nodes:
        yield node
        yield from _all(node.needs)
