"""``tree`` and ``show``: what is there, and who needs it. Nothing is changed and no index is asked."""

from __future__ import annotations

from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from venvoy.environment import installed, layout
from venvoy.errors import Problem
from venvoy.errors import near as near_words
from venvoy.formats import filenames
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.requirement import Origin
from venvoy.operations.inspection.locked import Graph, Need
from venvoy.operations.standalone import others, sites
from venvoy.python import probe
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from packaging.version import Version

    from venvoy.model.artifact import CoreMetadata
    from venvoy.model.plan import Installed
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located
    from venvoy.operations.standalone.sites import Site


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known about one installed distribution; ``requires`` holds what applies in this environment."""

    name: NormalizedName
    version: str
    summary: str
    location: Path
    installer: str
    requested: bool
    requires: tuple[str, ...]
    required_by: tuple[NormalizedName, ...]
    extras: tuple[str, ...]
    wheel_sha256: str
    direct_url: str


class _Distributions:
    """The installed distributions with their metadata, each read once and only when it is needed."""

    def __init__(self, present: Iterable[Installed], markers: Mapping[str, str]) -> None:
        self.by_name = {one.name: one for one in present}
        self._markers = markers
        self._metadata: dict[NormalizedName, CoreMetadata] = {}

    def metadata(self, name: NormalizedName) -> CoreMetadata:
        if name not in self._metadata:
            self._metadata[name] = others.read(self.by_name[name])
        return self._metadata[name]

    def requires(self, name: NormalizedName, extras: Iterable[str] = ()) -> tuple[Requirement, ...]:
        """The requirements of an installed distribution that apply here, with these extras, sorted by name."""
        found: dict[str, Requirement] = {}
        for text in self.metadata(name).requires_dist:
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                continue
            if any(self.applies(requirement, extra) for extra in ("", *extras)):
                found.setdefault(str(requirement), requirement)
        return tuple(sorted(found.values(), key=lambda one: canonicalize_name(one.name)))

    def applies(self, requirement: Requirement, extra: str = "") -> bool:
        return requirement.marker is None or requirement.marker.evaluate({**self._markers, "extra": extra})


def graph(context: Context, located: Located | None) -> tuple[Graph, Mapping[str, str], Sequence[Origin]]:
    """Who needs what of what is installed, the installed versions, and who asks for it in the first place.

    Without a project these are the distributions that nothing else needs: the environment itself asks for them.
    """
    distributions = _read(context, located)
    present = distributions.by_name
    if located is None:
        needed = {canonicalize_name(one.name) for name in present for one in distributions.requires(name)}
        tops = [(Origin("environment"), Requirement(name)) for name in sorted(present.keys() - needed)]
    else:
        tops = [(root.origin, one.requirement) for root in located.file.roots() for one in root.dependencies]
    needs: dict[Need, None] = {}
    todo = [_need(origin, None, "", one) for origin, one in tops if distributions.applies(one)]
    while todo:
        need = todo.pop()
        if need not in needs:
            needs[need] = None
            todo += _own_needs(distributions, need)
    versions = {name: ((filenames.version(one.version), 1),) for name, one in sorted(present.items())}
    origins = [root.origin for root in located.file.roots()] if located else [Origin("environment")]
    return Graph((), versions, tuple(needs), frozenset()), {name: one.version for name, one in present.items()}, origins


def _own_needs(distributions: _Distributions, need: Need) -> Iterator[Need]:
    """What the distribution that is needed needs in turn, with the extras that are asked for."""
    one = distributions.by_name.get(need.child)
    plain = distributions.requires(need.child) if one else ()
    for extra in ("", *sorted(need.extras)) if one else ():
        for requirement in distributions.requires(need.child, (extra,)) if extra else plain:
            if one and (not extra or requirement not in plain):
                yield _need(Origin("distribution", need.child), filenames.version(one.version), extra, requirement)


def _need(parent: Origin, version: Version | None, extra: str, requirement: Requirement) -> Need:
    name, extras = canonicalize_name(requirement.name), frozenset(map(canonicalize_name, requirement.extras))
    return Need(parent, version, extra, requirement, name, extras, 1)


def show(context: Context, site: Site, name: str) -> Shown:
    """What is known about one installed distribution.

    Raises:
        Problem: not-installed.
    """
    distributions = _Distributions(installed.read(site.layout), site.interpreter(context).markers)
    wanted = canonicalize_name(name)
    one = distributions.by_name.get(wanted)
    if one is None:
        raise not_installed(name, site, distributions.by_name)
    metadata = distributions.metadata(wanted)
    return Shown(
        name=wanted,
        version=one.version,
        summary=metadata.summary,
        location=Path(one.dist_info).parent,
        installer=one.installer,
        requested=one.requested,
        requires=tuple(str(requirement) for requirement in distributions.requires(wanted)),
        required_by=tuple(
            other
            for other in sorted(distributions.by_name)
            if any(canonicalize_name(requirement.name) == wanted for requirement in distributions.requires(other))
        ),
        extras=tuple(sorted(metadata.provides_extra)),
        wheel_sha256=one.wheel_sha256,
        direct_url=one.direct_url,
    )


def not_installed(name: str, site: Site, known: Iterable[str]) -> Problem:
    """A name that nothing here has, and those that are near."""
    fix = [f"venvoy list{site.option}   shows what is installed"]
    near = near_words(canonicalize_name(name), known)
    if near:
        fix.insert(0, f"Did you mean {' or '.join(near)}?")
    if site.located:
        fix.append(f"venvoy add {canonicalize_name(name)}   adds it to the project")
    place = "your user site" if site.layout.user else "this environment"
    return Problem("not-installed", f"{name} is not installed in {place}.", fix=fix)


def _read(context: Context, located: Located | None) -> _Distributions:
    environment = layout.read(sites.environment_root(context, located))
    interpreter = probe.describe(environment.base_python, cache=context.interpreters)
    return _Distributions(installed.read(environment), interpreter.markers)
