"""What tests of several modules of environments start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.stored import World, bare_environment
from venvoy.environment import layout
from venvoy.environment.layout import Environment


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return layout.read(bare_environment(tmp_path / "env"), windows=False)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)
