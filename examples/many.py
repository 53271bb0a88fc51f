"""``python3 examples/many.py [names …]``: lock, sync and import well-known packages, each in a project of its own.

Two at a time, through the real command. Without names it takes the whole list. Not part of the test suite: it downloads
a few gigabytes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import NamedTuple

import workshop

NAMES = """
colorama requests numpy scipy numba sympy pandas scikit-learn httpx beautifulsoup4 fastapi flask django pydantic
paramiko fabric invoke psutil sqlalchemy pymysql redis tinydb matplotlib seaborn plotly bokeh altair reportlab spacy
nltk gensim cryptography pyjwt passlib dask joblib polars pyarrow streamlit dash pytest tox pre-commit black ruff
poetry flit quantlib biopython geopandas shapely rasterio pydub opencv-python pygame urllib3
""".split()  # noqa: SIM905 - as the list was given, a line of words
# Where the name to import is another than the name to install, or where there is nothing to import.
IMPORTS = {
    "scikit-learn": "sklearn",
    "beautifulsoup4": "bs4",
    "pyjwt": "jwt",
    "pre-commit": "pre_commit",
    "quantlib": "QuantLib",
    "biopython": "Bio",
    "opencv-python": "cv2",
}
PATIENCE = 1200


class Result(NamedTuple):
    """How it went with one package."""

    name: str
    seconds: float
    step: str
    words: str


def attempt(name: str, command: str) -> Result:
    """Lock, sync and import one package in a fresh project, and take the project away again."""
    started = time.monotonic()
    folder = workshop.fresh(f"many-{name}")
    version = f">={sys.version_info[0]}.{sys.version_info[1]}"
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "try-{name}"\nversion = "1"\nrequires-python = "{version}"\ndependencies = ["{name}"]\n',
        encoding="utf-8",
    )
    module = IMPORTS.get(name, name)
    show = f"import {module}; from importlib.metadata import version; print(version({name!r}))"
    words = ""
    for arguments in (["lock"], ["sync", "--locked"], ["run", "python", "-c", show]):
        try:
            done = subprocess.run(
                [command, *arguments],
                cwd=folder,
                env=workshop.variables(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            return Result(name, time.monotonic() - started, arguments[0], f"took longer than {PATIENCE} s")
        if done.returncode:
            return Result(name, time.monotonic() - started, arguments[0], done.stderr.strip() or done.stdout.strip())
        words = done.stdout.strip().rpartition("\n")[2]
    shutil.rmtree(folder, ignore_errors=True)
    return Result(name, time.monotonic() - started, "", words)


def main() -> int:
    """Try them all; print a table as they come, then what failed in full; return the exit code."""
    command = workshop.venvoy()
    names = sys.argv[1:] or NAMES
    failed = []
    with ThreadPoolExecutor(2) as pool:
        for future in as_completed([pool.submit(attempt, name, command) for name in names]):
            result = future.result()
            outcome = f"fails at {result.step}" if result.step else f"ok  {result.words}"
            print(f"{result.name:<16} {result.seconds:6.1f} s  {outcome}", flush=True)
            if result.step:
                failed.append(result)
    print(f"\n{len(names) - len(failed)} of {len(names)} work.")
    for result in failed:
        print(f"\n── {result.name}, at {result.step}\n{result.words}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
