"""From what is installed to what is wanted: the steps, and nothing that need not be done."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import NormalizedName
from packaging.version import Version

from venvoy.model.artifact import Artifact
from venvoy.model.plan import Change, Installed, Wanted
from venvoy.operations.sync import difference
from venvoy.values import replace

DIGEST = {"1.0": "1" * 64, "2.0": "2" * 64}


def wanted(name: str, version: str = "1.0", *, requested: bool = False) -> Wanted:
    artifact = Artifact(
        filename=f"{name}-{version}-py3-none-any.whl",
        url=f"https://index.example/{name}-{version}-py3-none-any.whl",
        kind="wheel",
        name=NormalizedName(name),
        version=Version(version),
        hashes={"sha256": DIGEST[version]},
    )
    return Wanted(NormalizedName(name), version, artifact, requested)


def installed(name: str, version: str = "1.0", *, requested: bool = False) -> Installed:
    return Installed(
        NormalizedName(name),
        version,
        f"site-packages/{name}-{version}.dist-info",
        "venvoy",
        requested=requested,
        wheel_sha256=DIGEST[version],
    )


def test_what_is_there_stays() -> None:
    assert difference([installed("a"), installed("b")], [wanted("b"), wanted("a")]) == ()


def test_what_is_missing_comes_what_is_extraneous_goes_and_versions_change() -> None:
    assert difference([installed("b"), installed("c")], [wanted("a"), wanted("b", "2.0")]) == (
        Change(NormalizedName("a"), None, wanted("a")),
        Change(NormalizedName("b"), installed("b"), wanted("b", "2.0")),
        Change(NormalizedName("c"), installed("c"), None),
    )


def test_the_same_version_from_elsewhere_is_replaced_because_its_bytes_may_differ() -> None:
    theirs = replace(installed("a"), installer="pip", wheel_sha256="")
    assert difference([theirs], [wanted("a")]) == (Change(NormalizedName("a"), theirs, wanted("a")),)


def test_a_lockfile_without_sha256_is_met_by_the_version() -> None:
    other = replace(wanted("a"), artifact=replace(wanted("a").artifact, hashes={"sha512": "5" * 128}))
    assert difference([installed("a")], [other]) == ()


def test_being_asked_for_is_part_of_what_is_installed() -> None:
    now = wanted("a", requested=True)
    assert difference([installed("a")], [now]) == (Change(NormalizedName("a"), installed("a"), now),)


def test_a_distribution_that_is_there_twice_is_mended() -> None:
    twice = [installed("a", "2.0"), installed("a", "1.0")]
    assert difference(twice, [wanted("a")]) == (
        Change(NormalizedName("a"), twice[0], wanted("a")),
        Change(NormalizedName("a"), twice[1], None),
    )


def test_pip_is_never_extraneous_and_with_exact_off_nothing_is() -> None:
    assert difference([installed("pip")], []) == ()
    assert difference([installed("a")], [], exact=False) == ()


SETS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(sorted(DIGEST)))


@given(SETS, SETS)
def test_the_steps_lead_from_any_set_to_any_other(before: dict[str, str], after: dict[str, str]) -> None:
    steps = difference([installed(*item) for item in before.items()], [wanted(*item) for item in after.items()])
    result = dict(before)
    for step in steps:
        if step.old:
            assert result.pop(step.name) == step.old.version
        if step.new:
            result[step.name] = step.new.version
    assert result == after
    assert len(steps) == sum(before.get(name) != after.get(name) for name in before.keys() | after.keys())
