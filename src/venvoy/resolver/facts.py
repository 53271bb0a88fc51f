"""What a nogood that was not learnt states: the leaves of every derivation."""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from venvoy.model.names import NormalizedName
    from venvoy.model.requirement import Origin


@dataclass(frozen=True, slots=True)
class Needs:
    """``parent`` (a root, or a distribution, with one of its extras or without: empty) needs ``child``.

    ``wanted`` is what follows the child's name in the requirement: ``>=2``, ``@ https://…`` or nothing; ``child_extra``
    the extra that is needed of it, empty for the distribution itself. ``admitted`` is the set of candidates that do.
    """

    parent: Origin
    extra: str
    child: NormalizedName
    child_extra: str
    wanted: str
    admitted: int


@dataclass(frozen=True, slots=True)
class Tied:
    """An extra of a distribution needs the distribution itself."""

    name: NormalizedName
    extra: str


@dataclass(frozen=True, slots=True)
class Unfit:
    """No file of these candidates fits the targets of the nogood."""

    name: NormalizedName


@dataclass(frozen=True, slots=True)
class Broken:
    """These candidates cannot be used, and ``why`` says for which fault of theirs."""

    name: NormalizedName
    why: str


@dataclass(frozen=True, slots=True)
class Unnamed:
    """These candidates are yanked, or known by URL only, and no requirement names them exactly (PEP 592)."""

    name: NormalizedName


@dataclass(frozen=True, slots=True)
class Prerelease:
    """These candidates are pre-releases, which come last; an assumption that is given up when nothing else helps."""

    name: NormalizedName


Fact = Needs | Tied | Unfit | Broken | Unnamed | Prerelease
