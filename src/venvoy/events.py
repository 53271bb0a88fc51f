"""What a running operation tells whoever is watching: progress, warnings, remarks.

The floors below the command line report through a :class:`Reporter` that they are handed; they never print. Methods
may be called from any thread.
"""

from __future__ import annotations

from enum import Enum

from venvoy.values import Protocol


class Phase(Enum):
    """The parts of an operation that can take long; the value is the word people see."""

    RESOLVE = "Resolving"
    DOWNLOAD = "Downloading"
    BUILD = "Building"
    INSTALL = "Installing"


class Reporter(Protocol):
    """Receives what happens while an operation runs."""

    def begin(self, phase: Phase, total: int | None = None) -> None:
        """A phase starts; ``total`` is in bytes for DOWNLOAD, in distributions otherwise, None while unknown."""

    def advance(self, phase: Phase, amount: int = 1, detail: str = "") -> None:
        """``amount`` more of the phase is done; ``detail`` names what is being looked at now."""

    def end(self, phase: Phase) -> None:
        """The phase is over, whether it succeeded or not."""

    def warn(self, message: str) -> None:
        """Something the person should know although the operation goes on."""

    def remark(self, message: str) -> None:
        """Something worth knowing with ``-v``."""


class Silent:
    """A reporter that drops everything: for tests and for callers who do not watch."""

    def begin(self, phase: Phase, total: int | None = None) -> None:
        """Drop it."""

    def advance(self, phase: Phase, amount: int = 1, detail: str = "") -> None:
        """Drop it."""

    def end(self, phase: Phase) -> None:
        """Drop it."""

    def warn(self, message: str) -> None:
        """Drop it."""

    def remark(self, message: str) -> None:
        """Drop it."""
