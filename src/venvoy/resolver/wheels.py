"""Which of several wheels each target would install."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from venvoy.model.target import Target


class Wheels:
    """Looks tags up for a fixed list of targets, all of them at once."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._where: dict[str, list[tuple[int, int]]] = {}
        for index, target in enumerate(targets):
            for rank, tag in enumerate(target.tags):
                self._where.setdefault(tag, []).append((index, rank))

    def best(self, files: Sequence[Collection[str]]) -> dict[int, int]:
        """From the number of each target that a file fits to the number of the best file for it.

        Args:
            files: the tags of each wheel; none for a file that is no wheel.
        """
        ranks: dict[int, int] = {}
        found: dict[int, int] = {}
        for number, tags in enumerate(files):
            for tag in tags:
                for index, rank in self._where.get(tag, ()):
                    if rank < ranks.get(index, rank + 1):
                        ranks[index] = rank
                        found[index] = number
        return found
