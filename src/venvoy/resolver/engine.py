"""The search: variables with finite domains, nogoods, propagation, learning. It knows integers only.

A variable's value is one bit, its domain a set of bits, for each target: ``{domain bits: targets mask}``, so that
targets that still agree share one entry. A nogood ``(mask, {variable: bits})`` says that on no target of ``mask`` may
each of the variables have a value in its ``bits``. When all terms but one hold on a target, the last one must not: its
bits leave the domain there. When all hold, there is a conflict, and resolving the nogood with the reasons of what
happened last gives a new one, which sends the search back to the earliest moment where it has something to say.

A nogood is looked at only when a term of it may have come to hold. Two of its terms are watched, each by one value
that the variable still has on all targets and that keeps the term from holding: as long as both values are there, the
nogood has nothing to say. A jump back brings values back, so the watches stay right (M. Moskewicz et al., Chaff, 2001).
Where there are no such two, because targets differ, the nogood is told of every change of its variables.

A nogood may come late, while decisions stand that were made without it. What follows from it is noted at the level of
now, so that it goes with a jump back, together with the level at which it would have followed had the nogood been there
from the beginning: only that one tells how far back a conflict reaches.

Targets never meet in a nogood, each is a problem of its own; they share what is learnt, and the decisions.
Source: J. Marques-Silva, K. Sakallah, GRASP, 1999; N. Weizenbaum, PubGrub, 2018.
"""

from __future__ import annotations

from typing import NamedTuple

Domain = dict[int, int]
Watch = tuple[int, int]

_NOTHING: Watch = (-1, 0)
# In both places: told of every change.
_WIDE: Watch = (-1, 1)


class Nogood:
    """What must not hold together; ``cause`` is the fact it states, or the nogoods it was learnt from.

    ``taint`` is the mask of the assumptions that it rests on: when one of them is given up, so is the nogood.
    """

    __slots__ = ("cause", "mask", "taint", "terms", "watched", "watched_too")

    def __init__(self, mask: int, terms: dict[int, int], cause: object, taint: int = 0) -> None:
        self.mask = mask
        self.terms = terms
        self.cause = cause
        self.taint = taint
        # For the engine: two terms, each as a variable and the value of it that keeps the term from holding.
        self.watched = self.watched_too = _NOTHING


class Entry(NamedTuple):
    """One change of a domain: what it was before, at which decision level, and why (None: a decision).

    ``since`` is the level at which all that it rests on was there, the variable's earlier changes included.
    """

    variable: int
    before: Domain
    level: int
    reason: Nogood | None
    since: int


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
        # Variables of which one value was left on all targets; for whoever wants to know, and empties it.
        self.fixed: list[int] = []
        self.level = 0
        # The values that a variable still has on all targets.
        self._common: list[int] = []
        # By variable and value: who watches.
        self._watchers: list[dict[int, list[Nogood]]] = []
        # By variable: who must be told of every change.
        self._wide: list[dict[Nogood, None]] = []
        self._history: list[list[int]] = []
        self._trail: list[Entry] = []
        # By variable: values that it has lost on some target since somebody looked.
        self._changed: dict[int, int] = {}
        self._all: list[Nogood] = []
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
        self._common.append(full)
        self._watchers.append({})
        self._wide.append({})
        self._history.append([])
        return len(self.full) - 1

    def add(self, nogood: Nogood) -> None:
        """Take a nogood in; the next :meth:`propagate` looks at it."""
        self._all.append(nogood)
        self.touch(nogood)

    def touch(self, nogood: Nogood) -> None:
        """Say that a nogood has got stronger since it was added: more bits in one of its terms."""
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
        self.level += 1
        self._restrict(variable, mask, self.full[variable] & ~value, None, self.level)

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
        for nogood in self._all:
            if nogood.taint & taint:
                nogood.watched = nogood.watched_too = _NOTHING
        self._all = [nogood for nogood in self._all if not nogood.taint & taint]
        for variable, full in enumerate(self.full):
            self._set(variable, {full: self.everywhere})
            self._history[variable].clear()
        self._trail.clear()
        self._late.clear()
        self._changed.clear()
        self.level = 0
        self._fresh = dict.fromkeys(self._all)

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

    def _rewatch(self, nogood: Nogood) -> bool:
        """Watch two terms that do not hold on any target; whether there are two, so that nothing follows."""
        if len(nogood.terms) < 2:  # noqa: PLR2004 - nothing to choose
            return False
        if self._keeps(nogood, nogood.watched) and self._keeps(nogood, nogood.watched_too):
            return True
        watches: list[Watch] = []
        others: list[Watch] = []
        divided = nogood.watched is _WIDE
        for variable, bits in nogood.terms.items():
            free = self._common[variable] & ~bits
            if free:
                watches.append((variable, 1 << free.bit_length() - 1))
                if len(watches) == 2:  # noqa: PLR2004 - two watches
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
        return len(watches) == 2  # noqa: PLR2004 - two watches

    def _widen(self, nogood: Nogood) -> None:
        """Have a nogood told of every change of its variables."""
        nogood.watched = nogood.watched_too = _WIDE
        for variable in nogood.terms:
            self._wide[variable][nogood] = None

    def _keeps(self, nogood: Nogood, watch: Watch) -> bool:
        """Whether a value is still there that keeps a term from holding."""
        variable, bit = watch
        return bit & self._common[variable] & ~nogood.terms.get(variable, -1) != 0

    def _tell(self, variable: int, lost: int) -> Conflict | None:
        """Tell those who watch the values that a variable has lost; the first conflict that comes up, if any."""
        same = self.same[variable]
        if same > 0 and not same & (same - 1):
            self.fixed.append(variable)
        watchers = self._watchers[variable]
        while lost:
            bit = lost & -lost
            lost ^= bit
            nogoods = watchers.pop(bit, None)
            if nogoods:
                conflict = self._tell_each(nogoods, variable, bit)
                if nogoods:
                    watchers.setdefault(bit, []).extend(nogoods)
                if conflict:
                    return conflict
        return self._tell_wide(variable) if self._wide[variable] else None

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
        common, same = self._common, self.same
        left = 0
        for position, nogood in enumerate(nogoods):
            other = nogood.watched_too
            if nogood.watched != here:
                if other != here:
                    continue
                other = nogood.watched
            free = common[variable] & ~nogood.terms[variable]
            if free:
                self._watch(nogood, here, (variable, 1 << free.bit_length() - 1))
                continue
            if (len(nogood.terms) > 2 or same[variable] < 0) and self._moved(nogood, here, other[0]):  # noqa: PLR2004 - more than are watched
                continue
            nogoods[left] = nogood
            left += 1
            domain, bits = same[other[0]], nogood.terms[other[0]]
            if domain >= 0 and not domain & bits:
                continue
            if domain & ~bits and domain >= 0 <= same[variable] and len(nogood.terms) == 2:  # noqa: PLR2004 - the usual case
                since = self._trail[self._history[variable][-1]].since
                self._restrict(other[0], nogood.mask, bits, nogood, since)
                continue
            conflict = self._examine(nogood)
            if conflict:
                del nogoods[left : position + 1]
                return conflict
        del nogoods[left:]
        return None

    def _moved(self, nogood: Nogood, here: Watch, other: int) -> bool:
        """Whether a nogood whose term holds here, on some target at least, can watch another one but ``other``."""
        divided = self.same[here[0]] < 0
        if len(nogood.terms) > 2:  # noqa: PLR2004 - more than are watched
            for variable, bits in nogood.terms.items():
                free = self._common[variable] & ~bits
                if not free:
                    divided |= self.same[variable] < 0
                elif variable not in (here[0], other):
                    self._watch(nogood, here, (variable, 1 << free.bit_length() - 1))
                    return True
        if divided:
            # It is looked at in a moment, with those who are told of every change.
            self._widen(nogood)
        return divided

    def _watch(self, nogood: Nogood, old: Watch, new: Watch) -> None:
        if nogood.watched == old:
            nogood.watched = new
        else:
            nogood.watched_too = new
        if not new[1]:
            return
        watchers = self._watchers[new[0]]
        if new[1] in watchers:
            watchers[new[1]].append(nogood)
        else:
            watchers[new[1]] = [nogood]

    def _examine(self, nogood: Nogood) -> Conflict | None:
        """Conclude what one nogood says."""
        holding, nearly = nogood.mask, 0
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
                return None
            if undecided:
                opened.append((variable, bits, undecided))
        if holding:
            return Conflict(nogood, holding)
        for variable, bits, undecided in opened:
            if nearly & undecided:
                where = nearly & undecided
                self._restrict(variable, where, bits, nogood, self._since(nogood, variable, where))
        return None

    def _since(self, nogood: Nogood, but: int, mask: int) -> int:
        """The level from which on all terms of a nogood but one held on all targets of ``mask``."""
        found = 0
        for variable, bits in nogood.terms.items():
            if variable != but:
                for index in reversed(self._history[variable]):
                    entry = self._trail[index]
                    if entry.since <= found:
                        break
                    if any(where & mask and domain & ~bits for domain, where in entry.before.items()):
                        found = entry.since
                        break
        return found

    def _set(self, variable: int, domain: Domain) -> None:
        self.domains[variable] = domain
        if len(domain) == 1:
            (self.same[variable],) = (self._common[variable],) = domain
        else:
            self.same[variable] = -1
            common = -1
            for bits in domain:
                common &= bits
            self._common[variable] = common

    def _restrict(self, variable: int, mask: int, bits: int, reason: Nogood | None, since: int) -> None:
        before = self.domains[variable]
        domain = self.same[variable]
        if domain >= 0 and not before[domain] & ~mask:
            self._set(variable, {domain & ~bits: mask & self.everywhere})
            self._changed[variable] = self._changed.get(variable, 0) | domain & bits
        else:
            self._divide(variable, mask, bits)
        history = self._history[variable]
        if history:
            since = max(since, self._trail[history[-1]].since)
        history.append(len(self._trail))
        self._trail.append(Entry(variable, before, self.level, reason, since))

    def _divide(self, variable: int, mask: int, bits: int) -> None:
        """Take values away on some targets."""
        before = self.domains[variable]
        after: Domain = {}
        lost = 0
        for domain, where in before.items():
            hit = where & mask
            rest = where & ~mask
            if rest:
                after[domain] = after.get(domain, 0) | rest
            if hit:
                lost |= domain & bits
                left = domain & ~bits
                after[left] = after.get(left, 0) | hit
        self._set(variable, after)
        self._changed[variable] = self._changed.get(variable, 0) | lost
