from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from venvoy.python import ordinary, probe
from venvoy.system import process

INSTALLED = os.path.realpath(sys.executable)

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or sys.version_info < (3, 11) or sys.implementation.name != "cpython",
    reason="only such an interpreter is asked in few words",
)


def installed() -> str:
    """The interpreter that these tests run on, outside of any environment, under the name that it has for itself."""
    return getattr(sys, "_base_executable", "") or INSTALLED


@pytest.mark.parametrize("led_away", [False, True], ids=["the running one answers", "it is started"])
def test_it_is_described_as_python_discovery_describes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, led_away: bool
) -> None:
    if led_away:
        monkeypatch.setattr(sys, "base_prefix", "/elsewhere")
    else:
        monkeypatch.setattr(process, "run", None)
    said = ordinary.ask(installed(), None, 10)
    if said is None:
        pytest.skip("this interpreter is an odd one")
    monkeypatch.undo()
    info = probe.query(installed(), cache=tmp_path, environ=None, resolve=False)
    assert probe.from_info(said, said.system_executable) == probe.from_info(info, info.executable)
    assert said.version_str == info.version_str
    known = probe.describe(installed(), cache=tmp_path)
    assert probe.describe(installed(), cache=tmp_path) == known == probe.from_info(info, info.executable)


def test_what_is_odd_is_left_to_python_discovery(tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text(f'#!/bin/sh\nexec "{installed()}" "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    environment = tmp_path / "environment" / "bin"
    environment.mkdir(parents=True)
    (environment / "python").symlink_to(installed())
    (environment.parent / "pyvenv.cfg").write_text("", encoding="utf-8")
    for path in (script, environment / "python", "/bin/true", tmp_path / "none", tmp_path):
        assert ordinary.ask(str(path), None, 10) is None
