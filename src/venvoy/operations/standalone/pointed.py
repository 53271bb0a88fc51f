"""What somebody points to in place of a name: a folder, a file, an address. What it is called, and how to write it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from venvoy.errors import Problem
from venvoy.formats import filenames, locations, sources
from venvoy.model.names import NormalizedName  # noqa: TC001 - dataclass fields name it
from venvoy.model.source import ARCHIVE, DIRECTORY, Source
from venvoy.operations import supply
from venvoy.operations.building import place_provider
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvoy.model.project import ProjectFile
    from venvoy.model.source_tree import Python
    from venvoy.operations.context import Context

_PATH = pattern(r"\.{1,2}$|\.{0,2}[/\\]|~[/\\]|[A-Za-z]:[/\\]|.+[/\\]")
_ADDRESS = pattern(r"(?:git\+\w+|https?|file):", re.IGNORECASE)
_EXTRAS = pattern(r"(.*?)(\[[^\[\]]*\])")


@dataclass(frozen=True, slots=True)
class Pointed:
    """What is there: its name, the requirement for it (PEP 508), and the row of [tool.venvoy.sources] it needs, if any.

    ``address`` is the requirement with its place in it, for where there is no such table.
    """

    name: NormalizedName
    requirement: str
    address: str
    source: Mapping[str, object] | None = None


def is_place(text: str) -> bool:
    """Whether a word is a path or an address, and no requirement."""
    text = text.strip()
    return bool(_ADDRESS.match(text) or (_PATH.match(text) and "@ " not in text and ";" not in text))


def find(  # noqa: PLR0913 - what is pointed to, and for whom
    context: Context, python: Python, file: ProjectFile, text: str, start: Path, *, editable: bool = False
) -> Pointed:
    """Look at what somebody points to.

    That is a path, which starts at ``start``, or an address, with extras in brackets behind it. What only building
    tells is built with ``python``; with ``editable`` a folder is used where it lies.

    Raises:
        Problem: requirement-invalid, source-missing, usage, and what fetching and building raise.
    """
    if _ADDRESS.match(text):
        return _of_address(context, python, file, text, editable=editable)
    path, extras = _split(text, start)
    shorthand = sources.shorthand(text) if not path.exists() else ""
    if shorthand:
        what = f"{text} is how git writes an address, and a requirement needs it in full."
        raise Problem("requirement-invalid", what, fix=(f"Write it as: venvoy add git+{shorthand}",))
    folder = Path(file.where).parent
    where = os.path.relpath(path, folder).replace(os.sep, "/") if path.drive == folder.drive else str(path)
    row: dict[str, object] = {"path": where}
    if path.is_file() or path.name.endswith(sources.ARCHIVES):
        _refuse_editable(text, editable=editable)
        if not path.is_file():
            raise Problem("source-missing", f"There is no file {path}.", fix=("Check the path.",))
        if not path.name.lower().endswith(sources.ARCHIVES):
            raise _other_file(path)
        source = Source(ARCHIVE, path.as_uri())
    else:
        source = Source(DIRECTORY, path.as_uri(), editable=editable)
        row |= {"editable": True} if editable else {}
    name = _name(context, python, file, source)
    return Pointed(name, f"{name}{extras}", f"{name}{extras} @ {sources.to_url(source)}", row)


def _of_address(context: Context, python: Python, file: ProjectFile, text: str, *, editable: bool) -> Pointed:
    _refuse_editable(text, editable=editable)
    found = _EXTRAS.fullmatch(text)
    url, extras = (found[1], found[2]) if found else (text, "")
    refuse_secrets(url)
    try:
        source = sources.from_url(url)
    except sources.InvalidSourceError as error:
        fix = (error.fix,) if error.fix else ()
        raise Problem("requirement-invalid", f"{url} cannot be used.", why=error.why, fix=fix) from None
    name = _name(context, python, file, source)
    requirement = f"{name}{extras} @ {url}"
    return Pointed(name, requirement, requirement)


def refuse_secrets(url: str) -> None:
    """Raise Problem (requirement-invalid) for an address with a password: it would be written into a file."""
    if not sources.has_secret(url):
        return
    clean = sources.without_secrets(url)
    host = clean.partition("://")[2].partition("/")[0]
    netrc = f"Put them into the file netrc in your home folder: machine {host} login USER password PASSWORD"
    keeper = "Or let a credential helper of git keep them."
    raise Problem(
        "requirement-invalid",
        f"An address for {host} holds a user and a password, or a token.",
        why="It would be written into pyproject.toml, which others read.",
        fix=(f"Leave them out: {clean}", netrc, *([keeper] if url.startswith("git+") else [])),
    )


def _split(text: str, start: Path) -> tuple[Path, str]:
    """The absolute path, and the extras in brackets behind it."""
    text = text.strip()
    whole = Path(os.path.abspath(start / Path(text).expanduser()))  # noqa: PTH100 - links stay as they were typed
    found = _EXTRAS.fullmatch(text)
    if whole.exists() or not found:
        return whole, ""
    return Path(os.path.abspath(start / Path(found[1]).expanduser())), found[2]  # noqa: PTH100 - as above


def _name(context: Context, python: Python, file: ProjectFile, source: Source) -> NormalizedName:
    if source.kind == ARCHIVE and source.url.lower().endswith(".whl"):
        filename = locations.file_name(source.url)
        try:
            parts = filenames.parse(filename)
        except filenames.InvalidFileNameError:
            raise Problem(
                "requirement-invalid",
                f"{filename} is not a valid name of a wheel.",
                why="A wheel is called NAME-VERSION-PYTHON-ABI-PLATFORM.whl, and its name says where it fits.",
                fix=("Give the file its own name back.",),
            ) from None
        here = python.interpreter.tags
        if filenames.expand(parts.tags).isdisjoint(here):
            context.reporter.warn(
                f"{filename} does not fit here: it is for {parts.tags}, and Python {python.interpreter.version} on this"
                f" computer takes {here[0]}, {here[1]} and others down to {here[-1]}."
            )
        return parts.name
    provider = place_provider.Named(context, lambda: supply.builder(context, python), context.index, file, {})
    return provider.identify(source)


def _refuse_editable(text: str, *, editable: bool) -> None:
    if editable:
        raise Problem(
            "usage",
            f"{sources.without_secrets(text)} cannot be editable.",
            why="Only a folder on this computer can be used where it lies.",
            fix=("Leave --editable out.",),
        )


def _other_file(path: Path) -> Problem:
    fix = (
        [f"To take over what is in it: venvoy import {path.name}"] if path.suffix in {".txt", ".toml", ".lock"} else []
    )
    return Problem(
        "requirement-invalid",
        f"{path} is no wheel and no source archive.",
        why="These end in .whl, .tar.gz or .zip.",
        fix=fix,
    )
