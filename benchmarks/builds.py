"""Ten small source distributions built, side by side with uv: ``python3 benchmarks builds [--rounds N]``.

They are generated, pure Python, and need setuptools, flit_core and hatchling by turns, which come from the index on the
loopback interface (``mirror``); the source distributions themselves lie in a folder. Jobs, each a whole command in a
new project:

    cold    lock and sync with an empty cache
    build   lock and sync ten others with the cache just filled: what backends need is there, nothing is built
    kept    the same project in a new folder, with a lockfile: all is built already

Tools take turns, so that a machine that slows down slows both. Figures are medians; a ratio is the median of the
rounds' ratios.
"""

from __future__ import annotations

import io
import json
import shutil
import sys
import tarfile
from typing import TYPE_CHECKING

from benchmarks import measure
from benchmarks.measure import NotDoneError, Run, Tool

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

COUNT = 10
JOBS = ("cold", "build", "kept")
BACKENDS = (
    ("setuptools>=77", "setuptools.build_meta"),
    ("flit_core>=3.11", "flit_core.buildapi"),
    ("hatchling>=1.27", "hatchling.build"),
)
PROJECT = '[project]\nname = "builds"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = '

Runs = dict[tuple[str, str], list[Run]]


def source(folder: Path, name: str, backend: tuple[str, str]) -> None:
    """Write a source distribution."""
    requires, module = backend
    files = {
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        "pyproject.toml": (
            f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{module}"\n\n'
            f'[project]\nname = "{name}"\nversion = "1.0"\ndescription = "small"\n'
        ),
        f"{name}/__init__.py": f'"""Small."""\n\nNAME = "{name}"\n',
    }
    with tarfile.open(folder / f"{name}-1.0.tar.gz", "w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{name}-1.0/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))


def sources(folder: Path, mark: str) -> list[str]:
    """Write ten of them; returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"small_{mark}_{number}" for number in range(COUNT)]
    for number, name in enumerate(names):
        source(folder, name, BACKENDS[number % len(BACKENDS)])
    return names


def sync(tool: Tool, folder: Path, index: str, options: argparse.Namespace, links: Path) -> Run:
    """Lock and install the project in a folder; the cache lies beside it."""
    command = [tool.command, "sync", "--quiet", "--find-links", str(links)]
    if tool.name == "uv":
        command += ["--python", options.python]
    else:
        command += ["--build", ":all:"]
    variables = tool.environment(folder.parent, folder.parent / "cache", index, options.python)
    run = measure.measure(command, folder, variables, folder / "log.txt", options.limit)
    if run.code:
        raise NotDoneError(f"{' '.join(command)} ended with {run.code}")
    return run


def one_round(place: Path, number: int, index: str, options: argparse.Namespace) -> Runs:
    """Every job once with every tool, which take turns."""
    runs: Runs = {}
    links = place / f"links-{number}"
    asked = {"cold": sources(links, f"a{number}"), "build": sources(links, f"b{number}")}
    asked["kept"] = asked["build"]
    for job in JOBS:
        for tool in options.tools:
            folder = place / f"{number}-{tool.name}" / job
            folder.mkdir(parents=True)
            (folder / "pyproject.toml").write_text(PROJECT + json.dumps(asked[job]) + "\n", "utf-8")
            if job == "kept":
                shutil.copy(folder.parent / "build" / tool.lockfile, folder)
            run = sync(tool, folder, index, options, links)
            runs.setdefault((tool.name, job), []).append(run)
    return runs


def main(arguments: list[str]) -> None:
    """Measure and print the table."""
    parser = measure.parser("builds", __doc__ or "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=300, help="seconds after which a run is ended")
    parser.add_argument("--index", help="the address of an index that has the backends; else the mirror is started")
    options = measure.options(parser, arguments)
    with measure.place(options) as place:
        runs: Runs = {}
        if options.index:
            _rounds(place, options.index, options, runs)
        else:
            with measure.Mirror(
                options.venvoy, options.folder / "mirror", place / "mirror.txt", offline=False
            ) as index:
                _rounds(place, index, options, runs)
        measure.show(JOBS, runs, options, place)


def _rounds(place: Path, index: str, options: argparse.Namespace, runs: Runs) -> None:
    for number in range(options.rounds):
        for key, found in one_round(place, number, index, options).items():
            runs.setdefault(key, []).extend(found)


if __name__ == "__main__":
    main(sys.argv[1:])
