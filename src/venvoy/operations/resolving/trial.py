"""What would be chosen if things were otherwise: resolving that changes nothing, says nothing and is soon over."""

from __future__ import annotations

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from venvoy.events import Phase, Silent
from venvoy.formats import bounds
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.source_tree import Python
from venvoy.operations import policy as policies
from venvoy.operations import supply
from venvoy.operations.project import read_lockfile
from venvoy.operations.resolving import claims, inputs
from venvoy.operations.resolving.fixes import CONFLICTS
from venvoy.operations.resolving.universal import Everywhere, resolve_everywhere
from venvoy.resolver import targets as all_targets
from venvoy.values import TYPE_CHECKING, dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from packaging.version import Version

    from venvoy.events import Reporter
    from venvoy.model.artifact import Artifact, Candidate, CoreMetadata
    from venvoy.model.interpreter import Interpreter
    from venvoy.model.requirement import Root
    from venvoy.model.resolution import Resolution
    from venvoy.model.target import Target
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located
    from venvoy.operations.resolving.universal import Required
    from venvoy.resolver.provider import Provider


@dataclass(frozen=True, slots=True)
class Trial:
    """Chooses versions for a project as it might be; ``preferences`` are tried first.

    ``patient`` is for what has to be found out, and may take as many conflicts as locking.
    """

    context: Context
    interpreter: Interpreter
    preferences: Mapping[NormalizedName, Sequence[Version]] = field(default_factory=dict)
    patient: bool = False

    def choose(self, located: Located) -> Resolution:
        """What locking would choose for a project.

        Raises:
            NoSolution: there is none, or none that is found soon.
        """
        return self.everywhere(located).resolution

    def targets(self, located: Located) -> Sequence[Target]:
        """What locking would be for."""
        return claims.claim(self.context.settings, located, self.interpreter).targets

    @property
    def platform(self) -> str:
        """The name of the platform at hand."""
        return all_targets.platform_of(self.interpreter)

    @property
    def minor(self) -> int:
        """The minor version of the Python at hand."""
        return int(self.interpreter.markers["python_version"].partition(".")[2])

    def choose_for(self, located: Located, minor: int) -> Resolution:
        """What locking would choose if Python 3.``minor`` were at hand on this computer.

        Raises:
            NoSolution: there is none, or none that is found soon.
        """
        here = all_targets.platform_of(self.interpreter)
        settings = inputs.in_force(self.context.settings, located)
        names = {*claims.platforms(settings, self.interpreter), here} - {""}
        targets = all_targets.make(names, located.file.requires_python)
        return self._resolve(
            located,
            located.file.roots(),
            targets,
            lambda target, _: target.platform == here and target.markers["python_version"] == f"3.{minor}",
        ).resolution

    def everywhere(
        self,
        located: Located,
        *,
        more: Sequence[Root] = (),
        provider: Provider | None = None,
        strictly: Collection[Target] = (),
        anywhere: bool = False,
    ) -> Everywhere:
        """Choose versions.

        Args:
            located: the project.
            more: what is required besides.
            provider: where metadata comes from, if not from where locking gets it.
            strictly: the targets to choose for, none of which may be left out; empty: as locking does it.
            anywhere: the interpreter at hand may be left out.

        Raises:
            NoSolution: there is none, or none that is found soon.
        """
        claim = claims.claim(self.context.settings, located, self.interpreter)
        claim = replace(claim, here=None) if anywhere else claim
        return self._resolve(
            located,
            (*located.file.roots(), *more),
            list(strictly) or claim.targets,
            (lambda *_: True) if strictly else claim.required,
            provider,
        )

    def provider(self, located: Located) -> Provider:
        """Where locking the project would get its facts from; of a place, what is locked."""
        kept = any(word in (located.lock_text or "") for word in ("vcs", "archive"))
        previous = read_lockfile(located, Silent()) if kept and not self.patient else None
        python = Python(self.interpreter, located.environment)
        return supply.provider(self.context, python, located.file, previous, str(located.lockfile))

    def _resolve(
        self,
        located: Located,
        roots: Sequence[Root],
        targets: Sequence[Target],
        required: Required,
        provider: Provider | None = None,
    ) -> Everywhere:
        reporter = self.context.reporter
        policy = policies.of_project(self.context.policy, located.file, self.context.settings)
        reporter.begin(Phase.RESOLVE)
        try:
            return resolve_everywhere(
                roots,
                targets,
                provider or self.provider(located),
                required=required,
                policy=policy if self.patient else replace(policy, conflicts=CONFLICTS),
                preferences=self.preferences,
                reporter=_Watched(reporter),
                conflicts=located.file.conflicts,
            )
        finally:
            reporter.end(Phase.RESOLVE)


class _Watched(Silent):
    """Hands on how far a trial is, and nothing else: its warnings are about what is not."""

    def __init__(self, reporter: Reporter) -> None:
        self.advance = reporter.advance  # type: ignore[method-assign] # the same, of somebody who watches


class Loosened:
    """A provider in front of another one: some requirements of some distributions lose their bounds.

    Args:
        provider: the other one.
        pairs: who requires (normalized), and what.
    """

    def __init__(self, provider: Provider, pairs: Collection[tuple[str, str]]) -> None:
        self._provider = provider
        self._pairs = frozenset(pairs)
        self.project = provider.project
        self.direct = provider.direct
        self.want = provider.want
        self.want_metadata = provider.want_metadata

    def metadata(self, candidate: Candidate, artifact: Artifact) -> CoreMetadata:
        """As the provider says, without those bounds."""
        found = self._provider.metadata(candidate, artifact)
        if all(parent != candidate.name for parent, _ in self._pairs):
            return found
        texts = tuple(self._loosened(candidate.name, text) for text in found.requires_dist)
        return replace(found, requires_dist=texts)

    def _loosened(self, parent: str, text: str) -> str:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            return text
        if (parent, canonicalize_name(requirement.name)) not in self._pairs or requirement.url:
            return text
        return bounds.written(requirement, SpecifierSet())
