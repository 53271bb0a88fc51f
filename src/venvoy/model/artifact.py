"""A file of a distribution: wheel or source distribution, on an index, behind a URL, or in a folder."""

from __future__ import annotations

from collections.abc import Sequence

from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TypeAlias, overload

    from packaging.version import Version

    from venvoy.model.names import NormalizedName
    from venvoy.model.source import Pinned

    Pythons: TypeAlias = frozenset[str | None]


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file that an index offers (PEP 503, 691, 700).

    ``kind`` is ``wheel`` or ``sdist``. ``version`` is a text where nobody has had to understand it yet.
    ``hashes`` maps an algorithm's name to a lower-case hex digest. ``size`` is in bytes. ``upload_time`` is an ISO 8601
    text in UTC that ends in ``Z``. ``yanked`` (PEP 592) is None when the file is not yanked, else the reason, which may
    be empty. ``metadata`` (PEP 658) is None when the index does not announce a metadata file, else its hashes, which
    may be empty. ``tags`` holds a wheel's compatibility tags (PEP 425) as text, ``py3-none-any``; it is empty for an
    sdist.
    """

    filename: str
    url: str
    kind: str
    name: NormalizedName
    version: Version | str
    hashes: Mapping[str, str] = field(default_factory=dict, hash=False)
    size: int | None = None
    upload_time: str | None = None
    requires_python: str | None = None
    yanked: str | None = None
    metadata: Mapping[str, str] | None = field(default=None, hash=False)
    tags: frozenset[str] = frozenset()

    @property
    def parsed_version(self) -> Version:
        """The version, understood."""
        if not isinstance(self.version, str):
            return self.version
        from packaging.version import Version  # noqa: PLC0415 - 5 ms that a sync saves

        return Version(self.version)


class LazyArtifacts(Sequence[Artifact]):
    """The files of one version, all made at the first look."""

    __slots__ = ("_glance", "_made", "_make", "_pythons")

    def __init__(
        self, make: Callable[[], tuple[Artifact, ...]], glance: Callable[[], Pythons | None] = lambda: None
    ) -> None:
        self._make = make
        self._made: tuple[Artifact, ...] | None = None
        self._glance: Callable[[], Pythons | None] | None = glance
        self._pythons: Pythons | None = None

    def glance(self) -> Pythons | None:
        """The Requires-Python of all files, if that is told without making them, and that none of them is yanked."""
        if self._glance is not None:
            self._pythons, self._glance = self._glance(), None
        return self._pythons

    @property
    def all(self) -> tuple[Artifact, ...]:
        """The artifacts as a tuple."""
        made = self._made
        if made is None:
            made = self._made = self._make()
        return made

    def __len__(self) -> int:
        return len(self.all)

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> Artifact: ...
        @overload
        def __getitem__(self, index: slice) -> Sequence[Artifact]: ...

    def __getitem__(self, index: int | slice) -> Artifact | Sequence[Artifact]:
        return self.all[index]

    def __iter__(self) -> Iterator[Artifact]:
        return iter(self.all)

    def __eq__(self, other: object) -> bool:
        return self.all == other.all if isinstance(other, LazyArtifacts) else NotImplemented

    def __hash__(self) -> int:
        return hash(LazyArtifacts)  # anything finer would make them

    def __repr__(self) -> str:
        return repr(self.all)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One version of a distribution, with every file of it that an index offers.

    ``artifacts`` may be a lazy sequence (equal to another only of its kind): ``tuple()`` it to compare.

    ``index`` is the URL of the index that owns it, without credentials; empty for a direct URL. ``direct_url`` is set
    when the requirement named the file by URL (``name @ https://…``). ``pinned`` says what a source has led to that is
    no wheel, or that ``[tool.venvoy.sources]`` names.
    """

    name: NormalizedName
    version: Version
    artifacts: Sequence[Artifact]
    index: str = ""
    direct_url: str = ""
    pinned: Pinned | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that the index which owns a name offers under it.

    ``candidates`` come newest version first: a tuple, or a sequence that makes each when it is first looked at.

    ``versions`` are their versions as text, if that is known without making them; else it is empty.

    ``rejected`` counts, by reason, the files that could not be understood (an invalid version, an unknown suffix).
    """

    name: NormalizedName
    index: str
    candidates: Sequence[Candidate]
    rejected: Mapping[str, int] = field(default_factory=dict, hash=False)
    versions: Sequence[str] = field(default=(), hash=False, repr=False)


@dataclass(frozen=True, slots=True)
class CoreMetadata:
    """The part of a distribution's core metadata (METADATA, PKG-INFO) that resolving needs.

    ``requires_dist`` holds PEP 508 texts as they stand in the file; ``provides_extra`` holds normalized names.
    """

    name: NormalizedName
    version: Version
    requires_dist: tuple[str, ...] = ()
    requires_python: str | None = None
    provides_extra: frozenset[str] = frozenset()
    summary: str = ""
