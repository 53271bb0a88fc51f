from __future__ import annotations

from venvoy.resolver import targets as all_targets
from venvoy.resolver.wheels import Wheels


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
