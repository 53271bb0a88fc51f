"""``outdated``: what is newer than the lockfile, within the bounds of pyproject.toml and beyond."""

from __future__ import annotations

from packaging.requirements import InvalidRequirement, Requirement

from venvoy.errors import Problem
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.operations.inspection import locked
from venvoy.operations.inspection.why import bare
from venvoy.operations.resolving.trial import Trial
from venvoy.resolver.files import NEWER, Fit
from venvoy.resolver.knowledge import FAULTY
from venvoy.resolver.words import listed
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.version import Version

    from venvoy.model.artifact import Artifact, Candidate
    from venvoy.model.resolution import Resolution
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located
    from venvoy.resolver.provider import Provider

_HOLDERS = 3
_REST = "it does not go with the rest"


@dataclass(frozen=True, slots=True)
class Outdated:
    """A locked distribution with something newer; versions differ between targets where there are several.

    ``allowed`` is what ``lock --upgrade`` would choose, ``newest`` the newest that is on offer: neither a pre-release
    nor yanked. ``held_by`` says what keeps ``newest`` from being chosen, as far as it lies close at hand; empty when
    nothing does but the lockfile, and when nothing would need it any more. ``direct`` tells whether the project itself
    asks for it.
    """

    name: NormalizedName
    locked: tuple[str, ...]
    allowed: tuple[str, ...]
    newest: str
    held_by: tuple[str, ...]
    direct: bool


def outdated(context: Context, located: Located) -> tuple[Outdated, ...]:
    """Compare what is locked with what is on offer, sorted by name.

    Raises:
        Problem: lockfile-missing, lockfile-invalid, no-solution, and what asking the index can raise.
    """
    found = locked.find(context, located)
    versions: dict[NormalizedName, set[Version]] = {}
    for package in found.lock.packages:
        if package.version is not None and package.archive is None and package.vcs is None:
            versions.setdefault(package.name, set()).add(package.version)
    trial = Trial(context, found.interpreter, patient=True)
    provider = trial.provider(located)
    provider.want(versions)
    upgraded = trial.everywhere(located, anywhere=True).resolution
    direct = {one.name for root in located.file.roots() for one in root.dependencies}
    rows = []
    for name, here in sorted(versions.items()):
        newest = _newest(provider, name)
        allowed = sorted({one.candidate.version for one in upgraded.selected if one.candidate.name == name})
        newer = newest is not None and newest.version > max(here)
        if not newer and (not allowed or set(allowed) <= here):
            continue
        held: tuple[str, ...] = ()
        if newest and allowed and newest.version not in allowed:
            held = tuple(dict.fromkeys(_held_by(context, provider, upgraded, newest))) or (_REST,)
        rows.append(
            Outdated(
                name,
                tuple(map(str, sorted(here))),
                tuple(map(str, allowed)),
                str(newest.version) if newest else "",
                held[:_HOLDERS],
                name in direct,
            )
        )
    return tuple(rows)


def _newest(provider: Provider, name: NormalizedName) -> Candidate | None:
    """The newest candidate that is no pre-release and not yanked, if there is one."""
    try:
        candidates = provider.project(name).candidates
    except Problem as problem:
        if problem.code == "project-unknown":
            return None  # it has been withdrawn since
        raise
    usual = (
        one
        for one in candidates
        if not one.version.is_prerelease and any(artifact.yanked is None for artifact in one.artifacts)
    )
    return next(usual, None)


def _held_by(context: Context, provider: Provider, upgraded: Resolution, newest: Candidate) -> Iterator[str]:
    """What keeps a candidate out of what would be chosen at best; each sentence is a fact of its own."""
    for edge in upgraded.edges:
        if edge.child == newest.name and not _admits(edge.requirement, newest.version):
            asker = f"{edge.parent} {edge.parent_version or ''}".strip()
            yield f"{asker} needs {bare(Requirement(edge.requirement))}"
    for one in context.policy.constraints:
        if canonicalize_name(one.name) == newest.name and not one.specifier.contains(newest.version, prereleases=True):
            yield f"a constraint allows only {bare(one)}"
    if context.policy.resolution == "lowest":
        yield "the lowest versions are asked for"
    every = (1 << len(upgraded.targets)) - 1
    where = sum(one.targets for one in upgraded.selected if one.candidate.name == newest.name)
    fit = Fit(upgraded.targets, context.policy)
    fitting = fit.best(newest, where or every)
    unfit = (where or every) & ~sum(mask for _, mask in fitting)
    if unfit:
        targets = [target for index, target in enumerate(upgraded.targets) if unfit >> index & 1]
        needs = {artifact.requires_python for artifact in newest.artifacts if artifact.requires_python}
        wrong = {text for text in needs if fit.python(text) & unfit != unfit}
        words = locked.targets_in_words(targets, upgraded.targets) or "here"
        if fit.reason(newest, (unfit & -unfit).bit_length() - 1) == NEWER:
            yield f"it was not yet there at {context.policy.exclude_newer}"
        else:
            yield f"it needs Python {min(wrong)}" if wrong else f"it has no wheel {words}"
    for artifact, _ in fitting[:1]:
        yield from _own_needs(provider, upgraded, newest, artifact)


def _own_needs(provider: Provider, upgraded: Resolution, newest: Candidate, artifact: Artifact) -> Iterator[str]:
    """What the candidate itself needs, and would not find among what would be chosen."""
    try:
        texts = provider.metadata(newest, artifact).requires_dist
    except Problem as problem:
        if problem.code in FAULTY:
            yield f"it cannot be used: {problem.what.rstrip('.')}"
        return
    chosen: dict[NormalizedName, list[Version]] = {}
    for one in upgraded.selected:
        chosen.setdefault(one.candidate.name, []).append(one.candidate.version)
    for text in texts:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        there = chosen.get(canonicalize_name(requirement.name), ())
        if there and not requirement.marker and not any(_admits(text, version) for version in there):
            versions = listed([str(version) for version in there])
            yield f"it needs {bare(requirement)}, and {requirement.name} {versions} is chosen"


def _admits(requirement: str, version: Version) -> bool:
    return Requirement(requirement).specifier.contains(version, prereleases=True)
