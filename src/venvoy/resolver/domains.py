"""What each variable may still be, on each target, and how that came about: the state of a search, and the way back."""

from __future__ import annotations

from bisect import bisect_right
from functools import reduce
from operator import and_, itemgetter

from venvoy.values import NamedTuple

Domain = dict[int, int]
"""The values that a variable still has, as bits, and the mask of the targets where it has these."""

Term = tuple[int, int]
"""A variable and bits."""

NOTHING: Term = (-1, 0)


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
        # For the engine: the two terms under which it is filed; or two terms, each as a variable and the value of it
        # that keeps the term from holding.
        self.watched = self.watched_too = NOTHING


class Entry(NamedTuple):
    """One change of a domain: what it was before, at which decision level, and why (None: a decision).

    ``before`` is a bare set of bits where it was the same on all targets. ``since`` is the level at which all that it
    rests on was there, the variable's earlier changes included.
    """

    variable: int
    before: Domain | int
    level: int
    reason: Nogood | None
    since: int


class Domains:
    """The domains of all variables.

    ``same`` is the domain where it is the same on all targets, else -1: most of the time this is all one needs to know.
    ``trail`` holds all changes, as :class:`Entry` has them, and ``history`` the numbers of those of each variable.
    ``changed`` holds, by variable, the values that it has lost on some target since somebody looked.
    """

    def __init__(self, targets: int) -> None:
        self.everywhere = (1 << targets) - 1
        self.full: list[int] = []
        self.same: list[int] = []
        self.level = 0
        self.changed: dict[int, int] = {}
        self.history: list[list[int]] = []
        self.trail: list[tuple[int, Domain | int, int, Nogood | None, int]] = []
        # The domains that are not the same on all targets (and those of variables which once had such).
        self._divided: dict[int, Domain] = {}

    def variable(self, values: int) -> int:
        """A new variable with ``values`` values; its number."""
        self.full.append((1 << values) - 1)
        self.same.append(self.full[-1])
        self.history.append([])
        return len(self.full) - 1

    def of(self, variable: int) -> Domain:
        """The values that a variable still has, and where."""
        same = self.same[variable]
        return {same: self.everywhere} if same >= 0 else self._divided[variable]

    def common(self, variable: int) -> int:
        """The values that a variable still has on all targets."""
        same = self.same[variable]
        return same if same >= 0 else reduce(and_, self._divided[variable])

    def restrict(self, variable: int, mask: int, bits: int, reason: Nogood | None, since: int) -> None:
        """Take values away on the targets of ``mask``."""
        same = self.same[variable]
        before = same if same >= 0 else self._divided[variable]
        if same >= 0 and mask & self.everywhere == self.everywhere:
            self.same[variable] = same & ~bits
            lost = same & bits
        else:
            lost = self._divide(variable, mask, bits)
        self.changed[variable] = self.changed.get(variable, 0) | lost
        history = self.history[variable]
        if history:
            since = max(since, self.trail[history[-1]][4])
        history.append(len(self.trail))
        self.trail.append((variable, before, self.level, reason, since))

    def back(self, level: int) -> None:
        """Undo every change that was made above a decision level."""
        self.level = level
        trail, history, same = self.trail, self.history, self.same
        start = bisect_right(trail, level, key=itemgetter(2))
        for variable, before, _, _, _ in reversed(trail[start:]):
            history[variable].pop()
            if isinstance(before, int):
                same[variable] = before
            else:
                self._set(variable, before)
        del trail[start:]
        self.changed.clear()

    def forget(self) -> None:
        """Undo everything, what does not rest on any decision included."""
        self.same[:] = self.full
        for history in self.history:
            history.clear()
        self.trail.clear()
        self.changed.clear()
        self.level = 0

    def entry(self, index: int) -> Entry:
        """The change with this number."""
        return Entry(*self.trail[index])

    def satisfier(self, variable: int, bits: int, target: int) -> int:
        """The number of the change after which a variable's domain on a target lay within ``bits``; it must by now."""
        history = self.history[variable]
        position = len(history) - 1
        while position > 0 and not _leaves(self.trail[history[position]][1], bits, target):
            position -= 1
        return history[position]

    def since(self, nogood: Nogood, but: int, mask: int) -> int:
        """The level from which on all terms of a nogood but one held on all targets of ``mask``."""
        found = 0
        for variable, bits in nogood.terms.items():
            if variable != but:
                for index in reversed(self.history[variable]):
                    _, before, _, _, since = self.trail[index]
                    if since <= found:
                        break
                    if _leaves(before, bits, mask):
                        found = since
                        break
        return found

    def _set(self, variable: int, domain: Domain) -> None:
        if len(domain) == 1:
            (self.same[variable],) = domain
        else:
            self.same[variable] = -1
            self._divided[variable] = domain

    def _divide(self, variable: int, mask: int, bits: int) -> int:
        """Take values away on some targets; all that were lost."""
        after: Domain = {}
        lost = 0
        for domain, where in self.of(variable).items():
            hit = where & mask
            rest = where & ~mask
            if rest:
                after[domain] = after.get(domain, 0) | rest
            if hit:
                lost |= domain & bits
                left = domain & ~bits
                after[left] = after.get(left, 0) | hit
        self._set(variable, after)
        return lost


def _leaves(domain: Domain | int, bits: int, mask: int) -> bool:
    """Whether a domain has a value outside of ``bits`` on some target of ``mask``."""
    if isinstance(domain, int):
        return domain & ~bits != 0
    return any(where & mask and each & ~bits for each, where in domain.items())
