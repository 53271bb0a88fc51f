"""The order of versions (PEP 440) as plain tuples: packaging decides, but the usual forms are read here.

An index page tells of thousands of versions, of which a resolution looks at a few. ``packaging`` needs 5 µs to read one
and makes an object of each; the tuple of an ordinary text takes less than one.
"""

from __future__ import annotations

import re

from packaging.version import Version

from venvoy.patterns import pattern

Key = tuple[int, tuple[int, ...], tuple[int, int], int, float, tuple[tuple[int, int, str], ...]]
"""Epoch, release without zeros at its end, pre-release, post-release, development release, local version."""

_ORDINARY = pattern(r"([0-9]+(?:\.[0-9]+)*)(?:(a|b|rc)([0-9]+))?(?:\.post([0-9]+))?(?:\.dev([0-9]+))?", re.ASCII)
_STAGES = {"a": 0, "b": 1, "rc": 2}
_ONLY_DEVELOPMENT, _FINAL, _NEVER = (-1, 0), (3, 0), float("inf")
# Python reads no number of more than 4300 digits.
_LONG = 1000


def key(text: str) -> Key | None:
    """What sorts like the version that a text stands for, and is equal for equal ones; None when it is none."""
    pieces = text.split(".")
    if text.isascii() and len(text) < _LONG and all(map(str.isdigit, pieces)):
        return 0, _stripped(tuple(map(int, pieces))), _FINAL, -1, _NEVER, ()
    found = _ORDINARY.fullmatch(text)
    if found is None or len(text) >= _LONG:
        return _key_of(text)
    numbers, stage, stage_number, post, development = found.groups()
    release = tuple(map(int, numbers.split(".")))
    pre = (_STAGES[stage], int(stage_number)) if stage else None
    return (0, *_rest(release, pre, int(post) if post else None, int(development) if development else None), ())


def is_final(found: Key) -> bool:
    """Whether a key is that of a version which is neither a pre-release nor a development release."""
    return found[2] == _FINAL and found[4] == _NEVER


def _rest(
    release: tuple[int, ...], pre: tuple[int, int] | None, post: int | None, development: int | None
) -> tuple[tuple[int, ...], tuple[int, int], int, float]:
    if pre is None:
        pre = _ONLY_DEVELOPMENT if post is None and development is not None else _FINAL
    return _stripped(release), pre, -1 if post is None else post, _NEVER if development is None else development


def _stripped(release: tuple[int, ...]) -> tuple[int, ...]:
    end = len(release)
    while end > 1 and not release[end - 1]:
        end -= 1
    return release[:end]


def _key_of(text: str) -> Key | None:
    try:
        version = Version(text)
    except ValueError:
        return None
    pre = (_STAGES[version.pre[0]], version.pre[1]) if version.pre else None
    local = tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in (version.local or "").split("."))
    rest = _rest(version.release, pre, version.post, version.dev)
    return (version.epoch, *rest, local if version.local else ())
