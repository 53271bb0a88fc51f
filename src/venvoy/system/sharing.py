"""What copies of this process share: work that they take in turn, and what one of them has ready for another.

Pipes do that, because each byte of a pipe goes to one reader, whichever process or thread that is in.
"""

from __future__ import annotations

import contextlib
import os

from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    Item = TypeVar("Item")

_ONE = b"\1"


@contextlib.contextmanager
def turns(things: Sequence[Item]) -> Iterator[Callable[[], Iterator[Item]]]:
    """Things that this process, its copies, and threads of each take in turn: whoever is free takes the next.

    A byte tells which; so where there are more things than a byte has values, some that lie far apart go together.

    Args:
        things: as they are to be begun. The copies are made, and end, while the block runs.

    Yields:
        What gives things to one who asks, until none is left; each of them comes once, whoever asks.
    """
    count = min(len(things), 256)
    reading, writing = os.pipe()
    os.write(writing, bytes(range(count)))
    os.close(writing)

    def take() -> Iterator[Item]:
        while number := os.read(reading, 1):
            yield from things[number[0] :: count]

    try:
        yield take
    finally:
        os.close(reading)


class Ready:
    """Numbers that any thread of any copy adds, each once; whoever asks next gets the least of those that are there.

    It ends when every entrance is closed: each copy, and whoever made the copies, closes :attr:`entrance`, once its
    threads have duplicates of that. Of its two pipes, one holds a byte for each number that is there, the other one
    byte in all: who has taken that may look which number it is.

    Args:
        count: all numbers are less than this.
    """

    def __init__(self, count: int) -> None:
        from mmap import mmap  # noqa: PLC0415 - only who downloads needs it

        self._there = mmap(-1, count)
        self._reading, self.entrance = os.pipe()
        self._turn, self._passing_on = os.pipe()
        os.write(self._passing_on, _ONE)

    def add(self, number: int, entrance: int) -> None:
        """Add a number through an open entrance."""
        self._there[number] = 1
        os.write(entrance, _ONE)

    def __iter__(self) -> Iterator[int]:
        while os.read(self._reading, 1):
            os.read(self._turn, 1)
            number = self._there.find(_ONE)
            self._there[number] = 0
            os.write(self._passing_on, _ONE)
            yield number

    def close(self) -> None:
        """Let go of everything but the entrance."""
        for end in (self._reading, self._turn, self._passing_on):
            os.close(end)
        self._there.close()
