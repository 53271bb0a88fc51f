"""Names of distributions, extras and groups (PEP 503), as ``packaging.utils`` has them.

That module brings wheel tags, and with them logging, platform and subprocess: a fifth of the time of a small command.
"""

from __future__ import annotations

import re

from venvoy.patterns import pattern

TYPE_CHECKING = False  # as type checkers want it; what only they need is not loaded
if TYPE_CHECKING:
    from packaging.utils import NormalizedName
else:
    NormalizedName = str

__all__ = ["NormalizedName", "canonicalize_name", "is_valid"]

_VALID = pattern(r"[a-z0-9]|[a-z0-9][a-z0-9._-]*[a-z0-9]", re.IGNORECASE | re.ASCII)


def canonicalize_name(name: str) -> NormalizedName:
    """The normalized form of a name: lower case, and one ``-`` for each run of ``-``, ``_`` and ``.``."""
    found = name.lower().replace("_", "-").replace(".", "-")
    while "--" in found:
        found = found.replace("--", "-")
    return NormalizedName(found)


def is_valid(name: str) -> bool:
    """Whether a distribution may have this name (core metadata)."""
    return _VALID.fullmatch(name) is not None
