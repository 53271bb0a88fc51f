"""What changes once conflicts are many: the search starts again now and then, and keeps what went well.

An ordinary search decides names in an order that gives up little, and takes the best candidate of each. Where conflicts
are dense that loses its way: the names that cause them are deep down, and all above is decided anew after each. So the
names with most conflicts come first then, and each is given what it had before (J. Huang, The effect of restarts on the
efficiency of clause learning, 2007; K. Pipatsrisawat, A. Darwiche, A lightweight component caching scheme, 2007).
"""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from venvoy.model.names import NormalizedName

MANY = 100
"""From so many conflicts on a search is hard."""

# Conflicts until the first restart after that, and by what that grows.
_GAP, _GROWTH = 50, 1.1
# Conflicts that the search for a better answer may run into.
_TRIAL = 100


class Restarts:
    """Counts conflicts, and says when to start again and how to go on.

    ``hard`` tells that the names with most conflicts come first, and that each gets again what it had: what is in
    ``chosen``.
    """

    def __init__(self) -> None:
        self.conflicts = 0
        self.hard = False
        self.chosen: dict[NormalizedName, int] = {}
        self._due: float = MANY
        self._gap: float = _GAP
        self._answer: dict[NormalizedName, int] = {}

    def conflict(self) -> bool:
        """Count a conflict; whether to start again from the first decision."""
        self.conflicts += 1
        if self.conflicts < self._due:
            return False
        if self._answer and not self.hard:
            self.chosen = dict(self._answer)
        self.hard = True
        self._due = self.conflicts + self._gap
        self._gap *= _GROWTH
        return True

    def again(self, answer: dict[NormalizedName, int]) -> bool:
        """Whether to try, for a while, for an answer that gives up less than this one, which a hard search came to."""
        if not self.hard or self._answer:
            return False
        self._answer = {**self.chosen, **answer}
        self.hard = False
        self._due = self.conflicts + _TRIAL
        return True
