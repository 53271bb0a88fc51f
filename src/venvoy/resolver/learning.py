"""From a conflict to what can be learnt from it: conflict-driven clause learning on nogoods over sets."""

from __future__ import annotations

from venvoy.resolver.engine import Nogood
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from venvoy.resolver.engine import Conflict, Engine


# Across more levels than this no jump is made.
_FAR = 10


def learn(engine: Engine, conflict: Conflict, far: int = _FAR) -> Nogood:
    """Resolve a conflict: add what is learnt and jump back. A nogood without terms means: there is no solution.

    The jump goes to where the nogood first has something to say. When that is far away, most decisions in between have
    no part in it and would only be made again: then only the last one is undone, and the nogood says it there
    (A. Nadel, V. Ryvchin, Chronological backtracking, 2018).

    Args:
        engine: the search.
        conflict: what its ``propagate`` returned.
        far: the number of levels from which on a jump is far.
    """
    target = conflict.targets & -conflict.targets
    resolvent = _Resolvent(engine, conflict.nogood, target)
    while resolvent.terms:
        variable, level, previous = resolvent.latest()
        if level > previous:
            resolvent.drop_settled()
            engine.back(previous if level - previous < far else level - 1)
            if len(resolvent.causes) == 1:
                # A fact that came late says it all: once more, there is something to conclude from it.
                engine.touch(conflict.nogood)
                return conflict.nogood
            learnt = resolvent.nogood()
            engine.add(learnt)
            return learnt
        resolvent.resolve(variable)
    return resolvent.nogood()


class _Resolvent:
    """A nogood in the making, for one target: what must not hold, and since when it did."""

    def __init__(self, engine: Engine, nogood: Nogood, target: int) -> None:
        self.engine = engine
        self.target = target
        self.mask = nogood.mask
        self.taint = nogood.taint
        self.terms = dict(nogood.terms)
        self.causes = [nogood]
        self._since = {variable: engine.satisfier(variable, bits, target) for variable, bits in self.terms.items()}

    def latest(self) -> tuple[int, int, int]:
        """Of the terms that hold since the highest level, the one that came last; that level, and the next lower one.

        The next lower one is the same where several terms hold since then only.
        """
        latest = found = level = previous = -1
        for variable, index in self._since.items():
            since = self.engine.entry(index).since
            if since > level:
                previous, level = level, since
                latest, found = index, variable
            elif since == level:
                previous = level
                if index > latest:
                    latest, found = index, variable
            else:
                previous = max(previous, since)
        return found, level, max(previous, 0)

    def resolve(self, pivot: int) -> None:
        """Replace the pivot's term by what made it hold: of the pivot's bits the union, of others' the common ones."""
        reason = self.engine.entry(self._since[pivot]).reason
        assert reason is not None  # noqa: S101 - a decision opens its level, so nothing else there is resolved with it
        self.causes.append(reason)
        self.mask &= reason.mask
        self.taint |= reason.taint
        for variable, bits in reason.terms.items():
            self.engine.activity[variable] += 1
            mine = self.terms.get(variable)
            if variable == pivot:
                bits |= mine or 0  # noqa: PLW2901 - the same set, grown
                if bits == self.engine.full[variable]:
                    del self.terms[variable], self._since[variable]
                    continue
            elif mine is not None:
                bits &= mine  # noqa: PLW2901 - the same set, narrowed
            if bits != mine:
                self.terms[variable] = bits
                self._since[variable] = self.engine.satisfier(variable, bits, self.target)

    def drop_settled(self) -> None:
        """Resolve away what holds without any decision, where that costs neither targets nor an assumption."""
        kept: set[int] = set()
        while True:
            settled = [
                (index, variable)
                for variable, index in self._since.items()
                if variable not in kept and self.engine.entry(index).since == 0
            ]
            if not settled:
                return
            index, variable = max(settled)
            entry = self.engine.entry(index)
            if entry.reason is None or entry.reason.taint & ~self.taint or self.mask & ~entry.reason.mask:
                kept.add(variable)
            else:
                self.resolve(variable)

    def nogood(self) -> Nogood:
        """What has been learnt."""
        return Nogood(self.mask, self.terms, tuple(self.causes), self.taint)
