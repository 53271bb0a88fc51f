"""A folder that can be built, and what it is built for."""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from packaging.version import Version

    from venvoy.model.interpreter import Interpreter
    from venvoy.model.names import NormalizedName


@dataclass(frozen=True, slots=True)
class SourceTree:
    """A folder that holds pyproject.toml or setup.py.

    ``label`` is what people call it. ``name`` and ``version`` are what somebody claims it to be; a build that says
    otherwise is refused. ``own`` is the user's own code, which needs no approval. ``key`` is the identity of its bytes
    (``sha256:…``, ``git:<commit>:<subdirectory>``), empty when the folder may change.
    """

    path: Path
    label: str
    name: NormalizedName | None = None
    version: Version | None = None
    own: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Python:
    """What is built for, and with: an interpreter, and the folder of the environment for builds without isolation."""

    interpreter: Interpreter
    environment: Path | None = None
