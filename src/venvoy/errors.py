"""What can go wrong, as a value: one class, one table of codes, one table of exit codes.

A :class:`Problem` is raised where a fault is understood and rendered in one place (``venvoy.cli.output``), for people
or as JSON. Libraries below the command line never print and never exit.
"""

from __future__ import annotations

from enum import IntEnum

from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Exit(IntEnum):
    """Exit codes of the command line: stable, one for each kind of failure a script may want to tell apart."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    PROJECT = 3
    OUTDATED = 4
    NO_SOLUTION = 10
    UNKNOWN_PROJECT = 11
    BUILD = 12
    NETWORK = 20
    AUTHENTICATION = 21
    INTEGRITY = 22
    ENVIRONMENT = 30
    FILESYSTEM = 31
    BUSY = 32
    INTERRUPTED = 130


CODES: dict[str, Exit] = {
    # what the person typed
    "usage": Exit.USAGE,
    "requirement-invalid": Exit.USAGE,
    "requirements-file-invalid": Exit.USAGE,
    "requirements-file-missing": Exit.USAGE,
    "requirements-file-cycle": Exit.USAGE,
    "import-missing": Exit.USAGE,
    "import-unknown": Exit.USAGE,
    "import-invalid": Exit.USAGE,
    "name-invalid": Exit.USAGE,
    "setting-invalid": Exit.USAGE,
    "not-a-dependency": Exit.USAGE,
    "not-installed": Exit.USAGE,
    "still-needed": Exit.USAGE,
    "not-locked": Exit.USAGE,
    "command-not-found": Exit.USAGE,
    "shell-unknown": Exit.USAGE,
    "shell-nested": Exit.USAGE,
    "hook-by-hand": Exit.USAGE,
    "consent-needed": Exit.USAGE,
    # the project's own files
    "project-not-found": Exit.PROJECT,
    "toml-invalid": Exit.PROJECT,
    "pyproject-invalid": Exit.PROJECT,
    "group-unknown": Exit.PROJECT,
    "extra-unknown": Exit.PROJECT,
    "group-cycle": Exit.PROJECT,
    "parts-conflict": Exit.PROJECT,
    "source-missing": Exit.PROJECT,
    "python-pin-conflict": Exit.PROJECT,
    "lockfile-invalid": Exit.PROJECT,
    "lockfile-missing": Exit.PROJECT,
    "lockfile-other-environment": Exit.PROJECT,
    "lockfile-outdated": Exit.OUTDATED,
    # going back
    "nothing-to-undo": Exit.FAILURE,
    "edited-by-hand": Exit.PROJECT,
    "history-incomplete": Exit.FAILURE,
    # resolving
    "no-solution": Exit.NO_SOLUTION,
    "no-version": Exit.NO_SOLUTION,
    "project-unknown": Exit.UNKNOWN_PROJECT,
    "metadata-invalid": Exit.NO_SOLUTION,
    "needs-build": Exit.NO_SOLUTION,
    "build-failed": Exit.BUILD,
    "revision-unknown": Exit.NO_SOLUTION,
    # index and network
    "offline": Exit.NETWORK,
    "network-unreachable": Exit.NETWORK,
    "network-proxy": Exit.NETWORK,
    "network-tls": Exit.NETWORK,
    "index-error": Exit.NETWORK,
    "file-missing": Exit.NETWORK,
    "index-invalid": Exit.NETWORK,
    "download-truncated": Exit.NETWORK,
    "git-error": Exit.NETWORK,
    "pip-config-invalid": Exit.USAGE,
    "authentication-required": Exit.AUTHENTICATION,
    # what came over the network
    "hash-mismatch": Exit.INTEGRITY,
    "size-mismatch": Exit.INTEGRITY,
    "wheel-invalid": Exit.INTEGRITY,
    "wheel-unsafe": Exit.INTEGRITY,
    "source-invalid": Exit.INTEGRITY,
    "source-unsafe": Exit.INTEGRITY,
    # the machine
    "python-not-found": Exit.ENVIRONMENT,
    "python-too-old": Exit.ENVIRONMENT,
    "python-broken": Exit.ENVIRONMENT,
    "pip-broken": Exit.ENVIRONMENT,
    "pip-unavailable": Exit.ENVIRONMENT,
    "externally-managed": Exit.ENVIRONMENT,
    "user-site-hidden": Exit.ENVIRONMENT,
    "user-site-invalid": Exit.ENVIRONMENT,
    "git-missing": Exit.ENVIRONMENT,
    "environment-invalid": Exit.ENVIRONMENT,
    "environment-exists": Exit.ENVIRONMENT,
    "environment-path": Exit.ENVIRONMENT,
    "environment-unknown": Exit.PROJECT,
    "environment-missing": Exit.ENVIRONMENT,
    "environment-conflict": Exit.ENVIRONMENT,
    "disk-full": Exit.FILESYSTEM,
    "permission-denied": Exit.FILESYSTEM,
    "file-error": Exit.FILESYSTEM,
    "busy": Exit.BUSY,
    "interrupted": Exit.INTERRUPTED,
    "command-timeout": Exit.FAILURE,
    "limit-reached": Exit.FAILURE,
    "internal": Exit.FAILURE,
}
"""Every code a :class:`Problem` can carry, with the exit code it ends in. ``docs/errors.md`` has a section for each."""


class Problem(Exception):  # noqa: N818 - the word people read; "error" is only one kind of it
    """A foreseeable fault: what happened, why, and what to do next.

    Args:
        code: a key of :data:`CODES`, in kebab case; stable, for scripts and for looking it up.
        what: one sentence: what happened, naming the thing it happened to.
        why: the reason, one or more sentences or lines; empty when ``what`` says it all.
        fix: what to do next, one step an item, each with the exact command where there is one.
        where: the place, as ``file``, ``file:line`` or ``file:line:column``; empty when there is none.
        data: further facts for ``--json``: plain strings, numbers, lists and mappings.

    Raises:
        KeyError: the code is not in :data:`CODES`.
    """

    def __init__(  # noqa: PLR0913 - the parts of one message
        self,
        code: str,
        what: str,
        *,
        why: str = "",
        fix: Sequence[str] = (),
        where: str = "",
        data: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code, what)
        self.code = code
        self.exit = CODES[code]
        self.what = what
        self.why = why
        self.fix = tuple(fix)
        self.where = where
        self.data = dict(data or {})

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.why:
            lines.append(self.why)
        lines.extend(f"→ {step}" for step in self.fix)
        return "\n".join(lines)


def near(word: str, known: Iterable[str], most: int = 3, alike: float = 0.6) -> list[str]:
    """The known words that a mistyped one may stand for, the nearest first."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for a mistake

    return get_close_matches(word, list(known), most, alike)
