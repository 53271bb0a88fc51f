"""Folders, git repositories, archives and tied indexes: added, locked, installed, changed."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from support.command_line import CommandLine, expect
from support.index_server import Behaviour, IndexServer
from support.places import contents, depend, put, with_git
from support.repositories import Repository, needs_git
from support.sources import TinySource
from support.wheels import WheelSpec


@pytest.fixture
def venvoy(venvoy: CommandLine, tmp_path: Path) -> CommandLine:
    return with_git(venvoy, tmp_path)


def installed(project: Path, name: str) -> dict[str, object]:
    """The direct_url.json of a distribution."""
    [path] = project.glob(f".venv/**/{name}-*.dist-info/direct_url.json")
    found: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return found


def locked(project: Path, venvoy: CommandLine) -> str:
    text = (project / "pylock.toml").read_text(encoding="utf-8")
    return venvoy.filtered(text[text.index("[[packages]]") : text.index("[tool.venvoy]")])


def test_what_has_a_source_gets_no_bound_with_an_extra(project: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    files = contents("local", more='[project.optional-dependencies]\nfast = ["helper"]')
    put(tmp_path / "local", files)
    assert venvoy("add", "../local").code == 0
    assert venvoy("add", "local[fast]").code == 0
    assert '    "local[fast]",\n' in (project / "pyproject.toml").read_text(encoding="utf-8")


def test_a_folder_is_added_used_where_it_lies_and_taken_out_again(
    project: Path, venvoy: CommandLine, tmp_path: Path
) -> None:
    put(tmp_path / "base", contents("base", "0.2"))
    table = '[tool.venvoy.sources]\nbase = { path = "../base" }'
    put(tmp_path / "local", contents("local", requires=["base>=0.1", "helper"], more=table))
    venvoy("add", "--editable", "../local").says("""
        exit 0
        err Wrote pylock.toml (3 added)
        err  + base 0.2
        err  + helper 1.6
        err  + local 1.0
        err Installed 3 in .venv
        err Added to your project: local
    """)
    expect(
        venvoy.filtered((project / "pyproject.toml").read_text(encoding="utf-8")),
        """
        [project]
        name = "project"
        version = "0.1.0"
        requires-python = ">=[MINOR]"
        dependencies = [
            "local",
        ]

        [tool.venvoy.sources]
        local = { path = "../local", editable = true }
        """,
    )
    expect(
        locked(project, venvoy),
        """
        [[packages]]
        name = "base"
        directory = { path = "../base" }
        tool = { venvoy = { inputs = "sha256:[DIGEST]" } }

        [[packages]]
        name = "helper"
        version = "1.6"
        index = "[INDEX]/simple/"
        wheels = [
            { name = "helper-1.6-py3-none-any.whl", upload-time = 2024-05-06T07:08:09Z, url = "[INDEX]/files/helper-1.6-py3-none-any.whl", size = [SIZE], hashes = { sha256 = "[DIGEST]" } },
        ]

        [[packages]]
        name = "local"
        dependencies = [
            { name = "base" },
            { name = "helper" },
        ]
        directory = { path = "../local", editable = true }
        tool = { venvoy = { inputs = "sha256:[DIGEST]" } }
        """,
    )
    url = (tmp_path / "local").as_uri()
    assert installed(project, "local") == {"url": url, "dir_info": {"editable": True}}
    assert installed(project, "base") == {"url": (tmp_path / "base").as_uri(), "dir_info": {}}
    venvoy("sync").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)
    venvoy("tree").says("""
        exit 0
        out your project
        out └─ local from ../local
        out    ├─ base from ../base  [base>=0.1]
        out    └─ helper 1.6
    """)
    venvoy("why", "base").says("""
        exit 0
        out base from ../base is locked, because
        out   your project needs local, local needs base>=0.1
    """)
    venvoy("verify").says("""
        exit 0
        err .venv is as it should be (3 distributions, 18 files)
    """)
    venvoy("remove", "local").says("""
        exit 0
        err Wrote pylock.toml (3 removed)
        err  - base 0.2
        err  - helper 1.6
        err  - local 1.0
        err Removed 3 in .venv
        err Removed from your project: local
    """)
    assert "sources" not in (project / "pyproject.toml").read_text(encoding="utf-8")


def test_two_folders_may_name_a_third_each_in_its_way(project: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    put(tmp_path / "base", contents("base", "0.2"))
    for name, row in (("one", '{ path = "../base" }'), ("two", '{ path = "../base", editable = true }')):
        table = f"[tool.venvoy.sources]\nbase = {row}"
        put(tmp_path / name, contents(name, requires=["base>=0.1"], more=table))
    depend(project, 'one = { path = "../one" }\ntwo = { path = "../two" }', "one", "two")
    venvoy("lock").says("""
        exit 0
        err  + base from ../base
        err  + one from ../one
        err  + two from ../two
        err Wrote pylock.toml: 3 distributions
    """)
    put(tmp_path / "base", contents("base", "0.0.1"))
    venvoy("lock").says("""
        exit 10
        err error: No set of versions meets all requirements. [no-solution]
        err   - Your project needs one.
        err   - one 1.0 needs base>=0.1, but the only version is 0.0.1.
        err   → 1. Leave out one (your project) and leave out two (your project): venvoy lock --apply 1
    """)


def test_a_change_in_a_folder_is_noticed(project: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    folder = put(tmp_path / "local", contents("local"))
    depend(project, 'local = { path = "../local" }', "local")
    venvoy("sync").says("""
        exit 0
        err Wrote pylock.toml (1 added)
        err  + local 1.0
        err Installed 1 in .venv
    """)
    venvoy("sync").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)
    (folder / "data.txt").write_text("new", encoding="utf-8")
    venvoy("sync").says("""
        exit 0
        err  ~ local 1.0 (again)
        err Replaced 1 in .venv
    """)
    (folder / "more.txt").write_text("new", encoding="utf-8")
    venvoy("run", sys.executable, "-c", "print('it runs')").says("""
        exit 0
        out it runs
    """)
    put(folder, contents("local", "1.1"))
    venvoy("sync", "--locked").says("""
        exit 4
        err error: The lockfile is out of date. [lockfile-outdated]
        err   at [HERE]/project/pylock.toml
        err   The project in ../local has changed since it was written.
        err   → venvoy lock   writes it anew; put the new one under version control
    """)
    venvoy("lock", "--check").says("""
        exit 4
        err error: The lockfile is out of date. [lockfile-outdated]
        err   at [HERE]/project/pylock.toml
        err   The project in ../local has changed since it was written.
        err   → venvoy lock   writes it anew; put the new one under version control
    """)
    venvoy("sync").says("""
        exit 0
        err Wrote pylock.toml
        err  ~ local 1.0 → 1.1
        err Replaced 1 in .venv
    """)
    venvoy("sync").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)


@needs_git
def test_a_branch_stays_at_its_commit_until_it_is_upgraded(project: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    inner = '[tool.venvoy.sources]\ninner = { path = "../inner" }'
    files = {f"py/{name}": text for name, text in contents("local", requires=["inner"], more=inner).items()}
    first = repository.commit({**files, **{f"inner/{name}": text for name, text in contents("inner").items()}})
    depend(project, f'local = {{ git = "{repository.url}", branch = "main", subdirectory = "py" }}', "local")
    venvoy("sync").says("""
        exit 0
        err Wrote pylock.toml (2 added)
        err  + inner 1.0
        err  + local 1.0
        err Installed 2 in .venv
    """)
    expect(
        locked(project, venvoy),
        """
        [[packages]]
        name = "inner"
        version = "1.0"
        vcs = { type = "git", path = "../repository", commit-id = "[COMMIT]", subdirectory = "inner" }

        [[packages]]
        name = "local"
        version = "1.0"
        dependencies = [
            { name = "inner" },
        ]
        vcs = { type = "git", path = "../repository", requested-revision = "main", commit-id = "[COMMIT]", subdirectory = "py" }
        """,
    )
    assert installed(project, "local") == {
        "url": repository.url,
        "subdirectory": "py",
        "vcs_info": {"vcs": "git", "requested_revision": "main", "commit_id": first},
    }
    second = repository.commit({"py/news.txt": "news"})
    venvoy("add", "helper").says("""
        exit 0
        err Wrote pylock.toml (1 added)
        err  + helper 1.6
        err Installed 1 in .venv
        err Added to your project: helper>=1.6
    """)
    assert second not in (project / "pylock.toml").read_text(encoding="utf-8")
    venvoy("lock", "--upgrade-package", "local").says("""
        exit 0
        err  ~ inner 1.0 at [COMMIT] → 1.0 at [COMMIT]
        err  ~ local 1.0 at [COMMIT] → 1.0 at [COMMIT]
        err Wrote pylock.toml: 3 distributions
    """)
    venvoy("sync").says("""
        exit 0
        err  ~ inner 1.0 (again)
        err  ~ local 1.0 (again)
        err Replaced 2 in .venv
    """)
    assert second in str(installed(project, "local"))
    shutil.rmtree(repository.folder)
    shutil.rmtree(project / ".venv")
    venvoy("sync", "--locked", "--offline").says("""
        exit 0
        err Made an environment in .venv with Python [PYTHON]
        err  + helper 1.6
        err  + inner 1.0
        err  + local 1.0
        err Installed 3 in .venv
    """)


@needs_git
def test_addresses_are_added_under_the_name_that_is_there(project: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    repository.commit(contents("local"))
    repository.git("tag", "v1")
    archive = TinySource("packed", "3.0").write(tmp_path / "dist")
    wheel = WheelSpec("wheely", "2.0").write(tmp_path / "dist")
    venvoy("add", f"git+{repository.url}@v1", archive.as_uri(), f"../dist/{wheel.name}").says("""
        exit 0
        err Wrote pylock.toml (3 added)
        err  + local 1.0
        err  + packed 3.0
        err  + wheely 2.0
        err Installed 3 in .venv
        err Added to your project: local @ git+file://[HERE]/repository@v1, packed @ file://[HERE]/dist/packed-3.0.tar.gz, wheely
    """)
    expect(
        venvoy.filtered((project / "pyproject.toml").read_text(encoding="utf-8")),
        """
        [project]
        name = "project"
        version = "0.1.0"
        requires-python = ">=[MINOR]"
        dependencies = [
            "local @ git+file://[HERE]/repository@v1",
            "packed @ file://[HERE]/dist/packed-3.0.tar.gz",
            "wheely",
        ]

        [tool.venvoy.sources]
        wheely = { path = "../dist/wheely-2.0-py3-none-any.whl" }
        """,
    )
    expect(
        locked(project, venvoy),
        """
        [[packages]]
        name = "local"
        version = "1.0"
        vcs = { type = "git", path = "../repository", requested-revision = "v1", commit-id = "[COMMIT]" }

        [[packages]]
        name = "packed"
        version = "3.0"
        archive = { path = "../dist/packed-3.0.tar.gz", size = [SIZE], hashes = { sha256 = "[DIGEST]" } }

        [[packages]]
        name = "wheely"
        version = "2.0"
        archive = { path = "../dist/wheely-2.0-py3-none-any.whl", size = [SIZE], hashes = { sha256 = "[DIGEST]" } }
        """,
    )
    assert installed(project, "packed")["url"] == archive.as_uri()
    venvoy("sync").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)
    WheelSpec("wheely", "2.0", files={"wheely.py": "# made anew\n"}).write(tmp_path / "dist")
    venvoy("sync", "--locked").says("""
        exit 4
        err error: The lockfile is out of date. [lockfile-outdated]
        err   at [HERE]/project/pylock.toml
        err   ../dist/wheely-2.0-py3-none-any.whl has changed since it was written.
        err   → venvoy lock   writes it anew; put the new one under version control
    """)
    (project / ".venv").rename(tmp_path / "old")
    refused = venvoy("sync", "--frozen", VENVOY_CACHE_DIR=str(tmp_path / "empty"))
    assert (refused.code, "on purpose: venvoy update wheely" in refused.stderr) == (22, True)
    venvoy("sync").says("""
        exit 0
        err Wrote pylock.toml
        err Made an environment in .venv with Python [PYTHON]
        err  + local 1.0
        err  + packed 3.0
        err  + wheely 2.0
        err Installed 3 in .venv
    """)


def test_a_place_takes_the_place_of_another(project: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    put(tmp_path / "local", contents("local"))
    wheel = WheelSpec("local", "2.0").write(tmp_path)
    said = []
    for word in (f"local @ {wheel.as_uri()}", "../local", wheel.as_uri()):
        assert venvoy("add", word).code == 0
        text = (project / "pyproject.toml").read_text(encoding="utf-8")
        said.append(venvoy.filtered(text[text.index("dependencies") :]))
    expect(
        "\n".join(said),
        """
        dependencies = [
            "local @ file://[HERE]/local-2.0-py3-none-any.whl",
        ]

        dependencies = [
            "local",
        ]

        [tool.venvoy.sources]
        local = { path = "../local" }

        dependencies = [
            "local @ file://[HERE]/local-2.0-py3-none-any.whl",
        ]
        """,
    )


def test_a_name_that_is_tied_to_an_index_comes_from_there_only(
    project: Path, venvoy: CommandLine, tmp_path: Path
) -> None:
    folder = tmp_path / "second"
    WheelSpec("helper", "0.1").write(folder)
    with IndexServer(folder, Behaviour(credentials=("me", "s3cret"))) as second:
        venvoy.hide(second.root, "SECOND")
        address = second.url.replace("http://", "http://me:s3cret@")
        depend(project, f'helper = {{ index = "{address}" }}', "demo")
        venvoy("sync").says("""
            exit 0
            err warning: The address that helper comes from holds a password or a token, and whoever reads pyproject.toml has it. Put it into the file netrc.
            err Wrote pylock.toml (2 added)
            err  + demo 1.0
            err  + helper 0.1
            err Installed 2 in .venv
        """)
        expect(
            locked(project, venvoy),
            """
            [[packages]]
            name = "demo"
            version = "1.0"
            dependencies = [
                { name = "helper" },
            ]
            index = "[INDEX]/simple/"
            wheels = [
                { name = "demo-1.0-py3-none-any.whl", upload-time = 2024-05-06T07:08:09Z, url = "[INDEX]/files/demo-1.0-py3-none-any.whl", size = [SIZE], hashes = { sha256 = "[DIGEST]" } },
            ]

            [[packages]]
            name = "helper"
            version = "0.1"
            index = "[SECOND]/simple/"
            wheels = [
                { name = "helper-0.1-py3-none-any.whl", url = "[SECOND]/files/helper-0.1-py3-none-any.whl", size = [SIZE], hashes = { sha256 = "[DIGEST]" } },
            ]
            """,
        )
        shutil.rmtree(project / ".venv")
        for stored in (tmp_path / "cache").glob("wheels-*"):
            shutil.rmtree(stored)
        venvoy("sync", "--locked").says("""
            exit 0
            err Made an environment in .venv with Python [PYTHON]
            err  + demo 1.0
            err  + helper 0.1
            err Installed 2 in .venv
        """)
        depend(project, f'paint = {{ index = "{address}" }}', "paint")
        venvoy("add", "paint").says("""
            exit 11
            err warning: The address that paint comes from holds a password or a token, and whoever reads pyproject.toml has it. Put it into the file netrc.
            err error: There is no distribution called paint. [project-unknown]
            err   Asked: [SECOND]/simple/
            err   → Check the spelling.
        """)


def test_an_archive_at_an_address_is_fetched_once_and_its_password_stays_out_of_files(
    project: Path, venvoy: CommandLine, tmp_path: Path
) -> None:
    folder = tmp_path / "second"
    archive = TinySource("packed", "3.0").write(folder)
    with IndexServer(folder, Behaviour(credentials=("me", "s3cret"))) as second:
        venvoy.hide(second.root, "SECOND")
        url = f"{second.root}/files/{archive.name}".replace("http://", "http://me:s3cret@")
        depend(project, f'packed = {{ url = "{url}" }}', "packed")
        venvoy("sync").says("""
            exit 0
            err warning: The address that packed comes from holds a password or a token, and whoever reads pyproject.toml has it. Put it into the file netrc.
            err Wrote pylock.toml (1 added)
            err  + packed 3.0
            err Installed 1 in .venv
        """)
        expect(
            locked(project, venvoy),
            """
            [[packages]]
            name = "packed"
            version = "3.0"
            archive = { url = "[SECOND]/files/packed-3.0.tar.gz", size = [SIZE], hashes = { sha256 = "[DIGEST]" } }
            """,
        )
        assert installed(project, "packed")["url"] == f"{second.root}/files/{archive.name}"
        asked = len(second.log)
        venvoy("add", "helper").says("""
            exit 0
            err warning: The address that packed comes from holds a password or a token, and whoever reads pyproject.toml has it. Put it into the file netrc.
            err Wrote pylock.toml (1 added)
            err  + helper 1.6
            err Installed 1 in .venv
            err Added to your project: helper>=1.6
        """)
        assert len(second.log) == asked
    # What `undo` restores is the file as it was, with all that its author had put into it.
    cached = [path for path in (tmp_path / "cache").rglob("*") if "history" not in str(path)]
    kept = [*(project / ".venv").rglob("*.json"), project / "pylock.toml", *cached]
    assert [path for path in kept if path.is_file() and b"s3cret" in path.read_bytes()] == []


@needs_git
def test_what_another_tool_has_locked_is_installed_and_can_be_undone(
    project: Path, venvoy: CommandLine, tmp_path: Path
) -> None:
    put(tmp_path / "local", contents("local"))
    repository = Repository(tmp_path / "repository")
    commit = repository.commit(contents("remote"))
    depend(project, "", "local", "remote")
    lock = f"""\
lock-version = "1.0"
created-by = "another tool"
[[packages]]
name = "local"
[packages.directory]
path = "../local"
editable = true
[[packages]]
name = "remote"
version = "1.0"
[packages.vcs]
type = "git"
url = "{repository.url}"
commit-id = "{commit}"
"""
    (project / "pylock.toml").write_text(lock, encoding="utf-8")
    venvoy("sync", "--frozen", "--dry-run").says("""
        exit 0
        err  + local as it will be built
        err  + remote 1.0
        err Would install 2 in .venv
    """)
    venvoy("sync", "--frozen").says("""
        exit 0
        err  + local 1.0
        err  + remote 1.0
        err Installed 2 in .venv
    """)
    venvoy("sync", "--frozen").says("""
        exit 0
        err Nothing to do: .venv is up to date
    """)
    venvoy("show", "remote").says("""
        exit 0
        out Name          remote
        out Version       1.0
        out Location      [HERE]/project/.venv/[SITE]
        out Installed by  venvoy
        out Asked for     yes
        out Requires      nothing
        out Required by   nothing that is installed
        out From          file://[HERE]/repository
        out Wheel         sha256:[DIGEST]
    """)
    venvoy("undo").says("""
        exit 0
        err Undone: venvoy sync --frozen
        err  - local 1.0
        err  - remote 1.0
        err Removed 2 in .venv
    """)
    venvoy("redo").says("""
        exit 0
        err Done again: venvoy sync --frozen
        err  + local 1.0
        err  + remote 1.0
        err Installed 2 in .venv
    """)


def test_another_index_that_has_the_version_is_named(project: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "second"
    for version in ("1.0", "9.0"):
        WheelSpec("helper", version).write(folder)
    with IndexServer(folder) as second:
        venvoy.hide(second.root, "SECOND")
        venvoy.environ |= {"VENVOY_INDEX_URL": second.url, "VENVOY_EXTRA_INDEX_URL": venvoy.environ["PIP_INDEX_URL"]}
        venvoy("add", "helper>5").says("""
            exit 10
            err error: No version of helper that can be installed meets helper>5, which your project needs. [no-version]
            err   There are 2 versions of it, 1.5 to 1.6: none is >5.
            err   → 1. Write helper>=1.6 instead of helper>5 (your project); that gives helper 1.6: venvoy add "helper>5" --apply 1
            err   → [SECOND]/simple/ has helper 9.0, but the first index that knows a name owns it. To take it from there, write into [tool.venvoy.sources]: helper = { index = "[SECOND]/simple/" }
        """)
        depend(project, f'helper = {{ index = "{second.url}" }}', "helper>5")
        assert venvoy("sync").code == 0
