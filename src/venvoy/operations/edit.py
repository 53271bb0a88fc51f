"""``add`` and ``remove``: edit pyproject.toml, lock, sync; all three or none."""

from __future__ import annotations

from contextlib import suppress

from venvoy.errors import Problem
from venvoy.formats import pyproject_edit, pyproject_settings, requirements
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.requirement import bounds_of, condition_of, full
from venvoy.model.source_tree import Python
from venvoy.operations import home as homes
from venvoy.operations import lock as locks
from venvoy.operations.project import read_lockfile
from venvoy.operations.resolving.proposals import Applied, Wish
from venvoy.operations.standalone import pointed
from venvoy.operations.sync import Goal, Synced, bring, choose, last_selection
from venvoy.resolver.no_solution import NoSolution
from venvoy.values import TYPE_CHECKING, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from venvoy.model.interpreter import Interpreter
    from venvoy.model.requirement import Origin, Written
    from venvoy.model.resolution import Resolution
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit did to a list of pyproject.toml: what it wrote, what stood there already, what it took out."""

    table: str
    added: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[NormalizedName, ...]
    sync: Synced


def add(  # noqa: PLR0913 - what to add where, and how
    context: Context,
    located: Located,
    texts: Sequence[str],
    table: Origin,
    wish: Wish | None = None,
    *,
    start: Path | None = None,
    editable: bool = False,
    dry_run: bool = False,
) -> Edited:
    """Add requirements to the project, lock, and install.

    A requirement that says nothing about versions gets the chosen version as its lower bound; any other is kept as it
    was typed. A name that stands there already keeps the bounds it has, also when it gets an extra. What is named is
    looked up anew: whoever adds a distribution expects the newest version that fits. Where there is no solution,
    ``wish`` says which of the edits that help is to be made.

    A path, which starts at ``start``, or an address may stand for a requirement: what it is called is found out. A
    folder goes into [tool.venvoy.sources], with ``editable`` to be used where it lies.

    Raises:
        Problem: requirement-invalid, no-solution, and whatever locking and syncing raise; nothing has changed then.
    """
    located.file.require_project("to add a dependency")
    home = homes.find(context, located)
    begun, texts, placed = _placed(context, located, home.interpreter, texts, start, editable=editable)
    there = {
        (one.name, condition_of(one.written)): one.written
        for root in located.file.roots()
        if root.origin == table
        for one in root.dependencies
    }
    wanted = [(text, requirements.parse(text)) for text in texts]
    _check_once([requirement for _, requirement in wanted])
    names = frozenset(canonicalize_name(requirement.name) for _, requirement in wanted)
    kept = tuple(text for text, one in wanted if text not in placed and _stands(text, one, there))
    bounded = [text if text in placed else _as_bounded(text, one, there) for text, one in wanted if text not in kept]
    fresh = [(text, requirements.parse(text)) for text in bounded]
    previous = read_lockfile(located, context.reporter)
    edited = located.with_text(pyproject_edit.add(begun, [text for text, _ in fresh], table, str(located.pyproject)))
    upgrade = locks.Upgrade(names=names)
    applied = None
    try:
        resolution = locks.solve(context, edited, home.interpreter, previous, upgrade)
    except NoSolution as problem:
        from venvoy.operations.resolving import fixes
        from venvoy.operations.resolving.trial import Trial

        chosen = fixes.settle(
            problem,
            edited,
            Trial(context, home.interpreter, upgrade.kept(previous)),
            replace(wish, keep=names) if wish else None,
        )
        begun, applied = chosen.text, Applied(chosen.edits, chosen.chosen)
        base = located.with_text(begun)
        home = homes.find(context, base)
        resolution = locks.solve(context, base, home.interpreter, previous, upgrade)
    else:
        if wish:
            wish.unneeded(context.reporter)
    written = tuple(
        text if text in placed else _written(text, requirement, resolution, applied) for text, requirement in fresh
    )
    edited = located.with_text(pyproject_edit.add(begun, written, table, str(located.pyproject)))
    locked = replace(locks.record(context, edited, resolution, previous), applied=applied)
    coming = goal(context, located, edited, locked, table)
    return Edited(str(table), written, kept, (), bring(context, home, coming, dry_run=dry_run))


def remove(context: Context, located: Located, names: Sequence[str], table: Origin, *, dry_run: bool = False) -> Edited:
    """Take requirements out of the project, lock, and uninstall what nothing needs any more.

    Raises:
        Problem: not-a-dependency, and whatever locking and syncing raise; nothing has changed then.
    """
    text, removed = pyproject_edit.remove(located.text, names, table, str(located.pyproject))
    left = located.with_text(text).file
    still = {one.name for root in left.roots() for one in root.dependencies}
    for name in removed - still:
        with suppress(Problem):  # a row that cannot be taken out says where a name comes from that nobody asks for
            text = pyproject_settings.drop_source(text, name, str(located.pyproject))
    for name in (requirements.name(name, "a distribution") for name in names):
        if name not in removed:
            raise _not_there(located, name, table)
    edited = located.with_text(text)
    home = homes.find(context, edited)
    previous = read_lockfile(located, context.reporter)
    coming = goal(context, located, edited, locks.relock(context, edited, home.interpreter, previous), table)
    return Edited(str(table), (), (), tuple(sorted(removed)), bring(context, home, coming, dry_run=dry_run))


def _placed(  # noqa: PLR0913 - what is pointed to, and for whom
    context: Context,
    located: Located,
    interpreter: Interpreter,
    words: Sequence[str],
    start: Path | None,
    *,
    editable: bool,
) -> tuple[str, list[str], frozenset[str]]:
    """The text of pyproject.toml with rows for what was pointed to; the requirements; which of them these are."""
    if editable and not any(map(pointed.is_place, words)):
        fix = ("venvoy add --editable ../demo   uses the folder ../demo where it lies",)
        raise Problem("usage", "Only a folder can be editable, and none was named.", fix=fix)
    python, where = Python(interpreter, located.environment), str(located.pyproject)
    text, found, placed = located.text, [], set()
    for word in words:
        if pointed.is_place(word):
            one = pointed.find(context, python, located.file, word, start or located.directory, editable=editable)
            found.append(one.requirement)
            placed.add(one.requirement)
            if one.source is not None:
                text = pyproject_settings.put_source(text, one.name, one.source, where)
                continue
        else:
            found.append(word)
        requirement = requirements.parse(found[-1])
        if requirement.url:  # the address stands in for the place that the name had
            pointed.refuse_secrets(requirement.url)
            text = pyproject_settings.drop_source(text, requirement.name, where)
    return text, found, frozenset(placed)


def _stands(text: str, one: Written, there: Mapping[tuple[NormalizedName, str], Written]) -> bool:
    """Whether a requirement without bounds, and all of its extras, stands there already."""
    name = canonicalize_name(one.name)
    if text.strip() == one.name:
        return name in {known for known, _ in there}
    other = there.get((name, condition_of(one)))
    if other is None or not bounds_of(other) or bounds_of(one) or one.url or not one.extras:
        return False
    return set(map(canonicalize_name, one.extras)) <= set(map(canonicalize_name, other.extras))


def _as_bounded(text: str, one: Written, there: Mapping[tuple[NormalizedName, str], Written]) -> str:
    """What was typed; where that adds an extra to what stands there already, with the bounds that this has."""
    other = there.get((canonicalize_name(one.name), condition_of(one)))
    bounds = bounds_of(other) if other is not None and not bounds_of(one) and not one.url else ""
    if not one.extras or not bounds:
        return text
    front, semicolon, marker = text.partition(";")
    return f"{front.rstrip()}{bounds}{semicolon}{marker}"


def _check_once(wanted: Sequence[Written]) -> None:
    there: dict[tuple[NormalizedName, str], Written] = {}
    for one in wanted:
        other = there.setdefault((canonicalize_name(one.name), condition_of(one)), one)
        if other is not one and other != one:
            bounds = ",".join(filter(None, (bounds_of(other), bounds_of(one))))
            raise Problem(
                "usage",
                f"{one.name} is named twice.",
                why="All bounds of a distribution stand in one requirement.",
                fix=(f'Write them together, as in "{one.name}{bounds}".',),
            )


def goal(
    context: Context, located: Located, edited: Located, locked: locks.Locked, table: Origin | None = None
) -> Goal:
    """The edited project, with what its environment held before and the part of it that was edited."""
    kind, name = (table.kind, table.name) if table else ("", "")
    groups = (name,) if kind == "group" and name in edited.file.groups else ()
    extras = (name,) if kind == "extra" and name in edited.file.extras else ()
    selection = last_selection(edited).joined(choose(context, edited, groups, extras))
    files = {located.pyproject: edited.text} if edited.text != located.text else {}
    return Goal(edited, locked, selection, files)


def _written(text: str, requirement: Written, resolution: Resolution, applied: Applied | None) -> str:
    """What to write for a requirement that was typed: with a lower bound, or as an edit has it."""
    if requirement.url:
        return text
    if not bounds_of(requirement):
        return _bounded(text, canonicalize_name(requirement.name), resolution)
    from venvoy.formats import bounds

    whole = full(requirement)
    before = bounds.written(whole, whole.specifier)
    return next((edit.after for edit in (applied.edits if applied else ()) if edit.before == before), text)


def _bounded(text: str, name: NormalizedName, resolution: Resolution) -> str:
    """The requirement with the chosen version (the lowest one, where targets differ) as its lower bound."""
    candidates = [one.candidate for one in resolution.selected if one.candidate.name == name]
    versions = [each.version for each in candidates]
    if not versions or any(each.pinned for each in candidates):
        return text  # its marker is true on none of the targets, or a source says already which one it is
    front, semicolon, marker = text.partition(";")
    return f"{front.rstrip()}>={min(versions).public}{semicolon}{marker}"


def _not_there(located: Located, name: NormalizedName, table: Origin) -> Problem:
    file = located.file
    places = {"": file.dependencies, **{f"--optional {key}": of for key, of in file.extras.items()}}
    places |= {f"--group {key}": of for key, of in file.groups.items()}
    elsewhere = [option for option, of in places.items() if any(one.name == name for one in of)]
    fix = [" ".join(filter(None, ("venvoy remove", option, name))) for option in elsewhere]
    return Problem(
        "not-a-dependency",
        f"{name} is not among the dependencies of {table}.",
        why="It stands elsewhere in pyproject.toml." if elsewhere else "Nothing in pyproject.toml asks for it.",
        fix=fix or (f"venvoy tree   shows what the project needs, and who needs {name} if it is installed",),
        where=str(located.pyproject),
    )
