"""Commits from real repositories: what a revision means, what is fetched, and what goes wrong."""

from __future__ import annotations

import base64
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from support.notes import Notes
from support.repositories import VARIABLES, Repository, git_path, needs_git
from venvoy.errors import Problem
from venvoy.events import Silent
from venvoy.index.git import Repositories
from venvoy.model.source import GIT, Source

pytestmark = needs_git


def repositories(root: Path, *, offline: bool = False, timeout: float = 30, **more: str) -> Repositories:
    environ: Mapping[str, str] = {**os.environ, **VARIABLES, **more}
    return Repositories(root / "cache", environ, Silent(), offline=offline, timeout=timeout)


def at(repository: Repository, revision: str = "", kind: str = "") -> Source:
    return Source(GIT, repository.url, revision, kind)


def problem(work: object, *arguments: object) -> Problem:
    with pytest.raises(Problem) as caught:
        work(*arguments)  # type: ignore[operator]
    return caught.value


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "demo.git")
    made.commit({"file.txt": "one\n"})
    return made


def test_a_branch_a_tag_and_a_commit_lead_to_a_commit(repository: Repository, tmp_path: Path) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.git("tag", "--annotate", "v1", "--message", "one")
    second = repository.commit({"file.txt": "two\n"})
    repository.git("branch", "side", first)
    found = repositories(tmp_path)
    assert found.resolve(at(repository)) == second
    assert found.resolve(at(repository, "main", "branch")) == second
    repository.git("update-ref", "refs/pull/7/head", first)
    assert found.resolve(at(repository, "HEAD")) == second
    assert [found.resolve(at(repository, name)) for name in ("side", "refs/heads/side", "pull/7/head")] == [first] * 3
    assert found.resolve(at(repository, "v1")) == first
    assert found.resolve(at(repository, "refs/tags/v1")) == first
    assert found.resolve(at(repository, "v1", "tag")) == first
    assert found.resolve(at(repository, first[:8])) == first
    assert found.resolve(at(repository, first.upper(), "rev")) == first


def test_a_branch_is_not_taken_for_a_tag(repository: Repository, tmp_path: Path) -> None:
    repository.git("branch", "v2")
    assert str(problem(repositories(tmp_path).resolve, at(repository, "v2", "tag"))) == "\n".join(
        (
            f"There is no tag 'v2' in {repository.url}.",
            "It has, for example: main, v2.",
            "→ Did you mean 'v2'?",
        )
    )


def test_the_files_of_a_commit_are_there_and_nothing_is_asked_again(repository: Repository, tmp_path: Path) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit({"file.txt": "two\n"})
    folder = repositories(tmp_path).checkout(at(repository), first)
    assert (folder / "file.txt").read_text(encoding="utf-8") == "one\n"
    repository.folder.rename(tmp_path / "elsewhere")
    assert repositories(tmp_path, offline=True).checkout(at(repository), first) == folder
    assert [path.name for path in folder.parent.iterdir() if path.name.startswith(".")] == []


def test_tags_come_along_for_backends_that_make_a_version_of_them(repository: Repository, tmp_path: Path) -> None:
    repository.git("tag", "v1")
    commit = repository.commit({"file.txt": "two\n"})
    folder = repositories(tmp_path).checkout(at(repository), commit)
    described = Repository.__new__(Repository)
    described.folder = folder
    assert described.git("describe", "--tags").startswith("v1-1-g")


def test_submodules_come_along(repository: Repository, tmp_path: Path) -> None:
    inner = Repository(tmp_path / "inner")
    inner.commit({"inner.txt": "inside\n"})
    repository.git("submodule", "--quiet", "add", inner.url, "vendored")
    commit = repository.commit({})
    folder = repositories(tmp_path).checkout(at(repository), commit)
    assert (folder / "vendored" / "inner.txt").read_text(encoding="utf-8") == "inside\n"


def test_a_hook_of_git_that_runs_venvoy_does_not_confuse_it(repository: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.commit({"other.txt": "x\n"})
    found = repositories(tmp_path, GIT_DIR=str(other.folder / ".git"), GIT_INDEX_FILE="nowhere")
    commit = found.resolve(at(repository))
    assert commit == repository.git("rev-parse", "HEAD")
    assert (found.checkout(at(repository), commit) / "file.txt").is_file()


def test_a_commit_that_is_gone_says_so(repository: Repository, tmp_path: Path) -> None:
    gone = "1234567890" * 4
    found = problem(repositories(tmp_path).checkout, at(repository), gone)
    assert found.code == "revision-unknown"
    assert str(found) == "\n".join(
        (
            f"The commit 123456789012 is not in {repository.url} any more.",
            "It may have been taken out there since it was locked: a branch that is rewritten loses commits.",
            "→ venvoy update NAME   takes the commit that the branch has now",
            "→ Or name another revision in pyproject.toml.",
        )
    )


def test_a_branch_that_is_misspelled_gets_the_near_ones(repository: Repository, tmp_path: Path) -> None:
    assert str(problem(repositories(tmp_path).resolve, at(repository, "mian", "branch"))) == "\n".join(
        (
            f"There is no branch 'mian' in {repository.url}.",
            "It has, for example: main.",
            "→ Did you mean 'main'?",
        )
    )


def test_an_empty_repository_has_no_commit(tmp_path: Path) -> None:
    empty = Repository(tmp_path / "empty")
    said = str(problem(repositories(tmp_path).resolve, at(empty)))
    assert said == f"There is no commit in {empty.url} yet.\n→ Commit something there."


def test_an_address_without_a_repository_says_so(tmp_path: Path) -> None:
    source = Source(GIT, (tmp_path / "nothing").as_uri())
    found = problem(repositories(tmp_path).resolve, source)
    assert found.code == "git-error"
    assert found.what == f"There is no git repository at {source.url}."


def test_a_server_that_says_nothing_is_waited_for_no_longer_than_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"git://127.0.0.1:{server.getsockname()[1]}/demo.git"
        found = problem(repositories(tmp_path, timeout=0.3).resolve, Source(GIT, address))
    assert found.code == "git-error"
    assert str(found) == "\n".join(
        (
            f"{address} did not answer within 0.3 seconds.",
            "git waited for the server, and was ended.",
            "→ Check your connection, then run the command again.",
            "→ If the server is slow, wait longer: --git-timeout SECONDS, or git-timeout in [tool.venvoy]",
        )
    )


def test_a_password_is_neither_shown_nor_kept(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens
        address = f"http://somebody:s3cret@127.0.0.1:{closed.getsockname()[1]}/demo.git"
        found = problem(repositories(tmp_path).resolve, Source(GIT, address))
    assert found.code == "network-unreachable"
    assert "s3cret" not in f"{found}{found.data}"
    assert "somebody" not in str(found)


class _Guarded(SimpleHTTPRequestHandler):
    """Files, for those who know the password."""

    def do_GET(self) -> None:
        if self.headers.get("Authorization") == "Basic " + base64.b64encode(b"somebody:s3cret").decode():
            super().do_GET()
        else:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="demo"')
            self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(repository: Repository, tmp_path: Path) -> Iterator[str]:
    """The host of a server with a repository in ``demo``, as plain files."""
    bare = tmp_path / "served" / "demo"
    repository.git("clone", "--quiet", "--bare", ".", str(bare))
    repository.git("-C", str(bare), "update-server-info")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Guarded, directory=str(tmp_path / "served"))) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def test_a_password_in_an_address_is_used_and_written_nowhere(
    repository: Repository, server: str, tmp_path: Path
) -> None:
    found = repositories(tmp_path)
    source = Source(GIT, f"http://somebody:s3cret@{server}/demo")
    commit = found.resolve(source)
    assert commit == repository.git("rev-parse", "HEAD")
    assert (found.checkout(source, commit) / "file.txt").is_file()
    files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert [path for path in files if b"s3cret" in path.read_bytes()] == []


def test_a_server_that_wants_to_know_who_asks_is_no_riddle(server: str, tmp_path: Path) -> None:
    told = problem(repositories(tmp_path).resolve, Source(GIT, f"http://{server}/demo"))
    assert told.code == "authentication-required"
    assert str(told).replace(server, "HOST") == (
        "http://HOST/demo does not let git in.\n"
        "fatal: could not read Username for 'http://HOST': terminal prompts disabled\n"
        "→ Try it yourself: git ls-remote http://HOST/demo\n"
        "→ Once that asks nothing (a credential helper, an ssh key), venvoy can fetch from there too."
    )


def test_threads_that_want_the_same_wait_for_each_other_and_say_nothing(repository: Repository, tmp_path: Path) -> None:
    notes = Notes()
    found = Repositories(tmp_path / "cache", {**os.environ, **VARIABLES}, notes)
    commit = repository.git("rev-parse", "HEAD")
    with ThreadPoolExecutor(4) as pool:
        folders = list(pool.map(lambda _: found.checkout(at(repository), commit), range(4)))
    assert len(set(folders)) == 1
    assert (folders[0] / "file.txt").is_file()
    assert notes.warnings == []


def test_what_nobody_has_used_for_long_is_swept_away(repository: Repository, tmp_path: Path) -> None:
    first = repository.git("rev-parse", "HEAD")
    second = repository.commit({"file.txt": "two\n"})
    found = repositories(tmp_path)
    old, new = found.checkout(at(repository), first), found.checkout(at(repository), second)
    os.utime(old, (1, 1))
    found.sweep(2)
    assert not old.exists()
    assert (new / "file.txt").is_file()
    os.utime(new, (1, 1))
    assert found.checkout(at(repository), second) == new
    found.sweep(2)
    assert new.is_dir(), "it has been used since"
    os.utime(new, (1, 1))
    found.sweep(2)
    assert [path.name for path in new.parent.iterdir()] == ["lock"]
    assert (found.checkout(at(repository), second) / "file.txt").is_file()


def test_offline_nothing_is_asked(repository: Repository, tmp_path: Path) -> None:
    found = problem(repositories(tmp_path, offline=True).resolve, at(repository, "main"))
    assert found.code == "offline"
    assert found.what == (f"Working offline, and what main of {repository.url} at main means is not in the cache.")


def test_without_git_the_way_to_get_it_is_said(repository: Repository, tmp_path: Path) -> None:
    found = Repositories(tmp_path / "cache", {"PATH": str(tmp_path)}, Silent())
    told = problem(found.resolve, at(repository))
    assert told.code == "git-missing"
    assert told.what == "There is no git on this computer, or it is not on the PATH."
    assert git_path()
