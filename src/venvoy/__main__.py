"""Run venvoy as ``python -m venvoy``."""

import sys

from venvoy.entry import main

if __name__ == "__main__":
    sys.exit(main())
