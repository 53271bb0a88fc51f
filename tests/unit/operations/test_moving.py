"""What is named moves as far as it can, and of the rest only what must: also against an exhaustive search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import product

from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from support.notes import Notes
from support.worlds import World, pins, root
from venvoy.events import Silent
from venvoy.operations.resolving.moving import moving
from venvoy.operations.resolving.universal import resolve_everywhere
from venvoy.resolver import platforms as all_platforms
from venvoy.resolver import targets as all_targets
from venvoy.resolver.policy import Policy

NAMES = "abcd"
X = NormalizedName("c")

Needs = dict[tuple[str, str], list[str]]
"""By name and version."""


def update(
    lines: str,
    roots: list[str],
    locked: Mapping[str, str],
    *names: str,
    python: str = ">=3.11,<3.12",
    platforms: tuple[str, ...] = ("linux-x86_64",),
    heard: Silent | None = None,
) -> dict[str, str]:
    provider, asked = World(lines), [root(*roots)]
    targets = all_targets.make(all_platforms.platforms(platforms), SpecifierSet(python))
    attempt = partial(resolve_everywhere, asked, targets, provider, required=lambda *_: True)
    kept = {NormalizedName(name): [Version(version)] for name, version in locked.items() if name not in names}
    found = moving(attempt, list(map(NormalizedName, names)), asked, provider, Policy(), kept, heard or Silent())
    return pins(found.resolution)


def test_what_holds_it_back_moves_along() -> None:
    world = "x 1\nx 2\ny 1 -> x<2\ny 2\nz 1\nz 2"
    assert update(world, ["x", "y", "z"], {"x": "1", "y": "1", "z": "1"}, "x") == {"x": "2", "y": "2", "z": "1"}
    assert update(world, ["x", "y<2", "z"], {"x": "1", "y": "1", "z": "1"}, "x") == {"x": "1", "y": "1", "z": "1"}


def test_it_moves_no_further_than_it_would_with_all_chosen_anew() -> None:
    world = "numpy 2.0\nnumpy 2.3\nnumba 0.53 -> numpy\nnumba 0.60 -> numpy<2.1"
    locked = {"numpy": "2.0", "numba": "0.60"}
    assert update(world, ["numpy", "numba"], locked, "numpy") == locked


def test_it_moves_on_the_targets_where_it_can() -> None:
    world = "x 1 python=<3.12\nx 2 python=>=3.12\nx 3 python=>=3.12\ny 1 -> x<3\ny 2\nz 1\nz 2"
    found = update(world, ["x", "y", "z"], {"x": "2", "y": "1", "z": "1"}, "x", python=">=3.11,<3.13")
    assert found == {"x": "1@0, 3@1", "y": "1@0, 2@1", "z": "1@01"}


def test_only_what_is_true_of_the_answer_is_told() -> None:
    world = "x 2\nx 3 extras=e\ny 1 -> x[e]<3\ny 2 -> x[e]"
    heard = Notes()
    assert update(world, ["y"], {"x": "2", "y": "1"}, "x", heard=heard) == {"x": "3", "y": "2"}
    assert heard.warnings == []
    assert update(world, ["y<2"], {"x": "2", "y": "1"}, "x", heard=heard) == {"x": "2", "y": "1"}
    assert heard.warnings == ["x 2 has no extra 'e'; it is installed without it."]


@st.composite
def cases(draw: st.DrawFn) -> tuple[Needs, list[str], dict[str, str]]:
    """What needs what, what the project asks for (all of them), and what is locked: some solution."""
    bounds = st.sampled_from(["<2", "<3", ">=2", "==2", "!=1", "==1", ">=3"])
    needs = {
        (name, version): [
            f"{other}{draw(bounds)}" for other in draw(st.lists(st.sampled_from(NAMES), max_size=2)) if other != name
        ]
        for name in NAMES
        for version in draw(st.lists(st.sampled_from("1234"), min_size=1, max_size=4, unique=True))
    }
    roots = [f"{name}{draw(st.sampled_from(['', '', '', '<4', '!=3']))}" for name in NAMES]
    every = list(solutions(needs, roots))
    assume(every)
    return needs, roots, draw(st.sampled_from(every))


def solutions(needs: Needs, roots: list[str]) -> Iterator[dict[str, str]]:
    for versions in product(*([version for name, version in needs if name == each] for each in NAMES)):
        chosen = dict(zip(NAMES, versions, strict=True))
        texts = [*roots, *(text for one in chosen.items() for text in needs[one])]
        if all(one.specifier.contains(chosen[one.name]) for one in map(Requirement, texts)):
            yield chosen


@given(cases())
def test_what_moves_must(case: tuple[Needs, list[str], dict[str, str]]) -> None:
    needs, roots, locked = case
    lines = "\n".join(f"{name} {version} -> {' | '.join(texts)}" for (name, version), texts in needs.items())
    every = list(solutions(needs, roots))
    found = update(lines, roots, locked, X)
    assert found in every
    fully = update(lines, roots, {}, X)
    assert found[X] >= fully[X], "it gets as far as it would with all chosen anew"
    moved = {name for name in NAMES if name != X and found[name] != locked[name]}
    assert not moved or {**locked, X: found[X]} not in every, "where all the rest can stay, it does"
    for name in moved:
        assert {**found, name: locked[name]} not in every, "nothing moved that could have stayed beside the others"
