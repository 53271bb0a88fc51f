"""The note that an environment uses the store, see :mod:`venvoy.store.registry`. On the fast path: ``os`` only."""

from __future__ import annotations

import os

from venvoy.digests import sha256
from venvoy.system import placing

FOLDER = "environments-v1"


def note(root: str, environment: str) -> None:
    """Note that an environment uses the store; that it cannot be noted, in one that may only be read, is no fault."""
    place = os.fsencode(os.path.realpath(environment))
    placing.put(os.path.join(root, FOLDER, sha256(place).hexdigest()[:24]), place + b"\n")
