"""The processes that started this one: among them is the shell that somebody types in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from venvoy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A process: its number, the names that it goes by, and its program's path, empty when that may not be known.

    The names, as far as they are known, are its own, its program's, and those of a script that an interpreter runs.
    """

    number: int
    names: tuple[str, ...]
    executable: str


def ancestors() -> Iterator[Ancestor]:
    """The processes that this one comes from, the nearest first; the list ends where one may not be looked at."""
    import psutil  # noqa: PLC0415 - 25 ms, and most commands do not want to know

    try:
        process = psutil.Process().parent()
        while process is not None:
            facts = process.as_dict(("name", "exe", "cmdline"), ad_value=None)
            name, executable, words = facts["name"] or "", facts["exe"] or "", facts["cmdline"] or []
            # xonsh is a program in Python: python -m xonsh, python /usr/bin/xonsh
            script = words[1:3] if "python" in os.path.basename(executable).lower() else []
            names = (name, os.path.basename(executable), *map(os.path.basename, [*words[:1], *script]))
            yield Ancestor(process.pid, tuple(filter(None, names)), executable)
            process = process.parent()
    except psutil.Error:
        return
