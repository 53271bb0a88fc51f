"""A resolution as a lockfile (PEP 751)."""

from __future__ import annotations

from datetime import datetime, timezone

from venvoy.errors import Problem
from venvoy.formats import conflicts, filenames, locations, pylock_sources
from venvoy.formats.pylock_draft import Draft, DraftPackage
from venvoy.formats.pylock_environments import Environments, grouped
from venvoy.formats.pylock_files import Wheels, line, moment
from venvoy.model.plain import PlainSpecifiers
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from packaging.version import Version

    from venvoy.model.artifact import Artifact
    from venvoy.model.names import NormalizedName
    from venvoy.model.plain import Bounds
    from venvoy.model.project import ProjectFile
    from venvoy.model.requirement import Origin
    from venvoy.model.resolution import Edge, Resolution, Selected
    from venvoy.model.target import Target

    _Parent: TypeAlias = "tuple[str, Version | None]"

# Without a fraction of a second, and with microseconds.
_USUAL = {20, 27}
_WHOLE = ".000000Z"
_SETS = {"extra": "extras", "group": "dependency_groups"}


def draft(resolution: Resolution, project: ProjectFile, created_by: str, inputs: str) -> Draft:
    """Record a resolution.

    What the project itself needs carries no marker; what only an extra or a group brings carries ``"cli" in extras`` or
    ``"dev" in dependency_groups``. Where targets differ, the marker says for which of them.

    Args:
        resolution: what the resolver chose.
        project: the project it was chosen for; files below or beside its folder are recorded with relative paths.
        created_by: the name of the tool.
        inputs: the digest of what the resolution depends on, for ``[tool.venvoy]``.

    Raises:
        Problem: index-invalid, when the index gives no hash for any file of a chosen version.
    """
    environments = Environments(resolution.targets, project.python)
    pythons = _Pythons(resolution.targets)
    held = conflicts.parts(project.conflicts)
    noted = {conflicts.KEY: conflicts.written(project.conflicts)} if project.conflicts else {}
    edges: dict[_Parent, list[Edge]] = {}
    for edge in resolution.edges:
        if edge.parent.kind == "distribution":
            edges.setdefault((edge.parent.name, edge.parent_version), []).append(edge)
    chosen: dict[NormalizedName, list[Selected]] = {}
    for item in resolution.selected:
        chosen.setdefault(item.candidate.name, []).append(item)
    folder = locations.folder_of(project.where)
    return Draft(
        environments=environments.markers(),
        requires_python=None if project.python is None else str(project.python),
        extras=sorted(project.extras),
        dependency_groups=sorted(project.groups),
        created_by=created_by,
        packages=[
            DraftPackage(
                **{
                    "name": item.candidate.name,
                    "version": item.candidate.version,
                    "marker": _marker(item, environments, held),
                    "requires_python": pythons.required(item.metadata.requires_python, item.targets),
                    "dependencies": _dependencies(
                        item, edges.get((item.candidate.name, item.candidate.version), ()), chosen
                    ),
                    "index": locations.without_secrets(item.candidate.index) if item.candidate.index else None,
                    **_files(item, folder),
                }
            )
            for item in resolution.selected
        ],
        tool={"venvoy": {"inputs": inputs, **noted}},
    )


def _marker(item: Selected, environments: Environments, held: Collection[Origin]) -> str | None:
    """What tells where a version is needed; whether parts that are ``held`` apart are there, the targets say."""
    always = 0
    for origin, mask in item.reach.items():
        if origin.kind not in _SETS or origin in held:
            always |= mask
    clauses = [environments.text(always)] if always else []
    if clauses == [""]:
        return None
    where: dict[str, list[str]] = {}
    for origin, mask in sorted(item.reach.items(), key=lambda entry: (entry[0].kind, entry[0].name)):
        if origin.kind in _SETS and origin not in held and mask & ~always:
            clause = f'"{origin.name}" in {_SETS[origin.kind]}'
            where.setdefault(environments.text(mask & ~always, always), []).append(clause)
    for place, names in where.items():
        wanted = " or ".join(names)
        wanted = f"({wanted})" if len(names) > 1 and place else wanted
        clauses.append(f"{wanted} and {grouped(place)}" if place else wanted)
    return " or ".join(clauses) or None


class _Pythons:
    """Judges Requires-Python for the targets of a resolution; the same few texts stand in most distributions."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._versions = [target.python_full_version.removesuffix("+") for target in targets]
        self._known: dict[tuple[str, int], str | None] = {}

    def required(self, text: str | None, mask: int) -> str | None:
        """What a text asks for; None when an installer would refuse that on a target of the mask."""
        if not text:
            return None
        if (text, mask) not in self._known:
            self._known[text, mask] = self._required(text, mask)
        return self._known[text, mask]

    def _required(self, text: str, mask: int) -> str | None:
        specifiers: Bounds | None = PlainSpecifiers.read(text)
        if specifiers is None:
            from packaging.specifiers import InvalidSpecifier, SpecifierSet

            try:
                specifiers = SpecifierSet(text)
            except InvalidSpecifier:
                return None
        chosen = {version for index, version in enumerate(self._versions) if mask >> index & 1}
        return (str(specifiers) or None) if all(map(specifiers.contains, chosen)) else None


def _dependencies(
    item: Selected, edges: Iterable[Edge], chosen: Mapping[NormalizedName, Sequence[Selected]]
) -> list[dict[str, str]] | None:
    found: set[tuple[str, str]] = set()
    for edge in edges:
        versions = chosen.get(edge.child, ())
        for other in versions:
            if edge.child != item.candidate.name and other.targets & edge.targets & item.targets:
                found.add((edge.child, str(other.candidate.version) if len(versions) > 1 else ""))
    return [
        {"name": name, "version": version} if version else {"name": name} for name, version in sorted(found)
    ] or None


def _files(item: Selected, folder: str) -> dict[str, Any]:
    candidate = item.candidate
    if candidate.pinned:
        return pylock_sources.table(candidate.pinned, folder)
    hashed = [artifact for artifact in candidate.artifacts if artifact.hashes]
    if candidate.direct_url and hashed:
        from packaging.pylock import PackageArchive

        source = pylock_sources.of_url(candidate.direct_url.partition("#")[0], folder)
        return {"archive": PackageArchive(**source, size=hashed[0].size, hashes=dict(hashed[0].hashes))}
    if any(artifact.yanked is None for artifact in hashed):
        hashed = [artifact for artifact in hashed if artifact.yanked is None]
    wheels = [artifact for artifact in hashed if artifact.kind == "wheel" and _is_valid(artifact)]
    sdists = [artifact for artifact in hashed if artifact.kind == "sdist" and _is_valid(artifact)]
    if hashed and not wheels and not sdists:
        raise Problem(
            "index-invalid",
            f"{candidate.name} {candidate.version} cannot be locked: {hashed[0].filename} is no name for a file of it.",
            why="In a lockfile each name has to be as the standards have it (PEP 427, PEP 625).",
            fix=(f'Choose another version: venvoy add "{candidate.name}!={candidate.version}"',),
        )
    if not wheels and not sdists:
        raise Problem(
            "index-invalid",
            f"{candidate.name} {candidate.version} cannot be locked: its index gives no hash for any of its files.",
            why="A lockfile holds the hash of every file, so that what is installed is what was locked.",
            fix=("Ask whoever runs the index to publish hashes, or take the distribution from another index.",),
        )
    sdists.sort(key=lambda artifact: (not artifact.filename.endswith(".tar.gz"), artifact.filename))
    order = filenames.preferred([wheel.filename for wheel in wheels])
    return {
        "sdist": _line(sdists[0], folder) if sdists else None,
        "wheels": Wheels([_line(wheels[at], folder) for at in order]) or None,
    }


def _line(artifact: Artifact, folder: str) -> str:
    url = artifact.url
    plain = url.startswith("http") and "@" not in url and "#" not in url
    place = {} if plain else pylock_sources.of_url(url, folder)
    return line(
        name=artifact.filename,
        uploaded=_uploaded(artifact.upload_time),
        url=url if plain else place.get("url"),
        path=place.get("path"),
        size=artifact.size,
        hashes=artifact.hashes,
    )


def _is_valid(artifact: Artifact) -> bool:
    """Whether the standards' own parser accepts the file name: a lockfile with any other is invalid as a whole."""
    if filenames.is_plain(artifact.filename):
        return True
    if artifact.kind == "sdist":
        return filenames.sdist(artifact.filename) == (artifact.name, artifact.parsed_version)
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        name, version, *_ = parse_wheel_filename(artifact.filename)
    except InvalidWheelFilename:
        return False
    return name == artifact.name and version == artifact.parsed_version


def _uploaded(text: str | None) -> str:
    """A moment as it is written into a lockfile, which is nearly always how the index has it."""
    if text and text.endswith(_WHOLE):
        text = f"{text[: -len(_WHOLE)]}Z"
    if text and len(text) in _USUAL and text[10] == "T":
        try:
            datetime.fromisoformat(text[:-1])
        except ValueError:
            return ""
        return text
    uploaded = _time(text)
    return moment(uploaded) if uploaded else ""


def _time(text: str | None) -> datetime | None:
    """An ISO 8601 text that ends in Z; Python 3.10 reads neither the Z nor a fraction of other than 3 or 6 digits."""
    if not text:
        return None
    whole, _, fraction = text.removesuffix("Z").partition(".")
    try:
        moment = datetime.fromisoformat(whole)
    except ValueError:
        return None
    microseconds = int(fraction[:6].ljust(6, "0")) if fraction.isdigit() else 0
    return moment.replace(microsecond=microseconds, tzinfo=moment.tzinfo or timezone.utc)
