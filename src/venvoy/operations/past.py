"""``history``: what changed a project, when, and what was different afterwards."""

from __future__ import annotations

from venvoy.model.names import canonicalize_name
from venvoy.model.plan import Moved
from venvoy.operations.history.log import History
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvoy.operations.context import Context
    from venvoy.operations.history.log import Held, Log, State
    from venvoy.operations.project import Place


@dataclass(frozen=True, slots=True)
class Past:
    """One change of the project.

    ``number`` is the N of ``undo N`` or, where it has been ``undone``, of ``redo N``; 0 for the one that made the
    project, which stays. ``time`` is ISO 8601 in UTC.
    ``pyproject`` are the lines that changed, each with its sign; ``lockfile`` are the locked versions that moved, and
    ``environment`` the installed ones. ``python`` is the old and the new version where the environment got another.
    ``edited`` names the files that somebody edited by hand between the change before and this one.
    """

    number: int
    undone: bool
    time: str
    command: tuple[str, ...]
    pyproject: tuple[str, ...]
    lockfile: tuple[Moved, ...]
    environment: tuple[Moved, ...]
    python: tuple[str, str] | None
    edited: tuple[str, ...]


def past(context: Context, place: Place) -> tuple[Past, ...]:
    """The changes that can be undone or done again, newest first.

    Raises:
        Problem: history-incomplete, when the history is damaged.
    """
    history = History(context.settings.cache_dir, place)
    log = history.load()
    return tuple(_past(history, log, index) for index in reversed(range(len(log.steps))))


def _past(history: History, log: Log, index: int) -> Past:
    step = log.steps[index]
    before, after = step.before, step.after
    edited: tuple[str, ...] = ()
    if index:
        edited = _different(log.steps[index - 1].after, step.start)
    lines: Sequence[str] = ()
    if before.pyproject != after.pyproject:
        old, new = (history.content(one) if one else b"" for one in (before.pyproject, after.pyproject))
        lines = changed_lines(old, new, around=0)
    undone = index >= log.position
    return Past(
        number=(index - log.position + 1 if undone else log.position - index) if before.began else 0,
        undone=undone,
        time=step.time,
        command=step.command,
        pyproject=tuple(lines),
        lockfile=step.moves,
        environment=tuple(_moves(history.distributions(before), history.distributions(after))),
        python=(before.python, after.python) if before.minor and before.minor != after.minor else None,
        edited=edited,
    )


def _different(old: State, new: State) -> tuple[str, ...]:
    return tuple(name for (name, before), (_, after) in zip(old.files, new.files, strict=True) if before != after)


def changed_lines(old: bytes, new: bytes, around: int = 1) -> list[str]:
    """What is different between two texts: lines of a unified difference, without its heads."""
    import difflib  # noqa: PLC0415 - 3 ms that only who looks at a difference pays

    before, after = (data.decode("utf-8", "replace").splitlines() for data in (old, new))
    lines = difflib.unified_diff(before, after, n=around, lineterm="")
    return [line for number, line in enumerate(lines) if number > 1 and not line.startswith("@@")]


def _moves(old: Sequence[Held], new: Sequence[Held]) -> list[Moved]:
    before, after = {one.name: one for one in old}, {one.name: one for one in new}
    return [
        Moved(canonicalize_name(name), _version(before.get(name)), _version(after.get(name)))
        for name in sorted(before.keys() | after.keys())
        if _wheel(before.get(name)) != _wheel(after.get(name))
    ]


def _version(one: Held | None) -> str:
    return one.version if one else ""


def _wheel(one: Held | None) -> str:
    return one.sha256 if one else ""
