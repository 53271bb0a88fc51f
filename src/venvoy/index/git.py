"""Git repositories: which commit a branch or a tag means, and the files of a commit.

The real git does the work, so whatever its configuration says about access (credential helpers, ssh keys, proxies)
holds here as well. It never asks anybody anything. Layout below the root, with a bucket for each form:

    git-v1/KEY/repository         a bare repository; KEY is 16 hex digits of SHA-256(address without credentials)
    git-v1/KEY/COMMIT             the files of a commit, with their submodules; files that LFS keeps are left out

A commit that is there is never asked for again.
"""

from __future__ import annotations

import contextlib
import os
import threading

from venvoy.errors import Problem
from venvoy.errors import near as near_words
from venvoy.formats import sources
from venvoy.index import faults, git_faults
from venvoy.index.cache import short
from venvoy.patterns import pattern
from venvoy.system import fs, process
from venvoy.system.lock import Lock
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from venvoy.events import Reporter
    from venvoy.model.source import Source
    from venvoy.system.process import Finished

BUCKET = "git-v1"
_COMMIT = pattern(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT = pattern(r"[0-9a-fA-F]{4,63}")
_LONGER = 10
"""To fetch may take so many times as long as to ask."""
# Set where venvoy is run by a hook of git, and about another repository than the one that is fetched.
_ABOUT_ANOTHER = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
)


class Repositories:
    """Repositories, each fetched once into the cache. Safe to use from any thread and any process.

    Args:
        root: the folder of the cache.
        environ: the environment variables that git gets.
        reporter: told for whom it waits.
        offline: never to ask a server.
        timeout: in seconds, how long a server may take to answer.
        patience: in seconds, how long to wait for another venvoy that fetches the same.
    """

    def __init__(  # noqa: PLR0913 - by keyword
        self,
        root: Path,
        environ: Mapping[str, str],
        reporter: Reporter,
        *,
        offline: bool = False,
        timeout: float = 60.0,
        patience: float = 300.0,
    ) -> None:
        self._root = root / BUCKET
        self._environ = environ
        self._reporter = reporter
        self._offline = offline
        self._timeout = timeout
        self._patience = patience
        self._ssh: str | None = None
        self._locks: dict[Path, threading.Lock] = {}

    def resolve(self, source: Source) -> str:
        """The full name of the commit that a source means now; asks the server, unless it names one in full.

        Raises:
            Problem: revision-unknown, offline, git-missing, git-error, authentication-required, network-unreachable.
        """
        if source.revision_kind in {"", "rev"} and _COMMIT.fullmatch(source.revision.lower()):
            return source.revision.lower()
        if self._offline:
            raise faults.offline(f"what {source.revision or 'the newest commit'} of {sources.shown(source)} means")
        name = source.revision or "HEAD"
        whole = name if name == "HEAD" or name.startswith("refs/") else f"refs/{name}"  # such as refs/pull/7/head
        head, tag = f"refs/heads/{name}", f"refs/tags/{name}"
        tags = (f"{tag}^{{}}", tag)  # of an annotated tag, the commit that it is about comes first
        other = (head, *tags, f"{whole}^{{}}", whole)
        wanted = {"branch": (head,), "tag": tags}.get(source.revision_kind, other)
        listed = _listed(self._ask(source, *wanted))
        found = next((listed[name] for name in wanted if name in listed), None)
        if found is None and source.revision_kind in {"", "rev"} and _SHORT.fullmatch(source.revision):
            found = self._abbreviated(source)
        if found is None:
            raise self._unknown(source)
        return found

    def checkout(self, source: Source, commit: str) -> Path:
        """The folder with the files of a commit; fetched when it is not there yet.

        Raises:
            Problem: revision-unknown when the server does not have the commit, and what :meth:`resolve` can raise.
        """
        place = self._place(source)
        folder = place / commit
        with contextlib.suppress(OSError):
            os.utime(folder)  # it is in use, see sweep
            return folder
        with self._alone(place):
            if not folder.is_dir():
                self._fetch(source, commit)
                self._unfold(source, commit, folder)
        return folder

    def sweep(self, before: float) -> None:
        """Delete the files of commits that nobody has used since (seconds since the epoch), and empty repositories.

        Raises:
            Problem: busy, permission-denied, file-error.
        """
        for place in sorted(self._root.glob("*/")):
            with self._alone(place):
                commits = [path for path in place.iterdir() if _COMMIT.fullmatch(path.name)]
                unused = [path for path in commits if path.stat().st_mtime < before]
                for path in unused:
                    fs.remove_tree(path)
                if len(unused) == len(commits):
                    fs.remove_tree(place / "repository")

    @contextlib.contextmanager
    def _alone(self, place: Path) -> Iterator[None]:
        """Hold a repository: no other thread and no other process changes it meanwhile."""
        with (
            self._locks.setdefault(place, threading.Lock()),
            Lock(place / "lock", "this git repository", self._reporter, self._patience),
        ):
            yield

    def _place(self, source: Source) -> Path:
        return self._root / short(sources.without_secrets(source.url))

    def _fetch(self, source: Source, commit: str) -> None:
        """See to it that the bare repository has the commit."""
        bare = self._bare(source)
        if self._has(source, bare, commit):
            return
        if self._offline:
            raise faults.offline(f"the commit {commit[:12]} of {sources.shown(source)}")
        url = sources.without_secrets(source.url)
        # A commit alone is the least to fetch, and servers may refuse that one is named which no branch ends in.
        one = self._git(source, "fetch", "--quiet", "--force", "--", url, f"{commit}:refs/venvoy/{commit}", at=bare)
        if one.code == 0 and self._has(source, bare, commit):
            return
        every = self._git(source, "fetch", "--quiet", "--force", "--", url, "+refs/*:refs/venvoy/all/*", at=bare)
        if every.code:
            raise git_faults.failed(source, every)
        if not self._has(source, bare, commit):
            raise Problem(
                "revision-unknown",
                f"The commit {commit[:12]} is not in {url} any more.",
                why="It may have been taken out there since it was locked: a branch that is rewritten loses commits.",
                fix=(
                    "venvoy update NAME   takes the commit that the branch has now",
                    "Or name another revision in pyproject.toml.",
                ),
                data={"url": url, "commit": commit},
            )

    def _bare(self, source: Source) -> Path:
        bare = self._place(source) / "repository"
        if not (bare / "HEAD").is_file():
            with fs.attempting("write to the cache", bare):
                bare.mkdir(parents=True, exist_ok=True)
            made = self._git(source, "init", "--quiet", "--bare", "--template=", "--", str(bare))
            if made.code:
                raise git_faults.failed(source, made)
        return bare

    def _has(self, source: Source, bare: Path, commit: str) -> bool:
        return self._git(source, "cat-file", "-e", f"{commit}^{{commit}}", at=bare).code == 0

    def _unfold(self, source: Source, commit: str, folder: Path) -> None:
        """Put the files of a commit into a folder, under another name until it is complete."""
        url = sources.without_secrets(source.url)
        temporary = folder.with_name(f".{commit[:12]}-{os.getpid()}")
        steps = [
            ("clone", "--quiet", "--no-checkout", "--shared", "--template=", "--", str(self._bare(source)), "."),
            ("remote", "set-url", "origin", url),
            ("checkout", "--quiet", "--detach", commit),
        ]
        try:
            fs.remove_tree(temporary)
            temporary.mkdir(parents=True)
            for step in steps:
                self._must(source, *step, at=temporary)
            if (temporary / ".gitmodules").is_file():
                if self._offline:
                    raise faults.offline(f"the submodules of {sources.shown(source)}")
                self._must(source, "submodule", "--quiet", "update", "--init", "--recursive", at=temporary)
            fs.flush_tree(str(temporary))
            temporary.rename(folder)
        except OSError as error:
            raise fs.problem(error, "write to the cache", temporary) from error
        finally:
            fs.remove_tree(temporary)

    def _abbreviated(self, source: Source) -> str | None:
        """The commit whose name begins so: the server does not tell, so all of its branches and tags are fetched."""
        with self._alone(self._place(source)):
            bare = self._bare(source)
            url = sources.without_secrets(source.url)
            self._must(source, "fetch", "--quiet", "--force", "--", url, "+refs/*:refs/venvoy/all/*", at=bare)
            done = self._git(source, "rev-parse", "--quiet", "--verify", f"{source.revision}^{{commit}}", at=bare)
        return done.stdout.strip() if done.code == 0 else None

    def _unknown(self, source: Source) -> Problem:
        place = sources.without_secrets(source.url)
        if not source.revision:
            return Problem("revision-unknown", f"There is no commit in {place} yet.", fix=("Commit something there.",))
        names = [
            name.removeprefix("refs/heads/").removeprefix("refs/tags/")
            for name in _listed(self._ask(source, "refs/heads/*", "refs/tags/*"))
            if not name.endswith("^{}")
        ]
        like = near_words(source.revision, names)
        word = {"branch": "branch", "tag": "tag"}.get(source.revision_kind, "branch, tag or commit")
        some = sorted(names)[:8]
        return Problem(
            "revision-unknown",
            f"There is no {word} {source.revision!r} in {place}.",
            why=f"It has, for example: {', '.join(some)}." if some else "",
            fix=(f"Did you mean {' or '.join(map(repr, like))}?",) if like else ("Check how it is spelled.",),
            data={"url": place, "revision": source.revision},
        )

    def _ask(self, source: Source, *names: str) -> str:
        done = self._git(source, "ls-remote", "--quiet", "--", sources.without_secrets(source.url), *names)
        if done.code:
            raise git_faults.failed(source, done)
        return done.stdout

    def _must(self, source: Source, *arguments: str, at: Path) -> None:
        done = self._git(source, *arguments, at=at)
        if done.code:
            raise git_faults.failed(source, done)

    def _git(self, source: Source, *arguments: str, at: Path | None = None) -> Finished:
        options = {
            "advice.detachedHead": "false",
            "core.autocrlf": "false",
            "core.hooksPath": os.devnull,
            "gc.auto": "0",
            "http.lowSpeedLimit": "1",
            "http.lowSpeedTime": str(max(1, int(self._timeout))),
            # Submodules of a repository on this machine may be on it too; those of any other may not.
            **({"protocol.file.allow": "always"} if source.url.startswith("file:") else {}),
        }
        words = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
        limit = self._timeout if arguments[0] == "ls-remote" else self._timeout * _LONGER
        try:
            return process.run_whole(
                ["git", *words, *arguments], environment=self._variables(source), directory=at, timeout=limit
            )
        except Problem as problem:
            if problem.code == "command-timeout":
                raise git_faults.silent(source, limit) from problem
            if problem.code == "command-not-found":
                raise git_faults.missing() from problem
            raise

    def _variables(self, source: Source) -> dict[str, str]:
        variables = {name: value for name, value in self._environ.items() if name not in _ABOUT_ANOTHER}
        variables |= {
            "GIT_TERMINAL_PROMPT": "0",
            "GCM_INTERACTIVE": "never",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "LC_ALL": "C",
            "LANGUAGE": "C",
        }
        if source.url.startswith("ssh:") and not variables.get("GIT_SSH"):
            ssh = variables.get("GIT_SSH_COMMAND") or self._configured_ssh(variables) or "ssh"
            variables["GIT_SSH_COMMAND"] = f"{ssh} -o BatchMode=yes -o ConnectTimeout={max(1, int(self._timeout))}"
        clean = sources.without_secrets(source.url)
        if clean != source.url:
            # Not among the arguments, which every user of the machine can see, and in no file.
            count = int(variables.get("GIT_CONFIG_COUNT") or 0)
            variables |= {
                "GIT_CONFIG_COUNT": str(count + 1),
                f"GIT_CONFIG_KEY_{count}": f"url.{source.url}.insteadOf",
                f"GIT_CONFIG_VALUE_{count}": clean,
            }
        return variables

    def _configured_ssh(self, variables: Mapping[str, str]) -> str:
        """What git's own configuration says, which the variable overrules."""
        if self._ssh is None:
            asked = ["git", "config", "--get", "core.sshCommand"]
            try:
                self._ssh = process.run_whole(asked, environment=variables, timeout=self._timeout).stdout.strip()
            except Problem as problem:
                if problem.code == "command-not-found":
                    raise git_faults.missing() from problem
                raise
        return self._ssh


def _listed(text: str) -> dict[str, str]:
    """Names with their objects, from what ``git ls-remote`` says."""
    return {name: digest for digest, _, name in (line.partition("\t") for line in text.splitlines())}
