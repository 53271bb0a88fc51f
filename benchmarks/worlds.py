"""Resolution on invented worlds, side by side with uv: ``python3 benchmarks worlds [WORLD …] [--seeds N]``.

A world is a package index that was made up, the same for the same seed, served from memory on the loopback interface
with PEP 658 metadata. Each tool locks a new project in a new folder: cold with an empty cache, then warm with the one
just filled, when nearly all is solving. Tools take turns, so that a machine that slows down slows both. Figures are
medians; a ratio is the median of the rounds' ratios. Exit codes other than 0 stand behind: 1 means that there is no
answer (or that a budget ended the search), -9 that it took longer than --limit.

    few N     few conflicts: what grows is the work for each distribution
    dense N   releases that mostly exclude one another, and one answer that was hidden beforehand
    hubs N    everybody wants two of ten names, in ranges; again with a hidden answer
    clash N   as dense, without an answer: ends in an explanation
    maze N    N chains whose ends exclude their beginnings: plain backtracking tries everything that lies between
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks import measure
from benchmarks.measure import HERE, Run, Tool

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

WORLDS = (
    "few 100",
    "few 1000",
    "few 10000",
    "dense 1000",
    "dense 5000",
    "hubs 1000",
    "hubs 5000",
    "clash 1000",
    "clash 5000",
    "maze 100",
    "maze 500",
)
JOBS = ("cold", "warm")
PROJECT = '[project]\nname = "invented"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = '

Runs = dict[tuple[str, str], list[Run]]


@contextmanager
def served(text: str, seed: int, python: str) -> Iterator[tuple[str, list[str]]]:
    """The address of a world's index, and what a project asks for; served by a process of its own."""
    command = [python, str(HERE / "invented.py"), text, str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout  # what PIPE makes
        try:
            told = json.loads(process.stdout.readline())
            yield told["index"], told["asked"]
        finally:
            process.terminate()


def lock(tool: Tool, place: Path, cache: Path, index: str, options: argparse.Namespace) -> Run:
    """Lock the project in a folder."""
    command = [tool.command, "lock", "--quiet"]
    if tool.name == "uv":
        command += ["--python", options.python]
    variables = tool.environment(place, cache, index, options.python)
    return measure.measure(command, place, variables, place / "log.txt", options.limit)


def compare(text: str, seed: int, options: argparse.Namespace, place: Path) -> Runs:
    """All rounds on one world, by tool and job."""
    runs: Runs = {}
    with served(text, seed, options.python) as (index, asked):
        for number in range(options.rounds):
            for job in JOBS:
                for tool in options.tools:
                    folder = place / f"{text}-{seed}-{number}".replace(" ", "-") / tool.name
                    (folder / job).mkdir(parents=True)
                    (folder / job / "pyproject.toml").write_text(PROJECT + json.dumps(asked) + "\n", "utf-8")
                    run = lock(tool, folder / job, folder / "cache", index, options)
                    runs.setdefault((tool.name, job), []).append(run)
    return runs


def row(tool: str, job: str, runs: Runs) -> str:
    """Figures of one tool, and its ratios to the peer."""
    taken, peers = runs[tool, job], runs.get(("uv", job))
    words = [
        f"{measure.median([run.wall for run in taken]):8.2f}",
        f"{measure.median([run.cpu for run in taken]):8.2f}",
    ]
    words.append(f"{measure.median([run.peak for run in taken]):7.0f}")
    if peers and tool != "uv":
        pairs = list(zip(taken, peers, strict=True))
        words.append(f"{measure.median([one.wall / other.wall for one, other in pairs]):6.2f}")
        words.append(f"{measure.median([one.peak / other.peak for one, other in pairs]):6.2f}")
    else:
        words.append(f"{'':6} {'':6}")
    return " ".join([*words, *sorted({str(run.code) for run in taken if run.code})]).rstrip()


def main(arguments: list[str]) -> None:
    """Measure and print the table."""
    parser = measure.parser("worlds", __doc__ or "")
    parser.add_argument("worlds", nargs="*", default=WORLDS, metavar="WORLD", help='such as "dense 1000"; else all')
    parser.add_argument("--seeds", type=int, default=1, help="how many of each kind")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=120, help="seconds after which a run is ended")
    options = measure.options(parser, arguments)
    print(
        f"{'world':12} {'seed':>4} {'cache':5} {'tool':6}   wall s    cpu s     MiB   x uv  x MiB  n={options.rounds}"
    )
    with measure.place(options) as place:
        for text in options.worlds:
            for seed in range(options.seeds):
                runs = compare(text, seed, options, place)
                for job in JOBS:
                    for tool in options.tools:
                        figures = row(tool.name, job, runs)
                        print(f"{text:12} {seed:4} {job:5} {tool.name:6} {figures}", flush=True)
        print(f"\n{', '.join(measure.facts(options, place).values())}.")


if __name__ == "__main__":
    main(sys.argv[1:])
