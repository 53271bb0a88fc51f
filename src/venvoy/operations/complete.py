"""What an index does not tell about the files that are about to be locked: their hash and their size.

Most indexes tell both, and then nothing happens here. A folder of wheels tells neither, a plain page of links seldom a
size.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.pylock import Pylock

    from venvoy.model.artifact import Artifact
    from venvoy.model.resolution import Resolution, Selected
    from venvoy.model.target import Target
    from venvoy.operations.context import Context


def complete(context: Context, resolution: Resolution, previous: Pylock | None) -> Resolution:
    """A resolution whose files have hashes, as far as that is needed, and those that will be installed have sizes.

    Files in a folder of this machine are hashed all; of those on a network only what the targets install, because it
    has to be downloaded for that. What ``previous`` knows is not asked again.
    """
    wanted = {
        id(artifact): artifact
        for selected in resolution.selected
        for artifact in _incomplete(selected, resolution.targets)
    }
    if not wanted:
        return resolution
    sizes = _sizes(previous)

    def ask(artifact: Artifact) -> Artifact:
        known = sizes.get(artifact.hashes.get("sha256", ""))
        return replace(artifact, size=known) if known else context.index.described(artifact)

    done = dict(zip(wanted, context.pool.map(ask, wanted.values()), strict=True))

    def completed(selected: Selected) -> Selected:
        artifacts = tuple(done.get(id(artifact), artifact) for artifact in selected.candidate.artifacts)
        return replace(selected, candidate=replace(selected.candidate, artifacts=artifacts))

    return replace(resolution, selected=tuple(completed(selected) for selected in resolution.selected))


def _incomplete(selected: Selected, targets: tuple[Target, ...]) -> list[Artifact]:
    installed = {
        id(min(fitting, key=lambda artifact: _rank(artifact, target)))
        for number, target in enumerate(targets)
        if selected.targets >> number & 1
        if (fitting := [one for one in selected.candidate.artifacts if not one.tags.isdisjoint(target.tags)])
    }
    return [
        artifact
        for artifact in selected.candidate.artifacts
        if ("sha256" not in artifact.hashes and artifact.url.startswith("file:"))
        or (id(artifact) in installed and ("sha256" not in artifact.hashes or artifact.size is None))
    ]


def _rank(artifact: Artifact, target: Target) -> int:
    return min(target.tags.index(tag) for tag in artifact.tags if tag in target.tags)


def _sizes(lock: Pylock | None) -> Mapping[str, int]:
    wheels = (wheel for package in (lock.packages if lock else ()) for wheel in package.wheels or ())
    return {wheel.hashes["sha256"]: wheel.size for wheel in wheels if wheel.size and "sha256" in wheel.hashes}
