"""Start-up, side by side: ``python3 benchmarks [--rounds N] [--peer PATH]``.

Every command runs as a whole process, in turn (A B C A B C …), so that a machine that slows down slows all of them.
Figures are medians of wall and of CPU time in milliseconds; a ratio is the median of each round's ratio to bare Python.
With ``--peer`` another tool's ``--version`` runs in the same rounds. Needs an installed venvoy: on PATH, or named with
``--venvoy``. Works on POSIX, where the kernel tells the CPU time of a finished process.

Further benchmarks, each with ``--help``:

    python3 benchmarks projects     real projects, job by job, side by side with uv
    python3 benchmarks growth       1,000 distributions, and as many environments on one store
    python3 benchmarks worlds       resolution on made-up worlds
    python3 benchmarks builds       ten small source distributions, side by side with uv
    python3 benchmarks installs     install without a project, side by side with uv and pip
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BARE = "python -I -c pass"
FURTHER = ("projects", "growth", "worlds", "builds", "installs", "mirror")


def measure(command: list[str], folder: Path) -> tuple[float, float]:
    """Run a command to its end: wall and CPU time, in milliseconds."""
    begun = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000


def prepare(venvoy: str, folder: Path) -> None:
    """A project without dependencies, synced, so that `run` has nothing to do; no index is asked."""
    (folder / "pyproject.toml").write_text('[project]\nname = "start"\nversion = "0"\ndependencies = []\n', "utf-8")
    subprocess.run([venvoy, "sync", "--quiet"], cwd=folder, check=True)


def main() -> None:
    """Measure and print the table, or hand over to another benchmark."""
    if sys.argv[1:2] and sys.argv[1] in FURTHER:
        # Python puts this folder on the path, not the one that the package is in.
        sys.path[0] = str(Path(__file__).resolve().parent.parent)
        importlib.import_module(f"benchmarks.{sys.argv[1]}").main(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="python3 benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--venvoy", default=shutil.which("venvoy"), help="the command to measure; else from PATH")
    parser.add_argument("--peer", help="another tool's command, to compare the time of its --version")
    options = parser.parse_args()
    if not options.venvoy:
        parser.error("there is no venvoy on PATH: give --venvoy PATH")
    venvoy = str(Path(options.venvoy).absolute())
    # The interpreter that venvoy itself runs on, so that the floor is its own.
    python = str(Path(venvoy).with_name("python"))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(venvoy, folder)
        jobs = {
            BARE: [python, "-I", "-c", "pass"],
            "python -c pass (with site)": [python, "-c", "pass"],
            "venvoy --version": [venvoy, "--version"],
            "venvoy run true, nothing to do": [venvoy, "run", "true"],
            "venvoy --help": [venvoy, "--help"],
        }
        if options.peer:
            jobs[f"{Path(options.peer).name} --version"] = [options.peer, "--version"]
        times: dict[str, list[tuple[float, float]]] = {job: [] for job in jobs}
        for number in range(options.rounds + 1):
            for job, command in jobs.items():
                taken = measure(command, folder)
                if number:  # the first round warms the caches up
                    times[job].append(taken)
    print(f"{'':36} wall ms   cpu ms   x bare (wall)   n={options.rounds}")
    for job, runs in times.items():
        ratio = statistics.median(one[0] / bare[0] for one, bare in zip(runs, times[BARE], strict=True))
        wall, cpu = (statistics.median(one[which] for one in runs) for which in (0, 1))
        print(f"{job:36} {wall:7.1f}  {cpu:7.1f}   {ratio:13.2f}")


if __name__ == "__main__":
    main()
