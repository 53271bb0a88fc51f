"""A lockfile as venvoy writes it, understood without ``packaging.pylock``, which loads as long as many a command works.

What is recognised here is certainly a valid pylock.toml and means what packaging finds in it: property tests compare.
Whatever is written in another way, by whomever, is no business of this module.
"""

from __future__ import annotations

from venvoy.formats import conflicts, filenames, marker_parts
from venvoy.formats.pylock_draft import Draft, DraftPackage
from venvoy.formats.pylock_files import Wheels, are_of, told
from venvoy.formats.pythons import judged
from venvoy.model.artifact import Artifact
from venvoy.model.names import NormalizedName
from venvoy.model.plain import PlainSpecifiers
from venvoy.model.plan import Wanted
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from venvoy.formats.pylock_draft import Lock

_NAME = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_NAMES = rf'\[((?:"{_NAME}"(?:, "{_NAME}")*)?)\]'
_TEXT = r'"((?:[ !#-\[\]-~])*)"'
_BOUNDS = r"""(?:requires-python = "([^"'\\\n]+)"\n)?"""
_TOP = pattern(
    r"""lock-version = "1\.0"\nenvironments = \[\n((?:    '[ -&(-~]+',\n)+)\]\n"""
    rf"{_BOUNDS}extras = {_NAMES}\ndependency-groups = {_NAMES}\ncreated-by = {_TEXT}\n"
)
_DEPENDENCY = rf'\{{ name = "({_NAME})"(?:, version = "([A-Za-z0-9.!+]+)")? \}}'
_DEPENDENCIES = pattern(_DEPENDENCY)
_PACKAGE = pattern(
    rf"""name = "({_NAME})"\nversion = "([A-Za-z0-9.!+]+)"\n(?:marker = '([ -&(-~]+)'\n)?{_BOUNDS}"""
    rf"(?:dependencies = \[\n((?:    {_DEPENDENCY},\n)+)\]\n)?(?:index = {_TEXT}\n)?"
    r"(?:sdist = (\{ .* \})\n)?(?:wheels = \[\n((?:    \{ .* \},\n)+)\]\n)?"
)
_TOOL = pattern(rf"inputs = {_TEXT}\n((?:[a-z]+ = \[(?:{_TEXT}(?:, {_TEXT})*)?\]\n)*)")
_TEXTS = pattern(_TEXT)
_ATOM = pattern(
    r"(?:(?:python_full|python|implementation)_version|(?:os|implementation)_name|sys_platform"
    r'|platform_(?:machine|system|python_implementation)) (?:<=|>=|==|!=|<|>) "[A-Za-z0-9._-]+"'
    rf'|"{_NAME}" in (?:extras|dependency_groups)'
)
# Of a marker whose comparisons are zeros.
_GROUP = pattern(r"\(\0(?: (?:and|or) \0)+\)")
_JOINED = pattern(r"\0(?: (?:and|or) \0)*")


def read(text: str) -> Draft | None:
    """The lock that the text of a pylock.toml holds; None when it is not plain."""
    body, _, tool = text.rpartition("\n\n[tool.venvoy]\n")
    top, *blocks = body.split("\n\n[[packages]]\n")
    found, inputs = _TOP.fullmatch(f"{top}\n"), _TOOL.fullmatch(tool)
    if not found or not inputs:
        return None
    environments = [line[5:-2] for line in found[1].splitlines()]
    packages = [package for block in blocks if (package := _package(block)) is not None]
    if len(packages) < len(blocks) or not all(map(_is_marker, environments)) or not _are_bounds(found[2]):
        return None
    extras, groups = (
        [NormalizedName(name[1:-1]) for name in names.split(", ")] if names else [] for names in found.group(3, 4)
    )
    noted: dict[str, object] = {"inputs": inputs[1]}
    for line in inputs[2].splitlines():
        key, _, texts = line.partition(" = ")
        if key in noted:
            return None
        noted[key] = _TEXTS.findall(texts)
    return Draft(environments, found[2], extras, groups, found[5], packages, {"venvoy": noted})


def _package(block: str) -> DraftPackage | None:
    found = _PACKAGE.fullmatch(f"{block}\n")
    if found is None:
        return None
    written, number, marker, bounds, listed, *_, index, sdist, wheels = found.groups()
    name, version = NormalizedName(written), filenames.version(number)
    files = Wheels([line[4:-1] for line in wheels.splitlines()]) if wheels else None
    if version is None or not (files or sdist) or not are_of(name, version, sdist, files.lines if files else ()):
        return None
    if not _are_bounds(bounds) or not (marker is None or _is_marker(marker)):
        return None
    dependencies = [
        {"name": other, "version": which} if which else {"name": other}
        for other, which in _DEPENDENCIES.findall(listed or "")
    ]
    return DraftPackage(name, version, marker, bounds, dependencies or None, index=index, sdist=sdist, wheels=files)


def _are_bounds(text: str | None) -> bool:
    """Whether bounds of Python are plain, and written as packaging writes them."""
    return text is None or str(PlainSpecifiers.read(text)) == text


def _is_marker(text: str) -> bool:
    """Whether a marker is plain, and written as packaging writes it."""
    whole = left = _ATOM.sub("\0", text)
    while (shorter := _GROUP.sub("\0", left)) != left:
        left = shorter
    return _JOINED.fullmatch(left) is not None and (left != "\0" or whole == "\0")


def covers(lock: Lock, markers: Mapping[str, str]) -> bool | None:
    """As :func:`venvoy.formats.pylock_select.covers`; None where that takes packaging to say."""
    if not isinstance(lock, Draft):
        return None
    python = judged(lock.requires_python, markers["python_full_version"]) if lock.requires_python else True
    left = [marker_parts.settled(marker, (), (), markers) for marker in lock.environments]
    if python is None or any(left):
        return None
    return python and (not left or "" in left)


def select(  # noqa: PLR0913 - what a selection depends on
    lock: Lock,
    *,
    markers: Mapping[str, str],
    tags: Sequence[str],
    groups: Collection[str],
    extras: Collection[str],
    requested: Collection[NormalizedName],
) -> tuple[Wanted, ...] | None:
    """As :func:`venvoy.formats.pylock_select.select`; None where that takes packaging, or something does not fit."""
    if not isinstance(lock, Draft) or conflicts.recorded(lock) or not covers(lock, markers):
        return None
    if not ({*groups} <= {*lock.dependency_groups} and {*extras} <= {*lock.extras}):
        return None
    ranks = {tag: rank for rank, tag in reversed([*enumerate(tags)])}
    python = markers["python_full_version"]
    found: dict[NormalizedName, Wanted] = {}
    for package in lock.packages:
        left = marker_parts.settled(package.marker, extras, groups, markers)
        if left is None:
            continue
        bounds = package.requires_python
        fits = not left and package.name not in found and (bounds is None or judged(bounds, python))
        line = _best(package.wheels or (), ranks) if fits else ""
        wanted = _wanted(package.name, line, requested=package.name in requested) if line else None
        if wanted is None:
            return None
        found[package.name] = wanted
    return tuple(found[name] for name in sorted(found))


def _best(wheels: Wheels | tuple[()], ranks: Mapping[str, int]) -> str:
    """The line of the first of those wheels that fit best; empty when none does."""
    best, chosen = len(ranks), ""
    for filename, line in zip(wheels.filenames(), wheels.lines, strict=True) if wheels else ():
        rank = min((ranks[tag] for tag in _tags(filename) & ranks.keys()), default=best)
        if rank < best:
            best, chosen = rank, line
    return chosen


def _wanted(name: NormalizedName, line: str, *, requested: bool) -> Wanted | None:
    fields = told(line)
    if fields is None or fields[2] != "url":
        return None
    filename, uploaded, _, url, size, sha256 = fields
    version = filenames.version(filename.split("-", 2)[1])
    artifact = Artifact(
        filename=filename,
        url=url,
        kind="wheel",
        name=name,
        version=version or "",
        hashes={"sha256": sha256},
        size=int(size) if size else None,
        upload_time=f"{uploaded}Z" if uploaded else None,
        tags=_tags(filename),
    )
    return Wanted(name, str(version), artifact, requested) if version else None


def _tags(filename: str) -> frozenset[str]:
    """The tags of a wheel, from its name."""
    return filenames.expand("-".join(filename.removesuffix(".whl").rsplit("-", 3)[1:]))
