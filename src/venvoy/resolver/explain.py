"""Says in plain sentences why there is no solution, from the project's own requirements down."""

from __future__ import annotations

import re
from collections import deque

from venvoy.model.names import NormalizedName
from venvoy.resolver import files, hints, reasons, words
from venvoy.resolver.condense import MANY, condensed, kind, together
from venvoy.resolver.core import leaves
from venvoy.resolver.facts import Broken, Needs, Prerelease, Unfit, Unnamed
from venvoy.resolver.no_solution import NoSolution, Statement
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvoy.resolver.engine import Nogood
    from venvoy.resolver.knowledge import Knowledge

# What kinds of computers are called, and what sys_platform says of them.
_PLATFORMS = {"Linux": "linux", "macOS": "darwin", "Windows": "win32"}


def no_solution(knowledge: Knowledge, learnt: Nogood) -> NoSolution:
    """Explain a nogood without terms: what was learnt when there was no way left."""
    facts = condensed(knowledge, leaves(learnt))
    targets = [index for index in range(len(knowledge.task.targets)) if learnt.mask >> index & 1]
    needs = [fact.cause for fact in facts if isinstance(fact.cause, Needs)]
    alone = all(len(fact.terms) <= 1 for fact in facts)
    if alone and len(needs) == 1 and needs[0].parent.kind != "distribution":
        problem = _no_version(knowledge, needs[0], targets)
    else:
        problem = _contradiction(knowledge, facts, targets)
    problem.targets = tuple(dict.fromkeys(knowledge.task.targets[index].label for index in targets))
    problem.failed = tuple(knowledge.task.targets[index] for index in targets)
    problem.data["targets"] = list(problem.targets)
    problem.knowledge = knowledge
    unknown = any(knowledge.choices[fact.child].problem for fact in needs)
    problem.contradiction = not unknown and not any(isinstance(fact.cause, (Unfit, Broken)) for fact in facts)
    problem.unfit = tuple(name for name, _ in _unfit(facts))
    why = (each.reason for one in _unfit(facts) for each in reasons.rejected(knowledge, *one, targets[0]))
    problem.lacking = any(reason != files.PYTHON for reason in why)
    return problem


def gave_up(knowledge: Knowledge, conflicts: int) -> NoSolution:
    """The budget of conflicts is used up: name those who caused most of them."""
    causes = knowledge.culprits(3)
    problem = NoSolution(
        "no-solution",
        f"No answer after {conflicts} conflicts, so the search was stopped.",
        why=f"Most conflicts are about {words.listed(causes)}: few of their versions get along with one another.",
        fix=[f'Narrow them down to versions that you know to work: venvoy add "{causes[0]}==VERSION"'],
        data={"conflicts": conflicts, "causes": causes},
    )
    problem.targets = tuple(target.label for target in knowledge.task.targets)
    return problem


def _contradiction(knowledge: Knowledge, facts: Sequence[Nogood], targets: Sequence[int]) -> NoSolution:
    teller = _Teller(knowledge, facts, targets[0])
    statements, own = teller.statements(), teller.own()
    fix = [f"Loosen or remove {'one of these' if len(own) > 1 else 'this'}: {words.listed(own)}"]
    unfit = _unfit(facts)
    fix += [f"Or {each[0].lower()}{each[1:]}" for each in _elsewhere(knowledge, unfit, targets[0])[:1]]
    fix += hints.later(knowledge, unfit, targets[0])
    problem = NoSolution(
        "no-solution",
        f"No set of versions meets all requirements{_where(knowledge, targets)}.",
        why="\n".join(f"- {each.text}" for each in statements),
        fix=fix,
        data={
            "statements": [
                {
                    "about": each.about,
                    "versions": list(each.versions),
                    "requirement": each.requirement,
                    "text": each.text,
                }
                for each in statements
            ]
        },
    )
    problem.statements = statements
    return problem


def _unfit(facts: Sequence[Nogood]) -> list[tuple[NormalizedName, int]]:
    """The names of which candidates have no file that fits, with these candidates."""
    return [(fact.cause.name, next(iter(fact.terms.values()))) for fact in facts if isinstance(fact.cause, Unfit)]


def _no_version(knowledge: Knowledge, need: Needs, targets: Sequence[int]) -> NoSolution:
    """A requirement of the project that no candidate meets, whatever the other requirements are."""
    choices = knowledge.choices[need.child]
    rejected = reasons.rejected(knowledge, need.child, need.admitted, targets[0])
    requirement = words.requirement(need)
    fix = []
    add = f'venvoy add {need.parent.option}"{need.child}=='
    if not choices.count:
        why = f"{need.child} is known, but nothing of it is on offer."
    elif not need.admitted:
        there = words.versions(choices, choices.all, 0)[0]
        count = choices.count
        found = f"There are {count} versions" if count > 1 else "There is one version"
        why = f"{found} of it, {there}: none is {need.wanted}."
    else:
        why = _counted(knowledge, rejected, targets[0])
    usable = hints.usable(knowledge, need, targets)
    if usable:
        fix.append(f'Ask for a version that can be installed: {add}{usable}"')
    if any(each.reason in {files.PYTHON, files.PLATFORM} for each in rejected):
        fix += _elsewhere(knowledge, [(need.child, need.admitted)], targets[0])
    if {each.reason for each in rejected} == {files.PLATFORM}:
        fix += _only_there(knowledge, need, targets)
    if any(each.reason == reasons.YANKED for each in rejected):
        version = next(each.versions[-1] for each in rejected if each.reason == reasons.YANKED)
        fix.append(f'To have a yanked version anyway, name it exactly: {add}{version}"')
    fix += hints.later(knowledge, [(need.child, need.admitted)], targets[0])
    bare = requirement == need.child  # no bound to blame
    return NoSolution(
        "no-version",
        f"No version of {need.child} can be installed{_where(knowledge, targets)}, and {_who(need)} it."
        if bare
        else f"No version of {need.child} that can be installed{_where(knowledge, targets)} meets {requirement}, "
        f"which {_who(need)}.",
        why=why,
        fix=fix or [f"{'Remove' if bare else 'Correct or remove'} {requirement} ({need.parent})."],
        data={
            "name": need.child,
            "requirement": requirement,
            "rejected": [
                {"reason": each.reason, "detail": each.detail, "versions": list(each.versions)} for each in rejected
            ],
        },
    )


def _elsewhere(knowledge: Knowledge, unfit: Sequence[tuple[NormalizedName, int]], index: int) -> list[str]:
    """Where there are files of what has none that fits, for the only target: another Python, else another computer."""
    if len(knowledge.task.targets) > 1:
        return []
    python = hints.another_python(knowledge, unfit, index) if unfit else ""
    if python:
        return [f"Use another Python, such as {python}: venvoy sync --python {python}"]
    for name, bits in unfit:
        old = hints.old_pythons(knowledge, name, bits, index)
        if old:
            pythons = f"{old[0]} to {old[-1]}" if len(old) > 1 else old[0]
            return [f"Use something newer: what there is of {name} for this kind of computer is for Python {pythons}."]
    return [
        f"Use another computer: what there is of {name} is for {words.listed(places)}."
        for name, bits in unfit
        if not hints.another_python(knowledge, [(name, bits)], index)
        and (places := hints.places(knowledge, name, bits))
    ]


def _only_there(knowledge: Knowledge, need: Needs, targets: Sequence[int]) -> list[str]:
    """The condition to write behind a requirement of the project, where systems tell who has files and who has not."""
    places = hints.places(knowledge, need.child, need.admitted)
    there = {_PLATFORMS.get(place.partition(" ")[0], "") for place in places}
    lacking = {knowledge.task.targets[index].markers["sys_platform"] for index in targets}
    if need.parent.kind == "command" or there == lacking:
        return []
    if len(there) == 1:
        condition = f"== '{there.pop()}'"
    elif len(lacking) == 1 and not there & lacking:
        condition = f"!= '{lacking.pop()}'"
    else:
        return []
    return [f'Write "{words.requirement(need)}; sys_platform {condition}" if you need it only there.']


def _who(need: Needs) -> str:
    return "you ask for" if need.parent.kind == "command" else f"{need.parent} needs"


def _counted(knowledge: Knowledge, rejected: Sequence[reasons.Rejected], index: int) -> str:
    """Such as ``12 versions need Python >=3.12, and you have 3.11.7; 1 (2.0) is yanked``."""
    texts = []
    for position, each in enumerate(rejected):
        count = len(each.versions)
        who = f"{count} version{'s' * (count > 1)}" if position == 0 else str(count)
        texts.append(
            reasons.sentence(each, knowledge, index, who if count > 1 else f"{who} ({each.versions[0]})", count > 1)
        )
    return "; ".join(texts) + "."


def _where(knowledge: Knowledge, targets: Sequence[int]) -> str:
    everywhere = knowledge.task.targets
    if len(everywhere) == 1:
        return ""
    labels = list(dict.fromkeys(everywhere[index].label for index in targets))
    others = len(labels) - 1
    return f" on {labels[0]}" + (f" and {others} other target{'s' * (others > 1)}" if others else "")


class _Teller:
    """Turns facts into statements: the project's own first, then level by level what follows from them."""

    def __init__(self, knowledge: Knowledge, facts: Sequence[Nogood], index: int) -> None:
        self._knowledge = knowledge
        self._index = index
        self._needs: dict[str, list[Nogood]] = {}
        self._unary: dict[str, int] = {}
        # What the project itself allows of a name: only versions within are worth a word.
        self._allowed: dict[str, int] = {}
        for nogood in facts:
            fact = nogood.cause
            if isinstance(fact, Needs):
                own = fact.parent.kind != "distribution"
                self._needs.setdefault("" if own else fact.parent.name, []).append(nogood)
                if own and not fact.child_extra:
                    self._allowed[fact.child] = self._allowed.get(fact.child, -1) & fact.admitted
            elif isinstance(fact, (Unfit, Broken, Unnamed, Prerelease)):
                bits = nogood.terms[knowledge.base[fact.name]]
                self._unary[fact.name] = self._unary.get(fact.name, 0) | bits

    def statements(self) -> tuple[Statement, ...]:
        """Every fact once, in the order in which a reader meets the names."""
        told: dict[str, Statement] = {}
        seen = {""}
        todo = deque([""])
        while todo:
            name = todo.popleft()
            needs = sorted(self._worth_telling(self._needs.get(name, ())), key=self._rank)
            for statement in (*self._needed(needs), *self._unusable(name)):
                told.setdefault(statement.text, statement)
            for nogood in needs:
                child = nogood.cause.child if isinstance(nogood.cause, Needs) else ""
                if child not in seen:
                    seen.add(child)
                    todo.append(child)
        return tuple(told.values())

    def own(self) -> list[str]:
        """What the project itself asks for, and where that stands."""
        needs = [each.cause for each in self._worth_telling(self._needs.get("", ()))]
        return sorted(
            {f"{words.requirement(each)} ({words.part(each.parent)})" for each in needs if isinstance(each, Needs)}
        )

    def _worth_telling(self, needs: Sequence[Nogood]) -> list[Nogood]:
        """Who needs ``b[x]`` needs ``b`` as well: the longer one is told."""
        with_extra = {
            (fact.parent, fact.extra, fact.child, fact.wanted)
            for fact in (nogood.cause for nogood in needs)
            if isinstance(fact, Needs) and fact.child_extra
        }
        return [
            nogood
            for nogood in needs
            if isinstance(fact := nogood.cause, Needs)
            and (fact.child_extra or (fact.parent, fact.extra, fact.child, fact.wanted) not in with_extra)
        ]

    def _rank(self, nogood: Nogood) -> tuple[int, str, str, str]:
        """The project before its extras and groups, old versions before new ones, then by what is needed."""
        fact = nogood.cause
        assert isinstance(fact, Needs)  # noqa: S101 - only those are in _needs
        if fact.parent.kind == "distribution":
            bits = nogood.terms[self._knowledge.base[NormalizedName(fact.parent.name)]]
            return (bits & -bits).bit_length(), fact.extra, fact.child, fact.wanted
        return (
            ("command", "project", "environment", "user", "extra", "group", "constraint").index(fact.parent.kind),
            fact.parent.name,
            fact.child,
            fact.wanted,
        )

    def _needed(self, needs: Sequence[Nogood]) -> Iterator[Statement]:
        """One statement for each need; one for all where many versions of one name each need others of another."""
        kinds: dict[object, list[Nogood]] = {}
        for nogood in needs:
            kinds.setdefault(kind(nogood), []).append(nogood)
        for nogood in needs:
            alike = kinds[kind(nogood)]
            if len(alike) <= MANY:
                yield self._need(nogood)
            elif nogood is alike[0]:
                yield self._each(alike)

    def _each(self, needs: Sequence[Nogood]) -> Statement:
        """What many versions of a name need, in one sentence: the oldest, the newest, and that each differs."""
        first, last = self._need(needs[0]), self._need(needs[-1])
        whole = self._need(together(self._knowledge, needs))
        who, several, _ = whole.text.partition(" need ")
        need = f"{who} each need" if several else f"{who.partition(' needs ')[0]} needs"
        child = re.split(r"[\s<>=!~]", whole.requirement, maxsplit=1)[0]
        text = f"{need} another range of {child}, from {first.requirement} to {last.requirement}."
        return Statement(whole.about, whole.versions, whole.requirement, text)

    def _need(self, nogood: Nogood) -> Statement:
        fact = nogood.cause
        assert isinstance(fact, Needs)  # noqa: S101 - only those are in _needs
        # Put together from requirements none of which can be met.
        unlike = not (fact.wanted or fact.admitted) and self._knowledge.choices[fact.child].count
        needed = "another version of " * bool(unlike) + words.requirement(fact) + self._missing(fact)
        if fact.parent.kind != "distribution":
            return Statement("", (), words.requirement(fact), f"{words.asker(fact.parent)} {needed}.")
        name = NormalizedName(fact.parent.name)
        bits = self._worth(name, nogood.terms[self._knowledge.base[name]])
        who, plural = words.subject(self._knowledge.choices[name], bits, self._skipped(name))
        extra = f" with its extra {fact.extra!r}" if fact.extra else ""
        text = words.capital(f"{who}{extra} need{'' if plural else 's'} {needed}.")
        return Statement(name, self._texts(name, bits), words.requirement(fact), text)

    def _missing(self, fact: Needs) -> str:
        """What to add to a requirement when nothing at all meets it."""
        choices = self._knowledge.choices[fact.child]
        if choices.problem:
            return f", but no index knows {fact.child}"
        if not choices.count:
            return f", but nothing of {fact.child} is on offer"
        if not fact.admitted:
            return f", but {words.only(choices)}"
        return ""

    def _unusable(self, name: str) -> Iterator[Statement]:
        """Which candidates of a name cannot be chosen, by reason."""
        bits = self._unary.get(name, 0)
        if not bits:
            return
        key = NormalizedName(name)
        choices = self._knowledge.choices[key]
        left = self._worth(key, bits)
        for each in reasons.rejected(self._knowledge, key, left, self._index):
            mine = sum(
                bit for bit in choices.newest_first(bits) if str(choices.candidate(bit).version) in each.versions
            )
            who, plural = words.subject(choices, mine, self._skipped(key) & ~bits)
            text = words.capital(f"{reasons.sentence(each, self._knowledge, self._index, who, plural)}.")
            yield Statement(name, each.versions, "", text)
            left &= ~mine
        # Others name these exactly, but none that goes with the rest.
        for mine, what in ((left & choices.yanked, "yanked (withdrawn)"), (left & choices.direct, "known by URL only")):
            if mine:
                who, plural = words.subject(choices, mine, self._skipped(key) & ~bits)
                text = (
                    f"{who} {'are' if plural else 'is'} {what}, and nothing that goes with the rest names exactly that."
                )
                yield Statement(name, self._texts(key, mine), "", words.capital(text))

    def _worth(self, name: NormalizedName, bits: int) -> int:
        return bits & self._allowed.get(name, -1) or bits

    def _skipped(self, name: NormalizedName) -> int:
        """Candidates that cannot be chosen for reasons of their own; they do not interrupt a range."""
        choices = self._knowledge.choices[name]
        choices.look(choices.all)
        unopened = 0 if name in self._knowledge.opened else choices.prereleases
        unnamed = (choices.yanked | choices.direct) & ~self._knowledge.named[name]
        return unopened | unnamed | self._unary.get(name, 0)

    def _texts(self, name: NormalizedName, bits: int) -> tuple[str, ...]:
        choices = self._knowledge.choices[name]
        return tuple(str(choices.candidate(bit).version) for bit in reversed(list(choices.newest_first(bits))))
