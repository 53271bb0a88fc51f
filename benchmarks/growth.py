"""How time and disk grow, side by side with uv: ``python3 benchmarks growth [--sizes 10,100,1000] [--environments N]``.

Small distributions are made up, ten files each, and served from the loopback interface. First, new environments of
more and more of them are synced with a warm cache: the time for each distribution should stay the same. Then many
environments of ten distributions are made beside one another: each further one should cost folders only, since its
files are links into one store. Where files are cloned instead, they look like files of its own, but share their blocks.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import zipfile
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import measure
from benchmarks.measure import Mirror, NotDoneError
from benchmarks.projects import Bench

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

MODULES = 7
"""In each distribution; with its own METADATA, WHEEL and RECORD it has ten files."""
FEW = 10
"""Distributions in each of many environments."""
BLOCK = 512


class Disk(NamedTuple):
    """What an environment takes: KiB, folders and files of its own, files that it shares, the most links of one."""

    own: float
    folders: int
    files: int
    shared: int
    links: int


def wheel(name: str, folder: Path) -> dict[str, object]:
    """Write a wheel and its METADATA; returns what an index tells of it (PEP 691)."""
    info = f"{name}-1.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Python: >=3.8\n"
    files = {f"{name}/m{number}.py": f"NAME = {name!r}\n" * 40 for number in range(MODULES)}
    files[f"{info}/METADATA"] = metadata
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: growth\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = [f"{path},sha256={_digest(text)},{len(text)}\n" for path, text in files.items()]
    files[f"{info}/RECORD"] = "".join([*record, f"{info}/RECORD,,\n"])
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, text in files.items():
            archive.writestr(zipfile.ZipInfo(place), text)
    path.with_name(f"{path.name}.metadata").write_text(metadata, "utf-8")
    data = path.read_bytes()
    return {
        "filename": path.name,
        "version": "1.0",
        "url": f"https://growth.example/{path.name}",
        "hashes": {"sha256": hashlib.sha256(data).hexdigest()},
        "requires-python": ">=3.8",
        "size": len(data),
        "upload-time": "2024-01-01T00:00:00Z",
    }


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def index(folder: Path, count: int) -> list[str]:
    """Write what a mirror serves; returns the names of the distributions."""
    for name in ("pages", "files"):
        (folder / name).mkdir(parents=True)
    names = [f"grown{number:04}" for number in range(count)]
    for name in names:
        page = {"files": [wheel(name, folder / "files")], "versions": ["1.0"]}
        (folder / "pages" / f"{name}.json").write_text(json.dumps(page), "utf-8")
    return names


def disk(folder: Path) -> Disk:
    """Look at an environment."""
    places = [folder, *folder.rglob("*")]
    facts = [(path.lstat(), path.is_dir() and not path.is_symlink()) for path in places]
    own = [fact for fact, is_folder in facts if is_folder or fact.st_nlink == 1]
    shared = [fact.st_nlink for fact, is_folder in facts if not is_folder and fact.st_nlink > 1]
    folders = sum(is_folder for _, is_folder in facts)
    kibibytes = sum(fact.st_blocks for fact in own) * BLOCK / 1024
    return Disk(kibibytes, folders, len(own) - folders, len(shared), max(shared, default=1))


def distributions(names: list[str], url: str, options: argparse.Namespace, place: Path) -> None:
    """The first table."""
    print(f"{'distributions':>13} {'tool':7} {'wall ms':>9} {'ms each':>8} {'x uv':>6} {'cpu s':>7} {'MiB':>6}")
    for size in options.sizes:
        bench = Bench(place / str(size), url, options.python, names[:size])
        taken = bench.rounds(options.tools, "sync_warm", options.rounds)
        if any(run.code for runs in taken.values() for run in runs):
            raise NotDoneError(f"A sync of {size} distributions did not work")
        for tool in options.tools:
            runs = taken[tool.name]
            wall, cpu, peak = (measure.median([run[which] for run in runs]) for which in range(3))
            pairs = zip(runs, taken.get("uv", []), strict=False)
            ratios = [one.wall / other.wall for one, other in pairs] if tool.name == "venvoy" else []
            ratio = f"{measure.median(ratios):6.2f}" if ratios else " " * 6
            each = f"{wall * 1000:9.1f} {wall * 1000 / size:8.2f}"
            print(f"{size:13} {tool.name:7} {each} {ratio} {cpu:7.2f} {peak:6.0f}", flush=True)


def environments(names: list[str], url: str, options: argparse.Namespace, place: Path) -> None:
    """The second table, with a line at 1, 10, 100 … environments."""
    columns = f"{'KiB':>6} {'folders':>8} {'own files':>10} {'shared':>7} {'most links':>11}"
    print("\nThe last of so many environments; wall is the median since the line before.")
    print(f"{'environments':>13} {'tool':7} {'wall ms':>9} {columns}")
    bench = Bench(place / "many", url, options.python, names[:FEW])
    walls: dict[str, list[float]] = {tool.name: [] for tool in options.tools}
    shown = {10**power for power in range(9)} | {options.environments}
    for number in range(1, options.environments + 1):
        for tool in options.tools:
            command, folder, variables = bench.prepared(tool, "sync_warm")
            run = measure.measure(command, folder, variables, bench.log)
            if run.code:
                raise NotDoneError(f"The sync of environment {number} with {tool.name} ended with {run.code}")
            walls[tool.name].append(run.wall * 1000)
            if number in shown:
                wall, taken = measure.median(walls[tool.name]), disk(folder / ".venv")
                walls[tool.name].clear()
                row = f"{taken.own:6.0f} {taken.folders:8} {taken.files:10} {taken.shared:7} {taken.links:11}"
                print(f"{number:13} {tool.name:7} {wall:9.1f} {row}", flush=True)


def main(arguments: list[str]) -> None:
    """Measure and print the tables."""
    parser = measure.parser("growth", __doc__ or "")
    parser.add_argument("--sizes", type=lambda words: [int(word) for word in words.split(",")], default=[10, 100, 1000])
    parser.add_argument("--environments", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = measure.options(parser, arguments)
    with measure.place(options) as place:
        names = index(place / "index", max(*options.sizes, FEW))
        with Mirror(options.venvoy, place / "index", place / "asked.txt", offline=True) as url:
            distributions(names, url, options, place)
            environments(names, url, options, place)
        print(f"\n{', '.join(measure.facts(options, place).values())}.")


if __name__ == "__main__":
    main(sys.argv[1:])
