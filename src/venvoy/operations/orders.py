"""What somebody wants installed: words of the command line, files of requirements and constraints, wheels by path."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from venvoy.errors import Problem
from venvoy.formats import filenames, requirements, requirements_txt
from venvoy.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvoy.formats.requirements_txt import Item, RequirementsFile
    from venvoy.operations.context import Context

_URL = re.compile(r"(?:https?|file):", re.IGNORECASE)
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tgz", ".tar.bz2")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stood on the command line: requirements or paths, files of them, files of constraints, folders to edit."""

    words: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    editables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be installed, understood.

    ``skipped`` are requirements whose marker is not true here, ``hashes`` those that a file demands, by name.
    """

    requirements: tuple[Requirement, ...] = ()
    constraints: tuple[Requirement, ...] = ()
    skipped: tuple[str, ...] = ()
    hashes: Mapping[NormalizedName, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def names(self) -> frozenset[NormalizedName]:
        """The names of what is asked for."""
        return frozenset(canonicalize_name(one.name) for one in self.requirements)


def gather(context: Context, typed: Typed, start: Path, markers: Mapping[str, str]) -> Order:
    """Understand what was typed.

    Args:
        context: the parts to work with; an index that a requirements file names is taken from now on, if no setting
            names another one.
        typed: what stood on the command line.
        start: the folder in which relative paths begin.
        markers: those of the Python that it is for.

    Raises:
        Problem: requirement-invalid, requirements-file-invalid, requirements-file-missing, requirements-file-cycle,
            needs-build.
    """
    wanted = [_word(word, start) for word in typed.words]
    bounds: list[Requirement] = []
    hashes: dict[NormalizedName, tuple[str, ...]] = {}
    for name in typed.files:
        file = _parsed(context, name, start)
        for item in file.requirements:
            one = _requirement(item, start)
            wanted.append(one)
            if item.hashes:
                hashes[canonicalize_name(one.name)] = item.hashes
            elif file.settings.require_hashes:
                raise _no_hash(item)
        bounds += [item.requirement for item in file.constraints if item.requirement]
    for name in typed.constraints:
        file = _parsed(context, name, start, constraints=True)
        bounds += [item.requirement for item in file.constraints if item.requirement]
    for folder in typed.editables:
        raise _source(folder)
    here = [one for one in wanted if one.marker is None or one.marker.evaluate({**markers, "extra": ""})]
    skipped = tuple(str(one) for one in wanted if one not in here)
    return Order(tuple(here), tuple(bounds), skipped, hashes)


def _word(word: str, start: Path) -> Requirement:
    place = start / Path(word).expanduser()
    looks = os.sep in word or "/" in word or word.startswith(".")
    if _URL.match(word):
        return _at_address(word)
    if "@" not in word and (word.endswith(_ARCHIVES) or (looks and not re.search(r"[\[<>=!~;]", word))):
        return _file(word, place)
    if re.fullmatch(r"[\w.-]+\.(?:txt|in)", word) or word in {"pyproject.toml", "pylock.toml"}:
        raise _file_name(word, place)
    return requirements.parse(word)


def _file_name(word: str, place: Path) -> Problem:
    if word.endswith(".toml"):
        fix = "venvoy sync   in the project's folder installs what the project needs"
    else:
        fix = f"Did you mean -r? venvoy install -r {word}"
    return Problem(
        "requirement-invalid",
        f"{word} is the name of a file, not of a distribution.",
        why="A distribution of that name would be something else than what the file holds."
        if place.is_file()
        else f"And there is no file of that name in {place.parent}.",
        fix=(fix,),
    )


def _file(word: str, place: Path) -> Requirement:
    """A wheel by its path."""
    if not place.exists():
        raise Problem(
            "requirement-invalid",
            f"There is no file {word}.",
            why="It has a slash or ends like an archive, so it is taken for a file and not for a distribution.",
            fix=("Check the path, and the folder that you are in.",),
            where=str(place),
        )
    if not (place.is_file() and word.endswith(".whl")):
        raise _source(word)
    try:
        name = filenames.parse(place.name).name
    except filenames.InvalidFileNameError:
        raise Problem(
            "requirement-invalid",
            f"{place.name} is not the name of a wheel.",
            why="A wheel is called NAME-VERSION-PYTHON-ABI-PLATFORM.whl, and has to keep that name.",
            fix=("Give the file its own name again.",),
            where=str(place),
        ) from None
    return Requirement(f"{name} @ {Path(os.path.abspath(place)).as_uri()}")  # noqa: PTH100 - links stay as typed


def _at_address(url: str) -> Requirement:
    path = url.partition("#")[0].rpartition("/")[2]
    try:
        return Requirement(f"{filenames.parse(path).name} @ {url}")
    except filenames.InvalidFileNameError:
        raise _source(url) from None


def _requirement(item: Item, start: Path) -> Requirement:
    try:
        if item.editable or item.url:
            raise _source(item.path or item.url or str(item.requirement))
        found = item.requirement or _file(item.path, start / item.path)
    except Problem as problem:
        problem.where = problem.where or item.where
        raise
    if item.extras and not found.extras:
        found.extras = set(item.extras)
    return found


def _parsed(context: Context, name: str, start: Path, *, constraints: bool = False) -> RequirementsFile:
    def read(path: str) -> bytes:
        return (start / path).read_bytes()

    file = requirements_txt.parse(name, read, context.environ, constraints=constraints)
    for remark in file.remarks:
        context.reporter.remark(remark)
    said, chosen = file.settings, context.settings
    changes: dict[str, Any] = {}
    if said.index_url and chosen.sources.get("index_url") == "default":
        changes["index_url"] = said.index_url
    changes |= {key: value for key, value in (("no_index", said.no_index), ("prereleases", said.pre)) if value}
    for key, more in (
        ("extra_index_url", said.extra_index_urls),
        ("find_links", tuple(link if _URL.match(link) else str(start / link) for link in said.find_links)),
        ("no_binary", said.no_binary),
        ("only_binary", said.only_binary),
    ):
        if more:
            changes[key] = (*getattr(chosen, key), *more)
    if changes:
        context.settings = replace(chosen, **changes)
    return file


def _source(word: str) -> Problem:
    return Problem(
        "needs-build",
        f"{word} is no wheel: it would have to be built.",
        why="venvoy install takes wheels and names; what has to be built belongs into a project.",
        fix=(f"In a project: venvoy add {word}",),
    )


def _no_hash(item: Item) -> Problem:
    return Problem(
        "requirements-file-invalid",
        f"{item.text} has no --hash, and this file demands one for everything.",
        fix=("Add the hash of the file that you trust, or take --require-hashes out.",),
        where=item.where,
    )
