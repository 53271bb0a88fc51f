"""What a policy makes of the requirements that stand in files: left out, replaced, or as they are."""

from __future__ import annotations

from copy import copy

from packaging.requirements import Requirement

from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from venvoy.model.requirement import Root
    from venvoy.resolver.markers import MarkerMasks
    from venvoy.resolver.policy import Policy

Placed = tuple[Requirement, int]
"""A requirement, and the mask of the targets on which it applies."""


class Edits:
    """Applies ``exclude`` and ``overrides`` of a policy."""

    def __init__(self, policy: Policy, markers: MarkerMasks) -> None:
        self._exclude = policy.exclude
        self._markers = markers
        self._overrides: dict[NormalizedName, list[Placed]] = {}
        for override in policy.overrides:
            name = canonicalize_name(override.name)
            self._overrides.setdefault(name, []).append((override, markers.mask(override.marker)))

    def of_root(self, root: Root) -> list[Placed]:
        """The requirements of a root that apply anywhere."""
        found = []
        where = self._markers.having(root.origin)
        for dependency in root.dependencies:
            found += self.apply(dependency.requirement, where & self._markers.mask(dependency.requirement.marker))
        return found

    def apply(self, requirement: Requirement, mask: int) -> list[Placed]:
        """What becomes of a requirement on the targets of ``mask``."""
        if not self._exclude and not self._overrides:
            return [(requirement, mask)] if mask else []
        name = canonicalize_name(requirement.name)
        if name in self._exclude:
            return []
        found = []
        for override, where in self._overrides.get(name, ()):
            if mask & where:
                replaced = copy(requirement)
                replaced.specifier, replaced.url = override.specifier, override.url
                found.append((replaced, mask & where))
                mask &= ~where
        return [*found, (requirement, mask)] if mask else found
