"""Reads a finished search back: which version where, which requirements it satisfies, and who needs what."""

from __future__ import annotations

from operator import itemgetter

from venvoy.model.names import NormalizedName
from venvoy.model.requirement import Origin
from venvoy.model.resolution import Edge, Resolution, Selected
from venvoy.resolver.choices import ABSENT
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from packaging.version import Version

    from venvoy.events import Reporter
    from venvoy.model.artifact import CoreMetadata
    from venvoy.model.requirement import Root
    from venvoy.model.target import Target
    from venvoy.resolver.asks import Ask
    from venvoy.resolver.knowledge import Knowledge
    from venvoy.resolver.releases import Part

Reached = dict[tuple[NormalizedName, str], int]
"""Where a distribution (with an empty text) or an extra of it is needed."""

Named = dict[tuple[NormalizedName, int], int]
"""Where a candidate is named exactly by a requirement."""


class Answer:
    """The state of a search in which everything that is needed has been decided."""

    def __init__(self, knowledge: Knowledge, roots: Sequence[Root]) -> None:
        self._knowledge = knowledge
        self._roots = roots
        self.chosen: dict[NormalizedName, dict[int, int]] = {
            name: {bits: where for bits, where in knowledge.engine.domain(variable).items() if not bits & ABSENT}
            for name, variable in knowledge.base.items()
        }
        self._made: list[Selected] | None = None
        self._reach = {root.origin: self._walk(root, {}, {}) for root in roots}
        self.reached: Reached = {}
        for reached in self._reach.values():
            for key, mask in reached.items():
                self.reached[key] = self.reached.get(key, 0) | mask

    def resolution(self, targets: Sequence[Target]) -> Resolution:
        """The answer as a value."""
        selected = sorted(self._selected(), key=lambda each: (each.candidate.name, each.candidate.version))
        return Resolution(tuple(targets), tuple(selected), tuple(self._edges()))

    def unnamed(self) -> tuple[NormalizedName, int] | None:
        """A chosen candidate that is yanked, or known by URL only, and a target where nothing names it exactly.

        What only such a candidate needs does not count: it cannot justify itself.
        """
        reserved = {name: self._knowledge.reserved(name) & sum(chosen) for name, chosen in self.chosen.items()}
        if not any(reserved.values()):
            return None
        named: Named = {}
        while True:
            before = dict(named)
            for root in self._roots:
                self._walk(root, {name: bits for name, bits in reserved.items() if bits}, named)
            if named == before:
                break
        for name, bits in sorted(reserved.items()):
            for bit, where in self.chosen[name].items():
                bare = where & self.reached.get((name, ""), 0) & ~named.get((name, bit), 0)
                if bit & bits and bare:
                    return name, bare & -bare
        return None

    def warn(self, reporter: Reporter) -> None:
        """Say which extras are missing, which pre-releases nobody asked for, and what is passed over as broken.

        That is what is newer than what was chosen, and what is locked.
        """
        heard = [each for each in self._selected() if each.targets & ~self._knowledge.task.silent]
        told = set()
        for (name, bit), problem in self._knowledge.faulty.items():
            if problem.code == "needs-build" and name in told:
                continue  # older ones would have to be built as well
            version, locked = self._knowledge.choices[name].candidate(bit).version, bit & self._knowledge.locked(name)
            if any(one.candidate.name == name and (locked or one.candidate.version < version) for one in heard):
                told.add(name)
                text = f"{name} {version} cannot be used and is passed over: {problem.what}"
                reporter.warn("\n→ ".join((text, *problem.fix)) if problem.code == "needs-build" else text)
        for selected in heard:
            name = selected.candidate.name
            if selected.candidate.version.is_prerelease and name in self._knowledge.unasked:
                reporter.warn(
                    f"{name} {selected.candidate.version} is a pre-release that nobody asks for: where it is locked, "
                    f"no final version goes with the rest.\n→ venvoy why {name}   shows where that is, and who needs it"
                )
            for extra in sorted(selected.extras - selected.metadata.provides_extra):
                text = f"{name} {selected.candidate.version} has no extra {extra!r}; it is installed without it."
                others = self._knowledge.providing(name, extra)
                if others:
                    text += f" {name} {max(others)} has it, but does not go with the rest."
                    text += f"\n→ venvoy why-not {name}=={max(others)}   says why"
                reporter.warn(text)

    def _walk(self, root: Root, reserved: Mapping[NormalizedName, int], named: Named) -> Reached:
        """What one root alone needs, and where.

        Beyond the ``reserved`` candidates the way goes on only where they are ``named``; what is met is added to it.
        """
        knowledge = self._knowledge
        reached: Reached = {}
        todo = list(knowledge.edits.of_root(root))
        while todo:
            ask, mask = todo.pop()
            name = ask.name
            if mask and name in reserved and ask.exact:
                kind = knowledge.choices[name].direct if ask.url else knowledge.choices[name].yanked
                for bit in knowledge.choices[name].newest_first(reserved[name] & kind & knowledge.admitted(ask)):
                    named[name, bit] = named.get((name, bit), 0) | mask
            for extra in ("", *ask.extras):
                new = mask & ~reached.get((name, extra), 0)
                if new:
                    reached[name, extra] = reached.get((name, extra), 0) | new
                    for bit, needed, where in self._needed(name, extra, new):
                        closed = bit & reserved.get(name, 0)
                        todo.append((needed, where & named.get((name, bit), 0) if closed else where))
        return reached

    def _needed(self, name: NormalizedName, extra: str, mask: int) -> Iterator[tuple[int, Ask, int]]:
        """The requirements of the chosen candidates of a name, or of its extra: candidate, requirement, where."""
        for bit, where in self.chosen[name].items():
            for part in self._parts(name, bit):
                here = mask & where & part.mask
                for ask, applies in part.needs[extra] if here else ():
                    if here & applies:
                        yield bit, ask, here & applies

    def _requirements(self) -> Iterator[tuple[Origin, int, Ask, int]]:
        """Every requirement that applies: who asks, the asking candidate (0 for a root), and where."""
        for root in self._roots:
            for ask, mask in self._knowledge.edits.of_root(root):
                yield root.origin, 0, ask, mask
        for (name, extra), mask in self.reached.items():
            for bit, ask, where in self._needed(name, extra, mask):
                yield Origin("distribution", name), bit, ask, where

    def _edges(self) -> list[Edge]:
        merged: dict[tuple[str, str, int, str], tuple[Origin, Ask, int]] = {}
        for parent, bit, ask, mask in self._requirements():
            key = parent.kind, parent.name, bit, ask.text
            merged[key] = parent, ask, merged[key][2] | mask if key in merged else mask
        versions: dict[tuple[str, int], tuple[Version | None, str]] = {}
        placed = []
        for (kind, name, bit, text), (parent, ask, mask) in merged.items():
            if (name, bit) not in versions:
                version = self._knowledge.choices[NormalizedName(name)].candidate(bit).version if bit else None
                versions[name, bit] = version, str(version)
            version, written = versions[name, bit]
            edge = Edge(parent, version, text, ask.name, frozenset(ask.extras), mask)
            placed.append(((kind, name, written, text), edge))
        return [edge for _, edge in sorted(placed, key=itemgetter(0))]

    def _selected(self) -> list[Selected]:
        if self._made is None:
            self._made = list(self._make())
        return self._made

    def _make(self) -> Iterator[Selected]:
        extras: dict[NormalizedName, list[tuple[str, int]]] = {}
        for (name, extra), wanted in self.reached.items():
            extras.setdefault(name, []).append((extra, wanted))
        for (name, extra), needed in self.reached.items():
            if extra:
                continue
            for bit, where in self.chosen[name].items():
                mask = needed & where
                if mask:
                    yield Selected(
                        candidate=self._knowledge.choices[name].candidate(bit),
                        metadata=self._metadata(name, bit, mask),
                        extras=frozenset(other for other, wanted in extras[name] if other and wanted & mask),
                        targets=mask,
                        reach={
                            origin: reached[name, ""] & mask
                            for origin, reached in self._reach.items()
                            if reached.get((name, ""), 0) & mask
                        },
                    )

    def _parts(self, name: NormalizedName, bit: int) -> list[Part]:
        return self._knowledge.releases[name][bit].parts

    def _metadata(self, name: NormalizedName, bit: int, mask: int) -> CoreMetadata:
        """What the file for the first of some targets says, whichever file was read first."""
        parts = [(part.mask & mask, part.metadata) for part in self._parts(name, bit) if part.mask & mask]
        return min(parts, key=lambda each: each[0] & -each[0])[1]
