"""The resolver against an exhaustive search on small random worlds, and against a checker that is not its own code."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from support.worlds import World, pins, root, target
from venvoy.model.names import NormalizedName
from venvoy.model.resolution import Resolution
from venvoy.model.target import Target
from venvoy.resolver import probing as probes
from venvoy.resolver import restarts
from venvoy.resolver.no_solution import NoSolution
from venvoy.resolver.policy import Policy
from venvoy.resolver.solve import Contested, again, resolve

NAMES = "abcd"
TARGETS = (target("linux", "3.11.7"), target("windows", "3.12.1"), target("macos", "3.9.2"))

versions = st.sampled_from(["1", "2", "3", "2.5a1", "4b2"])
specifiers = st.sampled_from(
    ["", "", ">=2", "<3", "==2", "!=2", ">=1,<3", "==2.5a1", ">=2.5a1", "==3", "===1", "==2.*", ">9"]
)
markers = st.sampled_from(
    ["", "", "", "; sys_platform == 'win32'", "; python_version >= '3.10'", "; sys_platform != 'win32' or extra == 'x'"]
)
extra_markers = st.sampled_from(["; extra == 'x'", "; extra == 'y'", "; extra == 'x' and sys_platform == 'linux'"])
words = st.sampled_from(
    [
        "",
        "",
        "",
        "",
        "yanked",
        "python=>=3.10",
        "python=<3.12",
        "tags=py3-none-win_amd64",
        "metadata-python=>=3.11",
        "sdist",
    ]
)
extras = st.sampled_from(["", "", "", "[x]", "[y]", "[x,y]"])


@st.composite
def requirements(draw: st.DrawFn, *, inside: bool) -> str:
    marker = draw(st.one_of(markers, extra_markers) if inside else markers)
    if not inside:
        marker = marker.replace(" or extra == 'x'", "")
    return f"{draw(st.sampled_from(NAMES))}{draw(extras)}{draw(specifiers)}{marker}"


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """The lines of a world, and the requirements of one to three roots."""
    lines = []
    for name in NAMES:
        for version in draw(st.lists(versions, min_size=1, max_size=4, unique=True)):
            needs = draw(st.lists(requirements(inside=True), max_size=3))
            lines.append(f"{name} {version} {draw(words)} -> {' | '.join(needs)}")
    roots = draw(st.lists(st.lists(requirements(inside=False), min_size=1, max_size=2), min_size=1, max_size=3))
    return lines, roots


class Closure:
    """An exhaustive search for one target; it shares no code with the resolver."""

    def __init__(self, lines: list[str], roots: list[list[str]], where: Target) -> None:
        self.where = where
        self.roots = [text for texts in roots for text in texts]
        self.needs: dict[str, dict[Version, list[str]]] = {}
        self.yanked: set[tuple[str, Version]] = set()
        self.usable: set[tuple[str, Version]] = set()
        for line in lines:
            head, _, tail = line.partition("->")
            name, text, *rest = head.split()
            version = Version(text)
            self.needs.setdefault(name, {})[version] = [each for each in tail.strip().split(" | ") if each]
            if "yanked" in rest:
                self.yanked.add((name, version))
            if self._fits("".join(rest)):
                self.usable.add((name, version))

    def _fits(self, word: str) -> bool:
        kind, _, value = word.partition("=")
        if kind in {"python", "metadata-python"}:
            return SpecifierSet(value).contains(self.where.python_full_version)
        if kind == "tags":
            return value in self.where.tags
        return kind != "sdist"

    def active(self, texts: list[str], extra: str) -> Iterator[Requirement]:
        for requirement in map(Requirement, texts):
            environment = {**self.where.markers, "extra": extra}
            if requirement.marker is None or requirement.marker.evaluate(environment):
                yield requirement

    def solvable(self) -> bool:
        return self._search({}, frozenset(), list(self.active(self.roots, "")))

    def _search(
        self,
        chosen: dict[str, Version],
        done: frozenset[tuple[str, str]],
        todo: list[Requirement],
    ) -> bool:
        if not todo:
            return not self.faults(chosen)
        requirement, *rest = todo
        name = requirement.name
        options = [chosen[name]] if name in chosen else list(self.needs[name])
        for version in options:
            if (name, version) not in self.usable or not requirement.specifier.contains(version, prereleases=True):
                continue
            new = {(name, extra) for extra in ("", *requirement.extras)} - done
            more = [each for _, extra in sorted(new) for each in self.active(self.needs[name][version], extra)]
            if self._search({**chosen, name: version}, done | new, [*rest, *more]):
                return True
        return False

    def faults(self, chosen: dict[str, Version]) -> list[str]:
        """What is wrong with a choice on this target."""
        found, reached, pinned = self._closure(chosen, None)
        for name, version in chosen.items():
            if name not in reached:
                found.append(f"{name} is not needed")
            if (name, version) not in self.usable:
                found.append(f"{name} {version} does not fit")
        # A yanked version must be pinned by something that is there without it.
        yanked = {name for name, version in chosen.items() if (name, version) in self.yanked}
        pinned, before = set(), None
        while pinned != before:
            before = pinned
            pinned = self._closure(chosen, yanked - pinned)[2]
        return [*found, *(f"{name} {chosen[name]} is yanked" for name in sorted(yanked - pinned))]

    def _closure(self, chosen: dict[str, Version], closed: set[str] | None) -> tuple[list[str], set[str], set[str]]:
        """What is missing, what is needed, and what is pinned; the way does not lead on beyond the closed names."""
        found = []
        todo = list(self.active(self.roots, ""))
        done: set[tuple[str, str]] = set()
        pinned = set()
        while todo:
            requirement = todo.pop()
            name = requirement.name
            if name not in chosen or not requirement.specifier.contains(chosen[name], prereleases=True):
                found.append(f"{requirement} is not met")
                continue
            if exact(requirement):
                pinned.add(name)
            for extra in ("", *requirement.extras):
                if (name, extra) not in done:
                    done.add((name, extra))
                    if name not in (closed or ()):
                        todo.extend(self.active(self.needs[name][chosen[name]], extra))
        return found, {name for name, _ in done}, pinned


def exact(requirement: Requirement) -> bool:
    return any(each.operator in {"==", "==="} and not each.version.endswith("*") for each in requirement.specifier)


def solve(lines: list[str], roots: list[list[str]], targets: tuple[Target, ...]) -> Resolution:
    named = [root(*texts, kind="group", name=f"g{index}") for index, texts in enumerate(roots)]
    return resolve(named, targets, World("\n".join(lines)), policy=Policy())


def check(lines: list[str], roots: list[list[str]], targets: tuple[Target, ...]) -> None:
    closures = [Closure(lines, roots, where) for where in targets]
    solvable = [closure.solvable() for closure in closures]
    if not all(solvable):
        with pytest.raises(NoSolution) as caught:
            solve(lines, roots, targets)
        assert caught.value.targets
        for where, possible in zip(targets, solvable, strict=True):
            assert not (possible and where.label in caught.value.targets)
        return
    resolution = solve(lines, roots, targets)
    for index, closure in enumerate(closures):
        chosen = [
            (each.candidate.name, each.candidate.version) for each in resolution.selected if each.targets >> index & 1
        ]
        assert len(chosen) == len(dict(chosen)), "a name is selected twice"
        assert not closure.faults(dict(chosen))
    check_reach(roots, lines, resolution, targets)


def check_reach(roots: list[list[str]], lines: list[str], resolution: Resolution, targets: tuple[Target, ...]) -> None:
    """``reach`` of a root is exactly what the closure of that root alone comes to."""
    for number, texts in enumerate(roots):
        for index, where in enumerate(targets):
            closure = Closure(lines, [texts], where)
            chosen = {
                str(each.candidate.name): each.candidate.version
                for each in resolution.selected
                if each.targets >> index & 1
                and any(origin.name == f"g{number}" and mask >> index & 1 for origin, mask in each.reach.items())
            }
            assert not [fault for fault in closure.faults(chosen) if "yanked" not in fault]
    for each in resolution.selected:
        union = 0
        for mask in each.reach.values():
            union |= mask
        assert union == each.targets


@given(worlds())
def test_one_target_is_solved_exactly_when_an_exhaustive_search_finds_something(
    world: tuple[list[str], list[list[str]]],
) -> None:
    check(*world, TARGETS[:1])


@given(worlds())
def test_three_targets_are_solved_exactly_when_each_of_them_can_be(world: tuple[list[str], list[list[str]]]) -> None:
    check(*world, TARGETS)


@given(worlds())
def test_a_search_that_is_hard_from_the_first_conflict_on_is_as_right(world: tuple[list[str], list[list[str]]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("MANY", 1), ("_GAP", 1), ("_TRIAL", 2)):
            patch.setattr(restarts, name, value)
        check(*world, TARGETS)


@contextmanager
def probing(conflicts: int) -> Iterator[None]:
    """Have every disagreement looked at before more is."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("_SEVERAL", 1), ("_GROWTH", 0), ("_CONFLICTS", conflicts)):
            patch.setattr(probes, name, value)
        yield


@given(worlds(), st.sampled_from([1, 2, 80]))
def test_a_search_that_looks_at_every_disagreement_first_is_as_right(
    world: tuple[list[str], list[list[str]]], conflicts: int
) -> None:
    with probing(conflicts):
        check(*world, TARGETS)


@given(worlds(), st.integers(1, len(TARGETS)))
def test_a_failure_that_is_known_to_be_left_without_some_requirement_is_one(
    world: tuple[list[str], list[list[str]]], count: int
) -> None:
    lines, roots = world
    try:
        solve(lines, roots, TARGETS[:count])
    except NoSolution as problem:
        failed = problem
    else:
        return
    edits = [
        [[*texts[:place], *edited, *texts[place + 1 :]] if texts is changed else texts for texts in roots]
        for changed in roots
        for place, text in enumerate(changed)
        for edited in ([], [bare(text)])
    ]
    # All of them one after the other: what one of them leaves behind must not mislead the next.
    for edited in [*edits, roots, *reversed(edits)]:
        named = [root(*texts, kind="group", name=f"g{index}") for index, texts in enumerate(edited)]
        failure = again(failed, named, 10_000)
        if failure:
            assert len(failure.targets) == count
            assert not any(Closure(lines, edited, where).solvable() for where in TARGETS[:count])


def bare(text: str) -> str:
    requirement = Requirement(text)
    requirement.specifier = SpecifierSet()
    return str(requirement)


EXTRA = re.compile(r"with its extra '(.+?)'")


def alike(requirement: Requirement, text: str) -> bool:
    """Whether a requirement asks for what a sentence says, which names one of its extras at most, or no bounds."""
    said = Requirement(text)
    same = requirement.name == said.name and said.specifier in {SpecifierSet(), requirement.specifier}
    return same and requirement.extras >= said.extras


@given(worlds())
def test_every_sentence_of_an_explanation_is_true_and_together_they_prove_it(
    world: tuple[list[str], list[list[str]]],
) -> None:
    lines, roots = world
    real = Closure(lines, roots, TARGETS[0])
    try:
        solve(lines, roots, TARGETS[:1])
    except NoSolution as problem:
        failed = problem
    else:
        return
    own = [each.requirement for each in failed.statements if not each.about]
    gone = {(each.about, Version(text)) for each in failed.statements if not each.requirement for text in each.versions}
    if failed.code == "no-version":
        own = [str(failed.data["requirement"])]
        rejected: list[dict[str, list[str]]] = failed.data["rejected"]  # type: ignore[assignment]
        gone = {(str(failed.data["name"]), Version(text)) for each in rejected for text in each["versions"]}
    for text in own:
        assert any(alike(each, text) for each in real.active(real.roots, "")), text
    assert not gone & (real.usable - real.yanked)
    # What is left of the world when nothing is known of it but what was said.
    said: dict[tuple[str, Version], list[str]] = {
        (name, version): [] for name in NAMES for version in real.needs[name] if (name, version) not in gone
    }
    for each in failed.statements:
        extra = (EXTRA.findall(each.text) or [""])[0]
        for version in map(Version, each.versions if each.requirement else ()):
            needs = real.active(real.needs[each.about][version], extra)
            assert any(alike(need, each.requirement) for need in needs), each.text
            said.get((each.about, version), []).append(f"{each.requirement}{f'; extra == {extra!r}' if extra else ''}")
    left = [f"{name} {version} -> {' | '.join(texts)}" for (name, version), texts in said.items()]
    left += [f"{name} 0 tags=none" for name in NAMES]  # so that there is one of each name
    assert not Closure(left, [own], TARGETS[0]).solvable(), str(failed)


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_what_comes_in_does_not_change_what_comes_out(
    world: tuple[list[str], list[list[str]]], shuffled: random.Random
) -> None:
    lines, roots = world

    def outcome() -> object:
        try:
            return pins(solve(lines, roots, TARGETS))
        except NoSolution as problem:
            return str(problem)

    first = outcome()
    lines, roots = [*lines], [[*texts] for texts in roots]
    shuffled.shuffle(lines)
    for texts in roots:
        shuffled.shuffle(texts)
    assert outcome() == first


@given(worlds())
def test_targets_without_a_say_change_nothing_for_the_others_where_these_keep_what_they_have(
    world: tuple[list[str], list[list[str]]],
) -> None:
    lines, roots = world
    named = [root(*texts, kind="group", name=f"g{index}") for index, texts in enumerate(roots)]
    heard = TARGETS[:2]

    def answer(targets: tuple[Target, ...], silent: int, kept: Resolution | None = None) -> Resolution:
        versions: dict[NormalizedName, list[Version]] = {}
        for each in kept.selected if kept else ():
            versions.setdefault(each.candidate.name, []).append(each.candidate.version)
        return resolve(named, targets, World("\n".join(lines)), preferences=versions, silent=silent)

    try:
        first = answer(heard, 0)
        alone = answer(heard, 0, first)
        together = answer(TARGETS, 0b100, first)
    except (NoSolution, Contested):
        return
    for index, where in enumerate(TARGETS):
        here, before = (
            {one.candidate.name: one.candidate.version for one in found.selected if one.targets >> index & 1}
            for found in (together, alone)
        )
        assert not Closure(lines, roots, where).faults({str(name): version for name, version in here.items()})
        assert index == len(heard) or here == before


@pytest.mark.soak
@settings(max_examples=20_000)
@given(worlds())
def test_twenty_thousand_random_worlds(world: tuple[list[str], list[list[str]]]) -> None:
    check(*world, TARGETS)
    with probing(80):
        check(*world, TARGETS)
