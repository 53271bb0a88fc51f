"""Where this venvoy is: a hook calls it by its path, whatever is on PATH by then.

On the fast path: only ``os`` here.
"""

from __future__ import annotations

import os


def path(called: str, interpreter: str) -> str:
    """The path of this venvoy; its bare name when it cannot be found.

    Args:
        called: what it was called as, ``sys.argv[0]``.
        interpreter: the Python that it runs on, beside which its command lies when it was called in another way.
    """
    suffix = ".exe" if os.name == "nt" else ""
    for place in (called, os.path.join(os.path.dirname(interpreter), f"venvoy{suffix}")):
        if os.path.splitext(os.path.basename(place))[0].lower() == "venvoy" and os.path.isfile(place):
            return os.path.abspath(place)
    return "venvoy"
