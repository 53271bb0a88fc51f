"""Where this venvoy is, which a hook calls by its path, whatever is on PATH by then; and where it keeps its cache.

On the fast path: only ``os`` and ``sys`` here.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as type checkers want it, without the 9 ms of typing
if TYPE_CHECKING:
    from collections.abc import Mapping


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


def python() -> str:
    """The Python that runs this venvoy, or the one that its environment was made from."""
    found = getattr(sys, "_base_executable", None) or sys.executable
    if found == sys.executable and sys.prefix != sys.base_prefix:  # before 3.11 it does not know that itself
        base = os.path.join(sys.base_prefix, "bin", "python{}.{}".format(*sys.version_info))
        found = base if os.path.exists(base) else found
    return found


def cache_folder(environ: Mapping[str, str], platform: str = sys.platform) -> str:
    """Where caches go when no setting says otherwise; empty when that takes a library to find out.

    Source: ``user_cache_dir`` of platformdirs, which takes 24 ms to be asked.
    """
    home = os.path.expanduser("~")
    if platform in {"win32", "android", "ios"} or "ANDROID_ROOT" in environ or not os.path.isabs(home) or home == "/":
        return ""
    usual = f"{home}/Library/Caches" if platform == "darwin" else f"{home}/.cache"
    base = environ.get("XDG_CACHE_HOME", "").strip()
    return os.path.join(base if os.path.isabs(base) else usual, "venvoy")
