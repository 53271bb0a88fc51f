"""pylock.toml (PEP 751): text → lock → text, resolution → lock, lock → what to install.

``packaging.pylock`` is the judge of what is valid; this module puts its verdict into words that help. It is loaded, and
the modules beside this one that need it, when there is something to judge: it takes as long as a small ``sync``.
"""

from __future__ import annotations

import json

from venvoy.digests import sha256
from venvoy.errors import Problem
from venvoy.formats import conflicts, sources, toml
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from typing import Any

    from packaging.pylock import Pylock, PylockValidationError
    from packaging.version import Version

    from venvoy.formats.pylock_draft import Draft, Lock
    from venvoy.formats.pylock_select import selections
    from venvoy.formats.pylock_text import render
    from venvoy.model.names import NormalizedName
    from venvoy.model.plan import Wanted
    from venvoy.model.project import ProjectFile
    from venvoy.model.requirement import Dependency
    from venvoy.model.resolution import Resolution

__all__ = [
    "covers",
    "draft",
    "inputs_digest",
    "parse",
    "recorded_digest",
    "render",
    "select",
    "selections",
    "to_build",
]

LOCKING = ("extra-index-url", "find-links", "index-url", "no-index")
"""The keys of ``[tool.venvoy]`` that a resolution depends on."""

_AGAIN = "Run `venvoy lock` to write it anew."


def __getattr__(name: str) -> object:
    """What belongs to this module and lies in another one (PEP 562)."""
    if name == "render":
        from venvoy.formats.pylock_text import render

        return render
    if name != "selections":
        raise AttributeError(name)
    from venvoy.formats.pylock_select import selections

    return selections


def read(text: str, where: str, *, warn: Callable[[str], None] = lambda _: None) -> Lock:
    """As :func:`parse`, but what is as venvoy writes it stays a draft, which packaging need not see.

    Raises:
        Problem: lockfile-invalid.
    """
    from venvoy.formats import pylock_plain

    return pylock_plain.read(text) or parse(text, where, warn=warn)


def parse(text: str, where: str, *, warn: Callable[[str], None] = lambda _: None) -> Pylock:
    """The lock that a pylock.toml holds.

    Args:
        text: the file's text.
        where: the file's path as people shall see it.
        warn: receives a sentence when the file has a newer minor version than the one that is known.

    Raises:
        Problem: lockfile-invalid.
    """
    from venvoy.formats import pylock_files

    short = pylock_files.cut(text)
    if short:
        said: list[str] = []
        try:
            lock = _parse(short[0], where, said.append)
        except Problem:
            pass  # the whole text tells in which line
        else:
            if pylock_files.put_back(lock.packages, short[1]):
                for sentence in said:
                    warn(sentence)
                return lock
    return _parse(text, where, warn)


def _parse(text: str, where: str, warn: Callable[[str], None]) -> Pylock:
    from packaging.pylock import Pylock, PylockValidationError
    from packaging.version import Version

    data = toml.loads(text, where, code="lockfile-invalid", fix=_AGAIN)
    written = data.get("lock-version")
    version = _version(written)
    if version and not Version("1") <= version < Version("2"):
        raise Problem(
            "lockfile-invalid",
            f"This lockfile has the format version {written}, and venvoy knows version 1.",
            why="A newer tool has written it." if version.major > 1 else "",
            fix=("Upgrade venvoy to a version that knows this format,", f"or: {_AGAIN}"),
            where=toml.place(text, where, ("lock-version",)),
        )
    if version and version > Version("1.0"):
        warn(f"{where} has the format version {written}; venvoy knows 1.0 and does not look at what is new in it.")
        data["lock-version"] = "1.0"
    try:
        lock = Pylock.from_dict(data)
    except PylockValidationError as error:
        raise _invalid(text, where, error) from error
    return replace(lock, lock_version=version) if version else lock


def draft(
    resolution: Resolution, project: ProjectFile, created_by: str, claim: Mapping[str, object] | None = None
) -> Draft:
    """Record a resolution for a project; see :func:`venvoy.formats.pylock_resolution.draft`.

    ``claim`` is what :func:`inputs_digest` is to know besides.

    Raises:
        Problem: index-invalid, when the index gives no hash for any file of a chosen version.
    """
    from venvoy.formats import pylock_resolution

    return pylock_resolution.draft(resolution, project, created_by, inputs_digest(project, claim))


def inputs_digest(project: ProjectFile, claim: Mapping[str, object] | None = None) -> str:
    """A digest of everything in pyproject.toml that a resolution depends on, whatever its order and style.

    These are requires-python, the requirements of the project, its extras and its groups, which of these do not go
    together, the settings in :data:`LOCKING`, the sources, and the ``claim``: the targets, wherever they were set. What
    is as usual is not in the claim.
    """
    table = project.settings.get(sources.KEY)
    inputs = {
        "requires-python": str(project.python or ""),
        "dependencies": _texts(project.dependencies),
        "extras": {name: _texts(found) for name, found in project.extras.items()},
        "groups": {name: _texts(found) for name, found in project.groups.items()},
        "settings": {key: project.settings[key] for key in LOCKING if key in project.settings},
        **({conflicts.KEY: conflicts.written(project.conflicts)} if project.conflicts else {}),
        **({sources.KEY: sources.for_digest(table)} if isinstance(table, dict) and table else {}),
        **(claim or {}),
    }
    return "sha256:" + sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()


def recorded_digest(lock: Lock) -> str:
    """The digest of the inputs that a lockfile was made from; empty when venvoy did not make it."""
    table = (lock.tool or {}).get("venvoy")
    digest = table.get("inputs") if isinstance(table, dict) else None
    return digest if isinstance(digest, str) else ""


def whole(lock: Lock) -> Pylock:
    """A lock as packaging has it."""
    from venvoy.formats.pylock_draft import Draft

    return lock.parsed() if isinstance(lock, Draft) else lock


def covers(lock: Lock, markers: Mapping[str, str]) -> bool:
    """Whether a lockfile says that it is for the environment with these markers (PEP 508)."""
    from venvoy.formats import pylock_plain

    known = pylock_plain.covers(lock, markers)
    if known is None:
        from venvoy.formats import pylock_select

        return pylock_select.covers(whole(lock), markers)
    return known


def select(  # noqa: PLR0913 - what a selection depends on
    lock: Lock,
    *,
    markers: Mapping[str, str],
    tags: Sequence[str],
    groups: Collection[str] = (),
    extras: Collection[str] = (),
    requested: Collection[NormalizedName] = (),
    where: str = "pylock.toml",
) -> tuple[Wanted, ...]:
    """The files to install, by name.

    Args:
        lock: a valid lock.
        markers: the environment's markers (PEP 508).
        tags: its wheel tags (PEP 425), best first, as text.
        groups: the dependency groups to install beside the project's dependencies.
        extras: the extras to install.
        requested: the names that the person asked for, not only their dependencies.
        where: the lockfile's path; relative paths in it start at its folder.

    Raises:
        Problem: group-unknown, extra-unknown, lockfile-other-environment, or lockfile-invalid.
    """
    from venvoy.formats import pylock_plain

    parts = {"groups": groups, "extras": extras}
    found = pylock_plain.select(lock, markers=markers, tags=tags, **parts, requested=requested)
    if found is None:
        from venvoy.formats import pylock_select

        return pylock_select.select(whole(lock), markers=markers, tags=tags, **parts, requested=requested, where=where)
    return found


def to_build(lock: Lock, takes_wheels: Callable[[NormalizedName], bool]) -> Lock:
    """The lock without the wheels of what is to be built from its source distribution."""
    return changed(
        lock,
        packages=[
            replace(package, wheels=None) if package.sdist and not takes_wheels(package.name) else package
            for package in lock.packages
        ],
    )


def changed(lock: Lock, **fields: Any) -> Lock:  # noqa: ANN401 - those of a lock
    """The same lock with other values in some fields, and of its kind."""
    return replace(lock, **fields)


def _texts(dependencies: Iterable[Dependency]) -> list[str]:
    return sorted({str(dependency.written) for dependency in dependencies})


def _version(written: object) -> Version | None:
    from packaging.version import InvalidVersion, Version

    try:
        return Version(written) if isinstance(written, str) else None
    except InvalidVersion:
        return None


def _invalid(text: str, where: str, error: PylockValidationError) -> Problem:
    key = error.context or ""
    path: list[str | int] = []
    for part in key.split("."):
        name, *indexes = part.split("[")
        path += [name, *(int(index.removesuffix("]")) for index in indexes)]
    return Problem(
        "lockfile-invalid",
        "This lockfile cannot be used, because it is not a valid pylock.toml.",
        why=f"{key}: {error.message}" if key else error.message,
        fix=(_AGAIN,),
        where=toml.place(text, where, tuple(path)),
        data={"key": key},
    )
