"""What an environment's own lockfile remembers of what people asked for."""

from __future__ import annotations

from packaging.requirements import Requirement
from packaging.utils import NormalizedName

from venvoy.operations.standalone.own_lock import Own


def own(*asked: str, kept: tuple[str, ...] = ()) -> Own:
    return Own(asked=tuple(map(Requirement, asked)), kept=tuple(map(NormalizedName, kept)))


def texts(found: Own) -> list[str]:
    return [str(one) for one in found.asked]


def test_a_bare_name_keeps_the_bounds_and_extras_it_had() -> None:
    before = own("demo[color]>=1", "paint")
    assert texts(before.asking([Requirement("Demo"), Requirement("paint"), Requirement("helper")])) == [
        "demo[color]>=1",
        "helper",
        "paint",
    ]


def test_new_bounds_take_the_place_of_the_old_ones() -> None:
    assert texts(own("demo<2", "paint").asking([Requirement("demo>=2")])) == ["demo>=2", "paint"]
    both = [Requirement("demo>=2"), Requirement("demo<3")]
    assert texts(own("demo<2").asking(both)) == ["demo<3", "demo>=2"]


def test_what_is_asked_for_is_no_longer_merely_kept() -> None:
    assert own(kept=("helper", "idna")).asking([Requirement("helper")]).kept == ("idna",)


def test_what_has_gone_is_neither_asked_for_nor_kept() -> None:
    left = own("demo", "paint", kept=("old",)).without(
        {NormalizedName("demo"), NormalizedName("old")}, [NormalizedName("helper")]
    )
    assert (texts(left), left.kept) == (["paint"], ("helper",))
