"""Which candidate of a name to choose, of those that are possible: an order of preference, and for which targets."""

from __future__ import annotations

from venvoy.resolver.choices import ABSENT
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvoy.model.names import NormalizedName
    from venvoy.resolver.knowledge import Knowledge

Segments = list[tuple[int, int]]
"""Candidates that are possible, absence left out, and the targets on which they are."""


class Picker:
    """Knows the policy, and what the project asks for itself."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._engine = knowledge.engine
        self._policy = knowledge.task.policy
        self._heard = knowledge.engine.everywhere & ~knowledge.task.silent
        # Where the project itself asks for a name, and the parts for which it asks differently.
        self._direct: dict[NormalizedName, int] = {}
        self._parts: dict[NormalizedName, dict[str, int]] = {}
        asked = [placed for root in knowledge.task.roots for placed in knowledge.edits.of_root(root)]
        for ask, mask in sorted(asked, key=lambda placed: not placed[0].marker):
            self._direct[ask.name] = self._direct.get(ask.name, 0) | mask
            parts = self._parts.setdefault(ask.name, {})
            mine = mask & ~sum(part for wanted, part in parts.items() if wanted != ask.wanted)
            parts[ask.wanted] = parts.get(ask.wanted, 0) | mine

    def pick(self, name: NormalizedName, segments: Segments) -> tuple[int, int] | None:
        """The best candidate and where to choose it: one for all targets if a grade has one, else the best for some.

        Where a lockfile has several, each stays where it is. Who asks for one thing here and for another one there
        (``a<2; sys_platform == "win32"``, and ``a``) does not want the same in both places: each part is for itself.
        Those without a say get the same as the others if all of both kinds can have it; else they choose later, among
        what the others have.
        """
        forked = self._knowledge.forked(name)
        allowed = self.allowed(name) if forked else 0
        for bit, where in forked:
            mask = sum(here & where for bits, here in segments if bits & bit & allowed)
            if mask:
                return bit, mask
        every = self._heard
        parts = self._parts.get(name, {})
        for part in parts.values() if len(parts) > 1 else ():
            within = [(bits, where & part) for bits, where in segments if where & part & every]
            if within:
                segments, every = within, every & part
                break
        silent = sum(where for _, where in segments) & ~every
        if not silent:
            return self._best(name, segments, every)
        heard = [(bits, where & every) for bits, where in segments if where & every]
        if not heard:
            return self._best(name, segments, -1)
        picked = self._best(name, heard, every)
        if picked and picked[1] == sum(where for _, where in heard):
            bit, mask = picked
            alike = all(bits & (bit | ABSENT) for bits in self._engine.domain(self._knowledge.base[name]))
            if alike and self._rather_newer(name, (bit, silent), segments, -1) == (bit, silent):
                return bit, mask | silent
        return picked

    def _best(self, name: NormalizedName, segments: Segments, heard: int) -> tuple[int, int] | None:
        """The same, either with a say or without; ``heard`` are the targets of which it matters what they have."""
        lowest = self._lowest(name)
        first = [(bits, where & lowest) for bits, where in segments if where & lowest] if lowest else []
        while True:
            picked = self._first(name, first or segments, heard, lowest=bool(first))
            # A candidate's files are looked at only now, and may show that it belongs further down.
            if picked is None or not self._knowledge.choices[name].look(picked[0]):
                break
        return self._rather_newer(name, picked, segments, heard) if picked and not first else picked

    def _rather_newer(
        self, name: NormalizedName, picked: tuple[int, int], segments: Segments, heard: int
    ) -> tuple[int, int]:
        """Leave the targets out where a newer version has a wheel and this one would have to be built.

        One version for all is not worth that: the oldest Python would keep a library at a release from before the
        newest Pythons. Going back to an older version for the sake of a wheel gives up more, and is left to the person.
        """
        knowledge, choices = self._knowledge, self._knowledge.choices[name]
        bit, mask = picked
        built = 0 if knowledge.barred(name, bit, mask) else mask & knowledge.kinds(name, bit)[1]
        # A pre-release is no better for its wheel, unless pre-releases are as good as any.
        worse = 0 if bit & choices.prereleases or self._takes_prereleases(name) else choices.prereleases
        for grade in self.grades(name, heard) if built else ():
            within = [(bits & grade & ~worse & -(bit << 1), where & built) for bits, where in segments if where & built]
            union = 0
            for bits, _ in within:
                union |= bits
            for newer in choices.newest_first(union):
                where = sum(where for bits, where in within if bits & newer) & knowledge.kinds(name, newer)[0]
                if where and not choices.look(newer):
                    return (bit, mask & ~where) if mask & ~where else (newer, where)
        return picked

    def _takes_prereleases(self, name: NormalizedName) -> bool:
        return self._policy.prereleases or name in self._policy.prerelease_names

    def _lowest(self, name: NormalizedName) -> int:
        """The targets on which the lowest version of a name is wanted."""
        if self._policy.resolution == "lowest-direct":
            return self._direct.get(name, 0)
        return self._engine.everywhere if self._policy.resolution == "lowest" else 0

    def _first(self, name: NormalizedName, segments: Segments, heard: int, *, lowest: bool) -> tuple[int, int] | None:
        for grade in self.grades(name, heard):
            within = [(bits & grade, where) for bits, where in segments if bits & grade]
            if not within:
                continue
            common, union = grade, 0
            for bits, _ in within:
                common &= bits
                union |= bits
            pool = common or union
            bit = pool & -pool if lowest else 1 << pool.bit_length() - 1
            return bit, sum(where for bits, where in within if bits & bit)
        return None

    def grades(self, name: NormalizedName, heard: int = -1) -> Iterator[int]:
        """The candidates that may be chosen, in sets of falling preference; ``heard`` are the targets that count.

        Whoever is not heard takes what others have, as if that were locked; ``heard`` is -1 then.
        """
        knowledge = self._knowledge
        choices = knowledge.choices[name]
        usual = choices.all & ~choices.yanked & ~choices.direct
        allowed = self.allowed(name)
        locked = knowledge.locked(name)
        if heard < 0 and self._heard != self._engine.everywhere:
            locked |= self._others(name, heard) & usual & ~choices.prereleases
        yield allowed & locked
        # A version that other targets have already; but not the lowest of them where the highest is wanted, and only
        # then one that is not final where a final one would do.
        others = 0
        if self._lowest(name) in {0, self._engine.everywhere}:
            others = allowed & self._others(name, heard)
        if self._takes_prereleases(name):
            yield others & usual
            yield usual
        yield others & usual & ~choices.prereleases
        yield usual & ~choices.prereleases
        yield others & usual
        yield allowed & usual
        yield others
        yield allowed

    def _others(self, name: NormalizedName, heard: int) -> int:
        """What is the only candidate left on some target that is heard."""
        domain = self._engine.domain(self._knowledge.base[name]).items()
        return sum(bits for bits, where in domain if where & heard and not bits & (bits - 1))

    def allowed(self, name: NormalizedName) -> int:
        """The candidates that may be chosen as things stand."""
        knowledge = self._knowledge
        choices = knowledge.choices[name]
        refused = (choices.yanked | choices.direct) & ~knowledge.named[name]
        if choices.prereleases and not self._policy.prereleases and name not in knowledge.opened:
            refused |= choices.prereleases & ~knowledge.named[name] & ~knowledge.locked(name)
        return choices.all & ~refused
