"""Real projects, job by job, side by side with uv: ``python3 benchmarks projects [--set medium] [--jobs JOB,…]``.

Both tools get the same pages and files from a mirror on the loopback interface. A first pass that is not measured
fills it (see ``mirror.py``); then it never leaves the machine. The tools take turns (A B A B …), so that a machine that
slows down slows both. Every run that makes something makes it in a folder that was never used before, and all is
deleted at the very end, since new folders cost several times as much after large deletions. Figures are medians;
a ratio is the median of the rounds' ratios. Peak memory is that of the largest process. Needs POSIX, and on the disk
about 1.5 GB a round for all jobs of the medium set.

    version, venv, venv_seed    start-up; an environment without and with pip
    lock_cold, lock_warm        lock a new project, with an empty cache, with one that has it all
    lock_noop, sync_noop, run   nothing to do; `run true`
    sync_cold, sync_warm        a new environment from the lockfile, with an empty cache, with one that has it all
    sync_compiled               as sync_warm, with modules compiled; venvoy compiles them once, in its store
    import_plain, import_compiled   the first import of pandas (small: requests) after either of the two
    add                         one more distribution, tqdm, locked and installed; it is in the cache
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import measure
from benchmarks.measure import Mirror, NotDoneError, Run, Tool

if TYPE_CHECKING:
    import argparse

SETS = {
    "small": ["requests", "flask", "rich", "click"],
    "medium": [
        "jupyter",
        "pandas",
        "scikit-learn",
        "fastapi",
        "requests",
        "matplotlib",
        "django",
        "flask",
        "sqlalchemy",
    ],
}
MODULES = {"small": "requests", "medium": "pandas"}
# Those that ask for pages come first, while what is cached is fresh: that is ten minutes.
JOBS = (
    *("version", "venv", "venv_seed", "lock_cold", "lock_warm", "lock_noop", "add"),
    *("sync_noop", "run", "sync_warm", "sync_compiled", "import_plain", "import_compiled", "sync_cold"),
)
WITHOUT_PROJECT = ("version", "venv", "venv_seed")
COLD = ("lock_cold", "sync_cold")
WRITING = ("sync_cold", "sync_warm", "sync_compiled", "add")
PYTHON, NEW = "{python}", "{new}"
COMMANDS = {
    "version": ["--version"],
    "venv": ["venv", "--python", PYTHON, NEW],
    "venv_seed": ["venv", "--seed", "--python", PYTHON, NEW],
    "lock": ["lock", "--python", PYTHON],
    "sync": ["sync", "--frozen", "--python", PYTHON],
    "sync_compiled": ["sync", "--frozen", "--compile-bytecode", "--python", PYTHON],
    "sync_noop": ["sync", "--python", PYTHON],
    "add": ["add", "--python", PYTHON, "tqdm"],
    "run": ["run", "true"],
}
OF_VENVOY = {"venv": ["venv", "--no-seed", "--python", PYTHON, NEW]}
# What venvoy promises: at most this many times uv's wall time, for the small and the medium set.
BARS = {
    "version": (1.6, 1.6),
    "venv": (1.0, 1.0),
    "venv_seed": (1.5, 1.5),
    "lock_cold": (1.0, 0.8),
    "lock_warm": (1.0, 0.8),
    "lock_noop": (1.0, 0.6),
    "sync_cold": (1.0, 0.8),
    "sync_warm": (1.0, 0.75),
    "sync_noop": (1.0, 0.4),
    "add": (1.0, 0.6),
    "run": (1.0, 0.4),
}
MOST_MEMORY = 1.5
"""Times uv's peak memory, for a lock."""
MOST_MEMORY_OF_SYNC = 120
"""MiB, for a cold sync."""


MOST_PASSES = 12


class Row(NamedTuple):
    """A line of the table: the rounds of one job with one tool, and the first tool's ratio to uv for its wall time."""

    job: str
    tool: str
    runs: list[Run]
    ratio: float | None
    bar: str


class Bench:
    """One set of requirements, with a warm cache and a synced project for each tool, made when they are needed.

    Args:
        place: a new folder for everything.
        index: where both tools get distributions from.
        python: the interpreter of the environments.
        requirements: what the project asks for.
        module: one of those that come with it, to be imported.
    """

    def __init__(self, place: Path, index: str, python: str, requirements: list[str], module: str = "") -> None:
        self.place = place
        self.log = place / "log.txt"
        self._index = index
        self._python = python
        self._requirements = requirements
        self._module = module
        self._number = 0
        self._synced: dict[str, Path] = {}
        self._knowing: set[str] = set()
        (place / "home").mkdir(parents=True)

    def rounds(self, tools: list[Tool], job: str, count: int) -> dict[str, list[Run]]:
        """Run a job with each tool in turn; a first time unmeasured, unless the cache has to be empty."""
        taken: dict[str, list[Run]] = {tool.name: [] for tool in tools}
        for number in range(0 if job in COLD else -1, count):
            for tool in tools:
                run = self.once(tool, job)
                if number >= 0:
                    taken[tool.name].append(run)
        return taken

    def once(self, tool: Tool, job: str) -> Run:
        """Prepare a job and run it.

        Raises:
            NotDoneError: what prepares it did not work.
        """
        command, folder, environment = self.prepared(tool, job)
        if job in WRITING:
            os.sync()  # what was written before is not to be written while this is measured
        return measure.measure(command, folder, environment, self.log)

    def prepared(self, tool: Tool, job: str) -> tuple[list[str], Path, dict[str, str]]:
        """The command, the folder and the variables of a job.

        Raises:
            NotDoneError: what prepares it did not work.
        """
        cache = self._fresh() if job in COLD else self._cache(tool)
        if job in WITHOUT_PROJECT:
            folder = self._fresh()
        elif job in ("lock_cold", "lock_warm"):
            folder = self._project()
        elif job in (*WRITING, "import_plain", "import_compiled"):
            folder = self._project()
            shutil.copy(self.synced(tool) / tool.lockfile, folder)
        else:
            folder = self.synced(tool)
        if job == "add":
            self._know(tool)
            self._must(tool, "sync", folder, cache)
        environment = self._environment(tool, cache)
        if job.startswith("import_"):
            self._must(tool, job.replace("import", "sync"), folder, cache)
            return [str(folder / ".venv/bin/python"), "-c", f"import {self._module}"], folder, environment
        return [tool.command, *self._arguments(tool, job, folder)], folder, environment

    def synced(self, tool: Tool) -> Path:
        """The tool's project with lockfile and environment; what it consists of is in the cache."""
        if tool.name not in self._synced:
            self._synced[tool.name] = folder = self._project()
            for job in ("lock", "sync"):
                self._must(tool, job, folder, self._cache(tool))
        return self._synced[tool.name]

    def _know(self, tool: Tool) -> None:
        """Have in the cache what `add` adds."""
        if tool.name not in self._knowing:
            self._knowing.add(tool.name)
            folder = self._project()
            for job in ("lock", "sync", "add"):
                self._must(tool, job, folder, self._cache(tool))

    def _must(self, tool: Tool, job: str, folder: Path, cache: Path) -> None:
        arguments = self._arguments(tool, job, folder)
        run = measure.measure([tool.command, *arguments], folder, self._environment(tool, cache), self.log)
        if run.code:
            raise NotDoneError(f"{tool.name} {' '.join(arguments)} ended with {run.code}")

    def _arguments(self, tool: Tool, job: str, folder: Path) -> list[str]:
        commands = COMMANDS | (OF_VENVOY if tool.name == "venvoy" else {})
        words = commands.get(job) or commands[job.partition("_")[0]]
        filled = {PYTHON: self._python, NEW: str(folder / "env")}
        return [filled.get(word, word) for word in words]

    def _environment(self, tool: Tool, cache: Path) -> dict[str, str]:
        return tool.environment(self.place / "home", cache, self._index, self._python)

    def _cache(self, tool: Tool) -> Path:
        return self.place / f"cache-{tool.name}"

    def _fresh(self) -> Path:
        """A folder with a path that was never used."""
        self._number += 1
        folder = self.place / f"{self._number:04}" / "bench"
        folder.mkdir(parents=True)
        return folder

    def _project(self) -> Path:
        folder = self._fresh()
        text = '[project]\nname = "bench"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = '
        (folder / "pyproject.toml").write_text(f"{text}{json.dumps(self._requirements)}\n", "utf-8")
        return folder


def judged(job: str, kind: str, runs: list[Run], peer: list[Run]) -> tuple[float | None, str]:
    """Venvoy's ratio to uv, and whether that is what is promised."""
    if any(run.code for run in runs + peer) or not (runs and peer):
        return None, ""
    ratio = measure.median([one.wall / other.wall for one, other in zip(runs, peer, strict=True)])
    if job not in BARS:
        return ratio, ""
    bar = BARS[job][kind == "medium"]
    words = [f"{bar:.2f} {'met' if ratio <= bar else 'MISSED'}"]
    if job in ("lock_cold", "lock_warm") and kind == "medium":
        memory = measure.median([one.peak / other.peak for one, other in zip(runs, peer, strict=True)])
        words.append(f"MiB {MOST_MEMORY:.2f} {'met' if memory <= MOST_MEMORY else 'MISSED'} ({memory:.2f})")
    if job == "sync_cold" and kind == "medium":
        met = measure.median([run.peak for run in runs]) <= MOST_MEMORY_OF_SYNC
        words.append(f"{MOST_MEMORY_OF_SYNC} MiB {'met' if met else 'MISSED'}")
    return ratio, ", ".join(words)


def line(row: Row) -> str:
    """A line of the table."""
    codes = sorted({run.code for run in row.runs if run.code})
    if codes:
        return f"{row.job:15} {row.tool:7} ended with {', '.join(map(str, codes))}: see the log"
    walls = [run.wall * 1000 for run in row.runs]
    spread = f"[{min(walls):.0f}-{max(walls):.0f}]"
    cpu, peak = (measure.median([run[which] for run in row.runs]) for which in (1, 2))
    ratio = f"{row.ratio:6.2f}" if row.ratio else " " * 6
    return (
        f"{row.job:15} {row.tool:7} {measure.median(walls):9.1f} {spread:>15} {ratio} {cpu:7.2f} {peak:6.0f}  {row.bar}"
    )


def fill(options: argparse.Namespace, place: Path) -> None:
    """Let both tools ask for whatever they want, until the mirror has it all.

    Several passes where the index beyond announces no hashes of metadata: the more of them the mirror can announce,
    the better the tools know which further files they have to ask about.

    Raises:
        NotDoneError: a command ended with an error.
    """
    folder = options.folder / "mirror"
    for number in range(MOST_PASSES):
        before = held(folder)
        with Mirror(options.venvoy, folder, place / "filled.txt", offline=False) as index:
            for kind in options.kinds:
                bench = Bench(place / f"fill-{kind}-{number}", index, options.python, SETS[kind], MODULES[kind])
                for tool, job in ((tool, job) for tool in options.tools for job in ("lock_cold", "venv_seed", "add")):
                    if (job == "lock_cold" or number == 0) and bench.once(tool, job).code:
                        raise NotDoneError(f"The first {job} of {tool.name} did not work")
        if held(folder) == before:
            return


def held(folder: Path) -> tuple[int, ...]:
    """How much a mirror holds, in numbers that grow."""
    sizes = folder / "sizes.txt"
    return sum(1 for _ in folder.rglob("*")), sizes.stat().st_size if sizes.exists() else 0


def compare(kind: str, index: str, options: argparse.Namespace, place: Path) -> list[Row]:
    """All jobs on one set, with each line printed when it is known."""
    bench = Bench(place / kind, index, options.python, SETS[kind], MODULES[kind])
    rows = []
    for job in options.jobs:
        if job in WITHOUT_PROJECT and kind != options.kinds[0]:
            continue
        taken = bench.rounds(options.tools, job, options.rounds)
        ratio, bar = judged(job, kind, taken["venvoy"], taken.get("uv", []))
        for tool in options.tools:
            own = tool.name == "venvoy"
            rows.append(Row(job, tool.name, taken[tool.name], ratio if own else None, bar if own else ""))
            print(line(rows[-1]), flush=True)
    return rows


def profile(kind: str, index: str, options: argparse.Namespace, place: Path) -> None:
    """Print where the time of a job goes."""
    tool = options.tools[0]
    bench = Bench(place / f"profile-{kind}", index, options.python, SETS[kind], MODULES[kind])
    if options.profile not in COLD:
        bench.once(tool, options.profile)
    command, folder, environment = bench.prepared(tool, options.profile)
    report = place / "profile.txt"
    words = [measure.interpreter(tool.command), str(measure.HERE / "profiled.py"), str(report), *command[1:]]
    run = measure.measure(words, folder, environment, bench.log)
    print(f"{options.profile} of the {kind} set, exit code {run.code}, {run.wall * 1000:.0f} ms while watched\n")
    print(report.read_text("utf-8"))


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options."""
    parser = measure.parser("projects", __doc__ or "")
    parser.add_argument("--set", dest="kinds", action="append", choices=SETS, help="else small, then medium")
    parser.add_argument("--jobs", type=lambda words: words.split(","), default=JOBS, help="with commas; else all")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures of every round")
    parser.add_argument("--profile", metavar="JOB", choices=JOBS, help="only print where venvoy's time goes")
    options = measure.options(parser, arguments)
    unknown = [job for job in options.jobs if job not in JOBS]
    if unknown:
        parser.error(f"there is no job {unknown[0]}; jobs are {', '.join(JOBS)}")
    options.kinds = options.kinds or list(SETS)
    return options


def main(arguments: list[str]) -> None:
    """Measure and print the tables."""
    options = parsed(arguments)
    with measure.place(options) as place:
        facts = measure.facts(options, place)
        found: dict[str, list[Row]] = {}
        fill(options, place)
        log = place / "asked.txt"
        with Mirror(options.venvoy, options.folder / "mirror", log, offline=True) as index:
            for kind in options.kinds:
                if options.profile:
                    profile(kind, index, options, place)
                    continue
                print(f"\n{kind}: {', '.join(SETS[kind])}; {options.rounds} rounds")
                head = f"{'wall ms':>9} {'[min-max]':>15} {'x uv':>6} {'cpu s':>7} {'MiB':>6}  bar"
                print(f"{'job':15} {'tool':7} {head}")
                found[kind] = compare(kind, index, options, place)
        if log.stat().st_size:
            options.keep = True
            print(f"Something was asked for in vain while it was measured: {log} says what.")
        if found:
            print(f"\n{', '.join(facts.values())}.\nA peak below {measure.floor(place):.0f} MiB cannot be told.")
        if options.json:
            write(options.json, facts, found)


def write(path: Path, facts: dict[str, str], found: dict[str, list[Row]]) -> None:
    """Write the figures of every round."""
    sets = {
        kind: [{**row._asdict(), "runs": [run._asdict() for run in row.runs]} for row in rows]
        for kind, rows in found.items()
    }
    path.write_text(json.dumps({**facts, "sets": sets}, indent=1) + "\n", "utf-8")
