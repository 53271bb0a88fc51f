"""What ``python3 examples`` and ``many.py`` share: the private environment's venvoy, and fresh folders to work in."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import bootstrap

RUNS = bootstrap.SETUP / "examples-run"


def venvoy() -> str:
    """Set venvoy up if need be; return the path of its command."""
    scripts = Path(bootstrap.environment("examples")).parent
    return str(scripts / ("venvoy.exe" if bootstrap.WINDOWS else "venvoy"))


def variables() -> dict[str, str]:
    """Return this machine's variables, with venvoy's store inside the checkout and Python's output unbuffered."""
    kept = {
        name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"}
    }
    return {"VENVOY_CACHE_DIR": str(bootstrap.SETUP / "cache"), **kept, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}


def fresh(name: str, template: Path | None = None) -> Path:
    """Return an empty folder, or a fresh copy of a project, outside of what is committed."""
    folder = RUNS / name
    if folder.exists():
        shutil.rmtree(folder)
    if template is None:
        folder.mkdir(parents=True)
    else:
        shutil.copytree(
            template, folder, ignore=shutil.ignore_patterns(".venv", "__pycache__", "pylock*.toml", "*.png")
        )
    return folder
