"""What somebody wants installed: words, requirements files, constraints files, folders, addresses."""

from __future__ import annotations

import re
from pathlib import Path

from venvoy.errors import Problem
from venvoy.formats import requirements
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.project import ProjectFile
from venvoy.model.requirement import condition_of, full
from venvoy.model.source_tree import Python
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from packaging.requirements import Requirement

    from venvoy.formats.requirements_txt import Item, RequirementsFile
    from venvoy.model.requirement import Written
    from venvoy.operations.context import Context
    from venvoy.operations.standalone.sites import Site

_URL = pattern(r"(?:https?|file):", re.IGNORECASE)
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

    requirements: tuple[Written, ...] = ()
    constraints: tuple[Requirement, ...] = ()
    skipped: tuple[str, ...] = ()
    hashes: Mapping[NormalizedName, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def names(self) -> frozenset[NormalizedName]:
        """The names of what is asked for."""
        return frozenset(canonicalize_name(one.name) for one in self.requirements)


@dataclass(frozen=True, slots=True)
class Manner:
    """How to install: ``upgrade`` looks for newer versions, ``adopt`` takes over what other tools installed.

    Without an order, both are about everything that is there. ``again`` is the command as it was typed.
    """

    upgrade: bool = False
    adopt: bool = False
    dry_run: bool = False
    again: str = "venvoy install"


def gather(context: Context, site: Site, typed: Typed, start: Path) -> Order:
    """Understand what was typed; relative paths begin at ``start``.

    An index that a requirements file names is taken from now on, if no setting names another one.

    Raises:
        Problem: requirement-invalid, requirements-file-invalid, requirements-file-missing, requirements-file-cycle,
            source-missing, and whatever looking at folders and addresses raises.
    """
    files = [_parsed(context, name, start) for name in typed.files]
    bounding = [_parsed(context, name, start, constraints=True) for name in typed.constraints]
    finder = _Finder(context, site, start)
    wanted = [finder.word(word) for word in typed.words]
    wanted += [finder.point(path, editable=True) for path in typed.editables]
    hashes: dict[NormalizedName, tuple[str, ...]] = {}
    for file in files:
        for item in file.requirements:
            one = finder.item(item)
            wanted.append(one)
            if item.hashes:
                hashes[canonicalize_name(one.name)] = item.hashes
            elif file.settings.require_hashes:
                raise _no_hash(item)
    bounds = [item.requirement for file in (*files, *bounding) for item in file.constraints if item.requirement]
    markers = finder.interpreter.markers
    counts = [not condition_of(one) or _is_true(one, markers) for one in wanted]
    here = tuple(one for one, true in zip(wanted, counts, strict=True) if true)
    skipped = tuple(str(one) for one, true in zip(wanted, counts, strict=True) if not true)
    return Order(here, tuple(bounds), skipped, hashes)


def _is_true(requirement: Written, markers: Mapping[str, str]) -> bool:
    marker = full(requirement).marker
    return marker is None or marker.evaluate({**markers, "extra": ""})


class _Finder:
    """Makes requirements of what stands for one."""

    def __init__(self, context: Context, site: Site, start: Path) -> None:
        self._context = context
        self._site = site
        self._start = start
        self.interpreter = site.interpreter(context)

    def word(self, word: str) -> Written:
        place = self._start / Path(word).expanduser()
        if re.search(r"[/\\:]|^\.|\.\w+$", word):
            from venvoy.operations.standalone import pointed  # as in point()

            if pointed.is_place(word) or (word.endswith(_ARCHIVES) and "@" not in word):
                return self.point(word)
        if re.fullmatch(r"[\w.-]+\.(?:txt|in)", word) or word in {"pyproject.toml", "pylock.toml"}:
            raise _file_name(word, place)
        return requirements.parse(word)

    def point(self, text: str, *, editable: bool = False) -> Requirement:
        """A requirement for what is in a folder, a file or at an address."""
        from venvoy.operations.standalone import pointed  # it brings along what builds

        python = Python(self.interpreter, None if self._site.layout.user else self._site.layout.root)
        file = ProjectFile(str(self._site.place.lockfile))
        found = pointed.find(self._context, python, file, text, self._start, editable=editable)
        return full(requirements.understood(found.address))

    def item(self, item: Item) -> Requirement:
        """A requirement for a line of a requirements file."""
        if item.requirement is not None:
            return item.requirement
        extras = f"[{','.join(sorted(item.extras))}]" if item.extras else ""
        try:
            found = self.point(f"{item.url or item.path}{extras}", editable=item.editable and not item.url)
        except Problem as problem:
            problem.where = problem.where or item.where
            raise
        found.marker = item.marker
        return found


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


def _parsed(context: Context, name: str, start: Path, *, constraints: bool = False) -> RequirementsFile:
    from venvoy.formats import requirements_txt

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


def _no_hash(item: Item) -> Problem:
    return Problem(
        "requirements-file-invalid",
        f"{item.text} has no --hash, and this file demands one for everything.",
        fix=("Add the hash of the file that you trust, or take --require-hashes out.",),
        where=item.where,
    )
