"""What every test has: clean environment variables, a home folder of its own, and no network unless it is asked for.

Stands here also so that pytest puts this folder on sys.path: tests import ``support.wheels`` and its neighbours.
"""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Settings of whoever runs the tests; a test that needs one sets it itself.
_PREFIXES = ("PIP_", "VENVOY_", "VIRTUALENV_", "PYTHON", "PYENV_", "CONDA", "UV_", "XDG_", "NETRC")
_NAMES = {"VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI"}
_ASKED_FOR = ("network", "soak")
_MACHINE = dict(os.environ)

# Time says something about the machine, and machines that run tests are busy: no test fails for being slow.
settings.register_profile("venvoy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("venvoy")


def pytest_configure() -> None:
    """Let commands hear Ctrl-C: who starts the tests in the background makes them deaf to it, and so all they start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs the network or much time, unless ``-m`` says what to run."""
    if config.option.markexpr:
        return
    left_out = [item for item in items if any(item.get_closest_marker(name) for name in _ASKED_FOR)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def machine() -> Mapping[str, str]:
    """The environment variables that the tests were started with: for what must reach the index or all Pythons."""
    return _MACHINE


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def home(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, and no setting of anybody's in the environment variables."""
    folder = next(_homes)
    folder.mkdir()
    for name in _MACHINE:
        if name.upper().startswith(_PREFIXES) or name in _NAMES:
            monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        if name in os.environ or name == "HOME":
            monkeypatch.setenv(name, str(folder))
    return folder
