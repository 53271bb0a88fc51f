"""From a place that somebody named to the source tree that is there: the folder, the commit, the unpacked archive."""

from __future__ import annotations

import os
from pathlib import Path

from packaging.version import Version

from venvoy.errors import Problem
from venvoy.errors import near as near_words
from venvoy.formats import filenames, locations, sources
from venvoy.model.artifact import Artifact
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.source import ARCHIVE, DIRECTORY, GIT, Pinned, Source
from venvoy.model.source_tree import SourceTree
from venvoy.operations.building import folders
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from venvoy.model.plan import Installed, Wanted
    from venvoy.model.stored import StoredWheel
    from venvoy.operations.building.builder import Builder
    from venvoy.operations.context import Context


def tree(
    context: Context,
    builder: Builder,
    name: NormalizedName | None,
    pinned: Pinned,
    *,
    source: Source | None = None,
) -> SourceTree:
    """The source tree of a place; fetched when it is not there yet.

    ``name`` is None when nobody knows it yet, ``source`` the place as it was named, with credentials if it holds any.

    Raises:
        Problem: source-missing, and what fetching raises.
    """
    if pinned.kind == DIRECTORY:
        top = Path(locations.path_of(pinned.url) or "")
        label = name or top.name
        key = ""
    elif pinned.kind == GIT:
        top = context.git.checkout(source or Source(GIT, pinned.url, pinned.revision), pinned.commit)
        label = f"{name or _last(pinned.url)} ({pinned.commit[:12]})"
        key = _key(pinned)
    else:
        unpacked = builder.tree(archive(pinned, name))
        top, label = unpacked.path, locations.file_name(pinned.url)
        key = _key(pinned)
    folder = _project(top, pinned)
    if pinned.kind == DIRECTORY and not pinned.editable:
        key = f"directory:{folder}:{folders.fingerprint(folder)}"
    return SourceTree(folder, label, name, None, pinned.own, key)


def built(context: Context, builder: Builder, item: Wanted, present: Installed | None = None) -> Wanted:
    """What is wanted, with the wheel in its place that was built of what is there now; as it was, when there is none.

    Nothing is fetched for that. Of a commit or an archive, which cannot change, what is ``present`` counts when it came
    from there.

    Raises:
        Problem: source-missing.
    """
    pinned = item.pinned
    if pinned is None or item.source is not None:
        return item
    if pinned.kind == DIRECTORY:
        seen = tree(context, builder, item.name, pinned)
    else:
        seen = SourceTree(Path(), item.name, item.name, key=_key(pinned))
    sha256 = builder.built(seen, editable=pinned.editable)
    wheel = context.store.find(sha256) if sha256 else None
    if wheel is not None:
        version = wheel.version
    elif present and pinned.kind != DIRECTORY and folders.came_from(present, item.direct_url):
        sha256, version = present.wheel_sha256, present.version
    else:
        return item
    artifact = replace(item.artifact, kind="wheel", version=Version(version), hashes={"sha256": sha256}, size=None)
    return replace(item, version=version, artifact=artifact, source=item.artifact)


def make(context: Context, builder: Builder, item: Wanted) -> StoredWheel:
    """Build what is at a place, or take what was built of it.

    Raises:
        Problem: metadata-invalid when it is another distribution, needs-build, and what fetching and building raise.
    """
    pinned = item.pinned or Pinned(ARCHIVE, item.artifact.url)
    before = tree(context, builder, item.name, pinned)
    wheel = builder.wheel(before, editable=pinned.editable)
    if pinned.kind == DIRECTORY and not pinned.editable:
        # The build itself may leave something in the folder, which is no reason to build again.
        builder.note(tree(context, builder, item.name, pinned), wheel)
    return wheel


def _key(pinned: Pinned) -> str:
    """What cannot change, by its identity; empty when that is not known."""
    if pinned.kind == GIT:
        return f"git:{pinned.commit}:{pinned.subdirectory}"
    sha256 = pinned.hashes.get("sha256")
    return f"sha256:{sha256}:{pinned.subdirectory}" if sha256 else ""


def archive(pinned: Pinned, name: NormalizedName | None = None) -> Artifact:
    """The file of a place that is an archive."""
    filename = locations.file_name(pinned.url)
    try:
        parts = filenames.parse(filename)
    except filenames.InvalidFileNameError:
        told, version = canonicalize_name(filename.partition("-")[0]), None
    else:
        told, version = parts.name, filenames.version(parts.version)
    return Artifact(
        filename,
        pinned.url,
        "sdist",
        name or told,
        version or Version("0"),
        hashes=dict(pinned.hashes),
        size=pinned.size,
    )


def _last(url: str) -> str:
    return locations.file_name(url.rstrip("/")).removesuffix(".git")


def _project(top: Path, pinned: Pinned) -> Path:
    """The folder of the project at a place.

    Raises:
        Problem: source-missing.
    """
    shown = sources.shown(replace(pinned, subdirectory=""))
    folder = top / pinned.subdirectory if pinned.subdirectory else top
    if not top.is_dir():
        raise _nothing_there(top)
    if not folder.is_dir():
        has = sorted(entry.name for entry in os.scandir(top) if entry.is_dir() and not entry.name.startswith("."))
        raise Problem(
            "source-missing",
            f"There is no folder {pinned.subdirectory} in {shown}.",
            why=f"It has: {', '.join(has[:8])}." if has else "It has no folders at all.",
            fix=("Correct subdirectory, which leads from the top to the project.",),
        )
    if not folders.is_project(folder):
        below = sorted(path.parent.relative_to(top).as_posix() for path in top.glob("*/pyproject.toml"))
        place = sources.shown(pinned)
        raise Problem(
            "source-missing",
            f"There is no Python project in {place}.",
            why="It has neither pyproject.toml nor setup.py.",
            fix=(_further_down(below[0]),) if below else (),
        )
    return folder


def _further_down(folder: str) -> str:
    return f'It may be further down: subdirectory = "{folder}", behind an address #subdirectory={folder}'


def _nothing_there(path: Path) -> Problem:
    if path.is_file():
        return Problem(
            "source-missing",
            f"{path} is a file, and a folder with a project is wanted.",
            fix=("Name the folder, or an archive that ends in .whl, .tar.gz or .zip.",),
        )
    siblings = [entry.name for entry in os.scandir(path.parent) if entry.is_dir()] if path.parent.is_dir() else []
    like = [one for one in siblings if one.casefold() == path.name.casefold()] or near_words(path.name, siblings)
    return Problem(
        "source-missing",
        f"There is no folder {path}.",
        fix=(f"Did you mean {' or '.join(map(repr, like))}?",) if like else ("Correct the path.",),
    )
