"""A file of a distribution: wheel or source distribution, on an index, behind a URL, or in a folder."""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from packaging.version import Version

    from venvoy.model.names import NormalizedName
    from venvoy.model.source import Pinned


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
