"""A look at those who disagree before all the rest is looked at.

As a rule everything that is likely is looked at first, level by level, and only then decided. Where there is no answer,
most of that is in vain. So when nothing suits all who have asked for a name, they and those who need them are decided
among themselves, for a while, before it goes on. A contradiction among them is found then; of anything else what was
learnt stays, and all decisions are taken back.
"""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from venvoy.resolver.knowledge import Knowledge

# Conflicts that a probe may run into. One that needs more is the last: then conflicts are many, and have answers.
_CONFLICTS = 80
# So many names are contested at least; where it is one or two, the search deals with them in passing.
_SEVERAL = 5
# How many times as many names are known by the next probe.
_GROWTH = 2


class Probe:
    """When to look, and for how long; ``going`` while it does."""

    def __init__(self) -> None:
        self.going = False
        self._left = 0
        self._known = 0
        self._over = False

    def is_due(self, knowledge: Knowledge) -> bool:
        """Whether somebody disagrees, and so many names are known by now that another probe is worth it."""
        # What is assumed may be given up for something that has not been looked at yet.
        ruled_out = self._over or knowledge.taints or knowledge.task.silent
        grown = not ruled_out and len(knowledge.choices) >= _GROWTH * self._known
        return grown and sum(knowledge.contested.values()) >= _SEVERAL

    def begin(self, knowledge: Knowledge) -> set[str]:
        """Begin with one; the names to be decided: those about which there is disagreement, and who may need them."""
        self.going, self._left, self._known = True, _CONFLICTS, len(knowledge.choices)
        parents: dict[str, list[str]] = {}
        for parent, children in knowledge.children.items():
            for child in children:
                parents.setdefault(child, []).append(parent)
        found: set[str] = {name for name, fresh in knowledge.contested.items() if fresh}
        todo = [*found]
        while todo:
            new = {parent for parent in parents.get(todo.pop(), ()) if parent not in found}
            found |= new
            todo += new
        knowledge.contested = dict.fromkeys(knowledge.contested, False)
        return found

    def conflict(self) -> bool:
        """Count a conflict; whether it was one too many."""
        self._left -= 1
        self._over |= not self._left
        return not self._left

    def close(self) -> None:
        """All is known that is likely: from now on there are no more probes."""
        self._over = True
