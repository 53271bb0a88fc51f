"""A Python interpreter, as its probe described it."""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Interpreter:
    """An interpreter that was run once and told about itself.

    ``executable`` is the absolute path as found, ``base_executable`` that of the installation it comes from (they are
    the same outside an environment). ``version`` is the full version text (``3.13.0``, ``3.15.0b2``).
    ``implementation`` is ``CPython``, ``PyPy`` …; ``bits`` is 32 or 64. ``markers`` holds the environment markers of
    PEP 508. ``tags`` are its wheel tags (PEP 425), best first, as text. ``externally_managed`` is the path of the PEP
    668 marker file, or empty.
    """

    executable: str
    base_executable: str
    version: str
    implementation: str
    bits: int
    free_threaded: bool
    markers: Mapping[str, str] = field(hash=False)
    tags: tuple[str, ...] = field(repr=False)
    externally_managed: str = ""
