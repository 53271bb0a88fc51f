"""Facts kept with what they rest on, and believed while all of that is as it was. On the fast path: ``os`` only.

A text file::

    <what kind of facts, and version of the format>
    <digest of whatever must be the same>
    <fact>
    …
    (an empty line)
    <size> <modification time in ns> <inode> <path>      as venvoy.system.observed has it
    …
    end
"""

from __future__ import annotations

from venvoy.digests import sha256
from venvoy.system import observed, placing

TYPE_CHECKING = False  # as type checkers want it, without the 9 ms of typing
if TYPE_CHECKING:
    from collections.abc import Sequence

_END = "\nend"


def recall(place: str, kind: str, same: object) -> list[str] | None:
    """The facts; None when there are none, or they may no longer be true.

    Args:
        place: the path of the file.
        kind: of facts; in one word, with a version.
        same: whatever must be the same as it was; compared by its representation.
    """
    try:
        with open(place, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            head, _, lines = file.read().partition("\n\n")
    except (OSError, ValueError):
        return None
    known = head.split("\n")
    if known[:2] != [kind, _digest(same)] or not lines.endswith(_END):
        return None
    return known[2:] if observed.holds(lines[: -len(_END)].split("\n")) else None


def remember(place: str, kind: str, same: object, facts: Sequence[str], lines: Sequence[str]) -> None:
    """Keep facts, each a text that is not empty; fine when that cannot be.

    Args:
        place: the path of the file.
        kind: of facts; in one word, with a version.
        same: whatever must be the same when they are recalled.
        facts: what is to be kept.
        lines: what :func:`venvoy.system.observed.observe` said of all that must stay as it is; one at least.
    """
    head = [kind, _digest(same), *facts]
    if all(line and "\n" not in line for line in (*head, *lines)):
        text = "\n".join(head) + "\n\n" + "\n".join(lines) + _END
        placing.put(place, text.encode("utf-8", "surrogateescape"))


def name(question: object) -> str:
    """A name for the file with the answer to a question."""
    return _digest(question)[:24]


def _digest(value: object) -> str:
    return sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()
