"""``venvoy pip``: does pip fit its Python, and what mends it."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from support.command_line import PYTHON, CommandLine, tree
from support.wheels import WheelSpec
from venvoy.system import program

BIN = "Scripts" if sys.platform == "win32" else "bin"


def python_of(environment: Path) -> str:
    return str(environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def site_of(environment: Path) -> Path:
    return next(environment.rglob("site-packages"))


@pytest.fixture
def environment(venvoy: CommandLine) -> Path:
    """An environment without a pip, made without a project; texts show which Python and pip it is in brackets."""
    assert venvoy("venv", "--no-seed", "here").code == 0
    venvoy.filters[:0] = [
        (r"(?<=pip )2[6-9]\.\d+(?:\.\d+)?", "[PIP]"),
        (r"(pip \[PIP\])  +(?=fits)", r"\1  "),
        (rf"Python {re.escape(PYTHON)}", "Python [PYTHON]"),
        (r"It can run pip [^\n]*", "It can run pip [SPAN]"),
        (r"[^\s\"]*here[\\/](?:bin|Scripts)[\\/]python(?:\.exe)?", "[HERE]"),
    ]
    return venvoy.project / "here"


def plant(environment: Path, version: str) -> None:
    """Put something into an environment that looks like a pip of this version."""
    site = site_of(environment)
    (site / "pip" / "_vendor").mkdir(parents=True)
    (site / "pip" / "__init__.py").write_text(f'__version__ = "{version}"\n', encoding="utf-8")
    (site / f"pip-{version}.dist-info").mkdir()


def test_an_environment_without_a_pip_is_in_order_and_gets_one_when_asked(
    venvoy: CommandLine, environment: Path
) -> None:
    venvoy("pip", "check", "--python", "here").says("""
        exit 0
        out Python [PYTHON]  [HERE]
        out pip -          missing
        out It can run pip [SPAN]
    """)
    venvoy("pip", "fix", "--python", "here").says("""
        exit 0
        err Put pip [PIP] into Python [PYTHON] in [HERE], and tried it: it works
    """)
    venvoy("pip", "fix", "--python", "here").says("""
        exit 0
        err Nothing to do: pip [PIP] fits Python [PYTHON]
    """)
    venvoy("pip", "check", "--python", "here").says("""
        exit 0
        out Python [PYTHON]  [HERE]
        out pip [PIP]  fits  [PROJECT]/here/[SITE]
        out It can run pip [SPAN]
        out pip, pip3, pip[MINOR] and python -m pip are the same.
    """)
    shown = venvoy.finish(venvoy.process([python_of(environment), "-m", "pip", "--version"]))
    assert shown.code == 0


def test_the_active_environment_is_meant_where_there_is_no_project(venvoy: CommandLine, environment: Path) -> None:
    venvoy("pip", "fix", "--dry-run", VIRTUAL_ENV=str(environment)).says("""
        exit 0
        err Would put pip [PIP] into Python [PYTHON] in [HERE]
    """)
    assert not list(site_of(environment).glob("pip*"))


def test_a_pip_that_does_not_fit_is_said_so_and_replaced(venvoy: CommandLine, environment: Path) -> None:
    plant(environment, "9.0.1")
    ran = venvoy("pip", "check", "--python", "here", "--json")
    (checked,) = json.loads(ran.stdout)["result"]["checked"]
    assert ran.code == 1
    assert checked["pip"] == "9.0.1"
    assert checked["status"] in {"too old", "old"}
    assert checked["fix"][:4] == ["venvoy", "pip", "fix", "--python"]
    done = json.loads(venvoy("pip", "fix", "--python", "here", "--json").stdout)["result"]
    assert (done["action"], done["old"], done["done"]) == ("raise", "9.0.1", True)
    assert not (site_of(environment) / "pip-9.0.1.dist-info").exists()
    assert venvoy("pip", "check", "--python", "here").code == 0


def test_a_half_installed_pip_is_wiped_and_put_in_anew(venvoy: CommandLine, environment: Path) -> None:
    assert venvoy("pip", "fix", "--python", "here").code == 0
    shutil.rmtree(site_of(environment) / "pip" / "_vendor" / "packaging")
    (site_of(environment) / "~ip-23.0.dist-info").mkdir()
    ran = venvoy("pip", "check", "--python", "here", "--json")
    (checked,) = json.loads(ran.stdout)["result"]["checked"]
    assert (ran.code, checked["status"]) == (1, "broken")
    assert re.fullmatch(r"It is only half installed: \d+ of its files are missing", checked["why"])
    done = json.loads(venvoy("pip", "fix", "--python", "here", "--json").stdout)["result"]
    assert (done["action"], done["done"]) == ("renew", True)
    assert sorted(path.name for path in site_of(environment).iterdir() if "ip" in path.name)[:1] == ["pip"]
    assert venvoy("pip", "check", "--python", "here").code == 0


def test_when_the_new_pip_does_not_work_the_old_one_is_there_again(venvoy: CommandLine, environment: Path) -> None:
    plant(environment, "9.0.1")
    # Whatever pip is put in will not find a module of the standard library. (Some systems have a sitecustomize already.)
    (site_of(environment) / "broken.pth").write_text("import sys; sys.modules['optparse'] = None\n", encoding="utf-8")
    before = tree(environment)
    ran = venvoy("pip", "fix", "--python", "here")
    ran.says("""
        exit 30
        err error: pip [PIP] could not be put into [HERE]. [pip-broken]
        err   ModuleNotFoundError: import of optparse halted; None in sys.modules
        err   → Take another Python: this one may be incomplete.
        err   → venvoy python list   shows what each of them lacks
    """)
    assert tree(environment) == before


def test_commands_that_start_another_python_are_told_and_written_anew(venvoy: CommandLine, environment: Path) -> None:
    assert venvoy("pip", "fix", "--python", "here").code == 0
    if sys.platform == "win32":
        pytest.skip("a launcher there holds its path inside")
    for name in ("pip", "pip3"):
        (environment / BIN / name).write_text("#!/nowhere/bin/python\n", encoding="utf-8")
    venvoy("pip", "check", "--python", "here").says("""
        exit 0
        out Python [PYTHON]  [HERE]
        out pip [PIP]  fits  [PROJECT]/here/[SITE]
        out It can run pip [SPAN]
        out
        out [PYTHON]  [HERE]
        out   pip starts a Python that is gone, [HERE]: type python -m pip instead.
        out   pip3 starts a Python that is gone, [HERE]: type python -m pip instead.
        out   → venvoy pip fix --python [PROJECT]/here
    """)
    venvoy("pip", "fix", "--python", "here").says("""
        exit 0
        err Put pip [PIP] anew into Python [PYTHON] in [HERE], and tried it: it works
    """)
    assert "/nowhere/" not in (environment / BIN / "pip").read_text(encoding="utf-8")


def test_outside_of_an_environment_a_person_is_asked_first(venvoy: CommandLine, tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("a script is no executable there")
    # a Python with a site of its own, so that nobody's real one can be touched
    site = tmp_path / "site"
    site.mkdir()
    (site / "pip").mkdir()
    (site / "pip" / "__init__.py").write_text('__version__ = "9.0.1"\n', encoding="utf-8")
    (site / "pip" / "_vendor").mkdir()
    wrapper = tmp_path / "python3"
    said = {
        "executable": str(wrapper), "version": "3.12.1", "implementation": "cpython", "bits": 64, "platform": "linux-x86_64",
        "free_threaded": False, "prefix": str(tmp_path), "base_prefix": str(tmp_path), "base_executable": "",
        "stdlib": str(tmp_path), "modules": "", "paths": [str(site)], "site_packages": str(site), "scripts": str(tmp_path),
        "user_site": "", "user_scripts": "", "missing": [],
    }  # fmt: skip
    wrapper.write_text(f"#!/bin/sh\necho 'venvoy-facts<{json.dumps(said)}>venvoy-facts'\n", encoding="utf-8")
    wrapper.chmod(0o755)
    venvoy.filters[:0] = [(r"(?<=pip )2\d\.\d+(?:\.\d+)?", "[PIP]")]
    venvoy("pip", "fix", "--python", str(wrapper)).says("""
        exit 2
        err error: Nothing was changed: this needs a person's consent. [consent-needed]
        err   Python 3.12.1 in [FOLDER]/python3 is no environment: every project that uses it sees the change.
        err   → Add --yes to the command if that is what you want.
    """)
    (tmp_path / "EXTERNALLY-MANAGED").write_text("[externally-managed]\n", encoding="utf-8")
    wrapper.write_text(wrapper.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    venvoy("pip", "fix", "--yes", "--python", str(wrapper)).says("""
        exit 30
        err error: The pip of [FOLDER]/python3 is not changed: this Python belongs to your system. [externally-managed]
        err   at [FOLDER]/EXTERNALLY-MANAGED
        err   Tools of the system run on it, and its package manager keeps it up to date (PEP 668).
        err   → Make an environment, which has a pip of its own: venvoy venv
        err   → Or change it with the package manager of your system, for instance: apt install python3-pip
    """)
    venvoy("pip", "check", "--python", str(wrapper)).says("""
        exit 1
        out Python 3.12.1  [FOLDER]/python3
        out pip 9.0.1      too old  [FOLDER]/site
        out It can run pip [PIP] to 26.3, not 23.1.1.
        out
        out 3.12.1  [FOLDER]/python3
        out   pip 9.0.1: On Python 3.12 it ends in ModuleNotFoundError: No module named 'urllib3'.
        out   It belongs to the system, which forbids to change it (PEP 668): make an environment, venvoy venv
    """)


def test_every_python_of_the_computer_is_looked_at(venvoy: CommandLine) -> None:
    result = json.loads(venvoy("pip", "check", "--all", "--json").stdout)["result"]
    assert any(one["version"] == "[PYTHON]" for one in result["checked"])
    lines = venvoy("pip", "check", "--all").stdout.splitlines()
    assert lines[0].split() == ["Python", "pip", "can", "run", "bundled", "where"]
    assert any(line.startswith("[PYTHON]") for line in lines)


def test_without_a_project_or_an_environment_it_says_what_to_name(venvoy: CommandLine) -> None:
    venvoy("pip", "check").says("""
        exit 30
        err error: There is no project here, and no environment is active. [environment-missing]
        err   → venvoy pip check --all             looks at every Python of this computer
        err   → venvoy pip check --python 3.12     at one of them, or at the environment in a folder
    """)
    venvoy("pip", "wheel", "x").says("""
        exit 2
        err error: There is no command 'pip wheel'. [usage]
        err   There is: pip check, pip fix.
        err   → venvoy pip --help   says what they do
    """)
    venvoy("pip", "check", VIRTUAL_ENV=str(venvoy.project / "gone")).says("""
        exit 30
        err error: There is no environment in [PROJECT]/gone. [environment-missing]
        err   → venvoy pip check --all             looks at every Python of this computer
        err   → venvoy pip check --python 3.12     at one of them, or at the environment in a folder
    """)


def test_newer_pips_of_the_index_are_known_and_remembered(venvoy: CommandLine, environment: Path, wheels: Path) -> None:
    WheelSpec("pip", "99.0").write(wheels)
    venvoy.filters.clear()
    for offline in ([], ["--offline"]):
        (checked,) = json.loads(venvoy("pip", "check", "--python", "here", "--json", *offline).stdout)["result"][
            "checked"
        ]
        assert (checked["best"], checked["runs"]["newest"]) == ("99.0", "99.0")
    done = json.loads(venvoy("pip", "fix", "--python", "here", "--json").stdout)["result"]
    assert done["new"] != "99.0", "what is at hand and fits is not fetched"


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no executable there")
def test_commands_that_go_where_path_does_not_lead_are_told(venvoy: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "python3").symlink_to(program.python())
    found = json.loads(venvoy("pip", "check", "--all", "--json", PATH=str(folder)).stdout)["result"]["checked"]
    mine = [one for one in found if one["executable"].startswith("[FOLDER]/elsewhere")]
    assert [one["scripts_missed"] for one in mine] == [True]
    lines = venvoy("pip", "check", "--all", PATH=str(folder)).stdout
    assert re.search(r"The commands of what it installs go into .*, which is not on PATH\.", lines)


def test_in_a_projects_environment_pip_says_what_to_type_until_there_is_one(venvoy: CommandLine, project: Path) -> None:
    assert venvoy("add", "demo").code == 0
    commands = project / ".venv" / BIN
    word = commands / ("pip.bat" if sys.platform == "win32" else "pip")
    ran = venvoy("run", str(word), "install", "demo")
    assert ran.code == 1
    assert "venvoy add NAME      in place of pip install NAME" in ran.stderr
    assert venvoy("verify").code == 0
    assert "nothing" in venvoy("sync").stderr.lower()
    assert venvoy("pip", "fix").code == 0
    assert venvoy("run", "pip", "--version").stdout.startswith("pip ")
    assert venvoy("verify").code == 0
