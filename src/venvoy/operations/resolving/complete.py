"""The files that are about to be locked: those that count, and what an index does not tell of them, hash and size.

Most indexes tell both, and then nothing happens here. A folder of wheels tells neither, a plain page of links seldom a
size.
"""

from __future__ import annotations

from venvoy.formats import pylock
from venvoy.resolver.files import WHEEL, Fit, refused
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvoy.formats.pylock_draft import Lock
    from venvoy.model.artifact import Artifact
    from venvoy.model.resolution import Resolution, Selected
    from venvoy.operations.context import Context
    from venvoy.resolver.policy import Policy


def complete(context: Context, resolution: Resolution, previous: Lock | None) -> Resolution:
    """A resolution with the files that count: with hashes as far as that is needed, with sizes if they are installed.

    Files in a folder of this machine are hashed all; of those on a network only what some target installs, because that
    costs a request or even a download. What ``previous`` knows is not asked again.
    """
    resolution = _counting(resolution, context.policy)
    offered = [selected for selected in resolution.selected if selected.candidate.pinned is None]
    lacking = [selected for selected in offered if any(map(_lacks, selected.candidate.artifacts))]
    if not lacking:
        return resolution
    fit = Fit(resolution.targets, context.policy)
    wanted = {id(artifact): artifact for selected in lacking for artifact in _incomplete(selected, fit)}
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


def _lacks(artifact: Artifact) -> bool:
    return "sha256" not in artifact.hashes or artifact.size is None


def _counting(resolution: Resolution, policy: Policy) -> Resolution:
    """A resolution without the files that nothing may be installed from, whoever installs from the lockfile.

    Wheels of what is to be built from source stay: whoever may not build here needs them.
    """
    if not (policy.exclude_newer or policy.only_binary):
        return resolution

    def counting(selected: Selected) -> Selected:
        candidate = selected.candidate
        artifacts = tuple(one for one in candidate.artifacts if refused(candidate, one, policy) in {"", WHEEL})
        return replace(selected, candidate=replace(candidate, artifacts=artifacts))

    return replace(resolution, selected=tuple(map(counting, resolution.selected)))


def _incomplete(selected: Selected, fit: Fit) -> list[Artifact]:
    """The files that lack something and have to be asked about: what is installed somewhere, and what is cheap."""
    installed = {id(artifact) for artifact, _ in fit.installed(selected.candidate, selected.targets)}
    return [
        artifact
        for artifact in selected.candidate.artifacts
        if _lacks(artifact)
        and (("sha256" not in artifact.hashes and artifact.url.startswith("file:")) or id(artifact) in installed)
    ]


def _sizes(lock: Lock | None) -> Mapping[str, int]:
    packages = pylock.whole(lock).packages if lock else ()
    files = (file for package in packages for file in (*(package.wheels or ()), package.sdist) if file)
    return {file.hashes["sha256"]: file.size for file in files if file.size and "sha256" in file.hashes}
