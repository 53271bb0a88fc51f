"""What a person may ask of a resolution beyond the requirements themselves."""

from __future__ import annotations

from venvoy.model.names import NormalizedName
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from typing import Literal

    from packaging.requirements import Requirement

    from venvoy.model.requirement import Origin

ALL = NormalizedName(":all:")
"""In ``only_binary`` and ``no_binary``: every name."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How to choose.

    ``allow_source``: a source distribution counts as a file that fits. ``only_binary`` are the names for which it does
    not even so, ``no_binary`` those whose wheels do not count; :data:`ALL` in them stands for every name that is not
    in the other one. ``prereleases`` makes pre-releases as good as finals for every name, ``prerelease_names`` for
    these (PEP 440 has them tried only when nothing else fits).
    ``resolution``: ``highest``, ``lowest``, or ``lowest-direct`` (lowest for the names that the roots require).
    ``exclude_newer``: files uploaded after this moment (ISO 8601 in UTC, ending in ``Z``) or without an upload time do
    not count.

    ``constraints`` bound the versions of names that somebody needs, without needing them themselves. A requirement
    that is about a name of ``overrides`` asks for what stands there instead, whoever has it; its extras and its marker
    stay. The marker of a constraint or an override says where it counts; neither has extras, and a constraint no URL.
    ``exclude`` are names that nobody needs, whatever is written.

    ``optional`` are the roots without which there may be targets: what only they need may lack files there. ``lacking``
    are such names, each with a platform and a minor version of Python: any file of theirs counts there, so that it is
    the installer who refuses, and only those who ask for these roots.

    ``conflicts`` is how many conflicts the search may run into before it gives up and says who causes them.
    """

    allow_source: bool = False
    only_binary: frozenset[NormalizedName] = frozenset()
    no_binary: frozenset[NormalizedName] = frozenset()
    prereleases: bool = False
    prerelease_names: frozenset[NormalizedName] = frozenset()
    resolution: Literal["highest", "lowest", "lowest-direct"] = "highest"
    exclude_newer: str | None = None
    constraints: tuple[Requirement, ...] = ()
    overrides: tuple[Requirement, ...] = ()
    exclude: frozenset[NormalizedName] = frozenset()
    optional: frozenset[Origin] = frozenset()
    lacking: frozenset[tuple[NormalizedName, str, str]] = frozenset()
    conflicts: int = 20_000

    def takes_source(self, name: NormalizedName) -> bool:
        """Whether source distributions of a name count."""
        return self.allow_source and not (self.only_binary and _holds(self.only_binary, self.no_binary, name))

    def takes_wheels(self, name: NormalizedName) -> bool:
        """Whether wheels of a name count."""
        return not (self.no_binary and _holds(self.no_binary, self.only_binary, name))


def _holds(names: frozenset[NormalizedName], opposite: frozenset[NormalizedName], name: NormalizedName) -> bool:
    return name in names or (ALL in names and name not in opposite)
