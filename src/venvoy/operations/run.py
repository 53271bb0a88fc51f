"""``run``: a command inside the project's environment, which is brought up to date first."""

from __future__ import annotations

import os
from pathlib import Path

from venvoy.environment import layout, variables
from venvoy.errors import Problem, near
from venvoy.operations.resolving.proposals import Wish
from venvoy.operations.sync import choose, last_selection, sync
from venvoy.system import process
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from venvoy.operations.context import Context
    from venvoy.operations.project import Located


def prepare(
    context: Context, located: Located, groups: Iterable[str], extras: Iterable[str], *, dev: bool = True
) -> None:
    """Bring the environment up to date.

    Groups and extras come on top of what the last sync put into it: running something takes nothing away.
    """
    asked = choose(context, located, groups, extras, dev=dev)
    sync(context, located, last_selection(located).joined(asked), Wish("venvoy sync"))


def become(context: Context, located: Located, words: Sequence[str]) -> int:
    """Become a command, or a Python file, that runs in the project's environment.

    Returns:
        Its exit code, where a process cannot be replaced (Windows); elsewhere it never returns.

    Raises:
        Problem: environment-missing, environment-invalid, command-not-found.
    """
    environment = layout.read(located.environment)
    environ = variables.activated(dict(context.environ), os.fspath(environment.root), os.fspath(environment.scripts))
    try:
        return process.replace(variables.command([*words]), environ)
    except Problem as problem:
        _mind_spelling(problem, words[0], environment.scripts)
        raise


def _mind_spelling(problem: Problem, word: str, scripts: Path) -> None:
    """Add to what is said of a word that nothing is called by: what may have been meant."""
    meant = Path(word)
    if meant.exists():
        return
    is_file = meant.suffix == ".py" or meant.name != word
    if is_file:
        problem.what = f"There is no file {word} here."
        problem.why = f"You are in {Path.cwd()}."
        problem.fix = ("Check how it is spelled, and which folder it is in.",)
    folder = meant.parent if is_file else scripts
    names = {one.name.removesuffix(".exe") for one in folder.iterdir()} if folder.is_dir() else set()
    alike = near(meant.name, sorted(names), 1, 0.75)
    problem.fix = (*(f"Did you mean {meant.with_name(name)}?" for name in alike), *problem.fix)
