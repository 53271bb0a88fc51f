"""``venvoy tree``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from venvoy.cli import options
from venvoy.cli.output import Outcome
from venvoy.operations import inspect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvoy.cli.request import Request
    from venvoy.operations.inspect import Node


@options.command(
    "tree",
    examples="""
    venvoy tree
    venvoy tree --json
    """,
)
def command(request: Request) -> Outcome:
    """Show who needs what, from the project's own requirements down, as it is installed."""
    context, located = request.project_if_any()
    in_project = located is not None
    branches = inspect.tree(context, located)
    lines: list[str] = []
    repeated = False
    for branch in branches:
        if branch.nodes:
            lines += [click.style(branch.label, bold=True), *_draw(branch.nodes, "")]
            repeated = repeated or any(line.endswith("(above)") for line in lines)
    nothing = "This project asks for nothing yet: venvoy add NAME" if in_project else "Nothing is installed here yet"
    notes = [] if lines else [nothing]
    if repeated:
        notes.append("(above): what it needs is shown at its first place")
    return Outcome(branches, lines=lines, notes=notes)


def _draw(nodes: Sequence[Node], indent: str) -> Iterator[str]:
    for number, node in enumerate(nodes):
        last = number == len(nodes) - 1
        version = node.version or click.style("not installed", fg="yellow")
        asked = node.requirement.partition(";")[0].strip()
        why = "" if asked == node.name else click.style(f"  [{asked}]", dim=True)
        again = " (above)" if node.repeated else ""
        yield f"{indent}{'└─' if last else '├─'} {node.name} {version}{why}{again}"
        yield from _draw(node.needs, indent + ("   " if last else "│  "))
