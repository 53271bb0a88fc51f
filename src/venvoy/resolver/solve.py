"""The way to an answer: look ahead, decide in an order that gives up little, learn from conflicts."""

from __future__ import annotations

from itertools import chain, islice

from venvoy.errors import Problem
from venvoy.events import Phase, Silent
from venvoy.model.names import NormalizedName
from venvoy.resolver import learning, words
from venvoy.resolver.answer import Answer
from venvoy.resolver.choices import ABSENT
from venvoy.resolver.edits import Edits
from venvoy.resolver.engine import Nogood
from venvoy.resolver.facts import Prerelease, Unnamed
from venvoy.resolver.knowledge import PRESENT, Knowledge, NewUrl
from venvoy.resolver.markers import MarkerMasks
from venvoy.resolver.no_solution import NoSolution
from venvoy.resolver.picking import Picker
from venvoy.resolver.policy import Policy
from venvoy.resolver.probing import Probe
from venvoy.resolver.restarts import MANY, Restarts
from venvoy.resolver.task import Task, Urls
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from packaging.version import Version

    from venvoy.events import Reporter
    from venvoy.model.artifact import Candidate
    from venvoy.model.requirement import Root
    from venvoy.model.resolution import Resolution
    from venvoy.model.target import Target
    from venvoy.resolver.choices import Choices
    from venvoy.resolver.engine import Conflict
    from venvoy.resolver.picking import Segments
    from venvoy.resolver.provider import Provider
    from venvoy.resolver.task import Fork


class Contested(Exception):  # noqa: N818 - a signal
    """Targets that have no say would have one."""


# From the how manyeth candidate of one name on its metadata is asked for in growing batches.
_BATCH = 4
# How many versions are looked at for who names a yanked one, when nothing else is left.
_ROUND, _ROUNDS = 8, 8
# After so many conflicts people are told whether it is somebody else by now who causes them.
_OFTEN = 20


def resolve(  # noqa: PLR0913 - what to resolve, for which targets, with what and how
    roots: Sequence[Root],
    targets: Sequence[Target],
    provider: Provider,
    *,
    policy: Policy | None = None,
    preferences: Mapping[NormalizedName, Sequence[Version]] | None = None,
    forks: Mapping[NormalizedName, Sequence[Fork]] | None = None,
    reporter: Reporter | None = None,
    met: dict[NormalizedName, Choices] | None = None,
    silent: int = 0,
) -> Resolution:
    """Choose one version of everything that the roots need, for every target.

    Args:
        roots: the project's parts with their requirements; all of them are resolved together.
        targets: where the answer must work; bit *i* of every mask in the answer stands for ``targets[i]``.
        provider: where projects and metadata come from.
        policy: how to choose; the default policy when None.
        preferences: versions to be tried first, by name: what a lockfile holds.
        forks: of those the names that have several, with the targets that each version is for.
        reporter: hears of every decision, and of extras that do not exist.
        met: what earlier searches with this provider have found out about the candidates of a name; is added to.
        silent: the mask of the targets that have no say in what the others get.

    Raises:
        Contested: a conflict concerns silent targets only, so that the others had better be resolved without them.
        NoSolution: ``no-solution``; ``no-version`` when one requirement of a root alone already cannot be met.
        Problem: ``project-unknown`` for a name that a root requires; whatever the provider cannot help, such as no
            network.
    """
    hears, known = reporter or Silent(), {} if met is None else met
    task = Task(roots, targets, provider, policy or Policy(), preferences or {}, forks or {}, hears, known, silent)
    urls = _root_urls(task)
    while True:
        try:
            answer = _Search(Knowledge(task, urls)).run()
        except NewUrl:
            continue
        answer.warn(task.reporter)
        return answer.resolution(targets)


def again(problem: NoSolution, roots: Sequence[Root], conflicts: int) -> NoSolution | None:
    """Why there is no solution for other roots either, found out with what the failed search has come to know.

    Nothing is said of an answer: it may lean on what the first roots alone let in, such as pre-releases.

    Args:
        problem: the failure; afterwards it is no longer known what led to it.
        roots: the roots of the same project as it might be.
        conflicts: how many conflicts the search may run into.

    Returns:
        None: when there is an answer, or it is not found out, or some targets alone have none.
    """
    knowledge = problem.knowledge
    if knowledge is None:
        return None
    asked = chain.from_iterable(knowledge.edits.of_root(root) for root in knowledge.task.roots)
    if any(requirement.url for requirement, _ in asked):
        return None  # without it the name may come from an index, of which nothing is known
    policy = replace(knowledge.task.policy, conflicts=conflicts)
    knowledge.ask_anew(replace(knowledge.task, roots=roots, policy=policy))
    knowledge.contested = dict.fromkeys(knowledge.contested, True)
    knowledge.task.reporter.begin(Phase.RESOLVE)
    try:
        _Search(knowledge).run()
    except NoSolution as failure:
        return failure if failure.knowledge and failure.failed == tuple(knowledge.task.targets) else None
    except (NewUrl, Problem):
        return None  # a new search meets it as well
    finally:
        knowledge.task.reporter.end(Phase.RESOLVE)
    return None


class _Search:
    """One attempt; it begins anew only when a URL turns up late."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._engine = knowledge.engine
        self._policy = knowledge.task.policy
        self._roots = sorted(knowledge.task.roots, key=lambda root: (root.origin.kind, root.origin.name))
        self._picker = Picker(knowledge)
        self._order: list[NormalizedName] = []
        self._sorted = False
        # Where in the order each decision was made: everything before it was settled then.
        self._positions: list[int] = []
        # Candidates that are fully known, so that nothing is left to do where they are chosen for all targets.
        self._settled: set[tuple[NormalizedName, int]] = set()
        # What was chosen out of a domain: the same again, as long as what may be chosen has not changed.
        self._picked: dict[tuple[NormalizedName, int, int], tuple[int, int]] = {}
        self._texts: dict[tuple[NormalizedName, int], str] = {}
        # How many candidates have been looked at by the time when the next ones are asked for ahead of need.
        self._ahead: dict[NormalizedName, int] = {}
        self._restarts = Restarts()
        self._probe = Probe()
        self._names = {variable: name for name, variable in knowledge.base.items()}
        self._culprits = ""

    def run(self) -> Answer:
        """Search until everything that is needed is decided."""
        for root in self._roots:
            self._knowledge.require(root)
        while True:
            conflict = self._engine.propagate()
            if conflict:
                self._learn(conflict)
            elif self._explore() or self._decide():
                continue
            elif self._probe.going:
                self._start_again()
            else:
                answer = Answer(self._knowledge, self._roots)
                unnamed = answer.unnamed()
                if unnamed:
                    self._block(answer, *unnamed)
                elif self._restarts.again(self._decided()):
                    self._start_again()
                else:
                    return answer

    def _explore(self) -> bool:
        """Look ahead at the likely candidate of every name that has come up, level by level; whether there was any."""
        knowledge = self._knowledge
        if knowledge.attach() or self._look_at_fixed():
            return True
        if not knowledge.new or self._probe.going:
            return False
        if self._probe.is_due(knowledge):
            self._sort()
            causes = self._probe.begin(knowledge)
            self._order = [name for name in self._order if name in causes]
            return True
        names = list(knowledge.new)
        knowledge.new.clear()
        self._names.update((knowledge.base[name], name) for name in names)
        if self._restarts.hard and self._sorted:
            known = set(self._order)
            self._order += [name for name in dict.fromkeys(names) if name not in known]
            self._rank()
        else:
            self._sorted = False
        likely = [(name, bit, mask) for name in names for bit, mask in self._likely(name)]
        fresh = {name for name in names if not knowledge.releases[name]}
        for name, bit, mask in likely:
            knowledge.announce(name, bit, mask, wholly=name in fresh)
        for name, bit, mask in likely:
            news = knowledge.look_at(name, bit, mask, wholly=name in fresh)
            if news and not knowledge.usable(name, bit, mask):
                knowledge.new.append(name)
        return True

    def _look_at_fixed(self) -> bool:
        """Look at what is the only candidate left, as soon as it is: what it excludes is better known early."""
        knowledge, engine = self._knowledge, self._engine
        found: list[tuple[NormalizedName, int]] = []
        for variable in engine.fixed:
            name, bit = self._names.get(variable), engine.same[variable]
            if (
                name is not None
                and bit > ABSENT
                and not bit & (bit - 1)
                and (name, bit) not in self._settled
                and not knowledge.choices[name].look(bit)
                and bit & self._picker.allowed(name)
            ):
                found.append((name, bit))
        engine.fixed.clear()
        if not found:
            return False
        for name, bit in found:
            knowledge.announce(name, bit, engine.everywhere)
        news = [knowledge.look_at(name, bit, engine.everywhere) for name, bit in found]
        return any(news)

    def _likely(self, name: NormalizedName) -> Iterator[tuple[int, int]]:
        """What would be chosen of a name now, if it were needed wherever somebody may ask for it."""
        knowledge = self._knowledge
        asked, suits = knowledge.asked[name], knowledge.suits[name]
        segments: Segments = []
        for domain, where in self._engine.domain(knowledge.base[name]).items():
            bits = domain & suits or domain & ~ABSENT
            if bits and where & asked:
                segments.append((bits, where & asked))
        while segments:
            picked = self._picker.pick(name, segments)
            if picked is None:
                return
            yield picked
            segments = [(bits, where & ~picked[1]) for bits, where in segments if where & ~picked[1]]

    def _decide(self) -> bool:
        """Settle the first name in the order that is needed and not settled; whether there was one."""
        if not self._sorted:
            self._probe.close()
            self._sort()
        del self._positions[self._engine.level :]
        start = self._positions[-1] if self._positions else 0
        # What stands before may have become needed on further targets since.
        for position in chain(range(start, len(self._order)), range(start)):
            name = self._order[position]
            domain = self._engine.same[self._knowledge.base[name]]
            if domain >= 0 and (domain & ABSENT or (name, domain) in self._settled):
                continue
            bit, changes = self._picked.get((name, domain, self._before(name)), (0, 0))
            if bit and changes == self._knowledge.choices[name].changes:
                self._take(name, bit, self._engine.everywhere, position)
                return True
            if self._settle(name, position):
                return True
            self._settled.add((name, domain))
        return False

    def _settle(self, name: NormalizedName, position: int) -> bool:
        open_segments: Segments = []
        news = False
        for domain, where in self._engine.domain(self._knowledge.base[name]).items():
            if domain & ABSENT:
                continue
            if domain & (domain - 1):
                open_segments.append((domain, where))
            elif not self._knowledge.choices[name].look(domain) and domain & self._picker.allowed(name):
                news |= self._knowledge.look_at(name, domain, where)
            else:
                open_segments.append((domain, where))
        if news:
            return True
        if not open_segments:
            return False
        picked = self._picker.pick(name, open_segments)
        if picked is None:
            self._give_reasons(name)
            return True
        bit, mask = picked = self._rather_again(name, picked, open_segments)
        if self._knowledge.look_at(name, bit, mask):
            self._look_ahead(name, open_segments)
            return True
        if mask == self._engine.everywhere and len(open_segments) == 1:
            self._picked[name, open_segments[0][0], self._before(name)] = bit, self._knowledge.choices[name].changes
        self._take(name, bit, mask, position)
        return True

    def _take(self, name: NormalizedName, bit: int, mask: int, position: int) -> None:
        self._positions.append(position)
        self._restarts.chosen[name] = bit
        self._engine.decide(self._knowledge.base[name], bit, mask)
        text = self._texts.get((name, bit))
        if text is None:
            text = self._texts[name, bit] = f"{name} {self._knowledge.choices[name].candidate(bit).version}"
        if self._restarts.conflicts >= MANY:
            text += f" (backtracking because of {self._culprits})"
        self._knowledge.task.reporter.advance(Phase.RESOLVE, detail=text)

    def _before(self, name: NormalizedName) -> int:
        """What a hard search had chosen of a name."""
        return self._restarts.chosen.get(name, 0) if self._restarts.hard else 0

    def _rather_again(self, name: NormalizedName, picked: tuple[int, int], segments: Segments) -> tuple[int, int]:
        """In a hard search, what was chosen before in place of a candidate that is no better than by its version."""
        before = self._before(name)
        mask = sum(where for bits, where in segments if bits & before)
        if before and mask == picked[1] == sum(where for _, where in segments):
            for grade in self._picker.grades(name):
                if grade & before:
                    return before, mask
                if grade & picked[0]:
                    break
        return picked

    def _give_reasons(self, name: NormalizedName) -> None:
        """Nothing that is left may be chosen as things stand: state why, so that the search goes another way."""
        knowledge = self._knowledge
        if self._probe.going:  # something that has not been looked at yet may let it in
            self._start_again()
            return
        choices = knowledge.choices[name]
        unnamed = (choices.yanked | choices.direct) & ~knowledge.named[name]
        prereleases = choices.all & ~self._picker.allowed(name) & ~unnamed
        for fact, bits in ((Unnamed(name), unnamed), (Prerelease(name), prereleases)):
            if bits:
                knowledge.assume(fact, name, bits)

    def _look_ahead(self, name: NormalizedName, segments: Segments) -> None:
        """When one candidate after the other turns out not to do, ask for more and more of the next ones at once."""
        releases = self._knowledge.releases[name]
        seen = len(releases)
        if seen >= self._ahead.get(name, _BATCH):
            batch = max(_BATCH, seen // 2)
            bits, mask = segments[0]
            fresh = (bit for bit in self._knowledge.choices[name].newest_first(bits) if bit not in releases)
            for bit in islice(fresh, batch):
                seen += 1
                if self._knowledge.announce(name, bit, mask):
                    break  # what is at hand can be read as quickly when it is needed
            self._ahead[name] = seen

    def _sort(self) -> None:
        """Order the names: whoever may need another comes before it, so that the ones in the middle give way.

        An old version often has no upper bounds, so it seems to get along with everything: the newest library and an
        application from years ago. Deciding who needs before who is needed keeps the applications new.
        """
        children = self._knowledge.children
        finished: list[str] = []
        seen = {""}
        stack = [("", iter(sorted(children[""])))]
        while stack:
            name, rest = stack[-1]
            for child in rest:
                if child not in seen:
                    seen.add(child)
                    stack.append((child, iter(sorted(children[child]))))
                    break
            else:
                finished.append(name)
                stack.pop()
        self._order = [NormalizedName(name) for name in reversed(finished) if name]
        self._rank()
        self._sorted = True

    def _rank(self) -> None:
        """In a hard search, put those first who have most conflicts."""
        if self._restarts.hard:
            activity, base = self._engine.activity, self._knowledge.base
            self._order.sort(key=lambda name: -activity[base[name]])
        self._positions = [0] * len(self._positions)

    def _learn(self, conflict: Conflict) -> None:
        if not conflict.targets & ~self._knowledge.task.silent:
            raise Contested
        learnt = learning.learn(self._engine, conflict)
        if self._probe.going and learnt.terms:
            self._restarts.conflicts += 1
            if self._probe.conflict():
                self._start_again()
            return
        due = self._restarts.conflict()
        conflicts = self._restarts.conflicts
        if conflicts >= MANY and not conflicts % _OFTEN:
            self._culprits = words.listed(self._knowledge.culprits(2))
        if not learnt.terms:
            assumed = [fact for fact in self._knowledge.assumed(learnt.taint) if isinstance(fact, Prerelease)]
            if not assumed and not self._named_after_all(learnt.taint):
                from venvoy.resolver import explain

                raise explain.no_solution(self._knowledge, learnt)
            for fact in assumed:
                self._knowledge.unasked.add(fact.name)
                self._knowledge.open(fact.name)
                self._knowledge.give_up(fact)
        elif conflicts >= self._policy.conflicts:
            from venvoy.resolver import explain

            raise explain.gave_up(self._knowledge, conflicts)
        if due:
            self._start_again()

    def _named_after_all(self, taint: int) -> bool:
        """Look for who names a yanked version exactly, in what nobody has looked at yet; whether anybody does."""
        knowledge = self._knowledge
        unnamed = [
            fact
            for fact in knowledge.assumed(taint)
            if isinstance(fact, Unnamed) and knowledge.choices[fact.name].yanked & ~knowledge.named[fact.name]
        ]
        for _ in range(_ROUNDS if unnamed else 0):
            every = (
                (name, bit) for name, all_of in knowledge.choices.items() for bit in all_of.newest_first(all_of.all)
            )
            fresh = list(islice(((name, bit) for name, bit in every if bit not in knowledge.releases[name]), _ROUND))
            for name, bit in fresh:
                knowledge.announce(name, bit, self._engine.everywhere)
            for name, bit in fresh:
                knowledge.look_at(name, bit, self._engine.everywhere)
            knowledge.attach()
            if not fresh or not set(unnamed) <= set(knowledge.assumed(taint)):
                return bool(fresh)
        return False

    def _start_again(self) -> None:
        self._probe.going = False
        self._engine.back(0)
        self._sorted = False

    def _decided(self) -> dict[NormalizedName, int]:
        """What each needed name has, where that is the same on all targets."""
        same = self._engine.same
        chosen = ((name, same[variable]) for name, variable in self._knowledge.base.items())
        return {name: bit for name, bit in chosen if bit > ABSENT and not bit & (bit - 1)}

    def _block(self, answer: Answer, name: NormalizedName, target: int) -> None:
        """Rule out this very answer on a target: it holds a candidate that nothing in it names exactly."""
        knowledge = self._knowledge
        terms: dict[int, int] = {}
        for (reached, extra), mask in answer.reached.items():
            if mask & target and extra:
                terms[knowledge.extras[reached][extra]] = PRESENT
            elif mask & target:
                terms[knowledge.base[reached]] = next(
                    bit for bit, where in answer.chosen[reached].items() if where & target
                )
        blocked = Nogood(target, terms, Unnamed(name))
        knowledge.blocked.append(blocked)
        self._engine.add(blocked)


def _root_urls(task: Task) -> Urls:
    """The candidates that the roots name by URL."""
    edits = Edits(task.policy, MarkerMasks(task.targets))
    candidates: dict[NormalizedName, dict[str, Candidate]] = {}
    where: dict[NormalizedName, int] = {}
    for ask, mask in (placed for root in task.roots for placed in edits.of_root(root)):
        if ask.url:
            known = candidates.setdefault(ask.name, {})
            if ask.url not in known:
                known[ask.url] = task.provider.direct(ask.name, ask.url)
            where[ask.name] = where.get(ask.name, 0) | mask
    everywhere = (1 << len(task.targets)) - 1
    return Urls(candidates, frozenset(name for name, mask in where.items() if mask == everywhere))
