"""What is named moves to the version that it would have if all were chosen anew; of the rest moves what must with it.

With the rest tried first as it is locked, a name gets no further than that allows: ``y 1`` may want ``x<2``, where
``y 2`` goes with every x. So where something newer is on offer, all is chosen anew, only to see what the name gets
then. If that is newer, it is bound to it, and the rest is tried once more as it is locked.
"""

from __future__ import annotations

from itertools import chain

from packaging.requirements import Requirement

from venvoy.events import Silent
from venvoy.formats.pylock_environments import Environments
from venvoy.resolver.no_solution import NoSolution
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from packaging.version import Version

    from venvoy.events import Reporter
    from venvoy.model.names import NormalizedName
    from venvoy.model.requirement import Root
    from venvoy.model.resolution import Resolution
    from venvoy.operations.resolving.universal import Everywhere
    from venvoy.resolver.policy import Policy
    from venvoy.resolver.provider import Provider


class _Kept(Silent):
    """Hands on how far it is, and keeps the warnings: they are of use when what they are about is taken."""

    def __init__(self, reporter: Reporter) -> None:
        self.advance = reporter.advance  # type: ignore[method-assign] # the same, of somebody who watches
        self.warnings: list[str] = []

    def warn(self, message: str) -> None:
        self.warnings.append(message)


def moving(  # noqa: PLR0913, PLR0917 - how to resolve, what, and who moves
    attempt: Callable[..., Everywhere],
    names: Collection[NormalizedName],
    roots: Sequence[Root],
    provider: Provider,
    policy: Policy,
    preferences: Mapping[NormalizedName, Sequence[Version]],
    reporter: Reporter,
) -> Everywhere:
    """Choose versions for every target that has a solution.

    Args:
        attempt: ``resolve_everywhere``, but for ``policy``, ``preferences`` and ``reporter``.
        names: what is to move.
        roots: the project's parts with their requirements.
        provider: where projects and metadata come from.
        policy: how to choose.
        preferences: versions of the others to be tried first, by name.
        reporter: hears of every decision.

    Raises:
        NoSolution: a required target has none.
        Problem: whatever ``attempt`` raises.
    """
    heard = _Kept(reporter)
    found = attempt(policy=policy, preferences=preferences, reporter=heard)
    names = [name for name in sorted(names) if _has_newer(found.resolution, name, roots, provider)]
    try:
        free = attempt(policy=policy, preferences={}, forks={}, reporter=_Kept(reporter)) if names else found
        bounds = tuple(one for name in names for one in _bounds(found.resolution, free.resolution, name))
        if bounds:
            bound, listening = replace(policy, constraints=policy.constraints + bounds), _Kept(reporter)
            moved = attempt(policy=bound, preferences=preferences, reporter=listening)
            if _left_out(moved) <= _left_out(found):
                found, heard = moved, listening
    except NoSolution:
        pass  # none that is found soon: then it stays with what there is
    for warning in heard.warnings:
        reporter.warn(warning)
    return found


def _has_newer(resolution: Resolution, name: NormalizedName, roots: Sequence[Root], provider: Provider) -> bool:
    """Whether anything newer of a name is on offer that is no pre-release, and that the project itself does not bar."""
    there = _versions(resolution, name)
    if not there:
        return False
    own = [one.requirement for root in roots for one in root.dependencies if one.name == name]
    admitted = [requirement.specifier for requirement in own if not requirement.marker]
    return any(
        not one.version.is_prerelease and all(each.contains(one.version) for each in admitted)
        for one in provider.project(name).candidates
        if one.version > max(there)
    )


def _bounds(resolution: Resolution, free: Resolution, name: NormalizedName) -> Iterator[Requirement]:
    """What a name is to be bound to, when chosen freely it is newer than in a resolution."""
    newer = _versions(free, name)
    if sorted(newer, reverse=True) <= sorted(_versions(resolution, name), reverse=True):
        return
    environments = Environments(free.targets, None)
    without = ((1 << len(free.targets)) - 1) & ~sum(newer.values())
    for version, mask in newer.items():
        marker = environments.text(mask, without)
        yield Requirement(f"{name}=={version}{f' ; {marker}' if marker else ''}")


def _versions(resolution: Resolution, name: NormalizedName) -> dict[Version, int]:
    return {one.candidate.version: one.targets for one in resolution.selected if one.candidate.name == name}


def _left_out(found: Everywhere) -> set[str]:
    return {target.label for target in chain.from_iterable(one.targets for one in found.left_out)}
