"""What the search has been told so far: the provider's facts, asked for when needed and turned into nogoods."""

from __future__ import annotations

from collections import deque

from venvoy.errors import Problem
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.requirement import Origin
from venvoy.resolver import asks
from venvoy.resolver.choices import ABSENT, Choices
from venvoy.resolver.edits import Edits
from venvoy.resolver.engine import Engine, Nogood
from venvoy.resolver.facts import Broken, Fact, Needs, Prerelease, Tied, Unfit, Unnamed
from venvoy.resolver.files import Fit
from venvoy.resolver.markers import MarkerMasks, concerning
from venvoy.resolver.releases import Part, Release, check
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.requirements import Requirement
    from packaging.version import Version

    from venvoy.model.artifact import Artifact
    from venvoy.model.requirement import Root
    from venvoy.resolver.asks import Ask
    from venvoy.resolver.task import Task, Urls

PRESENT = 2
"""The bit that says that an extra is wanted; its only other value is ABSENT."""

# Faults of one candidate: the search goes on without it. All others (no network, no access) end the resolution.
FAULTY = frozenset({"metadata-invalid", "wheel-invalid", "wheel-unsafe", "file-missing"})
_SKIPPED = FAULTY | {"needs-build", "project-unknown"}


class NewUrl(Exception):  # noqa: N818 - a signal, caught in solve
    """A candidate named by URL turned up for a name whose candidates were already numbered: begin anew with it."""


@dataclass(slots=True)
class _Pending:
    """A requirement that waits for its child's candidates: what holds when it applies, and where."""

    terms: dict[int, int]
    parent: Origin
    extra: str
    ask: Ask
    mask: int


class Knowledge:
    """Names, candidates and requirements as variables and nogoods of an engine."""

    def __init__(self, task: Task, urls: Urls) -> None:
        self.task = task
        self.engine = Engine(len(task.targets))
        self.fit = Fit(task.targets, task.policy)
        self.markers = MarkerMasks(task.targets)
        self.edits = Edits(task.policy, self.markers)
        self.choices: dict[NormalizedName, Choices] = {}
        self.base: dict[NormalizedName, int] = {}
        self.extras: dict[NormalizedName, dict[str, int]] = {}
        self.releases: dict[NormalizedName, dict[int, Release]] = {}
        # Who may need whom, under the name of the parent; the roots stand under the empty name.
        self.children: dict[str, set[NormalizedName]] = {"": set()}
        # Where a name has been asked for at all, and what would suit everybody who asks, as far as that is possible.
        self.asked: dict[NormalizedName, int] = {}
        self.suits: dict[NormalizedName, int] = {}
        self.contested: dict[NormalizedName, bool] = {}  # where there is nothing of the kind, and whether that is new
        self.new: deque[NormalizedName] = deque()
        self._locked: dict[NormalizedName, int] = {}
        self._forked: dict[NormalizedName, list[tuple[int, int]]] = {}
        self._announced: set[str] = set()
        self._kinds: dict[tuple[NormalizedName, int], tuple[int, int]] = {}
        self._admitting: dict[tuple[NormalizedName, int], int] = {}
        self._spoken: dict[tuple[NormalizedName, int], list[tuple[Artifact, int]]] = {}
        self.opened: set[NormalizedName] = set(task.policy.prerelease_names)
        # Of these the ones that nobody speaks of: nothing final will do.
        self.unasked: set[NormalizedName] = set()
        # What is wrong with candidates that cannot be read.
        self.faulty: dict[tuple[NormalizedName, int], Problem] = {}
        # Answers that were ruled out as a whole.
        self.blocked: list[Nogood] = []
        # Yanked candidates, and those known by URL only, that something names exactly.
        self.named: dict[NormalizedName, int] = {}
        self._urls = urls
        self._pending: deque[_Pending] = deque()
        self._stated: dict[tuple[Fact, int], Nogood] = {}
        # By text and extra: what is asked for, and where.
        self._placed: dict[tuple[str, str], tuple[Ask, int]] = {}
        self.taints: dict[Fact, int] = {}
        self._last_taint = 1

    def require(self, root: Root) -> None:
        """Take in the requirements of a root."""
        for ask, mask in sorted(self.edits.of_root(root), key=lambda each: each[0].text):
            self._pending.append(_Pending({}, root.origin, "", ask, mask))

    def ask_anew(self, task: Task) -> None:
        """Go on with other roots: what they do not ask for any more is forgotten, and all that followed from it."""
        self.task = task
        wanted = {
            (root.origin, ask.name, extra, ask.wanted, mask)
            for root in task.roots
            for ask, mask in self.edits.of_root(root)
            for extra in ("", *ask.extras)
        }
        gone = [
            (fact, mask)
            for fact, mask in self._stated
            if isinstance(fact, Needs)
            and fact.parent.kind not in {"distribution", "constraint"}
            and (fact.parent, fact.child, fact.child_extra, fact.wanted, mask) not in wanted
        ]
        self.engine.without([*(self._stated.pop(key) for key in gone), *self.blocked])
        self.blocked.clear()
        self._pending = deque(each for each in self._pending if each.parent.kind == "distribution")

    def attach(self) -> bool:
        """Turn the requirements that wait into nogoods; whether there were any.

        Raises:
            Problem: ``project-unknown`` for what a root requires; whatever the provider cannot help (no network).
            NewUrl: see there.
        """
        if not self._pending:
            return False
        while self._pending:
            names = sorted({each.ask.name for each in self._pending if each.ask.name not in self.choices})
            met, instead = self.task.met, self._urls.instead
            self.task.provider.want(name for name in names if name not in met and name not in instead)
            # The extras that these ask for bring more: all of that is wanted at once, too.
            for _ in range(len(self._pending)):
                self._attach(self._pending.popleft())
        return True

    def look_at(self, name: NormalizedName, bit: int, mask: int, *, wholly: bool = False) -> bool:
        """Learn more about a candidate on the targets of ``mask``; whether there was more to learn.

        The first time, only the metadata that the first of them would install is read: most candidates that do not go
        with the rest show it there already. With ``wholly`` all of it is read at once.
        """
        release = self.releases[name].get(bit)
        if release is None:
            release = self.releases[name][bit] = Release()
        missing = mask & ~release.looked_at
        if not missing:
            return False
        found: list[tuple[Artifact, int]] = []
        unfit = self.barred(name, bit, missing)
        if not unfit:
            found = [(artifact, where & missing) for artifact, where in self._files(name, bit) if where & missing]
            unfit = missing & ~sum(where for _, where in found)
        if unfit:  # then the other targets may not want it any more
            self.exclude(Unfit(name), bit, unfit)
            release.looked_at |= unfit
            return True
        if not release.parts and not wholly:
            found = found[:1]
        self._want(name, bit, found)
        for artifact, where in found:
            release.looked_at |= where
            self._read(name, bit, artifact, where)
        return True

    def announce(self, name: NormalizedName, bit: int, mask: int, *, wholly: bool = False) -> bool:
        """Ask for what :meth:`look_at` will read, ahead of need; whether some of that is at hand already."""
        if bit in self.releases[name] or self.barred(name, bit, mask):
            return False
        found = [(artifact, where) for artifact, where in self._files(name, bit) if where & mask]
        fits = not mask & ~sum(where for _, where in found)
        return fits and self._want(name, bit, found if wholly else found[:1])

    def _want(self, name: NormalizedName, bit: int, found: Sequence[tuple[Artifact, int]]) -> bool:
        new = [artifact for artifact, _ in found if artifact.filename not in self._announced]
        self._announced.update(artifact.filename for artifact in new)
        want, candidate = self.task.provider.want_metadata, self.choices[name].candidate(bit)
        return sum(want(candidate, artifact) for artifact in new) < len(new)

    def _files(self, name: NormalizedName, bit: int) -> list[tuple[Artifact, int]]:
        """The files whose metadata speak for a candidate, with their targets: the same whoever asks first."""
        found = self._spoken.get((name, bit))
        if found is None:
            found = self._spoken[name, bit] = self.fit.best(self.choices[name].candidate(bit), self.engine.everywhere)
        return found

    def barred(self, name: NormalizedName, bit: int, mask: int) -> int:
        """The targets of ``mask`` of which a glance tells that no file of a candidate admits their Python."""
        admitted = self._admitting.get((name, bit))
        if admitted is None:
            admitted = self._admitting[name, bit] = self.fit.pythons(self.choices[name].candidate(bit))
        return mask & ~admitted

    def kinds(self, name: NormalizedName, bit: int) -> tuple[int, int]:
        """The targets that a wheel of a candidate fits, and those for which it would have to be built."""
        found = self._kinds.get((name, bit))
        if found is None:
            found = self._kinds[name, bit] = self.fit.kinds(self.choices[name].candidate(bit))
        return found

    def exclude(self, fact: Unfit | Broken, bit: int, mask: int) -> None:
        """State that a candidate cannot be used on some targets."""
        variable = self.base[fact.name]
        self._state(fact, mask, {variable: bit}, variable)

    def usable(self, name: NormalizedName, bit: int, mask: int) -> bool:
        """Whether a candidate can be used on all targets of ``mask`` on which it has been looked at."""
        release = self.releases[name][bit]
        return not mask & release.looked_at & ~release.usable

    def locked(self, name: NormalizedName) -> int:
        """The candidates that are preferred because they are locked."""
        known = self._locked.get(name)
        if known is None:
            known = self._locked[name] = self.choices[name].having(self.task.preferences.get(name, ()))
        return known

    def forked(self, name: NormalizedName) -> list[tuple[int, int]]:
        """The candidates that a lockfile has on some targets each, with those targets, newest first."""
        known = self._forked.get(name)
        if known is None:
            choices, targets = self.choices[name], self.task.targets
            known = self._forked[name] = []
            for version, applies in self.task.forks.get(name, ()):
                where = sum(1 << index for index, target in enumerate(targets) if applies(target))
                known += [(bit, where) for bit in choices.newest_first(choices.having([version]))]
            known.sort(reverse=True)
        return known

    def reserved(self, name: NormalizedName) -> int:
        """The candidates that only a requirement which names them exactly can justify."""
        choices = self.choices[name]
        return choices.direct | choices.yanked & ~self.locked(name)

    def broken(self, name: NormalizedName, mask: int) -> dict[int, str]:
        """The candidates that have turned out to be unusable on a target of ``mask``, each with its fault."""
        found: dict[int, str] = {}
        for (fact, where), nogood in self._stated.items():
            if isinstance(fact, Broken) and fact.name == name and where & mask:
                found.update(dict.fromkeys(self.choices[name].newest_first(nogood.terms[self.base[name]]), fact.why))
        return found

    def refused(self) -> set[str]:
        """The Requires-Python of the candidates that do not fit some target."""
        found: set[str | None] = set()
        for (fact, _), nogood in self._stated.items():
            if isinstance(fact, Unfit):
                choices, releases = self.choices[fact.name], self.releases[fact.name]
                for bit in choices.newest_first(nogood.terms[self.base[fact.name]]):
                    found.update(artifact.requires_python for artifact in choices.candidate(bit).artifacts)
                    if bit in releases:
                        found.update(part.metadata.requires_python for part in releases[bit].parts)
        return {text for text in found if text}

    def culprits(self, count: int) -> list[NormalizedName]:
        """The names that most conflicts have been about, the worst first."""
        activity = self.engine.activity
        return sorted(self.base, key=lambda name: (-activity[self.base[name]], name))[:count]

    def providing(self, name: NormalizedName, extra: str) -> list[Version]:
        """The versions of a name that are known to have an extra."""
        return [
            part.metadata.version
            for release in self.releases[name].values()
            for part in release.parts
            if extra in part.metadata.provides_extra
        ]

    def assume(self, fact: Fact, name: NormalizedName, bits: int) -> None:
        """State something that may be given up later, by :meth:`give_up`."""
        taint = self.taints.get(fact)
        if taint is None:
            self._last_taint <<= 1
            taint = self.taints[fact] = self._last_taint
        self.engine.add(Nogood(self.engine.everywhere, {self.base[name]: bits}, fact, taint))

    def assumed(self, taint: int) -> list[Fact]:
        """The assumptions in a taint."""
        return [fact for fact, bit in self.taints.items() if bit & taint]

    def give_up(self, fact: Fact) -> None:
        """Give an assumption up, if it was made; the search starts again with what it has learnt without it."""
        taint = self.taints.pop(fact, 0)
        if taint:
            self.engine.retract(taint)

    def open(self, name: NormalizedName) -> None:
        """Let pre-releases of a name be tried, after its final versions."""
        self.opened.add(name)
        self.choices[name].changes += 1
        self.give_up(Prerelease(name))

    def admitted(self, ask: Ask) -> int:
        """The candidates that a requirement allows."""
        choices = self.choices[ask.name]
        return choices.at_url(ask.url) if ask.url else choices.admitted(ask.wanted)

    def _attach(self, pending: _Pending) -> None:
        ask = pending.ask
        name = ask.name
        if ask.url:
            self._url(name, ask.url)
        new = name not in self.choices
        if new:
            self._meet(name, pending.parent)
        admitted = self.admitted(ask)
        if new:
            self._guess(name, admitted, pending.mask)
        self.asked[name] |= pending.mask
        if not self.suits[name] & admitted:
            self.contested[name] = True
        self.suits[name] = self.suits[name] & admitted or self.suits[name]
        self.children[pending.parent.name if pending.parent.kind == "distribution" else ""].add(name)
        self._open(ask, admitted)
        for extra in ("", *ask.extras):
            self._clause(pending, name, extra, admitted)

    def _clause(self, pending: _Pending, name: NormalizedName, extra: str, admitted: int) -> None:
        """State that where the terms hold, the child must be one of the admitted (or, its extra, be there)."""
        child = self._extra(name, extra) if extra else self.base[name]
        full = self.engine.full[child]
        outside = ABSENT if extra else full & ~admitted
        terms = dict(pending.terms)
        if child in terms:
            # A requirement on itself: it either is one of the admitted or can never be chosen.
            outside &= terms[child]
            if not outside:
                return
        if outside != full:
            terms[child] = outside
        fact = Needs(pending.parent, pending.extra, name, extra, pending.ask.wanted, admitted)
        self._state(fact, pending.mask, terms, next(iter(pending.terms), None))

    def _state(self, fact: Fact, mask: int, terms: dict[int, int], growing: int | None) -> None:
        """Add a nogood, or let the one that states the same fact of other candidates grow in one variable."""
        new = Nogood(mask, terms, fact)
        nogood = self._stated.setdefault((fact, mask), new)
        if nogood is new:
            self.engine.add(new)
        elif growing is not None and terms[growing] & ~nogood.terms[growing]:
            nogood.terms[growing] |= terms[growing]
            self.engine.touch(nogood)

    def _meet(self, name: NormalizedName, parent: Origin) -> None:
        """Find out what there is of a name that is required for the first time."""
        choices = self.choices[name] = self._offered(name, parent)
        self.base[name] = self.engine.variable(choices.count + 1)
        self.extras[name] = {}
        self.releases[name] = {}
        self.children[name] = set()
        self.asked[name] = 0
        self.suits[name] = choices.all
        choices.look(self.locked(name))
        self.named[name] = self.locked(name) & choices.yanked
        self.new.append(name)
        for constraint in self.task.policy.constraints:
            mask = self.markers.mask(constraint.marker)
            if mask and canonicalize_name(constraint.name) == name:
                self._constrain(name, constraint, mask)

    def _offered(self, name: NormalizedName, parent: Origin) -> Choices:
        named = tuple(self._urls.candidates.get(name, {}).values())
        if name in self._urls.instead:
            return Choices(name, (), named)
        known = None if named else self.task.met.get(name)
        if known is not None:
            return known
        try:
            project = self.task.provider.project(name)
        except Problem as error:
            if error.code != "project-unknown" or parent.kind != "distribution":
                raise
            return Choices(name, (), named, error)
        if named:
            return Choices(name, project.candidates, named)
        self.task.met[name] = Choices(name, project.candidates, texts=project.versions)
        return self.task.met[name]

    def _constrain(self, name: NormalizedName, constraint: Requirement, mask: int) -> None:
        """State which candidates a constraint admits. It lets pre-releases in, but no yanked ones: it only bounds."""
        choices = self.choices[name]
        admitted = choices.admitted(str(constraint.specifier))
        self.suits[name] = self.suits[name] & admitted or self.suits[name]
        self._open_prereleases(asks.of(constraint), admitted)
        outside = choices.all & ~admitted
        if outside:
            fact = Needs(Origin("constraint"), "", name, "", str(constraint.specifier), admitted)
            self._state(fact, mask, {self.base[name]: outside}, None)

    def _guess(self, name: NormalizedName, admitted: int, mask: int) -> None:
        """Ask for the metadata that will most likely be needed while the candidates of other names are on their way."""
        choices = self.choices[name]
        likely = admitted & self.locked(name) or admitted
        for bit in choices.newest_first(likely):
            if not choices.candidate(bit).version.is_prerelease:
                self.announce(name, bit, mask, wholly=True)
                return

    def _url(self, name: NormalizedName, url: str) -> None:
        known = self._urls.candidates.setdefault(name, {})
        if url not in known:
            known[url] = self.task.provider.direct(name, url)
            if name in self.choices:
                raise NewUrl

    def _open(self, ask: Ask, admitted: int) -> None:
        """Let pre-releases, yanked candidates and those known by URL be tried when a requirement speaks of them."""
        name = ask.name
        choices = self.choices[name]
        if ask.exact:
            choices.look(admitted)
            named = admitted & (choices.direct if ask.url else choices.yanked)
            if named & ~self.named[name]:
                self.named[name] |= named
                choices.changes += 1
                self.give_up(Unnamed(name))
        self._open_prereleases(ask, admitted)

    def _open_prereleases(self, ask: Ask, admitted: int) -> None:
        names_them = ask.prereleases or self.choices[ask.name].only_prereleases(admitted)
        if names_them and ask.name not in self.opened:
            self.open(ask.name)

    def _extra(self, name: NormalizedName, extra: str) -> int:
        """The variable that tells whether an extra of a distribution is wanted."""
        variable = self.extras[name].get(extra)
        if variable is None:
            variable = self.extras[name][extra] = self.engine.variable(2)
            base = self.base[name]
            terms = {variable: PRESENT}
            if self.engine.full[base] != ABSENT:
                terms[base] = ABSENT
            self._state(Tied(name, extra), self.engine.everywhere, terms, None)
            for bit, release in self.releases[name].items():
                for part in release.parts:
                    self._pend(name, bit, part, extra)
        return variable

    def _read(self, name: NormalizedName, bit: int, artifact: Artifact, mask: int) -> None:
        """Read the metadata of a file, and let its requirements wait for their turn."""
        candidate = self.choices[name].candidate(bit)
        try:
            metadata = self.task.provider.metadata(candidate, artifact)
            check(metadata, candidate, artifact)
            part = Part(mask, artifact, metadata, self.fit.absent(candidate, metadata.requires_python))
            part.needs[""] = self._needs(part, "")
        except Problem as problem:
            if problem.code not in _SKIPPED:
                raise
            self.faulty[name, bit] = problem
            self.exclude(Broken(name, problem.what), bit, mask)
            return
        self.releases[name][bit].parts.append(part)
        refused = mask & ~self.fit.admitted(name, metadata.requires_python)
        self.releases[name][bit].usable |= mask & ~refused
        if refused:
            self.exclude(Unfit(name), bit, refused)
        for extra in ("", *self.extras[name]):
            self._pend(name, bit, part, extra)

    def _needs(self, part: Part, extra: str) -> list[tuple[Ask, int]]:
        """What a file needs because of an extra only (empty: without any), and where."""
        needs = []
        for text in concerning(part.metadata.requires_dist, extra):
            try:
                placed = self._placed[text, extra]
            except KeyError:
                placed = self._placed[text, extra] = self._place(text, extra, part)
            where = placed[1] & part.mask & ~part.inert
            if where:
                needs += self.edits.apply(placed[0], where)
        return needs

    def _place(self, text: str, extra: str, part: Part) -> tuple[Ask, int]:
        try:
            ask = asks.read(text)
            mask = self.markers.told(ask.marker, extra)
            if extra:
                mask &= ~self.markers.told(ask.marker)
        except ValueError as error:
            what = f"The metadata of {part.artifact.filename} holds a requirement that cannot be understood: {text}"
            raise Problem("metadata-invalid", what) from error
        return ask, mask

    def _pend(self, name: NormalizedName, bit: int, part: Part, extra: str) -> None:
        """Let the requirements that a candidate has because of an extra (empty: without any) wait for their turn."""
        terms = {self.base[name]: bit}
        if extra:
            terms[self.extras[name][extra]] = PRESENT
            try:
                part.needs[extra] = self._needs(part, extra)
            except Problem as problem:
                part.needs[extra] = []
                self._state(Broken(name, problem.what), part.mask, terms, self.base[name])
        parent = Origin("distribution", name)
        for ask, mask in part.needs[extra]:
            self._pending.append(_Pending(terms, parent, extra, ask, mask))
