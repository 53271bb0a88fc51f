"""The processes that started this one: among them is the shell that somebody types in."""

from __future__ import annotations

import os

from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A process: its number, the names that it goes by, and what starts the same program again.

    The names, as far as they are known, are its own, its program's, and that of the script that Python runs in it. The
    command is empty when it may not be known.
    """

    number: int
    names: tuple[str, ...]
    command: tuple[str, ...]


def ancestors() -> Iterator[Ancestor]:
    """The processes that this one comes from, the nearest first; the list ends where one may not be looked at."""
    import psutil  # noqa: PLC0415 - 25 ms, and most commands do not want to know

    try:
        process = psutil.Process().parent()
        while process is not None:
            facts = process.as_dict(("name", "exe", "cmdline"), ad_value=None)
            name, executable, words = facts["name"] or "", facts["exe"] or "", facts["cmdline"] or []
            program = os.path.basename(executable).lower()
            command = [executable] if executable else []
            if "python" in program:
                # xonsh: python -m xonsh, python /usr/bin/xonsh; the environment that it is in is known by its own name
                command = words[:3] if words[1:2] == ["-m"] else words[:2]
            elif program.startswith("busybox"):
                command = [executable, "sh"]
            names = (name, program, *map(os.path.basename, [*words[:1], *command]))
            yield Ancestor(process.pid, tuple(filter(None, names)), tuple(command))
            process = process.parent()
    except (psutil.Error, OSError):
        return
