"""The shells that are installed here, each with a home of its own and a prompt that tests recognise."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.desk import Desk
from support.environments import make_environment

collect_ignore = ["test_real_shells.py"] if os.name != "posix" else []


@pytest.fixture(params=("bash", "zsh", "dash", "fish", "tcsh", "xonsh"))
def desk(request: pytest.FixtureRequest, machine: Mapping[str, str], home: Path) -> Desk:
    """Somebody with each of the shells."""
    from support.desk import DIALECTS, Desk

    scripts = Path(sys.executable).parent
    program = shutil.which(request.param, path=f"{machine['PATH']}{os.pathsep}{scripts}")
    if program is None:
        pytest.skip(f"{request.param} is not installed here")
    if not (scripts / "venvoy").is_file():
        pytest.skip("venvoy is not installed beside this Python")
    dialect = DIALECTS[request.param]
    startup = home / dialect.startup
    startup.parent.mkdir(parents=True, exist_ok=True)
    startup.write_text(f"{dialect.prompt}\n", encoding="utf-8")
    for place in (".local/share", ".cache"):  # else fish reads all manual pages of the machine, for each new home
        (home / place / "fish" / "generated_completions").mkdir(parents=True)
    project = home / "app"
    make_environment(project / ".venv")
    (project / "pyproject.toml").write_text('[project]\nname = "app"\nversion = "1"\n', encoding="utf-8")
    environ = {
        "HOME": str(home),
        "ENV": str(home / ".shrc"),
        "PATH": f"{scripts}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "VENVOY_CACHE_DIR": str(home / "cache"),
        "XONSH_DATA_DIR": str(home / "xonsh"),
    }
    return Desk(dialect, program, home, project, environ)
