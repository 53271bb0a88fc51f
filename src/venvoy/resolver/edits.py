"""What a policy makes of the requirements that stand in files: left out, replaced, or as they are."""

from __future__ import annotations

from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.resolver import asks
from venvoy.resolver.asks import Ask
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from venvoy.model.plain import PlainRequirement
    from venvoy.model.requirement import Root
    from venvoy.resolver.markers import MarkerMasks
    from venvoy.resolver.policy import Policy

Placed = tuple[Ask, int]
"""What is asked for, and the mask of the targets on which it is."""


class Edits:
    """Applies ``exclude`` and ``overrides`` of a policy."""

    def __init__(self, policy: Policy, markers: MarkerMasks) -> None:
        self._exclude = policy.exclude
        self._markers = markers
        self._overrides: dict[NormalizedName, list[tuple[Requirement, int]]] = {}
        # By the identity of a requirement of a root, which is kept with it.
        self._asks: dict[int, tuple[Requirement | PlainRequirement, Ask]] = {}
        for override in policy.overrides:
            name = canonicalize_name(override.name)
            self._overrides.setdefault(name, []).append((override, markers.mask(override.marker)))

    def of_root(self, root: Root) -> list[Placed]:
        """The requirements of a root that apply anywhere."""
        found = []
        where = self._markers.having(root.origin)
        for dependency in root.dependencies:
            ask = self._ask(dependency.written)
            found += self.apply(ask, where & self._markers.told(ask.marker))
        return found

    def apply(self, ask: Ask, mask: int) -> list[Placed]:
        """What becomes of a requirement on the targets of ``mask``."""
        if not self._exclude and not self._overrides:
            return [(ask, mask)] if mask else []
        if ask.name in self._exclude:
            return []
        found = []
        for override, where in self._overrides.get(ask.name, ()):
            if mask & where:
                from packaging.requirements import Requirement  # noqa: PLC0415 - 20 ms, and few override anything

                replaced = Requirement(ask.text)
                replaced.specifier, replaced.url = override.specifier, override.url
                found.append((asks.of(replaced), mask & where))
                mask &= ~where
        return [*found, (ask, mask)] if mask else found

    def _ask(self, requirement: Requirement | PlainRequirement) -> Ask:
        known = self._asks.get(id(requirement))
        if known is None:
            known = self._asks[id(requirement)] = requirement, asks.of(requirement)
        return known[1]
