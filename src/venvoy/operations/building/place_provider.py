"""What the resolver asks about names that somebody has named a place for; about all others it asks the index."""

from __future__ import annotations

import posixpath
from pathlib import Path

from venvoy.errors import Problem
from venvoy.formats import locations, pylock_sources, sources
from venvoy.model.artifact import Artifact, Candidate, Project
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.source import ARCHIVE, DIRECTORY, GIT, INDEX, Pinned, Source
from venvoy.operations.building import folders, places
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from venvoy.formats.pylock_draft import Lock
    from venvoy.model.artifact import CoreMetadata
    from venvoy.model.project import ProjectFile
    from venvoy.model.source_tree import SourceTree
    from venvoy.operations.building.builder import Builder
    from venvoy.operations.context import Context
    from venvoy.resolver.provider import Provider


def kept(previous: Lock | None, where: str) -> dict[NormalizedName, tuple[Pinned, ...]]:
    """The commits and the archives that a lockfile holds, by name."""
    found: dict[NormalizedName, tuple[Pinned, ...]] = {}
    for package in previous.packages if previous else ():
        pinned = pylock_sources.pinned(package, where) if package.vcs or package.archive else None
        if pinned is not None:
            found[package.name] = (*found.get(package.name, ()), pinned)
    return found


class Named:
    """A provider in front of another one.

    A name with an entry in ``[tool.venvoy.sources]`` has one candidate only, whoever requires it: what is there. The
    entries of a folder, and of a git repository, hold for what it requires itself.

    ``kept`` is what names are locked to; a branch stays at its commit.
    """

    def __init__(
        self,
        context: Context,
        builder: Callable[[], Builder],
        provider: Provider,
        file: ProjectFile,
        kept: Mapping[NormalizedName, tuple[Pinned, ...]],
    ) -> None:
        self._context = context
        self._builder = builder
        self._provider = provider
        self._sources = file.sources
        self._own = {(name, "") for name in folders.named(file)}
        parts = (file.dependencies, *file.extras.values(), *file.groups.values())
        self._own |= {(one.name, one.written.url) for part in parts for one in part if one.written.url}
        self._addresses = {(name, url.partition("#editable")[0]): url for name, url in self._own if url}
        self._private: set[NormalizedName] = set()
        self._kept = kept
        self._metadata: dict[tuple[NormalizedName, Pinned], CoreMetadata] = {}
        self._found: dict[tuple[NormalizedName, str], Candidate] = {}

    def project(self, name: NormalizedName) -> Project:
        """As the other one says; of a name with a place of its own, only what is there.

        Raises:
            Problem: as the other one; source-missing, and what fetching and building raise.
        """
        source = self._sources.get(name)
        if source is None:
            # What a folder of the user's names a place for is no index's business, though it may have bounds as well.
            return Project(name, "", ()) if name in self._private else self._provider.project(name)
        if source.kind == INDEX:
            self._mind_secrets(name, source)
            return self._context.index.project(name, source.url)
        return Project(name, "", (self._candidate(name, source, is_own=True),))

    def want(self, names: Iterable[NormalizedName]) -> None:
        """Let the other one fetch ahead what comes from there."""
        self._provider.want(name for name in names if name not in self._sources and name not in self._private)

    def direct(self, name: NormalizedName, url: str) -> Candidate:
        """What is behind an address, or in the place that was named for it.

        Raises:
            Problem: requirement-invalid, source-missing, and what fetching and building raise.
        """
        source = self._sources.get(name)
        is_own = (name, url) in self._own
        if source is not None and source.kind != INDEX:
            return replace(self._candidate(name, source, is_own=True), direct_url=url)
        try:
            source = sources.from_url(url)
        except sources.InvalidSourceError as error:
            shown = sources.without_secrets(url)
            what = f"The address given for {name} cannot be used: {shown}"
            raise Problem("requirement-invalid", what, why=error.why, fix=(error.fix,) if error.fix else ()) from None
        if source.kind == ARCHIVE and source.url.lower().endswith(".whl"):
            return self._provider.direct(name, url)
        return replace(self._candidate(name, source, is_own=is_own), direct_url=url)

    def want_metadata(self, candidate: Candidate, artifact: Artifact) -> bool:
        """Let the other one fetch ahead what comes from there."""
        return candidate.pinned is None and self._provider.want_metadata(candidate, artifact)

    def metadata(self, candidate: Candidate, artifact: Artifact) -> CoreMetadata:
        """What a candidate needs.

        Raises:
            Problem: as the other one.
        """
        known = self._metadata.get((candidate.name, candidate.pinned)) if candidate.pinned else None
        return self._provider.metadata(candidate, artifact) if known is None else known

    def identify(self, source: Source) -> NormalizedName:
        """What the project at a place is called.

        Raises:
            Problem: source-missing, and what fetching and building raise.
        """
        pinned = replace(self._pin(NormalizedName(""), source), own=True)
        tree = places.tree(self._context, self._builder(), None, pinned, source=source)
        return self._builder().metadata(tree).name

    def _candidate(self, name: NormalizedName, source: Source, *, is_own: bool) -> Candidate:
        key = name, sources.to_url(source)
        found = self._found.get(key)
        if found is None:
            try:
                found = self._found[key] = self._look(name, source, is_own=is_own)
            except Problem as problem:
                problem.data.setdefault("name", name)
                raise
        return found

    def _look(self, name: NormalizedName, source: Source, *, is_own: bool) -> Candidate:
        self._mind_secrets(name, source)
        if source.kind == ARCHIVE and source.url.lower().endswith(".whl"):
            url = sources.to_url(replace(source, subdirectory=""))
            return self._provider.direct(name, url)
        pinned = self._pin(name, source)
        pinned = replace(pinned, own=is_own)
        tree = places.tree(self._context, self._builder(), None if is_own else name, pinned, source=source)
        metadata = self._builder().metadata(tree)
        if metadata.name != name:
            raise _other_name(name, metadata.name, pinned)
        if pinned.kind == DIRECTORY:
            pinned = replace(pinned, inputs=folders.inputs(tree.path))
        metadata = self._redirected(metadata, tree, pinned, is_own=is_own)
        self._metadata[name, pinned] = metadata
        artifact = Artifact(
            locations.file_name(pinned.url) or name,
            pinned.url,
            "sdist",
            name,
            metadata.version,
            hashes=dict(pinned.hashes),
            size=pinned.size,
            requires_python=metadata.requires_python,
        )
        return Candidate(name, metadata.version, (artifact,), pinned=pinned)

    def _mind_secrets(self, name: NormalizedName, source: Source) -> None:
        if sources.has_secret(source.url):
            keeper = ", or let a credential helper of git keep it" if source.kind == GIT else ""
            self._context.reporter.warn(
                f"The address that {name} comes from holds a password or a token, and whoever reads pyproject.toml has"
                f" it. Put it into the file netrc{keeper}."
            )

    def _pin(self, name: NormalizedName, source: Source) -> Pinned:
        """What a source means exactly, now or when it was locked."""
        url = sources.without_secrets(source.url)
        if source.kind == DIRECTORY:
            return Pinned(DIRECTORY, url, subdirectory=source.subdirectory, editable=source.editable)
        place = (source.kind, url, source.revision, source.subdirectory)
        locked = self._kept.get(name, ())
        same = [one for one in locked if (one.kind, one.url, one.revision, one.subdirectory) == place]
        if source.kind == GIT:
            commit = same[0].commit if same else self._context.git.resolve(source)
            return Pinned(GIT, url, source.revision, commit, source.subdirectory)
        if (
            same
            and not url.startswith("file:")
            and same[0].size is not None
            and source.hashes.items() <= same[0].hashes.items()
        ):
            return same[0]
        pinned = Pinned(ARCHIVE, url, subdirectory=source.subdirectory, hashes=dict(source.hashes))
        self._context.index.learn(source.url)
        artifact = places.archive(pinned, name or None)
        path = locations.path_of(artifact.url)
        if path is not None and not Path(path).is_file():
            raise Problem("source-missing", f"There is no file {path}.", fix=("Check the path.",))
        artifact = self._context.index.described(artifact)
        return replace(pinned, hashes=dict(artifact.hashes), size=artifact.size)

    def _redirected(self, metadata: CoreMetadata, tree: SourceTree, pinned: Pinned, *, is_own: bool) -> CoreMetadata:
        """The metadata with addresses in the place of names that the tree's own pyproject.toml has places for."""
        if pinned.kind == ARCHIVE:
            return metadata
        told = folders.sources(tree.path)
        if not told:
            return metadata
        # 20 ms that those who name no place save.
        from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415
        from packaging.specifiers import SpecifierSet  # noqa: PLC0415

        texts = []
        for text in metadata.requires_dist:
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                texts.append(text)
                continue
            name = canonicalize_name(requirement.name)
            source = told.get(name)
            url = _inside(source, tree.path, pinned) if source and not requirement.url else ""
            if url:
                # Two folders that name a third one mean the same, whether it is to be edited or not.
                url = self._addresses.setdefault((name, url.partition("#editable")[0]), url)
                if requirement.specifier:
                    texts.append(text)  # what it says about versions still counts
                requirement.specifier, requirement.url = SpecifierSet(), url
                if is_own:
                    self._own.add((name, url))
                    self._private.add(name)
            texts.append(str(requirement))
        return replace(metadata, requires_dist=tuple(texts))


def _inside(source: Source, folder: Path, pinned: Pinned) -> str:
    """The address of what a tree names; a path in a git repository means the same commit, further up or down."""
    if source.kind == INDEX:
        return ""
    if pinned.kind != GIT or not source.url.startswith("file:"):
        return sources.to_url(source)
    top = folder
    for _ in filter(None, pinned.subdirectory.split("/")):
        top = top.parent
    below = posixpath.relpath(locations.path_of(source.url) or "/", top.as_posix())
    if source.kind != DIRECTORY or below.startswith(".."):
        return ""  # it leads out of the repository, to nowhere that is known here
    subdirectory = "" if below == "." else below
    return sources.to_url(Source(GIT, pinned.url, pinned.commit, "rev", subdirectory))


def _other_name(name: NormalizedName, has: NormalizedName, pinned: Pinned) -> Problem:
    return Problem(
        "metadata-invalid",
        f"{sources.shown(pinned)} holds {has}, and {name} is asked for there.",
        fix=(f"Write {has} in the place of {name}, or correct the address.",),
        data={"name": name, "has": has},
    )
