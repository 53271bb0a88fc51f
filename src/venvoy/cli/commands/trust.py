"""``venvoy trust``."""

from __future__ import annotations

from pathlib import Path

from venvoy.cli import grammar, options
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.operations import project
from venvoy.operations.shells import trust


@options.command(
    "trust",
    examples="""
    venvoy trust               the project that you are in
    venvoy trust ../other
    venvoy trust --revoke
    """,
)
@grammar.argument("directory", required=False, type=grammar.FOLDER, metavar="[DIR]")
@grammar.option("--revoke", is_flag=True, help="Take the trust back.")
def command(request: Request, *, directory: Path | None, revoke: bool) -> Outcome:
    """Let entering a project activate its environment, where the hook is installed with --auto.

    An environment's commands come first on PATH while it is active, so do this only for projects whose files you trust.
    When [tool.venvoy] in its pyproject.toml changes, the project has to be trusted again.
    """
    # Not with the project's own settings: they may name a cache that says what the project likes.
    cache = request.bare().settings.cache_dir
    located = project.locate(request.start / directory if directory else request.start)
    place = located.directory
    if revoke:
        result = trust.distrust(cache, located)
        was = "no longer trusted" if result.before else "not trusted, as before"
        return Outcome(result, notes=[f"{place} is {was}: entering it activates nothing."])
    result = trust.trust(cache, located)
    return Outcome(result, notes=[f"{place} is trusted: entering it activates its environment (with hook --auto)."])
