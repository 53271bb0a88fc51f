"""What a change to an environment consists of, as data."""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from venvoy.model.artifact import Artifact
    from venvoy.model.names import NormalizedName
    from venvoy.model.source import Pinned
    from venvoy.model.stored import StoredWheel


@dataclass(frozen=True, slots=True)
class Installed:
    """A distribution that an environment holds, read from its ``.dist-info``.

    ``dist_info`` is the absolute path of that folder. ``direct_url`` is the text of direct_url.json (PEP 610) or empty.
    ``wheel_sha256`` is the digest that venvoy recorded when it installed the distribution, empty for others' installs.
    ``has_record`` tells whether it can be uninstalled (RECORD is there).
    """

    name: NormalizedName
    version: str
    dist_info: str
    installer: str = ""
    requested: bool = False
    direct_url: str = ""
    wheel_sha256: str = ""
    has_record: bool = True

    @property
    def editable(self) -> bool:
        """Whether it is used where its source lies (PEP 660), as far as direct_url.json can be read."""
        import json  # noqa: PLC0415 - few have such a file

        try:
            return bool(json.loads(self.direct_url)["dir_info"]["editable"])
        except (ValueError, KeyError, TypeError):
            return False


@dataclass(frozen=True, slots=True)
class Wanted:
    """A distribution that the environment shall hold: which file, and why.

    ``direct_url`` is the mapping that direct_url.json shall hold (PEP 610), or None when it comes from an index.
    ``pinned`` is the place whose code has to be built first; ``version`` is empty when only that tells it. ``source``
    is the source distribution that ``artifact``, a wheel that no index has, was built of.
    """

    name: NormalizedName
    version: str
    artifact: Artifact
    requested: bool = False
    direct_url: Mapping[str, object] | None = field(default=None, hash=False)
    pinned: Pinned | None = None
    source: Artifact | None = None

    @property
    def is_source(self) -> bool:
        """Whether it comes as source, whether that has been built or not."""
        return self.source is not None or self.pinned is not None or self.artifact.kind != "wheel"


@dataclass(frozen=True, slots=True)
class Change:
    """One step for people and for ``--dry-run``: ``old`` goes, ``new`` comes; one of the two may be None."""

    name: NormalizedName
    old: Installed | None
    new: Wanted | None


@dataclass(frozen=True, slots=True)
class Moved:
    """A distribution whose locked versions changed; empty texts where there was or is none."""

    name: NormalizedName
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Placement:
    """A stored wheel that shall be in the environment, with its modules compiled by the environment's Python or not."""

    wheel: StoredWheel
    requested: bool = False
    direct_url: Mapping[str, object] | None = field(default=None, hash=False)
    bytecode: StoredWheel | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to take out of an environment and what to put in; applied whole or not at all.

    ``files`` are files of the project, by absolute path, that get a new content in the same step, or go when that is
    None: an environment and the pyproject.toml and pylock.toml that describe it change together.
    """

    remove: tuple[Installed, ...] = ()
    install: tuple[Placement, ...] = ()
    files: tuple[tuple[Path, bytes | None], ...] = ()

    @classmethod
    def of(
        cls,
        changes: Sequence[Change],
        wheels: Mapping[NormalizedName, StoredWheel],
        bytecode: Mapping[str, StoredWheel],
        files: Iterable[tuple[Path, bytes | None]],
    ) -> Plan:
        """The plan of these steps, with a wheel for each name that comes; ``bytecode`` is by its wheel's SHA-256."""
        coming = ((change.new, wheels[change.name]) for change in changes if change.new)
        return cls(
            tuple(change.old for change in changes if change.old),
            tuple(Placement(wheel, one.requested, one.direct_url, bytecode.get(wheel.sha256)) for one, wheel in coming),
            tuple(files),
        )
