"""``install`` into an environment without a project, beside uv and pip: ``python3 benchmarks installs [--rounds N]``.

All tools get the same wheels from the mirror on the loopback interface (``mirror``), and have them in their caches.
Each run fills a new environment, which is made before and not measured. venvoy also writes a lockfile and a history.
Jobs:

    warm    requests, flask, rich and click into an empty environment
    noop    the same words once more: all of it is there
    one     one more distribution, tqdm

Tools take turns, so that a machine that slows down slows all. Figures are medians; a ratio is the median of the rounds'
ratios to uv. Needs POSIX.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks import measure
from benchmarks.measure import NotDoneError, Run, Tool

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

SMALL = ["requests", "flask", "rich", "click"]
JOBS = {"warm": SMALL, "noop": SMALL, "one": ["tqdm"]}

Runs = dict[tuple[str, str], list[Run]]


def install(  # noqa: PLR0913, PLR0917 - who installs what where, from where
    tool: Tool, environment: Path, words: list[str], place: Path, index: str, options: argparse.Namespace
) -> Run:
    """Install into an environment.

    Raises:
        NotDoneError: it did not work.
    """
    python = environment / "bin" / "python"
    variables = {**tool.environment(place, place / f"cache-{tool.name}", index, options.python)}
    if tool.name == "pip":
        quiet = {"PIP_CACHE_DIR": str(place / "cache-pip"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        variables |= {"PIP_INDEX_URL": index, "PIP_CONFIG_FILE": "/dev/null", **quiet}
        command = [str(python), "-m", "pip", "install", "--quiet", *words]
    elif tool.name == "uv":
        command = [tool.command, "pip", "install", "--quiet", "--python", str(python), *words]
    else:
        command = [tool.command, "install", "--quiet", "--env", str(environment), *words]
    run = measure.measure(command, place, variables, place / "log.txt", options.limit)
    if run.code:
        raise NotDoneError(f"{' '.join(command)} ended with {run.code}")
    return run


def one_round(place: Path, number: int, index: str, options: argparse.Namespace) -> Runs:
    """Every job once with every tool, which take turns."""
    runs: Runs = {}
    environments = {tool.name: place / f"env-{number}-{tool.name}" for tool in options.tools}
    for name, environment in environments.items():
        without = [] if name == "pip" else ["--without-pip"]
        subprocess.run([options.python, "-m", "venv", *without, str(environment)], check=True)
    for job, words in JOBS.items():
        for tool in options.tools:
            run = install(tool, environments[tool.name], words, place, index, options)
            runs.setdefault((tool.name, job), []).append(run)
    return runs


def main(arguments: list[str]) -> None:
    """Measure and print the table."""
    parser = measure.parser("installs", __doc__ or "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=float, default=300, help="seconds after which a run is ended")
    parser.add_argument("--index", help="the address of an index that has them; else the mirror is started")
    options = measure.options(parser, arguments)
    options.tools.append(Tool("pip", options.python, ""))
    with measure.place(options) as place:
        if options.index:
            runs = _rounds(place, options.index, options)
        else:
            with measure.Mirror(
                options.venvoy, options.folder / "mirror", place / "mirror.txt", offline=False
            ) as index:
                runs = _rounds(place, index, options)
        measure.show(JOBS, runs, options, place)


def _rounds(place: Path, index: str, options: argparse.Namespace) -> Runs:
    """A first round that is not measured fills the caches."""
    runs: Runs = {}
    for number in range(options.rounds + 1):
        for key, found in one_round(place, number, index, options).items():
            if number:
                runs.setdefault(key, []).extend(found)
    return runs


if __name__ == "__main__":
    main(sys.argv[1:])
