"""``venvoy sync``: the environment becomes what the lockfile says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.command_line import CommandLine, tree
from support.index_server import IndexServer

PYPROJECT = """\
[project]
name = "shop"
version = "1.0"
dependencies = ["demo>=2"]
[project.optional-dependencies]
art = ["paint"]
[dependency-groups]
dev = ["tester"]
docs = ["native"]
"""


@pytest.fixture
def shop(venvoy: CommandLine) -> Path:
    (venvoy.project / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    return venvoy.project


def test_a_checkout_becomes_an_environment(shop: Path, venvoy: CommandLine) -> None:
    venvoy("sync").says("""
        exit 0
        err Wrote pylock.toml (5 added)
        err Made an environment in .venv with Python [PYTHON]
        err  + demo 2.0
        err  + helper 1.5
        err  + tester 8.0
        err Installed 3 in .venv
    """)
    venvoy("sync").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)
    shutil.rmtree(shop / ".venv")
    venvoy("sync", "--locked").says("""
        exit 0
        err Made an environment in .venv with Python [PYTHON]
        err  + demo 2.0
        err  + helper 1.5
        err  + tester 8.0
        err Installed 3 in .venv
    """)


def test_groups_and_extras_come_and_go_as_asked(shop: Path, venvoy: CommandLine) -> None:
    venvoy("sync", "--no-dev").says("""
        exit 0
        err Wrote pylock.toml (5 added)
        err Made an environment in .venv with Python [PYTHON]
        err  + demo 2.0
        err  + helper 1.5
        err Installed 2 in .venv
    """)
    venvoy("sync", "--group", "docs", "--extra", "Art").says("""
        exit 0
        err  + native 1.2
        err  + paint 4.1
        err  + tester 8.0
        err Installed 3 in .venv
    """)
    venvoy("sync", "--inexact", "--no-dev").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)
    venvoy("sync", "--no-dev").says("""
        exit 0
        err  - native 1.2
        err  - paint 4.1
        err  - tester 8.0
        err Removed 3 in .venv
    """)


def test_dry_run_only_shows(shop: Path, venvoy: CommandLine) -> None:
    venvoy("sync", "--dry-run").says("""
        exit 0
        err Would write pylock.toml (5 added)
        err Would make an environment in .venv with Python [PYTHON]
        err  + demo 2.0
        err  + helper 1.5
        err  + tester 8.0
        err Would install 3 in .venv
    """)
    assert [path.name for path in shop.iterdir()] == ["pyproject.toml"]
    assert venvoy("sync").code == 0
    before = tree(shop)
    venvoy("sync", "--dry-run", "--no-dev").says("""
        exit 0
        err  - tester 8.0
        err Would remove 1 in .venv
    """)
    assert tree(shop) == before


def test_locked_refuses_what_frozen_takes_as_it_is(shop: Path, venvoy: CommandLine) -> None:
    venvoy("sync", "--locked").says("""
        exit 3
        err error: This project has no lockfile yet. [lockfile-missing]
        err   at [PROJECT]/pylock.toml
        err   With --locked, --frozen and --check nothing is resolved: all comes from pylock.toml.
        err   → venvoy lock   writes it; put it under version control
    """)
    venvoy("sync", "--frozen").says("""
        exit 3
        err error: This project has no lockfile yet. [lockfile-missing]
        err   at [PROJECT]/pylock.toml
        err   With --locked, --frozen and --check nothing is resolved: all comes from pylock.toml.
        err   → venvoy lock   writes it; put it under version control
    """)
    assert venvoy("lock").code == 0
    edited = PYPROJECT.replace('dependencies = ["demo>=2"]', 'dependencies = ["demo>=2", "native"]')
    (shop / "pyproject.toml").write_text(edited, encoding="utf-8")
    lock = (shop / "pylock.toml").read_bytes()
    venvoy("sync", "--locked").says("""
        exit 4
        err error: The lockfile is out of date. [lockfile-outdated]
        err   at [PROJECT]/pylock.toml
        err   pyproject.toml has changed since it was written.
        err   → venvoy lock   writes it anew; put the new one under version control
    """)
    assert not (shop / ".venv").exists()
    venvoy("sync", "--frozen", "--no-dev").says("""
        exit 0
        err Made an environment in .venv with Python [PYTHON]
        err  + demo 2.0
        err  + helper 1.5
        err Installed 2 in .venv
    """)
    assert (shop / "pylock.toml").read_bytes() == lock


def test_offline_works_from_the_cache_with_no_index_at_all(
    shop: Path, venvoy: CommandLine, wheels: Path, tmp_path: Path
) -> None:
    with IndexServer(wheels) as server:
        assert venvoy("sync", PIP_INDEX_URL=server.url).code == 0
        url = server.url
    before = tree(shop / ".venv") | {".venvoy/stamp": ""}
    shutil.rmtree(shop / ".venv")
    venvoy("sync", "--offline", PIP_INDEX_URL=url).says("""
        exit 0
        err Made an environment in .venv with Python [PYTHON]
        err  + demo 2.0
        err  + helper 1.5
        err  + tester 8.0
        err Installed 3 in .venv
    """)
    assert tree(shop / ".venv") | {".venvoy/stamp": ""} == before
    (shop / "pylock.toml").unlink()
    venvoy("sync", "--offline", PIP_INDEX_URL=url).says("""
        exit 0
        err Wrote pylock.toml (5 added)
    """)


def test_offline_without_a_cache_says_what_is_missing(shop: Path, venvoy: CommandLine) -> None:
    (shop / "pyproject.toml").write_text("[project]\nname = 'x'\nversion = '1'\ndependencies = ['paint']\n")
    venvoy("sync", "--offline").says("""
        exit 20
        err error: Working offline, and the list of versions of paint is not in the cache. [offline]
        err   → Run the command again without --offline.
    """)
    assert venvoy("lock").code == 0
    venvoy("sync", "--offline").says("""
        exit 20
        err error: Working offline, and the file paint-4.1-py3-none-any.whl is not in the cache. [offline]
        err   → Run the command again without --offline.
    """)
    venvoy("sync", "--offline", "--json").says("""
        exit 20
        out {
        out   "schema": 1, "command": "sync", "ok": false,
        out   "error": {
        out     "code": "offline",
        out     "what": "Working offline, and the file paint-4.1-py3-none-any.whl is not in the cache.",
        out     "why": "", "fix": ["Run the command again without --offline."], "where": "", "exit": 20,
        out     "data": {}
        out   },
        out   "warnings": []
        out }
    """)
    assert not (shop / ".venv").exists()


def test_what_somebody_else_installed_goes_and_what_is_missing_comes_back(shop: Path, venvoy: CommandLine) -> None:
    assert venvoy("sync").code == 0
    site = next((shop / ".venv").rglob("site-packages"))
    (site / "stray-1.0.dist-info").mkdir()
    (site / "stray-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: stray\nVersion: 1.0\n")
    (site / "stray-1.0.dist-info" / "RECORD").write_text("stray-1.0.dist-info/METADATA,,\n")
    shutil.rmtree(next(site.glob("helper-*.dist-info")))
    venvoy("sync").says("""
        exit 0
        err  + helper 1.5
        err  - stray 1.0
        err Installed 1, removed 1 in .venv
    """)


def test_an_environment_that_does_not_fit_is_made_anew(shop: Path, venvoy: CommandLine) -> None:
    assert venvoy("sync").code == 0
    shutil.copytree(shop, shop.parent / "copy", symlinks=True)
    venvoy("sync", directory=shop.parent / "copy").says("""
        exit 0
        err warning: The environment in [FOLDER]/copy/.venv is made anew: it is a copy of [PROJECT]/.venv, and its commands still lead there.
        err Made an environment in .venv with Python [PYTHON]
        err  + demo 2.0
        err  + helper 1.5
        err  + tester 8.0
        err Installed 3 in .venv
    """)
    (shop / ".venv" / "pyvenv.cfg").unlink()
    venvoy("sync").says("""
        exit 0
        err warning: The environment in [PROJECT]/.venv is made anew: it holds no pyvenv.cfg: it is half-made, or it is not an environment at all.
        err Made an environment in .venv with Python [PYTHON]
        err  + demo 2.0
        err  + helper 1.5
        err  + tester 8.0
        err Installed 3 in .venv
    """)
    shutil.rmtree(shop / ".venv")
    (shop / ".venv").touch()
    venvoy("sync").says("""
        exit 30
        err error: No environment can be made in [PROJECT]/.venv: it is a file. [environment-exists]
        err   → Choose another path, or move that file away.
    """)


def test_the_result_is_there_as_json(shop: Path, venvoy: CommandLine) -> None:
    venvoy("sync", "--json", "--no-dev").says("""
        exit 0
        out {
        out   "schema": 1, "command": "sync", "ok": true,
        out   "result": {
        out     "environment": "[PROJECT]/.venv", "python": "[PYTHON]", "created": true,
        out     "lockfile_changed": true,
        out     "lockfile_moves": [
        out       {"name": "demo", "old": "", "new": "2.0"}, {"name": "helper", "old": "", "new": "1.5"},
        out       {"name": "native", "old": "", "new": "1.2"}, {"name": "paint", "old": "", "new": "4.1"},
        out       {"name": "tester", "old": "", "new": "8.0"}
        out     ],
        out     "changes": [
        out       {
        out         "name": "demo", "old": null,
        out         "new": {
        out           "name": "demo", "version": "2.0",
        out           "artifact": {
        out             "filename": "demo-2.0-py3-none-any.whl",
        out             "url": "[INDEX]/files/demo-2.0-py3-none-any.whl", "kind": "wheel", "name": "demo",
        out             "version": "2.0", "hashes": {"sha256": "[DIGEST]"}, "size": [SIZE],
        out             "upload_time": "2024-05-06T07:08:09Z", "requires_python": null, "yanked": null,
        out             "metadata": null, "tags": ["py3-none-any"]
        out           },
        out           "requested": true, "direct_url": null, "pinned": null, "source": null
        out         }
        out       },
        out       {
        out         "name": "helper", "old": null,
        out         "new": {
        out           "name": "helper", "version": "1.5",
        out           "artifact": {
        out             "filename": "helper-1.5-py3-none-any.whl",
        out             "url": "[INDEX]/files/helper-1.5-py3-none-any.whl", "kind": "wheel", "name": "helper",
        out             "version": "1.5", "hashes": {"sha256": "[DIGEST]"}, "size": [SIZE],
        out             "upload_time": "2024-05-06T07:08:09Z", "requires_python": null, "yanked": null,
        out             "metadata": null, "tags": ["py3-none-any"]
        out           },
        out           "requested": false, "direct_url": null, "pinned": null, "source": null
        out         }
        out       }
        out     ],
        out     "dry_run": false, "applied": null
        out   },
        out   "warnings": []
        out }
    """)


def test_groups_and_extras_that_are_not_there(shop: Path, venvoy: CommandLine) -> None:
    venvoy("sync", "--group", "doc").says("""
        exit 3
        err error: This project has no group 'doc'. [group-unknown]
        err   at [PROJECT]/pyproject.toml
        err   It has: dev, docs.
        err   → Add a dependency to it, and it exists: venvoy add --group doc NAME
    """)
    path = venvoy.project / "pyproject.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f'{text}\n[tool.venvoy]\ndefault-groups = ["dev", "dcos"]\n', encoding="utf-8")
    venvoy("sync").says("""
        exit 3
        err error: This project has no group 'dcos'. [group-unknown]
        err   at [PROJECT]/pyproject.toml
        err   It has: dev, docs.
        err   → Add a dependency to it, and it exists: venvoy add --group dcos NAME
        err   → Or take it out of default-groups in [tool.venvoy].
    """)
    assert venvoy("sync", VENVOY_DEFAULT_GROUPS="dev,elsewhere").code == 0
    path.write_text(text, encoding="utf-8")
    venvoy("sync", "--extra", "arts").says("""
        exit 3
        err error: This project has no extra 'arts'. [extra-unknown]
        err   at [PROJECT]/pyproject.toml
        err   It has: art.
        err   → Add a dependency to it, and it exists: venvoy add --optional arts NAME
    """)
    venvoy("sync", "--extra", "arts", "--json").says("""
        exit 3
        out {
        out   "schema": 1, "command": "sync", "ok": false,
        out   "error": {
        out     "code": "extra-unknown", "what": "This project has no extra 'arts'.", "why": "It has: art.",
        out     "fix": ["Add a dependency to it, and it exists: venvoy add --optional arts NAME"],
        out     "where": "[PROJECT]/pyproject.toml", "exit": 3, "data": {"known": ["art"]}
        out   },
        out   "warnings": []
        out }
    """)


def test_modules_are_compiled_once_for_every_environment(project: Path, venvoy: CommandLine, cache: Path) -> None:
    assert venvoy("add", "demo").code == 0
    for _ in range(2):
        shutil.rmtree(project / ".venv")
        assert venvoy("sync", "--compile-bytecode").code == 0
        (compiled,) = (project / ".venv").rglob("demo.*.pyc")
        (stored,) = cache.rglob("demo.*.pyc")
        assert compiled.samefile(stored)
    assert venvoy("run", "demo", "again").stdout == "demo again\n"
    assert compiled.samefile(stored), "what is right is not compiled anew"
    assert venvoy("verify").code == 0
    stored.chmod(0o644)
    stored.write_bytes(b"somebody else's")
    shutil.rmtree(project / ".venv")
    assert venvoy("sync", VENVOY_COMPILE_BYTECODE="true").code == 0
    assert venvoy("run", "demo", "again").stdout == "demo again\n"
    assert venvoy("remove", "demo").code == 0
    assert [path.name for path in (project / ".venv").rglob("*.pyc") if "demo" in path.name] == []
