"""There is no solution: what is raised, apart from what explains it, which nobody needs as long as there is one."""

from __future__ import annotations

from venvoy.errors import Problem
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from venvoy.model.names import NormalizedName
    from venvoy.model.target import Target
    from venvoy.resolver.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Statement:
    """One step of a derivation: a sentence, and which versions (oldest first) of what it is about.

    ``about`` is empty for a requirement of the project itself, and ``requirement`` for what is not one.
    """

    about: str
    versions: tuple[str, ...]
    requirement: str
    text: str


class NoSolution(Problem):
    """The requirements cannot all be met: ``no-solution``, or ``no-version`` when one alone already cannot.

    ``statements`` is the derivation, from the project's requirements down; ``targets`` are the labels of the targets
    where there is no solution; both are in ``data`` too. ``failed`` are these targets. ``knowledge`` is what the
    search has come to know, None where it was stopped. ``contradiction`` says that requirements alone contradict each
    other, whatever files there are; ``lacking`` that there would be a solution if some version had other files;
    ``unfit`` are the names of which some version has none that fits.
    """

    statements: tuple[Statement, ...] = ()
    targets: tuple[str, ...] = ()
    failed: tuple[Target, ...] = ()
    knowledge: Knowledge | None = None
    contradiction: bool = False
    lacking: bool = False
    unfit: tuple[NormalizedName, ...] = ()
