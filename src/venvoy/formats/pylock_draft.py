"""A lockfile of texts: who writes it, or keeps what it says, needs no ``packaging.pylock``, which loads for long."""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, TypeAlias

    from packaging.pylock import PackageArchive, PackageDirectory, PackageVcs, Pylock
    from packaging.version import Version

    from venvoy.formats.pylock_files import Wheels
    from venvoy.model.names import NormalizedName

    Lock: TypeAlias = "Pylock | Draft"


@dataclass(frozen=True, slots=True)
class DraftPackage:
    """See :class:`packaging.pylock.Package`; ``marker``, ``requires_python`` and the line of ``sdist`` are texts."""

    name: NormalizedName
    version: Version | None
    marker: str | None = None
    requires_python: str | None = None
    dependencies: Sequence[Mapping[str, str]] | None = None
    index: str | None = None
    vcs: PackageVcs | None = None
    directory: PackageDirectory | None = None
    archive: PackageArchive | None = None
    sdist: str | None = None
    wheels: Wheels | None = None
    attestation_identities: None = None
    tool: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """See :class:`packaging.pylock.Pylock`; the markers in ``environments`` and ``requires_python`` are texts."""

    environments: Sequence[str]
    requires_python: str | None
    extras: Sequence[NormalizedName]
    dependency_groups: Sequence[NormalizedName]
    created_by: str
    packages: Sequence[DraftPackage]
    tool: Mapping[str, Any]
    default_groups: None = None
    lock_version: str = "1.0"

    def parsed(self) -> Pylock:
        """The same as reading the written text gives."""
        from packaging.markers import Marker
        from packaging.pylock import Package, PackageSdist, Pylock
        from packaging.specifiers import SpecifierSet
        from packaging.version import Version

        from venvoy.formats.pylock_files import made

        return Pylock(
            lock_version=Version(self.lock_version),
            environments=[Marker(text) for text in self.environments],
            requires_python=None if self.requires_python is None else SpecifierSet(self.requires_python),
            extras=self.extras,
            dependency_groups=self.dependency_groups,
            created_by=self.created_by,
            packages=[
                Package(
                    name=one.name,
                    version=one.version,
                    marker=Marker(one.marker) if one.marker else None,
                    requires_python=SpecifierSet(one.requires_python) if one.requires_python else None,
                    dependencies=one.dependencies,
                    index=one.index,
                    vcs=one.vcs,
                    directory=one.directory,
                    archive=one.archive,
                    sdist=made(one.sdist, PackageSdist) if one.sdist else None,
                    wheels=one.wheels,
                    tool=one.tool,
                )
                for one in self.packages
            ],
            tool=self.tool,
        )
