"""Commands and edits by hand in random orders: see ``support/walk.py``.

SOAK_WALKS=100 python3 tests -m soak tests/end_to_end/test_walks.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.command_line import WINDOWS, CommandLine
from support.forked import Forker
from support.walk import WHEELS, Walk

pytestmark = pytest.mark.skipif(WINDOWS, reason="it forks")


def walk(venvoy: CommandLine, cache: Path, seed: int, steps: int, *, kills: bool = False) -> None:
    with Forker(venvoy.project, {**venvoy.environ, "VENVOY_TARGETS": "current", "PIP_RETRIES": "0"}) as forker:
        Walk(venvoy.project, cache, forker, seed).go(steps, kills=kills)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_order_each_promise_holds(venvoy: CommandLine, wheels: Path, cache: Path, seed: int) -> None:
    for spec in WHEELS:
        spec.write(wheels)
    walk(venvoy, cache, seed, 12)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1000, 1000 + int(os.environ.get("SOAK_WALKS", "20"))))
def test_long_walks_with_kills(venvoy: CommandLine, wheels: Path, cache: Path, seed: int) -> None:
    for spec in WHEELS:
        spec.write(wheels)
    walk(venvoy, cache, seed, 80, kills=True)
