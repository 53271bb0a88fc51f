"""What will most likely be wanted of an index."""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvoy.model.names import NormalizedName


@dataclass(frozen=True, slots=True)
class Guess:
    """What is known of what will be wanted.

    ``names`` are those to begin with, each with the extras. ``python`` is the oldest Python that has to be served
    (``3.11``) or empty. ``locked`` are versions that are tried first, as text. ``never`` are names not to be asked for.
    """

    names: Mapping[NormalizedName, frozenset[str]]
    python: str = ""
    locked: Mapping[NormalizedName, str] = field(default_factory=dict)
    never: frozenset[str] = frozenset()
