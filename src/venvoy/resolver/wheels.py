"""Which targets take a wheel, and which of several each would install."""

from __future__ import annotations

from functools import lru_cache

from venvoy.model.target import Tags
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from venvoy.model.target import Target

# More than any target has platforms.
_PLATFORMS = 1 << 16


class Wheels:
    """Looks tags up for a fixed list of targets, all of them at once."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._tables: list[tuple[Mapping[str, int], Mapping[str, int]]] = []
        stems: dict[tuple[str, ...], int] = {}
        platforms: dict[tuple[str, ...], int] = {}
        for index, target in enumerate(targets):
            tags = target.tags if isinstance(target.tags, Tags) else Tags(target.tags, ())
            self._tables.append((_numbered(tags.stems), _numbered(tags.platforms)))
            stems[tags.stems] = stems.get(tags.stems, 0) | 1 << index
            platforms[tags.platforms] = platforms.get(tags.platforms, 0) | 1 << index
        self._stems, self._platforms = _masks(stems), _masks(platforms)

    def where(self, tags: Collection[str]) -> int:
        """The mask of the targets that can install a wheel with these tags."""
        found = 0
        for tag in tags:
            stem, dash, platform = tag.rpartition("-")
            found |= self._stems.get(tag, 0)
            inside = self._stems.get(stem + dash)
            if inside:
                found |= inside & self._platforms.get(platform, 0)
        return found

    def rank(self, tags: Collection[str], index: int) -> int:
        """How far behind the best tag of target number ``index``, which takes them, the best of these is."""
        stems, platforms = self._tables[index]
        ranks: list[int] = []
        for tag in tags:
            stem, dash, platform = tag.rpartition("-")
            if tag in stems:
                ranks.append(stems[tag] * _PLATFORMS)
            elif stem + dash in stems and platform in platforms:
                ranks.append(stems[stem + dash] * _PLATFORMS + platforms[platform])
        return min(ranks)

    def best(self, files: Sequence[Collection[str]]) -> dict[int, int]:
        """From the number of each target that a file fits to the number of the best file for it.

        Args:
            files: the tags of each wheel; none for a file that is no wheel.
        """
        ranks: dict[int, int] = {}
        found: dict[int, int] = {}
        for number, tags in enumerate(files):
            for index in indexes(self.where(tags)):
                rank = self.rank(tags, index)
                if rank < ranks.get(index, rank + 1):
                    ranks[index] = rank
                    found[index] = number
        return found


def indexes(mask: int) -> Iterator[int]:
    """The numbers of the targets in a mask."""
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1


@lru_cache(maxsize=256)
def _numbered(texts: tuple[str, ...]) -> Mapping[str, int]:
    return {text: number for number, text in enumerate(texts)}


def _masks(groups: Mapping[tuple[str, ...], int]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for texts, mask in groups.items():
        for text in texts:
            found[text] = found.get(text, 0) | mask
    return found
