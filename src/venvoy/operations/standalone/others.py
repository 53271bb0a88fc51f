"""What another tool (pip, as a rule) put into an environment: left alone, and taken into account.

Such a distribution is there in the one version that is installed, whatever the index offers, with the metadata that
lies beside it. What it needs in turn bounds what venvoy brings, but brings nothing by itself.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from venvoy.errors import Problem
from venvoy.formats import core_metadata, filenames, requirements
from venvoy.model.artifact import Artifact, Candidate, CoreMetadata, Project
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.requirement import full
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from packaging.requirements import Requirement

    from venvoy.model.plan import Installed
    from venvoy.resolver.provider import Provider


@dataclass(frozen=True, slots=True)
class Other:
    """One distribution of another tool, with what it says about itself."""

    installed: Installed
    metadata: CoreMetadata


def find(present: Iterable[Installed], adopted: Collection[NormalizedName]) -> dict[NormalizedName, Other]:
    """What others installed and what is not to be adopted; one without readable metadata cannot be reckoned with."""
    found: dict[NormalizedName, Other] = {}
    for one in present:
        if one.wheel_sha256 or one.name in adopted:
            continue
        said = metadata(one)
        if said is not None and filenames.version(one.version) is not None:
            found[one.name] = Other(one, said)
    return found


def metadata(one: Installed) -> CoreMetadata | None:
    """What an installed distribution says about itself; None when that cannot be read."""
    with contextlib.suppress(Problem):
        return read(one)
    return None


def read(one: Installed) -> CoreMetadata:
    """The same, or why it cannot be read. What is older than wheels has PKG-INFO, in a folder or alone.

    Raises:
        Problem: metadata-invalid, permission-denied, file-error.
    """
    folder = Path(one.dist_info)
    usual = folder / "METADATA"
    path = next((path for path in (usual, folder / "PKG-INFO", folder) if path.is_file()), usual)
    with fs.attempting(f"read what {one.name} says about itself", path):
        content = path.read_bytes()
    return core_metadata.parse(content, str(path))


@dataclass(frozen=True, slots=True)
class Bound:
    """What a distribution of another tool asks of one that venvoy may bring."""

    holder: Other
    requirement: Requirement


def bounds(
    holders: Iterable[Other],
    fixed: Collection[NormalizedName],
    present: Iterable[Installed],
    markers: Mapping[str, str],
) -> list[Bound]:
    """What others' distributions ask of those that venvoy brings, which are all but the ``fixed`` ones.

    What is not met now is left out: whoever lives with that does not want to hear of it whenever anything is installed.
    """
    there = {one.name: one.version for one in present}
    found: list[Bound] = []
    for holder in holders:
        for name, requirement in needs(holder.metadata, markers).items():
            if name in fixed or requirement.url or not requirement.specifier:
                continue
            if name not in there or requirement.specifier.contains(there[name], prereleases=True):
                found.append(Bound(holder, full(requirements.understood(f"{requirement.name}{requirement.specifier}"))))
    return found


def needs(
    said: CoreMetadata, markers: Mapping[str, str], extras: Iterable[str] = ()
) -> dict[NormalizedName, Requirement]:
    """What a distribution needs with these markers and extras, by name; what cannot be understood is left out."""
    found: dict[NormalizedName, Requirement] = {}
    for text in said.requires_dist:
        try:
            requirement = full(requirements.understood(text))
        except ValueError:
            continue
        marker = requirement.marker
        if marker is None or any(marker.evaluate({**markers, "extra": extra}) for extra in ("", *extras)):
            found[canonicalize_name(requirement.name)] = requirement
    return found


class Beside:
    """A provider that puts what others have installed in the place of what the index offers under these names."""

    def __init__(self, provider: Provider, others: Mapping[NormalizedName, Other]) -> None:
        self._provider = provider
        self._others = others
        self.direct = provider.direct

    def project(self, name: NormalizedName) -> Project:
        """The installed version, or what the index offers."""
        other = self._others.get(name)
        if other is None:
            return self._provider.project(name)
        return Project(name, "", (_candidate(other.installed),))

    def metadata(self, candidate: Candidate, artifact: Artifact) -> CoreMetadata:
        """What lies beside the installed version, or what the index says."""
        other = self._others.get(candidate.name)
        return other.metadata if other else self._provider.metadata(candidate, artifact)

    def want(self, names: Iterable[NormalizedName]) -> None:
        """Hand on what has to be asked for."""
        self._provider.want([name for name in names if name not in self._others])

    def want_metadata(self, candidate: Candidate, artifact: Artifact) -> bool:
        """Hand on what has to be asked for."""
        return candidate.name not in self._others and self._provider.want_metadata(candidate, artifact)


def _candidate(one: Installed) -> Candidate:
    version = filenames.version(one.version)
    if version is None:
        raise ValueError(one.version)
    file = f"{one.name.replace('-', '_')}-{one.version}-py3-none-any.whl"
    tags = frozenset({"py3-none-any"})
    return Candidate(one.name, version, (Artifact(file, "", "wheel", one.name, version, tags=tags),))
