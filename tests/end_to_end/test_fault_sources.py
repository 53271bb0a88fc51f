"""What is wrong with a folder, a repository, an archive or an address, in words."""

from __future__ import annotations

import platform
import socket
import sys
from pathlib import Path

import pytest

from support.command_line import CommandLine
from support.places import contents, depend, put, with_git
from support.repositories import Repository, needs_git
from support.sources import TinySource
from support.wheels import WheelSpec


@pytest.fixture
def venvoy(venvoy: CommandLine, tmp_path: Path) -> CommandLine:
    return with_git(venvoy, tmp_path)


def test_what_somebody_else_names_needs_leave_to_be_built(
    project: Path, venvoy: CommandLine, tmp_path: Path, wheels: Path
) -> None:
    archive = TinySource("packed", "3.0").write(tmp_path / "dist")
    WheelSpec("stranger", "1.0", requires=[f"packed @ {archive.as_uri()}"]).write(wheels)
    venvoy("add", "stranger").says("""
        exit 10
        err error: packed-3.0.tar.gz would have to be built on this computer, and nobody has allowed that yet. [needs-build]
        err   What it needs is known only when its code has run. Building a source distribution runs its code.
        err   → build = ["packed"]   in [tool.venvoy] of pyproject.toml allows it
        err   → --only-binary packed   behind the command takes versions that need not be built, if there are any
    """)


def test_what_cannot_be_added_is_explained(project: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    put(tmp_path / "top", {"notes.txt": "x", **{f"py/{name}": text for name, text in contents("deep").items()}})
    (project / "requirements.txt").write_text("demo\n", encoding="utf-8")
    before = (project / "pyproject.toml").read_bytes()
    venvoy("add", "../nothing").says("""
        exit 3
        err error: There is no folder [HERE]/nothing. [source-missing]
        err   → Correct the path.
    """)
    venvoy("add", "../top").says("""
        exit 3
        err error: There is no Python project in [HERE]/top. [source-missing]
        err   It has neither pyproject.toml nor setup.py.
        err   → It may be further down: subdirectory = "py", behind an address #subdirectory=py
    """)
    venvoy("add", "./requirements.txt").says("""
        exit 2
        err error: [HERE]/project/requirements.txt is no wheel and no source archive. [requirement-invalid]
        err   These end in .whl, .tar.gz or .zip.
        err   → To take over what is in it: venvoy import requirements.txt
    """)
    venvoy("add", "requirements.txt").says("""
        exit 2
        err error: requirements.txt is the name of a file, not of a distribution. [requirement-invalid]
        err   A distribution of that name would be something else than what the file holds.
        err   → Name the distributions themselves, as in: venvoy add requests rich
        err   → Or take over what the file says: venvoy import requirements.txt
    """)
    venvoy("add", "demo-2.0-py3-none-any.whl").says("""
        exit 2
        err error: demo-2.0-py3-none-any.whl is the name of a file, not of a distribution. [requirement-invalid]
        err   A distribution of that name would be something else than what the file holds.
        err   → If you mean the file in this folder: venvoy add ./demo-2.0-py3-none-any.whl
    """)
    venvoy("add", "https://me:secret@host.example/demo-1.0.tar.gz").says("""
        exit 2
        err error: An address for host.example holds a user and a password, or a token. [requirement-invalid]
        err   It would be written into pyproject.toml, which others read.
        err   → Leave them out: https://host.example/demo-1.0.tar.gz
        err   → Put them into the file netrc in your home folder: machine host.example login USER password PASSWORD
    """)
    venvoy("add", "demo @ git+https://token@host.example/demo").says("""
        exit 2
        err error: An address for host.example holds a user and a password, or a token. [requirement-invalid]
        err   It would be written into pyproject.toml, which others read.
        err   → Leave them out: git+https://host.example/demo
        err   → Put them into the file netrc in your home folder: machine host.example login USER password PASSWORD
        err   → Or let a credential helper of git keep them.
    """)
    venvoy("add", "--editable", "demo").says("""
        exit 2
        err error: Only a folder can be editable, and none was named. [usage]
        err   → venvoy add --editable ../demo   uses the folder ../demo where it lies
    """)
    venvoy("add", "https://host.example/demo").says("""
        exit 2
        err error: https://host.example/demo cannot be used. [requirement-invalid]
        err   It leads neither to a wheel nor to an archive: such an address ends in .whl, .tar.gz or .zip.
        err   → If a git repository is there, write git+ before the address.
    """)
    assert (project / "pyproject.toml").read_bytes() == before


@pytest.mark.skipif((sys.platform, platform.machine()) == ("win32", "AMD64"), reason="there the wheel fits")
def test_a_wheel_for_another_computer_says_what_it_is_for(project: Path, venvoy: CommandLine, tmp_path: Path) -> None:
    wheel = WheelSpec("native", "9.0", tag="cp311-cp311-win_amd64", purelib=False).write(tmp_path)
    venvoy.filters.append((r"(?<=takes )\S+, \S+ and others down to \S+\.", "[TAGS]"))
    venvoy("add", f"../{wheel.name}").says("""
        exit 10
        err warning: native-9.0-cp311-cp311-win_amd64.whl does not fit here: it is for cp311-cp311-win_amd64, and [TARGET] takes [TAGS]
        err error: No version of native can be installed, and your project needs it. [no-version]
        err   1 version (9.0) has no wheel for [TARGET].
        err   → Use another computer: what there is of native is for Windows on amd64.
        err   → Write "native; sys_platform == 'win32'" if you need it only there.
    """)


@needs_git
def test_an_archive_or_a_repository_that_is_something_else_is_refused(
    project: Path, venvoy: CommandLine, tmp_path: Path
) -> None:
    archive = TinySource("packed", "3.0", says=("packed", "4.0")).write(tmp_path / "dist")
    depend(project, f'other = {{ url = "{archive.as_uri()}" }}', "other")
    venvoy("lock").says("""
        exit 10
        err error: [HERE]/dist/packed-3.0.tar.gz holds packed, and other is asked for there. [metadata-invalid]
        err   → Write packed in the place of other, or correct the address.
    """)
    repository = Repository(tmp_path / "repository")
    repository.commit({f"py/{name}": text for name, text in contents("local").items()})
    depend(project, f'other = {{ git = "{repository.url}", subdirectory = "py" }}')
    venvoy("lock").says("""
        exit 10
        err error: file://[HERE]/repository, in its folder py holds local, and other is asked for there. [metadata-invalid]
        err   → Write local in the place of other, or correct the address.
    """)
    depend(project, f'other = {{ git = "{repository.url}" }}')
    venvoy("lock").says("""
        exit 3
        err error: There is no Python project in file://[HERE]/repository. [source-missing]
        err   Your project needs other.
        err   It has neither pyproject.toml nor setup.py.
        err   → It may be further down: subdirectory = "py", behind an address #subdirectory=py
    """)
    depend(project, f'other = {{ git = "{repository.url}", tag = "v1" }}')
    venvoy("lock").says("""
        exit 10
        err error: There is no tag 'v1' in file://[HERE]/repository. [revision-unknown]
        err   It has, for example: main.
        err   → Check how it is spelled.
    """)
    depend(project, f'other = {{ git = "{repository.url}", rev = "{"ab" * 20}" }}')
    venvoy("lock").says("""
        exit 10
        err error: The commit [COMMIT] is not in file://[HERE]/repository any more. [revision-unknown]
        err   It may have been taken out there since it was locked: a branch that is rewritten loses commits.
        err   → venvoy update NAME   takes the commit that the branch has now
        err   → Or name another revision in pyproject.toml.
    """)


@needs_git
def test_a_git_server_that_says_nothing_is_not_waited_for_forever(project: Path, venvoy: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"git://127.0.0.1:{server.getsockname()[1]}/demo.git"
        venvoy.hide(address, "ADDRESS")
        depend(project, f'local = {{ git = "{address}" }}', "local")
        venvoy("lock", "--git-timeout", "0.4").says("""
            exit 20
            err error: [ADDRESS] did not answer within 0.4 seconds. [git-error]
            err   git waited for the server, and was ended.
            err   → Check your connection, then run the command again.
            err   → If the server is slow, wait longer: --git-timeout SECONDS, or git-timeout in [tool.venvoy]
        """)
