"""Taking a pip out of the way: only what belongs to the Python that is changed, and back again when that fails."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import pytest

from support.command_line import tree
from venvoy.errors import Problem
from venvoy.python import pips, seed
from venvoy.python.facts import Facts
from venvoy.values import replace


def plant(site: Path, version: str) -> None:
    for name in ("pip", f"pip-{version}.dist-info", "other"):
        (site / name).mkdir(parents=True)
    (site / "pip" / "__init__.py").write_text(f'__version__ = "{version}"\n', encoding="utf-8")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def environment(tmp_path: Path) -> Facts:
    """An environment that sees the packages of its base and of the user, each with a pip; its own has one too."""
    root, base, user = tmp_path / "env", tmp_path / "base", tmp_path / "user"
    for site, version in ((root / "site", "1.0"), (base, "2.0"), (user, "3.0")):
        plant(site, version)
    (root / "pyvenv.cfg").write_text("home = x\n", encoding="utf-8")
    (root / "bin").mkdir()
    for name in ("pip", "pip3", "pip-3.12", "pipx", "python"):
        (root / "bin" / name).write_text("", encoding="utf-8")
    return Facts(
        executable=str(root / "bin" / "python"),
        version="3.12.1",
        implementation="CPython",
        bits=64,
        platform="linux-x86_64",
        free_threaded=False,
        prefix=str(root),
        base_prefix=str(base),
        base_executable="",
        stdlib=str(tmp_path),
        paths=(str(root / "site"), str(base)),
        site_packages=str(root / "site"),
        scripts=str(root / "bin"),
        user_site=str(user),
        user_scripts="",
        missing=(),
        externally_managed="",
        bundled="",
    )


def test_an_environment_that_sees_other_packages_changes_its_own_only(environment: Facts, tmp_path: Path) -> None:
    found = pips.installed(environment)
    assert found is not None
    assert (found.version, found.user) == ("1.0", False)
    with seed.replacing(environment):
        assert not Path(environment.site_packages, "pip").exists()
        found = pips.installed(environment)
        assert found is not None
        assert found.version == "3.0", "the next one that it sees"
    assert names(Path(environment.site_packages)) == ["other"]
    assert names(Path(environment.executable).parent) == ["pipx", "python"]
    assert (tmp_path / "base" / "pip").is_dir()
    assert (tmp_path / "user" / "pip").is_dir()


def test_when_what_is_done_meanwhile_fails_all_is_as_before(environment: Facts, tmp_path: Path) -> None:
    before = tree(tmp_path)

    def fail() -> None:
        Path(environment.site_packages, "pip").mkdir()  # half of a new one
        raise Problem("pip-broken", "no")

    with pytest.raises(Problem), seed.replacing(environment):
        fail()
    assert tree(tmp_path) == before


def test_one_without_a_pip_gets_nothing_taken_away(environment: Facts, tmp_path: Path) -> None:
    with seed.replacing(environment):
        pass
    before = tree(tmp_path)
    with seed.replacing(environment):
        pass
    assert tree(tmp_path) == before


def test_what_installs_itself_out_of_its_wheel_is_not_called_pip(environment: Facts, tmp_path: Path) -> None:
    """On Windows pip refuses to change itself when it is: ``pip.exe`` would be in use."""
    wheel = tmp_path / "pip-9.9-py3-none-any.whl"
    said = tmp_path / "said"
    code = f"import os, sys; open({str(said)!r}, 'w').write(repr([os.path.basename(sys.argv[0]), sys.argv[-1]]))"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("pip/__init__.py", "")
        archive.writestr("pip/__main__.py", code)
    seed.install(replace(environment, executable=sys.executable), wheel, environ=dict(os.environ))
    assert said.read_text(encoding="utf-8") == repr(["__main__.py", str(wheel)])
