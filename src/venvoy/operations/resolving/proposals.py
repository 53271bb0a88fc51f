"""Edits of pyproject.toml that would give a solution, as values: shown only when it was found."""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING, Protocol, dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvoy.events import Reporter
    from venvoy.model.names import NormalizedName
    from venvoy.model.resolution import Resolution
    from venvoy.model.target import Target
    from venvoy.operations.project import Located

_KINDS = ("raise", "lower", "prerelease", "conflict", "python", "targets", "remove")
"""What an edit does, that which gives up least first."""


class Tries(Protocol):
    """Chooses versions for a project as it might be; :class:`venvoy.operations.resolving.trial.Trial` is one."""

    @property
    def minor(self) -> int:
        """The minor version of the Python at hand."""

    @property
    def platform(self) -> str:
        """The name of the platform at hand."""

    def targets(self, located: Located) -> Sequence[Target]:
        """What locking would be for."""

    def choose(self, located: Located) -> Resolution:
        """What locking would choose; raises NoSolution."""

    def choose_for(self, located: Located, minor: int) -> Resolution:
        """What it would choose if this computer had Python 3.``minor`` at hand; raises NoSolution."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of pyproject.toml.

    ``kind`` is ``raise`` or ``lower`` (the bounds of a requirement, towards newer or older versions), ``prerelease``
    (the same, towards pre-releases), ``remove`` (a requirement), ``python`` (requires-python), ``targets`` or
    ``conflict`` (these keys of [tool.venvoy]). ``origin`` is the part of the project that it is about, or the key.
    """

    kind: str
    origin: str
    before: str
    after: str = ""

    def __str__(self) -> str:
        if self.kind == "remove":
            return f"leave out {self.before} ({self.origin})"
        if self.kind == "conflict":
            return f"never install {self.after} together: conflicts in [tool.venvoy]"
        if self.kind == "targets":
            return f"leave out the target{'s' * (' and ' in self.before)} {self.before}: targets in [tool.venvoy]"
        if self.kind == "python":
            return f'write requires-python = "{self.after}" instead of "{self.before}"'
        return f"write {self.after} instead of {self.before} ({self.origin})"


@dataclass(frozen=True, slots=True)
class Applied:
    """Edits, and the versions that are then chosen of what they are about, as ``numpy 2.1.0``."""

    edits: tuple[Edit, ...]
    chosen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Edits that together give a solution: it was found. ``text`` is pyproject.toml with them."""

    edits: tuple[Edit, ...]
    chosen: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        gives = f"; that gives {' and '.join(self.chosen)}" if self.chosen else ""
        text = " and ".join(map(str, self.edits)) + gives
        return text[:1].upper() + text[1:]


def rank(proposal: Proposal) -> tuple[int, int, int]:
    """One edit rather than two, newer versions rather than older ones, other bounds rather than going without."""
    kinds = [_KINDS.index(edit.kind) for edit in proposal.edits]
    return len(kinds), max(kinds), sum(kinds)


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed (``venvoy lock``), and the number of the proposal that is to be carried out; 0: none.

    ``keep`` are the names that must not be left out: what somebody adds right now.
    """

    command: str = "venvoy lock"
    number: int = 0
    keep: frozenset[NormalizedName] = frozenset()

    def unneeded(self, reporter: Reporter) -> None:
        """Say so when a proposal is to be carried out and there is nothing to mend."""
        if self.number:
            reporter.warn("There is a solution without any edit, so --apply changed nothing.")
