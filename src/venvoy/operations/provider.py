"""What the resolver asks: the index, and for source distributions that do not say what they need, whoever builds them.

What may not be built yet counts as unreadable, so that the resolver prefers what it can read. Where nothing else is
left, :meth:`Sources.settle` asks for leave, and then it is resolved again.
"""

from __future__ import annotations

import re

from venvoy.errors import Problem
from venvoy.resolver.no_solution import NoSolution
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeVar

    from venvoy.model.artifact import Artifact, Candidate, CoreMetadata, Project
    from venvoy.model.names import NormalizedName
    from venvoy.resolver.provider import Provider

    T = TypeVar("T")


UNKNOWN = "What it needs is known only when its code has run."
"""Why something has to be built to choose versions."""


class Sources:
    """A provider in front of the index.

    Args:
        index: answers everything but what a source distribution needs that does not say so itself.
        describe: says what that one needs; raises Problem ``needs-build`` when it may not be built.
        obtain: asks for leave to build names with these labels, because of this reason.
    """

    def __init__(
        self,
        index: Provider,
        describe: Callable[[Artifact], CoreMetadata],
        obtain: Callable[[Mapping[NormalizedName, str], str], None],
    ) -> None:
        self._index = index
        self._describe = describe
        self._obtain = obtain
        self._refused: dict[NormalizedName, str] = {}

    def project(self, name: NormalizedName) -> Project:
        """As the index says."""
        return self._index.project(name)

    def want(self, names: Iterable[NormalizedName]) -> None:
        """Let the index fetch ahead."""
        self._index.want(names)

    def direct(self, name: NormalizedName, url: str) -> Candidate:
        """As the index says."""
        return self._index.direct(name, url)

    def want_metadata(self, candidate: Candidate, artifact: Artifact) -> bool:
        """Let the index fetch ahead; nothing is built ahead of need."""
        return self._index.want_metadata(candidate, artifact)

    def metadata(self, candidate: Candidate, artifact: Artifact) -> CoreMetadata:
        """As the index says; what only building can tell, from whoever builds.

        Raises:
            Problem: as the index; needs-build, build-failed.
        """
        try:
            return self._index.metadata(candidate, artifact)
        except Problem as problem:
            if problem.code != "needs-build" or artifact.kind == "wheel":
                raise
        try:
            return self._describe(artifact)
        except Problem as problem:
            if problem.code == "needs-build":
                self._refused.setdefault(candidate.name, f"{candidate.name} {candidate.version}")
            raise

    def settle(self, problem: NoSolution) -> None:
        """Ask for leave to build that without which there is no solution; then it can be resolved again.

        Raises:
            Problem: the same one when it is about something else; needs-build.
        """
        said = set(re.findall(r"[a-z0-9-]+", str(problem).lower()))
        wanted = {name: label for name, label in self._refused.items() if name in said}
        if wanted:
            self._obtain(wanted, UNKNOWN)
            self._refused.clear()
            return
        raise problem


def settled(provider: Sources, attempt: Callable[[], T]) -> T:
    """What an attempt to resolve comes to, made again as long as leave to build something is given.

    Raises:
        NoSolution: there is none.
        Problem: needs-build, when there is none without building what may not be built.
    """
    while True:
        try:
            return attempt()
        except NoSolution as problem:  # noqa: PERF203 - the loop is there to try again
            provider.settle(problem)
