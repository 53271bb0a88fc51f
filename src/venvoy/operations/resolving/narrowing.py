"""Edits that promise less: fewer Pythons, fewer targets, parts of the project that are not installed together."""

from __future__ import annotations

from itertools import combinations

from venvoy.errors import Problem
from venvoy.formats import bounds, conflicts, pyproject_edit, pyproject_settings, pythons, toml
from venvoy.operations.resolving.proposals import Edit, Proposal
from venvoy.patterns import pattern
from venvoy.resolver import files, words
from venvoy.resolver import platforms as all_platforms
from venvoy.resolver.no_solution import NoSolution
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from venvoy.model.requirement import Origin
    from venvoy.model.resolution import Resolution
    from venvoy.operations.project import Located
    from venvoy.operations.resolving.proposals import Tries

    Attempt = Callable[[Located], Resolution | NoSolution | None]

# How often what still fails may be left out too, and how many pairs of parts are tried.
_STEPS = 4
_PAIRS = 6
_NEEDS_PYTHON = pattern(r"\bneeds? Python\b")


def is_at_hand(problem: NoSolution, tries: Tries) -> bool:
    """Whether a failure concerns the Python and the platform at hand."""
    # The interpreter at hand itself is not one of the platforms by name.
    return not _places(problem).isdisjoint({(tries.platform, tries.minor), ("", tries.minor)})


def _places(problem: NoSolution) -> set[tuple[str, int]]:
    return {(target.platform, pythons.python_of(target).since[0]) for target in problem.failed}


def other_python(problem: NoSolution, located: Located, tries: Tries) -> Proposal | str:
    """An edit of requires-python, or a hint where it is not written down, if another Python is what it takes."""
    if not is_about_python(problem):
        return ""
    requires = located.file.requires_python
    newer = range(tries.minor + 1, pythons.NEWEST + 1)
    older = range(tries.minor - 1, pythons.OLDEST - 1, -1)
    for minor in (*newer, *older):
        if requires is not None and not requires.contains(f"3.{minor}.99"):
            continue
        text = for_python(located, minor, newer=minor in newer)
        try:
            tries.choose_for(located.with_text(text), minor)
        except Problem:
            continue
        if text == located.text:
            return f"Use another Python, such as 3.{minor}: venvoy sync --python 3.{minor}"
        return Proposal((_python_edit(located, text),), (f"Python 3.{minor}",), text)
    return ""


def is_about_python(problem: NoSolution) -> bool:
    """Whether a failure has to do with the version of Python."""
    rejected = problem.data.get("rejected")
    kinds = [each.get("reason") for each in rejected] if isinstance(rejected, list) else []
    texts = [each.text for each in problem.statements if not each.requirement]
    return files.PYTHON in kinds or any(_NEEDS_PYTHON.search(text) for text in texts)


def for_python(located: Located, minor: int, *, newer: bool) -> str:
    """The text of pyproject.toml with a bound of requires-python moved to a Python, if one stands there."""
    requires = located.file.requires_python
    if requires is None or not _is_written(located):
        return located.text
    moved = {">=", ">", "~=", "=="} if newer else {"<", "<=", "~=", "=="}
    kept = [one for one in requires if one.operator not in moved]
    bound = f">={pythons.dotted(minor)}" if newer else f"<{pythons.dotted(minor + 1)}"
    text = bounds.ordered(",".join([bound, *map(str, kept)]))
    return pyproject_edit.set_requires_python(located.text, text, str(located.pyproject))


def _is_written(located: Located) -> bool:
    """Whether requires-python stands in pyproject.toml: what a build backend computes cannot be edited there."""
    return "requires-python" in toml.loads(located.text, str(located.pyproject)).get("project", {})


def fewer(problem: NoSolution, located: Located, tries: Tries, attempt: Attempt) -> Iterator[Proposal]:
    """Leave out the Pythons, or else the platforms, for which there is no solution; not those at hand."""
    every = [*tries.targets(located)]
    failed = _places(problem)
    for _ in range(_STEPS):
        minors = {minor for _, minor in failed}
        platforms = {platform for platform, _ in failed}
        there = {target.platform for target in every if pythons.python_of(target).since[0] in minors}
        about_python = there <= platforms
        text = _without_pythons(located, minors, tries.minor) if about_python else ""
        if not about_python and tries.platform not in platforms and "" not in there:
            text = _without_platforms(located, [target.platform for target in every], platforms)
        answer = attempt(located.with_text(text)) if text else None
        if answer is None:
            return
        if isinstance(answer, NoSolution):
            failed |= _places(answer)
            continue
        gone = words.listed([name for name in all_platforms.PLATFORMS if name in platforms])
        edit = _python_edit(located, text) if about_python else Edit("targets", "targets", gone)
        yield Proposal((edit,), (), text)
        return


def apart(
    problem: NoSolution, located: Located, attempt: Attempt, blame: Callable[[NoSolution], Collection[Origin]]
) -> Iterator[Proposal]:
    """Keep extras or groups apart that ask for what does not go together; ``blame`` tells who has to do with a failure.

    Where two are not enough, the one that the next failure is about joins them.
    """
    found: set[frozenset[Origin]] = set()
    for pair in [*combinations(_parts(blame(problem)), 2)][:_PAIRS]:
        together = frozenset(pair)
        for _ in range(_STEPS):
            if any(each <= together for each in found):
                break
            text = _declared(located, together)
            answer = attempt(located.with_text(text)) if text else None
            if isinstance(answer, NoSolution):
                together |= frozenset(_parts(blame(answer)))
            elif answer is not None:
                found.add(together)
                names = words.listed([f"the {part}" for part in sorted(together, key=str)])
                yield Proposal((Edit("conflict", conflicts.KEY, "", names),), (), text)
            else:
                break


def _parts(blamed: Collection[Origin]) -> list[Origin]:
    return sorted((one for one in blamed if one.kind in {"extra", "group"}), key=str)


def _declared(located: Located, together: frozenset[Origin]) -> str:
    """pyproject.toml with one more conflict; an empty text where that cannot be written down."""
    declared = conflicts.written((*located.file.conflicts, together))
    try:
        text = pyproject_settings.put(located.text, conflicts.KEY, declared, str(located.pyproject))
        located.with_text(text)
    except Problem:
        return ""  # the parts would go together in too many ways
    return text


def _without_pythons(located: Located, minors: Collection[int], here: int) -> str:
    """pyproject.toml without these Pythons, as far as they lie on one side of the one at hand; else an empty text."""
    if not _is_written(located) or not (here < min(minors) or here > max(minors)):
        return ""
    newer = here > max(minors)
    return for_python(located, max(minors) + 1 if newer else min(minors) - 1, newer=newer)


def _without_platforms(located: Located, every: Sequence[str], gone: Collection[str]) -> str:
    kept = [name for name in dict.fromkeys(every) if name not in gone]
    return pyproject_settings.put(located.text, "targets", kept, str(located.pyproject)) if kept else ""


def _python_edit(located: Located, text: str) -> Edit:
    before, after = (bounds.ordered(str(one.file.requires_python)) for one in (located, located.with_text(text)))
    return Edit("python", "requires-python", before, after)
