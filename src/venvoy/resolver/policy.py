"""What a person may ask of a resolution beyond the requirements themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from packaging.utils import NormalizedName


@dataclass(frozen=True, slots=True)
class Policy:
    """How to choose.

    ``allow_source``: a source distribution counts as a file that fits. ``prereleases`` makes pre-releases as good as
    finals for every name, ``prerelease_names`` for these (PEP 440 has them tried only when nothing else fits).
    ``resolution``: ``highest``, ``lowest``, or ``lowest-direct`` (lowest for the names that the roots require).
    ``exclude_newer``: files uploaded after this moment (ISO 8601 in UTC, ending in ``Z``) or without an upload time do
    not count. ``conflicts`` is how many conflicts the search may run into before it gives up and says who causes them.
    """

    allow_source: bool = False
    prereleases: bool = False
    prerelease_names: frozenset[NormalizedName] = frozenset()
    resolution: Literal["highest", "lowest", "lowest-direct"] = "highest"
    exclude_newer: str | None = None
    conflicts: int = 20_000
