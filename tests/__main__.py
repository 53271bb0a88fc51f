"""``python3 tests [arguments for pytest]``: set up a private environment, then run the test suite in it."""

from __future__ import annotations

import sys

import bootstrap


def main() -> int:
    """Run pytest and return its exit code."""
    python = bootstrap.environment("test")
    return bootstrap.hand_over([python, "-m", "pytest", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
