"""``python3 examples [names …]``: set venvoy up in a private environment, then do its main job on the example projects.

Each project is copied to a fresh folder, locked, synced and run with the real command, as a person would type it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import workshop

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parent


class Example(NamedTuple):
    """A project, the script that shows that it works, and a check of what came out: words of a fault, or nothing."""

    name: str
    script: str
    check: Callable[[Path, str], str]


def greeted(_folder: Path, output: str) -> str:
    """Check what the first project printed."""
    return "" if "status 200" in output and "Hello!" in output else "the server's greeting is missing"


def drew(folder: Path, _output: str) -> str:
    """Check that the chart is a PNG of a size that one can look at."""
    try:
        data = (folder / "chart.png").read_bytes()
    except OSError:
        return "chart.png is missing"
    width, height = (int.from_bytes(data[start : start + 4], "big") for start in (16, 20))
    return "" if data.startswith(b"\x89PNG\r\n\x1a\n") and (width, height) == (720, 340) else "chart.png is no picture"


def served(_folder: Path, output: str) -> str:
    """Check both answers of the web service."""
    right = "GET  /       200" in output and "POST /count  200" in output and "'total': 4" in output
    return "" if right else "the service did not answer as it should"


EXAMPLES = (
    Example("first-project", "hello.py", greeted),
    Example("data-project", "chart.py", drew),
    Example("web-project", "try_it.py", served),
)


def work(example: Example, command: str) -> str:
    """Lock, sync and run one project, showing what happens; return the words of a fault, or nothing."""
    folder = workshop.fresh(example.name, HERE / example.name)
    print(f"\n━━ {example.name} ({folder.relative_to(workshop.bootstrap.ROOT)})", flush=True)
    output = ""
    for arguments in (["lock"], ["sync"], ["run", "python", example.script]):
        print(f"\n$ venvoy {' '.join(arguments)}", flush=True)
        code, output = shown([command, *arguments], folder)
        if code:
            return f"venvoy {arguments[0]} ended with code {code}"
    if not (folder / "pylock.toml").is_file():
        return "pylock.toml is missing"
    return example.check(folder, output)


def shown(arguments: list[str], folder: Path) -> tuple[int, str]:
    """Run a command; what it says about its work goes straight to the terminal, its output is shown and kept."""
    with subprocess.Popen(
        arguments, cwd=folder, env=workshop.variables(), stdout=subprocess.PIPE, encoding="utf-8", errors="replace"
    ) as process:
        lines = []
        for line in process.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
        return process.wait(), "".join(lines)


def main() -> int:
    """Work on every example, or those that are named; return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    chosen = [example for example in EXAMPLES if not sys.argv[1:] or example.name in sys.argv[1:]]
    unknown = set(sys.argv[1:]) - {example.name for example in chosen}
    if unknown:
        workshop.bootstrap.stop(f"There is no example {', '.join(sorted(unknown))}.")
    command = workshop.venvoy()
    results = []
    for example in chosen:
        started = time.monotonic()
        fault = work(example, command)
        results.append((example.name, time.monotonic() - started, fault))
    print("\n━━ What came of it\n")
    for name, seconds, fault in results:
        print(f"  {name:<15} {seconds:6.1f} s   {'failed: ' + fault if fault else 'ok'}")
    return 1 if any(fault for _, _, fault in results) else 0


if __name__ == "__main__":
    sys.exit(main())
