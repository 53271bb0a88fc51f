"""What git could not do, in plain words. No text here may ever hold a credential."""

from __future__ import annotations

import re

from venvoy.errors import Problem
from venvoy.formats import sources
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from venvoy.model.source import Source
    from venvoy.system.process import Finished

_NO_ACCESS = (
    "authentication failed",
    "could not read username",
    "could not read password",
    "permission denied",
    "access denied",
    "returned error: 401",
    "returned error: 403",
    "host key verification failed",
)
_NO_ROAD = (
    "could not resolve host",
    "connection refused",
    "connection timed out",
    "operation timed out",
    "operation too slow",
    "unable to connect",
    "failed to connect",
    "connection reset",
    "network is unreachable",
    "no route to host",
)
_CHATTER = ("hint:", "Please make sure you have", "and the repository exists")
_NOTHING_THERE = ("not found", "does not exist", "does not appear to be a git repository", "no such file")


def silent(source: Source, limit: float) -> Problem:
    """A server that did not answer within so many seconds."""
    return Problem(
        "git-error",
        f"{sources.without_secrets(source.url)} did not answer within {limit:g} seconds.",
        why="git waited for the server, and was ended.",
        fix=(
            "Check your connection, then run the command again.",
            "If the server is slow, wait longer: --git-timeout SECONDS, or git-timeout in [tool.venvoy]",
        ),
    )


def failed(source: Source, done: Finished) -> Problem:
    """What git could not do with a repository, and what it said."""
    said = _said(done.stderr)
    place = sources.without_secrets(source.url)
    low = said.lower()
    if any(words in low for words in _NO_ACCESS):
        return Problem(
            "authentication-required",
            f"{place} does not let git in.",
            why=said,
            fix=(
                f"Try it yourself: git ls-remote {place}",
                "Once that asks nothing (a credential helper, an ssh key), venvoy can fetch from there too.",
            ),
        )
    if any(words in low for words in _NO_ROAD):
        return Problem(
            "network-unreachable",
            f"git could not reach {place}.",
            why=said,
            fix=("Check your connection to the internet, then run the command again.",),
        )
    if any(words in low for words in _NOTHING_THERE):
        fixes = ("Check the address.", f"Try it yourself: git ls-remote {place}")
        return Problem("git-error", f"There is no git repository at {place}.", why=said, fix=fixes)
    return Problem(
        "git-error",
        f"git could not fetch from {place}.",
        why=said or f"It ended with code {done.code}.",
        fix=(f"Try it yourself: git ls-remote {place}",),
    )


def _said(text: str) -> str:
    """The last lines of what git wrote, without credentials."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(_CHATTER)]
    return re.sub(r"://[^/@\s]*@", "://", "\n".join(lines[-4:]))


def missing() -> Problem:
    """There is no git."""
    return Problem(
        "git-missing",
        "There is no git on this computer, or it is not on the PATH.",
        why="A dependency comes from a git repository, and git is what fetches it.",
        fix=(
            "Install it with your system's package manager: apt, dnf or brew install git, winget install Git.Git",
            "Then run the command again, in a new terminal.",
        ),
    )
