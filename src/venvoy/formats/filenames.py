"""File names of wheels and source distributions (PEP 427, PEP 625), read fast: an index page holds thousands."""

from __future__ import annotations

import re
from functools import lru_cache

from packaging.version import Version

from venvoy.model.names import canonicalize_name
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvoy.model.names import NormalizedName

SDIST_SUFFIXES = (".tar.gz", ".zip")
_NAME = pattern(r"[A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9_])?", re.ASCII)
_TAG = pattern(r"[A-Za-z0-9_.]+", re.ASCII)
_PLAIN = pattern(
    r"[A-Za-z0-9]+(?:[._][A-Za-z0-9]+)*-[0-9]+(?:\.[0-9]+)*(?:(?:a|b|rc)[0-9]+)?(?:\.post[0-9]+)?(?:\.dev[0-9]+)?",
    re.ASCII,
)
_TAG_SET = r"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*"
_PLAIN_TAGS = pattern(
    rf"(?:[0-9]+-)?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*-{_TAG_SET}-{_TAG_SET}\.whl", re.ASCII
)
# In the name of a wheel without a build tag.
_DASHES = 4
_UNSAFE = pattern(r"[/\\:\x00-\x1f]")

UNKNOWN_SUFFIX = "neither a wheel nor a source distribution"
INVALID_NAME = "a file name that breaks the rules"
INVALID_VERSION = "an invalid version"
OTHER_PROJECT = "a file of another project"


class FileName(NamedTuple):
    """What a file name tells. ``tags`` is the compressed tag set of a wheel as written, empty for an sdist."""

    kind: str
    name: NormalizedName
    version: str
    tags: str = ""


class InvalidFileNameError(ValueError):
    """The name cannot be understood; its text is one of the reasons above."""


# The same few hundred names, versions and tag sets come again and again: each is worked out once.
normalize = lru_cache(maxsize=8192)(canonicalize_name)


@lru_cache(maxsize=65536)
def version(text: str) -> Version | None:
    """The version that ``text`` is (PEP 440), None when it is none."""
    try:
        return Version(text)
    except ValueError:  # also for numbers of thousands of digits
        return None


@lru_cache(maxsize=8192)
def expand(tags: str) -> frozenset[str]:
    """Write a compressed tag set out: ``py2.py3-none-any`` → ``py2-none-any``, ``py3-none-any`` (PEP 425)."""
    if not tags:
        return frozenset()
    pythons, abis, platforms = (part.split(".") for part in tags.lower().split("-"))
    return frozenset(f"{python}-{abi}-{platform}" for python in pythons for abi in abis for platform in platforms)


def build(filename: str) -> tuple[int, str]:
    """A wheel's build tag (PEP 427), split into its number and the rest; an absent one sorts first."""
    parts = filename.removesuffix(".whl").split("-")
    if len(parts) != 6:  # noqa: PLR2004 - name, version, build, python, abi, platform
        return (-1, "")
    rest = parts[2].lstrip("0123456789")
    digits = parts[2][: len(parts[2]) - len(rest)]
    return (int(digits or 0), rest)


def preferred(wheels: Sequence[str]) -> list[int]:
    """The numbers of wheels in the order in which a lockfile has them: by name, but higher builds before lower ones.

    Of several wheels with the same tags installers take the first.
    """
    order = sorted(range(len(wheels)), key=wheels.__getitem__)
    if "".join(wheels).count("-") > _DASHES * len(wheels):
        order.sort(key=lambda at: build(wheels[at]), reverse=True)
    return order


def parse(filename: str, project: NormalizedName | None = None) -> FileName:
    """Take a file name apart.

    Args:
        filename: the name alone, without a folder.
        project: the project it should belong to; finds the border between name and version of an old sdist.

    Returns:
        The parts; the version is a valid one, still as text.

    Raises:
        InvalidFileNameError: with the reason.
    """
    parts = _wheel(filename) if filename.endswith(".whl") else _sdist(filename, project)
    if project is not None and parts.name != project:
        raise InvalidFileNameError(OTHER_PROJECT)
    if version(parts.version) is None:
        raise InvalidFileNameError(INVALID_VERSION)
    return parts


def is_plain(filename: str) -> bool:
    """Whether every parser of the standards is sure to read a file name as :func:`parse` does."""
    if filename.endswith(".whl"):
        name, _, rest = filename.partition("-")
        version, _, tags = rest.partition("-")
        return _is_plain(f"{name}-{version}") and _are_plain(tags)
    suffix = next(filter(filename.endswith, SDIST_SUFFIXES), "")
    return suffix != "" and _is_plain(filename[: -len(suffix)])


@lru_cache(maxsize=8192)
def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None


@lru_cache(maxsize=8192)
def _are_plain(tags: str) -> bool:
    return _PLAIN_TAGS.fullmatch(tags) is not None


def sdist(filename: str) -> tuple[NormalizedName, Version] | None:
    """What the standards' own parser reads in the name of a source distribution; None where it refuses it."""
    suffix = next(filter(filename.endswith, SDIST_SUFFIXES), "")
    name, _, written = filename[: len(filename) - len(suffix)].rpartition("-")
    found = version(written)
    return None if not suffix or not name or found is None else (normalize(name), found)


def _wheel(filename: str) -> FileName:
    name, _, rest = filename[:-4].partition("-")
    version, _, rest = rest.partition("-")
    tags = _tags_of(rest)
    if not tags or not _are_valid(name, version):
        raise InvalidFileNameError(INVALID_NAME)
    # An underscore stands for the hyphen of a version such as 1.0-1 (PEP 427).
    return FileName("wheel", normalize(name), version.replace("_", "-"), tags)


@lru_cache(maxsize=8192)
def _are_valid(name: str, version: str) -> bool:
    return _NAME.fullmatch(name) is not None and version != "" and not _UNSAFE.search(version)


@lru_cache(maxsize=8192)
def _tags_of(rest: str) -> str:
    """The tag set in what follows the version, a build number or none before it; empty when it breaks the rules."""
    pieces = rest.split("-")
    build = pieces[0] if len(pieces) == 4 else "0"  # noqa: PLR2004 - with a build number
    tags = pieces[-3:]
    valid = len(pieces) in (3, 4) and build[:1].isdigit() and not _UNSAFE.search(build)
    return "-".join(tags) if valid and all(map(_tag_is_valid, tags)) else ""


def _tag_is_valid(tag: str) -> bool:
    return _TAG.fullmatch(tag) is not None and "" not in tag.split(".")


def _sdist(filename: str, project: NormalizedName | None) -> FileName:
    suffix = next((suffix for suffix in SDIST_SUFFIXES if filename.endswith(suffix)), None)
    if suffix is None:
        raise InvalidFileNameError(UNKNOWN_SUFFIX)
    stem = filename[: -len(suffix)]
    name, separator, rest = stem.rpartition("-")
    if project is not None and separator and normalize(name) != project:
        # foo-1.0-1.tar.gz: the version may hold a hyphen, so the border is where the name is the project's.
        borders = (at for at, letter in enumerate(stem) if letter == "-" and normalize(stem[:at]) == project)
        border = next(borders, len(name))
        name, rest = stem[:border], stem[border + 1 :]
    if not name or not rest or _UNSAFE.search(filename):
        raise InvalidFileNameError(INVALID_NAME)
    return FileName("sdist", normalize(name), rest)
