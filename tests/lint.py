"""``python3 tests/lint.py [tool arguments]``: run one linter, or all of them, in their private environment."""

from __future__ import annotations

import sys
from pathlib import Path

import bootstrap

ALL = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"], ["lint-imports"])


def main() -> int:
    """Run what is asked for, or everything, also after a failure; return a failure's exit code."""
    scripts = Path(bootstrap.environment("lint")).parent
    commands = [sys.argv[1:]] if sys.argv[1:] else ALL
    code = 0
    for tool, *arguments in commands:
        bootstrap.say(f"── {' '.join([tool, *arguments[:2]])}")
        code = bootstrap.hand_over([str(scripts / tool), *arguments]) or code
    return code


if __name__ == "__main__":
    sys.exit(main())
