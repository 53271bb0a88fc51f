"""What the benchmarks share: run a command and account for it, the two tools side by side, figures of several rounds.

Kept light on purpose: the kernel starts counting a process's peak memory with that of the process that started it, so
nothing below the size of this one could be told (see :func:`floor`).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent / ".setup" / "benchmarks"


class NotDoneError(Exception):
    """A command that only prepares something did not work."""


class Run(NamedTuple):
    """How a process ended: wall and CPU seconds, peak memory in MiB, exit code (-9: it took too long)."""

    wall: float
    cpu: float
    peak: float
    code: int


def measure(command: Sequence[str], folder: Path, environment: dict[str, str], log: Path, limit: float = 600) -> Run:
    """Run a command to its end, or for ``limit`` seconds; what it says is added to the log."""
    with log.open("ab") as said:
        said.write(f"\n$ cd {folder}; {' '.join(command)}\n".encode())
        said.flush()
        begun = time.perf_counter()
        with subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        ) as process:
            timer = threading.Timer(limit, process.kill)
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - begun
            timer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
    scale = 1024 if sys.platform == "linux" else 1024 * 1024
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale, process.returncode)


def floor(place: Path) -> float:
    """The peak memory, in MiB, below which none can be told: that of a command which needs nothing."""
    return measure(["true"], place, dict(os.environ), place / "floor.txt").peak


def median(figures: Sequence[float]) -> float:
    """As in statistics, which takes 5 MiB."""
    ordered = sorted(figures)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


class Tool(NamedTuple):
    """A tool to measure: its name, its command, the lockfile it writes."""

    name: str
    command: str
    lockfile: str

    def environment(self, home: Path, cache: Path, index: str, python: str) -> dict[str, str]:
        """Clean variables: nothing of the user's own settings, and no bytecode forbidden."""
        variables = {
            "PATH": os.pathsep.join((str(Path(python).parent), os.defpath)),
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
        }
        if self.name == "uv":
            own = {"UV_CACHE_DIR": str(cache), "UV_DEFAULT_INDEX": index}
            return {**variables, **own, "UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never"}
        own = {"VENVOY_CACHE_DIR": str(cache), "PIP_INDEX_URL": index, "PIP_CONFIG_FILE": os.devnull}
        return {**variables, **own}


def interpreter(venvoy: str) -> str:
    """The interpreter that venvoy itself runs on, which has the distributions that it needs."""
    return str(Path(venvoy).resolve().with_name("python"))


def version(command: str) -> str:
    """What a command says of itself."""
    return subprocess.run([command, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def machine(folder: Path) -> str:
    """What kind of machine this is, and of file system where the folder lies."""
    import platform  # noqa: PLC0415 - imports much

    words = [f"{os.cpu_count()} cores", f"{platform.system()} {platform.machine()}"]
    mounts = Path("/proc/mounts")
    if mounts.exists():
        fields = [line.split() for line in mounts.read_text("utf-8").splitlines()]
        above = {str(parent) for parent in (folder, *folder.parents)}
        words.append(max((field[1:3] for field in fields if field[1] in above), key=lambda field: len(field[0]))[1])
    return ", ".join(words)


def parser(name: str, text: str) -> argparse.ArgumentParser:
    """A benchmark's command line, with what all have; its help is the text of its module."""
    first, _, rest = text.partition("\n\n")
    made = argparse.ArgumentParser(
        prog=f"python3 benchmarks {name}",
        description=first,
        epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--venvoy", default=shutil.which("venvoy"), help="the command to measure; else from PATH")
    made.add_argument("--uv", default=shutil.which("uv"), help="the peer's command; else from PATH")
    made.add_argument("--python", help="the interpreter of the environments; else that which venvoy runs on")
    made.add_argument("--folder", type=Path, default=FOLDER, help="for all that is made")
    made.add_argument("--keep", action="store_true", help="delete nothing at the end")
    return made


def options(parser: argparse.ArgumentParser, arguments: list[str]) -> argparse.Namespace:
    """The options, with ``tools``: those that are there, venvoy first."""
    found = parser.parse_args(arguments)
    if not found.venvoy:
        parser.error("there is no venvoy on PATH: give --venvoy PATH")
    found.folder = found.folder.absolute()
    found.python = os.path.realpath(found.python or interpreter(found.venvoy))
    found.tools = [Tool("venvoy", str(Path(found.venvoy).absolute()), "pylock.toml")]
    if found.uv:
        found.tools.append(Tool("uv", str(Path(found.uv).absolute()), "uv.lock"))
    else:
        print("There is no uv on PATH, so its lines stay empty: give --uv PATH.", file=sys.stderr)
    return found


@contextmanager
def place(options: argparse.Namespace) -> Iterator[Path]:
    """A new folder for all that is measured; deleted at the end, unless it is wanted or something went wrong."""
    folder = options.folder / "runs" / f"{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}"
    folder.mkdir(parents=True)
    try:
        yield folder
    except NotDoneError as error:
        sys.exit(f"{error}; the logs lie in {folder}")
    if not options.keep:
        shutil.rmtree(folder)


def facts(options: argparse.Namespace, folder: Path) -> dict[str, str]:
    """When, on what and with what was measured."""
    versions = {tool.name: version(tool.command) for tool in options.tools}
    return {
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine(folder),
        "python": version(options.python),
        **versions,
    }


def show(
    jobs: Iterable[str], runs: Mapping[tuple[str, str], Sequence[Run]], options: argparse.Namespace, place: Path
) -> None:
    """Print a line for each job and tool, with the median of the rounds' ratios to uv."""
    print(f"{'job':6} {'tool':7}  wall s   cpu s    MiB   x uv  n={options.rounds}")
    for job in jobs:
        for tool in options.tools:
            taken, peers = runs[tool.name, job], runs.get(("uv", job), [])
            ratios = [one.wall / other.wall for one, other in zip(taken, peers, strict=False)]
            ratio = f"{median(ratios):6.2f}" if ratios and tool.name != "uv" else ""
            wall, cpu, peak = (median([getattr(run, field) for run in taken]) for field in ("wall", "cpu", "peak"))
            print(f"{job:6} {tool.name:7} {wall:7.2f} {cpu:7.2f} {peak:6.0f} {ratio}", flush=True)
    print(f"\n{', '.join(facts(options, place).values())}.")


class Mirror:
    """The index on the loopback interface (``mirror.py``), in a process of its own; use it in a ``with`` statement."""

    def __init__(self, venvoy: str, folder: Path, log: Path, *, offline: bool) -> None:
        self._command = [
            interpreter(venvoy),
            str(HERE),
            "mirror",
            "--folder",
            str(folder),
            *(["--offline"] if offline else []),
        ]
        self._log = log

    def __enter__(self) -> str:
        """The index's address, once it is ready."""
        source = str(HERE.parent / "src")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=subprocess.PIPE, stderr=log, env={**os.environ, "PYTHONPATH": source}
            )
        assert self._process.stdout  # what PIPE makes
        index = self._process.stdout.readline().decode().strip()
        if not index:
            raise NotDoneError(f"The mirror did not start: {self._log.name} says why")
        return index

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()
