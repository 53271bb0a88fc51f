"""Completion of the names of what is installed."""

from __future__ import annotations

from pathlib import Path

from venvoy.cli.output import Output
from venvoy.cli.request import Request
from venvoy.errors import Problem
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    import click


def complete_installed(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001 - click's signature
    """The names that begin with what was typed, where the command would look."""
    from venvoy.environment import installed

    flags = {name: ctx.params[name] for name in ("env", "python") if ctx.params.get(name)}
    start = (ctx.params.get("project") or Path()).absolute()
    try:
        with Request(Output(quiet=True), flags, start) as request:
            site = request.site(user=bool(ctx.params.get("user")))[1]
            return [one.name for one in installed.read(site.layout) if one.name.startswith(incomplete.lower())]
    except Problem:
        return []
