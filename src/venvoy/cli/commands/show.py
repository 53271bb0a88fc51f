"""``venvoy show``."""

from __future__ import annotations

import json

from venvoy.cli import grammar, options, paint
from venvoy.cli.installed_names import complete_installed
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.operations.inspection import inspect


@options.command(
    "show",
    examples="""
    venvoy show requests
    venvoy show --user rich
    venvoy show requests --json
    """,
)
@grammar.argument("name", metavar="NAME", shell_complete=complete_installed)
@options.user("Look at what is installed for you alone.")
def command(request: Request, *, name: str, user: bool) -> Outcome:
    """Show what is known about one installed distribution."""
    result = inspect.show(*request.site(user=user), name)
    rows = {
        "Name": result.name,
        "Version": result.version,
        "Summary": result.summary,
        "Location": str(result.location),
        "Installed by": result.installer or "unknown",
        "Asked for": "yes" if result.requested else "no, it came along",
        "Requires": ", ".join(result.requires) or "nothing",
        "Required by": ", ".join(result.required_by) or "nothing that is installed",
        "Extras": ", ".join(result.extras),
        "From": _address(result.direct_url),
        "Wheel": f"sha256:{result.wheel_sha256}" if result.wheel_sha256 else "",
    }
    width = max(map(len, rows))
    lines = [f"{paint.style(f'{key:<{width}}', bold=True)}  {value}" for key, value in rows.items() if value]
    return Outcome(result, lines=lines)


def _address(direct_url: str) -> str:
    """The address in a direct_url.json (PEP 610); anybody may have written it."""
    try:
        return str(json.loads(direct_url)["url"])
    except (ValueError, KeyError, TypeError):
        return direct_url
