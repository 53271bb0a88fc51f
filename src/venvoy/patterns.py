"""Regular expressions that are compiled when they are first used.

Every module names a few, and a command uses some of them: to compile them all took a tenth of its time. Type checkers
see :func:`re.compile`, whose meaning this is; a pattern that is none fails where it is first used.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False  # as type checkers want it, without the 9 ms of typing
if TYPE_CHECKING:
    from re import compile as pattern
else:
    _OFFERED = ("findall", "finditer", "fullmatch", "match", "pattern", "search", "split", "sub")

    class pattern:  # noqa: N801 - it stands for a function
        """See :func:`re.compile`."""

        def __init__(self, text, flags=0):
            self._source = text, flags

        def __getattr__(self, name):
            if name not in _OFFERED:
                raise AttributeError(name)
            compiled = re.compile(*self._source)
            self.__dict__.update((each, getattr(compiled, each)) for each in _OFFERED)
            return self.__dict__[name]


__all__ = ["pattern"]
