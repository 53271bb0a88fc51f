"""The tables ``vcs``, ``directory`` and ``archive`` of a lockfile (PEP 751)."""

from __future__ import annotations

from urllib.parse import urlsplit

from venvoy.errors import Problem
from venvoy.formats import locations, sources
from venvoy.model.source import ARCHIVE, DIRECTORY, GIT, Pinned
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from packaging.pylock import Package

    from venvoy.formats.pylock_draft import DraftPackage


def table(pinned: Pinned, folder: str) -> dict[str, Any]:
    """The table for a place, under its key; paths start at the lockfile's ``folder`` where they can.

    A folder may change under the lockfile, so its package has no version; beside it stands what its metadata rests on.
    """
    from packaging.pylock import PackageArchive, PackageDirectory, PackageVcs  # noqa: PLC0415 - 20 ms, for few

    place = of_url(pinned.url, folder)
    below = pinned.subdirectory or None
    if pinned.kind == DIRECTORY:
        editable = True if pinned.editable else None
        directory = PackageDirectory(path=place["path"], editable=editable, subdirectory=below)
        return {"version": None, "directory": directory, "tool": {"venvoy": {"inputs": pinned.inputs}}}
    if pinned.kind == GIT:
        revision = pinned.revision if pinned.revision != pinned.commit else None
        vcs = PackageVcs(
            type="git", **place, requested_revision=revision or None, commit_id=pinned.commit, subdirectory=below
        )
        return {"vcs": vcs}
    archive = PackageArchive(**place, size=pinned.size, hashes=dict(pinned.hashes), subdirectory=below)
    return {"archive": archive}


def of_url(url: str, folder: str) -> dict[str, Any]:
    """An address as ``url``, or for a file of this machine its ``path``."""
    path = locations.path_of(url)
    return (
        {"url": sources.without_secrets(url.partition("#")[0])}
        if path is None
        else {"path": locations.relative(path, folder)}
    )


def pinned(package: Package | DraftPackage, where: str) -> Pinned | None:
    """The place that a package of the lockfile at ``where`` is locked to; None for one of an index.

    Raises:
        Problem: lockfile-invalid, for a kind of repository that is not known.
    """
    folder = locations.folder_of(where)
    if package.directory is not None:
        one = package.directory
        noted = (package.tool or {}).get("venvoy", {})
        return Pinned(
            DIRECTORY,
            locations.url_of(one.path, folder).rstrip("/"),
            subdirectory=one.subdirectory or "",
            editable=bool(one.editable),
            inputs=_text(noted, "inputs"),
        )
    if package.vcs is not None:
        vcs = package.vcs
        if vcs.type != "git":
            raise Problem(
                "lockfile-invalid",
                f"{package.name} is locked to a {vcs.type} repository, and venvoy can fetch from git only.",
                where=where,
            )
        url = _url(vcs.url, vcs.path, folder).removeprefix("git+")
        return Pinned(GIT, url, vcs.requested_revision or "", vcs.commit_id, vcs.subdirectory or "")
    if package.archive is not None:
        archive = package.archive
        return Pinned(
            ARCHIVE,
            _url(archive.url, archive.path, folder),
            subdirectory=archive.subdirectory or "",
            hashes=dict(archive.hashes),
            size=archive.size,
        )
    return None


def is_wheel(place: Pinned) -> bool:
    """Whether a place is a wheel, which needs no building."""
    return place.kind == ARCHIVE and urlsplit(place.url).path.endswith(".whl")


def _url(url: str | None, path: str | None, folder: str) -> str:
    return url if url and not path else locations.url_of(path or "", folder)


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, str) else ""
