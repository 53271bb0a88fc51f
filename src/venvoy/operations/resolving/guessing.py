"""What will most likely be asked for when versions are chosen: fetched ahead by a copy of this process."""

from __future__ import annotations

import re
from contextlib import contextmanager

from venvoy.model.guess import Guess
from venvoy.model.names import canonicalize_name
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from packaging.version import Version

    from venvoy.model.names import NormalizedName
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located

_OLDEST = pattern(r"(?:>=|~=|==)\s*([0-9]+\.[0-9]+)", re.ASCII)


@contextmanager
def fetching(
    context: Context, located: Located, kept: Mapping[NormalizedName, Sequence[Version]] | None = None
) -> Iterator[None]:
    """While the block runs, fetch ahead what a project will most likely need, where that is possible and of use.

    Args:
        context: the parts to work with.
        located: the project.
        kept: the versions that are tried first.
    """
    guess = _guess(context, located, kept or {})
    if guess is None:
        yield
        return
    with context.index.ahead(guess):
        yield


def _guess(context: Context, located: Located, kept: Mapping[NormalizedName, Sequence[Version]]) -> Guess | None:
    file = located.file
    # Names that come from places of their own are no index's business, nor what those need from such places.
    if file.sources or file.needs_backend or context.policy.resolution != "highest":
        return None
    names: dict[NormalizedName, frozenset[str]] = {}
    never = set(context.policy.exclude)
    for root in file.roots():
        for one in root.dependencies:
            if one.written.url:
                never.add(one.name)
            extras = frozenset(map(canonicalize_name, one.written.extras))
            names[one.name] = names.get(one.name, frozenset()) | extras
    oldest = _OLDEST.search(str(file.python or ""))
    return Guess(
        {name: extras for name, extras in names.items() if name not in never},
        oldest[1] if oldest else "",
        {name: str(versions[0]) for name, versions in kept.items()},
        frozenset(never),
    )
