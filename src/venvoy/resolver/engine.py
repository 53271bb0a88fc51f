"""The search: variables with finite domains, nogoods, propagation, learning. It knows integers only.

A variable's value is one bit, its domain a set of bits, for each target: ``{domain bits: targets mask}``, so that
targets that still agree share one entry. A nogood ``(mask, {variable: bits})`` says that on no target of ``mask`` may
each of the variables have a value in its ``bits``. When all terms but one hold on a target, the last one must not: its
bits leave the domain there. When all hold, there is a conflict, and resolving the nogood with the reasons of what
happened last gives a new one, which sends the search back to the earliest moment where it has something to say.

A nogood is looked at only when a term of it may have come to hold. Most have two terms: these are filed by variable and
bits, and are looked at when the domain has come to lie within those bits. Of longer ones two terms are watched, each by
one value that the variable still has on all targets and that keeps the term from holding: as long as both values are
there, the nogood has nothing to say. A jump back brings values back, so the watches stay right (M. Moskewicz et al.,
Chaff, 2001). Where there are no such two, because targets differ, the nogood is told of every change of its variables.

A nogood may come late, while decisions stand that were made without it. What follows from it is noted at the level of
now, so that it goes with a jump back, together with the level at which it would have followed had the nogood been there
from the beginning: only that one tells how far back a conflict reaches.

Targets never meet in a nogood, each is a problem of its own; they share what is learnt, and the decisions.
Source: J. Marques-Silva, K. Sakallah, GRASP, 1999; N. Weizenbaum, PubGrub, 2018.
"""

from __future__ import annotations

from venvoy.resolver.domains import NOTHING, Domains, Nogood, Term
from venvoy.values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Conflict", "Engine", "Nogood"]

_Drawer = dict[int, list[tuple[int, int, Nogood]]]
_PAIR = 2
# In both places: told of every change.
_WIDE: Term = (-1, 1)


class Conflict(NamedTuple):
    """A nogood all of whose terms hold on these targets."""

    nogood: Nogood
    targets: int


class Engine:
    """The state of one search over ``targets`` targets."""

    def __init__(self, targets: int) -> None:
        self._domains = Domains(targets)
        self.everywhere = self._domains.everywhere
        self.full, self.same, self._changed = self._domains.full, self._domains.same, self._domains.changed
        self.domain, self.entry, self.satisfier = self._domains.of, self._domains.entry, self._domains.satisfier
        self.activity: list[int] = []
        # Variables of which one value was left on all targets; for whoever wants to know, and empties it.
        self.fixed: list[int] = []
        # By variable: all values that any nogood speaks of. While it has others, no term of it holds.
        self._concerned: list[int] = []
        # By variable and bits: the nogoods of two terms of which this is one, each with its other one.
        # Most have one bit, and are found by it.
        self._ones: list[_Drawer] = []
        self._more: list[_Drawer] = []
        # By variable and value: who watches, of those with more terms.
        self._watchers: list[dict[int, list[Nogood]]] = []
        # By variable: who must be told of every change.
        self._wide: list[dict[Nogood, None]] = []
        self._all: list[Nogood] = []
        self._fresh: dict[Nogood, None] = {}
        # Nogoods that came while decisions stood, in the order of their levels: after a jump back below its level, a
        # nogood may have something to say once more.
        self._late: dict[Nogood, int] = {}

    def variable(self, values: int) -> int:
        """A new variable with ``values`` values; its number."""
        self.activity.append(0)
        self._concerned.append(0)
        self._ones.append({})
        self._more.append({})
        self._watchers.append({})
        self._wide.append({})
        return self._domains.variable(values)

    @property
    def level(self) -> int:
        """How many decisions stand."""
        return self._domains.level

    def add(self, nogood: Nogood) -> None:
        """Take a nogood in; the next :meth:`propagate` looks at it."""
        self._all.append(nogood)
        self.touch(nogood)

    def touch(self, nogood: Nogood) -> None:
        """Say that a nogood has got stronger since it was added: more bits in one of its terms."""
        for variable, bits in nogood.terms.items():
            self._concerned[variable] |= bits
        self._fresh[nogood] = None
        if self.level:
            self._late.pop(nogood, None)
            self._late[nogood] = self.level

    def propagate(self) -> Conflict | None:
        """Draw every conclusion that the nogoods allow; the first conflict found, if any."""
        while self._fresh or self._changed:
            for nogood in tuple(self._fresh):
                if self._rewatch(nogood):
                    # It was in time: nothing would have followed from it before.
                    self._late.pop(nogood, None)
                else:
                    found = self._examine(nogood)
                    if found:
                        return found
                del self._fresh[nogood]
            if not self._changed:
                continue
            variable, lost = self._changed.popitem()
            found = self._tell(variable, lost)
            if found:
                return found
        return None

    def decide(self, variable: int, value: int, mask: int) -> None:
        """Give a variable one value (a single bit) on the targets of ``mask``, as a new decision."""
        self._domains.level += 1
        self._domains.restrict(variable, mask, self.full[variable] & ~value, None, self.level)

    def back(self, level: int) -> None:
        """Undo every change that was made above a decision level."""
        self._domains.back(level)
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
        self._forget({nogood for nogood in self._all if nogood.taint & taint})

    def without(self, facts: Iterable[Nogood]) -> None:
        """Forget facts and all that was learnt from them, and start again without decisions."""
        gone = set(facts)
        for nogood in self._all:
            if isinstance(nogood.cause, tuple) and not gone.isdisjoint(nogood.cause):
                gone.add(nogood)
        self._forget(gone)

    def _forget(self, gone: set[Nogood]) -> None:
        for nogood in gone:
            if len(nogood.terms) == _PAIR:
                self._unfile(nogood)
            nogood.watched = nogood.watched_too = NOTHING
        self._all = [nogood for nogood in self._all if nogood not in gone]
        self._domains.forget()
        self._late.clear()
        self._fresh = dict.fromkeys(self._all)

    def _rewatch(self, nogood: Nogood) -> bool:
        """Be told when a term of a nogood comes to hold; whether two do not on any target, so that nothing follows."""
        if len(nogood.terms) == _PAIR:
            return self._file(nogood)
        if len(nogood.terms) < _PAIR:
            return False
        if self._keeps(nogood, nogood.watched) and self._keeps(nogood, nogood.watched_too):
            return True
        watches: list[Term] = []
        others: list[Term] = []
        divided = nogood.watched is _WIDE
        for variable, bits in nogood.terms.items():
            free = self._domains.common(variable) & ~bits
            if free:
                watches.append((variable, 1 << free.bit_length() - 1))
                if len(watches) == _PAIR:
                    break
            else:
                # It holds, until a jump back that looks at the nogood once more; or on some targets only.
                others.append((variable, 0))
                divided |= self.same[variable] < 0
        else:
            if divided:
                self._widen(nogood)
                return False
        one, other = (watches + others)[:2]
        if one != nogood.watched:
            self._watch(nogood, nogood.watched, one)
        if other != nogood.watched_too:
            self._watch(nogood, nogood.watched_too, other)
        return len(watches) == _PAIR

    def _file(self, nogood: Nogood) -> bool:
        """File a nogood of two terms under both; whether neither holds on any target."""
        one, other = nogood.terms.items()
        if (one, other) != (nogood.watched, nogood.watched_too):
            self._unfile(nogood)
            nogood.watched, nogood.watched_too = one, other
            self._drawer(one).setdefault(one[1], []).append((*other, nogood))
            self._drawer(other).setdefault(other[1], []).append((*one, nogood))
        return self._domains.common(one[0]) & ~one[1] != 0 != self._domains.common(other[0]) & ~other[1]

    def _unfile(self, nogood: Nogood) -> None:
        one, other = nogood.watched, nogood.watched_too
        if one is not NOTHING:
            for (variable, bits), beside in ((one, other), (other, one)):
                drawer = self._drawer((variable, bits))
                drawer[bits].remove((*beside, nogood))
                if not drawer[bits]:
                    del drawer[bits]

    def _drawer(self, term: Term) -> _Drawer:
        variable, bits = term
        return (self._more if bits & (bits - 1) else self._ones)[variable]

    def _widen(self, nogood: Nogood) -> None:
        """Have a nogood told of every change of its variables."""
        nogood.watched = nogood.watched_too = _WIDE
        for variable in nogood.terms:
            self._wide[variable][nogood] = None

    def _keeps(self, nogood: Nogood, watch: Term) -> bool:
        """Whether a value is still there that keeps a term from holding."""
        variable, bit = watch
        return variable in nogood.terms and bit & self._domains.common(variable) & ~nogood.terms[variable] != 0

    def _tell(self, variable: int, lost: int) -> Conflict | None:
        """Tell those whom the values concern that a variable has lost; the first conflict that comes up, if any."""
        inside = self.same[variable]
        if inside < 0:
            conflict = self._tell_divided(variable, lost)
        else:
            if not inside & (inside - 1):
                self.fixed.append(variable)
            conflict = None if inside & ~self._concerned[variable] else self._tell_pairs(variable, lost)
        watchers = self._watchers[variable]
        while watchers and lost and not conflict:
            bit = lost & -lost
            lost ^= bit
            nogoods = watchers.pop(bit, None)
            if nogoods:
                conflict = self._tell_each(nogoods, variable, bit)
                if nogoods:
                    watchers.setdefault(bit, []).extend(nogoods)
        return conflict or (self._tell_wide(variable) if self._wide[variable] else None)

    def _tell_pairs(self, variable: int, lost: int) -> Conflict | None:
        """Conclude what nogoods of two terms say, one of which has come to hold on all targets."""
        same, changed, history, trail = self.same, self._changed, self._domains.history, self._domains.trail
        concerned, watchers, everywhere, level = self._concerned, self._watchers, self.everywhere, self.level
        inside = same[variable]
        held = [pairs for bits, pairs in self._more[variable].items() if not inside & ~bits and lost & ~bits]
        if inside in self._ones[variable]:
            held.append(self._ones[variable][inside])
        since = trail[history[variable][-1]][4]
        number = len(trail)
        for pairs in held:
            for other, bits, nogood in pairs:
                before = same[other]
                after = before & ~bits
                if after == before:
                    continue
                if after > 0 and nogood.mask == everywhere:
                    # As Domains.restrict does it, in the place where nearly all of the time goes.
                    same[other] = after
                    if watchers[other] or not after & (after - 1) or not after & ~concerned[other]:
                        changed[other] = changed.get(other, 0) | before ^ after
                    indices = history[other]
                    latest = since
                    if since < level and indices and trail[indices[-1]][4] > since:
                        latest = trail[indices[-1]][4]
                    indices.append(number)
                    number += 1
                    trail.append((other, before, level, nogood, latest))
                    continue
                conflict = self._examine(nogood)
                if conflict:
                    return conflict
                number = len(trail)
        return None

    def _tell_divided(self, variable: int, lost: int) -> Conflict | None:
        """The same where a term may have come to hold on some targets only."""
        domains = self.domain(variable)
        held = [self._ones[variable].get(domain, ()) for domain in domains]
        held += [
            pairs
            for bits, pairs in self._more[variable].items()
            if lost & ~bits and any(not domain & ~bits for domain in domains)
        ]
        for pairs in held:
            for _, _, nogood in pairs:
                conflict = self._examine(nogood)
                if conflict:
                    return conflict
        return None

    def _tell_wide(self, variable: int) -> Conflict | None:
        """Tell those who must know of every change."""
        wide = self._wide[variable]
        for nogood in list(wide):
            if nogood.watched is not _WIDE or self._rewatch(nogood):
                del wide[nogood]
                continue
            conflict = self._examine(nogood)
            if conflict:
                return conflict
        return None

    def _tell_each(self, nogoods: list[Nogood], variable: int, bit: int) -> Conflict | None:
        """Tell those who watch a value; whoever watches another one from now on leaves the list."""
        here = variable, bit
        left = 0
        for position, nogood in enumerate(nogoods):
            other = nogood.watched_too
            if nogood.watched != here:
                if other != here:
                    continue
                other = nogood.watched
            if self._moved(nogood, here, other[0]):
                continue
            nogoods[left] = nogood
            left += 1
            conflict = self._examine(nogood)
            if conflict:
                del nogoods[left : position + 1]
                return conflict
        del nogoods[left:]
        return None

    def _moved(self, nogood: Nogood, here: Term, other: int) -> bool:
        """Whether a nogood can watch another value, but none of the variable ``other``; or all changes from now on."""
        divided = False
        for variable, bits in nogood.terms.items():
            free = self._domains.common(variable) & ~bits
            if not free:
                divided |= self.same[variable] < 0
            elif variable != other:
                self._watch(nogood, here, (variable, 1 << free.bit_length() - 1))
                return True
        if divided:
            # It is looked at in a moment, with those who are told of every change.
            self._widen(nogood)
        return divided

    def _watch(self, nogood: Nogood, old: Term, new: Term) -> None:
        if nogood.watched == old:
            nogood.watched = new
        else:
            nogood.watched_too = new
        if new[1]:
            self._watchers[new[0]].setdefault(new[1], []).append(nogood)

    def _examine(self, nogood: Nogood) -> Conflict | None:
        """Conclude what one nogood says."""
        holding, nearly = nogood.mask & self.everywhere, 0
        opened: list[tuple[int, int, int]] = []
        for variable, bits in nogood.terms.items():
            holds = undecided = 0
            for domain, where in self.domain(variable).items():
                if not domain & ~bits:
                    holds |= where
                elif domain & bits:
                    undecided |= where
            nearly = nearly & holds | holding & undecided
            holding &= holds
            if not (holding or nearly):
                return None
            if undecided:
                opened.append((variable, bits, undecided))
        if holding:
            return Conflict(nogood, holding)
        for variable, bits, undecided in opened:
            if nearly & undecided:
                where = nearly & undecided
                since = self._domains.since(nogood, variable, where)
                self._domains.restrict(variable, where, bits, nogood, since)
        return None
