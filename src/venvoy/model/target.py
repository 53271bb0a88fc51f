"""A place where a lockfile must work: one Python on one platform."""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from venvoy.model.requirement import Origin


@dataclass(frozen=True, slots=True)
class Tags:
    """Wheel tags (PEP 425), best first, not written out: there are a thousand, of a few beginnings and platforms.

    ``stems`` are whole tags (``py3-none-any``), and beginnings of tags up to the platform (``cp311-cp311-``), each of
    which goes with every one of ``platforms``.
    """

    stems: tuple[str, ...]
    platforms: tuple[str, ...]

    def __iter__(self) -> Iterator[str]:
        for stem in self.stems:
            if stem.endswith("-"):
                yield from [stem + platform for platform in self.platforms]
            else:
                yield stem


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of environment that a resolution is for.

    ``python_full_version`` is a full version that speaks for the target (``3.11.7`` for the interpreter at hand).
    ``markers`` holds the eleven environment markers of PEP 508 except ``extra``. ``tags`` are the wheel tags (PEP 425)
    that it can install, best first, as text (``cp311-cp311-manylinux_2_17_x86_64``), written out or as :class:`Tags`.
    ``label`` is what people read.

    A target stands for the Python versions from ``since`` up to ``before``, each ``(minor, patch)`` of Python 3;
    ``before`` is None when it stands for all newer ones as well. Without ``since`` it stands for its minor version.
    ``platform`` is the name that a person would write for its platform, empty for an unusual one. ``without`` are the
    parts of the project that are not installed there, because they do not go with others that may be.
    """

    label: str
    python_full_version: str
    markers: Mapping[str, str] = field(hash=False)
    tags: tuple[str, ...] | Tags = field(repr=False)
    since: tuple[int, int] | None = None
    before: tuple[int, int] | None = None
    platform: str = ""
    without: frozenset[Origin] = frozenset()
