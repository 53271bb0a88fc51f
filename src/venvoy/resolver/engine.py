"""The search: variables with finite domains, nogoods, propagation, learning. It knows integers only.

A variable's value is one bit, its domain a set of bits, for each target: ``{domain bits: targets mask}``, so that
targets that still agree share one entry. A nogood ``(mask, {variable: bits})`` says that on no target of ``mask`` may
each of the variables have a value in its ``bits``. When all terms but one hold on a target, the last one must not: its
bits leave the domain there. When all hold, there is a conflict, and resolving the nogood with the reasons of what
happened last gives a new one, which sends the search back to the earliest moment where it has something to say.

Targets never meet in a nogood, each is a problem of its own; they share what is learnt, and the decisions.
Source: J. Marques-Silva, K. Sakallah, GRASP, 1999; N. Weizenbaum, PubGrub, 2018.
"""

from __future__ import annotations

from typing import NamedTuple

Domain = dict[int, int]


class Nogood:
    """What must not hold together; ``cause`` is the fact it states, or the nogoods it was learnt from.

    ``taint`` is the mask of the assumptions that it rests on: when one of them is given up, so is the nogood.
    """

    __slots__ = ("cause", "mask", "pair", "silent", "taint", "terms")

    def __init__(self, mask: int, terms: dict[int, int], cause: object, taint: int = 0) -> None:
        self.mask = mask
        self.terms = terms
        self.cause = cause
        self.taint = taint
        # For the engine: the terms of a nogood with two; a variable that last kept a longer one from saying anything.
        self.pair = (0, 0, 0, 0)
        self.silent = next(iter(terms), 0)


class Entry(NamedTuple):
    """One change of a domain: what it was before, at which decision level, and why (None: a decision)."""

    variable: int
    before: Domain
    level: int
    reason: Nogood | None


class Conflict(NamedTuple):
    """A nogood all of whose terms hold on these targets."""

    nogood: Nogood
    targets: int


class Engine:
    """The state of one search over ``targets`` targets."""

    def __init__(self, targets: int) -> None:
        self.everywhere = (1 << targets) - 1
        self.full: list[int] = []
        self.domains: list[Domain] = []
        # The domain where it is the same on all targets, else -1: most of the time this is all one needs to know.
        self.same: list[int] = []
        self.activity: list[int] = []
        self.level = 0
        self._alone: list[Nogood] = []
        self._pairs: list[list[Nogood]] = []
        self._longer: list[list[Nogood]] = []
        self._history: list[list[int]] = []
        self._trail: list[Entry] = []
        self._changed: dict[int, int] = {}
        self._fresh: dict[Nogood, None] = {}
        # Nogoods that came while decisions stood, in the order of their levels: after a jump back below its level, a
        # nogood may have something to say once more.
        self._late: dict[Nogood, int] = {}

    def variable(self, values: int) -> int:
        """A new variable with ``values`` values; its number."""
        full = (1 << values) - 1
        self.full.append(full)
        self.domains.append({full: self.everywhere})
        self.same.append(full)
        self.activity.append(0)
        self._pairs.append([])
        self._longer.append([])
        self._history.append([])
        return len(self.full) - 1

    def add(self, nogood: Nogood) -> None:
        """Take a nogood in; the next :meth:`propagate` looks at it."""
        if len(nogood.terms) == 1:
            self._alone.append(nogood)
        else:
            lists = self._pairs if len(nogood.terms) == 2 else self._longer  # noqa: PLR2004 - see the name
            for variable in nogood.terms:
                lists[variable].append(nogood)
        self.touch(nogood)

    def touch(self, nogood: Nogood) -> None:
        """Say that a nogood has got stronger since it was added: more bits in one of its terms."""
        self._fresh[nogood] = None
        if len(nogood.terms) == 2:  # noqa: PLR2004 - a pair
            (one, ones), (other, others) = nogood.terms.items()
            nogood.pair = one, ones, other, others
        if self.level:
            self._late.pop(nogood, None)
            self._late[nogood] = self.level

    def propagate(self) -> Conflict | None:
        """Draw every conclusion that the nogoods allow; the first conflict found, if any."""
        while self._fresh or self._changed:
            if self._fresh:
                nogood = next(iter(self._fresh))
                found = self._examine(nogood, nogood.mask)
                if found:
                    return found
                del self._fresh[nogood]
                continue
            variable = next(iter(self._changed))
            mask = self._changed.pop(variable)
            found = self._propagate_pairs(variable, mask) or self._propagate_longer(variable, mask)
            if found:
                return found
        return None

    def decide(self, variable: int, value: int, mask: int) -> None:
        """Give a variable one value (a single bit) on the targets of ``mask``, as a new decision."""
        self.level += 1
        self._restrict(variable, mask, self.full[variable] & ~value, None)

    def back(self, level: int) -> None:
        """Undo every change that was made above a decision level."""
        self.level = level
        trail = self._trail
        while trail and trail[-1].level > level:
            entry = trail.pop()
            self._set(entry.variable, entry.before)
            self._history[entry.variable].pop()
        self._changed.clear()
        while self._late:
            nogood, late = self._late.popitem()
            if late <= level:
                self._late[nogood] = late
                break
            self._fresh[nogood] = None
        if level:
            for nogood in self._fresh:
                self._late.pop(nogood, None)
                self._late[nogood] = level

    def retract(self, taint: int) -> None:
        """Give up assumptions: forget every nogood that rests on one of them, and start again without decisions."""
        kept: dict[Nogood, None] = {}
        for lists in ([self._alone], self._pairs, self._longer):
            for nogoods in lists:
                nogoods[:] = [nogood for nogood in nogoods if not nogood.taint & taint]
                kept.update(dict.fromkeys(nogoods))
        for variable, full in enumerate(self.full):
            self._set(variable, {full: self.everywhere})
            self._history[variable].clear()
        self._trail.clear()
        self._late.clear()
        self._changed.clear()
        self.level = 0
        self._fresh = kept

    def learn(self, conflict: Conflict) -> Nogood:
        """Resolve a conflict: add what is learnt and jump back. A nogood without terms means: there is no solution.

        Args:
            conflict: what :meth:`propagate` returned.
        """
        target = conflict.targets & -conflict.targets
        resolvent = _Resolvent(self, conflict.nogood, target)
        while resolvent.terms:
            variable, index, previous = resolvent.latest()
            entry = self._trail[index]
            if entry.level > previous:
                resolvent.drop_settled()
                learnt = resolvent.nogood()
                self.back(previous)
                self.add(learnt)
                return learnt
            resolvent.resolve(variable, entry)
        return resolvent.nogood()

    def entry(self, index: int) -> Entry:
        """The change with this number."""
        return self._trail[index]

    def satisfier(self, variable: int, bits: int, target: int) -> int:
        """The number of the change after which a variable's domain on a target lay within ``bits``; it must by now."""
        history = self._history[variable]
        position = len(history) - 1
        while position > 0:
            before = self._trail[history[position]].before
            if any(mask & target and not domain & ~bits for domain, mask in before.items()):
                position -= 1
            else:
                break
        return history[position]

    def _propagate_pairs(self, variable: int, mask: int) -> Conflict | None:
        """Look at the nogoods with two terms that speak of a variable; without a call where its targets agree."""
        same = self.same
        for nogood in self._pairs[variable]:
            one, ones, other, others = nogood.pair
            left, right = same[one], same[other]
            # Both domains known, and one term cannot hold, or neither holds yet: nothing to say.
            if (left | right) >= 0 and (not left & ones or not right & others or (left & ~ones and right & ~others)):
                continue
            if nogood.mask & mask:
                found = self._examine(nogood, nogood.mask & mask)
                if found:
                    return found
        return None

    def _propagate_longer(self, variable: int, mask: int) -> Conflict | None:
        """Look at the nogoods with more terms that speak of a variable, unless one of the others cannot hold."""
        same = self.same
        for nogood in self._longer[variable]:
            silent = same[nogood.silent]
            if (silent >= 0 and not silent & nogood.terms[nogood.silent]) or not nogood.mask & mask:
                continue
            found = self._examine(nogood, nogood.mask & mask)
            if found:
                return found
        return None

    def _examine(self, nogood: Nogood, mask: int) -> Conflict | None:
        """Conclude what one nogood says on some targets."""
        holding, nearly = mask, 0
        opened: list[tuple[int, int, int]] = []
        for variable, bits in nogood.terms.items():
            holds = undecided = 0
            for domain, where in self.domains[variable].items():
                if not domain & ~bits:
                    holds |= where
                elif domain & bits:
                    undecided |= where
            nearly = nearly & holds | holding & undecided
            holding &= holds
            if not (holding or nearly):
                nogood.silent = variable
                return None
            if undecided:
                opened.append((variable, bits, undecided))
        if holding:
            return Conflict(nogood, holding)
        for variable, bits, undecided in opened:
            if nearly & undecided:
                self._restrict(variable, nearly & undecided, bits, nogood)
        return None

    def _set(self, variable: int, domain: Domain) -> None:
        self.domains[variable] = domain
        self.same[variable] = next(iter(domain)) if len(domain) == 1 else -1

    def _restrict(self, variable: int, mask: int, bits: int, reason: Nogood | None) -> None:
        before = self.domains[variable]
        after: Domain = {}
        for domain, where in before.items():
            hit = where & mask
            rest = where & ~mask
            if rest:
                after[domain] = after.get(domain, 0) | rest
            if hit:
                left = domain & ~bits
                after[left] = after.get(left, 0) | hit
        self._set(variable, after)
        self._history[variable].append(len(self._trail))
        self._trail.append(Entry(variable, before, self.level, reason))
        self._changed[variable] = self._changed.get(variable, 0) | mask


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
        """The term that came to hold last, the change that did it, and the highest level of the others."""
        variable = max(self._since, key=self._since.__getitem__)
        previous = max(
            (self.engine.entry(index).level for other, index in self._since.items() if other != variable), default=0
        )
        return variable, self._since[variable], previous

    def resolve(self, pivot: int, entry: Entry) -> None:
        """Replace the pivot's term by what made it hold: of the pivot's bits the union, of others' the common ones."""
        reason = entry.reason
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
                if variable not in kept and self.engine.entry(index).level == 0
            ]
            if not settled:
                return
            index, variable = max(settled)
            entry = self.engine.entry(index)
            if entry.reason is None or entry.reason.taint & ~self.taint or self.mask & ~entry.reason.mask:
                kept.add(variable)
            else:
                self.resolve(variable, entry)

    def nogood(self) -> Nogood:
        """What has been learnt."""
        return Nogood(self.mask, self.terms, tuple(self.causes), self.taint)
