"""The targets of a lockfile: platforms by their names, times the Python versions that the project admits.

Wheel tags are those of ``packaging.tags``.
"""

from __future__ import annotations

from packaging.version import Version

from venvoy.formats.conflicts import parts, selections
from venvoy.formats.pythons import OLDEST, PYTHON_2, Range, admitted, dotted, older, python_of
from venvoy.model.target import Tags, Target
from venvoy.resolver.platforms import PLATFORMS, USUAL
from venvoy.resolver.words import listed
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from venvoy.formats.pythons import Bound
    from venvoy.model.interpreter import Interpreter
    from venvoy.model.plain import Bounds
    from venvoy.model.requirement import Origin

PLACE = ("sys_platform", "platform_machine", "implementation_name")
"""The markers that tell platforms apart."""

_WITHOUT_M = 8
_PYPY = {
    "implementation_name": "pypy",
    "implementation_version": "7.3.0",
    "platform_python_implementation": "PyPy",
}


def make(names: Collection[str], requires_python: Bounds | None) -> list[Target]:
    """The targets of some platforms, one for each Python version that the project admits.

    Args:
        names: keys of :data:`venvoy.resolver.platforms.PLATFORMS`.
        requires_python: of the project; None admits every version that is supported. Those that no longer are come
            last, and only when it names them.
    """
    ranges = [*admitted(requires_python), *older(requires_python)]
    made: list[Target] = []
    for pypy in (False, True):
        chosen = [each for each in PLATFORMS.values() if each.name in names and each.pypy == pypy]
        found = [(each, tuple(each.tags())) for each in chosen]
        for python in ranges if found else ():
            stems = tuple(_stems(python.since[0], pypy=pypy))
            kind = "PyPy" if pypy else "Python"
            for platform, tags in found:
                label = f"{platform.title} with {kind} "
                place = Target(label, "", platform.markers(), Tags(stems, tags), platform=platform.name)
                made.append(_for(place, python))
    return made


def platform_of(interpreter: Interpreter) -> str:
    """The name of an interpreter's platform; empty when it is an unusual one (32 bits, free-threaded)."""
    musl = any("-musllinux_" in tag for tag in interpreter.tags)
    if interpreter.free_threaded or interpreter.bits != 64:  # noqa: PLR2004 - of a machine's words
        return ""
    found = (
        name
        for name, platform in PLATFORMS.items()
        if platform.musl == musl and _same(platform.markers(), interpreter.markers)
    )
    return next(found, "")


def at_hand(interpreter: Interpreter, targets: Sequence[Target]) -> int | None:
    """The number of the target that an interpreter belongs to, None when it belongs to none."""
    platform = platform_of(interpreter)
    found = (
        index for index, target in enumerate(targets) if target.platform == platform and stands_for(target, interpreter)
    )
    return next(found, None)


def stands_for(target: Target, interpreter: Interpreter) -> bool:
    """Whether an interpreter has the markers of a target and one of its Python versions."""
    return _bound(interpreter) in python_of(target) and _same(target.markers, interpreter.markers)


def from_interpreter(interpreter: Interpreter) -> Target:
    """A target for the kind of an interpreter: its minor version, its platform, and the wheels that it takes."""
    minor, _ = _bound(interpreter)
    python = Range((minor, 0), (minor + 1, 0))
    kind = "Python" if interpreter.implementation == "CPython" else interpreter.implementation
    kind = f"free-threaded {kind}" if interpreter.free_threaded else kind
    markers = {**interpreter.markers, "platform_release": "", "platform_version": ""}
    place = f"{markers['platform_system']} on {markers['platform_machine']}"
    target = Target(f"{place} with {kind} ", "", markers, interpreter.tags)
    return _for(target, python)


def exactly(interpreter: Interpreter) -> Target:
    """A target that is one interpreter and no other."""
    label = f"{interpreter.implementation} {interpreter.version}"
    return Target(label, interpreter.version, interpreter.markers, interpreter.tags)


def is_old(target: Target) -> bool:
    """Whether a target's Python is one that is no longer supported: it is one only when the project names it."""
    return python_of(target).since[0] < OLDEST


def with_pypy(target: Target) -> Target:
    """A target as its markers would be with PyPy instead of CPython."""
    return replace(target, markers={**target.markers, **_PYPY})


def divided(targets: Sequence[Target], conflicts: Sequence[frozenset[Origin]]) -> list[Target]:
    """Each target once for every selection of parts of the project that go together."""
    every = parts(conflicts)
    sides = [every - chosen for chosen in selections(conflicts)]
    return [replace(target, without=side) for side in sides for target in targets] if conflicts else list(targets)


def whole(targets: Iterable[Target]) -> tuple[Target, ...]:
    """The targets as they were before :func:`divided`, each once."""
    found = {(target.label, target.platform): replace(target, without=frozenset()) for target in targets}
    return tuple(found.values())


def split(targets: Iterable[Target], cuts: Collection[Bound]) -> list[Target]:
    """The targets, divided where the cuts lie within one; of a Python that is no longer supported the newest part."""
    found: list[Target] = []
    for target in targets:
        ranges = python_of(target).split(cuts)
        wanted = ranges[-1:] if is_old(target) else ranges
        found += [_for(target, python) for python in wanted] if len(ranges) > 1 else [target]
    return found


def described(targets: Sequence[Target]) -> str:
    """Some targets in few words: ``macOS on arm64 and Windows on ARM64 with Python 3.9 and 3.15``."""
    places: dict[str, list[Range]] = {}
    for target in targets:
        python = python_of(target)
        places.setdefault(target.label.removesuffix(str(python)), []).append(python)
    pythons: dict[tuple[Range, ...], list[str]] = {}
    for place, ranges in places.items():
        pythons.setdefault(tuple(sorted(ranges, key=lambda each: each.since)), []).append(place)
    return "; ".join(_place(where, ranges) for ranges, where in pythons.items())


def _place(places: Sequence[str], ranges: Sequence[Range]) -> str:
    kinds: dict[str, list[str]] = {}
    for place in places:
        where, _, kind = place.rstrip().partition(" with ")
        kinds.setdefault(kind, []).append(where)
    versions = listed([text for each in _runs(ranges) for text in each])
    usual = {each.title for each in USUAL}
    return "; ".join(
        f"{kind} {versions} everywhere" if usual <= set(where) else f"{listed(where)} with {kind} {versions}"
        for kind, where in kinds.items()
    )


def _runs(ranges: Sequence[Range]) -> Iterator[tuple[str, ...]]:
    """``3.9 to 3.12`` instead of four of them; two of them, and a part of one, stay as they are."""
    open_run: list[Range] = []
    for python in ranges:
        if open_run and open_run[-1].before != python.since:
            yield _run(open_run)
            open_run = []
        open_run.append(python)
    yield _run(open_run)


def _run(ranges: Sequence[Range]) -> tuple[str, ...]:
    whole = Range(ranges[0].since, ranges[-1].before)
    minors = whole.minors()
    if len(minors) == 1:
        return (str(whole),)
    first, last = str(Range(whole.since, (minors[0] + 1, 0))), str(Range((minors[-1], 0), whole.before))
    if len(minors) == 2:  # noqa: PLR2004 - "to" saves nothing
        return first, last
    return (f"{first.removesuffix(' and newer')} to {last.rpartition(' ')[2]}",)


def _bound(interpreter: Interpreter) -> Bound:
    major, minor, micro = (*Version(interpreter.version.removesuffix("+")).release, 0, 0)[:3]
    return (minor if major > 2 else PYTHON_2), micro  # noqa: PLR2004 - Python 3


def _for(target: Target, python: Range) -> Target:
    """The same place with another range of Python versions; its label ends in them."""
    full = python.witness
    markers = {**target.markers, "python_full_version": full, "python_version": dotted(python.since[0])}
    if markers["implementation_name"] == "cpython":
        markers["implementation_version"] = full
    place = target.label.removesuffix(str(python_of(target)) if target.since else "")
    return replace(
        target,
        label=f"{place}{python}",
        python_full_version=full,
        markers=markers,
        since=python.since,
        before=python.before,
    )


def _same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return all(one[key] == other.get(key) for key in PLACE)


def _stems(minor: int, *, pypy: bool) -> Iterator[str]:
    """The stems of wheel tags, best first, as ``packaging.tags`` has them, which takes 8 ms to load."""
    major, rest = (2, 7) if minor == PYTHON_2 else (3, minor)
    here, older = f"{major}{rest}", [f"{major}{each}" for each in range(rest - 1, -1, -1)]
    if pypy:
        yield from (f"pp{here}-pypy{here}_pp73-", f"pp{here}-none-")
    else:
        # Up to 3.7 the ABI says how memory is allocated; in Python 2 also how wide a character is.
        abis = [f"cp{here}{'m' * (minor < _WITHOUT_M)}"] if major > 2 else ["cp27mu", "cp27m"]  # noqa: PLR2004 - Python 3
        yield from (f"cp{here}-{abi}-" for abi in abis)
        if major > 2:  # noqa: PLR2004 - Python 3
            yield f"cp{here}-abi3-"
        yield f"cp{here}-none-"
        if major > 2:  # noqa: PLR2004 - Python 3
            yield from (f"cp{each}-abi3-" for each in older[:-2])
    pure = [f"py{each}" for each in (here, major, *older)]
    yield from (f"{each}-none-" for each in pure)
    yield f"pp{major}-none-any" if pypy else f"cp{here}-none-any"
    yield from (f"{each}-none-any" for each in pure)
