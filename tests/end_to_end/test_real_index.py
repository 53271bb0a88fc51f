"""On the real index, as the machine's pip is configured: the main job, and pip installing from the same lockfile."""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import tomli
from packaging.pylock import Pylock

from support.command_line import WINDOWS, CommandLine, clean_environment, usual_filters

pytestmark = pytest.mark.network
SCRIPTS = "Scripts" if WINDOWS else "bin"
# Each installer writes these in its own words.
_OWN = ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "venvoy.txt")


@pytest.fixture
def real(machine: Mapping[str, str], tmp_path: Path, cache: Path) -> CommandLine:
    """The command with the machine's own settings of pip, network and home."""
    project, temporary = tmp_path / "project", tmp_path / "temporary"
    project.mkdir()
    temporary.mkdir()
    ours = clean_environment(home=tmp_path, cache=cache, temporary=temporary, index="")
    kept = {
        name: value for name, value in machine.items() if name.upper().startswith(("PIP_", "HTTP", "NO_PROXY", "SSL_"))
    }
    homes = {name: machine[name] for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA") if name in machine}
    environ = {**ours, "PIP_CONFIG_FILE": "", "PIP_INDEX_URL": "", "NO_PROXY": "", **kept, **homes}
    return CommandLine(project, environ, usual_filters())


def files(environment: Path) -> dict[str, str]:
    """Every installed file with its SHA-256, as RECORDs list them; commands, which name their environment, by name."""
    site = next(environment.rglob("site-packages"))
    found: dict[str, str] = {}
    for record in site.glob("*.dist-info/RECORD"):
        for path, _, _ in csv.reader(record.read_text(encoding="utf-8").splitlines()):
            place = Path(os.path.normpath(site / path))
            if (place.name in _OWN and place.parent.name.endswith(".dist-info")) or place.suffix == ".pyc":
                continue
            digest = base64.b64encode(hashlib.sha256(place.read_bytes()).digest()).decode()
            found[place.relative_to(environment).as_posix()] = "" if place.parent.name == SCRIPTS else digest
    return found


def test_the_main_job(real: CommandLine) -> None:
    assert real("init").code == 0
    added = real("add", "requests", "numpy")
    assert (added.code, added.stdout) == (0, "")
    before = (real.project / "pylock.toml").read_bytes()
    lock = Pylock.from_dict(tomli.loads(before.decode()))
    lock.validate()
    assert {"certifi", "idna", "numpy", "requests", "urllib3"} <= {str(package.name) for package in lock.packages}
    assert all(wheel.hashes for package in lock.packages for wheel in package.wheels or ())
    assert real("lock").code == 0
    assert (real.project / "pylock.toml").read_bytes() == before
    assert real("sync", "--locked", "--offline").code == 0
    ran = real("run", "python", "-c", "import numpy, requests; print(numpy.arange(4).sum(), requests.codes.ok)")
    assert (ran.code, ran.stdout) == (0, "6 200\n")


def test_pip_installs_the_same_files_from_the_lockfile(real: CommandLine, tmp_path: Path) -> None:
    assert real("init").code == 0
    assert real("add", "requests", "colorama", "rich").code == 0
    assert real("venv", str(tmp_path / "tools")).code == 0
    assert real("venv", "--no-seed", str(tmp_path / "other")).code == 0
    python, other = (str(tmp_path / name / SCRIPTS / "python") for name in ("tools", "other"))
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    upgraded = real.finish(real.process([*pip, "install", "--quiet", "pip>=26.1"]))
    assert upgraded.code == 0, upgraded
    asked = [*pip, "--python", other, "install", "--quiet", "-r", str(real.project / "pylock.toml")]
    ran = real.finish(real.process(asked))
    assert ran.code == 0, ran
    assert files(tmp_path / "other") == files(real.project / ".venv")
    assert sys.version_info >= (3, 10)


def test_pip_installs_what_is_exported(real: CommandLine, tmp_path: Path) -> None:
    (real.project / "requirements.txt").write_text("requests>=2.31\ncolorama==0.4.6\nclick<9\n", encoding="utf-8")
    assert real("import", "requirements.txt").code == 0
    assert real("sync").code == 0
    assert real("export", "-o", "exported.txt").code == 0
    assert real("export", "--format", "pylock", "-o", "pylock.here.toml").code == 0
    assert real("venv", str(tmp_path / "tools")).code == 0
    pip = [str(tmp_path / "tools" / SCRIPTS / "python"), "-m", "pip", "--disable-pip-version-check"]
    assert real.finish(real.process([*pip, "install", "--quiet", "pip>=26.1"])).code == 0
    for number, what in enumerate((["--require-hashes", "-r", "exported.txt"], ["-r", "pylock.here.toml"])):
        other = tmp_path / f"other{number}"
        assert real("venv", "--no-seed", str(other)).code == 0
        asked = [*pip, "--python", str(other / SCRIPTS / "python"), "install", "--quiet", *what]
        ran = real.finish(real.process(asked))
        assert ran.code == 0, ran
        assert files(other) == files(real.project / ".venv")


def test_source_distributions_of_four_kinds_of_backend(real: CommandLine) -> None:
    """One with a setup.py alone, one for setuptools, two for hatchling; and the project itself, with flit."""
    names = ["docopt==0.6.2", "six==1.17.0", "colorama==0.4.6", "iniconfig==2.0.0"]
    (real.project / "mine.py").write_text('"""Mine."""\n__version__ = "0.1"\n', encoding="utf-8")
    (real.project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["flit_core>=3.11,<5"]\nbuild-backend = "flit_core.buildapi"\n'
        '[project]\nname = "mine"\ndynamic = ["version", "description"]\nrequires-python = ">=3.10"\n'
        f"dependencies = {names}\n[tool.venvoy]\nno-binary = [':all:']\nbuild = [':all:']\n",
        encoding="utf-8",
    )
    synced = real("sync")
    assert (synced.code, synced.stdout) == (0, ""), synced.stderr
    code = "import docopt, six, colorama, iniconfig, mine; print(mine.__file__)"
    ran = real("run", "python", "-c", code)
    assert (ran.code, Path(ran.stdout.strip()).name) == (0, "mine.py")
    assert real("verify").code == 0
    again = real("sync", "--offline")
    assert again.code == 0
    assert "Nothing to do" in again.stderr
