"""Specifiers as runs of versions, against ``packaging``'s own judgement of each version."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from venvoy.model.artifact import Candidate
from venvoy.resolver.choices import Choices
from venvoy.resolver.spans import span

numbers = st.sampled_from(["0", "1", "2", "9", "10"])
releases = st.lists(numbers, min_size=1, max_size=3).map(".".join)
epochs = st.sampled_from(["", "", "", "", "1!"])
suffixes = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "", "", "a1", "rc2"]),
    st.sampled_from(["", "", "", ".post1", "-2"]),
    st.sampled_from(["", "", "", ".dev0", ".dev3"]),
)
texts = st.builds("{}{}{}".format, epochs, releases, suffixes)
versions = st.builds("{}{}".format, texts, st.sampled_from(["", "", "", "+1", "+x.2"])).map(Version)
operators = st.sampled_from(["==", "!=", "<=", ">=", "<", ">", "~=", "==="])
singles = st.builds("{}{}{}".format, operators, texts, st.sampled_from(["", "", "", "", ".*", "+1", " "]))


def admitted(offered: list[Version], text: str) -> list[Version]:
    name = canonicalize_name("a")
    candidates = [Candidate(name, version, ()) for version in sorted(offered, reverse=True)]
    choices = Choices(name, candidates)
    return [choices.candidate(bit).version for bit in choices.newest_first(choices.admitted(str(SpecifierSet(text))))]


@given(st.lists(versions, max_size=12, unique=True), st.lists(singles, max_size=3).map(",".join))
@example([Version(each) for each in ("1", "1.post1", "1+x", "1.1.dev0", "2a1", "2", "2.0.1")], ">1,<2")
@example([Version(each) for each in ("1!1", "1!1.2a1", "1!1.3", "2")], "==1!1.*")
def test_a_specifier_admits_what_packaging_says(offered: list[Version], text: str) -> None:
    try:
        specifier = SpecifierSet(text)
    except InvalidSpecifier:
        return
    expected = [each for each in sorted(offered, reverse=True) if specifier.contains(each, prereleases=True)]
    assert admitted(offered, text) == expected


@pytest.mark.parametrize("text", [">=1", "<=1", "<2", "<2rc1", ">1", "==1", "!=1", "==1.*", "!=1.0.*", "~=1.2", "<1!2"])
def test_what_people_write_is_a_run(text: str) -> None:
    (single,) = SpecifierSet(text)
    assert span(single.operator, single.version) is not None


def test_most_versions_are_not_even_looked_at() -> None:
    class Counted(list[Candidate]):
        looked = 0

        def __getitem__(self, index: object) -> Candidate:  # type: ignore[override]
            self.looked += 1
            return super().__getitem__(index)  # type: ignore[call-overload, no-any-return]

    name = canonicalize_name("a")
    offered = Counted(Candidate(name, Version(str(number)), ()) for number in range(1000, 0, -1))
    choices = Choices(name, offered)
    assert choices.admitted(">=10,<900,!=800").bit_count() == 889
    assert offered.looked < 50
