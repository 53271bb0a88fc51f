"""What is known of pip's releases: the table that venvoy brings along, and what the index has had since."""

from __future__ import annotations

import contextlib
import json
import time

from venvoy.errors import Problem
from venvoy.model.names import canonicalize_name
from venvoy.python import fitness
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvoy.operations.context import Context
    from venvoy.python.facts import Facts
    from venvoy.python.fitness import Matrix
    from venvoy.python.pips import Pip

PIP = canonicalize_name("pip")
MISSING, BROKEN = "missing", "broken"
_DAY = 24 * 3600


def matrix(context: Context, *, refresh: bool = False) -> Matrix:
    """Which pip fits which Python, with the releases that are newer than the table.

    Args:
        context: where what the index said is kept.
        refresh: ask the index once a day, unless venvoy is to stay offline; that it cannot be reached is no fault.
    """
    table = fitness.load()
    path = context.settings.cache_dir / "pip-releases-v1.json"
    releases, when = [], 0.0
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        data = json.loads(path.read_bytes())
        releases, when = [(str(a), str(b), bool(c)) for a, b, c in data["releases"]], float(data["when"])
    if refresh and not context.settings.offline and not 0 <= time.time() - when < _DAY:
        try:
            releases = list(_releases(context))
        except Problem as problem:
            context.reporter.remark(f"The list of pip's releases is as old as venvoy: {problem.what}")
        else:
            with contextlib.suppress(OSError, Problem):
                path.parent.mkdir(parents=True, exist_ok=True)
                fs.write_atomic(path, json.dumps({"when": time.time(), "releases": releases}).encode())
    return table.extended(releases)


def status(matrix: Matrix, facts: Facts, pip: Pip | None) -> tuple[str, str]:
    """One word for how a Python stands with its pip, and the reason: a verdict, or that it is broken or missing."""
    if pip is None:
        return MISSING, ""
    if pip.fault:
        return BROKEN, f"It is only half installed: {pip.fault}"
    verdict = matrix.judge(pip.version, facts.version)
    return verdict.fit.value, verdict.why


def _releases(context: Context) -> Iterator[tuple[str, str, bool]]:
    for candidate in context.index.project(PIP).candidates:
        wheels = [one for one in candidate.artifacts if one.kind == "wheel"]
        if wheels:
            requires = str(wheels[0].requires_python or "")
            yield str(candidate.version), requires, all(one.yanked is not None for one in wheels)
