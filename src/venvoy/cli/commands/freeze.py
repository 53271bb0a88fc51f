"""``venvoy freeze``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from venvoy.cli import grammar, options, words
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.operations.inspection import listing

_TOOLS = frozenset({"pip", "setuptools", "wheel", "distribute"})


@options.command(
    "freeze",
    examples="""
    venvoy freeze > requirements.txt   what is installed here, as pip writes it
    venvoy freeze --user               what is installed for you alone
    venvoy freeze --all                with pip, setuptools and wheel
    """,
)
@options.user("What is installed for you alone, beside all environments.")
@grammar.option("--all", "every", is_flag=True, help="With pip, setuptools and wheel too.")
def command(request: Request, *, user: bool, every: bool) -> Outcome:
    """Print what is installed as requirements with exact versions, in pip's format.

    It is for other tools. What venvoy itself needs stands in pylock.toml, with hashes.
    """
    site = request.site(user=user)[1]
    found = [one for one in listing.frozen(site) if every or one.name.lower() not in _TOOLS]
    notes = [] if found else [f"Nothing is installed in {words.shown(site.shown)} yet"]
    return Outcome({"environment": site.shown, "requirements": found}, lines=list(_lines(found)), notes=notes)


def _lines(found: Sequence[listing.Frozen]) -> Iterator[str]:
    for one in found:
        if one.comment:
            yield one.comment
        yield one.requirement
