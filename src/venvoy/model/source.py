"""Where a distribution comes from when somebody has said so: a folder, a git repository, an archive, or one index."""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

DIRECTORY, GIT, ARCHIVE, INDEX = "directory", "git", "archive", "index"


@dataclass(frozen=True, slots=True)
class Source:
    """A place as a requirement's address (PEP 508) or ``[tool.venvoy.sources]`` names it.

    ``kind`` is ``directory``, ``git``, ``archive`` (a wheel or a source distribution) or ``index``. ``url`` is
    absolute, a ``file:`` URL for what is on this machine; it may hold credentials and is never shown. ``revision`` is
    a branch, a tag or a commit of a git repository, as ``revision_kind`` (``branch``, ``tag``, ``rev``) says, which is
    empty when nobody told; without a revision the server's default branch counts. ``subdirectory`` leads from the top
    of what is fetched to the project. ``hashes`` are those that the archive must have.
    """

    kind: str
    url: str = field(repr=False)
    revision: str = ""
    revision_kind: str = ""
    subdirectory: str = ""
    editable: bool = False
    hashes: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Pinned:
    """What a source has led to, exactly: what a lockfile records (PEP 751) and direct_url.json tells (PEP 610).

    ``kind`` is ``directory``, ``git`` or ``archive``. ``url`` is absolute, a ``file:`` URL for what is on this
    machine, and holds no credentials. ``commit`` is the full object name, ``revision`` what was asked for. ``size`` is
    that of an archive in bytes. ``inputs`` is a digest of the files of a folder that its metadata rests on. ``own`` is
    what the user himself has named: his own choice, which may be built without being asked about; no file holds it.
    """

    kind: str
    url: str
    revision: str = ""
    commit: str = ""
    subdirectory: str = ""
    editable: bool = False
    hashes: Mapping[str, str] = field(default_factory=dict, hash=False)
    size: int | None = None
    inputs: str = ""
    own: bool = False
