"""Run venvoy's command line and write where its time goes: ``python profiled.py REPORT ARGUMENT …``.

With pyinstrument where that is installed beside venvoy, else with cProfile. Of several processes the first is watched.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LINES = 30


def watch() -> Callable[[], str]:
    """Begin; returns what ends it and gives the report."""
    try:
        from pyinstrument import Profiler  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415 - may not be there
    except ImportError:
        import cProfile  # noqa: PLC0415 - else
        import io  # noqa: PLC0415
        import pstats  # noqa: PLC0415

        profile = cProfile.Profile()

        def told() -> str:
            profile.disable()
            text = io.StringIO()
            figures = pstats.Stats(profile, stream=text).strip_dirs()
            figures.sort_stats("cumulative").print_stats(LINES)
            figures.sort_stats("tottime").print_stats(LINES)
            return text.getvalue()

        profile.enable()
        return told
    profiler = Profiler(interval=0.0005)
    profiler.start()

    def said() -> str:
        profiler.stop()
        return str(profiler.output_text(show_all=True))

    return said


def main() -> None:
    """Watch venvoy until it ends, which it does without coming back."""
    _, report, *sys.argv[1:] = sys.argv
    del sys.path[0]  # this folder: venvoy is to find no module of it
    process = os.getpid()
    end = watch()

    def before(leave: Callable[..., Any]) -> Callable[..., Any]:
        def left(*arguments: object) -> Any:  # noqa: ANN401 - whatever it is
            if os.getpid() == process:
                Path(report).write_text(end(), "utf-8")
            return leave(*arguments)

        return left

    os._exit = before(os._exit)
    os.execvpe = before(os.execvpe)
    from venvoy.entry import main as venvoy  # noqa: PLC0415 - loading it counts

    os._exit(venvoy())


if __name__ == "__main__":
    main()
