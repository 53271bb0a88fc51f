"""What would help, as far as the files alone can tell: another Python, another platform, another version."""

from __future__ import annotations

import re

from packaging import tags as wheel_tags

from venvoy.formats.pythons import NEWEST, OLDEST, Range
from venvoy.patterns import pattern
from venvoy.resolver import asks
from venvoy.resolver.files import NEWER, Fit
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from venvoy.model.names import NormalizedName
    from venvoy.model.target import Target
    from venvoy.resolver.facts import Needs
    from venvoy.resolver.knowledge import Knowledge

_CPYTHON = pattern(r"cp([23])([0-9]+)", re.ASCII)
_SYSTEMS = (("manylinux", "Linux"), ("musllinux", "Linux (musl)"), ("linux", "Linux"), ("macosx", "macOS"))


def another_python(knowledge: Knowledge, lacking: Sequence[tuple[NormalizedName, int]], index: int) -> str:
    """The CPython (``3.12``) next to that of a target for which there is a file of everything that lacks one.

    Empty when there is none, or when the target is no CPython. The same platform is meant.

    Args:
        knowledge: what has been read.
        lacking: names, each with candidates one of which must have a file.
        index: the number of the target.
    """
    target = knowledge.task.targets[index]
    here = int(target.markers["python_version"].split(".")[1])
    if target.markers["implementation_name"] != "cpython":
        return ""
    for minor in (*range(here + 1, NEWEST + 1), *range(here - 1, OLDEST - 1, -1)):
        fit = Fit([_with_python(target, minor)], knowledge.task.policy)
        if all(any(_fits(knowledge, fit, name, bit) for bit in _each(knowledge, name, bits)) for name, bits in lacking):
            return f"3.{minor}"
    return ""


def _each(knowledge: Knowledge, name: NormalizedName, bits: int) -> Iterator[int]:
    return knowledge.choices[name].newest_first(bits)


def _fits(knowledge: Knowledge, fit: Fit, name: NormalizedName, bit: int) -> bool:
    release = knowledge.releases[name].get(bit)
    told = [part.metadata.requires_python for part in release.parts] if release else []
    return bool(fit.best(knowledge.choices[name].candidate(bit), 1)) and all(map(fit.python, told))


def old_pythons(knowledge: Knowledge, name: NormalizedName, bits: int, index: int) -> list[str]:
    """The CPythons (``3.5``) older than that of a target that wheels of some candidates for its platform are for."""
    target, choices = knowledge.task.targets[index], knowledge.choices[name]
    platforms = {tag.rpartition("-")[2] for tag in target.tags}
    here = tuple(map(int, target.markers["python_version"].split(".")))
    found = set()
    for bit in choices.newest_first(bits):
        for tag in (tag for file in choices.candidate(bit).artifacts for tag in file.tags):
            interpreter, _, rest = tag.partition("-")
            if rest.rpartition("-")[2] in platforms and (known := _CPYTHON.fullmatch(interpreter)):
                found.add((int(known[1]), int(known[2])))
    return [f"{major}.{minor}" for major, minor in sorted(found) if (major, minor) < here]


def places(knowledge: Knowledge, name: NormalizedName, bits: int) -> list[str]:
    """The kinds of computers that there are wheels of some candidates for: ``Windows on amd64``, ``macOS on arm64``."""
    choices = knowledge.choices[name]
    files = [file for bit in choices.newest_first(bits) for file in choices.candidate(bit).artifacts]
    return sorted({_place(tag.rpartition("-")[2]) for file in files for tag in file.tags} - {""})


def later(knowledge: Knowledge, lacking: Sequence[tuple[NormalizedName, int]], index: int) -> list[str]:
    """How far ``exclude-newer`` would have to move for what it leaves out, if it does and the index tells."""
    left = [
        (min(times), f"{name} {candidate.version}")
        for name, bits in lacking
        for candidate in map(knowledge.choices[name].candidate, _each(knowledge, name, bits))
        if knowledge.fit.reason(candidate, index) == NEWER
        and (times := [file.upload_time for file in candidate.artifacts if file.upload_time])
    ]
    moment, what = min(left, default=("", ""))
    return [f"To have {what}, which was uploaded on {moment[:10]}, move exclude-newer to that day."] if left else []


def usable(knowledge: Knowledge, need: Needs, targets: Sequence[int]) -> str:
    """The newest final version outside of a requirement that could be had instead, or an empty text.

    It has a file for each of some targets, and all others who ask for the name at the root would be content with it.
    """
    choices = knowledge.choices[need.child]
    mask = sum(1 << index for index in targets)
    choices.look(choices.all)
    allowed = choices.all & ~need.admitted & ~(choices.prereleases | choices.yanked | choices.direct)
    for admitted in _bounds(knowledge, need, mask):
        allowed &= admitted
    for bit in choices.newest_first(allowed):
        release = knowledge.releases[need.child].get(bit)
        found = sum(where for _, where in knowledge.fit.best(choices.candidate(bit), mask))
        if found == mask and not (release and mask & release.looked_at & ~release.usable):
            return str(choices.candidate(bit).version)
    return ""


def _bounds(knowledge: Knowledge, need: Needs, mask: int) -> Iterable[int]:
    """What everybody else at the root, constraints included, admits of the name of a requirement."""
    asked = [
        placed
        for root in knowledge.task.roots
        for placed in knowledge.edits.of_root(root)
        if root.origin != need.parent or placed[0].url or placed[0].wanted != need.wanted
    ]
    constraints = map(asks.of, knowledge.task.policy.constraints)
    for ask, where in [*asked, *((each, knowledge.markers.told(each.marker)) for each in constraints)]:
        if where & mask and ask.name == need.child:
            yield knowledge.admitted(ask)


def _with_python(target: Target, minor: int) -> Target:
    """A target as it would be with another CPython."""
    platforms = list(dict.fromkeys(tag.rpartition("-")[2] for tag in target.tags if not tag.endswith("-any")))
    version, interpreter = (3, minor), f"cp3{minor}"
    found = [
        *wheel_tags.cpython_tags(version, [interpreter], platforms),
        *wheel_tags.compatible_tags(version, interpreter, platforms),
    ]
    full = Range((minor, 0), (minor + 1, 0)).witness
    return replace(target, python_full_version=full, tags=tuple(map(str, found)))


def _place(tag: str) -> str:
    """What a platform tag stands for; empty when it is for any."""
    if tag.startswith("win"):
        return "Windows (32 bits)" if tag == "win32" else f"Windows on {tag.removeprefix('win_')}"
    for prefix, system in _SYSTEMS:
        if tag.startswith(prefix):
            pieces = tag.removeprefix(prefix).lstrip("_0123456789").split("_", 1)
            machine = "_".join(pieces)
            return system if machine.startswith(("universal", "fat", "intel")) else f"{system} on {machine}"
    return ""
