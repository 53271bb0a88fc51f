"""Requirements (PEP 508) as people type them: what is wrong with one, in plain words."""

from __future__ import annotations

import re

from venvoy.errors import Problem
from venvoy.model.names import NormalizedName, canonicalize_name, is_valid
from venvoy.model.plain import PlainRequirement
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import InvalidRequirement, Requirement

    from venvoy.model.requirement import Written

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_LOOKS = (
    (
        rf"^\s*({_NAME}(?:\[[^\]]*\])?)\s*=\s*([0-9][^=]*)$",
        "One version is asked for with two equals signs.",
        "{1}=={2}",
    ),
    (
        rf"^\s*({_NAME}(?:\[[^\]]*\])?)\s*\^\s*([0-9]+)(.*)$",
        "The sign ^ belongs to other tools.",
        "{1}>={2}{3},<{next}",
    ),
    (
        rf"^\s*({_NAME})\s*@?\s*latest\s*$|^\s*({_NAME})==latest\s*$",
        "The newest version is what you get anyway.",
        "{1}",
    ),
    (r"^\s*[<>=!~]", "Name and bounds are one word, in quotes where there are spaces.", "NAME>=1.2"),
    (rf"^\s*({_NAME})~=\s*([0-9]+)\s*$", "~= needs a version with at least two parts.", "{1}~={2}.0"),
    (
        rf"^\s*({_NAME})(?:\s+|\s*@\s*)v?([0-9][^\s,;]*)\s*$",
        "Between name and version stands a sign such as ==.",
        "{1}=={2}",
    ),
    (
        rf"^\s*({_NAME}\s*[<>=!~]=?\s*[^\s,;]+)\s+([<>=!~]=?\s*[^\s,;]+)\s*$",
        "A comma stands between two bounds.",
        "{1},{2}",
    ),
    (
        rf"^\s*({_NAME}(?:\[[^\]]*\])?\s*@\s*[^\s;]+);(.+)$",
        "An address ends where a space stands, so there has to be one before the semicolon.",
        "{1} ; {2}",
    ),
)
# What people write of a system, and what it is called in a marker (PEP 508).
_SYSTEMS = {
    "sys_platform": {"windows": "win32", "win64": "win32", "macos": "darwin", "mac": "darwin", "osx": "darwin"},
    "platform_system": {"win32": "Windows", "macos": "Darwin", "mac": "Darwin", "osx": "Darwin"},
    "os_name": {"windows": "nt", "win32": "nt", "linux": "posix", "darwin": "posix", "macos": "posix", "mac": "posix"},
}
_NAMES = {
    "sys_platform": ("linux", "win32", "darwin"),
    "platform_system": ("Linux", "Windows", "Darwin"),
    "os_name": ("posix", "nt"),
}
_SYSTEM = pattern(r"""\b(sys_platform|platform_system|os_name)\s*([!=]=)\s*["']([^"']*)["']""")


def read(text: str) -> Requirement:
    """A requirement; unlike packaging's, ``name @ word`` is none, for it names no address.

    Raises:
        InvalidRequirement: see :func:`explain`.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    requirement = Requirement(text)
    if requirement.url and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", requirement.url):
        raise InvalidRequirement("Behind @ stands an address")
    return requirement


def mistaken(text: str) -> list[str]:
    """What a requirement says of systems that is never true, a sentence each: ``sys_platform == "windows"``."""
    found = []
    for variable, sign, value in _SYSTEM.findall(text):
        names = {name.lower(): name for name in _NAMES[variable]} | _SYSTEMS[variable]
        right = names.get(value.lower(), value)
        if right != value:
            found.append(f"{variable} is never {value!r}. You may mean {variable} {sign} {right!r}.")
    return found


def understood(text: str) -> Written:
    """A requirement as far as it has to be understood by now.

    Raises:
        ValueError: it is none.
    """
    plain = PlainRequirement.read(text)
    if plain is not None:
        return plain
    from packaging.requirements import Requirement

    return Requirement(text)


# Installers take such names literally, and somebody may have registered them.
_FILE = pattern(r"^[\w.-]+\.(?:txt|toml|whl|tar\.gz)\s*$", re.IGNORECASE)
_VERSION = pattern(r"^\s*v?([0-9]+(?:\.[0-9]+)+)\s*$")


def parse(text: str) -> Written:
    """A requirement that somebody typed.

    Raises:
        Problem: requirement-invalid.
    """
    if _FILE.search(text):
        raise Problem(
            "requirement-invalid",
            f"{text.strip()} is the name of a file, not of a distribution.",
            why="A distribution of that name would be something else than what the file holds.",
            fix=_instead(text.strip()),
        )
    if version := _VERSION.search(text):
        raise Problem(
            "requirement-invalid",
            f"{text.strip()} is a version, and a name has to stand before it.",
            why="Name and version are one word, with a sign such as == between them.",
            fix=(f'Write "NAME=={version[1]}".',),
        )
    plain = PlainRequirement.read(text)
    if plain is not None:
        return plain
    from packaging.requirements import InvalidRequirement

    try:
        return read(text)
    except InvalidRequirement as error:
        why, fix = explain(text, error)
        raise Problem("requirement-invalid", f"{text!r} is not a requirement.", why=why, fix=(fix,)) from error


def _instead(filename: str) -> tuple[str, ...]:
    if filename.lower().endswith((".whl", ".tar.gz")):
        return (f"If you mean the file in this folder: venvoy add ./{filename}",)
    return (
        "Name the distributions themselves, as in: venvoy add requests rich",
        f"Or take over what the file says: venvoy import {filename}",
    )


def name(text: str, of: str) -> NormalizedName:
    """The normalized form of a name that somebody typed; ``of`` says for what, as in ``a group``.

    Raises:
        Problem: name-invalid.
    """
    if is_valid(text):
        return canonicalize_name(text)
    better = re.match(_NAME, re.sub(r"\s+", "-", text.strip()))
    raise Problem(
        "name-invalid",
        f"{text!r} cannot be the name of {of}.",
        why="A name consists of letters, digits, and - _ . between them.",
        fix=(f"Write, for example, {better[0].rstrip('-_.')}.",) if better else (),
    )


def explain(text: str, error: InvalidRequirement) -> tuple[str, str]:
    """What is wrong with a requirement and what to write instead, for people."""
    stripped = text.strip()
    if not stripped:
        return "It is empty.", 'Name a distribution, as in "requests" or "requests>=2.31".'
    for look, why, better in _LOOKS:
        if match := re.match(look, text):
            parts = [part for part in match.groups() if part is not None]
            following = str(int(parts[1]) + 1) if "{next}" in better else ""
            return why, f'Write "{better.format("", *(part.strip() for part in parts), next=following)}".'
    if re.match(r"^(?:git\+|https?:|file:)", stripped):
        return "An address needs the distribution's name before it.", f'Write "NAME @ {stripped}".'
    if stripped.startswith("-"):
        return "Options of pip do not belong into a requirement.", "Leave out what begins with a dash."
    if re.match(r"^\.{0,2}[/\\]|^[A-Za-z]:[/\\]", stripped):
        return "A path is not a requirement.", 'For a wheel in a folder write "NAME @ file:///PATH/TO/FILE.whl".'
    return _parser_says(error)


def _parser_says(error: InvalidRequirement) -> tuple[str, str]:
    """The parser's own words and its drawing of the place, when nothing better is known."""
    detail, *drawing = str(error).split("\n")
    shown = "".join(f"\n{line}" for line in drawing)
    if detail.startswith("Expected a marker"):
        why = f"The condition behind the semicolon cannot be understood.{shown}"
        return why, """Write it as in "NAME; python_version < '3.12'" or "NAME; sys_platform == 'win32'"."""
    return f"{detail}.{shown}", 'Write it as NAME, or with bounds, as in "requests>=2.31,<3".'
