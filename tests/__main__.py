"""``python3 tests [arguments for pytest]``: set up a private environment, then run the test suite in it.

Without arguments the whole suite runs on every processor; what needs the network or much time waits for ``-m``.
"""

from __future__ import annotations

import sys

import bootstrap


def main() -> int:
    """Run pytest and return its exit code."""
    python = bootstrap.environment("test")
    return bootstrap.hand_over([python, "-m", "pytest", *(sys.argv[1:] or ["-n", "auto"])])


if __name__ == "__main__":
    sys.exit(main())
