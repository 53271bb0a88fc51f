"""``python3 examples``: set venvoy up in a private environment, then do its main job on the example projects."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import bootstrap


def main() -> int:
    """Run every example and return the exit code."""
    python = bootstrap.environment("examples")
    return bootstrap.hand_over([python, "-m", "venvoy", "--version"])


if __name__ == "__main__":
    sys.exit(main())
