from __future__ import annotations

from packaging.specifiers import SpecifierSet

from venvoy.resolver import targets as all_targets
from venvoy.resolver.wheels import Wheels, indexes
from venvoy.values import replace


def test_each_target_takes_the_wheel_whose_tag_comes_first() -> None:
    targets = [
        one for one in all_targets.make(["linux-x86_64", "windows-amd64"], None) if one.since in {(11, 0), (12, 0)}
    ]
    files = [
        {"py3-none-any"},
        {"cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux2014_x86_64"},
        set(),
        {"cp311-abi3-manylinux_2_28_x86_64", "cp311-abi3-win_arm64"},
    ]
    found = {targets[index].label: number for index, number in Wheels(targets).best(files).items()}
    assert found == {
        "Linux on x86_64 with Python 3.11": 1,
        "Linux on x86_64 with Python 3.12": 3,
        "Windows on AMD64 with Python 3.11": 0,
        "Windows on AMD64 with Python 3.12": 0,
    }
    assert Wheels(targets).best([set(), {"cp310-cp310-win_amd64"}]) == {}


def test_tags_that_are_not_written_out_are_found_where_the_written_ones_are() -> None:
    targets = all_targets.make(["linux-x86_64", "macos-arm64", "pypy-windows-amd64"], SpecifierSet(">=3.13"))
    targets.append(replace(targets[0], tags=("cp313-cp313-linux_x86_64", "py3-none-any")))
    wheels = Wheels(targets)
    every = {tag for target in targets for tag in target.tags}
    strange = {"cp313-cp313-any", "-any", "any", "cp313-cp313-linux_ppc64le", "cp27-cp27m-win_amd64"}
    for tag in sorted(every | strange):
        found = [index for index, target in enumerate(targets) if tag in target.tags]
        assert list(indexes(wheels.where({tag}))) == found, tag
    for index, target in enumerate(targets):
        ranks = [wheels.rank({tag}, index) for tag in target.tags]
        assert ranks == sorted(set(ranks))
