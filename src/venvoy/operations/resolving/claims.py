"""What a lockfile shall be right for: the targets that the project asks for, and which of them it cannot do without."""

from __future__ import annotations

import json

from venvoy.errors import Problem
from venvoy.formats import pylock, requirements
from venvoy.model.names import canonicalize_name
from venvoy.model.target import Target
from venvoy.operations.resolving import inputs
from venvoy.resolver import asks, words
from venvoy.resolver import platforms as all_platforms
from venvoy.resolver import targets as all_targets
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from packaging.markers import Marker

    from venvoy.formats.pylock_draft import Lock
    from venvoy.index.client import Index
    from venvoy.model.interpreter import Interpreter
    from venvoy.model.project import ProjectFile
    from venvoy.model.requirement import Root
    from venvoy.model.resolution import Resolution
    from venvoy.operations.project import Located
    from venvoy.operations.resolving.universal import LeftOut
    from venvoy.settings import Settings


@dataclass(frozen=True, slots=True)
class Claim:
    """The targets that are wanted, and those that must not be left out.

    ``here`` is the interpreter at hand, exactly, when it belongs to one of them: a project may be locked for other
    machines only. ``markers`` are those of ``required-environments``.
    """

    targets: tuple[Target, ...]
    interpreter: Interpreter
    here: Target | None
    markers: tuple[Marker, ...]
    strict: bool

    def required(self, target: Target, others: Sequence[Target]) -> bool:
        """Whether a target, or a part of one, must not be left out when these others are there.

        A marker of ``required-environments`` asks for a solution somewhere where it is true, with each Python: who
        needs Windows can do without Windows on ARM64, unless the marker names the machine.
        """
        if self.strict or (self.here and all_targets.stands_for(target, self.interpreter)):
            return True
        if all_targets.is_old(target):  # nobody claims such a Python but the project, in so many words
            return True
        alike = [one for one in others if one.markers["python_version"] == target.markers["python_version"]]
        return any(
            marker.evaluate(dict(target.markers)) and not any(marker.evaluate(dict(one.markers)) for one in alike)
            for marker in self.markers
        )


def claim(settings: Settings, located: Located, interpreter: Interpreter) -> Claim:
    """What the lockfile of a project shall be right for.

    Without ``targets`` in the settings these are the usual platforms, and the interpreter at hand if it is none of
    them.

    Raises:
        Problem: setting-invalid, for an unknown target, or a marker that is none; pyproject-invalid, when
            requires-python admits no Python that is known.
    """
    settings = inputs.in_force(settings, located)
    names = platforms(settings, interpreter)
    requires = located.file.python
    targets = all_targets.make(names, requires)
    here = all_targets.at_hand(interpreter, targets) is not None
    admitted = requires is None or requires.contains(interpreter.version, prereleases=True)
    if not here and admitted and (not settings.targets or all_platforms.CURRENT in settings.targets):
        targets.append(all_targets.from_interpreter(interpreter))
        here = True
    if not targets:
        raise Problem(
            "pyproject-invalid",
            f"requires-python = {str(requires)!r} admits no version of Python that venvoy knows.",
            fix=("Widen it: a lockfile has to be for some Python.",),
            where=located.file.where,
        )
    own = Target(here_is(interpreter), interpreter.version, interpreter.markers, interpreter.tags)
    return Claim(
        tuple(targets), interpreter, own if here else None, _required(settings, targets), settings.strict_targets
    )


def implied(settings: Settings, located: Located) -> list[Target]:
    """The targets with PyPy, for a lockfile that has to speak of them; none when the project names its targets."""
    names = [f"pypy-{name}" for name in all_platforms.DEFAULT]
    return [] if inputs.in_force(settings, located).targets else all_targets.make(names, located.file.python)


def here_is(interpreter: Interpreter) -> str:
    """The interpreter at hand in words."""
    markers = interpreter.markers
    place = f"{markers['platform_system']} {markers['platform_machine']}"
    return f"{interpreter.implementation} {interpreter.version} on {place}"


def platforms(settings: Settings, interpreter: Interpreter) -> tuple[str, ...]:
    """The names of the platforms that the settings ask for."""
    try:
        names = all_platforms.platforms(settings.targets or all_platforms.DEFAULT)
    except all_platforms.UnknownTargetError as error:
        near = " or ".join(map(repr, error.near))
        raise Problem(
            "setting-invalid",
            f"There is no target {error.name!r}.",
            why=f"The targets are: {', '.join((*all_platforms.DEFAULT, *all_platforms.MORE))}.",
            fix=(f"Did you mean {near}?" if near else "Correct targets in [tool.venvoy], VENVOY_TARGETS or --target.",),
            data={"setting": "targets", "known": sorted(all_platforms.PLATFORMS)},
        ) from error
    if all_platforms.CURRENT not in names:
        return names
    current = all_targets.platform_of(interpreter)
    return (*(name for name in names if name not in {all_platforms.CURRENT, current}), *([current] if current else []))


def covers(settings: Settings, lock: Lock, interpreter: Interpreter) -> bool:
    """Whether a lockfile is for the interpreter at hand, or the project is locked for other machines only."""
    if pylock.covers(lock, interpreter.markers):
        return True
    if not settings.targets or all_platforms.CURRENT in settings.targets:
        return False
    names = all_platforms.platforms(settings.targets)
    return all_targets.at_hand(interpreter, all_targets.make(names, None)) is None


def counts(settings: Settings, located: Located, interpreter: Interpreter) -> bool:
    """Whether the interpreter at hand belongs to the targets: a lockfile that is not for it has left it out."""
    targets = all_targets.make(platforms(settings, interpreter), located.file.python)
    return all_targets.at_hand(interpreter, targets) is not None


def missed(found: Sequence[LeftOut], interpreter: Interpreter) -> bool:
    """Whether the interpreter at hand is left out although it is not for want of files."""
    return any(
        not getattr(one.problem, "lacking", True)
        and any(all_targets.stands_for(each, interpreter) for each in one.targets)
        for one in found
    )


def _required(settings: Settings, targets: Sequence[Target]) -> tuple[Marker, ...]:
    if not settings.required_environments:
        return ()
    from packaging.markers import InvalidMarker, Marker  # noqa: PLC0415 - 20 ms, and few projects name any

    markers = []
    for text in settings.required_environments:
        try:
            marker = Marker(text)
        except InvalidMarker as error:
            raise _no_marker(text, str(error).partition("\n")[0]) from error
        if not any(marker.evaluate(dict(target.markers)) for target in targets):
            raise _no_marker(text, "It is true on none of the targets.")
        markers.append(marker)
    return tuple(markers)


def _no_marker(text: str, why: str) -> Problem:
    return Problem(
        "setting-invalid",
        f"required-environments cannot hold {text!r}.",
        why=why,
        fix=("""Write it as in: required-environments = ["sys_platform == 'win32'"]""",),
        data={"setting": "required_environments"},
    )


def mistaken(roots: Sequence[Root]) -> Iterator[str]:
    """The warnings about what the project says of systems that is never true."""
    for one in (one for root in roots for one in root.dependencies):
        for mistake in requirements.mistaken(str(one.written)):
            yield f"{one.written} ({one.origin}): {mistake}"


def unmet(file: ProjectFile, resolution: Resolution) -> Iterator[str]:
    """The warnings about what others need of the project itself, which is not what its version says."""
    name, version = file.name or "", file.version
    told = [(item.candidate, text) for item in resolution.selected for text in item.metadata.requires_dist]
    for candidate, text in told:
        if version is None or text[:1].lower() != name[:1]:
            continue
        ask = asks.read(text)
        if ask.name != name or "extra" in ask.marker:
            continue
        who = f"{candidate.name} {candidate.version}"
        for extra in ask.extras:
            what = f"{who} needs {name}[{extra}], and that is this project."
            yield f"{what}\n→ venvoy sync --extra {extra}   installs what it takes"
        if ask.wanted and not ask.url:
            from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - 20 ms, and few name the project

            if not SpecifierSet(ask.wanted).contains(version, prereleases=True):
                yield f"{who} needs {name}{ask.wanted}, and that is this project, which says that it is {version}."


def say_who_asks(problem: Problem, roots: Sequence[Root]) -> None:
    """Add the parts of the project that ask for what cannot be had: there may be many, from long ago."""
    name = problem.data.get("name")
    parts = [root.origin for root in roots if any(one.name == name for one in root.dependencies)]
    if parts and (parts[0].kind != "project" or problem.code != "project-unknown"):
        named = words.listed([str(part) for part in parts])
        need = "needs" if len(parts) == 1 else "need"
        problem.why = f"{named[0].upper()}{named[1:]} {need} {name}.\n{problem.why}".rstrip()


def say_where_else(problem: Problem, index: Index, file: ProjectFile) -> None:
    """Add which index would have a version that the one which owns the name does not."""
    name, requirement = canonicalize_name(str(problem.data["name"])), str(problem.data["requirement"])
    if name in file.sources:
        return
    from packaging.requirements import Requirement  # noqa: PLC0415 - only for who is refused

    bounds = Requirement(requirement).specifier
    for other in index.elsewhere(name):
        version = next((one.version for one in other.candidates if bounds.contains(one.version)), None)
        if version is not None:
            has = f"{other.index} has {name} {version}, but the first index that knows a name owns it."
            line = f'{name} = {{ index = "{other.index}" }}'
            problem.fix += (f"{has} To take it from there, write into [tool.venvoy.sources]: {line}",)


def left_out(
    found: Sequence[LeftOut], targets: Sequence[Target], interpreter: Interpreter, previous: Lock | None
) -> Iterator[str]:
    """The warnings about targets that a lockfile cannot be for: which, why, and what would bring them back.

    What the lockfile before was not for either is told in few words.
    """
    by_reason: dict[tuple[str, ...], list[LeftOut]] = {}
    for one in found:
        texts = [_nothing(one.problem), one.problem.why, *one.problem.fix]
        for target in one.targets:  # the same on several targets is told once
            texts = [text.replace(target.label, "there") for text in texts]
        by_reason.setdefault(tuple(texts), []).append(one)
    for alike in by_reason.values():
        reason, fix = f"{_nothing(alike[0].problem)}\n{alike[0].problem.why}", alike[0].problem.fix
        going = [target for one in alike for target in one.targets]
        known = previous is not None and not any(pylock.covers(previous, target.markers) for target in going)
        where = all_targets.described(going)
        if known:
            lines = [f"pylock.toml is still not for {where}. {_last(alike[0].problem)}"]
        else:
            lines = [f"pylock.toml is not for {where}: there is no solution.", reason]
        if any(all_targets.stands_for(target, interpreter) for target in going):
            lines.append("That is this computer with its Python, so venvoy sync can install nothing here.")
        lines += [] if known else [f"→ {step}" for step in fix]
        lines.append(
            f"→ {'Leave' if known else 'Or leave'} it at that: {_narrowed(going, targets)}, and nothing is said."
        )
        yield "\n".join(lines)


def _narrowed(going: Sequence[Target], targets: Sequence[Target]) -> str:
    """The setting that claims no more than there is a solution for."""
    gone = {target.label for target in going}
    staying = {target.platform for target in targets if target.label not in gone}
    kept = [name for name in all_platforms.PLATFORMS if name in staying]
    parts = [f"targets = {json.dumps(kept)} in [tool.venvoy]"] if {one.platform for one in going} - staying else []
    parts += ["narrow requires-python"] if {one.platform for one in going} & staying else []
    return " and ".join(parts)


def _last(problem: Problem) -> str:
    """What is in the way, in one sentence."""
    reason = problem.why.rpartition("\n")[2].removeprefix("- ")
    return f"{_nothing(problem)} {reason}" if problem.code == "no-version" else reason


def _nothing(problem: Problem) -> str:
    """What there is no solution for, without the targets, which have been named."""
    if problem.code != "no-version":
        return problem.what
    name, requirement = problem.data["name"], problem.data["requirement"]
    return f"No version of {name}{'' if requirement == name else f' that meets {requirement}'} can be installed there."
